// Words about precision, anywhere.
precision highp float;
precision highp int;
precision mediump sampler2D;
highp float f(lowp vec2 p) { mediump float x = p.x; return x; }
void mainImage(out highp vec4 color, in mediump vec2 at) {
    const int N = 3;
    const float F = float(N) * 0.1;
    float list[N];
    for (int i = 0; i < N; i++) list[i] = F * float(i);
    color = vec4(f(at / iResolution.xy), list[1], list[2], 1.e0) + 1.e-3 + 0.f + float(0x1F - 31 + 010 - 8);
}
