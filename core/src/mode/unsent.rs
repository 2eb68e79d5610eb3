//! Bytes on their way to the engine.
use alloc::vec::Vec;

use super::{Cx, Flow};
use crate::engine::Step;
use crate::io::Outcome;

/// What an answering mode still has to send.
#[derive(Default)]
pub(crate) struct Unsent(Vec<u8>);

impl Unsent {
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn extend(&mut self, bytes: impl IntoIterator<Item = u8>) {
        self.0.extend(bytes);
    }

    pub fn extend_from_slice(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }

    /// Offers the rest to the engine. [`Flow::More`] when it took some of it.
    pub fn send(&mut self, cx: &mut Cx<'_>) -> Flow {
        match cx.write(&self.0) {
            Step::Done(taken) if taken >= self.0.len() => {
                self.0.clear();
                Flow::More
            }
            Step::Done(taken) => {
                self.0.drain(..taken);
                Flow::More
            }
            Step::WantRead { starved: true } => Flow::Wait,
            Step::WantRead { starved: false } | Step::WantWrite => Flow::More,
            Step::Closed => Flow::Close(Outcome::Next),
            Step::Failed(error) => cx.lose(&error),
        }
    }
}
