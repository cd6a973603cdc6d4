//! Whether the work fits into memory, before it starts.

use sysinfo::{MemoryRefreshKind, RefreshKind, System};

use crate::compose::{Chain, Stack};
use crate::error::{Error, Invalid, Origin, Result};
use crate::media::Container;
use crate::recipe::{Recipe, Source};
use crate::values::Size;

/// Checks that `threads` workers on `recipe` fit into what the machine, or the control group that
/// this process is in, has left.
///
/// # Errors
/// [`Error::Invalid`] for the size, with the number of threads that would fit.
pub(super) fn check(recipe: &Recipe, threads: usize) -> Result<()> {
    let free = free();
    let each = per_worker(recipe) + THREAD;
    let index = index(recipe);
    let needed = each.saturating_mul(threads as u64).saturating_add(index);
    // A system that cannot tell its memory reports none.
    if free == 0 || needed <= free {
        return Ok(());
    }
    let mib = |bytes: u64| bytes.div_ceil(1 << 20);
    if index > free {
        let reason = format!(
            "the index of so long a film takes about {} MiB while it is written, and {} MiB are free",
            mib(index),
            mib(free)
        );
        let invalid = Invalid::new("frames", recipe.frames, reason);
        return Err(Error::Invalid(invalid.from_origin(&Origin::Flags)));
    }
    let hint = match (free - index) / each {
        0 => format!("choose {}", less(recipe)),
        fit => format!("choose --threads {fit} or {}", less(recipe)),
    };
    let reason = format!(
        "{threads} threads at this size take about {} MiB, and {} MiB are free; {hint}",
        mib(needed),
        mib(free)
    );
    Err(Error::Invalid(Invalid::new("size", recipe.size, reason).from_origin(&Origin::Flags)))
}

/// Bytes that a thread takes of memory and addresses for itself.
const THREAD: u64 = 16 << 20;

/// What would take less memory.
fn less(recipe: &Recipe) -> &'static str {
    match (&recipe.source, recipe.lead()) {
        (_, 1..) => "a smaller --size (of layers, too) or shorter echoes",
        (Source::Stack(_), _) => "a smaller --size (of layers, too)",
        _ => "a smaller --size",
    }
}

/// Looks whether there is memory to draw a single frame.
///
/// # Errors
/// There is not.
pub(super) fn check_frame(recipe: &Recipe) -> Result<()> {
    let (free, needed) = (free(), drawing(recipe));
    if free == 0 || needed <= free {
        return Ok(());
    }
    let reason = format!(
        "a frame at this size takes about {} MiB to be drawn, and {} MiB are free; choose {}",
        needed.div_ceil(1 << 20),
        free.div_ceil(1 << 20),
        less(recipe)
    );
    Err(Error::Invalid(Invalid::new("size", recipe.size, reason).from_origin(&Origin::Flags)))
}

/// Bytes that are free: of the machine, and of the addresses that this process may use; none where the system cannot tell.
fn free() -> u64 {
    match (of_machine(), addresses()) {
        (0, addresses) => addresses.unwrap_or(0),
        (free, addresses) => free.min(addresses.unwrap_or(u64::MAX)),
    }
}

/// Bytes of addresses that are left to this process, if they are limited (`ulimit -v`). `/proc` tells of both.
fn addresses() -> Option<u64> {
    /// Linux's on x86-64 and, as a rule, on others.
    const PAGE: u64 = 4096;
    /// Addresses that allocators set aside without using them.
    const RESERVED: u64 = 128 << 20;
    let limits = std::fs::read_to_string("/proc/self/limits").ok()?;
    let limit = limits.lines().find_map(|line| line.strip_prefix("Max address space"))?;
    let limit: u64 = limit.split_whitespace().next()?.parse().ok()?;
    let used = std::fs::read_to_string("/proc/self/statm").ok()?;
    let used: u64 = used.split_whitespace().next()?.parse().ok()?;
    // 0 stands for what is not known.
    Some(limit.saturating_sub(used * PAGE + RESERVED).max(1))
}

/// Bytes that the machine has free.
fn of_machine() -> u64 {
    let memory = RefreshKind::nothing().with_memory(MemoryRefreshKind::nothing().with_ram());
    let system = System::new_with_specifics(memory);
    // Without /proc nothing is known, and sysinfo asks no control group then.
    let limits = (system.total_memory() > 0).then(|| system.cgroup_limits()).flatten();
    match limits {
        Some(limits) => limits.free_memory.min(system.available_memory()),
        None => system.available_memory(),
    }
}

/// Bytes in which FFmpeg's muxer keeps a film's index until it is written: of MP4 each packet's entry, in an
/// array that doubles.
fn index(recipe: &Recipe) -> u64 {
    match recipe.video.as_ref().map(|video| video.container) {
        Some(Container::Mp4 | Container::Mov) => recipe.frames * 150,
        Some(_) => recipe.frames * 40,
        None => 0,
    }
}

/// An estimate, from above, of a worker's bytes.
fn per_worker(recipe: &Recipe) -> u64 {
    let pixels = recipe.size.pixels() as u64;
    let encoder = recipe.video.as_ref().map_or(0, |video| {
        let depth = u64::from(video.pix_fmt.depth().div_ceil(8));
        video.encoder_memory(pixels) * depth + pixels * 4 * depth
    });
    drawing(recipe) + encoder
}

/// An estimate, from above, of the bytes that drawing takes, a frame at a time.
pub(crate) fn drawing(recipe: &Recipe) -> u64 {
    let pixels = recipe.size.pixels() as u64;
    // The films that are open, and their pictures on the way.
    let of_film = |own: Size, size: Size| own.pixels().max(size.pixels()) as u64 * 60;
    let of_source = |(source, size): (&Source, Size)| match (source.parameters(), source) {
        (Some(parameters), _) => parameters.memory(size),
        (None, Source::Film(film)) => of_film(film.pixels.unwrap_or(size), size),
        (None, _) => of_film(size, size),
    };
    let painters: u64 = match &recipe.source {
        Source::Stack(stack) => {
            let layers = stack.layers.iter();
            let sources =
                layers.map(|layer| (&layer.source, layer.place.size.unwrap_or(recipe.size)));
            sources.map(of_source).sum::<u64>() + Stack::memory(&stack.sheaves(), &recipe.clip())
        }
        source => of_source((source, recipe.size)),
    };
    pixels * 3 + painters + Chain::memory(&recipe.effects, pixels)
}
