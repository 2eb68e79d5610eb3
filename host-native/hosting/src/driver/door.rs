//! A link that all clients share: they get what came for them, and the service is asked who may begin a session.
use s_server_core::endpoint::{Opening, Path};
use s_server_core::gatekeeper::Gatekeeper;
use s_server_core::sink::{Effect, Sink};

use super::Driver;
use crate::clock::Clock;
use crate::host::Host;
use crate::link::{Door, Event, Link};
use crate::service::Service;

impl<S: Service, C: Clock, L: Link> Driver<'_, S, C, L> {
    /// Clients that share the link get what came over it.
    pub(super) fn deliver(&mut self, events: &mut Vec<Event>) {
        let open = self.has_room();
        let Some(link) = &mut self.link else { return };
        let mut door = Doorkeeper { host: self.host, gate: self.gate.as_mut(), open };
        self.delivering = link.deliver(&self.poll, &mut door, events);
    }
}

/// Asks the service.
struct Doorkeeper<'a, S: Service, C> {
    host: &'a Host<S, C>,
    gate: Option<&'a mut Gatekeeper>,
    /// Clients may come in.
    open: bool,
}

impl<S: Service, C> Door for Doorkeeper<'_, S, C> {
    fn opening(&self, datagram: &[u8]) -> Option<Opening> {
        self.host.opening(datagram)
    }

    fn admits(&mut self, path: Path, datagram: &[u8], send: &mut dyn FnMut(&[u8])) -> bool {
        let Self { host, gate, open } = self;
        *open && gate.as_mut().is_none_or(|gate| gate.admits(path, datagram, send, &mut Told(*host)))
    }
}

/// Prints what happened before there was a session, for the recording too.
struct Told<'a, S: Service, C>(&'a Host<S, C>);

impl<S: Service, C> Sink for Told<'_, S, C> {
    fn put(&mut self, effect: Effect<'_>) {
        if let Effect::Print(stream, text) = effect {
            self.0.output().print(stream, text);
            self.0.said(stream, text);
        }
    }

    fn wants_facts(&self) -> bool {
        false
    }
}
