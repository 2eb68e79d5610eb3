//! Claims about how sessions end.
use s_server_core::engine::{Cause, Step};
use s_server_core::io::WireEnd;

use crate::Subject;
use crate::client::{ONLY_12, ONLY_13, Setup};
use crate::pair::{Pair, STARVED, failed};
use crate::plan::context;

fn established(subject: &dyn Subject, line: &str) -> Pair {
    Pair::established(&*context(subject, line), &Setup::default())
}

/// The client's close_notify ends the session cleanly, and stays.
pub fn close_notify_closes(subject: &dyn Subject) {
    for versions in [ONLY_12, ONLY_13] {
        let mut pair = Pair::established(&*context(subject, ""), &Setup::only(versions));
        pair.client.send_close_notify();
        pair.carry_to_server();
        assert_eq!(pair.server_read().0, Step::Closed);
        assert_eq!(pair.server_read().0, Step::Closed);
    }
}

/// The server's own close_notify goes out once.
pub fn shutdown_tells_the_client_once(subject: &dyn Subject) {
    let mut pair = established(subject, "");
    assert_eq!(pair.server.shutdown(), Step::Done(()));
    assert!(pair.carry_to_client() > 0);
    assert_eq!(pair.client_error, None);
    assert!(pair.client.process_new_packets().unwrap().peer_has_closed());
    assert_eq!(pair.server.shutdown(), Step::Done(()));
    assert_eq!(pair.carry_to_client(), 0);
}

/// What came before the end is read first.
pub fn data_before_the_end_is_not_lost(subject: &dyn Subject) {
    let mut pair = established(subject, "");
    pair.client_write(b"last words");
    pair.client.send_close_notify();
    pair.carry_to_server();
    pair.server.hear_end(WireEnd::Closed);
    assert_eq!(pair.server_read_all(), (Step::Closed, b"last words".to_vec()));

    let mut pair = established(subject, "");
    pair.client_write(b"last words");
    pair.server.hear_end(WireEnd::Closed);
    let (step, data) = pair.server_read_all();
    assert_eq!((failed(step).cause, data), (Cause::Wire, b"last words".to_vec()));
}

/// Without close_notify the end is an error that names itself.
pub fn truncation_is_the_wires_fault(subject: &dyn Subject) {
    let mut pair = established(subject, "");
    assert_eq!(pair.server_read().0, STARVED);
    pair.server.hear_end(WireEnd::Closed);
    let error = failed(pair.server_read().0);
    assert_eq!((error.cause, error.verify), (Cause::Wire, None));
    assert!(String::from_utf8_lossy(&error.queue.concat()).contains("unexpected eof while reading"));
}

/// `-ignore_unexpected_eof`
pub fn truncation_may_be_ignored(subject: &dyn Subject) {
    let mut pair = established(subject, "-ignore_unexpected_eof");
    pair.server.hear_end(WireEnd::Closed);
    assert_eq!(pair.server_read().0, Step::Closed);
}

/// A stream that failed.
pub fn a_reset_is_the_wires_fault(subject: &dyn Subject) {
    let mut pair = established(subject, "-ignore_unexpected_eof");
    pair.server.hear_end(WireEnd::Failed(104));
    let error = failed(pair.server_read().0);
    assert_eq!(error.cause, Cause::Wire);
    assert!(!error.queue.is_empty());
}

/// A record that nobody sealed ends the session with an alert.
pub fn a_broken_record_breaks_the_session(subject: &dyn Subject) {
    for versions in [ONLY_12, ONLY_13] {
        let mut pair = Pair::established(&*context(subject, ""), &Setup::only(versions));
        pair.client_write(b"good");
        pair.server.hear(&[&[23, 3, 3, 0, 40][..], &[7; 40]].concat());
        let (step, data) = pair.server_read_all();
        assert_eq!((failed(step).cause, data), (Cause::Peer, b"good".to_vec()));
        pair.carry_to_client();
        assert_eq!(pair.client_error, Some(rustls::Error::AlertReceived(rustls::AlertDescription::BadRecordMac)));
    }
}

/// After a failure calls fail or do nothing; none panics.
pub fn a_broken_session_stays_broken(subject: &dyn Subject) {
    let mut pair = established(subject, "");
    pair.server.hear(&[&[23, 3, 3, 0, 40][..], &[7; 40]].concat());
    failed(pair.server_read().0);
    pair.carry_to_client();
    pair.server.hear(b"more");
    failed(pair.server_read().0);
    failed(pair.server.write(b"x"));
    assert_eq!(pair.server.shutdown(), Step::Done(()));
    assert_eq!(pair.carry_to_client(), 0);
}

/// The two directions end apart, RFC 8446 section 6.1.
pub fn the_server_may_write_after_close_notify(subject: &dyn Subject) {
    let mut pair = Pair::established(&*context(subject, ""), &Setup::only(ONLY_13));
    pair.client.send_close_notify();
    pair.carry_to_server();
    assert_eq!(pair.server_read().0, Step::Closed);
    pair.server_write(b"still here");
    assert_eq!(pair.client_read(), b"still here");
}
