// Arrays: constant, changed, of arrays, handed over, and their length.
const float weights[4] = float[4](0.1, 0.3, 0.6, 0.9);
vec2 corners[3] = vec2[](vec2(0.2, 0.2), vec2(0.8, 0.3), vec2(0.5, 0.8));
float[2] pair(float x) { return float[2](x, 1.0 - x); }
float sum(float list[4]) {
    float all = 0.0;
    for (int i = 0; i < list.length(); i++) all += list[i];
    return all;
}
void mainImage(out vec4 color, in vec2 at) {
    vec2 p = at / iResolution.xy;
    float table[2][3];
    for (int i = 0; i < 2; i++)
        for (int j = 0; j < 3; j++) table[i][j] = float(i * 3 + j) / 5.0;
    float near = 9.0;
    for (int i = 0; i < corners.length(); i++) near = min(near, distance(p, corners[i]));
    int k = int(p.x * 3.999);
    corners[0] = p;
    color = vec4(weights[k], table[int(p.y * 2.0)][int(p.x * 3.0)], near + pair(p.x)[1] * 0.2, 1.0);
    color.r += sum(weights) * 0.05 * corners[0].x;
}
