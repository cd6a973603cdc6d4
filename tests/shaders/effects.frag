// Expressions that do something besides: each once, and not at all where it is not reached.
int n = 0;
bool count() { n++; return true; }
void mainImage(out vec4 color, in vec2 at) {
    vec2 p = at / iResolution.xy;
    if (p.x > 0.5 && count()) n += 0;
    bool b = p.y < 0.5 || count();
    float list[3];
    list[0] = list[1] = list[2] = 0.1;
    int i = 0;
    list[i++] += 0.5;
    list[i++] = p.x;
    float c = b ? (n += 1, 0.2) : (n += 9, 0.7);
    float f = 1.0;
    f -= f *= 0.5;
    color = vec4(float(n) / 4.0, list[0] * 0.5 + list[1] * 0.5, c + f * 0.1 + float(i) * 0.05, 1.0);
}
