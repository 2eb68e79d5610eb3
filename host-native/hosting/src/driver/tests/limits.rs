//! The limits in time of one client: those that the core asks for, and the driver's own for its end.
use std::num::NonZeroU64;
use std::time::Duration;

use s_server_core::io::{DeadlineReason, Input, Interest, Now, Wait};
use s_server_core::options::plan::Mode;

use super::{ByRule, CLOSED};
use crate::link::set::Run;
use crate::scripted::plan;

const fn seconds(n: u64) -> Duration {
    Duration::from_secs(n)
}

const fn millis(n: u64) -> Duration {
    Duration::from_millis(n)
}

const fn at(millis: u64) -> Option<Now> {
    Some(Now::from_micros(millis * 1_000))
}

#[test]
fn a_first_handshake_beside_others_has_60_s() {
    for mode in [Mode::Status, Mode::Echo, Mode::Rev, Mode::Files { heads_in_files: false, binary: false }] {
        let run = Run::start(plan(mode));
        let silent = run.world.connect();
        run.world.pass(seconds(30));
        let (halfway, done) = (run.world.connect(), run.world.connect());
        halfway.send(b"?");
        done.send(b"x");
        run.world.pass(millis(29_999));
        assert_eq!(silent.half_closed(), None, "{mode:?}");
        run.world.pass(seconds(60));
        assert_eq!(silent.half_closed(), at(60_000), "{mode:?}");
        assert_eq!(halfway.half_closed(), at(90_000), "what it says does not count, {mode:?}");
        assert_eq!(done.half_closed(), None, "{mode:?}");
        let line = "s_server: closed a connection whose handshake took longer than 60 s\n";
        assert_eq!(run.stderr().matches(line).count(), 2, "{mode:?}");
    }
}

#[test]
fn a_silent_seated_handshake_has_30_s_while_others_wait() {
    let run = Run::start(plan(Mode::Interactive { crlf: false }));
    let seated = run.world.connect();
    seated.send(b"?");
    run.world.pass(seconds(100));
    assert_eq!(seated.half_closed(), None, "nobody waits");
    seated.send(b"?");
    run.world.pass(seconds(10));
    // A client that says nothing does not wait for the seat.
    let (silent, next) = (run.world.connect(), run.world.connect());
    run.world.pass(seconds(10));
    next.send(b"x");
    run.world.pass(millis(9_999));
    assert_eq!((seated.half_closed(), next.unread()), (None, 0));
    assert!(!run.stderr().contains("closed"));
    run.world.pass(millis(1));
    assert_eq!(seated.half_closed(), at(130_000));
    let line = "s_server: closed a connection that was silent for 30 s while others wait\n";
    assert_eq!(run.stderr(), line);
    run.world.pass(seconds(200));
    assert_eq!((next.half_closed(), silent.half_closed()), (None, None), "it is seated, and its handshake complete");
}

#[test]
fn a_client_that_does_not_renegotiate_has_its_page_after_10_s() {
    let run = Run::start(plan(Mode::Status));
    let client = run.world.connect();
    run.world.pass(seconds(1));
    client.send(b"GET /reneg HTTP/1.0\r\n\r\n");
    run.world.pass(millis(9_999));
    assert_eq!(client.received(), b"");
    run.world.pass(millis(1));
    assert!(client.received().starts_with(b"HTTP/1.0 200 ok\r\n"));
    assert_eq!(client.half_closed(), at(11_000));
}

#[test]
fn a_client_that_takes_nothing_of_its_last_bytes_has_60_s_and_again_after_each_byte() {
    let by_rule = ByRule::start(|_, out| {
        out.transmit(b"last");
        CLOSED
    });
    let client = by_rule.world().connect_with(1);
    by_rule.world().pass(millis(59_999));
    assert_eq!((client.received(), client.closed()), (b"l".to_vec(), None));
    client.takes(1);
    by_rule.world().pass(millis(59_999));
    assert_eq!((client.received(), client.closed()), (b"la".to_vec(), None));
    by_rule.world().pass(millis(1));
    assert_eq!((client.half_closed(), client.closed()), (None, at(119_999)));
}

#[test]
fn what_a_client_sends_after_the_end_is_read_for_half_a_second() {
    let by_rule = ByRule::start(|_, out| {
        out.transmit(b"bye");
        CLOSED
    });
    let client = by_rule.world().connect();
    assert_eq!((client.received(), client.half_closed()), (b"bye".to_vec(), at(0)));
    by_rule.world().pass(millis(499));
    client.send(&[b'x'; 1_000_000]);
    assert_eq!((client.unread(), client.closed()), (0, None));
    by_rule.world().pass(millis(1));
    assert_eq!(client.closed(), at(500));
    assert_eq!(by_rule.fed(), ["Seated"], "nobody is told");
}

#[test]
fn a_client_that_ends_after_the_end_is_closed_at_once() {
    let by_rule = ByRule::start(|_, _| CLOSED);
    let client = by_rule.world().connect();
    by_rule.world().pass(millis(100));
    client.end();
    assert_eq!(client.closed(), at(100));
}

#[test]
fn the_server_does_not_end_before_its_last_client_is_gone() {
    let mut plan = plan(Mode::Status);
    plan.naccept = NonZeroU64::new(1);
    let run = Run::start(plan);
    let client = run.world.connect();
    client.send(b"GET / HTTP/1.0\r\n\r\n");
    run.world.pass(millis(499));
    assert_eq!((client.half_closed(), client.closed()), (at(0), None));
    run.world.pass(millis(1));
    assert_eq!(client.closed(), at(500));
    run.end();
}

#[test]
fn a_deadline_can_be_moved_and_taken_back() {
    let by_rule = ByRule::start(|input, _| {
        let deadline = match input {
            Input::Seated(_) => Some(10_000),
            Input::Wire(b"later") => Some(20_000),
            _ => None,
        };
        Wait::For(Interest {
            wire: true,
            deadline: deadline.and_then(at).map(|at| (at, DeadlineReason::Handshake)),
            ..Interest::default()
        })
    });
    let (moved, free) = (by_rule.world().connect(), by_rule.world().connect());
    by_rule.world().pass(seconds(5));
    moved.send(b"later");
    free.send(b"never");
    by_rule.world().pass(millis(14_999));
    assert_eq!(by_rule.fed(), ["Seated", "Seated", "5 bytes", "5 bytes"]);
    by_rule.world().pass(millis(1));
    assert_eq!(by_rule.fed(), ["Timeout"]);
    by_rule.world().pass(seconds(1_000));
    assert_eq!(by_rule.fed(), [""; 0]);
}
