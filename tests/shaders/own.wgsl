// WGSL with uniforms of its own.
struct Mine { tint: vec3f, speed: f32 }
@group(0) @binding(0) var<uniform> mine: Mine;
@fragment
fn main(@location(0) uv: vec2f) -> @location(0) vec4f {
    return vec4f(mine.tint * fract(uv.x + uv.y * mine.speed), 1.0);
}
