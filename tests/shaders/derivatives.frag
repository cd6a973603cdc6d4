// How things change from pixel to pixel.
void mainImage(out vec4 color, in vec2 at) {
    vec2 p = (2.0 * at - iResolution.xy) / iResolution.y;
    float d = length(p) - 0.6;
    float line = smoothstep(1.5, 0.5, abs(d) / fwidth(d));
    vec2 slope = vec2(dFdx(d), dFdy(d)) * iResolution.y * 0.25 + 0.5;
    color = vec4(mix(vec3(slope, 0.2), vec3(1.0), line), 1.0);
}
