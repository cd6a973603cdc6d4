// Angles and rings.
void mainImage(out vec4 color, in vec2 at) {
    vec2 p = (2.0 * at - iResolution.xy) / iResolution.y;
    float a = atan(p.y, p.x), r = length(p);
    float petals = cos(a * 5.0 + iTime) * 0.3 + 0.6;
    color = vec4(vec3(smoothstep(0.02, -0.02, r - petals)) * (0.5 + 0.5 * cos(r * 6.0 + vec3(0.0, 2.0, 4.0))), 1.0);
}
