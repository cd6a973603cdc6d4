// Switches and conditions.
float pick(int k) {
    switch (k) {
        case 0: return 0.1;
        case 1:
        case 2: { float a = 0.5; return a; }
        case 3: k += 4;
        case 4: k += 1; break;
        default: return 0.9;
    }
    return float(k) * 0.1;
}
void mainImage(out vec4 color, in vec2 at) {
    vec2 p = at / iResolution.xy;
    float a = p.x > 0.5 ? p.y > 0.5 ? 1.0 : 0.6 : p.y > 0.7 ? 0.4 : 0.0;
    bvec3 b = greaterThan(vec3(p, 0.5), vec3(0.3, 0.6, 0.4));
    vec3 m = mix(vec3(0.1), vec3(0.8), b);
    if (any(not(b))) m.b += 0.2; else if (all(b)) m.b = 0.0; else m = vec3(1.0);
    bool odd = (p.x > 0.2) ^^ (p.y > 0.2);
    color = vec4(pick(int(p.x * 6.0)), a, m.b * (odd ? 1.0 : 0.7), 1.0);
}
