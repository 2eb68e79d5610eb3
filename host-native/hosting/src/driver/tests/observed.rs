//! What reaches whoever observes a host.
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use s_server_core::Server;
use s_server_core::fact::{CloseReason, Closed, Fact};
use s_server_core::io::{DeadlineReason, Now, PeerAddress};
use s_server_core::options::plan::Mode;

use crate::link::set::{Run, World};
use crate::observer::Observer;
use crate::scripted::{Context, plan};

type Seen = Arc<Mutex<Vec<(u64, Now, Fact)>>>;

struct Notes(Seen);

impl Observer for Notes {
    fn observe(&self, client: u64, now: Now, fact: &Fact) {
        self.0.lock().unwrap().push((client, now, fact.clone()));
    }
}

#[test]
fn facts_come_with_the_number_of_their_client_and_the_time() {
    let mut plan = plan(Mode::Echo);
    plan.jobs = Some(1);
    let seen = Seen::default();
    let server = Server::new(Arc::new(plan.clone()), Arc::new(Context));
    let run = Run::observed(World::default(), plan, server, Some(Box::new(Notes(seen.clone()))));
    let silent = run.world.connect();
    let talks = run.world.connect();
    run.world.pass(Duration::from_secs(1));
    talks.send(b"hello");
    run.world.pass(Duration::ZERO);
    talks.end();
    run.world.pass(Duration::from_secs(59));
    assert!(silent.half_closed().is_some());

    let seen = std::mem::take(&mut *seen.lock().unwrap());
    let of = |number| -> Vec<_> {
        seen.iter().filter(|(client, ..)| *client == number).map(|(_, now, fact)| (now.as_micros(), fact)).collect()
    };
    assert_eq!(seen.len(), of(1).len() + of(2).len());
    let (silent, talks) = (of(1), of(2));
    let [(0, Fact::Accepted(PeerAddress::Ip(one))), (60_000_000, Fact::TimedOut(DeadlineReason::Handshake)), (_, end)] =
        silent[..]
    else {
        panic!("{silent:?}")
    };
    assert!(matches!(end, Fact::Closed(Closed { reason: CloseReason::TimedOut, .. })), "{end:?}");
    let [
        (0, Fact::Accepted(PeerAddress::Ip(other))),
        (1_000_000, Fact::Established(_)),
        (_, Fact::Data(data)),
        (_, end),
    ] = talks[..]
    else {
        panic!("{talks:?}")
    };
    assert_eq!(data, b"hello");
    let Fact::Closed(Closed { reason: CloseReason::Peer, count, .. }) = end else { panic!("{end:?}") };
    assert_eq!((count.received, count.sent, count.data_sent), (5, 5, 5));
    let local = |at: &SocketAddr| at.ip() == Ipv4Addr::LOCALHOST;
    assert!(one != other && local(one) && local(other));
}
