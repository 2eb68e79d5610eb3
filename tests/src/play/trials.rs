//! The command line of the tests that are made from files.

use libtest_mimic::Arguments;

/// Cargo's arguments; runs sleep most of the time, so that twice as many as there are cores take part at once.
pub fn arguments() -> Arguments {
    let mut arguments = Arguments::from_args();
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    arguments.test_threads.get_or_insert(2 * cores);
    arguments
}
