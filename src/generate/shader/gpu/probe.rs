//! What an adapter reckons.
//!
//! Two drivers of one name need not give the same frames: Mesa's driver for the processor, for one, rounds once where the
//! processor multiplies and adds in one step, and twice where it does not. So a small picture is drawn that depends on
//! such things, and what it is becomes part of what segments are sealed with.

use super::bind::pipeline;
use super::layout::target;
use super::read;

const SIDE: u32 = 64;

/// Multiplication with addition, what rounds, what is reckoned by series, and derivatives.
const PROBE: &str = "
@fragment fn probe(@builtin(position) at: vec4f) -> @location(0) vec4f {
    let p = (at.xy - 31.7) * 0.37;
    var q = p;
    for (var i = 0; i < 24; i++) {
        q = q * vec2f(1.1, 0.9) + p.yx * 0.7071;
        q = q - floor(q * 0.31) * 3.3;
    }
    let a = sin(q.x) + cos(q.y) + tan(q.x * 0.3);
    let b = exp(-abs(q.x) * 0.2) + log2(abs(q.y) + 1.0) + pow(abs(q.x), 1.7);
    let c = inverseSqrt(dot(q, q) + 0.1) + sqrt(abs(q.x)) + atan2(q.y, q.x) + length(q);
    let d = round(q.x) + fract(q.y) + trunc(q.x * 7.3) + q.x / (q.y + 9.1);
    let all = vec4f(a, b, c, d);
    return fract((all + dpdx(all)) * 4096.0);
}";

/// A number that is the same where frames are.
pub(super) fn reckon(device: &wgpu::Device, queue: &wgpu::Queue) -> Result<u32, String> {
    let format = wgpu::TextureFormat::Rgba8Unorm;
    let pipeline = pipeline(device, wgpu::ShaderSource::Wgsl(PROBE.into()), "probe", None, format);
    let picture = target(device, (SIDE, SIDE), format, wgpu::TextureUsages::COPY_SRC);
    let mut commands = device.create_command_encoder(&Default::default());
    read::draw(&mut commands, &picture.create_view(&Default::default()), &pipeline, &[]);
    let buffer = read::buffer(device, (SIDE, SIDE), 4);
    read::copy(&mut commands, &picture, &buffer, (SIDE, SIDE), 4);
    let submitted = queue.submit([commands.finish()]);
    let bytes = read::now(device, &buffer, submitted)?;
    let hash = blake3::hash(&bytes);
    let [a, b, c, d, ..] = *hash.as_bytes();
    Ok(u32::from_be_bytes([a, b, c, d]))
}
