// Eighty steps along each ray.
float map(vec3 p) {
    vec3 q = mod(p, 2.0) - 1.0;
    return length(q) - 0.4 + 0.1 * sin(p.x * 5.0 + iTime) * cos(p.y * 3.0);
}
void mainImage(out vec4 color, in vec2 at) {
    vec2 p = (2.0 * at - iResolution.xy) / iResolution.y;
    vec3 from = vec3(0.0, 0.0, iTime), to = normalize(vec3(p, 1.5));
    float t = 0.0;
    for (int i = 0; i < 80; i++) t += map(from + to * t) * 0.7;
    color = vec4(exp(-0.1 * t) * vec3(0.9, 0.7, 0.5), 1.0);
}
