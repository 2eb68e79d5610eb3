//! Who is served, when clients are served one by one.
//!
//! A client that says nothing waits unseated and keeps nobody else from being served; the first one that has something
//! to say (a first byte, or its end) gets the seat. Where too many wait, the one that has been silent for the longest
//! time makes room, so that silent clients do not keep anybody out either. Only what the operator wants of the server itself, end of input or
//! `Q`, acts on a silent client too, as it does in the original.
use alloc::collections::BTreeMap;

use crate::command::{self, Command};
use crate::options::plan::Plan;

/// At most that many accepted clients wait without a seat. Beyond that a silent one makes room; when all have something
/// to say, more stay in the listener's backlog.
pub const WAITING_LIMIT: usize = 256;

/// The waiting clients and the seat.
#[derive(Debug)]
pub struct Seating {
    /// In order of arrival; `true` when the client has something to say.
    waiting: BTreeMap<u64, bool>,
    seated: bool,
    /// The operator wants the server to end: the oldest client is seated even if it is silent.
    urgent: bool,
    commands: bool,
    ends_at_end_of_input: bool,
}

impl Seating {
    /// Nobody waits, the seat is free.
    pub fn new(plan: &Plan) -> Self {
        let commands = !plan.text.quiet;
        Self {
            waiting: BTreeMap::new(),
            seated: false,
            urgent: false,
            commands,
            ends_at_end_of_input: commands && !plan.ign_eof,
        }
    }

    /// A client was accepted. Ids grow with each. Returns the silent client that has to go for it, if there is no room.
    pub fn arrived(&mut self, id: u64) -> Option<u64> {
        let full = self.waiting.len() >= WAITING_LIMIT;
        let gone = full.then(|| self.waiting.iter().find(|&(_, &ready)| !ready).map(|(&id, _)| id)).flatten();
        if let Some(gone) = gone {
            self.waiting.remove(&gone);
        }
        self.waiting.insert(id, false);
        gone
    }

    /// A waiting client sent its first byte, or its stream ended.
    pub fn ready(&mut self, id: u64) {
        if let Some(ready) = self.waiting.get_mut(&id) {
            *ready = true;
        }
    }

    /// A waiting client was given up by the host.
    pub fn gone(&mut self, id: u64) {
        self.waiting.remove(&id);
    }

    /// The operator's input said something while nobody was seated.
    pub fn operator_unit(&mut self, unit: &[u8]) {
        self.urgent |= self.commands && command::parse(unit) == Some(Command::QuitServer);
    }

    /// The operator's input ended.
    pub fn operator_ended(&mut self) {
        self.urgent |= self.ends_at_end_of_input;
    }

    /// The client to be seated now, when the seat is free and there is one.
    pub fn take_seat(&mut self) -> Option<u64> {
        if self.seated {
            return None;
        }
        let (&id, _) = self.waiting.iter().find(|&(_, &ready)| ready || self.urgent)?;
        self.waiting.remove(&id);
        self.seated = true;
        Some(id)
    }

    /// The seat is free again.
    pub fn leave_seat(&mut self) {
        self.seated = false;
    }

    /// No more clients should be accepted for now.
    pub fn is_full(&self) -> bool {
        self.waiting.len() >= WAITING_LIMIT && self.waiting.values().all(|&ready| ready)
    }

    /// Clients that have something to say wait for the seat.
    pub fn others_ready(&self) -> bool {
        self.waiting.values().any(|&ready| ready)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scripted::plan;

    #[test]
    fn a_silent_client_keeps_nobody_waiting() {
        let mut seating = Seating::new(&plan());
        seating.arrived(1);
        seating.arrived(2);
        assert_eq!(seating.take_seat(), None);
        seating.ready(2);
        assert_eq!(seating.take_seat(), Some(2));
        assert!(!seating.others_ready());
    }

    #[test]
    fn one_client_is_seated_at_a_time_in_order_of_arrival() {
        let mut seating = Seating::new(&plan());
        for id in [1, 2, 3] {
            seating.arrived(id);
            seating.ready(id);
        }
        assert_eq!(seating.take_seat(), Some(1));
        assert_eq!(seating.take_seat(), None);
        seating.gone(2);
        seating.leave_seat();
        assert_eq!(seating.take_seat(), Some(3));
    }

    #[test]
    fn end_of_input_and_big_q_seat_a_silent_client() {
        let mut ended = Seating::new(&plan());
        ended.operator_ended();
        ended.arrived(1);
        assert_eq!(ended.take_seat(), Some(1));

        let mut quit = Seating::new(&plan());
        quit.arrived(1);
        quit.operator_unit(b"hello\n");
        assert_eq!(quit.take_seat(), None);
        quit.operator_unit(b"Q\n");
        assert_eq!(quit.take_seat(), Some(1));
    }

    #[test]
    fn quiet_and_ign_eof_wait_for_the_client_to_speak() {
        let mut quiet = plan();
        quiet.text.quiet = true;
        let mut ign_eof = plan();
        ign_eof.ign_eof = true;
        for plan in [quiet, ign_eof] {
            let mut seating = Seating::new(&plan);
            seating.operator_ended();
            seating.arrived(1);
            assert_eq!(seating.take_seat(), None);
        }
    }

    #[test]
    fn the_waiting_room_is_bounded() {
        let mut seating = Seating::new(&plan());
        for id in 0..WAITING_LIMIT as u64 {
            assert!(!seating.is_full());
            assert_eq!(seating.arrived(id), None);
            seating.ready(id);
        }
        assert!(seating.is_full());
        seating.gone(7);
        assert!(!seating.is_full());
    }

    #[test]
    fn the_client_that_was_silent_for_longest_makes_room() {
        let mut seating = Seating::new(&plan());
        for id in 0..WAITING_LIMIT as u64 {
            assert_eq!(seating.arrived(id), None);
        }
        seating.ready(0);
        assert!(!seating.is_full());
        assert_eq!(seating.arrived(1000), Some(1));
        assert_eq!(seating.arrived(1001), Some(2));
        assert_eq!(seating.waiting.len(), WAITING_LIMIT);
        assert_eq!(seating.take_seat(), Some(0));
        assert_eq!(seating.arrived(1002), None);
    }
}
