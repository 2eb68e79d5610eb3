//! Admission in the serial modes: the clients that wait, the one that is seated, and the operator.
//!
//! Input is read only for a client that asks, or, while clients wait and none is seated, once: to learn whether the
//! operator wants the server to end. What was read then is kept for the client that is seated next.
use s_server_core::options::plan::Plan;
use s_server_core::seating::Seating;

use crate::operator::{Arrival, Operator};

/// Waiting room, seat and operator.
pub struct Admission {
    seating: Seating,
    /// `None` where no client ever talks to the operator.
    operator: Option<Operator>,
    /// The most that one read of the operator's input may bring.
    unit: usize,
    waiting: usize,
    seated: Option<Seated>,
}

/// The client in the seat.
#[derive(Debug)]
struct Seated {
    id: u64,
    /// It was told that others wait.
    told: bool,
    /// It was told that the operator's input ended: once is enough.
    operator_ended: bool,
}

impl Admission {
    /// Nobody waits, the seat is free.
    pub fn new(plan: &Plan, operator: Option<Operator>) -> Self {
        let unit = plan.mode.operator_unit().unwrap_or(0);
        Self { seating: Seating::new(plan), operator, unit, waiting: 0, seated: None }
    }

    /// No more clients should be accepted for now.
    pub fn is_full(&self) -> bool {
        self.seating.is_full()
    }

    /// A client was accepted. Returns the silent client that has to go for it, if there is no room.
    pub fn arrived(&mut self, id: u64) -> Option<u64> {
        let gone = self.seating.arrived(id);
        self.waiting += usize::from(gone.is_none());
        gone
    }

    /// More is to be read of a waiting client.
    pub fn listens_to(&self, id: u64) -> bool {
        self.seating.listens_to(id)
    }

    /// A waiting client sent these bytes.
    pub fn heard(&mut self, id: u64, bytes: &[u8]) {
        self.seating.heard(id, bytes);
    }

    /// A waiting client has gone.
    pub fn gone(&mut self, id: u64) {
        self.seating.gone(id);
        self.waiting -= 1;
    }

    /// A waiting client's stream ended.
    pub fn ended(&mut self, id: u64) {
        self.seating.ended(id);
    }

    /// The client in the seat.
    pub fn seated(&self) -> Option<u64> {
        self.seated.as_ref().map(|seated| seated.id)
    }

    /// Seats the client whose turn it is, if the seat is free. `overhear`: the operator may be listened to.
    pub fn seat_next(&mut self, overhear: bool) -> Option<u64> {
        if self.seated.is_some() || self.waiting == 0 {
            return None;
        }
        if overhear {
            self.overhear();
        }
        let id = self.seating.take_seat()?;
        self.waiting -= 1;
        self.seated = Some(Seated { id, told: false, operator_ended: false });
        Some(id)
    }

    /// Nobody is there, and the operator may have said something.
    pub fn may_seat_nobody(&self) -> bool {
        self.seated.is_none() && self.waiting == 0 && !self.awaits_operator()
    }

    /// Seats nobody, under this id, where nobody is there and the operator wants something of the server itself.
    pub fn seat_nobody(&mut self, id: u64) -> bool {
        if !self.may_seat_nobody() {
            return false;
        }
        self.overhear();
        let seated = self.seating.seat_nobody();
        if seated {
            self.seated = Some(Seated { id, told: false, operator_ended: false });
        }
        seated
    }

    fn overhear(&mut self) {
        match self.operator.as_mut().and_then(|operator| operator.overhear(self.unit)) {
            Some(Arrival::Unit(unit)) => self.seating.operator_unit(&unit),
            Some(Arrival::End) => self.seating.operator_ended(),
            None => {}
        }
    }

    /// The seat is free again.
    pub fn leave(&mut self) {
        self.seated = None;
        self.seating.leave_seat();
    }

    /// What the operator says to the client in the seat, which asked for at most `max` bytes.
    pub fn hear(&mut self, max: usize) -> Option<Arrival> {
        let seated = self.seated.as_mut().filter(|seated| !seated.operator_ended)?;
        let arrival = self.operator.as_mut()?.hear(max)?;
        seated.operator_ended = arrival == Arrival::End;
        Some(arrival)
    }

    /// The operator said nothing, and the poll will be woken when he does.
    pub fn awaits_operator(&self) -> bool {
        self.operator.as_ref().is_some_and(Operator::is_awaited)
    }

    /// News for the client in the seat about others that have something to say.
    pub fn others_ready(&mut self) -> Option<(u64, bool)> {
        let others = self.seating.others_ready();
        let seated = self.seated.as_mut().filter(|seated| seated.told != others)?;
        seated.told = others;
        Some((seated.id, others))
    }
}
