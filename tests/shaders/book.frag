// As in The Book of Shaders.
#ifdef GL_ES
precision mediump float;
#endif
uniform vec2 u_resolution;
uniform vec2 u_mouse;
uniform float u_time;
float plot(vec2 st, float pct) { return smoothstep(pct - 0.04, pct, st.y) - smoothstep(pct, pct + 0.04, st.y); }
void main() {
    vec2 st = gl_FragCoord.xy / u_resolution.xy;
    float y = pow(st.x, 3.0) + 0.2 * sin(u_time);
    vec3 color = mix(vec3(y), vec3(0.0, 1.0, 0.0), plot(st, y)) + vec3(u_mouse / u_resolution, 0.0);
    gl_FragColor = vec4(color, 1.0);
}
