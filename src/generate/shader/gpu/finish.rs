//! The last step of a picture: the mean of a pixel's points, and the steps of 8 bits.

use super::bind::pipeline;
use super::read;

/// What is done to a picture at last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Finish {
    /// Points across and down for each pixel.
    pub points: u32,
    /// True if they are mixed as light is.
    pub is_linear: bool,
    /// True if the steps of 8 bits are broken by noise.
    pub is_dithered: bool,
    /// True if the picture is transparent in places: what is not there has no colour then.
    pub keeps_alpha: bool,
}

/// The transfer function is that of IEC 61966-2-1. Noise is triangular, of two steps, as R. Wannamaker's thesis has it best;
/// its chance is the hash pcg3d of M. Jarzynski and M. Olano, 2020.
const SHADER: &str = "
struct Given { points: u32, linear: u32, dithered: u32, frame: u32, transparent: u32 }
@group(0) @binding(0) var drawn: texture_2d<f32>;
@group(0) @binding(1) var<uniform> given: Given;

fn to_light(c: vec3f) -> vec3f {
    return select(pow((c + 0.055) / 1.055, vec3f(2.4)), c / 12.92, c <= vec3f(0.04045));
}
fn from_light(c: vec3f) -> vec3f {
    return select(1.055 * pow(c, vec3f(1.0 / 2.4)) - 0.055, c * 12.92, c <= vec3f(0.0031308));
}
fn chance(seed: vec3u) -> vec3f {
    var v = seed * 1664525u + 1013904223u;
    v.x += v.y * v.z; v.y += v.z * v.x; v.z += v.x * v.y;
    v ^= v >> vec3u(16u);
    v.x += v.y * v.z; v.y += v.z * v.x; v.z += v.x * v.y;
    return vec3f(v >> vec3u(8u)) / 16777216.0;
}
@fragment fn finish(@builtin(position) at: vec4f) -> @location(0) vec4f {
    let pixel = vec2u(at.xy);
    var sum = vec4f(0.0);
    for (var y = 0u; y < given.points; y++) {
        for (var x = 0u; x < given.points; x++) {
            var c = clamp(textureLoad(drawn, pixel * given.points + vec2u(x, y), 0), vec4f(0.0), vec4f(1.0));
            if given.linear != 0u { c = vec4f(to_light(c.rgb), c.a); }
            if given.transparent != 0u { c = vec4f(c.rgb * c.a, c.a); }
            sum += c;
        }
    }
    sum /= f32(given.points * given.points);
    if given.transparent != 0u && sum.a > 0.0 { sum = vec4f(sum.rgb / sum.a, sum.a); }
    if given.linear != 0u { sum = vec4f(from_light(sum.rgb), sum.a); }
    if given.dithered != 0u {
        let noise = chance(vec3u(pixel, 2u * given.frame)) - chance(vec3u(pixel, 2u * given.frame + 1u));
        sum = vec4f(sum.rgb + noise / 255.0, sum.a);
    }
    return sum;
}";

/// What does it.
pub(super) struct Finisher {
    finish: Finish,
    pipeline: wgpu::RenderPipeline,
    given: wgpu::Buffer,
}

impl Finish {
    /// True if a picture is as it is drawn.
    pub(super) fn is_nothing(self) -> bool {
        self.points == 1 && !self.is_dithered
    }
}

impl Finisher {
    pub fn new(device: &wgpu::Device, finish: Finish, format: wgpu::TextureFormat) -> Self {
        let source = wgpu::ShaderSource::Wgsl(SHADER.into());
        let pipeline = pipeline(device, source, "finish", None, format);
        let given = device.create_buffer(&wgpu::BufferDescriptor {
            label: None,
            size: 32,
            usage: wgpu::BufferUsages::UNIFORM | wgpu::BufferUsages::COPY_DST,
            mapped_at_creation: false,
        });
        Self { finish, pipeline, given }
    }

    /// Draws what `drawn` becomes.
    pub fn draw(
        &self,
        (device, queue): (&wgpu::Device, &wgpu::Queue),
        commands: &mut wgpu::CommandEncoder,
        drawn: &wgpu::TextureView,
        target: &wgpu::TextureView,
        frame: u64,
    ) {
        let Finish { points, is_linear, is_dithered, keeps_alpha } = self.finish;
        let truths = [is_linear, is_dithered, keeps_alpha].map(u32::from);
        let given = [points, truths[0], truths[1], frame as u32, truths[2], 0, 0, 0];
        queue.write_buffer(&self.given, 0, bytemuck::cast_slice(&given));
        let entries = [
            wgpu::BindGroupEntry {
                binding: 0,
                resource: wgpu::BindingResource::TextureView(drawn),
            },
            wgpu::BindGroupEntry { binding: 1, resource: self.given.as_entire_binding() },
        ];
        let group = device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: None,
            layout: &self.pipeline.get_bind_group_layout(0),
            entries: &entries,
        });
        read::draw(commands, target, &self.pipeline, &[group]);
    }
}
