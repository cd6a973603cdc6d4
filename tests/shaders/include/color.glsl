vec3 tint(float x) { return mix(vec3(0.1, 0.2, 0.4), vec3(1.0, 0.8, 0.3), x); }
