//! Both sides, and what passes between them.
use std::io::{Read, Write};

use rustls::Error;
use rustls::client::ClientConnection;
use s_server_core::engine::{EngineError, Event, Start, Step, TlsContext};
use s_server_core::io::Stream;

use crate::client::Setup;
use crate::server::Server;

/// The wire is empty.
pub const STARVED: Step<()> = Step::WantRead { starved: true };

/// A record came that is not application data.
pub const INTERRUPTED: Step<()> = Step::WantRead { starved: false };

/// A server session and a client.
pub struct Pair {
    /// The engine under test.
    pub server: Server,
    /// The client.
    pub client: ClientConnection,
    /// What the engine told so far.
    pub events: Vec<Event>,
    /// What the client found wrong.
    pub client_error: Option<Error>,
    /// Everything that the server sent.
    pub sent: Vec<u8>,
}

impl Pair {
    /// Before the first byte.
    pub fn new(context: &dyn TlsContext, setup: &Setup) -> Self {
        Self::of(context, setup.connect())
    }

    /// Before the first byte of that client.
    pub fn of(context: &dyn TlsContext, client: ClientConnection) -> Self {
        let server = Server::new(context.session(Start::default()).expect("a session"));
        Self { server, client, events: Vec::new(), client_error: None, sent: Vec::new() }
    }

    /// After a handshake that must succeed.
    pub fn established(context: &dyn TlsContext, setup: &Setup) -> Self {
        Self::established_by(context, setup.connect())
    }

    /// The same with that client.
    pub fn established_by(context: &dyn TlsContext, client: ClientConnection) -> Self {
        let mut pair = Self::of(context, client);
        assert_eq!(pair.handshake(), Step::Done(()), "{:?}", pair.client_error);
        assert!(!pair.client.is_handshaking());
        pair
    }

    /// Runs the handshake until it ends or cannot go on; what the server sends at its end has reached the client.
    pub fn handshake(&mut self) -> Step<()> {
        loop {
            let sent = self.carry_to_server();
            let step = self.server.accept();
            self.collect();
            let received = self.carry_to_client();
            if step != STARVED || sent + received == 0 {
                return step;
            }
        }
    }

    /// What the client wants to send.
    pub fn take_client_output(&mut self) -> Vec<u8> {
        let mut bytes = Vec::new();
        while self.client.wants_write() {
            self.client.write_tls(&mut bytes).expect("a vector takes everything");
        }
        bytes
    }

    /// Carries everything that the client wants to send, and says how much that was.
    pub fn carry_to_server(&mut self) -> usize {
        let bytes = self.take_client_output();
        if !bytes.is_empty() {
            self.server.hear(&bytes);
        }
        bytes.len()
    }

    /// Carries everything that the server sent, and says how much that was.
    pub fn carry_to_client(&mut self) -> usize {
        let bytes = self.server.take_sent();
        self.sent.extend_from_slice(&bytes);
        let mut rest = bytes.as_slice();
        while !rest.is_empty() && self.client_error.is_none() {
            if self.client.read_tls(&mut rest).is_err() {
                break;
            }
            self.client_error = self.client.process_new_packets().err();
        }
        bytes.len()
    }

    /// The client sends data.
    pub fn client_write(&mut self, data: &[u8]) {
        self.client.writer().write_all(data).expect("the client is established");
        self.carry_to_server();
    }

    /// What the client can read once everything has reached it.
    pub fn client_read(&mut self) -> Vec<u8> {
        self.carry_to_client();
        let mut data = Vec::new();
        // Ends with an error where more may come.
        let _ = self.client.reader().read_to_end(&mut data);
        data
    }

    /// One read of the server.
    pub fn server_read(&mut self) -> (Step<()>, Vec<u8>) {
        let mut data = Vec::new();
        let step = self.server.read(&mut data);
        self.collect();
        (step, data)
    }

    /// Reads of the server until one brings no data: all data, and what that last one said.
    pub fn server_read_all(&mut self) -> (Step<()>, Vec<u8>) {
        let mut all = Vec::new();
        loop {
            match self.server_read() {
                (Step::Done(()), data) => all.extend(data),
                (step, _) => return (step, all),
            }
        }
    }

    /// Offers data until the server has taken all.
    pub fn server_write(&mut self, mut data: &[u8]) {
        while !data.is_empty() {
            match self.server.write(data) {
                Step::Done(taken) => data = &data[taken..],
                step => panic!("{step:?}"),
            }
            self.carry_to_client();
        }
        self.collect();
    }

    /// Takes the events over.
    pub fn collect(&mut self) {
        let events = &mut self.events;
        self.server.take_events(&mut |event| events.push(event));
    }

    /// The steps of the verification so far: depth, good or not, error, accepted or not.
    pub fn verification(&self) -> Vec<(i32, bool, i32, bool)> {
        let step = |event: &Event| match event {
            Event::Verify(step) => Some((step.depth, step.ok, step.error, step.accepted)),
            _ => None,
        };
        self.events.iter().filter_map(step).collect()
    }

    /// The texts for standard output so far.
    pub fn texts(&self) -> String {
        let text = |event: &Event| match event {
            Event::Text(Stream::Out, text) => Some(String::from_utf8_lossy(text).into_owned()),
            _ => None,
        };
        self.events.iter().filter_map(text).collect()
    }
}

/// The error of a step that must have failed.
pub fn failed<T: std::fmt::Debug>(step: Step<T>) -> EngineError {
    match step {
        Step::Failed(error) => error,
        step => panic!("{step:?}"),
    }
}

/// Content type and length of each record in a run.
pub fn records(mut wire: &[u8]) -> Vec<(u8, usize)> {
    let mut all = Vec::new();
    while let Some(header) = wire.get(..5) {
        let len = usize::from(u16::from_be_bytes([header[3], header[4]]));
        all.push((header[0], len));
        wire = wire.get(5 + len..).unwrap_or_default();
    }
    all
}
