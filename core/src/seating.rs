//! Who is served, when clients are served one by one.
//!
//! A client waits unseated until it has said enough for an answer: its whole ClientHello, something else, or its end. Until
//! then the server would only sleep for it, so that nobody else is kept from being served. Where too many wait, the one
//! that has been silent for the longest time makes room, so that silent clients do not keep anybody out either. Only what
//! the operator wants of the server itself, end of input or `Q`, acts on a silent client too, as it does in the original.
//!
//! A peer of datagrams has said enough once it is there: a session begins with its first one. The original has a session
//! before there is any peer, so that the end of input, `q` and `Q` act with nobody there: then nobody is seated.
use alloc::collections::BTreeMap;

use crate::command::{self, Command};
use crate::options::plan::Plan;
use crate::wire::FirstMessage;

/// At most that many accepted clients wait without a seat. Beyond that a silent one makes room; when all have something
/// to say, more stay in the listener's backlog.
pub const WAITING_LIMIT: usize = 256;

/// A client that sent this many bytes has said enough, whether its ClientHello is complete or not: the host keeps them.
pub const HEARD_LIMIT: usize = 16_384;

/// The waiting clients and the seat.
#[derive(Debug)]
pub struct Seating {
    /// In order of arrival.
    waiting: BTreeMap<u64, Said>,
    seated: bool,
    /// The operator wants the server to end: the oldest client is seated even if it is silent.
    urgent: bool,
    /// The operator wants to end the session that the original has before there is a peer.
    ends_session: bool,
    commands: bool,
    ends_at_end_of_input: bool,
    /// Peers send datagrams.
    datagrams: bool,
}

impl Seating {
    /// Nobody waits, the seat is free.
    pub fn new(plan: &Plan) -> Self {
        let commands = !plan.text.quiet;
        Self {
            waiting: BTreeMap::new(),
            seated: false,
            urgent: false,
            ends_session: false,
            commands,
            ends_at_end_of_input: commands && !plan.ign_eof,
            datagrams: plan.datagrams.is_some(),
        }
    }

    /// A client was accepted. Ids grow with each. Returns the silent client that has to go for it, if there is no room.
    pub fn arrived(&mut self, id: u64) -> Option<u64> {
        let full = self.waiting.len() >= WAITING_LIMIT;
        let gone =
            full.then(|| self.waiting.iter().find(|(_, client)| !client.is_enough()).map(|(&id, _)| id)).flatten();
        if let Some(gone) = gone {
            self.waiting.remove(&gone);
        }
        self.waiting.insert(id, Said { enough: self.datagrams, ..Said::default() });
        gone
    }

    /// A waiting client has not yet said enough: more is to be read of it. Of any other, nothing: it would only be kept.
    pub fn listens_to(&self, id: u64) -> bool {
        self.waiting.get(&id).is_some_and(|client| !client.is_enough())
    }

    /// A waiting client sent these bytes.
    pub fn heard(&mut self, id: u64, bytes: &[u8]) {
        if let Some(client) = self.waiting.get_mut(&id) {
            client.heard(bytes);
        }
    }

    /// A waiting client's stream ended.
    pub fn ended(&mut self, id: u64) {
        if let Some(client) = self.waiting.get_mut(&id) {
            client.ended();
        }
    }

    /// A waiting client was given up by the host.
    pub fn gone(&mut self, id: u64) {
        self.waiting.remove(&id);
    }

    /// The operator's input said something while nobody was seated.
    pub fn operator_unit(&mut self, unit: &[u8]) {
        let command = command::parse(unit).filter(|_| self.commands);
        self.urgent |= command == Some(Command::QuitServer);
        self.ends_session = matches!(command, Some(Command::Quit | Command::QuitServer));
    }

    /// The operator's input ended.
    pub fn operator_ended(&mut self) {
        self.urgent |= self.ends_at_end_of_input;
        self.ends_session = self.ends_at_end_of_input;
    }

    /// The client to be seated now, when the seat is free and there is one.
    pub fn take_seat(&mut self) -> Option<u64> {
        if self.seated {
            return None;
        }
        let (&id, _) = self.waiting.iter().find(|(_, client)| client.is_enough() || self.urgent)?;
        self.waiting.remove(&id);
        (self.seated, self.ends_session) = (true, false);
        Some(id)
    }

    /// Seats nobody, for what the operator wants of a session that no peer has. `false`: the operator wants nothing like that,
    /// or peers are there.
    pub fn seat_nobody(&mut self) -> bool {
        let seats = self.datagrams && self.ends_session && !self.seated && self.waiting.is_empty();
        if seats {
            (self.seated, self.ends_session) = (true, false);
        }
        seats
    }

    /// The seat is free again.
    pub fn leave_seat(&mut self) {
        self.seated = false;
    }

    /// No more clients should be accepted for now.
    pub fn is_full(&self) -> bool {
        self.waiting.len() >= WAITING_LIMIT && self.waiting.values().all(Said::is_enough)
    }

    /// Clients that have said enough wait for the seat.
    pub fn others_ready(&self) -> bool {
        self.waiting.values().any(Said::is_enough)
    }
}

/// What a client has said that is not served yet: enough for an answer, or not.
#[derive(Debug, Default)]
pub struct Said {
    hello: FirstMessage,
    /// Bytes of it.
    length: usize,
    enough: bool,
}

impl Said {
    /// It sent these bytes.
    pub fn heard(&mut self, bytes: &[u8]) {
        self.length += bytes.len();
        let whole_or_wrong = !matches!(self.hello.take(bytes), Ok(None));
        self.enough |= whole_or_wrong || self.length >= HEARD_LIMIT;
    }

    /// Its stream ended.
    pub fn ended(&mut self) {
        self.enough = true;
    }

    /// Its whole ClientHello, something that is none, as much as may be kept, or its end.
    pub fn is_enough(&self) -> bool {
        self.enough
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scripted::plan;
    use crate::wire::captured::{CHROMIUM, TLS13};

    /// Whether it has said enough with these bytes.
    fn suffices(seating: &mut Seating, id: u64, bytes: &[u8]) -> bool {
        seating.heard(id, bytes);
        !seating.listens_to(id)
    }

    #[test]
    fn a_silent_client_keeps_nobody_waiting() {
        let mut seating = Seating::new(&plan());
        seating.arrived(1);
        seating.arrived(2);
        assert_eq!(seating.take_seat(), None);
        seating.ended(2);
        assert_eq!(seating.take_seat(), Some(2));
        assert!(!seating.others_ready());
    }

    #[test]
    fn the_first_whole_hello_gets_the_seat() {
        let mut seating = Seating::new(&plan());
        seating.arrived(1);
        seating.arrived(2);
        assert!(!suffices(&mut seating, 1, &CHROMIUM[..1_000]));
        assert_eq!(seating.take_seat(), None);
        assert!(suffices(&mut seating, 2, TLS13));
        assert!(seating.others_ready());
        assert_eq!(seating.take_seat(), Some(2));
        assert!(!seating.others_ready());
        seating.leave_seat();
        assert!(suffices(&mut seating, 1, &CHROMIUM[1_000..]));
        assert_eq!(seating.take_seat(), Some(1));
    }

    #[test]
    fn what_is_no_hello_is_seated_at_once() {
        for bytes in [b"G".as_slice(), &[0x80], &[21], &[22, 3, 1, 0, 4, 2]] {
            let mut seating = Seating::new(&plan());
            seating.arrived(1);
            assert!(suffices(&mut seating, 1, bytes), "{bytes:?}");
            assert_eq!(seating.take_seat(), Some(1));
        }
    }

    #[test]
    fn a_hello_without_end_is_seated_at_the_limit() {
        let mut seating = Seating::new(&plan());
        seating.arrived(1);
        let records = [[22, 3, 1, 0, 1, 1], [22, 3, 1, 0, 1, 1], [22, 3, 1, 0, 1, 0], [22, 3, 1, 0, 1, 0]].concat();
        assert!(!suffices(&mut seating, 1, &records));
        for heard in (records.len()..HEARD_LIMIT - 6).step_by(6) {
            assert!(!suffices(&mut seating, 1, &[22, 3, 1, 0, 1, 0]), "{heard}");
        }
        assert!(suffices(&mut seating, 1, &[22, 3, 1, 0, 1, 0]));
        assert_eq!(seating.take_seat(), Some(1));
    }

    #[test]
    fn one_client_is_seated_at_a_time_in_order_of_arrival() {
        let mut seating = Seating::new(&plan());
        for id in [1, 2, 3] {
            seating.arrived(id);
            seating.ended(id);
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

    /// A plan for peers of datagrams.
    fn of_datagrams() -> Plan {
        Plan { datagrams: Some(crate::options::plan::Datagrams::default()), ..plan() }
    }

    #[test]
    fn a_peer_of_datagrams_has_said_enough_when_it_is_there() {
        let mut seating = Seating::new(&of_datagrams());
        seating.arrived(1);
        assert!(!seating.listens_to(1) && seating.others_ready());
        assert_eq!(seating.take_seat(), Some(1));
    }

    #[test]
    fn nobody_is_seated_for_an_operator_who_ends_a_session_of_datagrams() {
        let seats = |plan: Plan, unit: Option<&[u8]>| {
            let mut seating = Seating::new(&plan);
            match unit {
                Some(unit) => seating.operator_unit(unit),
                None => seating.operator_ended(),
            }
            [seating.seat_nobody(), seating.seat_nobody()]
        };
        let mut quiet = of_datagrams();
        quiet.text.quiet = true;
        assert_eq!(seats(of_datagrams(), None), [true, false], "once");
        assert_eq!(seats(of_datagrams(), Some(b"q\n")), [true, false]);
        assert_eq!(seats(of_datagrams(), Some(b"Q\n")), [true, false]);
        assert_eq!(seats(of_datagrams(), Some(b"hello\n")), [false, false]);
        assert_eq!(seats(quiet.clone(), None), [false, false]);
        assert_eq!(seats(quiet, Some(b"q\n")), [false, false]);
        assert_eq!(seats(Plan { ign_eof: true, ..of_datagrams() }, None), [false, false]);
        assert_eq!(seats(plan(), None), [false, false], "clients with streams are waited for");
    }

    #[test]
    fn whoever_is_there_gets_what_the_operator_wants() {
        let mut seating = Seating::new(&of_datagrams());
        seating.operator_unit(b"q\n");
        seating.arrived(1);
        assert!(!seating.seat_nobody());
        assert_eq!(seating.take_seat(), Some(1));
        seating.leave_seat();
        assert!(!seating.seat_nobody(), "the peer had it");
    }

    #[test]
    fn the_waiting_room_is_bounded() {
        let mut seating = Seating::new(&plan());
        for id in 0..WAITING_LIMIT as u64 {
            assert!(!seating.is_full());
            assert_eq!(seating.arrived(id), None);
            seating.ended(id);
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
        seating.ended(0);
        assert!(!seating.is_full());
        assert_eq!(seating.arrived(1000), Some(1));
        assert_eq!(seating.arrived(1001), Some(2));
        assert_eq!(seating.waiting.len(), WAITING_LIMIT);
        assert_eq!(seating.take_seat(), Some(0));
        assert_eq!(seating.arrived(1002), None);
    }
}
