// As little as a shader can do.
void mainImage(out vec4 color, in vec2 at) {
    color = vec4(at / iResolution.xy, 0.5 + 0.5 * sin(iTime), 1.0);
}
