//! What all workers share: the service, the way to the operator, the time, and whether more clients are accepted.
use std::hash::{BuildHasher, RandomState};
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Instant;

use mio::Waker;
use s_server_core::engine::Start;
use s_server_core::io::{Now, Outcome, Stream as To};

use crate::clock;
use crate::files::Folder;
use crate::output::Output;
use crate::service::Service;
use crate::system::{Listener, Stream};

/// What all workers share.
pub struct House<S: Service> {
    service: Mutex<S>,
    output: Output,
    /// What `-WWW` and `-HTTP` serve.
    folder: Option<Folder>,
    start: Instant,
    /// More clients may be accepted.
    open: AtomicBool,
    /// It was told that accepting failed, and it still does.
    told: AtomicBool,
    /// Of the polls that are still there.
    wakers: Mutex<Vec<Weak<Waker>>>,
}

impl<S: Service> House<S> {
    /// Nobody is served yet.
    pub fn new(service: S, output: Output, folder: Option<Folder>) -> Self {
        let open = AtomicBool::new(service.may_accept());
        Self {
            service: Mutex::new(service),
            output,
            folder,
            start: Instant::now(),
            open,
            told: AtomicBool::new(false),
            wakers: Mutex::default(),
        }
    }

    /// Its time began then, not just now.
    #[must_use]
    pub fn since(self, start: Instant) -> Self {
        Self { start, ..self }
    }

    /// The time.
    pub fn now(&self) -> Now {
        clock::since(self.start)
    }

    /// The way to the operator.
    pub fn output(&self) -> &Output {
        &self.output
    }

    /// The served folder.
    pub fn folder(&self) -> Option<&Folder> {
        self.folder.as_ref()
    }

    /// More clients may be accepted.
    pub fn is_open(&self) -> bool {
        self.open.load(Ordering::Acquire)
    }

    /// Accepts a client and counts it, in one step: `-naccept` is exact however many workers accept. `Ok(None)`: no
    /// session could be made for it.
    pub fn accept(&self, listener: &Listener) -> io::Result<Option<(Stream, S::Served)>> {
        let mut service = self.service();
        if !service.may_accept() {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        let stream = listener.accept()?;
        Ok(self.connect(&mut service).map(|served| (stream, served)))
    }

    /// What serves a client that was accepted before; it is counted now.
    pub fn seat(&self) -> Option<S::Served> {
        self.connect(&mut self.service())
    }

    fn connect(&self, service: &mut S) -> Option<S::Served> {
        // Not secret, only different each time: RandomState is seeded by the system.
        let seed = RandomState::new().hash_one(());
        let served = service.accept(Start { seed }, &mut &self.output);
        self.look(service);
        served
    }

    /// A client has been served.
    pub fn finished(&self, outcome: Outcome) {
        let mut service = self.service();
        service.finished(outcome);
        self.look(&service);
    }

    /// Sees whether clients may still be accepted, and tells all workers when they may not any more.
    fn look(&self, service: &S) {
        if !service.may_accept() && self.open.swap(false, Ordering::AcqRel) {
            for waker in self.wakers.lock().unwrap_or_else(PoisonError::into_inner).iter().filter_map(Weak::upgrade) {
                // A poll that cannot be woken is gone.
                let _ = waker.wake();
            }
        }
    }

    /// Accepting failed. Told once, until it works again.
    pub fn on_cannot_accept(&self, why: &io::Error) {
        if !self.told.swap(true, Ordering::Relaxed) {
            let line = format!("s_server: clients wait to be accepted: {why}\n");
            self.output.print(To::Err, line.as_bytes());
            self.service().said(To::Err, line.as_bytes());
        }
    }

    /// Nobody waits to be accepted.
    pub fn on_accepted_all(&self) {
        self.told.store(false, Ordering::Relaxed);
    }

    fn service(&self) -> MutexGuard<'_, S> {
        self.service.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Has this poll woken when no more clients are accepted, and when the output is not full any more.
    pub fn wakes(&self, waker: &Arc<Waker>) {
        let mut wakers = self.wakers.lock().unwrap_or_else(PoisonError::into_inner);
        wakers.retain(|waker| waker.strong_count() > 0);
        wakers.push(Arc::downgrade(waker));
        self.output.wakes(waker);
    }

    /// What was served with, after the last client.
    pub fn into_service(self) -> S {
        self.service.into_inner().unwrap_or_else(PoisonError::into_inner)
    }
}
