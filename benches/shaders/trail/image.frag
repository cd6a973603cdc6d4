#iChannel0 "file://buffer-a.frag"
void mainImage(out vec4 color, in vec2 at) { color = vec4(texture(iChannel0, at / iResolution.xy).rgb, 1.0); }
