//! A server inside a unit test: no socket, no thread, no clock, nothing random.
//!
//! For tests of TLS clients and of what speaks through them. A test starts a server with the options of `s_server`,
//! connects, carries bytes and asserts on [`Fact`]s; the same test gives the same bytes each time.
//!
//! ```
//! use s_server_rustls::testing::{Fact, InProcess};
//! # use std::sync::Arc;
//! # use s_server_rustls::{Clock, provider};
//! # use rustls::pki_types::{CertificateDer, ServerName, pem::PemObject};
//! # const CERT: &[u8] = include_bytes!("../../../tests/pki/rsa.pem");
//! # const KEY: &[u8] = include_bytes!("../../../tests/pki/rsa.key");
//! # let mut roots = rustls::RootCertStore::empty();
//! # roots.add(CertificateDer::from_pem_slice(include_bytes!("../../../tests/pki/root.pem"))?)?;
//! # let clock = Clock::default();
//! # clock.set_wall(1_800_000_000);
//! # let config = rustls::ClientConfig::builder_with_details(Arc::new(provider::seeded([1; 32])), Arc::new(clock))
//! #     .with_safe_default_protocol_versions()?.with_root_certificates(roots).with_no_client_auth();
//! # let mut client = rustls::ClientConnection::new(Arc::new(config), ServerName::try_from("rsa.example")?)?;
//! let mut server = InProcess::start(&["-cert", "cert.pem", "-key", "key.pem"], &[("cert.pem", CERT), ("key.pem", KEY)])?;
//! let mut session = server.connect()?;
//!
//! // `client` is a rustls::ClientConnection; for any other client see `client_sends` and `take_sent`.
//! session.exchange(&mut client)?;
//! let Some(Fact::Established(info)) = session.facts.first() else { panic!("{}", session.stderr) };
//! assert_eq!((&*info.protocol, &*info.cipher), ("TLSv1.3", "TLS_AES_256_GCM_SHA384"));
//!
//! std::io::Write::write_all(&mut client.writer(), b"hello")?;
//! session.exchange(&mut client)?;
//! assert!(matches!(&session.facts[1], Fact::Data(data) if data == b"hello"));
//! assert_eq!(session.data, b"hello");
//!
//! session.operator_types("Q\n");
//! assert!(session.stdout.ends_with("DONE\nshutting down SSL\nCONNECTION CLOSED\n"));
//! # Ok::<_, Box<dyn std::error::Error>>(())
//! ```
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use s_server_core::command::Command;
use s_server_core::engine::{EngineError, SessionInfo, Start, VerifyStep};
use s_server_core::io::{
    FileReply, FileRequest, Input, Notice, Now, Outcome, Refusal, Sink, Stream, Wait, Why, WireEnd,
};
use s_server_core::options::needs::Source;
use s_server_core::options::plan::Reference;
use s_server_core::options::{Backend, Build, Features, World, parse};
use s_server_core::record::{Engines, Given, Seed};
use s_server_core::{Connection, Server};

use crate::engines::Rustls;

/// What makes a run repeat.
#[derive(Clone, Copy)]
pub struct Fixed {
    /// Every random byte comes from it.
    pub seed: [u8; 32],
    /// Seconds since 1970 when the server starts. Default: 2027-01-15 08:00:00 GMT.
    pub wall: u64,
}

impl Default for Fixed {
    fn default() -> Self {
        Self { seed: [0; 32], wall: 1_800_000_000 }
    }
}

/// A server that has no socket.
pub struct InProcess {
    engines: Rustls,
    server: Server,
    files: Arc<BTreeMap<String, Vec<u8>>>,
    now: Now,
}

impl InProcess {
    /// Starts a server with the options of `s_server`. Files that the options name, and those that `-WWW` serves, are
    /// looked up in `files`.
    ///
    /// # Errors
    /// The text with which the program would end.
    pub fn start(options: &[&str], files: &[(&str, &[u8])]) -> Result<Self, String> {
        Self::start_fixed(options, files, Fixed::default())
    }

    /// The same with another seed or at another time.
    ///
    /// # Errors
    /// The text with which the program would end.
    pub fn start_fixed(options: &[&str], files: &[(&str, &[u8])], fixed: Fixed) -> Result<Self, String> {
        let build = Build { reference: Reference::V4_0, features: Features::NONE, backend: Backend::Rustls };
        let mut world = Nowhere::default();
        let words = options.iter().map(|word| word.as_bytes());
        let plan = parse(words, &build, &mut world).and_then(|typed| typed.into_plan(&build, &mut world, b""));
        let plan = Arc::new(plan.map_err(|error| text(&[world.notes, error.text].concat()))?);
        let files: BTreeMap<_, _> =
            files.iter().map(|(name, content)| ((*name).to_owned(), content.to_vec())).collect();
        let seed = Seed { shared: fixed.seed, own: fixed.seed, wall: fixed.wall };
        let given = Given { seed, files: plan.files(&mut |source| look_up(source, &files)), ..Given::default() };
        let mut engines = Rustls::default();
        let context = engines.context(&plan, &given, &mut Log::default()).map_err(|error| text(&error))?;
        Ok(Self { engines, server: Server::new(plan, context), files: Arc::new(files), now: Now::default() })
    }

    /// A client connects.
    ///
    /// # Errors
    /// The text about a session that cannot be made, or that `-naccept` allows no more.
    pub fn connect(&mut self) -> Result<Session, String> {
        if !self.server.may_accept() {
            return Err("no more clients are accepted".into());
        }
        let mut log = Log::default();
        let connection = self.server.accept(Start::default(), &mut log).ok_or(log.stderr)?;
        let mut session = Session::new(connection, self.files.clone(), self.now);
        session.feed(Input::Seated);
        Ok(session)
    }

    /// Time passes for certificates and tickets, and for clients that connect from now on. A session's own limits are
    /// up to [`Session::wait`].
    pub fn pass(&mut self, time: Duration) {
        self.now = self.now.after(time);
        self.engines.tick(self.now);
    }
}

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
    files: Arc<BTreeMap<String, Vec<u8>>>,
    open: Option<(String, usize)>,
    sent: Vec<u8>,
    now: Now,
    wait: Option<Wait>,
}

impl Session {
    fn new(connection: Connection, files: Arc<BTreeMap<String, Vec<u8>>>, now: Now) -> Self {
        let Log { facts, stdout, stderr, data, key_log, sent, .. } = Log::default();
        Self { facts, stdout, stderr, data, key_log, connection, files, open: None, sent, now, wait: None }
    }

    /// Bytes of the client arrive.
    pub fn client_sends(&mut self, bytes: &[u8]) {
        if !bytes.is_empty() {
            self.feed(Input::Wire(bytes));
        }
    }

    /// The client's stream ends.
    pub fn client_ends(&mut self, end: WireEnd) {
        self.feed(Input::WireEnd(end));
    }

    /// The operator types a line.
    pub fn operator_types(&mut self, line: &str) {
        self.feed(Input::Operator(line.as_bytes()));
    }

    /// The operator's input ends.
    pub fn operator_ends(&mut self) {
        self.feed(Input::OperatorEnd);
    }

    /// Time passes for the session's own limits.
    pub fn wait(&mut self, time: Duration) {
        self.now = self.now.after(time);
        if let Some(Wait::For(interest)) = self.wait
            && interest.deadline.is_some_and(|(at, _)| at <= self.now)
        {
            self.feed(Input::Timeout);
        }
    }

    /// Takes what was sent to the client.
    pub fn take_sent(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.sent)
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
                client.process_new_packets()?;
            }
            if from_client.is_empty() && from_server.is_empty() {
                return Ok(());
            }
        }
    }

    /// Hands an input over, and then what follows from it at once: the wire takes everything, files are there.
    fn feed(&mut self, input: Input<'_>) {
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

/// Something that happened: a [`Notice`] that can be kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fact {
    /// The first handshake is complete.
    Established(Box<SessionInfo>),
    /// Another handshake is complete.
    Renegotiated,
    /// Application data came.
    Data(Vec<u8>),
    /// The operator gave a command.
    Command(Command),
    /// One step of the verification of a client certificate.
    Verified(Box<VerifyStep>),
    /// The first line of a request was understood: its path.
    Request(Vec<u8>),
    /// The session failed.
    Failed {
        /// What failed.
        error: EngineError,
        /// The first handshake was not complete.
        before_established: bool,
    },
    /// A limit ended the connection.
    TimedOut(Why),
    /// The connection is over.
    Closed(Outcome),
}

impl From<&Notice<'_>> for Fact {
    fn from(notice: &Notice<'_>) -> Self {
        match *notice {
            Notice::Established(info) => Self::Established(Box::new(info.clone())),
            Notice::Renegotiated => Self::Renegotiated,
            Notice::Data(data) => Self::Data(data.to_vec()),
            Notice::Command(command) => Self::Command(command),
            Notice::Verify(step) => Self::Verified(Box::new(step.clone())),
            Notice::Request(path) => Self::Request(path.to_vec()),
            Notice::Failed { error, before_established } => Self::Failed { error: error.clone(), before_established },
            Notice::TimedOut(why) => Self::TimedOut(why),
            Notice::Closed(outcome) => Self::Closed(outcome),
        }
    }
}

/// What one call put out.
#[derive(Default)]
struct Log {
    facts: Vec<Fact>,
    stdout: String,
    stderr: String,
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
    fn transmit(&mut self, bytes: &[u8]) {
        self.sent.extend_from_slice(bytes);
    }

    fn print(&mut self, stream: Stream, bytes: &[u8]) {
        match stream {
            Stream::Out => self.stdout += &text(bytes),
            Stream::Err => self.stderr += &text(bytes),
            Stream::Data => self.data.extend_from_slice(bytes),
        }
    }

    fn file(&mut self, request: FileRequest<'_>) {
        self.file = Some(match request {
            FileRequest::Open { name } => Asked::Open(text(name)),
            FileRequest::Read { max } => Asked::Read(max),
        });
    }

    fn key_log(&mut self, line: &[u8]) {
        self.key_log.push(text(line));
    }

    fn notice(&mut self, notice: &Notice<'_>) {
        self.facts.push(notice.into());
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn look_up(source: &Source, files: &BTreeMap<String, Vec<u8>>) -> Result<Vec<u8>, String> {
    let file = |name: &[u8]| files.get(&text(name)).cloned().ok_or_else(|| "No such file or directory".to_owned());
    match source {
        Source::File(name) | Source::Folder(name) => file(name),
        Source::PassPhrase(source) => match source.iter().position(|&b| b == b':').map(|at| source.split_at(at)) {
            Some((b"pass", phrase)) => Ok(phrase[1..].to_vec()),
            Some((b"file", name)) => Ok(file(&name[1..])?.split(|&b| b == b'\n').next().unwrap_or_default().to_vec()),
            _ => Err("only pass: and file: exist in a test".into()),
        },
    }
}

/// The world of a test: nothing.
#[derive(Default)]
struct Nowhere {
    notes: Vec<u8>,
}

impl World for Nowhere {
    fn note(&mut self, text: &[u8]) {
        self.notes.extend_from_slice(text);
    }

    fn is_directory(&mut self, _: &[u8]) -> bool {
        true
    }

    fn load_engine(&mut self, _: &[u8]) -> Vec<u8> {
        Vec::new()
    }

    fn takes_parameter(&mut self, _: &'static str, _: &[u8]) -> bool {
        true
    }

    fn seed_random(&mut self, _: &[u8]) -> Result<(), Vec<u8>> {
        Ok(())
    }

    fn set_provider_path(&mut self, _: &[u8]) {}

    fn load_provider(&mut self, _: &[u8]) -> Result<(), Vec<u8>> {
        Ok(())
    }
}
