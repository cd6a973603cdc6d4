// Smooth noise of a hash of whole numbers, which is the same everywhere.
float hash(ivec2 p) {
    uint n = uint(p.x) * 1597334673u ^ uint(p.y) * 3812015801u;
    n ^= n >> 15; n *= 2246822519u; n ^= n >> 13;
    return float(n & 0xffffffu) / 16777215.0;
}
float noise(vec2 p) {
    ivec2 i = ivec2(floor(p));
    vec2 f = fract(p);
    f = f * f * f * (f * (f * 6.0 - 15.0) + 10.0);
    return mix(mix(hash(i), hash(i + ivec2(1, 0)), f.x), mix(hash(i + ivec2(0, 1)), hash(i + ivec2(1)), f.x), f.y);
}
void mainImage(out vec4 color, in vec2 at) {
    vec2 p = at / iResolution.y * 6.0 + 3.0;
    float n = noise(p) * 0.6 + noise(p * 2.0) * 0.3 + noise(p * 4.0) * 0.1;
    color = vec4(n, smoothstep(0.3, 0.7, n), 0.5 + 0.5 * sin(n * 9.0 + iTime), 1.0);
}
