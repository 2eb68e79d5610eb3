//! Who comes in: clients are accepted, and served at once or seated one after the other.
use std::io;

use s_server_core::io::{Input, Interest, Outcome, PeerAddress};

use super::{Client, Driver, PAUSE, State};
use crate::admission::Admission;
use crate::clock::Clock;
use crate::link::{Accepted, Link, Wire};
use crate::service::Service;

/// Clients accepted in one turn; more are left to the other workers.
const ACCEPTS: usize = 8;

/// A client, and what serves it, where it is served at once.
type Arrived<S, L> = (Accepted<<L as Link>::Wire>, Option<<S as Service>::Served>);

impl<S: Service, C: Clock, L: Link> Driver<'_, S, C, L> {
    /// There may be clients, and they may come in.
    pub(super) fn may_accept(&self) -> bool {
        self.acceptable && self.has_room()
    }

    /// Clients may come in, if there are any.
    pub(super) fn has_room(&self) -> bool {
        !self.refused && self.host.is_open() && !self.admission.as_ref().is_some_and(Admission::is_full)
    }

    pub(super) fn accept(&mut self) {
        self.paused = self.paused.filter(|&until| until > self.host.now());
        for _ in 0..ACCEPTS {
            if !self.may_accept() || self.paused.is_some() {
                return;
            }
            match self.accept_one() {
                Ok(Some((client, served))) => self.welcome(client, served),
                Ok(None) => {}
                Err(e) if e.kind() == io::ErrorKind::WouldBlock => {
                    self.acceptable = false;
                    self.host.on_accepted_all();
                }
                // This client has gone, or none was asked for yet.
                Err(e) if matches!(e.kind(), io::ErrorKind::ConnectionAborted | io::ErrorKind::Interrupted) => {}
                Err(e) => self.pause(&e),
            }
        }
    }

    /// Accepts a client, and where it is served at once, with what serves it. `None`: nobody can be served now.
    fn accept_one(&mut self) -> io::Result<Option<Arrived<S, L>>> {
        let Some(link) = &self.link else { return Ok(None) };
        if self.admission.is_some() {
            return Ok(Some((link.accept()?, None)));
        }
        let Some(place) = self.host.reserve() else {
            self.refused = true;
            return Ok(None);
        };
        let client = link.accept()?;
        Ok(place.serve(client.path).map(|served| (client, Some(served))))
    }

    /// Accepting rests: the reason, mostly that there are no descriptors left, does not go away by trying again at once.
    fn pause(&mut self, why: &io::Error) {
        self.host.on_cannot_accept(why);
        self.paused = Some(self.host.now().after(PAUSE));
    }

    /// Takes in a client: to be served at once, or to wait for the seat.
    pub(super) fn welcome(&mut self, client: Accepted<L::Wire>, served: Option<S::Served>) {
        let id = self.next_id;
        self.next_id += 1;
        let Accepted { mut stream, from, path } = client;
        if let Err(why) = stream.register(&self.poll, id) {
            self.pause(&why);
            if served.is_some() {
                self.host.finished(Outcome::Next);
            }
            return;
        }
        let number = self.host.number();
        self.clients.insert(id, Client::waiting(stream, from, path, number));
        match (served, &mut self.admission) {
            (Some(served), _) => self.serve(id, served),
            (None, Some(admission)) => {
                if let Some(gone) = admission.arrived(id) {
                    self.close(gone);
                }
            }
            (None, None) => {}
        }
    }

    /// The serial modes: seats the next client, until one can be served.
    pub(super) fn seat_next(&mut self) {
        let overhear = !self.host.output().is_full();
        self.stalled |= !overhear;
        while self.host.is_open() {
            let Some(id) = self.admission.as_mut().and_then(|admission| admission.seat_next(overhear)) else { break };
            self.serve_seated(id);
        }
        if overhear {
            self.seat_nobody();
        }
        let Some((id, others)) = self.admission.as_mut().and_then(Admission::others_ready) else { return };
        self.feed(id, Input::OthersWait(others));
    }

    /// The operator wants something of a server that nobody has asked yet, where its link has a wire for that.
    fn seat_nobody(&mut self) {
        if !self.host.is_open() || !self.admission.as_ref().is_some_and(Admission::may_seat_nobody) {
            return;
        }
        let Some(stream) = self.link.as_ref().and_then(Link::to_nobody) else { return };
        let id = self.next_id;
        if self.admission.as_mut().is_some_and(|admission| admission.seat_nobody(id)) {
            self.next_id += 1;
            self.clients.insert(id, Client::waiting(stream, PeerAddress::Unknown, None, self.host.number()));
            self.serve_seated(id);
        }
    }

    /// Serves the client in the seat, if anything can.
    fn serve_seated(&mut self, id: u64) {
        let path = self.clients.get(&id).and_then(|client| client.path);
        match self.host.reserve().and_then(|place| place.serve(path)) {
            Some(served) => self.serve(id, served),
            None => {
                self.clients.remove(&id);
                self.leave_seat(id);
            }
        }
    }

    pub(super) fn leave_seat(&mut self, id: u64) {
        if let Some(admission) = self.admission.as_mut().filter(|admission| admission.seated() == Some(id)) {
            admission.leave();
        }
    }

    fn serve(&mut self, id: u64, served: S::Served) {
        if let Some(client) = self.clients.get_mut(&id) {
            client.state = State::Served(Box::new(served), Interest::default());
            let from = client.from;
            self.feed(id, Input::Seated(from));
            self.ready.insert(id);
        }
    }
}
