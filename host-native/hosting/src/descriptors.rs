//! Descriptors: how many are needed to serve a client, and whether there are so many.
//!
//! They are counted by opening them. What a server is to have is asked for before it says that it listens, so that it ends
//! with the reason instead of leaving its clients waiting.
use std::error::Error;
use std::fmt;
use std::fs::File;
use std::io;

use s_server_core::StartError;
use s_server_core::options::plan::Mode;
use s_server_core::options::run::{Concurrency, RunPlan};

use crate::system;

/// A client's: its socket, and one for what is read or fetched while it is served: a file, a list, an OCSP response.
const CLIENT: usize = 2;
/// Those of a worker that has a listener, and of a client.
pub const WORKER: usize = POLL + CLIENT;
/// Those of a poll: its own, and that of what wakes it.
const POLL: usize = 2;
/// What waits for standard input has a copy of it.
const STDIN: usize = 1;
const LISTENER: usize = 1;

/// There are too few descriptors, or threads.
#[derive(Debug)]
pub struct Shortage {
    why: io::Error,
    /// Descriptors that would be enough, and those that are allowed.
    needed: Option<(u64, u64)>,
}

impl From<io::Error> for Shortage {
    fn from(why: io::Error) -> Self {
        Self { why, needed: None }
    }
}

impl fmt::Display for Shortage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no client can be served: {}", self.why)
    }
}

impl Error for Shortage {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.why)
    }
}

impl From<&Shortage> for StartError {
    fn from(shortage: &Shortage) -> Self {
        let refused = Self::of_cause(shortage.to_string());
        match shortage.needed {
            Some((needed, allowed)) => {
                refused.with_remedy(format!("{needed} descriptors are needed, and {allowed} allowed (ulimit -n)"))
            }
            None => refused,
        }
    }
}

/// Whether a run by this plan will have enough, before anything is read for it. `held`: those that its engine keeps.
pub fn enough(plan: &RunPlan, held: usize) -> Result<(), Shortage> {
    let key_log = usize::from(plan.connection.tls.sessions.key_log.is_some());
    let folder = usize::from(matches!(plan.connection.mode, Mode::Files { .. }));
    take(held + key_log + folder + LISTENER + serving(plan)).map(drop)
}

/// What serving takes beside the listener.
pub fn serving(plan: &RunPlan) -> usize {
    let operator = matches!(plan.connection.mode, Mode::Interactive { .. });
    let of_the_way = match plan.concurrency(1) {
        Concurrency::Serial => {
            if operator {
                STDIN
            } else {
                0
            }
        }
        // Each client has a poll.
        Concurrency::Workers(_) if plan.connection.blocks() && plan.connection.datagrams.is_none() => POLL,
        Concurrency::Workers(_) => 0,
    };
    POLL + of_the_way + CLIENT
}

/// Takes so many; they are free again when the result is dropped.
pub fn take(count: usize) -> Result<Vec<File>, Shortage> {
    let mut taken = Vec::new();
    while let Some(limit) = system::descriptor_limit().filter(|_| taken.len() < count) {
        match system::stderr() {
            Ok(file) => taken.push(file),
            Err(why) => {
                let missing = count - taken.len();
                let needed = system::is_limit_of_descriptors(&why)
                    .then(|| (system::descriptor_limit_for(missing, limit), limit));
                return Err(Shortage { why, needed });
            }
        }
    }
    Ok(taken)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_short_is_told_with_what_would_be_enough() {
        let shortage = Shortage { why: io::ErrorKind::OutOfMemory.into(), needed: Some((9, 5)) };
        assert_eq!(shortage.to_string(), "no client can be served: out of memory");
        assert_eq!(shortage.source().unwrap().to_string(), "out of memory");
        let told = StartError::from(&shortage).render();
        let expected =
            "s_server: no client can be served: out of memory; 9 descriptors are needed, and 5 allowed (ulimit -n)\n";
        assert_eq!(String::from_utf8(told).unwrap(), expected);
        let told = StartError::from(&Shortage::from(io::Error::from(io::ErrorKind::OutOfMemory))).render();
        assert_eq!(told, b"s_server: no client can be served: out of memory\n");
    }
}
