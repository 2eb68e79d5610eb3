//! A server inside a unit test: no socket, no thread, no clock, nothing random.
//!
//! For tests of TLS clients and of what speaks through them. A test starts a server with the options of `s_server`,
//! connects, carries bytes and asserts on [`Fact`]s; the same test gives the same bytes each time. Options about sockets and
//! threads (`-accept`, `-port`, `-unix`, `-4`, `-jobs` and their like) are read and change nothing; `-record` and its
//! relatives are refused.
//!
//! The server's clock stands at [`Fixed::wall`], and what `-selfsigned` makes is valid at any time, so that clients with
//! the real clock take it.
//!
//! ```
//! use std::io::Write;
//! use std::sync::Arc;
//!
//! use s_server_testing::rustls::pki_types::{CertificateDer, pem::PemObject};
//! use s_server_testing::rustls::{ClientConfig, ClientConnection, RootCertStore};
//! use s_server_testing::{Fact, InProcess};
//!
//! let cert = include_bytes!("../testdata/server.pem");
//! let key = include_bytes!("../testdata/server.key");
//! let mut server = InProcess::start(&["-cert", "cert.pem", "-key", "key.pem"], &[("cert.pem", cert), ("key.pem", key)])?;
//!
//! let mut roots = RootCertStore::empty();
//! roots.add(CertificateDer::from_pem_slice(include_bytes!("../testdata/root.pem"))?)?;
//! let config = ClientConfig::builder().with_root_certificates(roots).with_no_client_auth();
//! let mut client = ClientConnection::new(Arc::new(config), "server.example".try_into()?)?;
//!
//! let mut session = server.connect()?;
//! session.exchange(&mut client)?; // for a client that is not rustls see `client_sends` and `take_sent`
//! let info = session.established().unwrap_or_else(|| panic!("{}", session.stderr));
//! assert_eq!((&*info.protocol, &*info.cipher), ("TLSv1.3", "TLS_AES_256_GCM_SHA384"));
//!
//! client.writer().write_all(b"hello")?;
//! session.exchange(&mut client)?;
//! assert_eq!(session.facts.last(), Some(&Fact::Data(b"hello".to_vec())));
//! assert_eq!(session.data, b"hello");
//!
//! session.operator_types("Q\n");
//! assert!(session.stdout.ends_with("DONE\nshutting down SSL\nCONNECTION CLOSED\n"));
//! # Ok::<_, Box<dyn std::error::Error>>(())
//! ```
#![forbid(unsafe_code)]

mod error;
mod recording;
mod session;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rustls::pki_types::CertificateDer;
use s_server_core::engine::Start;
use s_server_core::io::{Input, Now, PeerAddress};
use s_server_core::options::needs::Source;
use s_server_core::options::plan::Reference;
use s_server_core::options::run::Recording;
use s_server_core::options::{Build, Features, NoLibrary, parse};
use s_server_core::record::{Engines, Given, Seed};
use s_server_core::{AcceptCount, Server};

pub use error::Error;
pub use recording::replay;
/// The rustls whose types stand in the signatures here.
pub use rustls;
pub use s_server_core::Fact;
use session::Log;
pub use session::Session;

use s_server_rustls::Rustls;

/// What makes a run repeat.
#[derive(Clone, Copy, Debug)]
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
    count: Arc<Mutex<AcceptCount>>,
    files: Arc<BTreeMap<String, Vec<u8>>>,
    now: Now,
}

impl InProcess {
    /// Starts a server with the options of `s_server`. Files that the options name, and those that `-WWW` serves, are
    /// looked up in `files`.
    ///
    /// # Errors
    /// [`Error::Start`].
    pub fn start(options: &[&str], files: &[(&str, &[u8])]) -> Result<Self, Error> {
        Self::start_fixed(options, files, Fixed::default())
    }

    /// The same with another seed or at another time.
    ///
    /// # Errors
    /// [`Error::Start`].
    pub fn start_fixed(options: &[&str], files: &[(&str, &[u8])], fixed: Fixed) -> Result<Self, Error> {
        let build =
            Build { reference: Reference::V4_0, features: Features::NONE, refusals: &s_server_rustls::REFUSALS };
        let mut world = NoLibrary::default();
        let words = options.iter().map(|word| word.as_bytes());
        let plan = parse(words, &build, &mut world).and_then(|typed| typed.into_plan(&build, &mut world, b""));
        let plan = Arc::new(plan.map_err(|error| Error::Start(text(&[world.notes, error.text].concat())))?);
        if let Some(recording) = &plan.recording {
            return Err(Error::Start(no_recording(recording)));
        }
        let files: BTreeMap<_, _> =
            files.iter().map(|(name, content)| ((*name).to_owned(), content.to_vec())).collect();
        let seed = Seed { shared: fixed.seed, own: fixed.seed, wall: fixed.wall };
        let given =
            Given { seed, files: plan.connection.files(&mut |source| look_up(source, &files)), ..Given::default() };
        let mut engines = Rustls::at_a_fixed_time();
        let context = engines
            .context(&plan.connection, &given, &mut Log::default())
            .map_err(|error| Error::Start(text(&error.render())))?;
        let count = Arc::new(Mutex::new(AcceptCount::new(plan.naccept)));
        Ok(Self { engines, server: Server::new(plan, context), count, files: Arc::new(files), now: Now::default() })
    }

    /// The server's first certificate, for a client that is to trust it (`-selfsigned`).
    pub fn certificate(&self) -> Option<CertificateDer<'static>> {
        self.engines.made()?.certificates().first().cloned()
    }

    /// A client connects.
    ///
    /// # Errors
    /// [`Error::Session`] where none can be made, [`Error::Closed`] after `-naccept` clients or the operator's `Q`.
    pub fn connect(&mut self) -> Result<Session, Error> {
        let mut count = self.count.lock().unwrap_or_else(PoisonError::into_inner);
        if !count.reserve() {
            return Err(Error::Closed);
        }
        count.accepted();
        drop(count);
        let mut log = Log::default();
        let connection = self.server.accept(Start::default(), &mut log).ok_or(Error::Session(log.stderr))?;
        let mut session = Session::new(connection, self.count.clone(), self.files.clone(), self.now);
        session.feed(Input::Seated(PeerAddress::Unknown));
        Ok(session)
    }

    /// Time passes for certificates and tickets, and for clients that connect from now on. A session's own limits are
    /// up to [`Session::advance`].
    pub fn advance(&mut self, time: Duration) {
        self.now = self.now.after(time);
        self.engines.tick(self.now);
    }
}

impl fmt::Debug for InProcess {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let files: Vec<_> = self.files.keys().collect();
        f.debug_struct("InProcess").field("files", &files).field("now", &self.now).finish_non_exhaustive()
    }
}

/// Nothing is written or played here, and an option that has no effect is never taken.
fn no_recording(asked: &Recording) -> String {
    let (option, instead) = match asked {
        Recording::Write(_) => ("record", "a server without a system writes no file; record with the program"),
        Recording::Replay(_) => ("replay", "call s_server_testing::replay with the file's contents"),
        Recording::Show(_) => ("replay_show", "a server without a system reads no file; show it with the program"),
    };
    format!("s_server: -{option}: {instead}\n")
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

#[cfg(test)]
mod tests {
    use super::*;

    const PAIR: [(&str, &[u8]); 2] =
        [("cert.pem", include_bytes!("../testdata/server.pem")), ("key.pem", include_bytes!("../testdata/server.key"))];

    fn refusal(options: &[&str]) -> String {
        let words = [&["-cert", "cert.pem", "-key", "key.pem"], options].concat();
        InProcess::start(&words, &PAIR).err().unwrap_or_else(|| panic!("{options:?} was taken")).to_string()
    }

    /// In the words of 4.0; where those name no file, a sentence does.
    #[test]
    fn a_file_that_is_named_and_not_there_ends_the_start_whatever_it_is_for() {
        const WHY: &str = "No such file or directory";
        let could_not = |what: &str| format!("Could not open file or uri for loading {what} from none: {WHY}\n");
        let stores = |option: &str| format!("Error loading store locations\ns_server: -{option} none: {WHY}\n");
        for (options, message) in [
            (&["-CAfile", "none"][..], format!("s_server: -CAfile none: {WHY}\n")),
            (&["-CApath", "none"], format!("s_server: -CApath none: {WHY}\n")),
            (&["-verifyCAfile", "none"], stores("verifyCAfile")),
            (&["-verifyCApath", "none"], stores("verifyCApath")),
            (&["-chainCAfile", "none"], stores("chainCAfile")),
            (&["-chainCApath", "none"], stores("chainCApath")),
            (&["-CRL", "none"], could_not("CRL")),
            (&["-CRL", "none", "-dcert", "none"], could_not("CRL")),
            (&["-cert", "none"], could_not("server certificate")),
            (&["-key", "none"], could_not("server certificate private key")),
            (&["-cert_chain", "none"], could_not("server certificate chain")),
            (&["-dcert", "none"], could_not("second certificate private key")),
            (&["-dcert", "cert.pem", "-dkey", "none"], could_not("second certificate private key")),
            (&["-dcert", "cert.pem", "-dkey", "key.pem", "-dcert_chain", "none"], {
                could_not("second server certificate chain")
            }),
            (&["-servername", "n", "-cert2", "none"], could_not("second server certificate private key")),
            (&["-servername", "n", "-cert2", "none", "-key2", "key.pem"], could_not("second server certificate")),
            (&["-xcert", "none"], could_not("certificate of Server Certificate")),
            (&["-xcert", "cert.pem", "-xkey", "none"], could_not("server key")),
            (&["-xcert", "cert.pem", "-xkey", "key.pem", "-xchain", "none"], could_not("certificate of server chain")),
            (&["-status_file", "none"], could_not("OCSP response")),
            (&["-pass", "file:none"], format!("s_server: -pass file:none: {WHY}\nError getting password\n")),
            (&["-dpass", "file:none"], format!("s_server: -dpass file:none: {WHY}\nError getting password\n")),
        ] {
            assert_eq!(refusal(options), message, "{options:?}");
        }
    }

    #[test]
    fn the_readme_shows_a_test_that_is_run() {
        assert!(include_str!("../README.md").contains(include_str!("../tests/readme.rs")));
    }

    #[test]
    fn recordings_are_refused_by_name_for_there_are_no_files() {
        for option in ["-record", "-replay", "-replay_show"] {
            assert!(refusal(&[option, "x"]).starts_with(&format!("s_server: {option}: ")), "{option}");
        }
    }

    #[test]
    fn the_operator_ends_the_server_with_big_q_and_a_connection_with_q() {
        let mut server = InProcess::start(&["-selfsigned"], &[]).unwrap();
        server.connect().unwrap().operator_types("q\n");
        let mut session = server.connect().unwrap();
        session.operator_types("Q\n");
        assert_eq!(session.outcome(), Some(s_server_core::io::Outcome::Quit));
        let refused = server.connect().unwrap_err();
        assert_eq!((&refused, &*refused.to_string()), (&Error::Closed, "no more clients are accepted"));
    }

    #[test]
    fn the_default_certificate_that_is_not_there_gets_a_hint() {
        let told = InProcess::start(&[], &[]).unwrap_err().to_string();
        assert_eq!(
            told,
            "Could not open file or uri for loading server certificate private key from server.pem: No such file or directory\n\
             s_server: hint: -selfsigned makes a key and a certificate at the start; -cert and -key name files\n"
        );
        let named = InProcess::start(&["-cert", "server.pem"], &[]).unwrap_err().to_string();
        assert!(!named.contains("hint"), "{named}");
    }
}
