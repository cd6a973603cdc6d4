// Matrices of all shapes, and what is made of them.
void mainImage(out vec4 color, in vec2 at) {
    vec2 p = at / iResolution.xy - 0.5;
    float a = iTime + 0.6;
    p *= mat2(cos(a + vec4(0.0, 33.0, 11.0, 0.0)));
    mat2x3 m = mat2x3(1.0, 0.2, 0.1, 0.3, 1.0, 0.5);
    mat3 n = mat3(m[0], m[1], vec3(0.1, 0.2, 1.0));
    mat3 back = inverse(n);
    vec3 q = m * p;
    vec3 r = back * (n * q) - q;
    mat3x2 t = transpose(m);
    mat2 square = t * m;
    float d = determinant(square);
    mat3 outer = outerProduct(vec3(0.1, 0.2, 0.3), vec3(1.0));
    mat2 each = matrixCompMult(mat2(2.0), mat2(0.5, 0.1, 0.1, 0.5));
    n[1] *= 0.5;
    n *= 0.9;
    color = vec4(q * d * 0.3 + 0.5 + r * 100.0 + outer[1] * each[0][0] * n[1][1] * 0.1, 1.0);
}
