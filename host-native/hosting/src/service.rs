//! What serves connections, as far as their host knows it.
use s_server_core::endpoint::Opening;
use s_server_core::engine::Start;
use s_server_core::gatekeeper::Gatekeeper;
use s_server_core::io::{Input, Now, Outcome, Stream, Wait};
use s_server_core::sink::Sink;
use s_server_core::{Connection, Server};

/// The server around its connections: makes what serves a client.
///
/// Its calls come from any number of threads at the same time. How many clients are accepted is not its business.
pub trait Service: Sync {
    /// What serves one client.
    type Served: Served;

    /// Something for a client that was accepted and counted. `None`: it cannot be served, which is told.
    fn accept(&self, start: Start, out: &mut dyn Sink) -> Option<Self::Served>;
    /// A client has been served. Default: not looked at.
    fn finished(&self, _outcome: Outcome) {}
    /// The host itself printed something. Default: not looked at.
    fn said(&self, _stream: Stream, _text: &[u8]) {}
    /// What tells a session apart that begins with that datagram, if one does. Default: none does, so that nobody is served
    /// over datagrams.
    fn opening(&self, _datagram: &[u8]) -> Option<Opening> {
        None
    }
    /// Who looks at the first datagrams of peers (`-listen`). Default: nobody does.
    fn gate(&self) -> Option<Gatekeeper> {
        None
    }
}

/// Serves one client, on one thread at a time.
///
/// The call means what core's [`Connection`] has under the same name.
pub trait Served: Send {
    /// Takes one input, puts all its effects into `out`, and says what may come next.
    fn handle(&mut self, now: Now, input: Input<'_>, out: &mut dyn Sink) -> Wait;
}

/// Connections of this process.
impl Service for Server {
    type Served = Connection;

    fn accept(&self, start: Start, out: &mut dyn Sink) -> Option<Connection> {
        Server::accept(self, start, out)
    }

    fn opening(&self, datagram: &[u8]) -> Option<Opening> {
        Server::opening(self, datagram)
    }

    fn gate(&self) -> Option<Gatekeeper> {
        Server::gate(self)
    }
}

impl Served for Connection {
    fn handle(&mut self, now: Now, input: Input<'_>, out: &mut dyn Sink) -> Wait {
        Connection::handle(self, now, input, out)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use s_server_core::io::PeerAddress;
    use s_server_core::options::plan::Mode;
    use s_server_core::sink::Discard;

    use super::*;
    use crate::scripted::{Context, plan};

    /// Every host is tested by the assertion in the core. This one feeds what was not asked for.
    #[test]
    #[cfg(debug_assertions)]
    #[should_panic(expected = "Operator([120]) may not come")]
    fn an_input_that_may_not_come_is_a_fault_of_the_host() {
        let server = Server::new(Arc::new(plan(Mode::Echo)), Arc::new(Context));
        let mut served = Service::accept(&server, Start::default(), &mut Discard).unwrap();
        Served::handle(&mut served, Now::default(), Input::Seated(PeerAddress::Unknown), &mut Discard);
        Served::handle(&mut served, Now::default(), Input::Operator(b"x"), &mut Discard);
    }
}
