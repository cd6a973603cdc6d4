// Macros with arguments, over lines, in conditions, and taken back.
#define ROT(a) mat2(cos(a), -sin(a), sin(a), cos(a))
#define MAX3(a, b, c) max(a, max(b, c))
#define S smoothstep(
#define LOOP(n) for (int i = 0; i < n; ++i)
#define GLUE(a, b) a##b
#define LONG(x) \
    ((x) * \
     0.5)
#if defined(NOTHING) && NOTHING > 1
#error no
#elif !defined NOTHING && (2 + 3 * 2 == 8)
#define SCALE 3.0
#else
#define SCALE 1.0
#endif
#define T iTime
#undef T
#define T (iTime + 1.0)
#ifdef GL_ES
precision highp float;
#endif
void mainImage(out vec4 color, in vec2 at) {
    vec2 p = (at / iResolution.xy - 0.5) * ROT(T) * SCALE;
    float GLUE(ab, cd) = 0.0;
    LOOP(4) { abcd += MAX3(p.x, p.y, LONG(float(i))) * 0.1; }
    color = vec4(S 0.0, 1.0, abcd), LONG(p + 0.5), float(__LINE__ > 20) );
}
