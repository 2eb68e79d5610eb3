//! Where a connection's effects go: to its peer, to the operator, to the key log, and to whoever observes.
use s_server_core::io::{Now, Stream};
use s_server_core::sink::{Effect, Sink};

use crate::files::Asked;
use crate::keylog::KeyLog;
use crate::link::Wire;
use crate::observer::Observer;
use crate::output::Output;

/// What takes the effects of one input.
pub struct Effects<'a, W> {
    stream: &'a mut W,
    /// What is put together for the peer.
    to_send: &'a mut Vec<u8>,
    output: &'a Output,
    key_log: Option<&'a KeyLog>,
    observed: Option<Observation<'a>>,
    /// What is wanted of a file.
    pub asked: Option<Asked>,
    /// What was printed on standard error about the key log; the service does not know it yet.
    pub said: Option<Vec<u8>>,
}

/// Somebody observes this client.
pub struct Observation<'a> {
    /// Who does.
    pub observer: &'a dyn Observer,
    /// The client's number.
    pub client: u64,
    /// When the input came.
    pub now: Now,
}

impl<'a, W: Wire> Effects<'a, W> {
    /// Nothing has happened yet; `to_send` is empty.
    pub fn new(
        stream: &'a mut W,
        to_send: &'a mut Vec<u8>,
        output: &'a Output,
        key_log: Option<&'a KeyLog>,
        observed: Option<Observation<'a>>,
    ) -> Self {
        Self { stream, to_send, output, key_log, observed, asked: None, said: None }
    }

    /// Hands the peer what was put together for it.
    pub fn send(&mut self) {
        if !self.to_send.is_empty() {
            self.stream.send(self.to_send);
            self.to_send.clear();
        }
    }
}

impl<W: Wire> Sink for Effects<'_, W> {
    fn put(&mut self, effect: Effect<'_>) {
        match effect {
            Effect::Transmit(bytes) => {
                self.to_send.extend_from_slice(bytes);
                if self.to_send.len() >= W::TOGETHER {
                    self.send();
                }
            }
            Effect::Print(stream, bytes) => self.output.print(stream, bytes),
            Effect::File(request) => self.asked = Some(request.into()),
            Effect::Fact(fact) => {
                if let Some(Observation { observer, client, now }) = &self.observed {
                    observer.observe(*client, *now, fact);
                }
            }
            Effect::KeyLog(line) => {
                if let Some(failure) = self.key_log.and_then(|file| file.write(line)) {
                    self.output.print(Stream::Err, &failure);
                    self.said = Some(failure);
                }
            }
            // There is one instance of the engine.
            Effect::Session { .. } => {}
        }
    }

    fn wants_facts(&self) -> bool {
        self.observed.is_some()
    }
}
