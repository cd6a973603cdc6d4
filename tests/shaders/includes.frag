// Files in files.
#include "include/rings.glsl"
/*
#include "include/nothing.glsl"
*/
void mainImage(out vec4 color, in vec2 at) { color = vec4(rings(at / iResolution.xy), 1.0); }
