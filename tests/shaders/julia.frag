// A fractal: few of its points are near the edge of anything.
void mainImage(out vec4 color, in vec2 at) {
    vec2 z = (2.0 * at - iResolution.xy) / iResolution.y * 1.3, c = vec2(-0.8, 0.156);
    float n = 0.0;
    for (int i = 0; i < 64; i++) { z = vec2(z.x * z.x - z.y * z.y, 2.0 * z.x * z.y) + c; if (dot(z, z) > 16.0) break; n += 1.0; }
    n -= dot(z, z) > 16.0 ? log2(log2(dot(z, z)) / 4.0) : 0.0;
    color = vec4(0.5 + 0.5 * cos(n * 0.15 + vec3(0.0, 0.6, 1.0)), 1.0);
}
