//! Handshakes over a link that loses, doubles, reorders and damages datagrams: every one of them completes.
//!
//! The clock is the real one, and the first timeout of both sides is 50 ms (`DTLS_set_timer_cb`).
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use contract::lossy::{Direction, Faults, LossyLink};
use openssl::ssl::ErrorCode;
use s_server_core::Plan;
use s_server_core::engine::TlsContext;

use super::datagrams::*;
use super::*;
use crate::OpensslContext;

/// So many handshakes wait for their timers at the same time.
const THREADS: usize = 32;
/// Twelve timeouts would end one.
const PATIENCE: Duration = Duration::from_secs(20);

/// One handshake over the link of that seed.
fn handshake(context: &OpensslContext, seed: u64, faults: Faults) -> Result<(), String> {
    let mut link = LossyLink::new(seed, faults);
    let mut pair = Pair::new(context, |_| {});
    pair.hurry();
    let deadline = Instant::now() + PATIENCE;
    let mut done = false;
    while Instant::now() < deadline {
        // OpenSSL looks at the client's timer itself whenever it reads.
        if let Err(error) = pair.client.do_handshake()
            && error.code() != ErrorCode::WANT_READ
        {
            return Err(format!("seed {seed}: the client: {error}"));
        }
        let mut moved = false;
        for datagram in pair.take_client_output() {
            moved = true;
            let mut arrived = Vec::new();
            link.carry(Direction::ToServer, &datagram, |datagram| arrived.push(datagram.to_vec()));
            arrived.iter().for_each(|datagram| pair.hear(datagram));
        }
        // Whether it is time already is for the engine to say.
        if let Step::Failed(error) = pair.timeout() {
            return Err(format!("seed {seed}: {error}"));
        }
        // Once it is done, a read answers the client that has not heard its last flight.
        match if done { pair.read().0 } else { pair.accept() } {
            Step::Done(()) => done = true,
            Step::Failed(error) => return Err(format!("seed {seed}: {error}")),
            _ => {}
        }
        for datagram in pair.take_sent() {
            moved = true;
            link.carry(Direction::ToClient, &datagram, |datagram| {
                pair.client.get_mut().input.push_back(datagram.to_vec());
            });
        }
        if done && pair.client.ssl().is_init_finished() {
            return Ok(());
        }
        if !moved {
            std::thread::sleep(Duration::from_millis(2));
        }
    }
    Err(format!("seed {seed}: not within {PATIENCE:?}, {link:?}"))
}

/// What came of that many handshakes, each over a link with another seed, which did not complete.
fn failures(context: &OpensslContext, count: u64, faults: Faults) -> Vec<String> {
    let next = AtomicU64::new(0);
    let work = || {
        let seeds = std::iter::from_fn(|| Some(next.fetch_add(1, Ordering::Relaxed)).filter(|&seed| seed < count));
        seeds.filter_map(|seed| handshake(context, seed, faults).err()).collect::<Vec<_>>()
    };
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS).map(|_| scope.spawn(work)).collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    })
}

fn all_complete(count: u64, faults: Faults, change: impl FnOnce(&mut Plan)) {
    let context = context(change);
    assert_eq!(failures(&context, count, faults), Vec::<String>::new());
    assert_eq!(context.stats().accepts_finished, i64::try_from(count).unwrap());
}

/// Each tenth datagram.
const BAD: Faults = Faults { loss: 100, doubling: 100, reordering: 100, corruption: 0, mtu: None };

#[test]
fn a_thousand_handshakes_complete_where_each_tenth_datagram_is_lost_doubled_or_late() {
    all_complete(1_000, BAD, |_| {});
}

#[test]
fn handshakes_in_many_fragments_complete_too() {
    all_complete(100, Faults { mtu: Some(400), ..BAD }, |plan| {
        plan.datagrams.as_mut().unwrap().mtu = Some(400);
    });
}

/// The checksums of a net find most of what is damaged; what passes them in the clear breaks a handshake.
#[test]
fn damaged_datagrams_end_a_handshake_or_are_as_good_as_lost() {
    let context = context(|_| {});
    let faults = Faults { corruption: 50, ..Faults::default() };
    let failures = failures(&context, 200, faults);
    assert!(!failures.iter().any(|failure| failure.contains("not within")), "{failures:?}");
    let completed = 200 - i64::try_from(failures.len()).unwrap();
    // A client may refuse the last message of a server that is done.
    assert!(context.stats().accepts_finished >= completed && completed > 100, "{completed} {failures:?}");
}
