//! Several workers and one count, on a set link: nothing is accepted too much, nobody sleeps for ever, and sessions are
//! made at the same time.
use std::io::ErrorKind;
use std::num::NonZeroU64;
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::Duration;

use s_server_core::Server;
use s_server_core::engine::{CacheStats, EngineError, Start, TlsContext, TlsEngine};
use s_server_core::io::Now;
use s_server_core::options::plan::Mode;
use s_server_core::options::run::RunPlan;

use crate::link::set::{Client, Run, World};
use crate::scripted::{Context, plan};

const REQUEST: &[u8] = b"GET / HTTP/1.0\r\n\r\n";

fn workers(jobs: usize, naccept: u64) -> RunPlan {
    RunPlan { jobs: Some(jobs), naccept: NonZeroU64::new(naccept), ..plan(Mode::Status) }
}

/// A client that asks for the page, and is gone once it has that.
fn visit(world: &World) -> Client {
    let client = world.connect();
    client.send(REQUEST);
    client.end();
    client
}

#[test]
fn many_workers_accept_exactly_so_many_clients() {
    let run = Run::start(workers(8, 100));
    let world = &run.world;
    let clients: Vec<_> = thread::scope(|scope| {
        let crowds: Vec<_> =
            (0..3).map(|_| scope.spawn(move || (0..100).map(|_| visit(world)).collect::<Vec<_>>())).collect();
        crowds.into_iter().flat_map(|crowd| crowd.join().unwrap()).collect()
    });
    let served = clients.iter().filter(|client| client.received().ends_with(b"</BODY></HTML>\r\n\r\n")).count();
    let accepted = clients.iter().filter(|client| client.accepted().is_some()).count();
    assert_eq!((served, accepted, run.world.backlog()), (100, 100, 200));
    run.end();
}

/// One worker has the last place and stays where it accepts; the other one is told of a client and refused.
#[test]
fn a_place_that_is_given_back_wakes_who_was_refused() {
    let world = World::default();
    world.holds_who_accepts();
    let run = Run::on(world, workers(2, 1), Server::new(Arc::new(workers(2, 1)), Arc::new(Context)));
    let client = visit(&run.world);
    assert_eq!(client.accepted(), None);
    // Whoever fails like this rests for a while.
    run.world.fails_to_accept(ErrorKind::QuotaExceeded);
    run.world.lets_go();
    assert_eq!(client.accepted(), Some(Now::default()), "no time has passed");
    assert!(client.closed().is_some());
    run.end();
}

/// Makes a session only when two are being made.
#[derive(Default)]
struct InPairs {
    inside: Mutex<usize>,
    changed: Condvar,
}

impl TlsContext for InPairs {
    fn session(&self, start: Start) -> Result<Box<dyn TlsEngine>, EngineError> {
        let mut inside = self.inside.lock().unwrap();
        *inside += 1;
        self.changed.notify_all();
        let limit = Duration::from_secs(10);
        let waited = self.changed.wait_timeout_while(inside, limit, |inside| *inside < 2).unwrap().1;
        if waited.timed_out() { Err(EngineError::default()) } else { Context.session(start) }
    }

    fn stats(&self) -> CacheStats {
        CacheStats::default()
    }
}

#[test]
fn two_sessions_are_made_at_the_same_time() {
    let plan = workers(2, 2);
    let server = Server::new(Arc::new(plan.clone()), Arc::new(InPairs::default()));
    let run = Run::of(plan, server);
    let clients = [visit(&run.world), visit(&run.world)];
    for client in clients {
        assert!(client.received().starts_with(b"HTTP/1.0 200 ok\r\n"));
    }
    run.end();
}

/// Makes no session.
struct Without;

impl TlsContext for Without {
    fn session(&self, _: Start) -> Result<Box<dyn TlsEngine>, EngineError> {
        Err(EngineError { queue: vec![b"no session\n".to_vec()], ..EngineError::default() })
    }

    fn stats(&self) -> CacheStats {
        CacheStats::default()
    }
}

#[test]
fn a_client_without_a_session_is_told_of_and_counts() {
    for mode in [Mode::Status, Mode::Interactive { crlf: false }] {
        let plan = RunPlan { connection: plan(mode).connection, ..workers(2, 2) };
        let run = Run::of(plan.clone(), Server::new(Arc::new(plan), Arc::new(Without)));
        let clients = [visit(&run.world), visit(&run.world), visit(&run.world)];
        let closed: Vec<_> = clients.iter().map(|client| client.closed().is_some()).collect();
        assert_eq!(run.stderr(), "no session\n".repeat(2), "{mode:?}");
        let waits = mode == Mode::Status;
        assert_eq!((closed, run.world.backlog()), (vec![true, true, !waits], usize::from(waits)), "{mode:?}");
        run.end();
    }
}
