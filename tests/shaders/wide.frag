// Many uniforms of the same time, and no channel at all.
void mainImage(out vec4 color, in vec2 at) {
    color = texture(iChannel3, at / iResolution.xy);
    color.rg += iResolution.xy / iResolution.z * 0.001 + vec2(iSampleRate / 96000.0, 0.0);
    color.a = 1.0;
}
