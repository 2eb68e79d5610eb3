//! Who may begin a session, on a link that all clients share.
use s_server_core::endpoint::{Opening, Path};
use s_server_core::gatekeeper::Gatekeeper;
use s_server_core::sink::{Effect, Sink};

use crate::host::Host;
use crate::link::Door;
use crate::service::Service;

/// Asks the service.
pub struct Doorkeeper<'a, S: Service, C> {
    pub host: &'a Host<S, C>,
    pub gate: Option<&'a mut Gatekeeper>,
    /// Clients may come in.
    pub open: bool,
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
