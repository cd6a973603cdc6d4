// What is told of time.
void mainImage(out vec4 color, in vec2 at) {
    float n = floor(at.x / iResolution.x * 6.0);
    float v = n < 1.0 ? iTime : n < 2.0 ? float(iFrame) / 60.0 : n < 3.0 ? iTimeDelta * 20.0 : n < 4.0 ? iFrameRate / 60.0
        : n < 5.0 ? (iDate.w / 10.0) : iChannelTime[2];
    color = vec4(vec3(step(at.y / iResolution.y, v)) * vec3(0.3, 0.7, 1.0), 1.0);
    if (iDate.xyz != vec3(2000.0, 0.0, 1.0)) color.r = 1.0;
}
