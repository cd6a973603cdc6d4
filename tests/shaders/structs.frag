// Structures in structures, in arrays, as results, and compared.
struct Ray { vec3 from; vec3 to; };
struct Ball { vec3 at; float size; vec3 color; };
struct Hit { float far; Ball ball; };
Ball balls[2] = Ball[2](Ball(vec3(-0.4, 0.0, 3.0), 0.7, vec3(0.9, 0.3, 0.2)), Ball(vec3(0.6, 0.2, 2.5), 0.5, vec3(0.2, 0.5, 0.9)));
Hit trace(Ray ray) {
    Hit hit = Hit(1e3, Ball(vec3(0.0), 0.0, vec3(0.05)));
    for (int i = 0; i < 2; i++) {
        vec3 o = ray.from - balls[i].at;
        float b = dot(o, ray.to), c = dot(o, o) - balls[i].size * balls[i].size, h = b * b - c;
        if (h < 0.0) continue;
        float far = -b - sqrt(h);
        if (far < hit.far) { hit.far = far; hit.ball = balls[i]; }
    }
    return hit;
}
void mainImage(out vec4 color, in vec2 at) {
    vec2 p = (2.0 * at - iResolution.xy) / iResolution.y;
    Ray ray = Ray(vec3(0.0), normalize(vec3(p, 2.0)));
    Hit hit = trace(ray);
    bool is_first = hit.ball == balls[0];
    vec3 n = normalize(ray.to * hit.far - hit.ball.at);
    float light = max(dot(n, normalize(vec3(0.5, 0.8, -0.6))), 0.1);
    color = vec4(hit.ball.color * (is_first ? light : light * 0.8), 1.0);
}
