// Pixels that are left out.
void main() {
    vec2 p = gl_FragCoord.xy / iResolution.xy;
    if (fract(p.x * 4.0) < 0.5) discard;
    gl_FragColor = vec4(p, 1.0, 1.0);
}
