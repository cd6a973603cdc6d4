// Whole numbers where others are meant, as other compilers let them pass.
void mainImage(out vec4 color, in vec2 at) {
    vec2 p = at / iResolution.xy;
    float a = 1, b = 2 * p.x;
    vec2 v = vec2(1, 2) * p;
    v += 1;
    float k = int(3.7);
    color = vec4(a - b / 2, v / 3, 1);
    color = max(color, 0) * (k / 3);
}
