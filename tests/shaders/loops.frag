// Loops of all kinds, left and gone on early.
void mainImage(out vec4 color, in vec2 at) {
    vec2 p = at / iResolution.xy;
    float a = 0.0, b = 0.0;
    int i = 0, j;
    while (true) { if (i++ > 20) break; if (i % 3 == 0) continue; a += p.x / float(i); }
    do { b += 0.07; } while (b < p.y);
    for (i = 0, j = 9; i < j; i++, j--) { if (i == 3) continue; a += 0.01 * float(j - i) * p.y; }
    for (float f = 0.0; f < 1.0; f += 0.25) for (;;) { b += f * 0.02; if (b > f) break; }
    color = vec4(a * 0.3, b, float(i) * 0.1 - float(j) * 0.05, 1.0);
}
