// Parts of vectors, read and written in any order.
void mainImage(out vec4 color, in vec2 at) {
    vec2 p = at / iResolution.xy;
    vec4 a = vec4(p, 0.25, 1.0);
    a.yx = a.xy;
    a.zw += vec2(0.25, 0.0);
    vec3 b = a.rgb.bgr.zyx;
    b.st *= 0.9;
    b[2] = a.brg.y;
    a.xyz = b.xxy + a.zzz * 0.3;
    color = a.xyzw.xyzw;
    color.a = 1.0;
}
