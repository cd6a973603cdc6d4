// Names that are words of newer GLSL.
void mainImage(out vec4 color, in vec2 at) {
    float buffer = at.x / iResolution.x, sample = at.y / iResolution.y, shared = 0.2, patch = 0.5, precise = 0.1;
    color = vec4(buffer, sample, shared + patch * precise, 1.0);
}
