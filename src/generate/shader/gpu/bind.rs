//! What is bound to a shader: its uniforms, textures and samplers.

use super::compile::Compiled;
use super::layout::Place;
use super::mips::levels;

/// A picture that is given to shaders.
#[derive(Debug, Clone)]
pub struct Sheet {
    /// Pixels across and down.
    pub size: (u32, u32),
    /// Bytes of a pixel: 4 of red, green, blue and alpha, or 1 of red.
    pub depth: u32,
    /// True if pixels are whole numbers from 0 to 255, and not numbers from 0 to 1.
    pub is_whole: bool,
    /// True if smaller pictures are made of it, for where it is seen smaller.
    pub has_mips: bool,
    /// Its rows, the first where v is 0.
    pub pixels: Vec<u8>,
}

impl Sheet {
    /// The texture that it goes into.
    pub(super) fn texture(&self, device: &wgpu::Device) -> wgpu::Texture {
        let format = match (self.depth, self.is_whole) {
            (1, false) => wgpu::TextureFormat::R8Unorm,
            (1, true) => wgpu::TextureFormat::R8Uint,
            (_, false) => wgpu::TextureFormat::Rgba8Unorm,
            (_, true) => wgpu::TextureFormat::Rgba8Uint,
        };
        let has_mips = self.has_mips && format == wgpu::TextureFormat::Rgba8Unorm;
        let usage = wgpu::TextureUsages::TEXTURE_BINDING | wgpu::TextureUsages::COPY_DST;
        let drawn = wgpu::TextureUsages::RENDER_ATTACHMENT;
        device.create_texture(&wgpu::TextureDescriptor {
            label: None,
            size: wgpu::Extent3d {
                width: self.size.0,
                height: self.size.1,
                depth_or_array_layers: 1,
            },
            mip_level_count: if has_mips { levels(self.size) } else { 1 },
            sample_count: 1,
            dimension: wgpu::TextureDimension::D2,
            format,
            usage: if has_mips { usage | drawn } else { usage },
            view_formats: &[],
        })
    }
}

/// What a texture shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pixels {
    /// A picture, by its number.
    Sheet(usize),
    /// A buffer, by its number.
    Buffer(usize),
}

/// What a texture of a shader shows, and how it is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Look {
    /// What it shows.
    pub pixels: Pixels,
    /// True if pixels are mixed.
    pub is_linear: bool,
    /// True if smaller pictures are looked at where it is seen smaller.
    pub has_mips: bool,
    /// What is beyond its sides.
    pub wrap: super::super::channel::Wrap,
}

/// A shader with the places at which it is given something.
pub(super) struct Bound {
    pub pipeline: wgpu::RenderPipeline,
    groups: Vec<wgpu::BindGroupLayout>,
    compiled: Compiled,
    looks: Vec<Look>,
    blocks: Vec<wgpu::Buffer>,
    samplers: Vec<wgpu::Sampler>,
    /// Where it notes that its loops were ended.
    note: Option<(Place, wgpu::Buffer)>,
}

/// The corners of one triangle that covers the picture.
const CORNERS: &str = "
struct Corner { @builtin(position) at: vec4f, @location(0) uv: vec2f }
@vertex fn corner(@builtin(vertex_index) i: u32) -> Corner {
    let at = vec2f(f32(i32(i & 1u) * 4 - 1), f32(i32(i >> 1u) * 4 - 1));
    return Corner(vec4f(at, 0.5, 1.0), vec2f(at.x + 1.0, 1.0 - at.y) / 2.0);
}";

/// What draws pictures of `format` with the function `entry` of a module.
pub(super) fn pipeline(
    device: &wgpu::Device,
    module: wgpu::ShaderSource<'_>,
    entry: &str,
    groups: Option<&[wgpu::BindGroupLayout]>,
    format: wgpu::TextureFormat,
) -> wgpu::RenderPipeline {
    let source = wgpu::ShaderSource::Wgsl(CORNERS.into());
    let corners = device.create_shader_module(wgpu::ShaderModuleDescriptor { label: None, source });
    let pixels =
        device.create_shader_module(wgpu::ShaderModuleDescriptor { label: None, source: module });
    let layout = groups.map(|groups| {
        let groups: Vec<_> = groups.iter().map(Some).collect();
        device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
            label: None,
            bind_group_layouts: &groups,
            immediate_size: 0,
        })
    });
    device.create_render_pipeline(&wgpu::RenderPipelineDescriptor {
        label: None,
        layout: layout.as_ref(),
        vertex: wgpu::VertexState {
            module: &corners,
            entry_point: Some("corner"),
            compilation_options: Default::default(),
            buffers: &[],
        },
        primitive: Default::default(),
        depth_stencil: None,
        multisample: Default::default(),
        fragment: Some(wgpu::FragmentState {
            module: &pixels,
            entry_point: Some(entry),
            compilation_options: Default::default(),
            targets: &[Some(format.into())],
        }),
        multiview_mask: None,
        cache: None,
    })
}

impl Bound {
    /// A shader that draws pictures of `format`; `looks` are its textures', in the order of its layout; at `note` it notes that
    /// its loops were ended.
    pub fn new(
        device: &wgpu::Device,
        compiled: Compiled,
        looks: Vec<Look>,
        format: wgpu::TextureFormat,
        note: Option<(Place, wgpu::Buffer)>,
    ) -> Self {
        let layout = &compiled.layout;
        let entry = |place: Place, ty: wgpu::BindingType| {
            let visibility = wgpu::ShaderStages::FRAGMENT;
            (place.0, wgpu::BindGroupLayoutEntry { binding: place.1, visibility, ty, count: None })
        };
        let blocks = layout.blocks.iter().map(|block| {
            let ty = wgpu::BufferBindingType::Uniform;
            let ty =
                wgpu::BindingType::Buffer { ty, has_dynamic_offset: false, min_binding_size: None };
            entry(block.place, ty)
        });
        let textures = layout.textures.iter().map(|texture| {
            let sample_type = match texture.is_whole {
                true => wgpu::TextureSampleType::Uint,
                false => wgpu::TextureSampleType::Float { filterable: true },
            };
            let view_dimension = wgpu::TextureViewDimension::D2;
            let ty =
                wgpu::BindingType::Texture { sample_type, view_dimension, multisampled: false };
            entry(texture.place, ty)
        });
        let samplers = layout.samplers.iter().map(|sampler| {
            let is_whole = layout.textures[sampler.texture].is_whole;
            let ty = match is_whole {
                true => wgpu::SamplerBindingType::NonFiltering,
                false => wgpu::SamplerBindingType::Filtering,
            };
            entry(sampler.place, wgpu::BindingType::Sampler(ty))
        });
        let noted = note.iter().map(|(place, _)| {
            let ty = wgpu::BufferBindingType::Storage { read_only: false };
            let ty =
                wgpu::BindingType::Buffer { ty, has_dynamic_offset: false, min_binding_size: None };
            entry(*place, ty)
        });
        let entries: Vec<(u32, wgpu::BindGroupLayoutEntry)> =
            blocks.chain(textures).chain(samplers).chain(noted).collect();
        let count = entries.iter().map(|(group, _)| group + 1).max().unwrap_or(0);
        let group = |group: u32| {
            let own = entries.iter().filter(|(other, _)| *other == group);
            let entries: Vec<_> = own.map(|(_, entry)| *entry).collect();
            device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor {
                label: None,
                entries: &entries,
            })
        };
        let groups: Vec<_> = (0..count).map(group).collect();
        let module = wgpu::ShaderSource::Naga(std::borrow::Cow::Owned(compiled.module.clone()));
        let pipeline = pipeline(device, module, &compiled.entry, Some(&groups), format);
        let block = |block: &super::layout::Block| {
            device.create_buffer(&wgpu::BufferDescriptor {
                label: None,
                size: block.bytes() as u64,
                usage: wgpu::BufferUsages::UNIFORM | wgpu::BufferUsages::COPY_DST,
                mapped_at_creation: false,
            })
        };
        let blocks = layout.blocks.iter().map(block).collect();
        let sampler = |sampler: &super::layout::Sampler| {
            use super::super::channel::Wrap;
            let look = looks[sampler.texture];
            let is_linear = look.is_linear && !layout.textures[sampler.texture].is_whole;
            let filter =
                if is_linear { wgpu::FilterMode::Linear } else { wgpu::FilterMode::Nearest };
            let mode = match look.wrap {
                Wrap::Clamp => wgpu::AddressMode::ClampToEdge,
                Wrap::Repeat => wgpu::AddressMode::Repeat,
                Wrap::Mirror => wgpu::AddressMode::MirrorRepeat,
            };
            device.create_sampler(&wgpu::SamplerDescriptor {
                address_mode_u: mode,
                address_mode_v: mode,
                mag_filter: filter,
                min_filter: filter,
                mipmap_filter: match look.has_mips && is_linear {
                    true => wgpu::MipmapFilterMode::Linear,
                    false => wgpu::MipmapFilterMode::Nearest,
                },
                ..Default::default()
            })
        };
        let samplers = layout.samplers.iter().map(sampler).collect();
        Self { pipeline, groups, compiled, looks, blocks, samplers, note }
    }

    /// Gives it its uniforms, a run of bytes for each block.
    pub fn fill(&self, queue: &wgpu::Queue, blocks: &[Vec<u8>]) {
        for (buffer, bytes) in self.blocks.iter().zip(blocks) {
            queue.write_buffer(buffer, 0, bytes);
        }
    }

    /// What it is given, where `view` gives what a texture shows.
    pub fn groups(
        &self,
        device: &wgpu::Device,
        view: &dyn Fn(&Look) -> wgpu::TextureView,
    ) -> Vec<wgpu::BindGroup> {
        let layout = &self.compiled.layout;
        let views: Vec<_> = self.looks.iter().map(view).collect();
        let blocks = layout.blocks.iter().zip(&self.blocks);
        let blocks = blocks.map(|(block, buffer)| (block.place, buffer.as_entire_binding()));
        let textures = layout.textures.iter().zip(&views);
        let textures = textures
            .map(|(texture, view)| (texture.place, wgpu::BindingResource::TextureView(view)));
        let samplers = layout.samplers.iter().zip(&self.samplers);
        let samplers =
            samplers.map(|(place, sampler)| (place.place, wgpu::BindingResource::Sampler(sampler)));
        let noted = self.note.iter().map(|(place, buffer)| (*place, buffer.as_entire_binding()));
        let all: Vec<(Place, wgpu::BindingResource)> =
            blocks.chain(textures).chain(samplers).chain(noted).collect();
        let group = |(number, layout): (u32, &wgpu::BindGroupLayout)| {
            let own = all.iter().filter(|(place, _)| place.0 == number);
            let entries: Vec<_> = own
                .map(|(place, resource)| wgpu::BindGroupEntry {
                    binding: place.1,
                    resource: resource.clone(),
                })
                .collect();
            device.create_bind_group(&wgpu::BindGroupDescriptor {
                label: None,
                layout,
                entries: &entries,
            })
        };
        (0..).zip(&self.groups).map(group).collect()
    }
}
