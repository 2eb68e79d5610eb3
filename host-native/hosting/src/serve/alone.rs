//! A thread for each client: a handshake that sleeps keeps nobody else waiting.
//!
//! A thread stands ready before its client is accepted, so that what is short, descriptors or memory, is short while the
//! client still waits in the backlog and loses nothing.
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread::{self, Scope};
use std::time::{Duration, Instant};

use mio::{Events, Poll, Waker};

use crate::driver::{self, Driver, PAUSE, Station};
use crate::house::House;
use crate::service::Service;
use crate::system::{Listener, Stream};

/// Clients at a time; more wait in the listener's backlog.
pub const MOST: usize = 256;

/// Where a thread that stands ready gets its client.
type Ready<T> = SyncSender<(Stream, T)>;

/// Accepts on this thread, and serves each client on its own.
pub fn each_alone<S: Service>(house: &House<S>, station: Station) -> io::Result<()> {
    let (listener, (mut poll, waker)) = station.into_parts();
    house.wakes(&waker);
    let busy = AtomicUsize::new(0);
    thread::scope(|scope| {
        let (mut ready, mut events, mut pause) = (None, Events::with_capacity(16), None);
        while house.is_open() {
            if pause.is_none_or(|until| until <= Instant::now()) {
                pause = None;
                if let Err(why) = accept_all(scope, house, &listener, &mut ready, (&busy, &waker)) {
                    house.on_cannot_accept(&why);
                    pause = Some(Instant::now() + PAUSE);
                }
            }
            if house.is_open() {
                sleep(&mut poll, &mut events, pause.map(|until| until.saturating_duration_since(Instant::now())))?;
            }
        }
        Ok(())
    })
}

/// Until there is a client, one has gone, or it is time.
fn sleep(poll: &mut Poll, events: &mut Events, time: Option<Duration>) -> io::Result<()> {
    match poll.poll(events, time) {
        Err(e) if e.kind() != io::ErrorKind::Interrupted => Err(e),
        _ => Ok(()),
    }
}

/// Accepts until nobody is there or there are enough. `ready`: a thread that has no client yet.
fn accept_all<'scope, S: Service>(
    scope: &'scope Scope<'scope, '_>,
    house: &'scope House<S>,
    listener: &Listener,
    ready: &mut Option<Ready<S::Served>>,
    (busy, waker): (&'scope AtomicUsize, &Arc<Waker>),
) -> io::Result<()> {
    while house.is_open() && busy.load(Ordering::Acquire) < MOST {
        let thread = match ready.take() {
            Some(thread) => thread,
            None => start(scope, house, busy, waker.clone())?,
        };
        // This thread alone takes places: there is one while the house is open, and none may come back.
        let Some(place) = house.reserve() else { return Ok(()) };
        match listener.accept() {
            Ok(stream) => {
                if let Some(served) = place.serve() {
                    busy.fetch_add(1, Ordering::AcqRel);
                    // It waits for exactly this.
                    let _ = thread.send((stream, served));
                    continue;
                }
            }
            Err(e) if matches!(e.kind(), io::ErrorKind::ConnectionAborted | io::ErrorKind::Interrupted) => {}
            Err(e) => {
                *ready = Some(thread);
                return match e.kind() {
                    io::ErrorKind::WouldBlock => {
                        house.on_accepted_all();
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
fn start<'scope, S: Service>(
    scope: &'scope Scope<'scope, '_>,
    house: &'scope House<S>,
    busy: &'scope AtomicUsize,
    waker: Arc<Waker>,
) -> io::Result<Ready<S::Served>> {
    let poll = driver::poll()?;
    let (ready, client) = sync_channel::<(Stream, S::Served)>(1);
    thread::Builder::new().spawn_scoped(scope, move || {
        let Ok((stream, served)) = client.recv() else { return };
        let _leave = Leave { busy, waker };
        house.wakes(&poll.1);
        if let Err(why) = Driver::alone(house, poll, stream, served).run() {
            house.on_cannot_accept(&why);
        }
    })?;
    Ok(ready)
}

/// Gives the place of a client to the next one.
struct Leave<'a> {
    busy: &'a AtomicUsize,
    waker: Arc<Waker>,
}

impl Drop for Leave<'_> {
    fn drop(&mut self) {
        self.busy.fetch_sub(1, Ordering::AcqRel);
        // A poll that cannot be woken is gone.
        let _ = self.waker.wake();
    }
}
