//! Waits until everybody in a run sleeps: the sign that the last step has had its whole effect.
//!
//! The transcripts were made with pauses between the steps. Here the next step is taken as soon as every thread of
//! every program is blocked in the kernel and none has run meanwhile, which the kernel's counters of context switches
//! tell. Data on its way over loopback wakes its reader, mostly before the writer's call returns; on a busy machine it
//! may wait in the kernel for a while, where the sender's socket shows it as not yet acknowledged.

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

/// Whether a TCP connection from or to `port` has data that the other side's kernel has not acknowledged.
fn in_flight(port: u16) -> bool {
    let mark = format!(":{port:04X} ");
    let waits = |line: &str| {
        // sl local_address rem_address st tx_queue:rx_queue …; state 01 to 09, and 0B, have a peer.
        let fields: Vec<&str> = line.split_whitespace().collect();
        let [_, _, _, state, queues, ..] = fields[..] else { return false };
        state != "0A" && queues.split(':').next().is_some_and(|sent| sent.bytes().any(|digit| digit != b'0'))
    };
    ["/proc/net/tcp", "/proc/net/tcp6"].iter().any(|table| {
        let table = std::fs::read_to_string(table).unwrap_or_default();
        table.lines().any(|line| line.contains(&mark) && waits(line))
    })
}

/// Returns when nobody has run for a few looks and nothing is on its way from or to `port`, or when `over` has become
/// true; an error after `limit`.
pub fn settle(parties: &[Party], port: u16, limit: Duration, mut over: impl FnMut() -> bool) -> Result<(), String> {
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
        same = if now.is_some() && now == before && !in_flight(port) { same + 1 } else { 0 };
        before = now;
        std::thread::sleep(LOOK);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;
    use std::net::{TcpListener, TcpStream};
    use std::process::{Command, Stdio};

    #[test]
    fn a_sleeping_process_is_quiet() {
        let mut cat = Command::new("cat").stdin(Stdio::piped()).spawn().unwrap();
        assert_eq!(settle(&[Party::Process(cat.id())], 1, Duration::from_secs(10), || false), Ok(()));
        cat.kill().unwrap();
        cat.wait().unwrap();
    }

    #[test]
    fn data_that_is_not_acknowledged_is_in_flight() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let mut client = TcpStream::connect(("127.0.0.1", port)).unwrap();
        client.set_nonblocking(true).unwrap();
        assert!(!in_flight(port));
        // Nobody reads, so that the window closes at last.
        while client.write(&[0; 65_536]).is_ok() {}
        assert!(in_flight(port));
    }

    #[test]
    fn a_busy_process_is_not() {
        let mut busy = Command::new("sh").args(["-c", "while :; do :; done"]).spawn().unwrap();
        let party = [Party::Process(busy.id())];
        assert!(settle(&party, 1, Duration::from_millis(300), || false).is_err());
        busy.kill().unwrap();
        busy.wait().unwrap();
    }
}
