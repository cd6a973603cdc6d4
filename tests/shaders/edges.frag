// What lies beyond a picture's sides.
void mainImage(out vec4 color, in vec2 at) {
    vec2 p = at / iResolution.xy * 3.0 - 1.0;
    vec4 c = at.y > iResolution.y * 0.5 ? texture(iChannel0, p) : texture(iChannel1, p);
    color = vec4(c.rgb, 1.0);
}
