//! How long a test waits for anything.

use std::time::{Duration, Instant};

/// No test waits longer for anything.
pub const LIMIT: Duration = Duration::from_secs(20);

/// Looks again and again until `done`.
///
/// # Panics
/// After [`LIMIT`].
pub fn wait_until(what: &str, mut done: impl FnMut() -> bool) {
    let deadline = Instant::now() + LIMIT;
    while !done() {
        assert!(Instant::now() < deadline, "{what}: not within {LIMIT:?}");
        std::thread::sleep(Duration::from_millis(2));
    }
}
