// Functions of one name, and one that is told of before it is there.
float f(float x) { return x; }
float f(vec2 v) { return v.x * v.y; }
vec3 f(vec3 v) { return v.zyx; }
float f(int i) { return float(i) * 0.1; }
float later(float x);
void mainImage(out vec4 color, in vec2 at) {
    vec2 p = at / iResolution.xy;
    color = vec4(f(vec3(f(p), later(p.x), f(3))), 1.0);
}
float later(float x) { return sqrt(x); }
