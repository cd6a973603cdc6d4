// A texture of whole numbers.
uniform usampler2D numbers;
void main() {
    uvec4 n = texelFetch(numbers, ivec2(gl_FragCoord.xy) / 4, 0);
    gl_FragColor = vec4(vec3((n.rgb >> 4u) << 4u) / 255.0, 1.0);
}
