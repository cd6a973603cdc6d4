// Names within names.
float x = 0.2;
float f(float x) { { float x = x * 0.5; x += 0.1; } for (int x = 0; x < 2; x++) ; return x; }
void mainImage(out vec4 color, in vec2 at) {
    float length = at.x / iResolution.x, mix = 0.3;
    vec2 f2 = vec2(length, mix);
    int i = 5;
    for (int i = 0; i < 3; i++) mix += 0.05;
    if (i == 5) { int i = 1; mix += float(i) * 0.1; }
    color = vec4(f(at.y / iResolution.y), mix, f2.x + x, 1.0);
}
