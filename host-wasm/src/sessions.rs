//! Sessions that guests keep for each other: those that are not in a ticket (`-no_ticket`, clients without tickets).
//!
//! ```text
//!   guest of one client --session: id, state--> Sessions --known: id, state--> guest of a client that names the id
//! ```
//!
//! What a state holds is the guests' affair, and whose session it is as well. Ids are random and long, so that a client
//! names one if it stands anywhere in what it says first: no message is taken apart on this side.
use std::collections::{BTreeMap, VecDeque};

use s_server_core::seating::HEARD_LIMIT;

/// As many as the engine of one guest keeps.
const MOST: usize = 128;
/// The longest state; one with a client's certificates has some thousand bytes.
const LARGEST: usize = 16_384;
/// Bytes of an id.
const ID: usize = 32;
/// A client names one session, or under TLS 1.3 a few.
const NAMED: usize = 4;

/// What a client names a session by.
pub type Id = [u8; ID];

/// The kept sessions, the oldest leaving first.
#[derive(Default)]
pub struct Sessions {
    kept: BTreeMap<Id, Vec<u8>>,
    order: VecDeque<Id>,
    /// Each goes to one guest: early data is not to be said again.
    once: bool,
    /// How many had to make room.
    full: i64,
}

impl Sessions {
    /// None yet. `once`: each goes to one guest.
    pub fn new(once: bool) -> Self {
        Self { once, ..Self::default() }
    }

    /// Keeps one that a guest has made. None is replaced, and what is no session is not kept.
    pub fn keep(&mut self, id: &[u8], state: &[u8]) {
        let Ok(id) = Id::try_from(id) else { return };
        if state.len() > LARGEST || self.kept.contains_key(&id) {
            return;
        }
        self.kept.insert(id, state.to_vec());
        self.order.push_back(id);
        while self.kept.len() > MOST {
            let Some(oldest) = self.order.pop_front() else { break };
            self.full += i64::from(self.kept.remove(&oldest).is_some());
        }
    }

    /// Those that a client names in its first words, for its guest.
    pub fn give(&mut self, words: &[u8]) -> Vec<(Id, Vec<u8>)> {
        if self.kept.is_empty() {
            return Vec::new();
        }
        let words = &words[..words.len().min(HEARD_LIMIT)];
        let found = words.windows(ID).filter_map(|id| self.kept.get_key_value(id));
        let given: Vec<_> = found.map(|(id, state)| (*id, state.clone())).take(NAMED).collect();
        if self.once {
            for (id, _) in &given {
                self.kept.remove(id);
                self.order.retain(|kept| kept != id);
            }
        }
        given
    }

    /// How many there are, and how many had to make room.
    pub fn counted(&self) -> (i64, i64) {
        (i64::try_from(self.kept.len()).unwrap_or(i64::MAX), self.full)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_is_named_by_its_id_anywhere() {
        let mut sessions = Sessions::default();
        sessions.keep(&[7; ID], b"state");
        let hello = [&b"\x16\x03\x01"[..], &[7; ID], b"rest"].concat();
        assert_eq!(sessions.give(&hello), [([7; ID], b"state".to_vec())]);
        assert_eq!(sessions.give(&[7; ID - 1]), []);
        assert_eq!(sessions.give(&[&[0; HEARD_LIMIT][..], &[7; ID]].concat()), []);
    }

    #[test]
    fn a_session_goes_to_one_guest_where_it_allows_early_data() {
        let mut sessions = Sessions::new(true);
        sessions.keep(&[7; ID], b"state");
        assert_eq!(sessions.give(&[7; ID]), [([7; ID], b"state".to_vec())]);
        assert_eq!((sessions.give(&[7; ID]), sessions.counted()), (Vec::new(), (0, 0)));
    }

    #[test]
    fn a_guest_cannot_change_what_is_kept_or_keep_without_end() {
        let mut sessions = Sessions::default();
        sessions.keep(&[7; ID], b"state");
        sessions.keep(&[7; ID], b"other");
        sessions.keep(b"short", b"state");
        sessions.keep(&[8; ID], &[0; LARGEST + 1]);
        assert_eq!(sessions.give(&[[7; ID], [8; ID]].concat()), [([7; ID], b"state".to_vec())]);
        for number in 0..=u8::MAX {
            sessions.keep(&[&[number; 1][..], &[0; ID - 1]].concat(), b"");
        }
        assert_eq!(sessions.counted(), (128, 129));
    }
}
