//! One worker: a poll, the clients that it tells about, and their deadlines.
//!
//! ```text
//!            accept                    Wait::Closed              sent, half-closed, drained
//!  listener --------> Waiting -------> Served ------------------> Leaving -------------------> closed
//!                     (serial modes:   (what serves it and
//!                      until seated)    what that wants)
//! ```
//!
//! The driver knows nothing of TLS and prints nothing of its own but that descriptors are short.
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::sync::Arc;
use std::time::Duration;

use mio::event::Source as _;
use mio::{Events, Poll, Token, Waker};
use s_server_core::io::{Effect, Input, Interest, Now, Outcome, Sink, Wait};
use s_server_core::seating::HEARD_LIMIT;

use crate::desk::Desk;
use crate::files::{Asked, OpenFile};
use crate::house::{House, Place};
use crate::operator::Arrival;
use crate::output::Output;
use crate::peer::{Peer, Received};
use crate::service::{Served, Service};
use crate::system::{Listener, Stream as SystemStream};
use crate::timers::Timers;

/// One read of the wire.
const READ: usize = 64 * 1024;
/// A connection hears that its bytes are flushed when less than this is left of them.
const LOW_WATER: usize = 64 * 1024;
/// Nothing more is read from a client that leaves so much of what it was sent untaken.
const HIGH_WATER: usize = 1024 * 1024;
/// Inputs for one client before the others have their turn.
const STEPS: usize = 16;
/// Clients accepted in one turn; more are left to the other workers.
const ACCEPTS: usize = 8;
/// When descriptors are short, accepting is tried again after this time.
pub const PAUSE: Duration = Duration::from_millis(100);
/// A client that takes nothing of the rest of its bytes for this time is closed.
const PATIENCE: Duration = Duration::from_secs(60);
/// What a client still sends after the end is read for this time, so that no reset overtakes our last bytes.
const DRAIN: Duration = Duration::from_millis(500);

const LISTENER: Token = Token(0);
const WAKER: Token = Token(1);
/// Tokens of clients are their ids.
const FIRST_CLIENT: u64 = 2;

/// A poll, and what wakes it.
pub type Woken = (Poll, Arc<Waker>);

/// A poll for a worker, and what wakes it.
pub fn poll() -> io::Result<Woken> {
    let poll = Poll::new()?;
    let waker = Waker::new(poll.registry(), WAKER)?;
    Ok((poll, Arc::new(waker)))
}

/// Where a worker is to work: all that it needs from the system.
pub struct Station {
    listener: Listener,
    poll: Woken,
}

impl Station {
    /// A poll that tells about this listener.
    pub fn new(mut listener: Listener) -> io::Result<Self> {
        let poll = poll()?;
        listener.register(poll.0.registry(), LISTENER, mio::Interest::READABLE)?;
        Ok(Self { listener, poll })
    }

    /// What wakes the poll.
    pub fn waker(&self) -> &Arc<Waker> {
        &self.poll.1
    }

    /// Listener and poll, for another way to work.
    pub fn into_parts(self) -> (Listener, Woken) {
        (self.listener, self.poll)
    }
}

/// One worker.
pub struct Driver<'a, S: Service> {
    house: &'a House<S>,
    poll: Poll,
    /// Those who wake the poll keep no more than a weak reference.
    _waker: Arc<Waker>,
    /// `None`: it has the one client that it was given, and ends with it.
    listener: Option<Listener>,
    /// The serial modes: clients are served one by one.
    desk: Option<Desk>,
    clients: BTreeMap<u64, Client<S::Served>>,
    next_id: u64,
    /// Clients for which there is something to do now.
    ready: BTreeSet<u64>,
    timers: Timers,
    /// The listener has not yet said that nobody is there.
    acceptable: bool,
    /// Others have the last places, and this worker is woken when one is given back.
    refused: bool,
    /// Accepting rests until then.
    paused: Option<Now>,
    /// Somebody has to wait for the output.
    stalled: bool,
    buffer: Vec<u8>,
    /// What is read of a served file.
    piece: Vec<u8>,
}

struct Client<T> {
    peer: Peer,
    file: OpenFile,
    state: State<T>,
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

impl<'a, S: Service> Driver<'a, S> {
    /// A worker at this station.
    pub fn new(house: &'a House<S>, Station { listener, poll }: Station, desk: Option<Desk>) -> Self {
        Self { listener: Some(listener), desk, acceptable: true, ..Self::idle(house, poll) }
    }

    /// A worker for this one client.
    pub fn alone(house: &'a House<S>, poll: Woken, stream: SystemStream, served: S::Served) -> Self {
        let mut driver = Self::idle(house, poll);
        driver.welcome(Peer::new(stream), Some(served));
        driver
    }

    fn idle(house: &'a House<S>, (poll, _waker): Woken) -> Self {
        Self {
            house,
            poll,
            _waker,
            listener: None,
            desk: None,
            clients: BTreeMap::new(),
            next_id: FIRST_CLIENT,
            ready: BTreeSet::new(),
            timers: Timers::default(),
            acceptable: false,
            refused: false,
            paused: None,
            stalled: false,
            buffer: vec![0; READ],
            piece: Vec::new(),
        }
    }

    /// Serves until no more clients are accepted and those that were are gone.
    pub fn run(&mut self) -> io::Result<()> {
        let mut events = Events::with_capacity(1024);
        while (self.listener.is_some() && self.house.is_open()) || self.is_busy() {
            match self.poll.poll(&mut events, self.patience()) {
                Err(e) if e.kind() != io::ErrorKind::Interrupted => return Err(e),
                _ => {}
            }
            events.iter().for_each(|event| self.on_event(event));
            self.accept();
            self.seat_next();
            for id in std::mem::take(&mut self.ready) {
                self.attend(id);
            }
            while let Some(id) = self.timers.take_due(self.house.now()) {
                self.on_time(id);
            }
        }
        Ok(())
    }

    /// Somebody is served, or not yet gone.
    fn is_busy(&self) -> bool {
        self.clients.values().any(|client| !matches!(client.state, State::Waiting))
    }

    /// How long the poll may sleep.
    fn patience(&self) -> Option<Duration> {
        if !self.ready.is_empty() || (self.may_accept() && self.paused.is_none()) {
            return Some(Duration::ZERO);
        }
        let pause = self.paused.filter(|_| self.may_accept());
        let next = [self.timers.next(), pause].into_iter().flatten().min()?;
        Some(next.since(self.house.now()))
    }

    fn on_event(&mut self, event: &mio::event::Event) {
        match event.token() {
            LISTENER => (self.acceptable, self.refused) = (true, false),
            WAKER => self.on_wake(),
            Token(id) => {
                let id = id as u64;
                let Some(client) = self.clients.get_mut(&id) else { return };
                client.peer.on_event(event);
                match client.state {
                    State::Waiting => self.listen_to(id),
                    _ => drop(self.ready.insert(id)),
                }
            }
        }
    }

    /// The serial modes: reads what a waiting client says, until that is enough for the seat.
    fn listen_to(&mut self, id: u64) {
        let (Some(desk), Some(client)) = (&mut self.desk, self.clients.get_mut(&id)) else { return };
        while desk.listens_to(id) {
            match client.peer.read_ahead(&mut self.buffer[..HEARD_LIMIT]) {
                Received::Bytes(length) => desk.heard(id, &self.buffer[..length]),
                Received::End(_) => return desk.ended(id),
                Received::Nothing => return,
            }
        }
    }

    /// The operator said something, the output takes more, a place was given back, or no more clients are accepted.
    fn on_wake(&mut self) {
        self.refused = false;
        self.ready.extend(self.desk.as_ref().and_then(Desk::seated));
        if self.stalled && !self.house.output().is_full() {
            self.stalled = false;
            self.ready.extend(self.clients.keys());
        }
    }

    /// There may be clients, and they may come in.
    fn may_accept(&self) -> bool {
        self.acceptable && !self.refused && self.house.is_open() && !self.desk.as_ref().is_some_and(Desk::is_full)
    }

    fn accept(&mut self) {
        self.paused = self.paused.filter(|&until| until > self.house.now());
        for _ in 0..ACCEPTS {
            if !self.may_accept() || self.paused.is_some() {
                return;
            }
            match self.accept_one() {
                Ok(Some((stream, served))) => self.welcome(Peer::new(stream), served),
                Ok(None) => {}
                Err(e) if e.kind() == io::ErrorKind::WouldBlock => {
                    self.acceptable = false;
                    self.house.on_accepted_all();
                }
                // This client has gone, or none was asked for yet.
                Err(e) if matches!(e.kind(), io::ErrorKind::ConnectionAborted | io::ErrorKind::Interrupted) => {}
                Err(e) => self.pause(&e),
            }
        }
    }

    /// Accepts a client, and where it is served at once, with what serves it. `None`: nobody can be served now.
    fn accept_one(&mut self) -> io::Result<Option<(SystemStream, Option<S::Served>)>> {
        let Some(listener) = &self.listener else { return Ok(None) };
        if self.desk.is_some() {
            return Ok(Some((listener.accept()?, None)));
        }
        let Some(place) = self.house.reserve() else {
            self.refused = true;
            return Ok(None);
        };
        let stream = listener.accept()?;
        Ok(place.serve().map(|served| (stream, Some(served))))
    }

    /// Accepting rests: the reason, mostly that there are no descriptors left, does not go away by trying again at once.
    fn pause(&mut self, why: &io::Error) {
        self.house.on_cannot_accept(why);
        self.paused = Some(self.house.now().after(PAUSE));
    }

    /// Takes in a client: to be served at once, or to wait for the seat.
    fn welcome(&mut self, mut peer: Peer, served: Option<S::Served>) {
        let id = self.next_id;
        self.next_id += 1;
        if let Err(why) = peer.register(self.poll.registry(), Token(id as usize)) {
            self.pause(&why);
            if served.is_some() {
                self.house.finished(Outcome::Next);
            }
            return;
        }
        self.clients.insert(id, Client { peer, file: OpenFile::default(), state: State::Waiting });
        match (served, &mut self.desk) {
            (Some(served), _) => self.serve(id, served),
            (None, Some(desk)) => {
                if let Some(gone) = desk.arrived(id) {
                    self.close(gone);
                }
            }
            (None, None) => {}
        }
    }

    /// The serial modes: seats the next client, until one can be served.
    fn seat_next(&mut self) {
        let overhear = !self.house.output().is_full();
        self.stalled |= !overhear;
        while self.house.is_open() {
            let Some(id) = self.desk.as_mut().and_then(|desk| desk.seat_next(overhear)) else { break };
            match self.house.reserve().and_then(Place::serve) {
                Some(served) => self.serve(id, served),
                None => {
                    self.clients.remove(&id);
                    self.leave_seat(id);
                }
            }
        }
        let Some((id, others)) = self.desk.as_mut().and_then(Desk::others_ready) else { return };
        self.feed(id, Input::OthersWait(others));
    }

    fn leave_seat(&mut self, id: u64) {
        if let Some(desk) = self.desk.as_mut().filter(|desk| desk.seated() == Some(id)) {
            desk.leave();
        }
    }

    fn serve(&mut self, id: u64, served: S::Served) {
        if let Some(client) = self.clients.get_mut(&id) {
            client.state = State::Served(Box::new(served), Interest::default());
            self.feed(id, Input::Seated);
            self.ready.insert(id);
        }
    }

    /// Does for a client what there is to do, and comes back to it if that is much.
    fn attend(&mut self, id: u64) {
        for _ in 0..STEPS {
            if !self.step(id) {
                return;
            }
        }
        self.ready.insert(id);
    }

    /// One input for a client. `false`: there is nothing to do now.
    fn step(&mut self, id: u64) -> bool {
        let Some(client) = self.clients.get_mut(&id) else { return false };
        let flushed = client.peer.flush();
        match client.state {
            State::Waiting => false,
            State::Leaving(Leaving::Sending) => self.on_sent(id, flushed > 0),
            State::Leaving(Leaving::Draining) => self.drain(id),
            State::Served(_, interest) => self.next_input(id, interest),
        }
    }

    /// Feeds what a client's server wants and there is. The operator comes first.
    fn next_input(&mut self, id: u64, wants: Interest) -> bool {
        if self.house.output().is_full() {
            self.stalled = true;
            return false;
        }
        let heard = wants.operator.and_then(|max| self.desk.as_mut()?.hear(max));
        match &heard {
            Some(Arrival::Unit(unit)) => return self.feed(id, Input::Operator(unit)),
            Some(Arrival::End) => return self.feed(id, Input::OperatorEnd),
            None => {}
        }
        let Some(client) = self.clients.get_mut(&id) else { return false };
        if wants.flushed && client.peer.pending() < LOW_WATER {
            return self.feed(id, Input::WireFlushed);
        }
        if !wants.wire || client.peer.pending() >= HIGH_WATER {
            return false;
        }
        match client.peer.read(&mut self.buffer) {
            Received::Bytes(length) => {
                let buffer = std::mem::take(&mut self.buffer);
                self.feed(id, Input::Wire(&buffer[..length]));
                self.buffer = buffer;
                true
            }
            Received::End(end) => self.feed(id, Input::WireEnd(end)),
            Received::Nothing => false,
        }
    }

    /// Gives a connection an input. Always `true`: something was done.
    fn feed(&mut self, id: u64, input: Input<'_>) -> bool {
        let Some(Client { peer, file, state: State::Served(served, _) }) = self.clients.get_mut(&id) else {
            return true;
        };
        let mut effects = Effects { peer, output: self.house.output(), asked: None };
        let mut wait = served.handle(self.house.now(), input, &mut effects);
        while let Some(asked) = effects.asked.take() {
            let reply = file.answer(self.house.folder(), &asked, &mut self.piece);
            wait = served.handle(self.house.now(), Input::File(reply), &mut effects);
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
                self.timers.set(id, Some(self.house.now().after(PATIENCE)));
                self.leave_seat(id);
                self.house.finished(outcome);
                self.ready.insert(id);
            }
        }
    }

    /// Once the rest is sent: closes our side.
    fn on_sent(&mut self, id: u64, progress: bool) -> bool {
        let now = self.house.now();
        let Some(client) = self.clients.get_mut(&id) else { return false };
        let until = if client.peer.pending() == 0 {
            client.peer.half_close();
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
        let received = client.peer.read(&mut self.buffer);
        if client.peer.has_ended() {
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

/// Where a connection's effects go.
struct Effects<'a> {
    peer: &'a mut Peer,
    output: &'a Output,
    asked: Option<Asked>,
}

impl Sink for Effects<'_> {
    fn put(&mut self, effect: Effect<'_>) {
        match effect {
            Effect::Transmit(bytes) => self.peer.send(bytes),
            Effect::Print(stream, bytes) => self.output.print(stream, bytes),
            Effect::File(request) => self.asked = Some(request.into()),
            // The engine of this process writes its own, there is one instance, and nobody asks for facts.
            Effect::KeyLog(_) | Effect::Session { .. } | Effect::Notice(_) => {}
        }
    }
}
