#version 300 es
// A result with a name of its own.
precision highp float;
uniform vec2 u_resolution;
uniform float u_time;
layout(location = 0) out vec4 result;
void main() { result = vec4(gl_FragCoord.xy / u_resolution, fract(u_time), 1.0); }
