// What the language brings along.
void mainImage(out vec4 color, in vec2 at) {
    vec2 p = at / iResolution.xy;
    float whole;
    vec3 a = vec3(mod(p.x * 5.0, 1.5), atan(p.y - 0.5, p.x - 0.5) / 6.3 + 0.5, modf(p.x * 3.0, whole));
    vec3 b = refract(normalize(vec3(p, 1.0)), vec3(0.0, 0.0, -1.0), 0.7) + reflect(vec3(p, 0.0), vec3(0.0, 1.0, 0.0));
    vec3 c = vec3(sinh(p.x), tanh(p.y), acosh(1.0 + p.x)) + faceforward(vec3(0.1), vec3(p, 1.0), vec3(1.0));
    vec3 d = vec3(exp2(-p.x), log2(1.0 + p.y), inversesqrt(1.0 + p.x)) * cross(vec3(1.0, p), vec3(0.0, 1.0, 0.5));
    ivec2 i = sign(ivec2(p * 4.0) - 2);
    vec3 e = vec3(round(p.x * 4.0), trunc(p.y * 4.0), float(i.x + abs(i.y))) * 0.1 + float(isnan(p.x) || isinf(p.y));
    color = vec4(abs(a * 0.4 + b * 0.1 + c * 0.05 + d * 0.1 + e * 0.3 + whole * 0.05), 1.0);
    vec2 halves = unpackHalf2x16(packHalf2x16(p));
    color.b += unpackUnorm4x8(packUnorm4x8(vec4(halves, p))).x * 0.1 + ldexp(p.y, -3);
    color.g += float(bitCount(uint(at.x)) + findMSB(uint(at.y) + 1u) + findLSB(4)) * 0.01;
}
