//! The clients that are not `s_client`: TLS with nothing around it, plain TCP, and one that resets.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::mpsc;
use std::thread::JoinHandle;
use std::time::Duration;

use openssl::ssl::{
    ErrorCode, Ssl, SslContext, SslFiletype, SslMethod, SslStream, SslVerifyMode, SslVersion, StatusType,
};

use crate::launch::quiet::Party;

/// The lists of the client with which the transcripts were made; they appear in status pages and reports.
const CIPHERS: &str = "@SECLEVEL=2:ECDH+AESGCM:ECDH+CHACHA20:ECDH+AES:DHE+AES:!aNULL:!eNULL:!aDSS:!SHA1:!AESCCM";
const GROUPS: &str = "X25519:P-256:X448:P-521:P-384:ffdhe2048:ffdhe3072:ffdhe4096:ffdhe6144:ffdhe8192";

/// How long a client waits for a server that says nothing.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// What a TLS client is to be like.
#[derive(Clone, Debug, Default)]
pub struct Profile {
    /// TLS 1.2 instead of the newest version.
    pub tls12: bool,
    /// Certificate and key file to show when asked.
    pub certificate: Option<(PathBuf, PathBuf)>,
    /// The server that it asks for.
    pub name: Option<&'static str>,
    /// Application protocols, each with its length in front.
    pub protocols: &'static [u8],
    /// It asks for the status of the certificate, RFC 6066 section 8.
    pub status: bool,
}

/// How the connection ended, in the words of the transcripts.
pub type End = &'static str;
const NOTIFIED: End = "close_notify received";
const ENDED: End = "end of stream";
const FAILED: End = "error";
/// The client gave up.
pub const SILENCE: End = "TimeoutError: The read operation timed out";

/// A client that runs on a thread of its own and reads to the end.
#[derive(Debug)]
pub struct RawClient {
    socket: TcpStream,
    party: Party,
    thread: JoinHandle<(Vec<u8>, End)>,
}

impl RawClient {
    /// Connects, shakes hands, sends, and reads to the end.
    pub fn tls(port: u16, profile: &Profile, request: Vec<u8>) -> Result<RawClient, String> {
        let profile = profile.clone();
        RawClient::start(port, move |socket| match handshake(socket, &profile) {
            Ok(mut stream) => match stream.write_all(&request) {
                Ok(()) => read_to_end(&mut stream),
                Err(_) => (Vec::new(), FAILED),
            },
            Err(_) => (Vec::new(), FAILED),
        })
    }

    /// Connects, sends, ends the sending side, and reads to the end.
    pub fn tcp(port: u16, request: Vec<u8>) -> Result<RawClient, String> {
        RawClient::start(port, move |mut socket| {
            let mut received = Vec::new();
            let sent = socket.write_all(&request).and_then(|()| socket.shutdown(Shutdown::Write));
            let end = sent.and_then(|()| socket.read_to_end(&mut received)).map_or(FAILED, |_| ENDED);
            (received, end)
        })
    }

    fn start<F>(port: u16, talk: F) -> Result<RawClient, String>
    where
        F: FnOnce(TcpStream) -> (Vec<u8>, End) + Send + 'static,
    {
        let socket = connect(port).map_err(|e| format!("raw client: {e}"))?;
        let ours = socket.try_clone().map_err(|e| e.to_string())?;
        let (number, thread_number) = mpsc::channel();
        let thread = std::thread::spawn(move || {
            let _ = number.send(rustix::thread::gettid().as_raw_nonzero().get().unsigned_abs());
            talk(ours)
        });
        let party = Party::Thread(thread_number.recv().map_err(|e| e.to_string())?);
        Ok(RawClient { socket, party, thread })
    }

    /// For [`crate::launch::quiet::settle`].
    pub fn party(&self) -> Party {
        self.party
    }

    /// Whether the connection has ended.
    pub fn is_finished(&self) -> bool {
        self.thread.is_finished()
    }

    /// What was received and how it ended; a connection that is still open is given up.
    pub fn finish(self) -> (Vec<u8>, End) {
        let gave_up = !self.thread.is_finished();
        if gave_up {
            let _ = self.socket.shutdown(Shutdown::Both);
        }
        let (received, end) = self.thread.join().unwrap_or_default();
        (received, if gave_up { SILENCE } else { end })
    }
}

/// A TCP connection to the loopback address that gives up after [`PATIENCE`].
pub fn connect(port: u16) -> io::Result<TcpStream> {
    let socket = TcpStream::connect(("127.0.0.1", port))?;
    socket.set_read_timeout(Some(PATIENCE))?;
    socket.set_write_timeout(Some(PATIENCE))?;
    Ok(socket)
}

/// A finished handshake; no certificate is checked.
pub fn handshake(socket: TcpStream, profile: &Profile) -> Result<SslStream<TcpStream>, String> {
    let session = || -> Result<Ssl, openssl::error::ErrorStack> {
        let mut context = SslContext::builder(SslMethod::tls_client())?;
        context.set_verify(SslVerifyMode::NONE);
        context.set_cipher_list(CIPHERS)?;
        context.set_groups_list(GROUPS)?;
        if profile.tls12 {
            context.set_max_proto_version(Some(SslVersion::TLS1_2))?;
        }
        if let Some((certificate, key)) = &profile.certificate {
            context.set_certificate_file(certificate, SslFiletype::PEM)?;
            context.set_private_key_file(key, SslFiletype::PEM)?;
        }
        if !profile.protocols.is_empty() {
            context.set_alpn_protos(profile.protocols)?;
        }
        let mut session = Ssl::new(&context.build())?;
        if let Some(name) = profile.name {
            session.set_hostname(name)?;
        }
        if profile.status {
            session.set_status_type(StatusType::OCSP)?;
        }
        Ok(session)
    };
    session().map_err(|e| e.to_string())?.connect(socket).map_err(|e| e.to_string())
}

/// The first message of a real client.
///
/// # Panics
/// When there is no loopback address.
pub fn client_hello(profile: &Profile) -> Vec<u8> {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let profile = profile.clone();
    let client = std::thread::spawn(move || handshake(connect(port).expect("it listens"), &profile).is_ok());
    let (mut socket, _) = listener.accept().expect("a client");
    let mut hello = vec![0; 16_384];
    let count = socket.read(&mut hello).expect("a message");
    drop(socket);
    assert!(!client.join().expect("an end"), "nobody answered it");
    hello.truncate(count);
    hello
}

/// One whole request: connect, shake hands, send, read to the end.
pub fn fetch(port: u16, profile: &Profile, request: &[u8]) -> Result<(Vec<u8>, End), String> {
    let mut stream = handshake(connect(port).map_err(|e| e.to_string())?, profile)?;
    stream.write_all(request).map_err(|e| e.to_string())?;
    Ok(read_to_end(&mut stream))
}

/// Shakes hands and resets the connection as soon as `settled` returns.
pub fn reset(port: u16, settled: impl FnOnce() -> Result<(), String>) -> Result<(), String> {
    let stream = handshake(connect(port).map_err(|e| e.to_string())?, &Profile::default())?;
    settled()?;
    rustix::net::sockopt::set_socket_linger(stream.get_ref(), Some(Duration::ZERO)).map_err(|e| e.to_string())
}

/// Reads application data until the peer ends the connection.
pub fn read_to_end(stream: &mut SslStream<TcpStream>) -> (Vec<u8>, End) {
    let mut received = Vec::new();
    let mut buffer = [0; 16_384];
    loop {
        match stream.ssl_read(&mut buffer) {
            Ok(count) => received.extend_from_slice(&buffer[..count]),
            Err(e) if e.code() == ErrorCode::ZERO_RETURN => return (received, NOTIFIED),
            Err(e) if e.code() == ErrorCode::WANT_READ && e.io_error().is_none() => {}
            Err(e) => return (received, why(&e)),
        }
    }
}

fn why(error: &openssl::ssl::Error) -> End {
    let eof = |e: &openssl::error::Error| e.reason().is_some_and(|reason| reason.contains("unexpected eof"));
    match (error.io_error(), error.ssl_error()) {
        (Some(e), _) if matches!(e.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut) => SILENCE,
        (_, Some(stack)) if stack.errors().iter().any(eof) => ENDED,
        _ => FAILED,
    }
}
