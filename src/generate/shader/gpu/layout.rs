//! What a shader is given: blocks of numbers, textures, and how it looks at them.

use super::super::source::MATRIX;
use wgpu::naga::{self, AddressSpace, ImageClass, ImageDimension, ScalarKind, TypeInner};

/// All that a shader is given.
#[derive(Debug, Clone, Default)]
pub struct Layout {
    /// Blocks of uniforms.
    pub blocks: Vec<Block>,
    /// Textures.
    pub textures: Vec<Texture>,
    /// Samplers, each for one of the textures.
    pub(super) samplers: Vec<Sampler>,
}

/// A place that a shader names: group and binding.
pub(super) type Place = (u32, u32);

/// Uniforms that lie together.
#[derive(Debug, Clone)]
pub struct Block {
    pub(super) place: Place,
    /// Bytes.
    size: usize,
    /// The uniforms.
    pub members: Vec<Member>,
}

/// A uniform.
#[derive(Debug, Clone)]
pub struct Member {
    /// Its name.
    pub name: String,
    /// Numbers that it has in all.
    pub count: usize,
    offset: usize,
    kind: ScalarKind,
    /// Numbers that lie together, of which there are so many runs, this many bytes apart.
    run: usize,
    stride: usize,
}

/// A texture.
#[derive(Debug, Clone)]
pub struct Texture {
    pub(super) place: Place,
    /// Its name.
    pub name: String,
    /// True if its pixels are whole numbers.
    pub is_whole: bool,
}

/// How a shader looks at a texture.
#[derive(Debug, Clone)]
pub(super) struct Sampler {
    pub place: Place,
    /// The texture's number.
    pub texture: usize,
}

/// The most bytes of a block of uniforms: those of the smallest devices.
const LARGEST: u32 = 16 << 10;

impl Layout {
    /// That of a module.
    pub(super) fn of(module: &naga::Module) -> Result<Self, String> {
        let mut layout = Self::default();
        let mut samplers = Vec::new();
        for (_, variable) in module.global_variables.iter() {
            let Some(binding) = &variable.binding else { continue };
            let place = (binding.group, binding.binding);
            if place.0 > 2 || place.1 > 99 {
                return Err(
                    "what a shader is given has a group from 0 to 2, and a binding from 0 to 99"
                        .into(),
                );
            }
            let name = variable.name.clone().unwrap_or_default();
            match (variable.space, &module.types[variable.ty].inner) {
                (AddressSpace::Uniform, TypeInner::Struct { span, .. }) if *span > LARGEST => {
                    return Err(format!("uniforms take {span} bytes, and {LARGEST} are the most"));
                }
                (AddressSpace::Uniform, TypeInner::Struct { members, span }) => {
                    let members = members
                        .iter()
                        .map(|member| Member::of(module, member))
                        .collect::<Result<_, _>>()?;
                    layout.blocks.push(Block { place, size: *span as usize, members });
                }
                (AddressSpace::Uniform, inner)
                    if Member::shape(inner).is_some()
                        || matches!(inner, TypeInner::Array { .. }) =>
                {
                    let of = naga::StructMember {
                        name: Some(name),
                        ty: variable.ty,
                        binding: None,
                        offset: 0,
                    };
                    let size = inner.size(module.to_ctx()) as usize;
                    layout.blocks.push(Block {
                        place,
                        size,
                        members: vec![Member::of(module, &of)?],
                    });
                }
                (
                    AddressSpace::Handle,
                    TypeInner::Image {
                        dim: ImageDimension::D2,
                        arrayed: false,
                        class: ImageClass::Sampled { kind, multi: false },
                    },
                ) => {
                    if *kind == ScalarKind::Sint {
                        return Err(format!(
                            "{name}: pictures have no numbers below nought; say usampler2D"
                        ));
                    }
                    let is_whole = *kind != ScalarKind::Float;
                    layout.textures.push(Texture { place, name, is_whole });
                }
                (AddressSpace::Handle, TypeInner::Sampler { comparison: false }) => {
                    samplers.push((place, name))
                }
                (_, TypeInner::Image { .. }) => {
                    return Err(format!(
                        "{name}: channels are flat pictures; cubes, volumes and lists of them are not given"
                    ));
                }
                _ => return Err(format!("{name}: shaders are given uniforms and textures alone")),
            }
        }
        for (place, name) in samplers {
            // Of WGSL it is that whose name ends likewise; a sampler that was parted from a texture lies behind it.
            let number =
                |name: &str| name.trim_start_matches(|c: char| !c.is_ascii_digit()).to_string();
            let alike = layout
                .textures
                .iter()
                .position(|texture| !name.is_empty() && number(&texture.name) == number(&name));
            let before = layout.textures.iter().rposition(|texture| texture.place < place);
            let texture =
                alike.or(before).ok_or_else(|| format!("the sampler {name} has no texture"))?;
            layout.samplers.push(Sampler { place, texture });
        }
        Ok(layout)
    }

    /// How many groups there are.
    pub(super) fn groups(&self) -> u32 {
        let blocks = self.blocks.iter().map(|block| block.place);
        let textures = self.textures.iter().map(|texture| texture.place);
        let samplers = self.samplers.iter().map(|sampler| sampler.place);
        blocks.chain(textures).chain(samplers).map(|(group, _)| group + 1).max().unwrap_or(0)
    }

    /// The names of uniforms.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.blocks.iter().flat_map(|block| &block.members).map(|member| member.name.as_str())
    }

    /// A uniform of this name.
    pub fn uniform(&self, name: &str) -> Option<&Member> {
        self.blocks.iter().flat_map(|block| &block.members).find(|member| member.name == name)
    }
}

impl Member {
    /// The kind of its numbers, how many lie together, of which there are so many runs, and how far these are apart.
    fn shape(inner: &TypeInner) -> Option<(ScalarKind, usize, usize, usize)> {
        match *inner {
            TypeInner::Scalar(scalar) => Some((scalar.kind, 1, 1, 0)),
            TypeInner::Vector { size, scalar } => Some((scalar.kind, size as usize, 1, 0)),
            // A column of three numbers takes the place of four.
            TypeInner::Matrix { columns, rows, scalar } => {
                let stride = if rows as usize == 2 { 8 } else { 16 };
                Some((scalar.kind, rows as usize, columns as usize, stride))
            }
            _ => None,
        }
    }

    fn of(module: &naga::Module, member: &naga::StructMember) -> Result<Self, String> {
        let name = member.name.clone().unwrap_or_default();
        let name = name.strip_prefix(MATRIX).map(str::to_string).unwrap_or(name);
        let unknown = || format!("the uniform {name} is of a kind that cannot be set");
        let inner = &module.types[member.ty].inner;
        let (kind, run, runs, stride) = match inner {
            TypeInner::Array { base, size: naga::ArraySize::Constant(count), stride } => {
                let (kind, run, runs, inner) =
                    Self::shape(&module.types[*base].inner).ok_or_else(unknown)?;
                match runs {
                    1 => (kind, run, count.get() as usize, *stride as usize),
                    _ => (kind, run, runs * count.get() as usize, inner),
                }
            }
            inner => Self::shape(inner).ok_or_else(unknown)?,
        };
        Ok(Self { count: run * runs, offset: member.offset as usize, kind, run, stride, name })
    }

    fn write(&self, numbers: &[f64], block: &mut [u8]) {
        for (n, number) in numbers.iter().take(self.count).enumerate() {
            let at = self.offset + n / self.run * self.stride + n % self.run * 4;
            let bytes = match self.kind {
                ScalarKind::Sint => (*number as i32).to_le_bytes(),
                ScalarKind::Uint | ScalarKind::Bool => (*number as u32).to_le_bytes(),
                _ => (*number as f32).to_le_bytes(),
            };
            if let Some(place) = block.get_mut(at..at + 4) {
                place.copy_from_slice(&bytes);
            }
        }
    }
}

impl Block {
    /// How many bytes it has.
    pub(super) fn bytes(&self) -> usize {
        self.size.next_multiple_of(16)
    }

    /// Its bytes, with what `value` gives for each name, and nought for what it does not know.
    pub fn fill(&self, value: &dyn Fn(&Member) -> Vec<f64>) -> Vec<u8> {
        let mut bytes = vec![0; self.bytes()];
        self.members.iter().for_each(|member| member.write(&value(member), &mut bytes));
        bytes
    }
}

/// A picture to be drawn on.
pub(super) fn target(
    device: &wgpu::Device,
    (width, height): (u32, u32),
    format: wgpu::TextureFormat,
    also: wgpu::TextureUsages,
) -> wgpu::Texture {
    device.create_texture(&wgpu::TextureDescriptor {
        label: None,
        size: wgpu::Extent3d { width, height, depth_or_array_layers: 1 },
        mip_level_count: 1,
        sample_count: 1,
        dimension: wgpu::TextureDimension::D2,
        format,
        usage: wgpu::TextureUsages::RENDER_ATTACHMENT | also,
        view_formats: &[],
    })
}
