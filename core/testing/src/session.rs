//! One connection of a server inside a unit test.
use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use s_server_core::engine::SessionInfo;
use s_server_core::io::{FileReply, FileRequest, Input, Now, Outcome, Refusal, Stream, Wait, WireEnd};
use s_server_core::sink::{Effect, Sink};
use s_server_core::{AcceptCount, Connection, Fact};

use super::text;

/// One connection.
pub struct Session {
    /// What happened, in order.
    pub facts: Vec<Fact>,
    /// Texts on standard output.
    pub stdout: String,
    /// Texts on standard error.
    pub stderr: String,
    /// Application data of the client, as it would stand on standard output.
    pub data: Vec<u8>,
    /// Lines for the file of `-keylogfile`.
    pub key_log: Vec<String>,
    connection: Connection,
    /// Learns how the connection ends.
    count: Arc<Mutex<AcceptCount>>,
    files: Arc<BTreeMap<String, Vec<u8>>>,
    open: Option<(String, usize)>,
    sent: Vec<u8>,
    now: Now,
    wait: Option<Wait>,
    /// What came and was not taken yet.
    unheard: Unheard,
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { facts, stdout, stderr, now, wait, .. } = self;
        let mut fields = f.debug_struct("Session");
        fields.field("facts", facts).field("stdout", stdout).field("stderr", stderr).field("now", now);
        fields.field("wait", wait).finish_non_exhaustive()
    }
}

/// What a host keeps until the connection takes it.
#[derive(Default)]
struct Unheard {
    wire: Vec<u8>,
    end: Option<WireEnd>,
    typed: VecDeque<Vec<u8>>,
    typing_ended: bool,
}

impl Session {
    /// A connection that was just accepted.
    pub(super) fn new(
        connection: Connection,
        count: Arc<Mutex<AcceptCount>>,
        files: Arc<BTreeMap<String, Vec<u8>>>,
        now: Now,
    ) -> Self {
        let Log { facts, stdout, stderr, data, key_log, sent, .. } = Log::default();
        let (open, wait, unheard) = Default::default();
        Self { facts, stdout, stderr, data, key_log, connection, count, files, open, sent, now, wait, unheard }
    }

    /// Bytes of the client arrive. Whatever comes waits until the connection takes it, as with a socket.
    pub fn client_sends(&mut self, bytes: &[u8]) {
        self.unheard.wire.extend_from_slice(bytes);
        self.catch_up();
    }

    /// The client's stream ends.
    pub fn client_ends(&mut self, end: WireEnd) {
        self.unheard.end = Some(end);
        self.catch_up();
    }

    /// The operator types a line, which waits until the connection takes it; a mode without an operator never does.
    pub fn operator_types(&mut self, line: &str) {
        if !line.is_empty() {
            self.unheard.typed.push_back(line.into());
        }
        self.catch_up();
    }

    /// The operator's input ends.
    pub fn operator_ends(&mut self) {
        self.unheard.typing_ended = true;
        self.catch_up();
    }

    /// Feeds what the connection takes by now. The operator comes first, as with the other hosts.
    fn catch_up(&mut self) {
        while let Some(Wait::For(wants)) = self.wait {
            if let Some(max) = wants.operator
                && let Some(mut unit) = self.unheard.typed.pop_front()
            {
                let rest = unit.split_off(max.min(unit.len()));
                if !rest.is_empty() {
                    self.unheard.typed.push_front(rest);
                }
                self.feed(Input::Operator(&unit));
            } else if wants.operator.is_some() && std::mem::take(&mut self.unheard.typing_ended) {
                self.feed(Input::OperatorEnd);
            } else if wants.wire && !self.unheard.wire.is_empty() {
                let bytes = std::mem::take(&mut self.unheard.wire);
                self.feed(Input::Wire(&bytes));
            } else if wants.wire
                && let Some(end) = self.unheard.end.take()
            {
                self.feed(Input::WireEnd(end));
            } else {
                return;
            }
        }
    }

    /// Time passes for the session's own limits.
    pub fn advance(&mut self, time: Duration) {
        self.now = self.now.after(time);
        if let Some(Wait::For(interest)) = self.wait
            && interest.deadline.is_some_and(|(at, _)| at <= self.now)
        {
            self.feed(Input::Timeout);
        }
        self.catch_up();
    }

    /// Takes what was sent to the client.
    pub fn take_sent(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.sent)
    }

    /// The session as the first handshake left it; `None` before its end.
    pub fn established(&self) -> Option<&SessionInfo> {
        self.facts.iter().find_map(|fact| match fact {
            Fact::Established(info) => Some(&**info),
            _ => None,
        })
    }

    /// What the accept loop does next, when the connection is over.
    pub fn outcome(&self) -> Option<Outcome> {
        match self.wait {
            Some(Wait::Closed(outcome)) => Some(outcome),
            _ => None,
        }
    }

    /// Carries bytes between the server and a client of rustls until neither has anything to say.
    ///
    /// # Errors
    /// What the client finds wrong.
    pub fn exchange(&mut self, client: &mut rustls::ClientConnection) -> Result<(), rustls::Error> {
        loop {
            let mut from_client = Vec::new();
            // A vector takes everything.
            while client.wants_write() && client.write_tls(&mut from_client).is_ok() {}
            self.client_sends(&from_client);
            let from_server = self.take_sent();
            let mut rest = from_server.as_slice();
            while !rest.is_empty() && client.read_tls(&mut rest).is_ok_and(|read| read > 0) {
                if let Err(error) = client.process_new_packets() {
                    // The server learns of it from the alert.
                    let mut alert = Vec::new();
                    while client.wants_write() && client.write_tls(&mut alert).is_ok() {}
                    self.client_sends(&alert);
                    return Err(error);
                }
            }
            if from_client.is_empty() && from_server.is_empty() {
                return Ok(());
            }
        }
    }

    /// Hands an input over, and then what follows from it at once: the wire takes everything, files are there.
    pub(super) fn feed(&mut self, input: Input<'_>) {
        let before = self.outcome();
        self.follow(input);
        if let (None, Some(outcome)) = (before, self.outcome()) {
            self.count.lock().unwrap_or_else(PoisonError::into_inner).finished(outcome);
        }
    }

    fn follow(&mut self, input: Input<'_>) {
        let mut log = Log::default();
        self.wait = Some(self.connection.handle(self.now, input, &mut log));
        self.take(&mut log);
        loop {
            let mut next = Log::default();
            self.wait = match (log.file.take(), self.wait) {
                (Some(asked), _) => Some(self.serve(&asked, &mut next)),
                (None, Some(Wait::For(interest))) if interest.flushed => {
                    Some(self.connection.handle(self.now, Input::WireFlushed, &mut next))
                }
                (None, _) => return,
            };
            self.take(&mut next);
            log = next;
        }
    }

    fn take(&mut self, log: &mut Log) {
        self.facts.append(&mut log.facts);
        self.stdout += &log.stdout;
        self.stderr += &log.stderr;
        self.data.append(&mut log.data);
        self.key_log.append(&mut log.key_log);
        self.sent.append(&mut log.sent);
    }

    /// Answers a request for a file.
    fn serve(&mut self, asked: &Asked, log: &mut Log) -> Wait {
        let files = self.files.clone();
        let reply = match asked {
            Asked::Open(name) => match files.get(name) {
                Some(content) => {
                    self.open = Some((name.clone(), 0));
                    FileReply::Opened { len: content.len() as u64 }
                }
                None => FileReply::Refused(Refusal::NotFound),
            },
            Asked::Read(max) => match self.open.as_mut().map(|(name, at)| (files.get(name), at)) {
                Some((Some(content), at)) if *at < content.len() => {
                    let piece = &content[*at..content.len().min(at.saturating_add(*max))];
                    *at += piece.len();
                    FileReply::Data(piece)
                }
                _ => FileReply::End,
            },
        };
        self.connection.handle(self.now, Input::File(reply), log)
    }
}

/// What one call put out.
#[derive(Default)]
pub(super) struct Log {
    facts: Vec<Fact>,
    stdout: String,
    pub(super) stderr: String,
    data: Vec<u8>,
    key_log: Vec<String>,
    sent: Vec<u8>,
    file: Option<Asked>,
}

enum Asked {
    Open(String),
    Read(usize),
}

impl Sink for Log {
    fn put(&mut self, effect: Effect<'_>) {
        match effect {
            Effect::Transmit(bytes) => self.sent.extend_from_slice(bytes),
            Effect::Print(Stream::Out, bytes) => self.stdout += &text(bytes),
            Effect::Print(Stream::Err, bytes) => self.stderr += &text(bytes),
            Effect::Print(Stream::Data, bytes) => self.data.extend_from_slice(bytes),
            Effect::File(FileRequest::Open { name }) => self.file = Some(Asked::Open(text(name))),
            Effect::File(FileRequest::Read { max }) => self.file = Some(Asked::Read(max)),
            Effect::KeyLog(line) => self.key_log.push(text(line)),
            Effect::Fact(fact) => self.facts.push(fact.clone()),
            // There is one instance, and rustls does not show its messages.
            Effect::Session { .. } | Effect::Messages(_) => {}
        }
    }

    fn wants_facts(&self) -> bool {
        true
    }
}
