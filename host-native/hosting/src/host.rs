//! What all workers share: the service, the way to the operator, the time, and the count of clients.
//!
//! ```text
//!   reserve --> Place --> a client is accepted --> Place::serve: it counts, and gets what serves it
//!      |          |
//!      |          +-----> none is: the place is given back, and who was refused is woken
//!      +--> refused: none is left, or none is until one is given back
//! ```
//!
//! The lock is held while places are counted, not while clients are accepted and sessions made.
use std::fmt;
use std::hash::{BuildHasher, RandomState};
use std::io;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Instant;

use s_server_core::AcceptCount;
use s_server_core::endpoint::{Opening, Path};
use s_server_core::engine::Start;
use s_server_core::gatekeeper::Gatekeeper;
use s_server_core::io::{Now, Outcome, Stream};

use crate::clock::{Clock, Since};
use crate::files::Folder;
use crate::keylog::KeyLog;
use crate::link::Wake;
use crate::messages::MessageFile;
use crate::observer::Observer;
use crate::output::Output;
use crate::service::Service;

/// What all workers share.
pub struct Host<S: Service, C = Since> {
    service: S,
    places: Mutex<Places>,
    output: Output,
    /// What `-WWW` and `-HTTP` serve.
    folder: Option<Folder>,
    clock: C,
    /// What `-keylogfile` names.
    key_log: Option<KeyLog>,
    /// What `-msgfile` names.
    messages: Option<MessageFile>,
    observer: Option<Box<dyn Observer>>,
    /// Clients that were observed.
    clients: AtomicU64,
    /// More clients may be accepted.
    open: AtomicBool,
    /// It was told that accepting failed, and it still does.
    told: AtomicBool,
    /// Of the polls that are still there.
    wakers: Mutex<Vec<Weak<dyn Wake>>>,
}

/// The count, and who found nothing left of it.
struct Places {
    count: AcceptCount,
    /// A worker was refused a place that may still be given back.
    refused: bool,
}

/// A place for one client. It is given back when it is dropped without a client.
pub struct Place<'a, S: Service, C> {
    host: &'a Host<S, C>,
    taken: bool,
}

impl<S: Service, C> fmt::Debug for Host<S, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Host").field("is_open", &self.is_open()).finish_non_exhaustive()
    }
}

impl<S: Service, C> fmt::Debug for Place<'_, S, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Place").field("taken", &self.taken).finish_non_exhaustive()
    }
}

impl<S: Service> Host<S> {
    /// Nobody is served yet. `count`: how many will be.
    pub fn new(service: S, count: AcceptCount, output: Output, folder: Option<Folder>) -> Self {
        let open = AtomicBool::new(count.is_open());
        Self {
            service,
            places: Mutex::new(Places { count, refused: false }),
            output,
            folder,
            clock: Since(Instant::now()),
            key_log: None,
            messages: None,
            observer: None,
            clients: AtomicU64::new(0),
            open,
            told: AtomicBool::new(false),
            wakers: Mutex::default(),
        }
    }

    /// Its time began then, not just now.
    #[must_use]
    pub fn since(self, start: Instant) -> Self {
        self.by(Since(start))
    }
}

impl<S: Service, C> Host<S, C> {
    /// The same by another clock.
    pub fn by<D>(self, clock: D) -> Host<S, D> {
        let Self { service, places, output, folder, key_log, messages, observer, clients, open, told, wakers, .. } =
            self;
        Host { service, places, output, folder, clock, key_log, messages, observer, clients, open, told, wakers }
    }

    /// The secrets of its clients go there.
    #[must_use]
    pub fn logging_keys_to(self, key_log: Option<KeyLog>) -> Self {
        Self { key_log, ..self }
    }

    /// Takes the secrets of its clients.
    pub fn key_log(&self) -> Option<&KeyLog> {
        self.key_log.as_ref()
    }

    /// The messages of its clients go there.
    #[must_use]
    pub fn writing_messages_to(self, messages: Option<MessageFile>) -> Self {
        Self { messages, ..self }
    }

    /// Takes the messages of its clients.
    pub fn messages(&self) -> Option<&MessageFile> {
        self.messages.as_ref()
    }

    /// Facts about its clients go there.
    #[must_use]
    pub fn observed_by(self, observer: Option<Box<dyn Observer>>) -> Self {
        Self { observer, ..self }
    }

    /// Who takes the facts about its clients.
    pub fn observer(&self) -> Option<&dyn Observer> {
        self.observer.as_deref()
    }

    /// The number of the next client, from 1 on; 0 where nobody observes.
    pub fn number(&self) -> u64 {
        match self.observer {
            Some(_) => self.clients.fetch_add(1, Ordering::Relaxed) + 1,
            None => 0,
        }
    }

    /// The time.
    pub fn now(&self) -> Now
    where
        C: Clock,
    {
        self.clock.now()
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

    /// A place for a client that is about to be accepted, so that `-naccept` is exact however many workers accept. `None`:
    /// there is none now. While the host is open, all polls are woken once there may be.
    pub fn reserve(&self) -> Option<Place<'_, S, C>> {
        let mut places = self.places();
        if places.count.reserve() {
            return Some(Place { host: self, taken: false });
        }
        places.refused = true;
        None
    }

    /// A client has been served.
    pub fn finished(&self, outcome: Outcome) {
        self.service.finished(outcome);
        self.count(|count| count.finished(outcome));
    }

    /// Changes the count, and wakes all workers when no more clients are accepted.
    fn count(&self, change: impl FnOnce(&mut AcceptCount)) {
        let mut places = self.places();
        change(&mut places.count);
        if !places.count.is_open() && self.open.swap(false, Ordering::AcqRel) {
            drop(places);
            self.wake_all();
        }
    }

    fn give_back(&self) {
        let mut places = self.places();
        places.count.give_back();
        if std::mem::take(&mut places.refused) {
            drop(places);
            self.wake_all();
        }
    }

    fn wake_all(&self) {
        let wakers = self.wakers.lock().unwrap_or_else(PoisonError::into_inner);
        wakers.iter().filter_map(Weak::upgrade).for_each(|waker| waker.wake());
    }

    /// Accepting failed. Told once, until it works again.
    pub fn on_cannot_accept(&self, why: &io::Error) {
        if !self.told.swap(true, Ordering::Relaxed) {
            let line = format!("s_server: clients wait to be accepted: {why}\n");
            self.output.print(Stream::Err, line.as_bytes());
            self.service.said(Stream::Err, line.as_bytes());
        }
    }

    /// The service is to know what was printed by the host itself.
    pub fn said(&self, to: Stream, text: &[u8]) {
        self.service.said(to, text);
    }

    /// What tells a session apart that begins with that datagram, if one does and more clients may be accepted.
    pub fn opening(&self, datagram: &[u8]) -> Option<Opening> {
        self.service.opening(datagram).filter(|_| self.is_open())
    }

    /// Who looks at the first datagrams of peers.
    pub fn gate(&self) -> Option<Gatekeeper> {
        self.service.gate()
    }

    /// Nobody waits to be accepted.
    pub fn on_accepted_all(&self) {
        self.told.store(false, Ordering::Relaxed);
    }

    fn places(&self) -> MutexGuard<'_, Places> {
        self.places.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Has this poll woken when no more clients are accepted, when a place was given back, and when the output is not full any more.
    pub fn wakes(&self, waker: &Arc<dyn Wake>) {
        let mut wakers = self.wakers.lock().unwrap_or_else(PoisonError::into_inner);
        wakers.retain(|waker| waker.strong_count() > 0);
        wakers.push(Arc::downgrade(waker));
        self.output.wakes(waker);
    }
}

impl<S: Service, C> Place<'_, S, C> {
    /// What serves the client that was accepted for it, which counts from now on. `path`: of its datagrams. `None`: nothing
    /// can, which is told.
    pub fn serve(mut self, path: Option<Path>) -> Option<S::Served> {
        self.taken = true;
        self.host.count(AcceptCount::accepted);
        // Not secret, only different each time: RandomState is seeded by the system.
        let seed = RandomState::new().hash_one(());
        let start = Start::seeded(seed);
        let start = path.map_or(start, |path| start.over(path));
        self.host.service.accept(start, &mut &self.host.output)
    }
}

impl<S: Service, C> Drop for Place<'_, S, C> {
    fn drop(&mut self) {
        if !self.taken {
            self.host.give_back();
        }
    }
}
