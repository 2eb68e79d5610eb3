//! What serves connections, as far as their host knows it.
use s_server_core::engine::Start;
use s_server_core::io::{Input, Now, Outcome, Sink, Stream, Wait};
use s_server_core::{Connection, Server};

/// The server around its connections: decides who is let in, and makes what serves a client.
///
/// Its calls come from any thread, one at a time; what takes long belongs into the first [`Served::handle`].
pub trait Service: Send {
    /// What serves one client.
    type Served: Served;

    /// Another client may be accepted.
    fn may_accept(&self) -> bool;
    /// Something for a client that was accepted, which counts for `-naccept`. `None`: it cannot be served, which is told.
    fn accept(&mut self, start: Start, out: &mut dyn Sink) -> Option<Self::Served>;
    /// A client has been served.
    fn finished(&mut self, outcome: Outcome);
    /// The host itself printed something. Default: not looked at.
    fn said(&mut self, _stream: Stream, _text: &[u8]) {}
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

    fn may_accept(&self) -> bool {
        Server::may_accept(self)
    }

    fn accept(&mut self, start: Start, out: &mut dyn Sink) -> Option<Connection> {
        Server::accept(self, start, out)
    }

    fn finished(&mut self, outcome: Outcome) {
        Server::finished(self, outcome);
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

    use s_server_core::io::Nobody;
    use s_server_core::options::plan::Mode;

    use super::*;
    use crate::scripted::{Context, plan};

    /// Every host is tested by the assertion in the core. This one feeds what was not asked for.
    #[test]
    #[cfg(debug_assertions)]
    #[should_panic(expected = "Operator([120]) may not come")]
    fn an_input_that_may_not_come_is_a_fault_of_the_host() {
        let mut server = Server::new(Arc::new(plan(Mode::Echo)), Arc::new(Context));
        let mut served = Service::accept(&mut server, Start::default(), &mut Nobody).unwrap();
        Served::handle(&mut served, Now::default(), Input::Seated(Default::default()), &mut Nobody);
        Served::handle(&mut served, Now::default(), Input::Operator(b"x"), &mut Nobody);
    }
}
