// Uniforms of all kinds, with what they are at first.
uniform float speed = 0.5;
uniform vec2 middle = vec2(0.5, 0.5);
uniform vec3 tint = vec3(1.0, 0.6, 0.2);
uniform vec4 edge = vec4(0.0, 0.0, 0.2, 1.0);
uniform int rings = 3;
uniform bool inverse_ = false;
uniform mat2 turn = mat2(1.0, 0.0, 0.0, 1.0);
uniform float levels[3];
void mainImage(out vec4 color, in vec2 at) {
    vec2 p = turn * (at / iResolution.xy - middle);
    float d = fract(length(p) * float(rings) * 2.0 + speed + levels[1]);
    if (inverse_) d = 1.0 - d;
    color = mix(edge, vec4(tint, 1.0), d);
}
