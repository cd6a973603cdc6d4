// Cells around points, by whole numbers.
vec2 point(ivec2 cell) {
    uvec2 q = uvec2(cell) * uvec2(1597334673u, 3812015801u);
    uint n = (q.x ^ q.y) * 1597334673u;
    return vec2(n & 0xffffu, n >> 16) / 65535.0;
}
void mainImage(out vec4 color, in vec2 at) {
    vec2 p = at / iResolution.y * 5.0 + 8.0;
    ivec2 cell = ivec2(floor(p));
    float first = 9.0, second = 9.0;
    for (int y = -1; y <= 1; y++)
        for (int x = -1; x <= 1; x++) {
            ivec2 other = cell + ivec2(x, y);
            float d = distance(p, vec2(other) + point(other));
            if (d < first) { second = first; first = d; } else second = min(second, d);
        }
    color = vec4(first, second - first, first * second, 1.0);
}
