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
//! # const CERT: &[u8] = include_bytes!("../../../../tests/pki/rsa.pem");
//! # const KEY: &[u8] = include_bytes!("../../../../tests/pki/rsa.key");
//! # let mut roots = rustls::RootCertStore::empty();
//! # roots.add(CertificateDer::from_pem_slice(include_bytes!("../../../../tests/pki/root.pem"))?)?;
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
mod fact;
mod recording;
mod session;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::CertificateDer;
use s_server_core::Server;
use s_server_core::engine::Start;
use s_server_core::io::{Input, Now};
use s_server_core::options::needs::Source;
use s_server_core::options::plan::Reference;
use s_server_core::options::{Backend, Build, Features, Nowhere, parse};
use s_server_core::record::{Engines, Given, Seed};

pub use fact::Fact;
pub use recording::replay;
use session::Log;
pub use session::Session;

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

    /// The server's first certificate, for a client that is to trust it (`-selfsigned`).
    pub fn certificate(&self) -> Option<CertificateDer<'static>> {
        self.engines.made()?.certificates().first().cloned()
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
