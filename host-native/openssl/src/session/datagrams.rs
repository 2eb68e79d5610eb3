//! For the tests: a session over datagrams and a client of the `openssl` crate, with nothing between them but what is carried.
use std::collections::VecDeque;
use std::io::{self, Read, Write};
use std::mem;

use foreign_types_shared::{ForeignType, ForeignTypeRef};
use openssl::ssl::{
    ErrorCode, Ssl, SslContext, SslContextBuilder, SslMethod, SslOptions, SslRef, SslSession, SslStream,
};
use s_server_core::Plan;
use s_server_core::endpoint::Path;
use s_server_core::engine::{CommandResult, EngineCommand, Event, Start, Step, TlsEngine};
use s_server_core::lent::{Inbox, LentWire};
use s_server_core::options::plan::Datagrams;

use super::{OpensslEngine, dtls};
use crate::{OpensslContext, ffi};

/// What `-dtls` means, changed by `change`.
pub fn context(change: impl FnOnce(&mut Plan)) -> OpensslContext {
    let context = crate::pair::context(|plan| {
        plan.datagrams = Some(Datagrams::default());
        change(plan);
    });
    context.unwrap()
}

/// A command for `SSL_CONF`.
pub fn conf(plan: &mut Plan, name: &str, value: &str) {
    plan.tls.conf.push((name.into(), Some(value.into())));
}

/// From the client at that port.
pub fn path(port: u16) -> Path {
    Path { peer: ([127, 0, 0, 1], port).into(), local: None }
}

fn wait(ssl: &SslRef) {
    std::thread::sleep(dtls::time_left(ssl).expect("a flight without an answer"));
}

/// The client's side.
#[derive(Default)]
pub struct Port {
    pub input: VecDeque<Vec<u8>>,
    output: Vec<Vec<u8>>,
}

impl Read for Port {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        let datagram = self.input.pop_front().ok_or(io::ErrorKind::WouldBlock)?;
        datagram.as_slice().read(to)
    }
}

impl Write for Port {
    fn write(&mut self, from: &[u8]) -> io::Result<usize> {
        self.output.push(from.to_vec());
        Ok(from.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The client takes records of 256 bytes times a power of two, at most; 0: of any length (`s_client -maxfraglen`).
#[allow(unsafe_code, reason = "the openssl crate has no call for it")]
pub fn longest_record(ctx: &mut SslContextBuilder, power: u8) {
    // SAFETY: a live context.
    assert_eq!(unsafe { ffi::SSL_CTX_set_tlsext_max_fragment_length(ctx.as_ptr(), power) }, 1);
}

/// Both sides.
pub struct Pair {
    pub server: OpensslEngine,
    inbox: Inbox,
    /// What the server sent and nobody has carried.
    sent: Vec<Vec<u8>>,
    pub client: SslStream<Port>,
    pub events: Vec<Event>,
}

impl Pair {
    /// A client at port 7, whose datagrams have at most 1,400 bytes.
    pub fn new(context: &OpensslContext, change: impl FnOnce(&mut SslContextBuilder)) -> Self {
        let mut ctx = SslContext::builder(SslMethod::dtls_client()).unwrap();
        ctx.set_options(SslOptions::NO_QUERY_MTU);
        change(&mut ctx);
        let mut ssl = Ssl::new(&ctx.build()).unwrap();
        ssl.set_connect_state();
        ssl.set_mtu(1400).unwrap();
        Self {
            server: context.engine(Start::seeded(1).over(path(7))).unwrap(),
            inbox: Inbox::of_datagrams(),
            sent: Vec::new(),
            client: SslStream::new(ssl, Port::default()).unwrap(),
            events: Vec::new(),
        }
    }

    /// A pair whose handshake is done.
    pub fn established(context: &OpensslContext, change: impl FnOnce(&mut SslContextBuilder)) -> Self {
        let mut pair = Self::new(context, change);
        assert_eq!(pair.handshake(), Step::Done(()));
        assert_eq!(pair.client_read(), b"");
        pair
    }

    /// The client offers that session.
    #[allow(unsafe_code, reason = "the openssl crate leaves it to the caller that the context is the right one")]
    pub fn resume(&mut self, session: &SslSession) {
        let ssl = self.client.ssl().as_ptr();
        // SAFETY: a live client session, which has not started, and a session of a context with the same settings.
        unsafe { openssl_sys::SSL_set_session(ssl, session.as_ptr()) };
    }

    /// Both sides send again after 50 ms.
    pub fn hurry(&mut self) {
        dtls::set_timer::<50_000>(self.server.wired.ssl());
        dtls::set_timer::<50_000>(self.client.ssl());
    }

    /// The time comes at which the server sends again.
    pub fn server_waits(&self) {
        wait(self.server.wired.ssl());
    }

    /// The time comes at which the client sends again, which it does.
    pub fn client_repeats(&mut self) {
        wait(self.client.ssl());
        self.client_shakes();
    }

    fn lend<T>(&mut self, call: impl FnOnce(&mut OpensslEngine, &mut LentWire<'_>) -> T) -> T {
        let Self { server, inbox, sent, .. } = self;
        let result = call(server, &mut inbox.lend(&[], &mut |datagram| sent.push(datagram.to_vec())));
        self.server.take_events(&mut |event| self.events.push(event));
        result
    }

    /// A datagram comes to the server.
    pub fn hear(&mut self, datagram: &[u8]) {
        self.inbox.keep(datagram);
    }

    /// What the server sent since somebody took it.
    pub fn take_sent(&mut self) -> Vec<Vec<u8>> {
        mem::take(&mut self.sent)
    }

    /// What the client sent since somebody took it.
    pub fn take_client_output(&mut self) -> Vec<Vec<u8>> {
        mem::take(&mut self.client.get_mut().output)
    }

    /// Carries to the server what the client sent.
    pub fn carry_to_server(&mut self) {
        self.take_client_output().iter().for_each(|datagram| self.hear(datagram));
    }

    /// Carries to the client what the server sent.
    pub fn carry_to_client(&mut self) {
        let sent = self.take_sent();
        self.client.get_mut().input.extend(sent);
    }

    /// The client goes on with its handshake.
    pub fn client_shakes(&mut self) {
        self.carry_to_client();
        let _ = self.client.do_handshake();
    }

    /// Handshakes until the server is done, broken, or waits for nothing that is on its way.
    pub fn handshake(&mut self) -> Step<()> {
        loop {
            self.client_shakes();
            let output = self.take_client_output();
            output.iter().for_each(|datagram| self.hear(datagram));
            match self.accept() {
                Step::WantRead { starved: true } if !output.is_empty() || !self.sent.is_empty() => {}
                step => {
                    self.client_shakes();
                    return step;
                }
            }
        }
    }

    /// [`TlsEngine::accept`]
    pub fn accept(&mut self) -> Step<()> {
        self.lend(|server, wire| server.accept(wire))
    }

    /// [`TlsEngine::read`]
    pub fn read(&mut self) -> (Step<()>, Vec<u8>) {
        let mut data = Vec::new();
        (self.lend(|server, wire| server.read(wire, &mut data)), data)
    }

    /// [`TlsEngine::write`]
    pub fn write(&mut self, data: &[u8]) -> Step<usize> {
        self.lend(|server, wire| server.write(wire, data))
    }

    /// [`TlsEngine::command`]
    pub fn command(&mut self, command: EngineCommand<'_>) -> CommandResult {
        self.lend(|server, wire| server.command(wire, command))
    }

    /// [`TlsEngine::shutdown`]
    pub fn shutdown(&mut self) -> Step<()> {
        self.lend(|server, wire| server.shutdown(wire))
    }

    /// [`TlsEngine::timeout`]
    pub fn timeout(&mut self) -> Step<()> {
        self.lend(|server, wire| server.timeout(wire))
    }

    /// The client sends `data`.
    pub fn client_write(&mut self, data: &[u8]) {
        assert_eq!(self.client.ssl_write(data).unwrap(), data.len());
        self.carry_to_server();
    }

    /// What the client reads until it waits.
    pub fn client_read(&mut self) -> Vec<u8> {
        self.carry_to_client();
        let (mut data, mut piece) = (Vec::new(), [0; 20_000]);
        loop {
            match self.client.ssl_read(&mut piece) {
                Ok(len) => data.extend_from_slice(&piece[..len]),
                Err(error) if error.code() == ErrorCode::WANT_READ => return data,
                Err(error) => panic!("{error} {data:?}"),
            }
        }
    }

    /// The state lines so far.
    pub fn states(&mut self) -> Vec<String> {
        let line = |event| if let Event::State(line) = event { Some(line) } else { None };
        self.events.drain(..).filter_map(line).collect()
    }
}

/// The type of the message that a datagram of the first flights begins with, RFC 6347 section 4.2.2.
pub fn message(datagram: &[u8]) -> u8 {
    assert_eq!(datagram[0], 22, "{datagram:?}");
    datagram[13]
}

pub const CLIENT_HELLO: u8 = 1;
pub const SERVER_HELLO: u8 = 2;
pub const HELLO_VERIFY_REQUEST: u8 = 3;

/// The client's first datagram, without a cookie, and the second one, with it.
pub fn hellos(pair: &mut Pair) -> (Vec<u8>, Vec<u8>) {
    pair.client_shakes();
    let first = pair.take_client_output().remove(0);
    pair.hear(&first);
    assert_eq!(pair.accept(), Step::WantRead { starved: true });
    pair.client_shakes();
    (first, pair.take_client_output().remove(0))
}

/// Where the cookie of a ClientHello without a session id stands: behind the headers of record and message, version, random and
/// two lengths.
pub const COOKIE: usize = 13 + 12 + 2 + 32 + 2;
