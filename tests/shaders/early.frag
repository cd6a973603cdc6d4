// Results before the end.
void mainImage(out vec4 color, in vec2 at) {
    color = vec4(0.1, 0.1, 0.3, 1.0);
    if (at.x < iResolution.x * 0.3) return;
    color.g = at.y / iResolution.y;
    if (color.g > 0.6) { color.b = 0.9; return; }
    color.r = 0.8;
}
