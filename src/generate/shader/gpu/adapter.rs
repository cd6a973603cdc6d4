//! The adapters that shaders may run on.

use std::fmt;

use super::super::device::Device;
use super::probe;

const LABEL: Option<&str> = Some("genmedia");

/// What to do where there is no adapter.
const INSTALL: &str = "Vulkan finds no driver on this machine; install that of its GPU, or one that draws on the \
                       processor: apt install mesa-vulkan-drivers";

/// An adapter, as `genmedia devices` shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Adapter {
    /// Its number, from 0.
    pub index: usize,
    /// Its name, as its driver says it.
    pub name: String,
    /// What it is: `discrete`, `integrated`, `virtual`, `cpu` or `other`.
    pub kind: &'static str,
    /// The driver, with its version.
    pub driver: String,
    /// The longest side of a picture in pixels.
    pub most_pixels: u32,
    /// True if it is the one that `auto` stands for.
    pub is_default: bool,
}

impl fmt::Display for Adapter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({}, {})", self.name, self.kind, self.driver)
    }
}

/// A device that is open.
pub struct Gpu {
    /// What makes its textures, pipelines and so on.
    pub(super) device: wgpu::Device,
    /// Where its work goes.
    pub(super) queue: wgpu::Queue,
    /// The adapter's name, its driver, and what it reckons: whatever frames depend on.
    pub kind: String,
    /// The adapter.
    pub adapter: Adapter,
}

fn instance() -> wgpu::Instance {
    let plain = wgpu::InstanceDescriptor::new_without_display_handle();
    wgpu::Instance::new(wgpu::InstanceDescriptor { backends: wgpu::Backends::PRIMARY, ..plain })
}

/// All adapters, the best first among those that `auto` chooses from.
fn all(instance: &wgpu::Instance) -> Vec<(Adapter, wgpu::Adapter)> {
    let found = pollster::block_on(instance.enumerate_adapters(wgpu::Backends::PRIMARY));
    let describe = |(index, adapter): (usize, wgpu::Adapter)| {
        let info = adapter.get_info();
        let driver = [&*info.driver, &*info.driver_info];
        let driver: Vec<&str> = driver.into_iter().filter(|text| !text.is_empty()).collect();
        let described = Adapter {
            index,
            name: info.name.clone(),
            kind: match info.device_type {
                wgpu::DeviceType::DiscreteGpu => "discrete",
                wgpu::DeviceType::IntegratedGpu => "integrated",
                wgpu::DeviceType::VirtualGpu => "virtual",
                wgpu::DeviceType::Cpu => "cpu",
                wgpu::DeviceType::Other => "other",
            },
            driver: driver.join(", "),
            most_pixels: adapter.limits().max_texture_dimension_2d,
            is_default: false,
        };
        (described, adapter)
    };
    let mut adapters: Vec<_> = found.into_iter().enumerate().map(describe).collect();
    let rank = |adapter: &Adapter| match adapter.kind {
        "discrete" => 0,
        "integrated" => 1,
        "virtual" => 2,
        "cpu" => 4,
        _ => 3,
    };
    let best = adapters.iter().map(|(adapter, _)| rank(adapter)).min();
    if let Some((first, _)) = adapters.iter_mut().find(|(adapter, _)| Some(rank(adapter)) == best) {
        first.is_default = true;
    }
    adapters
}

/// The adapters of this machine.
///
/// # Errors
/// There is none: what to install.
pub fn adapters() -> Result<Vec<Adapter>, String> {
    let adapters: Vec<Adapter> = all(&instance()).into_iter().map(|(adapter, _)| adapter).collect();
    match adapters.is_empty() {
        true => Err(INSTALL.into()),
        false => Ok(adapters),
    }
}

impl Gpu {
    /// Opens the device of an adapter.
    ///
    /// # Errors
    /// There is no such adapter, or its driver refuses.
    pub fn open(choice: &Device) -> Result<Self, String> {
        let instance = instance();
        let adapters = all(&instance);
        if adapters.is_empty() {
            return Err(INSTALL.into());
        }
        let known: Vec<String> = adapters
            .iter()
            .map(|(adapter, _)| format!("{} {}", adapter.index, adapter.name))
            .collect();
        let found = adapters.into_iter().find(|(adapter, _)| match choice {
            Device::Auto => adapter.is_default,
            Device::Cpu => adapter.kind == "cpu",
            Device::Index(index) => adapter.index == *index,
            Device::Named(name) => adapter.name.to_lowercase().contains(&name.to_lowercase()),
        });
        let Some((described, adapter)) = found else {
            let hint = match choice {
                Device::Cpu => {
                    "; a driver that draws on the processor: apt install mesa-vulkan-drivers"
                }
                _ => "",
            };
            let known = known.join(", ");
            return Err(format!("no device is {choice} (known: {known}){hint}"));
        };
        // The rest of what it can do is not asked for.
        let limits = adapter.limits();
        let wanted = wgpu::Limits {
            max_texture_dimension_2d: limits.max_texture_dimension_2d,
            max_buffer_size: limits.max_buffer_size,
            max_uniform_buffer_binding_size: limits.max_uniform_buffer_binding_size,
            max_sampled_textures_per_shader_stage: limits.max_sampled_textures_per_shader_stage,
            max_samplers_per_shader_stage: limits.max_samplers_per_shader_stage,
            ..wgpu::Limits::downlevel_defaults()
        };
        let features = adapter.features() & wgpu::Features::FLOAT32_FILTERABLE;
        let request = adapter.request_device(&wgpu::DeviceDescriptor {
            label: LABEL,
            required_features: features,
            required_limits: wanted,
            experimental_features: wgpu::ExperimentalFeatures::disabled(),
            memory_hints: wgpu::MemoryHints::MemoryUsage,
            trace: wgpu::Trace::Off,
        });
        let (device, queue) = pollster::block_on(request)
            .map_err(|e| format!("the device {} cannot be opened: {e}", described.name))?;
        // How wide its registers are does not matter to a frame, and differs from processor to processor.
        let name = match described.name.split_once(", ") {
            Some((name, bits)) if described.kind == "cpu" && bits.ends_with(" bits)") => {
                format!("{name})")
            }
            _ => described.name.clone(),
        };
        let reckons = probe::reckon(&device, &queue)?;
        let kind = format!("{name}, {}, arithmetic {reckons:08x}", described.driver);
        Ok(Self { device, queue, kind, adapter: described })
    }

    /// True if the driver ends loops before they are through: see [`super::loops`].
    pub(super) fn ends_loops(&self) -> bool {
        self.adapter.name.contains("llvmpipe")
    }

    /// True if float textures can be looked at between their pixels.
    pub(super) fn filters_floats(&self) -> bool {
        self.device.features().contains(wgpu::Features::FLOAT32_FILTERABLE)
    }
}
