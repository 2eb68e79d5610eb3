//! Messages that are cut, changed, or made up: the core prints of them what the library prints.
use openssl::ssl::{SslContextBuilder, SslVersion};
use s_server_core::engine::Message;
use s_server_core::render::trace::Trace;

use super::Transport::{Datagrams, Stream};
use super::handshakes::{ask, before_tls13, exchange, only};
use super::numbers::{extension, handshake, vector};
use super::{Sides, Talk, assert_same, held, objects, take_log};
use crate::pair::with_certificate;
use crate::sys::{session, trace};
use crate::{queue, reference};

/// A session that is established, and what passed.
struct Scene {
    talk: Talk,
    messages: Vec<Message>,
}

impl Scene {
    fn of(sides: &Sides) -> Self {
        let mut talk = sides.talk(|_| {});
        talk.settle();
        assert!(talk.server.ssl().is_init_finished());
        let messages = take_log().into_iter().map(|(message, _)| message).collect();
        Self { talk, messages }
    }

    /// These bytes in the place of a message's.
    #[track_caller]
    fn same(&self, like: &Message, data: Vec<u8>) {
        let ssl = self.talk.server.ssl();
        let version = if like.content_type == 22 { session::version(ssl) } else { like.version };
        let mut message = Message { data, version, objects: Vec::new(), ..like.clone() };
        // What cannot be decoded of a certificate is told by the error queue.
        queue::clear();
        let expected = trace::lines(ssl, &message);
        queue::clear();
        message.objects = objects::of(&message, held(ssl, &message));
        let mut trace = Trace::default();
        for earlier in self.messages.iter().filter(|message| matches!(message.data[..], [2 | 8, ..])) {
            trace.lines(earlier, reference());
        }
        assert_same(&mut trace, &message, &expected);
    }

    /// Bytes of the header of a handshake message.
    fn header(&self) -> usize {
        if self.talk.server.ssl().version_str().starts_with("DTLS") { 12 } else { 4 }
    }

    /// A handshake message of that type.
    #[track_caller]
    fn body(&self, kind: u8, body: &[u8], sent: bool) {
        let like = Message { sent, content_type: 22, ..Message::default() };
        let mut data = handshake(kind, body);
        if self.header() == 12 {
            data.splice(4..4, [0, 1, 0, 0, 0, 0, 0, 9]);
        }
        self.same(&like, data);
    }
}

/// The length of a handshake message is that of its bytes.
fn mend(data: &mut [u8], header: usize) {
    if let Some(length) = data.len().checked_sub(header) {
        data[1..4].copy_from_slice(&length.to_be_bytes()[size_of::<usize>() - 3..]);
    }
}

/// Numbers that are the same in every run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap() % sides
    }

    /// Small bytes more often than large ones, for lengths are small.
    fn byte(&mut self) -> u8 {
        let most = [4, 16, 64, 256][self.below(4)];
        u8::try_from(self.below(most)).unwrap()
    }

    fn bytes(&mut self, most: usize) -> Vec<u8> {
        let count = self.below(most + 1);
        (0..count).map(|_| self.byte()).collect()
    }

    /// Bytes, likely with lengths in them that are right.
    fn nested(&mut self, depth: usize) -> Vec<u8> {
        let mut data = Vec::new();
        for _ in 0..self.below(4) {
            match self.below(if depth == 0 { 2 } else { 5 }) {
                0 => data.push(self.byte()),
                1 => data.extend(self.bytes(5)),
                prefix => data.extend(vector(prefix - 1, &self.nested(depth - 1))),
            }
        }
        data
    }
}

/// One session of each kind.
fn scenes() -> Vec<Scene> {
    let mut scenes: Vec<Scene> = before_tls13()
        .flat_map(|(version, transport)| {
            let suites = [("ECDHE-RSA-AES128-SHA", "rsa"), ("DHE-DSS-AES128-SHA", "dsa"), ("AES128-SHA", "rsa")];
            let psk =
                ["PSK-AES128-CBC-SHA", "RSA-PSK-AES128-CBC-SHA", "DHE-PSK-AES128-CBC-SHA", "ECDHE-PSK-AES128-CBC-SHA"];
            let psk = psk.into_iter().filter(move |_| version == SslVersion::TLS1_2).map(|suite| (suite, "rsa"));
            suites
                .into_iter()
                .chain(psk)
                .map(move |(suite, name)| Scene::of(&exchange(version, transport, suite, name)))
        })
        .collect();
    for (version, transport) in
        [(SslVersion::TLS1_2, Stream), (SslVersion::TLS1_3, Stream), (SslVersion::DTLS1_2, Datagrams)]
    {
        let server = |ctx: &mut SslContextBuilder| {
            only(ctx, version);
            ask(ctx);
        };
        scenes.push(Scene::of(&Sides::new(transport, "ec", &server, &|ctx| with_certificate(ctx, "client"))));
    }
    #[cfg(ossl320)]
    for version in [SslVersion::TLS1_2, SslVersion::TLS1_3] {
        use crate::sys::raw_keys::{allow_from_client, allow_from_server};
        let common = |ctx: &mut SslContextBuilder| {
            only(ctx, version);
            ctx.set_verify_callback(openssl::ssl::SslVerifyMode::PEER, |_, _| true);
            assert!(allow_from_server(ctx) && allow_from_client(ctx));
        };
        let client = |ctx: &mut SslContextBuilder| {
            common(ctx);
            with_certificate(ctx, "client");
        };
        scenes.push(Scene::of(&Sides::new(Stream, "ec", &common, &client)));
    }
    scenes
}

#[test]
fn a_message_may_end_anywhere() {
    for scene in scenes() {
        for message in &scene.messages {
            for end in 0..message.data.len() {
                // Of the type inside of a record the library reads a byte that is not there.
                if end == 0 && message.content_type == 257 {
                    continue;
                }
                let mut cut = message.data[..end].to_vec();
                scene.same(message, cut.clone());
                if message.content_type == 22 {
                    mend(&mut cut, scene.header());
                    scene.same(message, cut);
                }
            }
        }
    }
}

#[test]
fn any_byte_of_a_message_may_be_another() {
    let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
    for scene in scenes() {
        for message in &scene.messages {
            for _ in 0..120 {
                let mut data = message.data.clone();
                for _ in 0..=dice.below(3) {
                    let at = dice.below(data.len());
                    data[at] = dice.byte();
                }
                if dice.below(4) == 0 {
                    data.extend(dice.bytes(5));
                    if message.content_type == 22 && dice.below(2) == 0 {
                        mend(&mut data, scene.header());
                    }
                }
                scene.same(message, data);
            }
        }
    }
}

#[test]
fn a_body_may_be_anything() {
    let mut dice = Dice(0x2545_f491_4f6c_dd1d);
    for scene in scenes() {
        for kind in (0..=26).chain([67, 254, 255]) {
            for _ in 0..200 {
                let body = dice.nested(3);
                scene.body(kind, &body, dice.below(2) == 0);
            }
        }
    }
}

#[test]
fn an_extension_may_hold_anything_in_any_message() {
    let mut dice = Dice(0x1234_5678_9abc_def1);
    let scene = Scene::of(&Sides::new(Stream, "rsa", &|ctx| only(ctx, SslVersion::TLS1_3), &|_| {}));
    let hello = [&[3, 3][..], &[7; 32], &[0]].concat();
    let before: [(u8, Vec<u8>); 6] = [
        (1, [&hello[..], &[0, 2, 0x13, 1, 1, 0]].concat()),
        (2, [&hello[..], &[0x13, 1, 0]].concat()),
        (4, [&[0; 8][..], &[1, 9, 0, 1, 9]].concat()),
        (8, Vec::new()),
        (11, Vec::new()),
        (13, vec![0]),
    ];
    for number in (0..70).chain([13_172, 17_513, 17_613, 64_768, 65_037, 65_281, 0x0a0a]) {
        for (kind, before) in &before {
            for _ in 0..60 {
                let mut extensions = extension(number, &dice.nested(2));
                if dice.below(4) == 0 {
                    extensions.extend(dice.bytes(4));
                }
                let list = vector(2, &extensions);
                let body = match kind {
                    11 => [vec![0], vector(3, &[vector(3, b"x"), list].concat())].concat(),
                    _ => [&before[..], &list].concat(),
                };
                scene.body(*kind, &body, dice.below(2) == 0);
            }
        }
    }
}
