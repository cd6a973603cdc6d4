//! The one function that ffmpeg-sys-next uses of the crate of this name.

/// The number of processors that this process may use.
pub fn get() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}
