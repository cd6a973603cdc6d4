// Colours by cosines, gamma and bands.
vec3 palette(float t, vec3 a, vec3 b, vec3 c, vec3 d) { return a + b * cos(6.28318 * (c * t + d)); }
void mainImage(out vec4 color, in vec2 at) {
    vec2 p = at / iResolution.xy;
    vec3 c = palette(p.x, vec3(0.5), vec3(0.5), vec3(1.0, 1.0, 0.5), vec3(0.8, 0.9, 0.3));
    c = pow(clamp(c, 0.0, 1.0), vec3(1.0 / 2.2)) * (0.8 + 0.2 * step(0.5, fract(p.y * 8.0)));
    color = vec4(c, 1.0);
}
