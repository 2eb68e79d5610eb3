//! Who is accepted, and when.
use std::io::ErrorKind;
use std::num::NonZeroU64;
use std::time::Duration;

use s_server_core::io::{Input, Now};
use s_server_core::options::plan::Mode;

use super::{ByRule, CLOSED, READS};
use crate::link::set::{Run, World};
use crate::scripted::plan;

const REQUEST: &[u8] = b"GET / HTTP/1.0\r\n\r\n";
/// As good as a want of descriptors.
const SHORT: ErrorKind = ErrorKind::QuotaExceeded;
const TOLD: &str = "s_server: clients wait to be accepted: quota exceeded\n";

const fn at(millis: u64) -> Option<Now> {
    Some(Now::from_micros(millis * 1_000))
}

fn pass(world: &World, millis: u64) {
    world.pass(Duration::from_millis(millis));
}

#[test]
fn accepting_rests_for_100_ms_when_descriptors_are_short() {
    let by_rule = ByRule::start(|_, _| READS);
    let world = by_rule.world();
    (0..2).for_each(|_| world.fails_to_accept(SHORT));
    let client = world.connect();
    pass(world, 99);
    assert_eq!(by_rule.run.stderr(), TOLD);
    pass(world, 100);
    assert_eq!(client.accepted(), None, "it failed again after 100 ms");
    pass(world, 1);
    assert_eq!(client.accepted(), at(200));
    assert_eq!(by_rule.run.stderr(), TOLD, "once, until nobody waits");
    world.fails_to_accept(SHORT);
    let other = world.connect();
    pass(world, 100);
    assert_eq!((other.accepted(), by_rule.run.stderr()), (at(300), TOLD.repeat(2)));
}

#[test]
fn who_goes_makes_room_before_the_rest_is_over() {
    let by_rule = ByRule::start(|input, _| if let Input::WireEnd(_) = input { CLOSED } else { READS });
    let world = by_rule.world();
    let first = world.connect();
    pass(world, 1_000);
    world.fails_to_accept(SHORT);
    let second = world.connect();
    pass(world, 50);
    assert_eq!(second.accepted(), None);
    first.end();
    assert_eq!((first.closed(), second.accepted()), (at(1_050), at(1_050)));
}

#[test]
fn a_client_that_went_while_it_waited_does_not_stop_the_next() {
    let by_rule = ByRule::start(|_, _| READS);
    by_rule.world().fails_to_accept(ErrorKind::ConnectionAborted);
    assert_eq!(by_rule.world().connect().accepted(), at(0));
    assert_eq!(by_rule.run.stderr(), "");
}

#[test]
fn who_comes_after_the_last_is_never_accepted() {
    for (mode, jobs) in [(Mode::Status, 1), (Mode::Status, 4), (Mode::Interactive { crlf: false }, 1)] {
        let mut plan = plan(mode);
        (plan.naccept, plan.jobs) = (NonZeroU64::new(2), Some(jobs));
        let run = Run::start(plan);
        let clients: Vec<_> = (0..2).map(|_| run.world.connect()).collect();
        clients.iter().for_each(|client| client.send(REQUEST));
        clients.iter().for_each(|client| client.end());
        assert!(clients.iter().all(|client| client.closed().is_some()), "{mode:?}");
        let late = run.world.connect();
        late.send(REQUEST);
        assert_eq!((late.accepted(), run.world.backlog()), (None, 1), "{mode:?}");
        run.end();
    }
}

#[test]
fn a_silent_client_without_a_seat_does_not_count() {
    let mut plan = plan(Mode::Interactive { crlf: false });
    plan.naccept = NonZeroU64::new(1);
    let run = Run::start(plan);
    let (silent, talking) = (run.world.connect(), run.world.connect());
    pass(&run.world, 1_000_000);
    assert_eq!((silent.accepted(), silent.closed()), (at(0), None));
    talking.send(b"x");
    talking.end();
    assert_eq!(talking.closed(), at(1_000_000));
    assert_eq!(silent.closed(), at(1_000_000), "it goes with the server");
    run.end();
}
