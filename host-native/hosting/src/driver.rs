//! One worker: a poll, the clients that it tells about, and their deadlines.
//!
//! ```text
//!            accept                    Wait::Closed              sent, half-closed, drained
//!  link ------------> Waiting -------> Served ------------------> Leaving -------------------> closed
//!    (accepting.rs)   (serial modes:   (what serves it and
//!                      until seated)    what that wants)
//! ```
//!
//! The driver knows nothing of TLS and prints nothing of its own but that descriptors are short.
mod accepting;
mod door;
mod effects;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::sync::Arc;
use std::time::Duration;

use s_server_core::endpoint::Path;
use s_server_core::gatekeeper::Gatekeeper;
use s_server_core::io::{Input, Interest, Now, PeerAddress, Stream, Wait};
use s_server_core::seating::HEARD_LIMIT;

use crate::admission::Admission;
use crate::clock::Clock;
use crate::files::OpenFile;
use crate::host::Host;
use crate::link::{Accepted, Event, Link, Poll, Received, Source, Wake, Wire};
use crate::operator::Arrival;
use crate::service::{Served, Service};
use crate::timers::Timers;
use effects::{Effects, Observation};

/// One read of the wire.
const READ: usize = 64 * 1024;
/// A connection hears that its bytes are flushed when less than this is left of them.
const LOW_WATER: usize = 64 * 1024;
/// Nothing more is read from a client that leaves so much of what it was sent untaken.
const HIGH_WATER: usize = 1024 * 1024;
/// Inputs for one client before the others have their turn.
const STEPS: usize = 16;
/// When descriptors are short, accepting is tried again after this time.
pub const PAUSE: Duration = Duration::from_millis(100);
/// A client that takes nothing of the rest of its bytes for this time is closed.
const PATIENCE: Duration = Duration::from_secs(60);
/// What a client still sends after the end is read for this time, so that no reset overtakes our last bytes.
const DRAIN: Duration = Duration::from_millis(500);

/// Where a worker is to work: all that it needs from the system.
pub struct Station<L: Link> {
    link: L,
    poll: L::Poll,
}

impl<L: Link> Station<L> {
    /// A poll that tells about this link.
    pub fn new(mut link: L) -> io::Result<Self> {
        let poll = link.poll()?;
        link.register(&poll)?;
        Ok(Self { link, poll })
    }

    /// What wakes the poll.
    pub fn waker(&self) -> Arc<dyn Wake> {
        self.poll.waker()
    }

    /// Link and poll, for another way to work.
    pub fn into_parts(self) -> (L, L::Poll) {
        (self.link, self.poll)
    }
}

/// One worker.
pub struct Driver<'a, S: Service, C: Clock, L: Link> {
    host: &'a Host<S, C>,
    poll: L::Poll,
    /// `None`: it has the one client that it was given, and ends with it.
    link: Option<L>,
    /// The serial modes: clients are served one by one.
    admission: Option<Admission>,
    /// Looks at the first datagrams of peers.
    gate: Option<Gatekeeper>,
    clients: BTreeMap<u64, Client<S::Served, L::Wire>>,
    next_id: u64,
    /// Clients for which there is something to do now.
    ready: BTreeSet<u64>,
    timers: Timers,
    /// The link has not yet said that nobody is there.
    acceptable: bool,
    /// The link has more for its clients.
    delivering: bool,
    /// Others have the last places, and this worker is woken when one is given back.
    refused: bool,
    /// Accepting rests until then.
    paused: Option<Now>,
    /// Somebody has to wait for the output.
    stalled: bool,
    buffer: Vec<u8>,
    /// What is read of a served file.
    piece: Vec<u8>,
    /// What one input has to send: it leaves together.
    to_send: Vec<u8>,
}

struct Client<T, W> {
    stream: W,
    /// Where it speaks from.
    from: PeerAddress,
    /// Between which addresses its datagrams go.
    path: Option<Path>,
    /// Its number among all clients that are observed.
    number: u64,
    file: OpenFile,
    state: State<T>,
}

impl<T, W> Client<T, W> {
    /// One without a seat.
    fn waiting(stream: W, from: PeerAddress, path: Option<Path>, number: u64) -> Self {
        Self { stream, from, path, number, file: OpenFile::default(), state: State::Waiting }
    }
}

enum State<T> {
    /// It has no seat.
    Waiting,
    Served(Box<T>, Interest),
    Leaving(Leaving),
}

/// The end of a client's socket.
#[derive(Clone, Copy)]
enum Leaving {
    /// Not everything is sent.
    Sending,
    /// Everything is sent, and our side closed.
    Draining,
}

impl<'a, S: Service, C: Clock, L: Link> Driver<'a, S, C, L> {
    /// A worker at this station.
    pub fn new(host: &'a Host<S, C>, Station { link, poll }: Station<L>, admission: Option<Admission>) -> Self {
        let gate = host.gate();
        Self { link: Some(link), admission, gate, acceptable: true, ..Self::idle(host, poll) }
    }

    /// A worker for this one client.
    pub fn alone(host: &'a Host<S, C>, poll: L::Poll, client: Accepted<L::Wire>, served: S::Served) -> Self {
        let mut driver = Self::idle(host, poll);
        driver.welcome(client, Some(served));
        driver
    }

    fn idle(host: &'a Host<S, C>, poll: L::Poll) -> Self {
        Self {
            host,
            poll,
            link: None,
            admission: None,
            gate: None,
            clients: BTreeMap::new(),
            next_id: 0,
            ready: BTreeSet::new(),
            timers: Timers::default(),
            acceptable: false,
            delivering: false,
            refused: false,
            paused: None,
            stalled: false,
            buffer: vec![0; READ],
            piece: Vec::new(),
            to_send: Vec::new(),
        }
    }

    /// Serves until no more clients are accepted and those that were are gone.
    pub fn run(&mut self) -> io::Result<()> {
        let mut events = Vec::new();
        while (self.link.is_some() && self.host.is_open()) || self.is_busy() {
            let patience = self.patience();
            self.poll.wait(&mut events, patience)?;
            self.deliver(&mut events);
            events.iter().for_each(|event| self.on_event(event));
            self.accept();
            self.seat_next();
            for id in std::mem::take(&mut self.ready) {
                self.attend(id);
            }
            while let Some(id) = self.timers.take_due(self.host.now()) {
                self.on_time(id);
            }
            // Somebody may have left it.
            self.seat_next();
        }
        Ok(())
    }

    /// Somebody is served, or not yet gone.
    fn is_busy(&self) -> bool {
        self.clients.values().any(|client| !matches!(client.state, State::Waiting))
    }

    /// How long the poll may sleep.
    fn patience(&self) -> Option<Duration> {
        if !self.ready.is_empty() || self.delivering || (self.may_accept() && self.paused.is_none()) {
            return Some(Duration::ZERO);
        }
        let pause = self.paused.filter(|_| self.may_accept());
        let next = [self.timers.next(), pause].into_iter().flatten().min()?;
        Some(next.since(self.host.now()))
    }

    fn on_event(&mut self, event: &Event) {
        match event.of {
            Source::Link => self.acceptable = true,
            Source::Waker => self.on_wake(),
            Source::Stream(id) => {
                let Some(client) = self.clients.get_mut(&id) else { return };
                client.stream.on_event(event);
                match client.state {
                    State::Waiting if client.stream.is_gone() => self.give_up(id),
                    State::Waiting => self.listen_to(id),
                    _ => drop(self.ready.insert(id)),
                }
            }
        }
    }

    /// The serial modes: reads what a waiting client says, until that is enough for the seat.
    fn listen_to(&mut self, id: u64) {
        let (Some(admission), Some(client)) = (&mut self.admission, self.clients.get_mut(&id)) else { return };
        while admission.listens_to(id) {
            match client.stream.read_ahead(&mut self.buffer[..HEARD_LIMIT]) {
                Received::Bytes(length) => admission.heard(id, &self.buffer[..length]),
                Received::End(_) => return admission.ended(id),
                Received::Nothing => return,
            }
        }
    }

    /// A waiting client has gone.
    fn give_up(&mut self, id: u64) {
        if let Some(admission) = &mut self.admission {
            admission.gone(id);
        }
        self.close(id);
    }

    /// The operator said something, the output takes more, a place was given back, or no more clients are accepted.
    fn on_wake(&mut self) {
        self.refused = false;
        self.ready.extend(self.admission.as_ref().and_then(Admission::seated));
        if self.stalled && !self.host.output().is_full() {
            self.stalled = false;
            self.ready.extend(self.clients.keys());
        }
    }

    /// Does for a client what there is to do, and comes back to it if that is much.
    fn attend(&mut self, id: u64) {
        for _ in 0..STEPS {
            if !self.step(id) {
                self.ready.remove(&id);
                return;
            }
        }
        self.ready.insert(id);
    }

    /// One input for a client. `false`: there is nothing to do now.
    fn step(&mut self, id: u64) -> bool {
        let Some(client) = self.clients.get_mut(&id) else { return false };
        let flushed = client.stream.flush();
        match client.state {
            State::Waiting => false,
            State::Leaving(Leaving::Sending) => self.on_sent(id, flushed > 0),
            State::Leaving(Leaving::Draining) => self.drain(id),
            State::Served(_, interest) => self.next_input(id, interest),
        }
    }

    /// Feeds what a client's server wants and there is. The operator comes first, and is asked when that matters, or when
    /// nobody would tell.
    fn next_input(&mut self, id: u64, wants: Interest) -> bool {
        if self.host.output().is_full() {
            self.stalled = true;
            return false;
        }
        let Some(client) = self.clients.get(&id) else { return false };
        let matters = client.stream.is_readable();
        let admission = self.admission.as_mut().filter(|admission| matters || !admission.awaits_operator());
        let heard = wants.operator.zip(admission).and_then(|(max, admission)| admission.hear(max));
        match &heard {
            Some(Arrival::Unit(unit)) => return self.feed(id, Input::Operator(unit)),
            Some(Arrival::End) => return self.feed(id, Input::OperatorEnd),
            None => {}
        }
        let Some(client) = self.clients.get_mut(&id) else { return false };
        if wants.flushed && client.stream.pending() < LOW_WATER {
            return self.feed(id, Input::WireFlushed);
        }
        if !wants.wire || client.stream.pending() >= HIGH_WATER {
            return false;
        }
        match client.stream.read(&mut self.buffer) {
            Received::Bytes(length) => {
                let buffer = std::mem::take(&mut self.buffer);
                self.feed(id, L::Wire::input(&buffer[..length]));
                self.buffer = buffer;
                true
            }
            Received::End(end) => self.feed(id, Input::WireEnd(end)),
            Received::Nothing => false,
        }
    }

    /// Gives a connection an input. Always `true`: something was done.
    fn feed(&mut self, id: u64, input: Input<'_>) -> bool {
        let Some(Client { stream, file, state: State::Served(served, _), number, .. }) = self.clients.get_mut(&id)
        else {
            return true;
        };
        let now = self.host.now();
        let observed = self.host.observer().map(|observer| Observation { observer, client: *number, now });
        let mut effects = Effects::new(stream, &mut self.to_send, self.host, observed);
        let mut wait = served.handle(now, input, &mut effects);
        while let Some(asked) = effects.asked.take() {
            let reply = file.answer(self.host.folder(), &asked, &mut self.piece);
            wait = served.handle(self.host.now(), Input::File(reply), &mut effects);
        }
        effects.send();
        if let Some(text) = effects.said.take() {
            self.host.said(Stream::Err, &text);
        }
        self.apply(id, wait);
        true
    }

    /// Does what a connection wants next.
    fn apply(&mut self, id: u64, wait: Wait) {
        let Some(client) = self.clients.get_mut(&id) else { return };
        match (wait, &mut client.state) {
            (Wait::For(wants), State::Served(_, interest)) => {
                *interest = wants;
                self.timers.set(id, wants.deadline.map(|(at, _)| at));
            }
            (Wait::For(_), _) => {}
            (Wait::Closed(outcome), _) => {
                client.state = State::Leaving(Leaving::Sending);
                self.timers.set(id, Some(self.host.now().after(PATIENCE)));
                self.leave_seat(id);
                self.host.finished(outcome);
                self.ready.insert(id);
            }
        }
    }

    /// Once the rest is sent: closes our side.
    fn on_sent(&mut self, id: u64, progress: bool) -> bool {
        let now = self.host.now();
        let Some(client) = self.clients.get_mut(&id) else { return false };
        let until = if client.stream.pending() == 0 {
            client.stream.half_close();
            client.state = State::Leaving(Leaving::Draining);
            now.after(DRAIN)
        } else if progress {
            now.after(PATIENCE)
        } else {
            return false;
        };
        self.timers.set(id, Some(until));
        true
    }

    /// Reads and forgets, until the peer's stream ends.
    fn drain(&mut self, id: u64) -> bool {
        let Some(client) = self.clients.get_mut(&id) else { return false };
        let received = client.stream.read(&mut self.buffer);
        if client.stream.has_ended() {
            self.close(id);
        }
        matches!(received, Received::Bytes(_))
    }

    fn on_time(&mut self, id: u64) {
        match self.clients.get(&id).map(|client| &client.state) {
            Some(State::Served(..)) => {
                self.feed(id, Input::Timeout);
                self.ready.insert(id);
            }
            Some(State::Leaving(_)) => self.close(id),
            Some(State::Waiting) | None => {}
        }
    }

    fn close(&mut self, id: u64) {
        self.clients.remove(&id);
        self.timers.set(id, None);
        // Its descriptor is free: whoever had none may go on.
        self.paused = None;
    }
}
