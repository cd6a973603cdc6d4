// Letters of bits.
int letters[4] = int[4](0x699996, 0x799797, 0x687117, 0x799999);
void mainImage(out vec4 color, in vec2 at) {
    vec2 p = at / iResolution.xy * vec2(20.0, 8.0) - vec2(0.0, 1.0);
    int n = int(p.x / 5.0);
    ivec2 q = ivec2(mod(p.x, 5.0), p.y);
    bool is_in = q.x < 4 && q.y >= 0 && q.y < 6 && n < 4;
    float lit = is_in ? float((letters[n] >> (q.x + 4 * q.y)) & 1) : 0.0;
    color = vec4(vec3(lit) * vec3(1.0, 0.8, 0.3), 1.0);
}
