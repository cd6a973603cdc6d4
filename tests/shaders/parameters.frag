// Parameters in, out and both ways; parts of vectors and of arrays among them.
void split(in float x, out float whole, out float part) { whole = floor(x); part = x - whole; }
void turn(inout vec2 p, const float a) { p = vec2(p.x * cos(a) - p.y * sin(a), p.x * sin(a) + p.y * cos(a)); }
float twice(float x) { x *= 2.0; return x; }
void mainImage(out vec4 color, in vec2 at) {
    vec3 v = vec3(at / iResolution.xy, 0.3);
    turn(v.xz, 0.4);
    turn(v.yx, -0.2);
    float list[2];
    split(v.x * 3.0, list[0], list[1]);
    vec4 c = vec4(0.0, 0.0, 0.0, 1.0);
    split(v.y * 4.0, c.g, c.b);
    float same = v.z;
    c.r = list[1] + twice(same) * 0.1 - same * 0.1;
    color = vec4(c.r, c.g / 4.0, c.b, 1.0);
}
