/* Comments /* and what looks like them */
#define A 0.5 // half
void mainImage(out vec4 color, /* in */ in vec2 at) { // "a text"
    float x = at.x / iResolution.x; /* over
    lines ; } */ float y = /**/ at.y / iResolution.y //
    ; color = vec4(x, y /* / */ * A, A, 1.0); /**/
}
// the end, and no line behind it