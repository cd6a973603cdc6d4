// What stands outside of functions, and is not the same all the time.
vec2 size = iResolution.xy;
float now = mod(iTime, 10.0), other;
const float PI = acos(-1.0);
const mat2 M = mat2(0.8, 0.6, -0.6, 0.8);
const vec3 TINT = normalize(vec3(1.0, 2.0, 3.0)) + vec3(0.1);
void init() { other = now + 0.5; }
void mainImage(out vec4 color, in vec2 at) {
    init();
    vec2 p = M * (at / size - 0.5);
    color = vec4(TINT * (0.5 + 0.5 * sin(p.x * PI * 4.0 + other)), 1.0);
}
