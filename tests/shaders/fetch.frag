// Single pixels, and how many there are.
void mainImage(out vec4 color, in vec2 at) {
    ivec2 size = textureSize(iChannel0, 0);
    ivec2 cell = ivec2(at / iResolution.xy * vec2(size) / 8.0) * 8;
    color = vec4(texelFetch(iChannel0, cell, 0).rgb, 1.0);
    if (at.y < 4.0) color.rgb = vec3(iChannelResolution[0].xy / vec2(size), 0.0);
}
