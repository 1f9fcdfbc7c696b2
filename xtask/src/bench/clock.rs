//! Time on a core, which other work on the machine adds less to than to time that passes.

use std::fs;
use std::time::{Duration, Instant};

/// Time this thread had a core, where the system tells (Linux); else time that passed, which other programs lengthen.
pub(super) struct Clock {
    start: Instant,
    on_core: Option<u64>,
}

impl Clock {
    pub(super) fn start() -> Self {
        Self { on_core: on_core(), start: Instant::now() }
    }

    pub(super) fn seconds(&self) -> f64 {
        let passed = self.start.elapsed().as_secs_f64();
        let (Some(before), Some(after)) = (self.on_core, on_core()) else { return passed };
        Duration::from_nanos(after.saturating_sub(before)).as_secs_f64()
    }
}

/// Nanoseconds this thread was on a core (Linux, Documentation/scheduler/sched-stats.rst).
fn on_core() -> Option<u64> {
    fs::read_to_string("/proc/thread-self/schedstat").ok()?.split_whitespace().next()?.parse().ok()
}
