// Names that GLSL had before.
void mainImage(out vec4 fragColor, in vec2 fragCoord) {
    vec2 uv = fragCoord.xy / iResolution.xy;
    vec4 c = texture2D(iChannel0, uv * 0.5);
    float wave = 0.5 + 0.5 * sin(uv.x * 6.0 + iGlobalTime);
    fragColor = vec4(c.rg * wave, wave, 1.0);
}
