// Whole numbers, with and without a sign, bit by bit.
uint hash(uint x) { x ^= x >> 16; x *= 0x7feb352du; x ^= x >> 15u; x *= 0x846ca68bU; return x ^ (x >> 16); }
void mainImage(out vec4 color, in vec2 at) {
    uvec2 cell = uvec2(at) / 4u;
    uint h = hash(cell.x + cell.y * 131u);
    int k = ~int(h) & 255;
    k |= 1 << 3; k ^= 5; k <<= 1; k >>= 1; k %= 251;
    ivec3 v = ivec3(cell, 7) << 1;
    float even = uintBitsToFloat((h >> 9) | 0x3f800000u) - 1.0;
    ivec2 rest = (ivec2(at) + 5) % ivec2(7, 9);
    rest.y %= 4;
    color = vec4(even, float(k) / 255.0, float((v.x ^ v.y) & 15) / 30.0 + float(rest.x + rest.y) / 30.0, 1.0);
}
