//! Where a connection's effects go: to its peer, to the operator, to the files of the host, and to whoever observes.
use s_server_core::io::{Now, Stream};
use s_server_core::sink::{Effect, Sink};

use crate::files::Asked;
use crate::host::Host;
use crate::keylog::KeyLog;
use crate::link::Wire;
use crate::messages::MessageFile;
use crate::observer::Observer;
use crate::output::Output;
use crate::service::Service;

/// What takes the effects of one input.
pub struct Effects<'a, W> {
    stream: &'a mut W,
    /// What is put together for the peer.
    to_send: &'a mut Vec<u8>,
    output: &'a Output,
    key_log: Option<&'a KeyLog>,
    messages: Option<&'a MessageFile>,
    observed: Option<Observation<'a>>,
    /// What is wanted of a file.
    pub asked: Option<Asked>,
    /// What was printed on standard error about these files; the service does not know it yet.
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
    pub fn new<S: Service, C>(
        stream: &'a mut W,
        to_send: &'a mut Vec<u8>,
        host: &'a Host<S, C>,
        observed: Option<Observation<'a>>,
    ) -> Self {
        let (output, key_log, messages) = (host.output(), host.key_log(), host.messages());
        Self { stream, to_send, output, key_log, messages, observed, asked: None, said: None }
    }

    /// Hands the peer what was put together for it.
    pub fn send(&mut self) {
        if !self.to_send.is_empty() {
            self.stream.send(self.to_send);
            self.to_send.clear();
        }
    }

    /// Prints that a file is not complete.
    fn tell(&mut self, failure: Option<Vec<u8>>) {
        if let Some(failure) = failure {
            self.output.print(Stream::Err, &failure);
            self.said.get_or_insert_default().extend(failure);
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
            Effect::KeyLog(line) => self.tell(self.key_log.and_then(|file| file.write(line))),
            Effect::Messages(text) => self.tell(self.messages.and_then(|file| file.write(text))),
            // There is one instance of the engine.
            Effect::Session { .. } => {}
        }
    }

    fn wants_facts(&self) -> bool {
        self.observed.is_some()
    }
}
