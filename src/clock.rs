//! Time that passes for this process.

use std::time::{Duration, Instant};

/// The most that counts between two looks. A process that is looked after looks far more often; one that
/// was stopped (Ctrl-Z, SIGSTOP, a frozen control group) comes back to a clock that has run on.
const MOST: Duration = Duration::from_millis(250);

/// Measures how long something takes, by looking at it again and again: time in which the process was
/// stopped is not time spent.
#[derive(Debug)]
pub struct Stopwatch {
    seen: Instant,
    elapsed: Duration,
}

impl Stopwatch {
    /// Begins now.
    pub fn start() -> Self {
        Self { seen: Instant::now(), elapsed: Duration::ZERO }
    }

    /// The time so far. To be asked several times in [a quarter of a second](MOST).
    pub fn elapsed(&mut self) -> Duration {
        let now = Instant::now();
        self.elapsed += now.duration_since(self.seen).min(MOST);
        self.seen = now;
        self.elapsed
    }
}
