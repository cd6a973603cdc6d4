//! Ctrl-C and its relatives: an orderly stop first, an immediate one on request.

use std::sync::Arc;
use std::sync::atomic::{AtomicI32, Ordering};
use std::time::Duration;

use genmedia::Cancel;
use genmedia::Error;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM, SIGXFSZ};

/// How long workers have to reach the end of their frame. Leaving without them is safe, since
/// nothing that they write has its name yet.
const GRACE: Duration = Duration::from_millis(800);

/// Makes a file that grows past its limit an error like any other, and not the end of the process.
pub fn outlive_limits() {
    // Where it cannot be done, the process ends there, as it did before.
    let _ = signal_hook::flag::register(SIGXFSZ, Arc::default());
}

/// Watches for signals from its creation on.
pub(super) struct Signals {
    cancel: Cancel,
    received: Arc<AtomicI32>,
}

/// True if whoever started this process has it ignore `signal` (proc_pid_status(5)).
fn is_ignored(signal: i32) -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let ignored = ignored.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    ignored.is_some_and(|mask| mask & 1 << (signal - 1) != 0)
}

impl Signals {
    pub(super) fn watch() -> Result<Self, Error> {
        let mut watched = vec![SIGINT, SIGTERM];
        // nohup(1) has it ignored, and that is how it stays.
        if !is_ignored(SIGHUP) {
            watched.push(SIGHUP);
        }
        let mut signals =
            signal_hook::iterator::Signals::new(watched).map_err(Error::io("watch", "signals"))?;
        let this = Self { cancel: Cancel::new(), received: Arc::default() };
        let (cancel, received) = (this.cancel.clone(), this.received.clone());
        std::thread::spawn(move || {
            for signal in signals.forever() {
                let exit = move || signal_hook::low_level::exit(128 + signal);
                if received.swap(signal, Ordering::Relaxed) != 0 {
                    exit();
                }
                cancel.cancel();
                std::thread::spawn(move || {
                    std::thread::sleep(GRACE);
                    exit();
                });
            }
        });
        Ok(this)
    }

    /// Set once a signal has come.
    pub(super) fn cancel(&self) -> &Cancel {
        &self.cancel
    }

    /// The exit code for the signal that came.
    pub(super) fn exit_code(&self) -> u8 {
        match self.received.load(Ordering::Relaxed) {
            0 => 1,
            signal => (128 + signal) as u8,
        }
    }
}
