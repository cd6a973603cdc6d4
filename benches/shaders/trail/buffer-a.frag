#iChannel0 "self"
void mainImage(out vec4 color, in vec2 at) {
    vec2 p = at / iResolution.xy, m = 0.5 + 0.3 * vec2(cos(iTime * 2.0), sin(iTime * 3.0));
    vec3 before = texture(iChannel0, p + vec2(0.002, 0.0)).rgb * 0.985;
    color = vec4(before + smoothstep(0.06, 0.05, distance(p, m)) * (0.5 + 0.5 * cos(iTime + vec3(0, 2, 4))), 1.0);
}
