//! The accept loop: one client after the other, or any number on several threads.
mod alone;

use std::hash::{BuildHasher, RandomState};
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::thread;
use std::time::Instant;

use crate::clock;
use crate::descriptors::{self, Shortage};
use crate::desk::Desk;
use crate::driver::{Driver, Station};
use crate::files::Folder;
use crate::listen::{At, Bound, Failure, listen_for};
use crate::operator::Operator;
use crate::output::Output;
use crate::service::Service;
use crate::system::{Listener, Stdin, Stream};
use mio::Waker;
use s_server_core::engine::Start;
use s_server_core::io::{Now, Outcome, Stream as To};
use s_server_core::options::plan::{Concurrency, Mode, Plan};

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
    fn wakes(&self, waker: &Arc<Waker>) {
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

/// All that serving takes from the system: made before anybody is told that clients are served.
pub struct Ready(Way);

enum Way {
    /// One client at a time.
    Serial(Station, Desk),
    /// Any number of clients, on that many threads.
    Workers(Vec<Station>),
    /// Each on a thread of its own.
    Alone(Station),
}

/// Listens as the plan says, and gets ready to serve.
pub fn open(plan: &Plan) -> Result<(Ready, At), Failure> {
    let Bound { listener, at } = listen_for(plan)?;
    Ok((Ready::new(plan, listener).map_err(Failure::Short)?, at))
}

/// What wakes a poll.
type Wake = Box<dyn Fn() + Send>;

impl Ready {
    fn new(plan: &Plan, listener: Listener) -> Result<Self, Shortage> {
        let cores = thread::available_parallelism().map_or(1, |n| n.get());
        Self::with(plan, cores, listener, Stdin::start)
    }

    fn with(
        plan: &Plan,
        cores: usize,
        listener: Listener,
        stdin: impl FnOnce(Wake) -> io::Result<Stdin>,
    ) -> Result<Self, Shortage> {
        drop(descriptors::take(descriptors::serving(plan))?);
        Ok(Self(match plan.concurrency(cores) {
            Concurrency::Serial => {
                let station = Station::new(listener)?;
                let waker = station.waker().clone();
                let operator = match plan.mode {
                    Mode::Interactive { .. } => {
                        Some(Operator::new(stdin(Box::new(move || waker.wake().unwrap_or_default()))?))
                    }
                    _ => None,
                };
                Way::Serial(station, Desk::new(plan, operator))
            }
            Concurrency::Workers(_) if plan.blocks() => {
                // Whether there can be threads at all.
                thread::Builder::new().spawn(|| ())?.join().unwrap_or_default();
                Way::Alone(Station::new(listener)?)
            }
            Concurrency::Workers(workers) => Way::Workers(stations(listener, workers)?),
        }))
    }

    /// Serves until the plan, the operator or a client's failure ends it.
    pub fn serve<S: Service>(self, house: &House<S>) -> io::Result<()> {
        match self.0 {
            Way::Serial(station, desk) => worker(house, station, Some(desk)).run(),
            Way::Workers(stations) => side_by_side(house, stations),
            Way::Alone(station) => alone::each_alone(house, station),
        }
    }
}

/// One station for each worker, all on the one listener. Where descriptors are short there are fewer, and a client has what
/// it needs.
fn stations(listener: Listener, workers: usize) -> Result<Vec<Station>, Shortage> {
    let mut others = Vec::new();
    let more = || listener.try_clone().and_then(Station::new).ok();
    // Those of the first worker, which takes the listener as it is, and of a client.
    let kept = descriptors::take(descriptors::WORKER)?;
    while others.len() + 1 < workers
        && let Some(station) = more()
    {
        others.push(station);
    }
    drop(kept);
    let mut stations = vec![Station::new(listener)?];
    stations.append(&mut others);
    Ok(stations)
}

/// Any number of clients, on a thread for each station, of which this is one.
fn side_by_side<S: Service>(house: &House<S>, stations: Vec<Station>) -> io::Result<()> {
    thread::scope(|scope| {
        let mut drivers = stations.into_iter().map(|station| worker(house, station, None));
        let mine = drivers.next();
        // Fewer work where threads are short.
        let others: Vec<_> = drivers
            .map_while(|mut driver| thread::Builder::new().spawn_scoped(scope, move || driver.run()).ok())
            .collect();
        let result = mine.map_or(Ok(()), |mut driver| driver.run());
        others.into_iter().map(|other| other.join().expect("a worker does not panic")).fold(result, Result::and)
    })
}

fn worker<S: Service>(house: &House<S>, station: Station, desk: Option<Desk>) -> Driver<'_, S> {
    house.wakes(station.waker());
    Driver::new(house, station, desk)
}

#[cfg(test)]
mod tests;
