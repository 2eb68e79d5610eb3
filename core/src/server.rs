//! What outlives a connection: the ACCEPT line, the count of `-naccept`, outcomes, and the final statistics.
use alloc::format;
use alloc::sync::Arc;
use core::net::SocketAddr;

use crate::connection::Connection;
use crate::engine::{Start, TlsContext};
use crate::io::{Outcome, Sink};
use crate::options::plan::Plan;
use crate::{render, text};

/// The server around its connections. It opens nothing itself: the host listens and accepts.
pub struct Server {
    plan: Arc<Plan>,
    context: Arc<dyn TlsContext>,
    /// Connections that may still be accepted; `None` is without end.
    left: Option<u64>,
    /// An outcome ended the accept loop.
    stopped: bool,
}

/// Where the host listens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Listening<'a> {
    /// A TCP socket.
    Tcp {
        /// Its address.
        at: SocketAddr,
        /// The system chose the port, so that the line has to name it.
        port_chosen: bool,
    },
    /// A Unix socket, at this path.
    Unix(&'a [u8]),
}

impl Server {
    /// A server that has served nobody.
    pub fn new(plan: Arc<Plan>, context: Arc<dyn TlsContext>) -> Self {
        let left = plan.naccept.map(|n| n.get());
        Self { plan, context, left, stopped: false }
    }

    /// Tells that the host listens: the line that scripts wait for.
    pub fn listening(&mut self, at: Listening<'_>, out: &mut dyn Sink) {
        let line = match at {
            Listening::Tcp { at, port_chosen: true } => format!("ACCEPT {at}\n").into_bytes(),
            Listening::Tcp { .. } => b"ACCEPT\n".to_vec(),
            Listening::Unix(b"") => b"ACCEPT localhost:0\n".to_vec(),
            Listening::Unix(path) => [b"ACCEPT localhost:", path, b"\n"].concat(),
        };
        if self.plan.fast_open {
            text::out(&self.plan.text, out, b"Listening for TFO\n");
        }
        text::out(&self.plan.text, out, &line);
    }

    /// Another connection may be accepted.
    pub fn may_accept(&self) -> bool {
        !self.stopped && self.left != Some(0)
    }

    /// Counts an accepted client, whoever serves it.
    pub fn admit(&mut self) {
        self.left = self.left.map(|left| left.saturating_sub(1));
    }

    /// A connection for an accepted socket; counts for `-naccept`. `None`: no session could be made, which is told.
    pub fn accept(&mut self, start: Start, out: &mut dyn Sink) -> Option<Connection> {
        self.admit();
        match self.context.session(start) {
            Ok(engine) => Some(Connection::new(self.plan.clone(), self.context.clone(), engine)),
            Err(error) => {
                for line in &error.queue {
                    text::err(out, line);
                }
                None
            }
        }
    }

    /// A connection is over and its socket closed.
    pub fn finished(&mut self, outcome: Outcome) {
        self.stopped |= outcome != Outcome::Next;
    }

    /// The end of the run: the statistics.
    pub fn end(&mut self, out: &mut dyn Sink) {
        let stats = render::stats::lines(&self.context.stats());
        text::out(&self.plan.text, out, stats.as_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scripted::{Context, Recorder, plan};
    use core::num::NonZeroU64;

    fn server(naccept: Option<u64>) -> Server {
        let mut plan = plan();
        plan.naccept = naccept.and_then(NonZeroU64::new);
        Server::new(Arc::new(plan), Arc::new(Context))
    }

    fn accept_line(at: Listening<'_>) -> alloc::string::String {
        let mut out = Recorder::default();
        server(None).listening(at, &mut out);
        out.out()
    }

    #[test]
    fn the_accept_line_names_a_chosen_port() {
        let at: SocketAddr = "127.0.0.1:4433".parse().unwrap();
        let any: SocketAddr = "[::]:39185".parse().unwrap();
        assert_eq!(accept_line(Listening::Tcp { at, port_chosen: false }), "ACCEPT\n");
        assert_eq!(accept_line(Listening::Tcp { at, port_chosen: true }), "ACCEPT 127.0.0.1:4433\n");
        assert_eq!(accept_line(Listening::Tcp { at: any, port_chosen: true }), "ACCEPT [::]:39185\n");
        assert_eq!(accept_line(Listening::Unix(b"tmp/s")), "ACCEPT localhost:tmp/s\n");
        assert_eq!(accept_line(Listening::Unix(b"")), "ACCEPT localhost:0\n");
    }

    #[test]
    fn fast_open_is_told_before_the_accept_line() {
        let mut server = server(None);
        Arc::make_mut(&mut server.plan).fast_open = true;
        let mut out = Recorder::default();
        server.listening(Listening::Unix(b"s"), &mut out);
        assert_eq!(out.out(), "Listening for TFO\nACCEPT localhost:s\n");
    }

    #[test]
    fn naccept_counts_accepted_connections() {
        let mut server = server(Some(2));
        let mut out = Recorder::default();
        assert!(server.may_accept());
        assert!(server.accept(Start::default(), &mut out).is_some());
        assert!(server.accept(Start::default(), &mut out).is_some());
        assert!(!server.may_accept());
    }

    #[test]
    fn quit_and_misconfiguration_end_the_server() {
        for outcome in [Outcome::Quit, Outcome::Misconfigured] {
            let mut server = server(None);
            server.accept(Start::default(), &mut Recorder::default());
            assert!(server.may_accept());
            server.finished(outcome);
            assert!(!server.may_accept());
        }
    }

    #[test]
    fn the_end_prints_the_statistics_unless_quiet() {
        let mut out = Recorder::default();
        server(None).end(&mut out);
        assert!(out.out().ends_with("   0 cache full overflows (128 allowed)\n"));
        let mut quiet = server(None);
        Arc::make_mut(&mut quiet.plan).text.quiet = true;
        let mut out = Recorder::default();
        quiet.end(&mut out);
        assert_eq!(out.out(), "");
    }
}
