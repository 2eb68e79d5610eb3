//! Claims about the certificates of clients.
use s_server_core::engine::{Detail, Event, Step};

use crate::Subject;
use crate::client::{ONLY_12, ONLY_13, Setup};
use crate::pair::{Pair, failed};
use crate::plan::context;

fn with(name: &'static str, versions: &'static [&'static rustls::SupportedProtocolVersion]) -> Setup {
    Setup { certificate: Some(name), ..Setup::only(versions) }
}

/// A certificate that one of the authorities issued.
pub fn a_good_certificate_is_told_from_the_top(subject: &dyn Subject) {
    let context = context(subject, "-Verify 3 -verify_return_error -CAfile root.pem");
    for versions in [ONLY_12, ONLY_13] {
        let mut pair = Pair::established(&*context, &with("client", versions));
        assert_eq!(pair.verification(), [(1, true, 0, true), (0, true, 0, true)]);
        let info = pair.server.info(Detail::Report);
        let peer = info.peer_certificate.unwrap();
        assert_eq!(peer.subject, b"C = XX, O = Test Org, CN = Test Client");
        assert_eq!(peer.issuer, b"C = XX, O = Test Org, CN = Test Root CA");
        assert!(peer.pem.starts_with(b"-----BEGIN CERTIFICATE-----\n"));
        assert_eq!(info.peer_signing_digest.as_deref(), Some("SHA256"));
        assert!(info.peer_signature_type.is_some());
        assert_eq!(info.verify_result, (0, "ok".to_owned()));
        let Some(Event::Verify(step)) = pair.events.first() else { panic!("{:?}", pair.events) };
        assert_eq!(step.subject.as_deref(), Some(&b"C = XX, O = Test Org, CN = Test Root CA"[..]));
    }
}

/// `-verify` alone tells and goes on.
pub fn a_bad_one_is_tolerated(subject: &dyn Subject) {
    let context = context(subject, "-verify 3 -CAfile root.pem");
    for versions in [ONLY_12, ONLY_13] {
        let mut pair = Pair::established(&*context, &with("self", versions));
        assert_eq!(pair.verification(), [(0, false, 18, true), (0, true, 18, true)]);
        assert_eq!(pair.server.info(Detail::Brief).verify_result, (18, "self-signed certificate".to_owned()));
        pair.client_write(b"x");
        assert_eq!(pair.server_read(), (Step::Done(()), b"x".to_vec()));
    }
    let pair = Pair::established(&*crate::plan::context(subject, "-verify 3"), &with("client", ONLY_13));
    assert_eq!(pair.verification(), [(0, false, 20, true), (0, false, 21, true), (0, true, 21, true)]);
}

/// `-verify_return_error` ends the handshake with an alert, and the reason is known.
pub fn a_bad_one_may_be_refused(subject: &dyn Subject) {
    let context = context(subject, "-Verify 3 -verify_return_error -CAfile root.pem");
    for versions in [ONLY_12, ONLY_13] {
        let mut pair = Pair::new(&*context, &with("self", versions));
        let error = failed(pair.handshake());
        assert_eq!(error.verify.as_deref(), Some("self-signed certificate"));
        assert_eq!(pair.verification(), [(0, false, 18, false)]);
        assert!(matches!(pair.client_error, Some(rustls::Error::AlertReceived(_))), "{:?}", pair.client_error);
        assert!(!pair.events.iter().any(|event| matches!(event, Event::Handshake { .. })));
    }
}

/// `-verify` takes no for an answer.
pub fn none_is_fine_when_only_asked_for(subject: &dyn Subject) {
    for versions in [ONLY_12, ONLY_13] {
        let pair = Pair::established(&*context(subject, "-verify 3 -CAfile root.pem"), &Setup::only(versions));
        assert_eq!(pair.verification(), []);
    }
}

/// `-Verify` does not.
pub fn none_is_fatal_when_required(subject: &dyn Subject) {
    for versions in [ONLY_12, ONLY_13] {
        let mut pair = Pair::new(&*context(subject, "-Verify 3 -CAfile root.pem"), &Setup::only(versions));
        assert_eq!(failed(pair.handshake()).verify, None);
        assert!(pair.client_error.is_some());
    }
}

/// Texts about the hello, the verification, then the handshake.
pub fn events_come_in_order(subject: &dyn Subject) {
    let setup = Setup { protocols: vec![b"h2".to_vec()], ..with("client", ONLY_13) };
    let pair = Pair::established(&*context(subject, "-alpn h2 -verify 1 -CAfile root.pem"), &setup);
    let mut kinds: Vec<_> = pair
        .events
        .iter()
        .map(|event| match event {
            Event::Text(..) => 't',
            Event::Verify(_) => 'v',
            Event::Handshake { renegotiation: false } => 'h',
            _ => '?',
        })
        .collect();
    kinds.dedup();
    assert_eq!(kinds, ['t', 'v', 'h']);
}

/// `-CRL` with `-crl_check`
pub fn a_revoked_one_is_found(subject: &dyn Subject) {
    let line = "-verify 3 -CAfile root.pem -CRL root.crl -crl_check";
    let steps = |name| Pair::established(&*context(subject, line), &with(name, ONLY_13)).verification();
    assert_eq!(steps("revoked"), [(0, false, 23, true), (1, true, 23, true), (0, true, 23, true)]);
    assert_eq!(steps("client"), [(1, true, 0, true), (0, true, 0, true)]);
    let unlisted =
        Pair::established(&*context(subject, "-verify 3 -CAfile root.pem -crl_check"), &with("client", ONLY_13));
    assert_eq!(unlisted.verification(), [(0, false, 3, true), (1, true, 3, true), (0, true, 3, true)]);
}

/// The time at which it ended, or begins, stands in the step. `-attime`
pub fn an_expired_one_is_told_with_its_time(subject: &dyn Subject) {
    let steps = |time: &str| {
        let line = format!("-verify 3 -CAfile root.pem -attime {time}");
        Pair::established(&*context(subject, &line), &with("client", ONLY_13))
    };
    let late = steps("16725225600");
    let both = [(1, false, 10, true), (1, true, 10, true), (0, false, 10, true), (0, true, 10, true)];
    assert_eq!(late.verification(), both);
    let Event::Verify(step) = &late.events[2] else { panic!("{:?}", late.events) };
    assert_eq!(step.error_text, "certificate has expired");
    assert!(step.not_after.ends_with(" GMT"), "{step:?}");
    let early = steps("1000000000");
    assert_eq!(early.verification(), both.map(|(depth, ok, _, accepted)| (depth, ok, 9, accepted)));
}

/// The request names the authorities of `-CAfile`, unless `-no_ca_names`.
pub fn authorities_are_named(subject: &dyn Subject) {
    let asked = |line: &str| {
        let mut pair = Pair::new(&*context(subject, line), &Setup::only(ONLY_12));
        pair.carry_to_server();
        pair.server.accept();
        let flight = pair.server.take_sent();
        let name = b"Test Root CA";
        flight.windows(name.len()).filter(|window| window == name).count()
    };
    // The server's own certificate names its issuer.
    let unnamed = asked("-verify 1 -CAfile root.pem -cert_chain inter.pem -no_ca_names -cert rsa.pem -key rsa.key");
    let named = asked("-verify 1 -CAfile root.pem -cert_chain inter.pem -cert rsa.pem -key rsa.key");
    assert_eq!(named, unnamed + 1);
}

/// Errors deeper than `-verify` says are not tolerated.
pub fn depth_limits_tolerance(subject: &dyn Subject) {
    let pair = |line| Pair::new(&*context(subject, line), &with("clienti", ONLY_13)).handshake();
    assert_eq!(pair("-verify 1 -verifyCAfile inter.pem"), Step::Done(()));
    failed(pair("-verify 0 -verifyCAfile inter.pem"));
}
