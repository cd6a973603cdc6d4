"""A shader in Shadertoy's form by moderngl on EGL, its frames piped to ffmpeg: SHADER BUFFER|- FRAMES OUT."""
import struct
import subprocess
import sys

import moderngl

source, buffer, frames, out = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4]
width, height = 1280, 720
HEAD = """#version 330
uniform vec3 iResolution; uniform float iTime; uniform int iFrame; uniform sampler2D iChannel0; out vec4 drawn;
"""
TAIL = "\nvoid main() { vec4 c = vec4(0, 0, 0, 1); mainImage(c, gl_FragCoord.xy); drawn = c; }\n"
CORNERS = "#version 330\nin vec2 corner; void main() { gl_Position = vec4(corner, 0, 1); }\n"
context = moderngl.create_context(standalone=True, backend="egl")
corners = context.buffer(struct.pack("8f", -1, -1, 1, -1, -1, 1, 1, 1))


def program(path):
    text = "\n".join(line for line in open(path).read().split("\n") if not line.startswith("#iChannel"))
    made = context.program(vertex_shader=CORNERS, fragment_shader=HEAD + text + TAIL)
    return made, context.vertex_array(made, [(corners, "2f", "corner")])


def draw(target, made, frame):
    target.use()
    for name, value in (("iResolution", (width, height, 1)), ("iTime", frame / 30), ("iFrame", frame)):
        if name in made[0]:
            made[0][name] = value
    made[1].render(moderngl.TRIANGLE_STRIP)


image = program(source)
target = context.simple_framebuffer((width, height), 3)
if buffer != "-":
    step = program(buffer)
    textures = [context.texture((width, height), 4, dtype="f4") for _ in range(2)]
    for texture in textures:
        texture.filter = (moderngl.LINEAR, moderngl.LINEAR)
        texture.repeat_x = texture.repeat_y = False
    targets = [context.framebuffer([texture]) for texture in textures]
    for each in targets:
        each.clear()
encoder = subprocess.Popen(
    ["ffmpeg", "-v", "error", "-y", "-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{width}x{height}", "-r", "30", "-i",
     "-", "-vf", "vflip", "-c:v", "libx264", "-preset", "ultrafast", "-crf", "23", "-pix_fmt", "yuv420p", out],
    stdin=subprocess.PIPE)
for frame in range(frames):
    if buffer != "-":
        now, before = frame % 2, 1 - frame % 2
        textures[before].use(0)
        draw(targets[now], step, frame)
        textures[now].use(0)
    draw(target, image, frame)
    encoder.stdin.write(target.read(components=3))
encoder.stdin.close()
sys.exit(encoder.wait())
