//! A thread for each client: a handshake that sleeps keeps nobody else waiting.
//!
//! A thread stands ready before its client is accepted, so that what is short, descriptors or memory, is short while the
//! client still waits in the backlog and loses nothing.
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread::{self, Scope};

use s_server_core::io::Now;

use crate::clock::Clock;
use crate::driver::{Driver, PAUSE, Station};
use crate::host::Host;
use crate::link::{Accepted, Link, Poll, Wake};
use crate::service::Service;

/// Clients at a time; more wait in the listener's backlog.
pub const MOST: usize = 256;

/// Where a thread that stands ready gets its client.
type Ready<L, T> = SyncSender<(Accepted<<L as Link>::Wire>, T)>;

/// Accepts on this thread, and serves each client on its own.
pub fn each_alone<S: Service, C: Clock, L: Link>(host: &Host<S, C>, station: Station<L>) -> io::Result<()> {
    let (link, mut poll) = station.into_parts();
    let waker = poll.waker();
    host.wakes(&waker);
    let busy = AtomicUsize::new(0);
    thread::scope(|scope| {
        let (mut ready, mut events, mut pause) = (None, Vec::new(), None::<Now>);
        while host.is_open() {
            if pause.is_none_or(|until| until <= host.now()) {
                pause = None;
                if let Err(why) = accept_all(scope, host, &link, &mut ready, (&busy, &waker)) {
                    host.on_cannot_accept(&why);
                    pause = Some(host.now().after(PAUSE));
                }
            }
            if host.is_open() {
                // Until there is a client, one has gone, or it is time.
                poll.wait(&mut events, pause.map(|until| until.since(host.now())))?;
            }
        }
        Ok(())
    })
}

/// Accepts until nobody is there or there are enough. `ready`: a thread that has no client yet.
fn accept_all<'scope, S: Service, C: Clock, L: Link>(
    scope: &'scope Scope<'scope, '_>,
    host: &'scope Host<S, C>,
    link: &L,
    ready: &mut Option<Ready<L, S::Served>>,
    (busy, waker): (&'scope AtomicUsize, &Arc<dyn Wake>),
) -> io::Result<()> {
    while host.is_open() && busy.load(Ordering::Acquire) < MOST {
        let thread = match ready.take() {
            Some(thread) => thread,
            None => start(scope, host, link, (busy, waker.clone()))?,
        };
        // This thread alone takes places: there is one while the host is open, and none may come back.
        let Some(place) = host.reserve() else { return Ok(()) };
        match link.accept() {
            Ok(client) => {
                if let Some(served) = place.serve(client.path) {
                    busy.fetch_add(1, Ordering::AcqRel);
                    // It waits for exactly this.
                    let _ = thread.send((client, served));
                    continue;
                }
            }
            Err(e) if matches!(e.kind(), io::ErrorKind::ConnectionAborted | io::ErrorKind::Interrupted) => {}
            Err(e) => {
                *ready = Some(thread);
                return match e.kind() {
                    io::ErrorKind::WouldBlock => {
                        host.on_accepted_all();
                        Ok(())
                    }
                    _ => Err(e),
                };
            }
        }
        *ready = Some(thread);
    }
    Ok(())
}

/// A thread with a poll, which ends with its client, or without one when it is not needed any more.
fn start<'scope, S: Service, C: Clock, L: Link>(
    scope: &'scope Scope<'scope, '_>,
    host: &'scope Host<S, C>,
    link: &L,
    (busy, waker): (&'scope AtomicUsize, Arc<dyn Wake>),
) -> io::Result<Ready<L, S::Served>> {
    let poll = link.poll()?;
    let (ready, client) = sync_channel::<(Accepted<L::Wire>, S::Served)>(1);
    thread::Builder::new().spawn_scoped(scope, move || {
        let Ok((client, served)) = client.recv() else { return };
        let _leave = Leave { busy, waker };
        host.wakes(&poll.waker());
        if let Err(why) = Driver::<S, C, L>::alone(host, poll, client, served).run() {
            host.on_cannot_accept(&why);
        }
    })?;
    Ok(ready)
}

/// Gives the place of a client to the next one.
struct Leave<'a> {
    busy: &'a AtomicUsize,
    waker: Arc<dyn Wake>,
}

impl Drop for Leave<'_> {
    fn drop(&mut self) {
        self.busy.fetch_sub(1, Ordering::AcqRel);
        self.waker.wake();
    }
}
