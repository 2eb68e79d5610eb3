//! For the tests: the core's `-trace` beside the library's own `SSL_trace`, message by message.
mod damaged;
mod handshakes;
mod numbers;

use std::cell::RefCell;
use std::collections::VecDeque;
use std::io::{self, Read, Write};

use openssl::ssl::{Ssl, SslContext, SslContextBuilder, SslMethod, SslMode, SslOptions, SslRef, SslStream};
use s_server_core::engine::Message;
use s_server_core::render::trace::Trace;

use crate::objects::{self, held};
use crate::pair::with_certificate;
use crate::reference;
use crate::sys::{hooks, trace};

thread_local! {
    /// What passed at the server of this thread, and what the library printed of it.
    static LOG: RefCell<Vec<(Message, Vec<u8>)>> = const { RefCell::new(Vec::new()) };
}

fn log(ssl: &SslRef, message: Message) {
    let objects = objects::of(&message, held(ssl, &message));
    let lines = trace::lines(ssl, &message);
    LOG.with_borrow_mut(|log| log.push((Message { objects, ..message }, lines)));
}

/// What passed so far.
fn take_log() -> Vec<(Message, Vec<u8>)> {
    LOG.take()
}

/// The text without the lines of ours.
fn without_ours(text: &[u8]) -> Vec<u8> {
    let is_ours = |line: &[u8]| line.trim_ascii_start().starts_with(b"# ");
    text.split_inclusive(|&byte| byte == b'\n').filter(|line| !is_ours(line)).flatten().copied().collect()
}

/// The core prints what the library prints.
#[track_caller]
fn assert_same(trace: &mut Trace, message: &Message, expected: &[u8]) {
    let ours = trace.lines(message, reference());
    if ours == expected {
        return;
    }
    let (ours, expected) = (without_ours(&ours), without_ours(expected));
    let same = ours.iter().zip(&expected).take_while(|(ours, expected)| ours == expected).count();
    let text = |bytes: &[u8]| {
        let from = bytes[..same].iter().rev().take(200).count();
        bytes[same - from..]
            .iter()
            .copied()
            .take(500)
            .collect::<Vec<_>>()
            .escape_ascii()
            .to_string()
            .replace("\\n", "\n")
    };
    let Message { version, content_type, sent, data, .. } = message;
    assert!(
        ours == expected,
        "{data:02x?} of {version:#x}, {content_type}, {sent}\nours: …{}\nexpected: …{}",
        text(&ours),
        text(&expected)
    );
}

/// One side's end of the wire: what is written is read in the same pieces, as datagrams are.
#[derive(Default)]
pub struct Pipe {
    input: VecDeque<Vec<u8>>,
    output: VecDeque<Vec<u8>>,
    datagrams: bool,
}

impl Read for Pipe {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        let Some(mut piece) = self.input.pop_front() else { return Err(io::ErrorKind::WouldBlock.into()) };
        let count = piece.len().min(to.len());
        to[..count].copy_from_slice(&piece[..count]);
        if !self.datagrams && count < piece.len() {
            self.input.push_front(piece.split_off(count));
        }
        Ok(count)
    }
}

impl Write for Pipe {
    fn write(&mut self, from: &[u8]) -> io::Result<usize> {
        self.output.push_back(from.to_vec());
        Ok(from.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Server and client, and how they are made.
pub struct Talk {
    pub server: SslStream<Pipe>,
    pub client: SslStream<Pipe>,
}

/// Changes a context.
type Change<'a> = &'a dyn Fn(&mut SslContextBuilder);

/// TLS or DTLS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport {
    Stream,
    Datagrams,
}

/// Contexts of both sides.
pub struct Sides {
    server: SslContext,
    client: SslContext,
    transport: Transport,
}

impl Sides {
    /// A server with the certificate of `name` and whatever the library has; both sides changed after that.
    pub fn new(transport: Transport, name: &str, server: Change<'_>, client: Change<'_>) -> Self {
        let method = |tls: fn() -> SslMethod| if transport == Transport::Datagrams { SslMethod::dtls() } else { tls() };
        let mut ours = SslContext::builder(method(SslMethod::tls_server)).unwrap();
        let mut theirs = SslContext::builder(method(SslMethod::tls_client)).unwrap();
        for ctx in [&mut ours, &mut theirs] {
            ctx.set_cipher_list("ALL:COMPLEMENTOFALL:!COMPLEMENTOFDEFAULT:@SECLEVEL=0").unwrap();
            ctx.set_min_proto_version(None).unwrap();
            ctx.set_mode(SslMode::AUTO_RETRY);
            ctx.set_session_id_context(b"trace").unwrap();
            // The openssl crate forbids it: a server of a pair may be asked.
            ctx.clear_options(SslOptions::NO_RENEGOTIATION);
        }
        with_certificate(&mut ours, name);
        server(&mut ours);
        client(&mut theirs);
        Self { server: ours.build(), client: theirs.build(), transport }
    }

    /// A talk that has not begun.
    pub fn talk(&self, change: impl FnOnce(&mut Ssl)) -> Talk {
        LOG.take();
        let mut server = Ssl::new(&self.server).unwrap();
        let mut client = Ssl::new(&self.client).unwrap();
        hooks::set_message_callback(&mut server, log);
        for ssl in [&mut server, &mut client] {
            if self.transport == Transport::Datagrams {
                ssl.set_mtu(1400).unwrap();
            }
        }
        server.set_accept_state();
        client.set_connect_state();
        change(&mut client);
        let pipe = || Pipe { datagrams: self.transport == Transport::Datagrams, ..Pipe::default() };
        Talk { server: SslStream::new(server, pipe()).unwrap(), client: SslStream::new(client, pipe()).unwrap() }
    }
}

impl Talk {
    /// Both sides read until neither has more to say; that ends handshakes too.
    pub fn settle(&mut self) {
        let mut piece = [0; 4096];
        for _ in 0..20 {
            while self.client.ssl_read(&mut piece).is_ok() {}
            let said = self.carry();
            while self.server.ssl_read(&mut piece).is_ok() {}
            if !said && self.server.get_ref().output.is_empty() {
                return;
            }
            self.answer();
        }
        panic!("they talk without an end");
    }

    /// What the client has to say reaches the server, which does nothing yet; false where it has nothing to say.
    pub fn carry(&mut self) -> bool {
        let said = !self.client.get_ref().output.is_empty();
        self.server.get_mut().input.append(&mut self.client.get_mut().output);
        said
    }

    /// What the server has to say reaches the client.
    pub fn answer(&mut self) {
        self.client.get_mut().input.append(&mut self.server.get_mut().output);
    }

    /// Compares all that passed, from the first message on, and gives it back.
    #[track_caller]
    pub fn compare(&self, trace: &mut Trace) -> Vec<Message> {
        let passed = take_log();
        assert!(!passed.is_empty());
        for (message, expected) in &passed {
            assert_same(trace, message, expected);
        }
        passed.into_iter().map(|(message, _)| message).collect()
    }
}
