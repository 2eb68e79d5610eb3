//! Handshakes of every kind, each message compared.
use openssl::ssl::{
    SslContextBuilder, SslFiletype, SslOptions, SslSessionCacheMode, SslVerifyMode, SslVersion, StatusType,
};
use s_server_core::engine::Message;
use s_server_core::render::trace::Trace;

use super::Transport::{self, Datagrams, Stream};
use super::{Sides, Talk};
use crate::pair::{add_ca_name, pki, post_handshake_auth, with_certificate};
use crate::sys::session::{self, KeyUpdate};

/// The versions.
const VERSIONS: [(SslVersion, Transport); 6] = [
    (SslVersion::TLS1, Stream),
    (SslVersion::TLS1_1, Stream),
    (SslVersion::TLS1_2, Stream),
    (SslVersion::TLS1_3, Stream),
    (SslVersion::DTLS1, Datagrams),
    (SslVersion::DTLS1_2, Datagrams),
];

pub fn only(ctx: &mut SslContextBuilder, version: SslVersion) {
    ctx.set_min_proto_version(Some(version)).unwrap();
    ctx.set_max_proto_version(Some(version)).unwrap();
}

/// The server asks for a certificate and takes any.
pub fn ask(ctx: &mut SslContextBuilder) {
    ctx.set_verify_callback(SslVerifyMode::PEER, |_, _| true);
    ctx.set_ca_file(String::from_utf8(pki("root.pem")).unwrap()).unwrap();
    let root =
        openssl::x509::X509::from_pem(&std::fs::read(String::from_utf8(pki("root.pem")).unwrap()).unwrap()).unwrap();
    add_ca_name(ctx, &root);
}

fn nothing(_: &mut SslContextBuilder) {}

/// A handshake from its first message to what follows it, and then data both ways and close_notify.
#[track_caller]
fn whole(sides: &Sides) -> (Talk, Vec<Message>) {
    let mut talk = sides.talk(|_| {});
    talk.settle();
    assert!(talk.server.ssl().is_init_finished() && talk.client.ssl().is_init_finished());
    talk.client.ssl_write(b"from client").unwrap();
    talk.settle();
    talk.server.ssl_write(b"from server").unwrap();
    talk.settle();
    let _ = (talk.client.shutdown(), talk.server.shutdown());
    talk.settle();
    let messages = talk.compare(&mut Trace::default());
    (talk, messages)
}

/// The types of the handshake messages.
fn types(messages: &[Message]) -> Vec<u8> {
    messages.iter().filter(|message| message.content_type == 22).map(|message| message.data[0]).collect()
}

#[test]
fn every_version_is_told_as_the_library_tells_it() {
    for (version, transport) in VERSIONS {
        let one = |ctx: &mut SslContextBuilder| only(ctx, version);
        let (_, messages) = whole(&Sides::new(transport, "rsa", &one, &one));
        let types = types(&messages);
        assert!([1, 2, 11, 20, 4].iter().all(|kind| types.contains(kind)), "{types:?}");
        let headers = messages.iter().filter(|message| message.content_type == 256);
        assert!(headers.count() > 5);
    }
}

#[test]
fn certificates_of_clients_are_told() {
    for (version, transport) in VERSIONS {
        for name in ["client", "clientrsa", "ed25519"] {
            if name == "ed25519" && matches!(version, SslVersion::TLS1 | SslVersion::TLS1_1 | SslVersion::DTLS1) {
                continue;
            }
            let server = |ctx: &mut SslContextBuilder| {
                only(ctx, version);
                ask(ctx);
            };
            let (_, messages) = whole(&Sides::new(transport, "rsa", &server, &|ctx| with_certificate(ctx, name)));
            let types = types(&messages);
            assert!([11, 13, 15].iter().all(|kind| types.contains(kind)), "{types:?}");
            // One may be compressed.
            assert_eq!(types.iter().filter(|&&kind| kind == 11 || kind == 25).count(), 2);
        }
        let server = |ctx: &mut SslContextBuilder| {
            only(ctx, version);
            ask(ctx);
        };
        whole(&Sides::new(transport, "rsa", &server, &nothing));
    }
}

#[test]
fn chains_are_told() {
    for version in [SslVersion::TLS1_2, SslVersion::TLS1_3] {
        let server = |ctx: &mut SslContextBuilder| {
            only(ctx, version);
            ctx.set_certificate_chain_file(String::from_utf8(pki("ec-chain.pem")).unwrap()).unwrap();
            ctx.set_private_key_file(String::from_utf8(pki("ec.key")).unwrap(), SslFiletype::PEM).unwrap();
        };
        let (_, messages) = whole(&Sides::new(Stream, "ec", &server, &nothing));
        assert!(messages.iter().any(|message| message.objects.len() > 1));
    }
}

/// Suites of each key exchange, and a certificate for it.
const EXCHANGES: [(&str, &str); 11] = [
    ("AES128-SHA", "rsa"),
    ("DHE-RSA-AES128-SHA", "rsa"),
    ("DHE-DSS-AES128-SHA", "dsa"),
    ("ADH-AES128-SHA", "rsa"),
    ("ECDHE-RSA-AES128-SHA", "rsa"),
    ("ECDHE-ECDSA-AES128-SHA", "ec"),
    ("AECDH-AES128-SHA", "rsa"),
    ("PSK-AES128-CBC-SHA", "rsa"),
    ("RSA-PSK-AES128-CBC-SHA", "rsa"),
    ("DHE-PSK-AES128-CBC-SHA", "rsa"),
    ("ECDHE-PSK-AES128-CBC-SHA", "rsa"),
];

/// Both sides share a key, for suites with one.
fn psk_server(ctx: &mut SslContextBuilder) {
    ctx.set_psk_server_callback(|_, _, key| {
        key[..2].copy_from_slice(&[0x1a, 0x2b]);
        Ok(2)
    });
}

fn psk_client(ctx: &mut SslContextBuilder) {
    ctx.set_psk_client_callback(|_, _, identity, key| {
        identity[..16].copy_from_slice(b"Client_identity\0");
        key[..2].copy_from_slice(&[0x1a, 0x2b]);
        Ok(2)
    });
}

/// Sides that agree on that key exchange.
pub fn exchange(version: SslVersion, transport: Transport, suite: &str, name: &str) -> Sides {
    let list = format!("{suite}:@SECLEVEL=0");
    let common = |ctx: &mut SslContextBuilder| {
        only(ctx, version);
        ctx.set_cipher_list(&list).unwrap();
    };
    let server = |ctx: &mut SslContextBuilder| {
        common(ctx);
        psk_server(ctx);
        let dh = std::fs::read(String::from_utf8(pki("dh2048.pem")).unwrap()).unwrap();
        ctx.set_tmp_dh(&openssl::dh::Dh::params_from_pem(&dh).unwrap()).unwrap();
    };
    let client = |ctx: &mut SslContextBuilder| {
        common(ctx);
        psk_client(ctx);
    };
    Sides::new(transport, name, &server, &client)
}

/// The versions in which the suite counts.
pub fn before_tls13() -> impl Iterator<Item = (SslVersion, Transport)> {
    VERSIONS.into_iter().filter(|row| row.0 != SslVersion::TLS1_3)
}

#[test]
fn every_key_exchange_is_told() {
    for (version, transport) in before_tls13() {
        for (suite, name) in EXCHANGES {
            let (talk, messages) = whole(&exchange(version, transport, suite, name));
            assert_eq!(talk.server.ssl().current_cipher().unwrap().name(), suite);
            assert!(types(&messages).contains(&16));
        }
    }
}

#[test]
fn resumptions_are_told() {
    for (version, transport) in VERSIONS {
        for ticket in [true, false] {
            let common = |ctx: &mut SslContextBuilder| {
                only(ctx, version);
                if !ticket {
                    ctx.set_options(SslOptions::NO_TICKET);
                }
                ctx.set_session_cache_mode(SslSessionCacheMode::BOTH);
            };
            let sides = Sides::new(transport, "rsa", &common, &common);
            let (first, _) = whole(&sides);
            let kept = first.client.ssl().session().unwrap().to_owned();
            let mut talk = sides.talk(|ssl| resume(ssl, &kept));
            talk.settle();
            assert!(talk.server.ssl().session_reused());
            let messages = talk.compare(&mut Trace::default());
            assert!(!types(&messages).contains(&11));
        }
    }
}

/// The client offers that session.
#[allow(unsafe_code, reason = "the openssl crate leaves it to the caller that the context is the right one")]
fn resume(ssl: &mut openssl::ssl::Ssl, kept: &openssl::ssl::SslSession) {
    // SAFETY: a session of a context with the same settings, of a client that has not started.
    unsafe { ssl.set_session(kept) }.unwrap();
}

#[test]
fn a_second_hello_is_told() {
    let server = |ctx: &mut SslContextBuilder| {
        only(ctx, SslVersion::TLS1_3);
        ctx.set_groups_list("P-384").unwrap();
    };
    let (_, messages) = whole(&Sides::new(Stream, "rsa", &server, &|ctx| ctx.set_groups_list("X25519:P-384").unwrap()));
    assert_eq!(types(&messages)[..4], [1, 2, 1, 2]);
}

#[test]
fn a_request_to_verify_is_told() {
    for version in [SslVersion::DTLS1, SslVersion::DTLS1_2] {
        let server = |ctx: &mut SslContextBuilder| {
            only(ctx, version);
            ctx.set_options(SslOptions::COOKIE_EXCHANGE);
            ctx.set_cookie_generate_cb(|_, cookie| {
                cookie[..6].copy_from_slice(b"cookie");
                Ok(6)
            });
            ctx.set_cookie_verify_cb(|_, cookie| cookie == b"cookie");
        };
        let (_, messages) = whole(&Sides::new(Datagrams, "rsa", &server, &nothing));
        assert_eq!(types(&messages)[..4], [1, 3, 1, 2]);
    }
}

#[test]
fn renegotiations_are_told_with_their_own_key_exchange() {
    for version in [SslVersion::TLS1, SslVersion::TLS1_2] {
        for (suite, name) in [("AES128-SHA", "rsa"), ("ECDHE-RSA-AES128-SHA", "rsa")] {
            let sides = exchange(version, Stream, suite, name);
            let mut talk = sides.talk(|_| {});
            talk.settle();
            // The session's own list, for the next handshake.
            talk.server.ssl_write(b"x").unwrap();
            talk.settle();
            assert_eq!(session::renegotiate(server(&mut talk)), 1);
            assert_eq!(session::do_handshake(server(&mut talk)), 1);
            talk.settle();
            let _ = talk.server.do_handshake();
            talk.settle();
            let messages = talk.compare(&mut Trace::default());
            assert_eq!(types(&messages).iter().filter(|&&kind| kind == 2).count(), 2, "{:?}", types(&messages));
        }
    }
}

/// The server's session.
#[allow(unsafe_code, reason = "the openssl crate lends it only shared")]
fn server(talk: &mut Talk) -> &mut openssl::ssl::SslRef {
    use foreign_types_shared::ForeignTypeRef;
    // SAFETY: the stream is borrowed as long as its session is.
    unsafe { openssl::ssl::SslRef::from_ptr_mut(talk.server.ssl().as_ptr()) }
}

#[test]
fn what_follows_a_handshake_of_tls_1_3_is_told() {
    let client = |ctx: &mut SslContextBuilder| {
        post_handshake_auth(ctx);
        with_certificate(ctx, "client");
    };
    let sides = Sides::new(Stream, "rsa", &|ctx| only(ctx, SslVersion::TLS1_3), &client);
    let mut talk = sides.talk(|_| {});
    talk.settle();
    server(&mut talk).set_verify_callback(SslVerifyMode::PEER, |_, _| true);
    assert_eq!(session::request_certificate(server(&mut talk)), 1);
    assert_eq!(session::do_handshake(server(&mut talk)), 1);
    talk.settle();
    for update in [KeyUpdate::NotRequested, KeyUpdate::Requested] {
        assert_eq!(session::key_update(server(&mut talk), update), 1);
        assert_eq!(session::do_handshake(server(&mut talk)), 1);
        talk.settle();
        talk.client.ssl_write(b"x").unwrap();
        talk.settle();
    }
    let types = types(&talk.compare(&mut Trace::default()));
    assert_eq!(types.iter().filter(|&&kind| kind == 24).count(), 3, "{types:?}");
    assert_eq!(types.iter().filter(|&&kind| kind == 13).count(), 1, "{types:?}");
}

#[test]
fn failures_are_told() {
    for (ours, theirs) in [
        (SslVersion::TLS1_3, SslVersion::TLS1_2),
        (SslVersion::TLS1_2, SslVersion::TLS1_3),
        (SslVersion::TLS1_2, SslVersion::TLS1),
    ] {
        let mut talk = Sides::new(Stream, "rsa", &|ctx| only(ctx, ours), &|ctx| only(ctx, theirs)).talk(|_| {});
        talk.settle();
        let messages = talk.compare(&mut Trace::default());
        assert!(messages.iter().any(|message| message.content_type == 21));
    }
    let server =
        |ctx: &mut SslContextBuilder| ctx.set_verify(SslVerifyMode::PEER | SslVerifyMode::FAIL_IF_NO_PEER_CERT);
    let mut talk = Sides::new(Stream, "rsa", &server, &nothing).talk(|_| {});
    talk.settle();
    let messages = talk.compare(&mut Trace::default());
    assert!(messages.iter().any(|message| message.content_type == 21 && message.sent));
}

#[test]
fn extensions_of_both_sides_are_told() {
    for (version, transport) in VERSIONS {
        let server = |ctx: &mut SslContextBuilder| {
            only(ctx, version);
            ctx.set_status_callback(|ssl| {
                ssl.set_ocsp_status(&std::fs::read(String::from_utf8(pki("ocsp.der")).unwrap()).unwrap()).unwrap();
                Ok(true)
            })
            .unwrap();
            ctx.set_alpn_select_callback(|_, offered| {
                openssl::ssl::select_next_proto(b"\x02h2", offered).ok_or(openssl::ssl::AlpnError::NOACK)
            });
            ctx.set_servername_callback(|_, _| Ok(()));
            if transport == Datagrams {
                ctx.set_tlsext_use_srtp("SRTP_AES128_CM_SHA1_80:SRTP_AEAD_AES_128_GCM").unwrap();
            }
        };
        let client = |ctx: &mut SslContextBuilder| {
            ctx.set_alpn_protos(b"\x02h2\x08http/1.1").unwrap();
            if transport == Datagrams {
                ctx.set_tlsext_use_srtp("SRTP_AES128_CM_SHA1_80:SRTP_AEAD_AES_128_GCM").unwrap();
            }
        };
        let mut talk = Sides::new(transport, "rsa", &server, &client).talk(|ssl| {
            ssl.set_hostname("server.example").unwrap();
            ssl.set_status_type(StatusType::OCSP).unwrap();
        });
        talk.settle();
        assert!(talk.server.ssl().is_init_finished());
        let messages = talk.compare(&mut Trace::default());
        assert!(version == SslVersion::TLS1_3 || types(&messages).contains(&22));
    }
}

#[test]
fn early_data_is_told() {
    let server = |ctx: &mut SslContextBuilder| {
        only(ctx, SslVersion::TLS1_3);
        ctx.set_max_early_data(4096).unwrap();
    };
    let sides = Sides::new(Stream, "rsa", &server, &nothing);
    let (first, _) = whole(&sides);
    let kept = first.client.ssl().session().unwrap().to_owned();
    let mut talk = sides.talk(|ssl| resume(ssl, &kept));
    assert_eq!(talk.client.write_early_data(b"early").unwrap(), 5);
    talk.carry();
    let mut piece = [0; 100];
    assert_eq!(talk.server.read_early_data(&mut piece).unwrap(), 5);
    for _ in 0..2 {
        talk.answer();
        let _ = talk.client.do_handshake();
        talk.carry();
        let _ = talk.server.read_early_data(&mut piece);
    }
    talk.settle();
    let types = types(&talk.compare(&mut Trace::default()));
    assert!(types.contains(&5), "{types:?}");
}

#[cfg(ossl320)]
#[test]
fn raw_public_keys_are_told() {
    use crate::sys::raw_keys::{allow_from_client, allow_from_server};
    for version in [SslVersion::TLS1_2, SslVersion::TLS1_3] {
        for (ours, theirs) in [(true, true), (true, false), (false, true)] {
            let common = |ctx: &mut SslContextBuilder| {
                only(ctx, version);
                ctx.set_verify_callback(SslVerifyMode::PEER, |_, _| true);
                assert!(!ours || allow_from_server(ctx));
                assert!(!theirs || allow_from_client(ctx));
            };
            let client = |ctx: &mut SslContextBuilder| {
                common(ctx);
                with_certificate(ctx, "client");
            };
            whole(&Sides::new(Stream, "rsa", &common, &client));
        }
    }
}
