// Smaller pictures of a picture, by bias, by level and by slope.
void mainImage(out vec4 color, in vec2 at) {
    vec2 p = at / iResolution.xy;
    vec3 c = p.x < 0.33 ? texture(iChannel0, p, 3.0).rgb : p.x < 0.66 ? textureLod(iChannel0, p, 4.0).rgb
        : textureGrad(iChannel0, p, vec2(0.2, 0.0), vec2(0.0, 0.2)).rgb;
    color = vec4(c, 1.0);
}
