//! The GPU boundary: shaders in, pictures out. The only module that names wgpu, naga and glslang.

mod adapter;
mod bind;
mod buffers;
mod compile;
mod engine;
mod finish;
mod layout;
mod loops;
mod mips;
mod probe;
mod read;
mod running;
mod switch;

pub use adapter::{Adapter, Gpu, adapters};
pub use bind::{Look, Pixels, Sheet};
pub use compile::{Compiled, compile};
pub use engine::{Engine, Given, Plan, PlannedPass, Readback};
pub use finish::Finish;
pub use layout::Layout;
pub use loops::ENDED;

/// Keeps the driver that draws on the processor from complaining that there is no display. To be called first in `main`: it
/// does nothing once the process has other threads.
pub fn quieten_drivers() {
    let threads = std::fs::read_dir("/proc/self/task").map(|tasks| tasks.count());
    let is_set = |name| std::env::var_os(name).is_some();
    if matches!(threads, Ok(1)) && !is_set("WAYLAND_DISPLAY") && !is_set("XDG_RUNTIME_DIR") {
        // SAFETY: nothing else can read the environment while it changes, since this is the only thread. Mesa's drivers look
        // for a display whenever they start, and libwayland writes to stderr where it cannot know a place to look at.
        #[allow(unsafe_code)]
        unsafe {
            std::env::set_var("WAYLAND_DISPLAY", "/nonexistent");
        }
    }
}
