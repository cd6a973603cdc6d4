// Samplers handed from function to function.
vec4 soften(sampler2D picture, vec2 at, float by) {
    return (texture(picture, at) + texture(picture, at + vec2(by, 0.0)) + texture(picture, at + vec2(0.0, by))) / 3.0;
}
vec4 both(sampler2D one, sampler2D other, vec2 at) { return mix(soften(one, at, 0.01), soften(other, at, 0.02), at.x); }
void mainImage(out vec4 color, in vec2 at) { color = vec4(both(iChannel0, iChannel1, at / iResolution.xy).rgb, 1.0); }
