// As it is written where every letter counts.
void mainImage(out vec4 o, vec2 u) {
    float i = 0., d, t = iTime;
    for (o *= i; i++ < 24.; o += (.6 + .6 * cos(i * .4 + vec4(0, 2, 4, 0))) * .02 / d)
        d = abs(length((u + u - iResolution.xy) / iResolution.y * mat2(cos(i + t + vec4(0, 33, 11, 0))) - .3) - .02 * i);
    o.a = 1.;
}
