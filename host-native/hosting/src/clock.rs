//! Where the time comes from: the system's clocks, in the units that the core counts in, or what a test sets.
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use s_server_core::io::Now;

/// Tells the time to all workers.
pub trait Clock: Sync {
    /// The time.
    fn now(&self) -> Now;
}

/// The system's clock, which stood at 0 then.
#[derive(Clone, Copy, Debug)]
pub struct Since(pub Instant);

impl Clock for Since {
    fn now(&self) -> Now {
        since(self.0)
    }
}

/// The time on the clock that stood at 0 when `start` was.
pub fn since(start: Instant) -> Now {
    Now::from_micros(u64::try_from(start.elapsed().as_micros()).unwrap_or(u64::MAX))
}

/// Seconds since 1970; 0 before.
pub fn wall() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}
