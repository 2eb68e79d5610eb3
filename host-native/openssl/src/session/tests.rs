//! Sessions with a client of OpenSSL in the same process.
use contract::pair::failed;
use contract::server::Server;
use openssl::ssl::{SslOptions, SslVersion};
use s_server_core::engine::{TlsContext, Transfer};
use s_server_core::options::plan::Trust;

use super::*;
use crate::pair::{Pair, context, only, pki, post_handshake_auth, with_certificate};

const STARVED: Step<()> = Step::WantRead { starved: true };
const INTERRUPTED: Step<()> = Step::WantRead { starved: false };
const CLEAN: CommandResult = CommandResult { requested: 1, handshake: 1, error: None };

/// Function, reason and data of each line of the queue.
fn reasons(error: &EngineError) -> Vec<String> {
    let fields = |line: &Vec<u8>| {
        let line = String::from_utf8(line.clone()).unwrap();
        let fields: Vec<&str> = line.trim_end().split(':').collect();
        format!("{}:{}", fields[5], fields[8..].join(":"))
    };
    error.queue.iter().map(fields).collect()
}

#[test]
fn data_passes_both_ways_in_every_version() {
    let context = context(|_| {}).unwrap();
    for version in [SslVersion::TLS1_2, SslVersion::TLS1_3] {
        let mut pair = Pair::established(&context, only(version));
        assert_eq!(pair.events, [Event::Handshake { renegotiation: false }]);
        pair.client_write(b"from client\n");
        assert_eq!(pair.server_read(), (Step::Done(()), b"from client\n".to_vec()));
        assert_eq!(pair.server_read(), (STARVED, Vec::new()));
        assert_eq!(pair.server.write(b"from server\n"), Step::Done(12));
        assert_eq!(pair.client_read(), b"from server\n");
    }
}

/// The reads and writes of the wire so far.
fn transfers(pair: &mut Pair) -> Vec<Transfer> {
    let transfer = |event| if let Event::Transfer(transfer) = event { Some(transfer) } else { None };
    pair.events.drain(..).filter_map(transfer).collect()
}

#[test]
fn each_read_and_write_is_told() {
    let context = context(|plan| plan.text.debug = true).unwrap();
    for version in [SslVersion::TLS1_2, SslVersion::TLS1_3] {
        let mut pair = Pair::established(&context, only(version));
        pair.client_write(b"from client\n");
        pair.server_read();
        let (writes, reads): (Vec<_>, Vec<_>) = transfers(&mut pair).into_iter().partition(|transfer| transfer.sent);
        for pair in reads.chunks(2) {
            let [header, body] = pair else { panic!("{pair:?}") };
            let bytes = header.passed.as_ref().unwrap();
            assert_eq!((header.wanted, bytes.len()), (5, 5));
            assert_eq!(body.wanted, records(&[&bytes[..], &[0; 65_536]].concat())[0]);
            assert_eq!(body.passed.as_ref().unwrap().len(), body.wanted);
        }
        for written in writes {
            let bytes = written.passed.unwrap();
            assert_eq!(bytes.len(), written.wanted);
            assert_eq!(records(&bytes).iter().map(|length| 5 + length).sum::<usize>(), written.wanted);
        }
        pair.server.command(EngineCommand::ClearText(b"clear"));
        pair.server.take_events(&mut |event| pair.events.push(event));
        let clear = Transfer { sent: true, wanted: 5, passed: Ok(b"clear".to_vec()) };
        assert_eq!(transfers(&mut pair), [clear]);
    }
}

#[test]
fn a_read_in_vain_is_told_where_a_socket_would_not_block() {
    for nbio in [false, true] {
        let context = context(|plan| (plan.text.debug, plan.nbio) = (true, nbio)).unwrap();
        let mut pair = Pair::established(&context, only(SslVersion::TLS1_3));
        transfers(&mut pair);
        // The original would not have called without something to read.
        assert_eq!(pair.server_read(), (STARVED, Vec::new()));
        assert_eq!(transfers(&mut pair), []);
        pair.server.hear(&[23, 3, 3]);
        assert_eq!(pair.server_read(), (STARVED, Vec::new()));
        let part = Transfer { sent: false, wanted: 5, passed: Ok(vec![23, 3, 3]) };
        let vain = Transfer { sent: false, wanted: 2, passed: Err(-1) };
        assert_eq!(transfers(&mut pair), if nbio { vec![part, vain] } else { vec![part] });
    }
}

/// Lengths of the records in a run.
fn records(mut wire: &[u8]) -> Vec<usize> {
    let mut lengths = Vec::new();
    while let Some(header) = wire.get(..5) {
        let length = usize::from(u16::from_be_bytes([header[3], header[4]]));
        lengths.push(length);
        wire = &wire[5 + length..];
    }
    lengths
}

#[test]
fn records_are_as_large_as_the_plan_says() {
    let sent = |change: fn(&mut s_server_core::options::plan::Records)| {
        let context = context(|plan| change(&mut plan.tls.records)).unwrap();
        let mut pair = Pair::established(&context, only(SslVersion::TLS1_3));
        assert_eq!(pair.server.write(&[b'x'; 2001]), Step::Done(2001));
        let wire = pair.server.take_sent();
        records(&wire)
    };
    // Beside the data a record has its type and 16 bytes of tag.
    assert_eq!(sent(|_| {}), [2018]);
    assert_eq!(sent(|records| records.max_fragment = Some(512)), [529, 529, 529, 482]);
    assert_eq!(sent(|records| (records.split_fragment, records.pipelines) = (Some(700), Some(2))), [717, 717, 618]);
    assert_eq!(sent(|records| records.read_buffer = Some(32_768)), [2018]);
}

#[test]
fn extensions_are_told_in_the_clients_order() {
    let told = |extensions| {
        let context = context(|plan| plan.text.extensions = extensions).unwrap();
        let pair = Pair::established(&context, |ctx| ctx.set_alpn_protos(b"\x02h2").unwrap());
        let extension = |event: &Event| match event {
            Event::Extension { extension_type, data } => Some((*extension_type, data.clone())),
            _ => None,
        };
        pair.events.iter().filter_map(extension).collect::<Vec<_>>()
    };
    let all = told(true);
    assert!(all.contains(&(16, b"\x00\x03\x02h2".to_vec())), "{all:?}");
    assert!(all.iter().any(|(number, data)| *number == 43 && data.starts_with(&[data.len() as u8 - 1, 3, 4])));
    assert!(told(false).is_empty());
}

#[test]
fn one_read_is_one_record() {
    let mut pair = Pair::established(&context(|_| {}).unwrap(), |_| {});
    let long = vec![b'x'; 20_000];
    pair.client_write(&long);
    assert_eq!(pair.server_read(), (Step::Done(()), long[..16_384].to_vec()));
    assert_eq!(pair.server_read(), (Step::Done(()), long[16_384..].to_vec()));
    assert_eq!(pair.server.write(&long), Step::Done(20_000));
    assert_eq!(pair.client_read(), long);
}

#[test]
fn the_size_of_the_pieces_does_not_matter() {
    let mut pair = Pair::new(&context(|plan| plan.text.state = true).unwrap(), |_| {});
    let mut whole = Pair::new(&context(|plan| plan.text.state = true).unwrap(), |_| {});
    assert_eq!(whole.handshake(), Step::Done(()));
    let mut step = STARVED;
    while step == STARVED {
        let _ = pair.client.do_handshake();
        for byte in pair.take_client_output() {
            assert_eq!(step, STARVED);
            pair.server.hear(&[byte]);
            step = pair.server.accept();
        }
        pair.carry_to_client();
    }
    assert_eq!(step, Step::Done(()));
    assert_eq!(pair.states(), whole.states());
}

#[test]
fn a_key_update_interrupts_without_starving() {
    let mut pair = Pair::established(&context(|_| {}).unwrap(), only(SslVersion::TLS1_3));
    assert_eq!(pair.server.command(EngineCommand::KeyUpdate { request_peer: true }), CLEAN);
    assert_eq!(pair.client_read(), b"");
    pair.client_write(b"after");
    assert_eq!(pair.server_read(), (INTERRUPTED, Vec::new()));
    assert_eq!(pair.server_read(), (Step::Done(()), b"after".to_vec()));
    assert_eq!(pair.server_read(), (STARVED, Vec::new()));
    assert_eq!(pair.server.command(EngineCommand::KeyUpdate { request_peer: false }), CLEAN);
    assert_eq!(pair.server.write(b"x"), Step::Done(1));
    assert_eq!(pair.client_read(), b"x");
}

#[test]
fn a_renegotiation_is_one_handshake_more() {
    let context = context(|plan| plan.tls.trust = Trust { file: Some(pki("root.pem")), ..Trust::default() }).unwrap();
    let mut pair = Pair::established(&context, |ctx| {
        only(SslVersion::TLS1_2)(ctx);
        with_certificate(ctx, "client");
        ctx.set_options(openssl::ssl::SslOptions::NO_TICKET);
        ctx.set_session_cache_mode(openssl::ssl::SslSessionCacheMode::OFF);
    });
    pair.events.clear();
    assert_eq!(pair.server.command(EngineCommand::Renegotiate { request_certificate: true }), CLEAN);
    pair.carry_to_client();
    assert_eq!(pair.events, [], "only asked for so far");
    for expected in [STARVED, INTERRUPTED, STARVED] {
        pair.client_read();
        pair.carry_to_server();
        assert_eq!(pair.server_read(), (expected, Vec::new()));
    }
    assert_eq!(pair.events.last(), Some(&Event::Handshake { renegotiation: true }));
    assert_eq!(pair.events.len(), 1 + pair.verify_steps().len());
    pair.client_write(b"after");
    assert_eq!(pair.server_read(), (Step::Done(()), b"after".to_vec()));
}

#[test]
fn a_certificate_after_the_handshake_is_verified() {
    let context = context(|plan| plan.tls.trust = Trust { file: Some(pki("root.pem")), ..Trust::default() }).unwrap();
    let mut pair = Pair::established(&context, |ctx| {
        only(SslVersion::TLS1_3)(ctx);
        with_certificate(ctx, "client");
        post_handshake_auth(ctx);
    });
    pair.events.clear();
    assert_eq!(pair.server.command(EngineCommand::RequestCertificate), CLEAN);
    pair.carry_to_client();
    assert_eq!(pair.events, []);
    pair.client_read();
    pair.carry_to_server();
    assert_eq!(pair.server_read(), (INTERRUPTED, Vec::new()));
    let subjects: Vec<_> = pair.verify_steps().into_iter().map(|s| (s.depth, s.ok, s.subject.unwrap())).collect();
    assert_eq!(
        subjects,
        [
            (1, true, b"C = XX, O = Test Org, CN = Test Root CA".to_vec()),
            (0, true, b"C = XX, O = Test Org, CN = Test Client".to_vec())
        ]
    );
    assert_eq!(pair.events.last(), Some(&Event::Handshake { renegotiation: true }));
}

#[test]
fn a_command_that_the_version_lacks_tells_so_at_once() {
    let context = context(|_| {}).unwrap();
    let mut pair = Pair::established(&context, only(SslVersion::TLS1_3));
    let result = pair.server.command(EngineCommand::Renegotiate { request_certificate: false });
    assert_eq!((result.requested, result.handshake), (0, 1));
    assert_eq!(reasons(&result.error.unwrap()), ["wrong ssl version:"]);
    let result = pair.server.command(EngineCommand::RequestCertificate);
    assert_eq!((result.requested, result.handshake), (0, 0));
    assert_eq!(reasons(&result.error.unwrap()), ["extension not received:"]);
    let mut pair = Pair::established(&context, only(SslVersion::TLS1_2));
    let result = pair.server.command(EngineCommand::KeyUpdate { request_peer: false });
    assert_eq!((result.requested, result.handshake), (0, 1));
    assert_eq!(reasons(&result.error.unwrap()), ["wrong ssl version:"]);
    pair.client.shutdown().unwrap();
    pair.carry_to_server();
    assert_eq!(pair.server_read(), (Step::Closed, Vec::new()), "a clean end stays clean");
}

#[test]
fn clear_text_goes_past_the_session() {
    let mut pair = Pair::established(&context(|_| {}).unwrap(), |_| {});
    assert_eq!(pair.server.command(EngineCommand::ClearText(b"clear\n")), CLEAN);
    let sent = pair.server.take_sent();
    assert_eq!(sent, b"clear\n");
}

#[test]
fn the_ends_of_a_connection_are_told_apart() {
    let context = context(|_| {}).unwrap();
    let mut pair = Pair::established(&context, |_| {});
    pair.client.shutdown().unwrap();
    pair.carry_to_server();
    pair.server.hear_end(WireEnd::Closed);
    assert_eq!(pair.server_read(), (Step::Closed, Vec::new()));
    assert_eq!(pair.server.shutdown(), Step::Done(()));

    let mut pair = Pair::established(&context, |_| {});
    pair.client_write(b"last");
    pair.server.hear_end(WireEnd::Closed);
    assert_eq!(pair.server_read(), (Step::Done(()), b"last".to_vec()));
    let error = failed(pair.server_read().0);
    assert_eq!((reasons(&error), error.cause), (vec!["unexpected eof while reading:".to_owned()], Cause::Wire));

    let mut pair = Pair::established(&context, |_| {});
    pair.server.hear_end(WireEnd::Failed(libc::ECONNRESET));
    let error = failed(pair.server_read().0);
    assert_eq!(error.cause, Cause::Wire);
    assert_eq!(reasons(&error), ["Connection reset by peer:reading from the peer"]);
}

#[test]
fn a_truncated_end_can_be_ignored() {
    let context = context(|plan| plan.tls.ignore_unexpected_eof = true).unwrap();
    let mut pair = Pair::established(&context, |_| {});
    pair.server.hear_end(WireEnd::Closed);
    assert_eq!(pair.server_read(), (Step::Closed, Vec::new()));
}

#[test]
fn shutdown_sends_close_notify_once_and_only_where_it_can() {
    let context = context(|plan| plan.text.state = true).unwrap();
    let mut pair = Pair::established(&context, |_| {});
    pair.states();
    assert_eq!(pair.server.shutdown(), Step::Done(()));
    assert_eq!(pair.server.shutdown(), Step::Done(()));
    pair.carry_to_client();
    assert_eq!(pair.states(), ["SSL3 alert write:warning:close notify"]);
    let mut pair = Pair::new(&context, |_| {});
    assert_eq!(pair.server.shutdown(), Step::Done(()));
    pair.carry_to_client();
    assert_eq!(pair.states(), [""; 0]);
}

#[test]
fn a_wrong_configuration_is_found_before_any_byte() {
    let context = context(|plan| {
        plan.tls.conf = vec![
            (b"-min_protocol".to_vec(), Some(b"TLSv1.3".to_vec())),
            (b"-max_protocol".to_vec(), Some(b"TLSv1.2".to_vec())),
        ];
    });
    let mut engine = Server::new(context.unwrap().session(Start::default()).unwrap());
    let error = failed(engine.accept());
    assert_eq!(error.cause, Cause::Configuration);
    assert_eq!(reasons(&error), ["no protocols available:"]);
}

#[test]
fn an_early_end_and_a_stranger_are_the_peers_fault() {
    let context = context(|_| {}).unwrap();
    let mut engine = Server::new(context.session(Start::default()).unwrap());
    engine.hear_end(WireEnd::Closed);
    let error = failed(engine.accept());
    assert_eq!((reasons(&error), error.cause), (vec!["unexpected eof while reading:".to_owned()], Cause::Wire));
    let mut engine = Server::new(context.session(Start::default()).unwrap());
    engine.hear(b"GET / HTTP/1.0\r\n\r\n");
    let error = failed(engine.accept());
    assert_eq!((reasons(&error), error.cause), (vec!["http request:".to_owned()], Cause::Peer));
}

#[test]
fn the_throttle_delays_and_loses_nothing() {
    let context = context(|plan| (plan.nbio, plan.nbio_test) = (true, true)).unwrap();
    let mut pair = Pair::new(&context, |_| {});
    assert_eq!(pair.handshake(), Step::Done(()));
    let long = vec![b'x'; 3_000];
    pair.client_write(&long);
    let (mut got, mut refused) = (Vec::new(), 0);
    while got.len() < long.len() {
        match pair.server.read(&mut got) {
            Step::Done(()) => {}
            step => {
                assert_eq!(step, INTERRUPTED);
                refused += 1;
            }
        }
    }
    assert_eq!(got, long);
    assert!(refused > 10, "{refused}");
    let mut refused = 0;
    while pair.server.write(&long) != Step::Done(3_000) {
        refused += 1;
    }
    assert!(refused > 10, "{refused}");
    assert_eq!(pair.client_read(), long);
}

#[test]
fn a_cookie_is_asked_for_once_in_whatever_pieces_the_client_speaks() {
    let context = context(|plan| plan.tls.stateless = true).unwrap();
    // With RFC 8446 appendix D.4, and without.
    for middlebox in [SslOptions::ENABLE_MIDDLEBOX_COMPAT, SslOptions::empty()] {
        let mut pair = Pair::new(&context, |ctx| {
            ctx.clear_options(SslOptions::ENABLE_MIDDLEBOX_COMPAT);
            ctx.set_options(middlebox);
        });
        let mut step = STARVED;
        while step != Step::Done(()) {
            let _ = pair.client.do_handshake();
            let spoken = pair.take_client_output();
            assert!(!spoken.is_empty(), "{step:?}");
            for byte in spoken {
                pair.server.hear(&[byte]);
                step = pair.server.accept();
                assert!(step == STARVED || step == Step::Done(()), "{step:?}");
            }
            pair.carry_to_client();
        }
        let asked = pair.events.iter().filter(|event| **event == Event::CookieSent).count();
        assert_eq!(asked, 1);
        pair.client_write(b"from client\n");
        assert_eq!(pair.server_read(), (Step::Done(()), b"from client\n".to_vec()));
    }
}

#[test]
fn a_client_that_ends_inside_the_message_with_the_cookie_is_told_as_one_that_ends() {
    let context = context(|plan| plan.tls.stateless = true).unwrap();
    let mut pair = Pair::new(&context, |_| {});
    let _ = pair.client.do_handshake();
    let hello = pair.take_client_output();
    pair.server.hear(&hello[..hello.len() - 1]);
    assert_eq!(pair.server.accept(), STARVED);
    pair.server.hear_end(WireEnd::Closed);
    let error = failed(pair.server.accept());
    assert_eq!((reasons(&error), error.cause), (vec!["unexpected eof while reading:".into()], Cause::Wire));
}
