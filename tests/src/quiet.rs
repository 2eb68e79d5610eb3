//! Waits until everybody in a run sleeps: the sign that the last step has had its whole effect.
//!
//! The transcripts were made with pauses between the steps. Here the next step is taken as soon as every thread of
//! every program is blocked in the kernel and none has run meanwhile, which the kernel's counters of context switches
//! tell. Data on its way over loopback wakes its reader before the writer's call returns, so it counts as running.

use std::path::PathBuf;
use std::time::{Duration, Instant};

/// Distance between two looks.
const LOOK: Duration = Duration::from_millis(4);
/// So many looks in a row must show the same.
const SAME: u32 = 4;

/// One who takes part.
#[derive(Clone, Copy, Debug)]
pub enum Party {
    /// A process with all its threads.
    Process(u32),
    /// A thread of the test itself.
    Thread(u32),
}

/// What a party has done so far; `None` while one of its threads runs.
fn rest(party: Party) -> Option<Vec<String>> {
    let tasks: Vec<PathBuf> = match party {
        Party::Process(pid) => match std::fs::read_dir(format!("/proc/{pid}/task")) {
            Ok(tasks) => tasks.filter_map(|task| Some(task.ok()?.path())).collect(),
            Err(_) => return Some(Vec::new()),
        },
        Party::Thread(tid) => vec![PathBuf::from(format!("/proc/self/task/{tid}"))],
    };
    let mut seen = Vec::new();
    for task in tasks {
        // A thread that has just ended rests as well.
        let Ok(status) = std::fs::read_to_string(task.join("status")) else { continue };
        let field = |name: &str| status.lines().find_map(|line| line.strip_prefix(name)).unwrap_or("").trim();
        if !field("State:").starts_with(['S', 'Z', 'X', 'T']) {
            return None;
        }
        let (voluntary, forced) = (field("voluntary_ctxt_switches:"), field("nonvoluntary_ctxt_switches:"));
        seen.push(format!("{} {voluntary} {forced}", task.display()));
    }
    seen.sort();
    Some(seen)
}

/// What all of them have done so far; `None` while somebody runs.
pub fn rest_of(parties: &[Party]) -> Option<Vec<Vec<String>>> {
    parties.iter().map(|&party| rest(party)).collect()
}

/// Returns when nobody has run for a few looks, or `over` has become true; an error after `limit`.
pub fn settle(parties: &[Party], limit: Duration, mut over: impl FnMut() -> bool) -> Result<(), String> {
    let deadline = Instant::now() + limit;
    let mut before = None;
    let mut same = 0;
    while same < SAME {
        if over() {
            return Ok(());
        }
        if Instant::now() > deadline {
            return Err(format!("not quiet after {limit:?}"));
        }
        let now = rest_of(parties);
        same = if now.is_some() && now == before { same + 1 } else { 0 };
        before = now;
        std::thread::sleep(LOOK);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::{Command, Stdio};

    #[test]
    fn a_sleeping_process_is_quiet() {
        let mut cat = Command::new("cat").stdin(Stdio::piped()).spawn().unwrap();
        assert_eq!(settle(&[Party::Process(cat.id())], Duration::from_secs(10), || false), Ok(()));
        cat.kill().unwrap();
        cat.wait().unwrap();
    }

    #[test]
    fn a_busy_process_is_not() {
        let mut busy = Command::new("sh").args(["-c", "while :; do :; done"]).spawn().unwrap();
        let party = [Party::Process(busy.id())];
        assert!(settle(&party, Duration::from_millis(300), || false).is_err());
        busy.kill().unwrap();
        busy.wait().unwrap();
    }
}
