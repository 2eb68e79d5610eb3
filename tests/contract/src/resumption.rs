//! Claims about resumption.
use rustls::HandshakeKind;
use rustls::client::{ClientSessionMemoryCache, Resumption};
use s_server_core::engine::{Detail, TlsContext};
use std::sync::Arc;

use crate::Subject;
use crate::client::{ONLY_12, ONLY_13, Setup};
use crate::pair::Pair;
use crate::plan::context;

fn remembering(versions: &'static [&'static rustls::SupportedProtocolVersion], tickets: bool) -> Setup {
    let resumption = Resumption::store(Arc::new(ClientSessionMemoryCache::new(8)));
    let resumption =
        if tickets { resumption } else { resumption.tls12_resumption(rustls::client::Tls12Resumption::SessionIdOnly) };
    Setup { resumption: Some(resumption), ..Setup::only(versions) }
}

/// Whether the second connection resumed the first; both sides agree.
fn resumes(context: &dyn TlsContext, setup: &Setup) -> bool {
    let client = setup.client();
    let mut first = Pair::established_by(context, client.connect());
    first.client_write(b"x");
    first.server_read();
    assert!(!first.server.info(Detail::Brief).reused);
    first.client_read();
    let mut second = Pair::established_by(context, client.connect());
    let resumed = second.client.handshake_kind() == Some(HandshakeKind::Resumed);
    assert_eq!(second.server.info(Detail::Brief).reused, resumed);
    second.client_write(b"y");
    assert_eq!(second.server_read().1, b"y");
    resumed
}

/// Tickets, in both versions.
pub fn tickets_resume(subject: &dyn Subject) {
    for versions in [ONLY_12, ONLY_13] {
        assert!(resumes(&*context(subject, ""), &remembering(versions, true)));
        assert!(resumes(&*context(subject, "-no_cache"), &remembering(versions, true)));
    }
}

/// The cache, by session id up to TLS 1.2 and behind `-no_ticket`.
pub fn the_cache_resumes(subject: &dyn Subject) {
    assert!(resumes(&*context(subject, ""), &remembering(ONLY_12, false)));
    for versions in [ONLY_12, ONLY_13] {
        assert!(resumes(&*context(subject, "-no_ticket"), &remembering(versions, true)));
    }
}

/// Neither cache nor tickets.
pub fn without_either_nothing_resumes(subject: &dyn Subject) {
    assert!(!resumes(&*context(subject, "-no_ticket -no_cache"), &remembering(ONLY_12, true)));
    assert!(!resumes(&*context(subject, "-no_cache"), &remembering(ONLY_12, false)));
}

/// `-num_tickets 0`, `-no_resume_ephemeral`
pub fn no_tickets_when_none_are_asked_for(subject: &dyn Subject) {
    assert!(!resumes(&*context(subject, "-num_tickets 0"), &remembering(ONLY_13, true)));
    assert!(resumes(&*context(subject, "-num_tickets 3"), &remembering(ONLY_13, true)));
    for versions in [ONLY_12, ONLY_13] {
        assert!(!resumes(&*context(subject, "-no_resume_ephemeral"), &remembering(versions, true)));
    }
}

/// The client's certificate and the verdict on it come back with the session; nothing is verified again.
pub fn the_certificate_is_resumed_too(subject: &dyn Subject) {
    for versions in [ONLY_12, ONLY_13] {
        let context = context(subject, "-verify 1 -CAfile root.pem");
        let client = Setup { certificate: Some("self"), ..remembering(versions, true) }.client();
        let mut first = Pair::established_by(&*context, client.connect());
        assert!(!first.verification().is_empty());
        first.client_read();
        let mut second = Pair::established_by(&*context, client.connect());
        let info = second.server.info(Detail::Brief);
        assert!(info.reused && second.verification().is_empty(), "{:?}", second.events);
        assert_eq!(info.verify_result, (18, "self-signed certificate".to_owned()));
        assert_eq!(info.peer_certificate.unwrap().subject, b"CN = Self Signed Client");
    }
}

/// `S` and the end of the run.
pub fn the_counters_count(subject: &dyn Subject) {
    let context = context(subject, "");
    let counts = || {
        let stats = context.stats();
        (stats.accepts, stats.accepts_finished, stats.hits)
    };
    assert_eq!((counts(), context.stats().size), ((0, 0, 0), 128));
    assert!(resumes(&*context, &remembering(ONLY_12, true)));
    assert_eq!(counts(), (2, 2, 1));
}
