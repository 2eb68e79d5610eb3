//! A link and a clock that a test sets: no sockets, and time passes only when the test says so.
//!
//! ```text
//!   test:    World --connect--> Client --send, end, takes--+      World::pass: from deadline to deadline
//!                                                          |      World::settle: until every worker waits
//!   workers: Link --accept--> Stream --read, write---------+
//! ```
//!
//! Whatever a test asks waits until every worker waits, so no test waits for a time. The rules are those of sockets: a poll
//! tells of an edge once, and a stream takes as much as its client has room for.
mod client;
mod run;

use std::collections::{BTreeMap, VecDeque};
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::Duration;

use s_server_core::io::{Now, PeerAddress};

use super::buffered_stream::BufferedStream;
use super::{Accepted, Event, Poll, Source, Wake};
use crate::clock::Clock;
pub use client::Client;
use client::{Pipe, SetStream};
pub use run::Run;

/// A test that comes to nothing ends after this time.
const PATIENCE: Duration = Duration::from_secs(20);

/// The net and the time of one test.
#[derive(Clone, Default)]
pub struct World(Arc<Shared>);

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    /// There is something to do for a worker.
    work: Condvar,
    /// A worker waits, or is gone.
    rest: Condvar,
}

#[derive(Default)]
struct State {
    now: Now,
    polls: Vec<Sleeper>,
    /// All clients there ever were.
    pipes: Vec<Pipe>,
    /// Those who are not accepted yet.
    backlog: VecDeque<usize>,
    /// How accepting fails next.
    failures: VecDeque<io::ErrorKind>,
    /// Whoever accepts stays there.
    holds: bool,
}

/// A poll.
#[derive(Default)]
struct Sleeper {
    /// It was asked to tell of something.
    watches: bool,
    listens: bool,
    events: BTreeMap<Source, Event>,
    /// Its worker waits, for at most that long.
    waits: bool,
    until: Option<Now>,
    /// Its worker is held where it accepts.
    held: bool,
    gone: bool,
}

impl World {
    /// A link of this world.
    pub fn link(&self) -> SetLink {
        SetLink { world: self.clone(), poll: None }
    }

    /// A client that takes whatever it is sent, and waits to be accepted. All polls are told.
    pub fn connect(&self) -> Client {
        self.connect_with(usize::MAX)
    }

    /// A client that has room for so many bytes.
    pub fn connect_with(&self, room: usize) -> Client {
        let mut state = self.state();
        let number = state.pipes.len();
        state.pipes.push(Pipe::with(room));
        state.backlog.push_back(number);
        for sleeper in state.polls.iter_mut().filter(|sleeper| sleeper.listens) {
            sleeper.tell(Event { readable: true, ..nothing(Source::Link) });
        }
        self.work();
        Client { world: self.clone(), number }
    }

    /// Accepting fails once more like this.
    pub fn fails_to_accept(&self, why: io::ErrorKind) {
        self.state().failures.push_back(why);
    }

    /// Whoever accepts from now on stays there.
    pub fn holds_who_accepts(&self) {
        self.state().holds = true;
    }

    /// Those who stayed go on.
    pub fn lets_go(&self) {
        let mut state = self.state();
        state.holds = false;
        state.polls.iter_mut().for_each(|sleeper| sleeper.held = false);
        self.work();
    }

    /// Clients that wait to be accepted.
    pub fn backlog(&self) -> usize {
        self.settle().backlog.len()
    }

    /// Nobody works any more.
    pub fn is_over(&self) -> bool {
        self.settle().polls.iter().all(|sleeper| sleeper.gone)
    }

    /// Lets that much time pass: workers whose time has come work at that moment.
    pub fn pass(&self, time: Duration) {
        let mut state = self.settle();
        let end = state.now.after(time);
        while state.now < end {
            let next = state.polls.iter().filter(|sleeper| sleeper.waits).filter_map(|sleeper| sleeper.until).min();
            state.now = next.map_or(end, |next| next.min(end));
            drop(state);
            self.work();
            state = self.settle();
        }
    }

    /// Waits until every worker waits, or is gone.
    fn settle(&self) -> MutexGuard<'_, State> {
        let is_busy = |state: &mut State| !state.is_settled();
        let (state, waited) = self.0.rest.wait_timeout_while(self.state(), PATIENCE, is_busy).expect("no panic");
        assert!(!waited.timed_out(), "a worker neither waits nor ends");
        state
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().expect("no panic with the lock")
    }

    fn work(&self) {
        self.0.work.notify_all();
    }

    fn rest(&self) {
        self.0.rest.notify_all();
    }
}

impl Clock for World {
    fn now(&self) -> Now {
        self.state().now
    }
}

impl State {
    fn is_settled(&self) -> bool {
        self.polls.iter().all(|sleeper| sleeper.is_settled(self.now))
            && self.pipes.iter().all(|pipe| self.is_kept(pipe))
    }

    /// Somebody looks after it, or need not.
    fn is_kept(&self, pipe: &Pipe) -> bool {
        let watched = pipe.watched.is_some_and(|(poll, _)| !self.polls[poll].gone);
        watched || pipe.accepted.is_none() || pipe.closed.is_some()
    }
}

impl Sleeper {
    fn is_settled(&self, now: Now) -> bool {
        self.gone || !self.watches || self.held || (self.waits && self.events.is_empty() && !self.is_due(now))
    }

    fn is_due(&self, now: Now) -> bool {
        self.until.is_some_and(|until| until <= now)
    }

    /// Adds to what it tells next.
    fn tell(&mut self, event: Event) {
        let told = self.events.entry(event.of).or_insert(nothing(event.of));
        told.readable |= event.readable;
        told.read_closed |= event.read_closed;
        told.writable |= event.writable;
    }
}

fn nothing(of: Source) -> Event {
    Event { of, readable: false, read_closed: false, writable: false, write_closed: false, failed: false }
}

/// Where the clients of a world come from.
pub struct SetLink {
    world: World,
    /// Tells about this handle.
    poll: Option<usize>,
}

impl super::Link for SetLink {
    type Wire = BufferedStream<SetStream>;
    type Poll = SetPoll;

    fn poll(&self) -> io::Result<SetPoll> {
        let mut state = self.world.state();
        let (world, number) = (self.world.clone(), state.polls.len());
        state.polls.push(Sleeper::default());
        Ok(SetPoll { world: world.clone(), number, waker: Arc::new(SetWaker { world, poll: number }) })
    }

    fn register(&mut self, poll: &SetPoll) -> io::Result<()> {
        let sleeper = &mut self.world.state().polls[poll.number];
        (sleeper.watches, sleeper.listens) = (true, true);
        self.poll = Some(poll.number);
        Ok(())
    }

    fn accept(&self) -> io::Result<Accepted<Self::Wire>> {
        let mut state = self.world.state();
        let here = self.poll.expect("who accepts is told of clients");
        while state.holds {
            state.polls[here].held = true;
            self.world.rest();
            state = self.world.0.work.wait(state).expect("no panic");
        }
        if let Some(why) = state.failures.pop_front() {
            return Err(why.into());
        }
        let number = state.backlog.pop_front().ok_or(io::ErrorKind::WouldBlock)?;
        state.pipes[number].accepted = Some(state.now);
        let from = SocketAddr::from((Ipv4Addr::LOCALHOST, number as u16));
        let stream = BufferedStream::new(SetStream { world: self.world.clone(), number });
        Ok(Accepted { stream, from: PeerAddress::Ip(from), path: None })
    }

    fn try_clone(&self) -> io::Result<Self> {
        Ok(self.world.link())
    }
}

/// A poll of a world.
pub struct SetPoll {
    world: World,
    number: usize,
    waker: Arc<SetWaker>,
}

impl Poll for SetPoll {
    fn waker(&self) -> Arc<dyn Wake> {
        self.waker.clone()
    }

    fn wait(&mut self, events: &mut Vec<Event>, patience: Option<Duration>) -> io::Result<()> {
        let mut state = self.world.state();
        let until = patience.map(|patience| state.now.after(patience));
        loop {
            let now = state.now;
            let sleeper = &mut state.polls[self.number];
            sleeper.until = until;
            sleeper.waits = sleeper.events.is_empty() && !sleeper.is_due(now);
            if !sleeper.waits {
                events.clear();
                events.extend(std::mem::take(&mut sleeper.events).into_values());
                return Ok(());
            }
            self.world.rest();
            state = self.world.0.work.wait(state).expect("no panic");
        }
    }
}

impl Drop for SetPoll {
    fn drop(&mut self) {
        self.world.state().polls[self.number].gone = true;
        self.world.rest();
    }
}

struct SetWaker {
    world: World,
    poll: usize,
}

impl Wake for SetWaker {
    fn wake(&self) {
        self.world.state().polls[self.poll].tell(nothing(Source::Waker));
        self.world.work();
    }
}
