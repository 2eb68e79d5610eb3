//! How many more clients are accepted: the count of `-naccept`, and the outcomes that end the server.
//!
//! A place is taken before a client is accepted and given back if none is, so that the count is exact however many
//! threads accept. Nothing is accepted in here, and nobody is told.
use core::num::NonZeroU64;

use crate::io::Outcome;

/// The places that are left.
#[derive(Clone, Debug)]
pub struct AcceptCount {
    /// Places that nobody took. `None`: without end. Default: without end; `-naccept`.
    left: Option<u64>,
    /// Places that were taken, whose clients are not accepted yet.
    reserved: u64,
    /// An outcome ended the accept loop.
    stopped: bool,
}

impl AcceptCount {
    /// Nobody was accepted yet. `naccept`: how many may be, `None` is without end; `-naccept`.
    pub fn new(naccept: Option<NonZeroU64>) -> Self {
        Self { left: naccept.map(NonZeroU64::get), reserved: 0, stopped: false }
    }

    /// More clients may be accepted: there are places, or one may be given back.
    pub fn is_open(&self) -> bool {
        !self.stopped && (self.left != Some(0) || self.reserved > 0)
    }

    /// Takes a place for a client that is about to be accepted. `false`: there is none now; while
    /// [`AcceptCount::is_open`] one may come back.
    #[must_use]
    pub fn reserve(&mut self) -> bool {
        if self.stopped || self.left == Some(0) {
            return false;
        }
        self.left = self.left.map(|left| left - 1);
        self.reserved += 1;
        true
    }

    /// The client of a place was accepted, and counts, whatever becomes of it.
    pub fn accepted(&mut self) {
        self.reserved -= 1;
    }

    /// Nobody was accepted for a place: somebody else may take it.
    pub fn give_back(&mut self) {
        self.reserved -= 1;
        self.left = self.left.map(|left| left + 1);
    }

    /// A connection is over and its socket closed.
    pub fn finished(&mut self, outcome: Outcome) {
        self.stopped |= outcome != Outcome::Next;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(naccept: u64) -> AcceptCount {
        AcceptCount::new(NonZeroU64::new(naccept))
    }

    fn accept(count: &mut AcceptCount) -> bool {
        let reserved = count.reserve();
        if reserved {
            count.accepted();
        }
        reserved
    }

    #[test]
    fn naccept_counts_accepted_clients() {
        let mut two = count(2);
        assert!(accept(&mut two) && accept(&mut two));
        assert!(!two.is_open());
        assert!(!accept(&mut two));
        let mut endless = AcceptCount::new(None);
        assert!((0..100).all(|_| accept(&mut endless)));
    }

    #[test]
    fn no_more_places_are_taken_than_there_are_and_the_door_closes_with_the_last_client() {
        let mut two = count(2);
        assert!(two.reserve() && two.reserve());
        assert!(!two.reserve());
        assert!(two.is_open(), "nobody was accepted yet");
        two.accepted();
        assert!(two.is_open());
        two.accepted();
        assert!(!two.is_open());
    }

    #[test]
    fn a_place_that_is_given_back_is_taken_again() {
        let mut one = count(1);
        assert!(one.reserve());
        one.give_back();
        assert!(accept(&mut one));
        assert!(!one.is_open());
    }

    #[test]
    fn quit_and_misconfiguration_end_the_server() {
        for outcome in [Outcome::Quit, Outcome::Misconfigured] {
            let mut count = AcceptCount::new(None);
            assert!(count.reserve());
            count.finished(Outcome::Next);
            assert!(count.is_open());
            count.finished(outcome);
            assert!(!count.is_open(), "even while a place is taken");
            assert!(!count.reserve());
        }
    }
}
