//! For the tests: a session of ours and a client of the `openssl` crate, with nothing between them but the wire that is lent.
use std::collections::VecDeque;
use std::io::{self, Read, Write};
use std::time::{SystemTime, UNIX_EPOCH};

use contract::server::Server;
use foreign_types_shared::{ForeignType, ForeignTypeRef};
use openssl::ssl::{
    ErrorCode, Ssl, SslContext, SslContextBuilder, SslFiletype, SslMethod, SslMode, SslSession, SslStream, SslVersion,
    StatusType,
};
use openssl::x509::X509;
use s_server_core::engine::{Event, Start, Step, TlsContext, VerifyStep};
use s_server_core::io::Stream;
use s_server_core::options::NameFormat;
use s_server_core::options::plan::{CertificateFiles, Identity, TextPlan, TlsPlan};
use s_server_core::sink::{Effect, Sink};
use s_server_core::{Plan, StartError};

use super::environment::{Environment, OpenKeyLog, Questions};
use super::{OpensslContext, ffi};

/// A file of the test certificates.
pub fn pki(name: &str) -> Vec<u8> {
    contract::pki::folder().join(name).into_os_string().into_encoded_bytes()
}

/// Two of those files.
pub fn files(cert: &str, key: &str) -> CertificateFiles {
    CertificateFiles { cert: pki(cert), key: Some(pki(key)), ..CertificateFiles::default() }
}

/// An identity from two of those files.
pub fn identity(cert: &str, key: &str) -> Identity {
    Identity::Loaded { files: files(cert, key), cert_is_default: false }
}

/// What `-accept 4433 -cert rsa.pem -key rsa.key -nameopt oneline` means, changed by `change`.
pub fn plan(change: impl FnOnce(&mut Plan)) -> Plan {
    let tls = TlsPlan {
        identity: Some(identity("rsa.pem", "rsa.key")),
        name_format: NameFormat::ONELINE,
        ..TlsPlan::default()
    };
    let text = TextPlan { reference: super::reference(), ..TextPlan::default() };
    let mut plan = Plan { text, tls, ..Plan::default() };
    change(&mut plan);
    plan
}

/// What was printed.
#[derive(Default)]
pub struct Printed {
    pub out: String,
    pub err: String,
}

impl Sink for Printed {
    fn put(&mut self, effect: Effect<'_>) {
        let Effect::Print(stream, bytes) = effect else { panic!("{effect:?}") };
        let to = if stream == Stream::Err { &mut self.err } else { &mut self.out };
        to.push_str(str::from_utf8(bytes).unwrap());
    }

    fn wants_facts(&self) -> bool {
        false
    }
}

/// A context where nobody is asked, pass phrases stand on the command line, and the key log is never full.
pub fn new(plan: &Plan, out: &mut dyn Sink) -> Result<OpensslContext, StartError> {
    OpensslContext::new(plan, environment(plan, &mut |_, _| Ok(())), out)
}

/// Its environment.
pub fn environment<'a>(plan: &Plan, open_key_log: &'a mut OpenKeyLog<'a>) -> Environment<'a> {
    let phrase = |source: &Option<Vec<u8>>| {
        source.as_ref().map(|source| source.strip_prefix(b"pass:").expect("a pass phrase").to_vec())
    };
    let wall = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let pass_phrases = [phrase(&plan.tls.pass), phrase(&plan.tls.second_pass)];
    Environment { pass_phrases, questions: Questions::Nobody, wall, open_key_log: Some(open_key_log) }
}

/// A context, or the message that ends the program.
pub fn context(change: impl FnOnce(&mut Plan)) -> Result<OpensslContext, String> {
    new(&plan(change), &mut Printed::default()).map_err(|error| String::from_utf8(error.render()).unwrap())
}

/// The client's side of the wire.
#[derive(Default)]
pub struct Pipe {
    input: VecDeque<u8>,
    output: Vec<u8>,
}

impl Read for Pipe {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        match self.input.read(to)? {
            0 => Err(io::ErrorKind::WouldBlock.into()),
            got => Ok(got),
        }
    }
}

impl Write for Pipe {
    fn write(&mut self, from: &[u8]) -> io::Result<usize> {
        self.output.write(from)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Both sides.
pub struct Pair {
    pub server: Server,
    pub client: SslStream<Pipe>,
    pub events: Vec<Event>,
}

/// One version for the client.
pub fn only(version: SslVersion) -> impl Fn(&mut SslContextBuilder) {
    move |ctx| {
        ctx.set_min_proto_version(Some(version)).unwrap();
        ctx.set_max_proto_version(Some(version)).unwrap();
    }
}

/// A certificate for the client.
pub fn with_certificate(ctx: &mut SslContextBuilder, name: &str) {
    let file = |end: &str| String::from_utf8(pki(&format!("{name}.{end}"))).unwrap();
    ctx.set_certificate_file(file("pem"), SslFiletype::PEM).unwrap();
    ctx.set_private_key_file(file("key"), SslFiletype::PEM).unwrap();
}

/// The client has the post_handshake_auth extension (`s_client -enable_pha`).
#[allow(unsafe_code, reason = "the openssl crate has no call for it")]
pub fn post_handshake_auth(ctx: &mut SslContextBuilder) {
    // SAFETY: a live context.
    unsafe { openssl_sys::SSL_CTX_set_post_handshake_auth(ctx.as_ptr(), 1) }
}

/// The client names an authority (`s_client -requestCAfile`).
#[allow(unsafe_code, reason = "the openssl crate has no call for it")]
pub fn add_ca_name(ctx: &mut SslContextBuilder, cert: &X509) {
    // SAFETY: a live context and certificate; the name is copied.
    assert_eq!(unsafe { ffi::SSL_CTX_add1_to_CA_list(ctx.as_ptr(), cert.as_ptr()) }, 1);
}

impl Pair {
    pub fn new(context: &OpensslContext, change: impl FnOnce(&mut SslContextBuilder)) -> Self {
        let mut ctx = SslContext::builder(SslMethod::tls_client()).unwrap();
        ctx.set_mode(SslMode::AUTO_RETRY);
        change(&mut ctx);
        let mut ssl = Ssl::new(&ctx.build()).unwrap();
        ssl.set_connect_state();
        let server = Server::new(context.session(Start::seeded(1)).unwrap());
        Self { server, client: SslStream::new(ssl, Pipe::default()).unwrap(), events: Vec::new() }
    }

    /// The client offers that session.
    #[allow(unsafe_code, reason = "the openssl crate leaves it to the caller that the context is the right one")]
    pub fn resume(&mut self, session: &SslSession) {
        let ssl = self.client.ssl().as_ptr();
        // SAFETY: a live client session, which has not started, and a session of a context with the same settings.
        unsafe { openssl_sys::SSL_set_session(ssl, session.as_ptr()) };
    }

    /// The client names that server.
    #[allow(unsafe_code, reason = "the openssl crate sets it before the session has a stream")]
    pub fn name_server(&mut self, host: &str) {
        let host = std::ffi::CString::new(host).unwrap();
        let ssl = self.client.ssl().as_ptr();
        // SAFETY: a live client session, which has not started; the name is copied.
        let named = unsafe { openssl_sys::SSL_set_tlsext_host_name(ssl, host.as_ptr().cast_mut()) };
        assert_eq!(named, 1);
    }

    /// The client asks for the status of the certificate.
    #[allow(unsafe_code, reason = "the openssl crate sets it before the session has a stream")]
    pub fn ask_for_status(&mut self, kind: StatusType) {
        let ssl = self.client.ssl().as_ptr();
        // SAFETY: a live client session, which has not started.
        let asked = unsafe { openssl_sys::SSL_set_tlsext_status_type(ssl, kind.as_raw()) };
        assert_eq!(asked, 1);
    }

    /// A pair whose handshake is done.
    pub fn established(context: &OpensslContext, change: impl FnOnce(&mut SslContextBuilder)) -> Self {
        let mut pair = Self::new(context, change);
        assert_eq!(pair.handshake(), Step::Done(()));
        pair.client_read();
        pair
    }

    /// Carries to the client what the server has to send.
    pub fn carry_to_client(&mut self) {
        self.client.get_mut().input.extend(self.server.take_sent());
        self.server.take_events(&mut |event| self.events.push(event));
    }

    /// Carries to the server what the client has to send.
    pub fn carry_to_server(&mut self) {
        let bytes = self.take_client_output();
        self.server.hear(&bytes);
    }

    /// Handshakes until the server is done or broken.
    pub fn handshake(&mut self) -> Step<()> {
        loop {
            let client = self.client.do_handshake();
            self.carry_to_server();
            let step = self.server.accept();
            self.carry_to_client();
            match step {
                Step::WantRead { starved: true } if !self.client.get_ref().input.is_empty() => {}
                Step::WantRead { starved: false } | Step::WantWrite => {}
                Step::Done(()) => {
                    // TLS 1.2: the last flight is the server's.
                    let _ = self.client.do_handshake();
                    return step;
                }
                step => {
                    assert!(client.is_err(), "{step:?}");
                    return step;
                }
            }
        }
    }

    /// What the client reads until it waits; drives its handshakes too.
    pub fn client_read(&mut self) -> Vec<u8> {
        self.carry_to_client();
        let mut data = Vec::new();
        let mut piece = [0; 4096];
        loop {
            match self.client.ssl_read(&mut piece) {
                Ok(len) => data.extend_from_slice(&piece[..len]),
                Err(error) if error.code() == ErrorCode::WANT_READ => return data,
                Err(error) => panic!("{error} {data:?}"),
            }
        }
    }

    /// The client sends `data`.
    pub fn client_write(&mut self, data: &[u8]) {
        assert_eq!(self.client.ssl_write(data).unwrap(), data.len());
        self.carry_to_server();
    }

    /// One `read` of the server.
    pub fn server_read(&mut self) -> (Step<()>, Vec<u8>) {
        let mut data = Vec::new();
        let step = self.server.read(&mut data);
        self.carry_to_client();
        (step, data)
    }

    /// The bytes that the client has to send.
    pub fn take_client_output(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.client.get_mut().output)
    }

    /// The steps of verification so far; they stay among the events.
    pub fn verify_steps(&self) -> Vec<VerifyStep> {
        let step = |event: &Event| if let Event::Verify(step) = event { Some(step.clone()) } else { None };
        self.events.iter().filter_map(step).collect()
    }

    /// The texts for a stream of the operator so far; they stay among the events.
    pub fn texts(&self, stream: Stream) -> String {
        let text = |event: &Event| match event {
            Event::Text(to, text) if *to == stream => Some(String::from_utf8_lossy(text).into_owned()),
            _ => None,
        };
        self.events.iter().filter_map(text).collect()
    }

    /// The state lines so far.
    pub fn states(&mut self) -> Vec<String> {
        let line = |event| if let Event::State(line) = event { Some(line) } else { None };
        self.events.drain(..).filter_map(line).collect()
    }
}
