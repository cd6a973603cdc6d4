// A place in the picture that is handed to the shader.
varying vec2 v_texcoord;
void main(void) { gl_FragColor = vec4(v_texcoord, 0.5, 1.0); }
