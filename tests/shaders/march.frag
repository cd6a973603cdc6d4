// A march along rays.
float map(vec3 p) { p.xz = mod(p.xz + 1.0, 2.0) - 1.0; return min(length(p) - 0.5, p.y + 0.5); }
vec3 normal(vec3 p) {
    vec2 e = vec2(0.001, 0.0);
    return normalize(vec3(map(p + e.xyy) - map(p - e.xyy), map(p + e.yxy) - map(p - e.yxy), map(p + e.yyx) - map(p - e.yyx)));
}
void mainImage(out vec4 color, in vec2 at) {
    vec2 p = (2.0 * at - iResolution.xy) / iResolution.y;
    vec3 from = vec3(0.3, 0.6, iTime), to = normalize(vec3(p, 1.5));
    float t = 0.0;
    for (int i = 0; i < 80; i++) { float d = map(from + to * t); if (d < 0.001 || t > 30.0) break; t += d; }
    vec3 n = normal(from + to * t);
    vec3 c = t > 30.0 ? vec3(0.5, 0.7, 0.9) : vec3(0.8, 0.7, 0.6) * (0.2 + 0.8 * max(dot(n, normalize(vec3(1.0, 2.0, -1.0))), 0.0));
    color = vec4(pow(mix(c, vec3(0.5, 0.7, 0.9), 1.0 - exp(-0.05 * t)), vec3(0.4545)), 1.0);
}
