//! The accept loop: one client after the other, or any number on several threads.
mod alone;

use std::hash::{BuildHasher, RandomState};
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::thread;
use std::time::Instant;

use mio::Waker;
use s_server_core::engine::Start;
use s_server_core::io::{Now, Outcome, Stream as To};
use s_server_core::options::plan::{Concurrency, Mode, Plan};
use s_server_core::{Connection, Server};

use crate::desk::Desk;
use crate::driver::Driver;
use crate::files::Folder;
use crate::operator::Operator;
use crate::output::Output;
use crate::system::{Listener, Stdin, Stream};

/// What all workers share.
pub struct House {
    server: Mutex<Server>,
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

impl House {
    /// Nobody is served yet.
    pub fn new(server: Server, output: Output, folder: Option<Folder>) -> Self {
        let open = AtomicBool::new(server.may_accept());
        Self {
            server: Mutex::new(server),
            output,
            folder,
            start: Instant::now(),
            open,
            told: AtomicBool::new(false),
            wakers: Mutex::default(),
        }
    }

    /// The time.
    pub fn now(&self) -> Now {
        Now::from_micros(u64::try_from(self.start.elapsed().as_micros()).unwrap_or(u64::MAX))
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
    pub fn accept(&self, listener: &Listener) -> io::Result<Option<(Stream, Connection)>> {
        let mut server = self.server();
        if !server.may_accept() {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        let stream = listener.accept()?;
        Ok(self.connect(&mut server).map(|connection| (stream, connection)))
    }

    /// A connection for a client that was accepted before; it is counted now.
    pub fn connection(&self) -> Option<Connection> {
        self.connect(&mut self.server())
    }

    fn connect(&self, server: &mut Server) -> Option<Connection> {
        // Not secret, only different each time: RandomState is seeded by the system.
        let seed = RandomState::new().hash_one(());
        let connection = server.accept(Start { seed }, &mut &self.output);
        self.look(server);
        connection
    }

    /// A connection is over.
    pub fn finished(&self, outcome: Outcome) {
        let mut server = self.server();
        server.finished(outcome);
        self.look(&server);
    }

    /// Sees whether the server still accepts, and tells all workers when it does not any more.
    fn look(&self, server: &Server) {
        if !server.may_accept() && self.open.swap(false, Ordering::AcqRel) {
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
        }
    }

    /// Nobody waits to be accepted.
    pub fn on_accepted_all(&self) {
        self.told.store(false, Ordering::Relaxed);
    }

    fn server(&self) -> MutexGuard<'_, Server> {
        self.server.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Has this poll woken when no more clients are accepted, and when the output is not full any more.
    fn wakes(&self, waker: &Arc<Waker>) {
        let mut wakers = self.wakers.lock().unwrap_or_else(PoisonError::into_inner);
        wakers.retain(|waker| waker.strong_count() > 0);
        wakers.push(Arc::downgrade(waker));
        self.output.wakes(waker);
    }

    /// The server, after its last client.
    pub fn into_server(self) -> Server {
        self.server.into_inner().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Serves until the plan, the operator or a client's failure ends it.
pub fn serve(plan: &Plan, house: &House, listener: Listener) -> io::Result<()> {
    let cores = thread::available_parallelism().map_or(1, |n| n.get());
    match plan.concurrency(cores) {
        Concurrency::Serial => serial(plan, house, listener, Stdin::start),
        Concurrency::Workers(_) if plan.blocks() => alone::each_alone(house, listener),
        Concurrency::Workers(workers) => side_by_side(house, listener, workers),
    }
}

/// What wakes a poll.
type Wake = Box<dyn Fn() + Send>;

/// One client at a time, on this thread.
fn serial(
    plan: &Plan,
    house: &House,
    listener: Listener,
    stdin: impl FnOnce(Wake) -> io::Result<Stdin>,
) -> io::Result<()> {
    let poll = Driver::poll()?;
    house.wakes(&poll.1);
    let waker = poll.1.clone();
    let operator = match plan.mode {
        Mode::Interactive { .. } => Some(Operator::new(stdin(Box::new(move || waker.wake().unwrap_or_default()))?)),
        _ => None,
    };
    Driver::new(house, listener, Some(Desk::new(plan, operator)), poll)?.run()
}

/// Any number of clients, on that many threads, of which this is one. All accept from the one listener.
fn side_by_side(house: &House, listener: Listener, workers: usize) -> io::Result<()> {
    let mut drivers = vec![worker(house, listener.try_clone()?)?];
    while drivers.len() < workers {
        match listener.try_clone().and_then(|listener| worker(house, listener)) {
            Ok(driver) => drivers.push(driver),
            // Fewer do, where descriptors are short.
            Err(_) => break,
        }
    }
    drop(listener);
    thread::scope(|scope| {
        let mut drivers = drivers.into_iter();
        let mine = drivers.next();
        let others: Vec<_> = drivers.map(|mut driver| scope.spawn(move || driver.run())).collect();
        let result = mine.map_or(Ok(()), |mut driver| driver.run());
        others.into_iter().map(|other| other.join().expect("a worker does not panic")).fold(result, Result::and)
    })
}

fn worker(house: &House, listener: Listener) -> io::Result<Driver<'_>> {
    let poll = Driver::poll()?;
    house.wakes(&poll.1);
    Driver::new(house, listener, None, poll)
}

#[cfg(test)]
mod tests;
