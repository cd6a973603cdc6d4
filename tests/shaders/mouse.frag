// A mouse that is a formula.
void mainImage(out vec4 color, in vec2 at) {
    float near = 1.0 - smoothstep(4.0, 6.0, distance(at, iMouse.xy));
    color = vec4(near, iMouse.z > 0.0 ? 0.5 : 0.0, 0.2, 1.0);
}
