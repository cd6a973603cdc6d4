#ifndef RINGS
#define RINGS
#include "color.glsl"
vec3 rings(vec2 p) { return tint(fract(length(p - 0.5) * 4.0)); }
#endif
