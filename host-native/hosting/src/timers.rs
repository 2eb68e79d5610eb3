//! Deadlines, at most one for each client.
use std::collections::{BTreeMap, BTreeSet};

use s_server_core::io::Now;

/// The deadlines of one worker's clients.
#[derive(Debug, Default)]
pub struct Timers {
    order: BTreeSet<(Now, u64)>,
    of: BTreeMap<u64, Now>,
}

impl Timers {
    /// Sets, moves or removes the deadline of a client.
    pub fn set(&mut self, id: u64, at: Option<Now>) {
        if let Some(old) = self.of.remove(&id) {
            self.order.remove(&(old, id));
        }
        if let Some(at) = at {
            self.of.insert(id, at);
            self.order.insert((at, id));
        }
    }

    /// The earliest deadline.
    pub fn next(&self) -> Option<Now> {
        self.order.first().map(|&(at, _)| at)
    }

    /// A client whose deadline has come; it has none afterwards.
    pub fn take_due(&mut self, now: Now) -> Option<u64> {
        let &(at, id) = self.order.first()?;
        if at > now {
            return None;
        }
        self.set(id, None);
        Some(id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn at(micros: u64) -> Now {
        Now::from_micros(micros)
    }

    #[test]
    fn the_earliest_comes_first_and_once() {
        let mut timers = Timers::default();
        timers.set(1, Some(at(30)));
        timers.set(2, Some(at(10)));
        assert_eq!(timers.next(), Some(at(10)));
        assert_eq!(timers.take_due(at(9)), None);
        assert_eq!(timers.take_due(at(30)), Some(2));
        assert_eq!(timers.take_due(at(30)), Some(1));
        assert_eq!(timers.take_due(at(99)), None);
        assert_eq!(timers.next(), None);
    }

    #[test]
    fn a_deadline_can_be_moved_and_removed() {
        let mut timers = Timers::default();
        timers.set(1, Some(at(10)));
        timers.set(1, Some(at(20)));
        assert_eq!(timers.take_due(at(15)), None);
        timers.set(1, None);
        assert_eq!(timers.take_due(at(99)), None);
    }

    #[test]
    fn clients_may_share_a_moment() {
        let mut timers = Timers::default();
        timers.set(2, Some(at(10)));
        timers.set(1, Some(at(10)));
        assert_eq!((timers.take_due(at(10)), timers.take_due(at(10))), (Some(1), Some(2)));
    }
}
