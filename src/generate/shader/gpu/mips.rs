//! Smaller pictures of pictures, for where they are seen smaller.

use super::bind::pipeline;
use super::read;

const SHADER: &str = "
@group(0) @binding(0) var larger: texture_2d<f32>;
@fragment fn halve(@builtin(position) at: vec4f) -> @location(0) vec4f {
    let most = vec2i(textureDimensions(larger)) - 1;
    let p = vec2i(at.xy) * 2;
    var sum = vec4f(0.0);
    for (var i = 0; i < 4; i++) {
        sum += textureLoad(larger, min(p + vec2i(i & 1, i >> 1u), most), 0);
    }
    return sum / 4.0;
}";

/// How many pictures there are with all that are smaller.
pub(super) fn levels((width, height): (u32, u32)) -> u32 {
    width.max(height).max(1).ilog2() + 1
}

/// Makes the smaller pictures of pictures of one format.
pub(super) struct Mips(wgpu::RenderPipeline);

impl Mips {
    pub fn new(device: &wgpu::Device, format: wgpu::TextureFormat) -> Self {
        Self(pipeline(device, wgpu::ShaderSource::Wgsl(SHADER.into()), "halve", None, format))
    }

    /// Makes those of `texture`.
    pub fn make(
        &self,
        device: &wgpu::Device,
        commands: &mut wgpu::CommandEncoder,
        texture: &wgpu::Texture,
    ) {
        let view = |level: u32| {
            texture.create_view(&wgpu::TextureViewDescriptor {
                base_mip_level: level,
                mip_level_count: Some(1),
                ..Default::default()
            })
        };
        for level in 1..texture.mip_level_count() {
            let larger = view(level - 1);
            let entry = wgpu::BindGroupEntry {
                binding: 0,
                resource: wgpu::BindingResource::TextureView(&larger),
            };
            let group = device.create_bind_group(&wgpu::BindGroupDescriptor {
                label: None,
                layout: &self.0.get_bind_group_layout(0),
                entries: &[entry],
            });
            read::draw(commands, &view(level), &self.0, &[group]);
        }
    }
}
