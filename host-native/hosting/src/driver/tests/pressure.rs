//! Clients that take slowly, or nothing: how much is read of them, what they hold up, and in which order they end.
use s_server_core::io::Input;
use s_server_core::options::plan::Mode;

use super::{ByRule, CLOSED, FLUSHES, READS};
use crate::link::set::Run;
use crate::scripted::plan;

const KIB: usize = 1024;

#[test]
fn nothing_more_is_read_of_a_client_that_leaves_1_mib() {
    // 64 KiB for each byte.
    let by_rule = ByRule::start(|input, out| {
        if let Input::Wire(bytes) = input {
            out.transmit(&vec![b'x'; bytes.len() * 64 * KIB]);
        }
        READS
    });
    let client = by_rule.world().connect_with(0);
    client.send(&[b'x'; 15]);
    assert_eq!(client.unread(), 0);
    client.send(b"x");
    assert_eq!(client.unread(), 0, "less than 1 MiB waited");
    client.send(b"x");
    assert_eq!(client.unread(), 1, "1 MiB waits");
    client.takes(1);
    assert_eq!(client.unread(), 0);
    assert_eq!(by_rule.fed(), ["Seated", "15 bytes", "1 bytes", "1 bytes"]);
    client.takes(usize::MAX);
    assert_eq!(client.received().len(), 17 * 64 * KIB);
}

#[test]
fn bytes_are_flushed_when_less_than_64_kib_of_them_wait() {
    let by_rule = ByRule::start(|input, out| match input {
        Input::Seated => {
            out.transmit(&[b'x'; 200_000]);
            FLUSHES
        }
        _ => READS,
    });
    let client = by_rule.world().connect_with(0);
    client.send(b"unread");
    client.takes(200_000 - 64 * KIB);
    assert_eq!((by_rule.fed(), client.unread()), (vec!["Seated".to_owned()], 6));
    client.takes(1);
    assert_eq!(by_rule.fed(), ["WireFlushed", "6 bytes"]);
}

#[test]
fn a_client_that_takes_nothing_holds_nobody_up_and_has_everything_in_the_end() {
    let mut plan = plan(Mode::Echo);
    plan.jobs = Some(1);
    let run = Run::start(plan);
    let (slow, fast) = (run.world.connect_with(0), run.world.connect());
    let bytes: Vec<u8> = (0..1_000_000_u32).map(|n| (n / 251) as u8).collect();
    slow.send(&bytes);
    fast.send(&bytes);
    assert!(fast.received() == bytes);
    assert!(slow.unread() > 0, "it is not listened to");
    fast.end();
    assert!(fast.closed().is_some());
    while slow.received().len() < bytes.len() {
        slow.takes(100_000);
    }
    assert!(slow.received() == bytes);
}

#[test]
fn everything_is_sent_before_our_side_ends() {
    let by_rule = ByRule::start(|_, out| {
        out.transmit(b"first ");
        out.transmit(b"and last");
        CLOSED
    });
    let client = by_rule.world().connect_with(3);
    for (taken, received) in [(0, "fir"), (5, "first an"), (5, "first and las")] {
        client.takes(taken);
        assert_eq!(String::from_utf8(client.received()).unwrap(), received);
        assert_eq!(client.half_closed(), None);
    }
    client.takes(1);
    assert_eq!(client.received(), b"first and last");
    assert!(client.half_closed().is_some());
    assert!(client.closed().is_none(), "it may have something to say");
}
