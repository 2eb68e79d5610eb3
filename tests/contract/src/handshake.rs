//! Claims about the first handshake.
use rustls::{AlertDescription, CipherSuite, Error, HandshakeKind, NamedGroup, SignatureScheme};
use s_server_core::engine::{Cause, Detail, Event, Step};
use s_server_core::fact::Alert;
use s_server_core::io::WireEnd;

use crate::Subject;
use crate::client::{ONLY_12, ONLY_13, Setup};
use crate::pair::{Pair, STARVED, failed};
use crate::plan::context;

/// A handshake ends with exactly one event, in each version.
pub fn completes_in_both_versions(subject: &dyn Subject) {
    let context = context(subject, "");
    for (versions, protocol, number) in [(ONLY_12, "TLSv1.2", 0x0303), (ONLY_13, "TLSv1.3", 0x0304)] {
        let mut pair = Pair::established(&*context, &Setup::only(versions));
        assert_eq!(pair.events, [Event::Handshake { renegotiation: false }]);
        let info = pair.server.info(Detail::Brief);
        assert_eq!((&*info.protocol, info.protocol_number), (protocol, number));
    }
}

/// The pieces in which the client's bytes come change nothing.
pub fn takes_any_pieces(subject: &dyn Subject) {
    let context = context(subject, "");
    for versions in [ONLY_12, ONLY_13] {
        let mut pair = Pair::new(&*context, &Setup::only(versions));
        let mut step = STARVED;
        while step == STARVED {
            let output = pair.take_client_output();
            assert!(!output.is_empty(), "nobody has anything to say");
            for byte in output {
                assert_eq!(step, STARVED, "done before the client's last byte");
                pair.server.hear(&[byte]);
                step = pair.server.accept();
            }
            pair.carry_to_client();
        }
        assert_eq!(step, Step::Done(()));
        pair.client_write(b"x");
        assert_eq!(pair.server_read(), (Step::Done(()), b"x".to_vec()));
    }
}

/// With nothing on the wire the engine waits, starved, says nothing and sends nothing.
pub fn waits_starved_for_the_client(subject: &dyn Subject) {
    let mut pair = Pair::new(&*context(subject, ""), &Setup::default());
    assert_eq!(pair.server.accept(), STARVED);
    let hello = pair.take_client_output();
    pair.server.hear(&hello[..40]);
    assert_eq!(pair.server.accept(), STARVED);
    assert_eq!(pair.carry_to_client(), 0);
    pair.server.hear(&hello[40..]);
    assert_eq!(pair.server.accept(), STARVED);
    assert!(pair.carry_to_client() > 0);
    pair.collect();
    assert_eq!(pair.events, []);
}

/// What both sides agreed on.
pub fn describes_the_session(subject: &dyn Subject) {
    let setup = Setup {
        suites: Some(&[CipherSuite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256]),
        versions: ONLY_12,
        ..Setup::default()
    };
    let mut pair = Pair::established(&*context(subject, "-cipher ECDHE-RSA-AES128-GCM-SHA256"), &setup);
    let info = pair.server.info(Detail::Report);
    assert_eq!(info.cipher, "ECDHE-RSA-AES128-GCM-SHA256");
    assert_eq!(info.shared_ciphers.as_deref(), Some(&["ECDHE-RSA-AES128-GCM-SHA256".to_owned()][..]));
    assert_eq!(info.point_formats, [0]);
    assert!(!info.reused && info.peer_certificate.is_none());
    assert_eq!(info.verify_result.0, 0);
    let page = pair.server.info(Detail::Page);
    assert_eq!(page.cipher_version, "TLSv1.2");
    assert!(page.supported_ciphers.iter().any(|(version, name)| version == "TLSv1.2" && *name == page.cipher));
}

/// The lists of the ClientHello, in the client's order.
pub fn lists_what_the_client_offers(subject: &dyn Subject) {
    let setup = Setup {
        schemes: &[SignatureScheme::ED25519, SignatureScheme::RSA_PSS_SHA384, SignatureScheme::ECDSA_NISTP256_SHA256],
        groups: &[NamedGroup::X25519, NamedGroup::secp256r1, NamedGroup::secp384r1],
        ..Setup::default()
    };
    let mut pair = Pair::established(&*context(subject, ""), &setup);
    let info = pair.server.info(Detail::Report);
    let all = [0x0807, 0x0805, 0x0403];
    assert_eq!(info.signature_algorithms, all);
    assert_eq!(info.shared_signature_algorithms, all);
    assert_eq!(info.groups.unwrap(), ["x25519", "secp256r1", "secp384r1"]);
    assert_eq!(info.shared_groups, ["x25519", "secp256r1", "secp384r1"]);
    assert_eq!(info.cipher, "TLS_AES_256_GCM_SHA384");
    assert_eq!((info.point_formats.len(), info.unknown_ciphers, info.ca_names.len()), (0, vec![], 0));
    assert!(info.secure_renegotiation && !pair.server.info(Detail::Page).session.extended_master_secret);
    let brief = pair.server.info(Detail::Brief);
    assert!(brief.client_ciphers.contains(&"TLS_EMPTY_RENEGOTIATION_INFO_SCSV".to_owned()));
    assert_eq!(brief.client_ciphers[0], "TLS_AES_256_GCM_SHA384");
    assert_eq!(brief.own_signature_type.unwrap_or("rsa_pss_rsae_sha384".into()), "rsa_pss_rsae_sha384");
}

/// `-tlsextdebug`: each extension once, in the client's order, before all other events.
pub fn tells_the_extensions(subject: &dyn Subject) {
    let setup = Setup { protocols: vec![b"h2".to_vec()], ..Setup::only(ONLY_13) };
    let pair = Pair::established(&*context(subject, "-tlsextdebug"), &setup);
    let extension = |event: &Event| match event {
        Event::Extension { extension_type, data } => Some((*extension_type, data.clone())),
        _ => None,
    };
    let told: Vec<_> = pair.events.iter().map_while(extension).collect();
    assert_eq!(told.len() + 1, pair.events.len(), "{:?}", pair.events);
    assert!(told.contains(&(16, b"\x00\x03\x02h2".to_vec())), "{told:?}");
    assert!(told.contains(&(43, vec![2, 3, 4])), "{told:?}");
    let quiet = Pair::established(&*context(subject, ""), &setup);
    assert!(!quiet.events.iter().any(|event| extension(event).is_some()));
}

/// A client whose key share is of another group is asked for one of the server's, RFC 8446 section 4.1.4.
pub fn retries_with_a_group_of_the_server(subject: &dyn Subject) {
    let setup = Setup { groups: &[NamedGroup::X25519, NamedGroup::secp384r1], ..Setup::only(ONLY_13) };
    let pair = Pair::established(&*context(subject, "-groups P-384"), &setup);
    assert_eq!(pair.client.handshake_kind(), Some(HandshakeKind::FullWithHelloRetryRequest));
    assert_eq!(pair.events, [Event::Handshake { renegotiation: false }]);
    let none = Setup { groups: &[NamedGroup::X25519], ..Setup::only(ONLY_13) };
    refused(subject, "-groups P-384", none, AlertDescription::HandshakeFailure);
}

/// A version that only the client has ends the handshake with protocol_version.
pub fn shares_no_version(subject: &dyn Subject) {
    refused(subject, "-tls1_3", Setup::only(ONLY_12), AlertDescription::ProtocolVersion);
    refused(subject, "-tls1_2", Setup::only(ONLY_13), AlertDescription::ProtocolVersion);
}

/// A suite that only the client has ends it with handshake_failure.
pub fn shares_no_suite(subject: &dyn Subject) {
    let suites: &[_] = &[CipherSuite::TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384];
    let setup = Setup { suites: Some(suites), versions: ONLY_12, ..Setup::default() };
    refused(subject, "-cipher ECDHE-RSA-AES128-GCM-SHA256", setup, AlertDescription::HandshakeFailure);
}

fn refused(subject: &dyn Subject, line: &str, setup: Setup, alert: AlertDescription) {
    let mut pair = Pair::new(&*context(subject, line), &setup);
    let error = failed(pair.handshake());
    assert_eq!((error.cause, error.verify), (Cause::Peer, None), "{line}");
    assert!(error.queue.iter().all(|line| line.ends_with(b"\n")) && !error.queue.is_empty());
    assert_eq!(pair.client_error, Some(Error::AlertReceived(alert)), "{line}");
    assert_eq!(pair.events, [Event::Alert(Alert { sent: true, level: 2, description: alert.into() })]);
}

/// What is no record gets an alert, and it is the peer's fault.
pub fn garbage_is_answered_with_an_alert(subject: &dyn Subject) {
    for garbage in [&b"\x16\x03\x01\x00\x05\x01\x00\x00\x01\x00"[..], b"\x17\x03\x03\x00\x05hello"] {
        let mut pair = Pair::new(&*context(subject, ""), &Setup::default());
        pair.server.hear(garbage);
        assert_eq!(failed(pair.server.accept()).cause, Cause::Peer);
        pair.carry_to_client();
        assert_eq!((pair.sent[0], &pair.sent[3..6]), (21, &[0, 2, 2][..]), "a fatal alert: {:?}", pair.sent);
    }
    let mut pair = Pair::new(&*context(subject, ""), &Setup::default());
    pair.server.hear(b"GET / HTTP/1.0\r\n\r\n");
    assert_eq!(failed(pair.server.accept()).cause, Cause::Peer);
}

/// A record longer than any may be is refused when its header is there.
pub fn an_oversize_record_is_refused(subject: &dyn Subject) {
    let mut pair = Pair::new(&*context(subject, ""), &Setup::default());
    pair.server.hear(&[22, 3, 1, 0xff, 0xff, 1]);
    assert_eq!(failed(pair.server.accept()).cause, Cause::Peer);
}

/// A client that comes and goes.
pub fn an_end_before_the_hello_is_the_wires_fault(subject: &dyn Subject) {
    let mut pair = Pair::new(&*context(subject, ""), &Setup::default());
    let hello = pair.take_client_output();
    pair.server.hear(&hello[..20]);
    pair.server.hear_end(WireEnd::Closed);
    assert_eq!(failed(pair.server.accept()).cause, Cause::Wire);
}

/// The client's alert is the reason.
pub fn a_client_that_refuses_the_certificate_is_told(subject: &dyn Subject) {
    for versions in [ONLY_12, ONLY_13] {
        let mut pair = Pair::new(&*context(subject, ""), &Setup { refuses: true, ..Setup::only(versions) });
        let error = failed(pair.handshake());
        let queue = String::from_utf8_lossy(&error.queue.concat()).to_lowercase().replace(['_', ' '], "");
        assert!(queue.contains("unknownca"), "{queue}");
        assert_eq!(error.cause, Cause::Peer);
    }
}
