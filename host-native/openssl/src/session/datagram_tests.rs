//! Sessions over datagrams, with a client of OpenSSL in the same process.
use contract::pair::failed;
use openssl::ssl::{SslContextBuilder, SslOptions, SslVersion};
use openssl::x509::X509;
use s_server_core::endpoint::Path;
use s_server_core::engine::{Event, TlsContext};
use s_server_core::io::Now;
use s_server_core::options::plan::{ClientAuth, Datagrams, Trust};

use super::datagrams::*;
use super::*;
use crate::pair::{only, pki, with_certificate};

const STARVED: Step<()> = Step::WantRead { starved: true };
const CLEAN: CommandResult = CommandResult { requested: 1, handshake: 1, error: None };

/// Every suite and version that the library has.
fn old(ctx: &mut SslContextBuilder) {
    ctx.set_cipher_list("ALL:@SECLEVEL=0").unwrap();
}

fn reasons(error: &EngineError) -> Vec<String> {
    error.queue.iter().map(|line| String::from_utf8_lossy(line).split(':').nth(5).unwrap().to_owned()).collect()
}

#[test]
fn data_passes_both_ways_in_every_version() {
    let context = context(|plan| conf(plan, "-cipher", "ALL:@SECLEVEL=0"));
    for (version, name, number) in [(SslVersion::DTLS1, "DTLSv1", 0xfeff), (SslVersion::DTLS1_2, "DTLSv1.2", 0xfefd)] {
        let mut pair = Pair::established(&context, |ctx| {
            old(ctx);
            only(version)(ctx);
        });
        assert_eq!(pair.events, [Event::Handshake { renegotiation: false }]);
        let info = pair.server.info(Detail::Report);
        assert_eq!((info.protocol.as_str(), info.protocol_number), (name, number));
        pair.client_write(b"from client\n");
        assert_eq!(pair.read(), (Step::Done(()), b"from client\n".to_vec()));
        assert_eq!(pair.read(), (STARVED, Vec::new()));
        assert_eq!(pair.write(b"from server\n"), Step::Done(12));
        assert_eq!(pair.client_read(), b"from server\n");
        assert_eq!(pair.server.deadline(Now::default()), None);
    }
}

#[test]
fn one_version_of_the_plan_excludes_the_other() {
    let shakes = |plan: Option<u16>, client: SslVersion| {
        let context = context(|changed| {
            conf(changed, "-cipher", "ALL:@SECLEVEL=0");
            changed.tls.version = plan;
        });
        let mut pair = Pair::new(&context, |ctx| {
            old(ctx);
            only(client)(ctx);
        });
        match pair.handshake() {
            Step::Failed(error) => error.cause != Cause::Peer,
            step => step == Step::Done(()),
        }
    };
    for (number, own, other) in
        [(0xfeff, SslVersion::DTLS1, SslVersion::DTLS1_2), (0xfefd, SslVersion::DTLS1_2, SslVersion::DTLS1)]
    {
        assert!(shakes(Some(number), own) && shakes(None, own), "{number:x}");
        assert!(!shakes(Some(number), other), "{number:x}");
    }
}

#[test]
fn states_are_those_of_sample_494() {
    let mut pair = Pair::established(&context(|plan| plan.text.state = true), |_| {});
    pair.client.shutdown().unwrap();
    pair.carry_to_server();
    assert_eq!(pair.read(), (Step::Closed, Vec::new()));
    assert_eq!(pair.shutdown(), Step::Done(()));
    assert_eq!(
        pair.states().join("\n").replace("SSL_accept:", ""),
        "before SSL initialization\nbefore SSL initialization\nSSLv3/TLS read client hello\n\
         DTLS1 write hello verify request\nDTLS1 write hello verify request\nSSLv3/TLS read client hello\n\
         SSLv3/TLS write server hello\nSSLv3/TLS write certificate\nSSLv3/TLS write key exchange\n\
         SSLv3/TLS write server done\nSSLv3/TLS write server done\nSSLv3/TLS read client key exchange\n\
         SSLv3/TLS read change cipher spec\nSSLv3/TLS read finished\nSSLv3/TLS write session ticket\n\
         SSLv3/TLS write change cipher spec\nSSLv3/TLS write finished\n\
         SSL3 alert read:warning:close notify\nSSL3 alert write:warning:close notify"
    );
    assert_eq!(pair.take_sent().len(), 1, "close_notify");
}

#[test]
fn nothing_but_a_cookie_answers_who_has_none() {
    let mut pair = Pair::new(&context(|_| {}), |_| {});
    pair.client_shakes();
    let first = pair.take_client_output().remove(0);
    assert_eq!(message(&first), CLIENT_HELLO);
    pair.hear(&first);
    assert_eq!(pair.accept(), STARVED);
    assert_eq!(pair.server.deadline(Now::default()), None);
    let sent = pair.take_sent();
    assert_eq!((sent.len(), message(&sent[0])), (1, HELLO_VERIFY_REQUEST));
    // Message header, version, length of the cookie.
    assert_eq!((sent[0][27], sent[0].len()), (20, 48));
}

#[test]
fn a_wrong_cookie_is_the_peers_fault() {
    let mut pair = Pair::new(&context(|_| {}), |_| {});
    let (_, mut second) = hellos(&mut pair);
    assert_eq!((second[COOKIE - 1], message(&second)), (20, CLIENT_HELLO));
    second[COOKIE] ^= 1;
    pair.hear(&second);
    let error = failed(pair.accept());
    assert_eq!((reasons(&error), error.cause), (vec!["cookie mismatch".to_owned()], Cause::Peer));
}

#[test]
fn a_session_begins_only_with_a_first_message_and_only_where_datagrams_come() {
    let context = context(|_| {});
    let mut pair = Pair::new(&context, |_| {});
    let (first, second) = hellos(&mut pair);
    assert!(context.opening(&first).is_some());
    assert_eq!(context.opening(&first), context.opening(&second));
    assert_eq!(context.opening(&first[..20]), None);
    assert_eq!(crate::pair::context(|_| {}).unwrap().opening(&first), None);
    assert!(context.gate().is_none());
}

#[test]
fn a_lost_flight_is_sent_again_when_its_time_has_come() {
    let mut pair = Pair::new(&context(|_| {}), |_| {});
    let (_, second) = hellos(&mut pair);
    pair.hear(&second);
    assert_eq!(pair.accept(), STARVED);
    assert_eq!(message(&pair.take_sent()[0]), SERVER_HELLO);
    let due = pair.server.deadline(Now::from_micros(5_000_000)).unwrap().as_micros();
    assert!((5_900_000..=6_000_000).contains(&due), "{due}");
    assert_eq!(pair.timeout(), STARVED);
    assert_eq!(pair.take_sent(), [[0; 0]; 0], "too early");

    let mut pair = Pair::new(&context(|_| {}), |_| {});
    pair.hurry();
    let (_, second) = hellos(&mut pair);
    pair.hear(&second);
    assert_eq!(pair.accept(), STARVED);
    assert_eq!(message(&pair.take_sent()[0]), SERVER_HELLO);
    pair.server_waits();
    assert_eq!(pair.timeout(), Step::Done(()));
    let again = pair.take_sent();
    assert_eq!(message(&again[0]), SERVER_HELLO);
    pair.client.get_mut().input.extend(again);
    assert_eq!(pair.handshake(), Step::Done(()));
}

#[test]
fn the_last_flight_is_sent_again_when_the_client_repeats_its_own() {
    let mut pair = Pair::new(&context(|_| {}), |_| {});
    pair.hurry();
    let (_, second) = hellos(&mut pair);
    pair.hear(&second);
    assert_eq!(pair.accept(), STARVED);
    pair.client_shakes();
    pair.carry_to_server();
    assert_eq!(pair.accept(), Step::Done(()));
    assert!(!pair.take_sent().is_empty(), "these are lost");
    pair.client_repeats();
    assert!(!pair.client.ssl().is_init_finished());
    pair.carry_to_server();
    assert_eq!(pair.read().1, b"");
    pair.client_shakes();
    assert!(pair.client.ssl().is_init_finished());
}

#[test]
fn a_client_that_never_answers_is_given_up() {
    let mut pair = Pair::new(&context(|_| {}), |_| {});
    pair.hurry();
    let (_, second) = hellos(&mut pair);
    pair.hear(&second);
    assert_eq!(pair.accept(), STARVED);
    for _ in 0..12 {
        pair.server_waits();
        assert_eq!(pair.timeout(), Step::Done(()));
    }
    pair.server_waits();
    let error = failed(pair.timeout());
    assert_eq!((reasons(&error), error.cause), (vec!["read timeout expired".to_owned()], Cause::Peer));
    assert_eq!(pair.shutdown(), Step::Done(()));
}

/// A server with more than 8,000 bytes of certificates.
fn with_long_chain(mtu: Option<u32>, peer: &str) -> Pair {
    let context = context(|plan| plan.datagrams = Some(Datagrams { mtu, ..Datagrams::default() }));
    let mut pair = Pair::new(&context, |_| {});
    let path = Path { peer: peer.parse().unwrap(), local: None };
    pair.server = context.engine(Start::default().over(path)).unwrap();
    let root = X509::from_pem(&std::fs::read(String::from_utf8(pki("root.pem")).unwrap()).unwrap()).unwrap();
    for _ in 0..16 {
        pair.server.wired.ssl_mut().add_chain_cert(root.clone()).unwrap();
    }
    pair
}

/// The server's datagrams of a handshake.
fn datagrams(mut pair: Pair) -> Vec<Vec<u8>> {
    let mut datagrams = Vec::new();
    loop {
        pair.client_shakes();
        pair.carry_to_server();
        let step = pair.accept();
        let sent = pair.take_sent();
        datagrams.extend(sent.iter().cloned());
        pair.client.get_mut().input.extend(sent);
        if step == Step::Done(()) {
            return datagrams;
        }
        assert_eq!(step, STARVED);
    }
}

/// Whether a datagram consists of whole records.
fn is_whole(datagram: &[u8]) -> bool {
    let record = |rest: &[u8]| Some(13 + usize::from(u16::from_be_bytes(*rest.get(11..)?.first_chunk()?)));
    let mut rest = datagram;
    while let Some(behind) = record(rest).and_then(|length| rest.get(length..)) {
        rest = behind;
    }
    rest.is_empty()
}

#[test]
fn no_datagram_of_a_handshake_is_longer_than_the_link_carries() {
    for (mtu, peer, longest) in [
        (None, "127.0.0.1:7", 1500 - 28),
        (None, "[::1]:7", 1500 - 48),
        (Some(256), "127.0.0.1:7", 256 - 28),
        (Some(256), "[::1]:7", 256 - 48),
        (Some(400), "127.0.0.1:7", 400 - 28),
        (Some(1400), "127.0.0.1:7", 1400 - 28),
        (Some(1400), "[::1]:7", 1400 - 48),
        // OpenSSL gathers no more.
        (Some(9000), "127.0.0.1:7", 4096),
        (Some(9000), "[::1]:7", 4096),
    ] {
        let datagrams = datagrams(with_long_chain(mtu, peer));
        assert!(datagrams.iter().all(|datagram| is_whole(datagram)), "{mtu:?} {peer}");
        assert_eq!(datagrams.iter().map(Vec::len).max(), Some(longest), "{mtu:?} {peer}");
    }
}

#[test]
fn after_three_lost_flights_datagrams_are_as_short_as_every_link_carries_unless_its_mtu_is_given() {
    for (mtu, peer, longest) in [
        (None, "127.0.0.1:7", [1472, 1472, 548]),
        (None, "[::1]:7", [1452, 1452, 1232]),
        (Some(1400), "127.0.0.1:7", [1372; 3]),
    ] {
        let mut pair = with_long_chain(mtu, peer);
        pair.hurry();
        let (_, second) = hellos(&mut pair);
        pair.hear(&second);
        assert_eq!(pair.accept(), STARVED);
        let found = [(); 3].map(|()| {
            pair.take_sent();
            pair.server_waits();
            assert_eq!(pair.timeout(), Step::Done(()));
            pair.take_sent().iter().map(Vec::len).max().unwrap()
        });
        assert_eq!(found, longest, "{mtu:?} {peer}");
    }
}

#[test]
fn what_the_operator_says_leaves_in_one_record_as_long_as_one_can_be() {
    let mut pair = Pair::established(&context(|_| {}), |_| {});
    let long = vec![b'x'; 20_000];
    assert_eq!(pair.write(&long), Step::Done(16_384));
    assert_eq!(pair.write(&long[16_384..]), Step::Done(3_616));
    let sent = pair.take_sent();
    assert!(sent.len() == 2 && sent.iter().all(|datagram| is_whole(datagram)));
    pair.client.get_mut().input.extend(sent);
    assert_eq!(pair.client_read(), long);
    pair.client_write(&long[..16_384]);
    assert_eq!(pair.read(), (Step::Done(()), long[..16_384].to_vec()));
}

#[test]
fn what_is_longer_than_a_record_may_be_leaves_in_several() {
    for (ours, theirs, expected) in
        [(None, 0, 1500), (Some(700), 0, 700), (None, 1, 512), (Some(700), 1, 512), (Some(700), 2, 700)]
    {
        let context = context(|plan| plan.tls.records.max_fragment = ours);
        let mut pair = Pair::established(&context, |ctx| longest_record(ctx, theirs));
        assert_eq!(pair.write(&[b'x'; 1500]), Step::Done(expected));
        assert_eq!(pair.client_read().len(), expected);
    }
}

#[test]
fn records_of_one_datagram_are_read_one_by_one() {
    let mut pair = Pair::established(&context(|_| {}), |_| {});
    for data in [b"one", b"two"] {
        pair.client.ssl_write(data).unwrap();
    }
    let both = pair.take_client_output().concat();
    pair.hear(&both);
    assert_eq!(pair.read(), (Step::Done(()), b"one".to_vec()));
    assert_eq!(pair.read(), (Step::Done(()), b"two".to_vec()));
    assert_eq!(pair.read(), (STARVED, Vec::new()));
}

#[test]
fn garbage_and_what_is_repeated_are_passed_over_at_any_time() {
    let garbage: [&[u8]; 4] =
        [b"GET / HTTP/1.0\r\n\r\n", &[22], &[0; 13], &[22, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 9, 0, 2, 1]];
    let context = context(|_| {});
    let mut pair = Pair::new(&context, |_| {});
    let mut done = false;
    while !done {
        pair.client_shakes();
        for datagram in pair.take_client_output() {
            garbage.iter().for_each(|bytes| pair.hear(bytes));
            let step = pair.accept();
            assert_eq!(step, STARVED);
            pair.hear(&datagram);
            done = pair.accept() == Step::Done(());
            if !done {
                pair.hear(&datagram);
                assert_eq!(pair.accept(), STARVED);
            }
        }
    }
    assert_eq!(pair.client_read(), b"");
    pair.client.ssl_write(b"data").unwrap();
    let data = pair.take_client_output().remove(0);
    let mut forged = data.clone();
    *forged.last_mut().unwrap() ^= 1;
    garbage.iter().for_each(|bytes| pair.hear(bytes));
    pair.hear(&forged);
    pair.hear(&data);
    pair.hear(&data);
    assert_eq!(pair.read(), (Step::Done(()), b"data".to_vec()));
    assert_eq!(pair.read(), (STARVED, Vec::new()));
    pair.client.shutdown().unwrap();
    pair.carry_to_server();
    garbage.iter().for_each(|bytes| pair.hear(bytes));
    assert_eq!(pair.read(), (Step::Closed, Vec::new()));
    assert_eq!(pair.shutdown(), Step::Done(()));
}

#[test]
fn a_client_with_a_certificate_is_verified() {
    let context = context(|plan| {
        plan.tls.trust = Trust { file: Some(pki("root.pem")), ..Trust::default() };
        plan.tls.client_auth = ClientAuth::Require;
    });
    let mut pair = Pair::established(&context, |ctx| with_certificate(ctx, "client"));
    let depths = |event: &Event| if let Event::Verify(step) = event { Some((step.depth, step.ok)) } else { None };
    assert_eq!(pair.events.iter().filter_map(depths).collect::<Vec<_>>(), [(1, true), (0, true)]);
    assert!(pair.server.info(Detail::Report).peer_certificate.is_some());
    let error = failed(Pair::new(&context, |_| {}).handshake());
    assert_eq!(reasons(&error), ["peer did not return a certificate"]);
}

#[test]
fn sessions_are_resumed_by_ticket_and_by_id() {
    for (tickets, id) in [(true, 0), (false, 32)] {
        let client = move |ctx: &mut SslContextBuilder| {
            if !tickets {
                ctx.set_options(SslOptions::NO_TICKET);
            }
        };
        let context = context(|_| {});
        let mut first = Pair::established(&context, client);
        let session = first.client.ssl().session().unwrap().to_owned();
        assert_eq!(first.server.info(Detail::Page).session.id.len(), id);
        first.client.shutdown().unwrap();
        first.carry_to_server();
        assert_eq!(first.read().0, Step::Closed);
        first.shutdown();
        let mut second = Pair::new(&context, client);
        second.resume(&session);
        assert_eq!(second.handshake(), Step::Done(()));
        assert!(second.server.info(Detail::Report).reused);
        assert_eq!(context.stats().hits, 1);
        second.client_write(b"x");
        assert_eq!(second.read(), (Step::Done(()), b"x".to_vec()));
    }
}

#[test]
fn a_renegotiation_is_one_handshake_more() {
    for request_certificate in [false, true] {
        let context = context(|plan| plan.tls.trust = Trust { file: Some(pki("root.pem")), ..Trust::default() });
        let mut pair = Pair::established(&context, |ctx| with_certificate(ctx, "client"));
        pair.events.clear();
        assert_eq!(pair.command(EngineCommand::Renegotiate { request_certificate }), CLEAN);
        assert_eq!(pair.events, []);
        for _ in 0..6 {
            assert_eq!(pair.client_read(), b"");
            pair.carry_to_server();
            assert_eq!(pair.read().1, b"");
        }
        assert_eq!(pair.events.last(), Some(&Event::Handshake { renegotiation: true }));
        assert_eq!(pair.server.info(Detail::Report).peer_certificate.is_some(), request_certificate);
        pair.client_write(b"after");
        assert_eq!(pair.read(), (Step::Done(()), b"after".to_vec()));
        assert_eq!(pair.server.deadline(Now::default()), None);
    }
}

#[test]
fn a_profile_of_srtp_is_agreed_on_in_the_servers_order() {
    let profile = |client: &'static str| {
        let profiles = b"SRTP_AES128_CM_SHA1_80:SRTP_AEAD_AES_128_GCM";
        let context = context(|plan| plan.tls.srtp = Some(profiles.to_vec()));
        let mut pair = Pair::established(&context, |ctx| ctx.set_tlsext_use_srtp(client).unwrap());
        pair.server.info(Detail::Report).srtp
    };
    let both = "SRTP_AEAD_AES_128_GCM:SRTP_AES128_CM_SHA1_80";
    assert_eq!(profile(both).as_deref(), Some("SRTP_AES128_CM_SHA1_80"));
    assert_eq!(profile("SRTP_AEAD_AES_128_GCM").as_deref(), Some("SRTP_AEAD_AES_128_GCM"));
    assert_eq!(profile("SRTP_AES128_CM_SHA1_32"), None);
}

#[test]
fn secrets_are_told_as_of_streams() {
    let context = context(|plan| plan.tls.sessions.key_log = Some(b"keys".to_vec()));
    let pair = Pair::established(&context, |_| {});
    let line = |event: &Event| matches!(event, Event::KeyLog(line) if line.starts_with("CLIENT_RANDOM "));
    assert_eq!(pair.events.iter().filter(|event| line(event)).count(), 1);
}

#[test]
fn the_throttle_delays_datagrams_and_cuts_none() {
    let context = context(|plan| (plan.nbio, plan.nbio_test) = (true, true));
    let mut pair = Pair::new(&context, |_| {});
    let mut refused = 0;
    loop {
        pair.client_shakes();
        pair.carry_to_server();
        match pair.accept() {
            Step::Done(()) => break,
            Step::WantWrite | Step::WantRead { starved: false } => refused += 1,
            step => assert_eq!(step, STARVED),
        }
    }
    assert!(refused > 0);
}
