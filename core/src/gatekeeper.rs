//! The engine's gate (`-listen`), with the texts of what happens at it.
use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;

use crate::endpoint::Path;
use crate::engine::Gate;
use crate::mode;
use crate::options::plan::Plan;
use crate::render::trace::Trace;
use crate::sink::Sink;

/// Looks at the first datagrams of peers, before there is a session.
pub struct Gatekeeper {
    plan: Arc<Plan>,
    gate: Box<dyn Gate>,
}

impl fmt::Debug for Gatekeeper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Gatekeeper")
    }
}

impl Gatekeeper {
    /// With the texts that the plan asks for.
    pub fn new(plan: Arc<Plan>, gate: Box<dyn Gate>) -> Self {
        Self { plan, gate }
    }

    /// Whether a session may begin with that datagram. What is to be answered goes to `send`, each call one datagram.
    ///
    /// What happened is told only where none may: the session is told about the datagram again.
    pub fn admits(&mut self, path: Path, datagram: &[u8], send: &mut dyn FnMut(&[u8]), out: &mut dyn Sink) -> bool {
        let admits = self.gate.admits(path, datagram, send);
        let mut told = Vec::new();
        self.gate.take_events(&mut |event| told.push(event));
        if !admits {
            told.into_iter().for_each(|event| mode::render(event, &self.plan, out, &mut false, &mut Trace::default()));
        }
        admits
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Event;
    use crate::scripted::{Recorder, plan};

    /// Admits what says so, and tells what it saw.
    struct Word(Vec<Event>);

    impl Gate for Word {
        fn admits(&mut self, _: Path, datagram: &[u8], send: &mut dyn FnMut(&[u8])) -> bool {
            self.0.push(Event::State(alloc::format!("{} bytes", datagram.len())));
            if datagram != b"cookie" {
                send(b"which cookie?");
            }
            datagram == b"cookie"
        }

        fn take_events(&mut self, to: &mut dyn FnMut(Event)) {
            self.0.drain(..).for_each(to);
        }
    }

    #[test]
    fn only_who_is_kept_out_is_told_of() {
        let mut keeper = Gatekeeper::new(Arc::new(plan()), Box::new(Word(Vec::new())));
        let path = Path { peer: ([127, 0, 0, 1], 7).into(), local: None };
        let mut admits = |datagram: &[u8]| {
            let (mut out, mut sent) = (Recorder::default(), Vec::new());
            let admitted = keeper.admits(path, datagram, &mut |bytes| sent.extend_from_slice(bytes), &mut out);
            (admitted, sent, out.err())
        };
        assert_eq!(admits(b"hello"), (false, b"which cookie?".to_vec(), "5 bytes\n".into()));
        assert_eq!(admits(b"cookie"), (true, Vec::new(), "".into()));
    }
}
