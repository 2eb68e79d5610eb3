//! Around the connections: the ACCEPT line before the first, the sessions of all, the statistics after the last.
//!
//! How many are accepted is counted elsewhere: [`AcceptCount`](crate::accept_count::AcceptCount).
use alloc::format;
use alloc::sync::Arc;
use core::fmt;
use core::net::SocketAddr;

use crate::connection::Connection;
use crate::endpoint::Opening;
use crate::engine::{CacheStats, Start, TlsContext};
use crate::gatekeeper::Gatekeeper;
use crate::options::plan::MTU_LEAST;
use crate::options::run::RunPlan;
use crate::sink::Sink;
use crate::{render, text};

/// Makes the connections of a run, on any number of threads.
#[derive(Clone)]
pub struct Server {
    plan: Arc<RunPlan>,
    context: Arc<dyn TlsContext>,
}

/// Without what is secret: pass phrases of the plan, keys of the context.
impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let RunPlan { connection, listen, .. } = &*self.plan;
        f.debug_struct("Server").field("mode", &connection.mode).field("listen", listen).finish_non_exhaustive()
    }
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
    /// A UDP socket.
    Udp {
        /// Its address.
        at: SocketAddr,
        /// The system chose the port, so that the line has to name it.
        port_chosen: bool,
    },
    /// A Unix socket, at this path.
    Unix(&'a [u8]),
}

/// A call on the way to a listening socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SocketCall {
    /// `getaddrinfo`, where it failed with an error of the system
    Resolve,
    /// `socket`
    Socket,
    /// `setsockopt`: reuse of the address
    ReuseAddress,
    /// `setsockopt`: IPv6 alone
    V6Only,
    /// `bind`
    Bind,
    /// `listen`
    Listen,
    /// `setsockopt`: data in the first packet
    FastOpen,
    /// `getsockname`
    Name,
}

impl Server {
    /// Connections by this plan, with sessions of this context.
    pub fn new(plan: Arc<RunPlan>, context: Arc<dyn TlsContext>) -> Self {
        Self { plan, context }
    }

    /// A connection for an accepted socket. `None`: no session could be made, which is told.
    pub fn accept(&self, start: Start, out: &mut dyn Sink) -> Option<Connection> {
        match self.context.session(start) {
            Ok(engine) => Some(Connection::new(self.plan.connection.clone(), self.context.clone(), engine)),
            Err(error) => {
                for line in &error.queue {
                    text::err(out, line);
                }
                None
            }
        }
    }

    /// Who looks at the first datagrams of peers, with `-listen`.
    pub fn gate(&self) -> Option<Gatekeeper> {
        let plan = &self.plan.connection;
        let listens = plan.datagrams.is_some_and(|datagrams| datagrams.listen);
        self.context.gate().filter(|_| listens).map(|gate| Gatekeeper::new(plan.clone(), gate))
    }

    /// What tells a session apart that begins with that datagram, if one does.
    pub fn opening(&self, datagram: &[u8]) -> Option<Opening> {
        self.context.opening(datagram)
    }

    /// Tells that the host listens, and whether nobody can be served there, which the host has to see by itself:
    /// [`link_suffices`].
    pub fn listening(&self, at: Listening<'_>, out: &mut dyn Sink) {
        listening(&self.plan, at, out);
        link_suffices(&self.plan, out);
    }

    /// What the context has counted.
    pub fn stats(&self) -> CacheStats {
        self.context.stats()
    }

    /// The end of the run: the context's statistics.
    pub fn end(&self, out: &mut dyn Sink) {
        end(&self.plan, &self.stats(), out);
    }
}

/// Tells that the host listens: the line that scripts wait for.
pub fn listening(plan: &RunPlan, at: Listening<'_>, out: &mut dyn Sink) {
    let line = match at {
        Listening::Tcp { at, port_chosen: true } | Listening::Udp { at, port_chosen: true } => {
            format!("ACCEPT {at}\n").into_bytes()
        }
        Listening::Tcp { .. } | Listening::Udp { .. } => b"ACCEPT\n".to_vec(),
        Listening::Unix(b"") => b"ACCEPT localhost:0\n".to_vec(),
        Listening::Unix(path) => [b"ACCEPT localhost:", path, b"\n"].concat(),
    };
    if plan.fast_open {
        text::out(&plan.connection.text, out, b"Listening for TFO\n");
    }
    text::out(&plan.connection.text, out, &line);
}

/// After [`listening`]: whether the link can carry a session. If it can't, that is told as of a client, and the run ends as it does after one.
pub fn link_suffices(plan: &RunPlan, out: &mut dyn Sink) -> bool {
    let mtu = plan.connection.datagrams.and_then(|datagrams| datagrams.mtu);
    let suffices = mtu.is_none_or(|mtu| mtu >= MTU_LEAST);
    if !suffices {
        text::err(out, format!("MTU too small. Must be at least {MTU_LEAST}\n").as_bytes());
        text::out(&plan.connection.text, out, b"shutting down SSL\n");
        text::out(&plan.connection.text, out, b"CONNECTION CLOSED\n");
    }
    suffices
}

/// The end of the run: the statistics.
pub fn end(plan: &RunPlan, stats: &CacheStats, out: &mut dyn Sink) {
    text::out(&plan.connection.text, out, render::stats::lines(stats).as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::plan::Plan;
    use crate::scripted::{Context, Recorder, plan};

    fn accept_line(at: Listening<'_>) -> alloc::string::String {
        let mut out = Recorder::default();
        listening(&RunPlan::default(), at, &mut out);
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
        let mut out = Recorder::default();
        listening(&RunPlan { fast_open: true, ..RunPlan::default() }, Listening::Unix(b"s"), &mut out);
        assert_eq!(out.out(), "Listening for TFO\nACCEPT localhost:s\n");
    }

    #[test]
    fn a_link_that_carries_no_session_is_told_as_in_sample_492() {
        use crate::options::plan::Datagrams;
        let said = |mtu| {
            let datagrams = Some(Datagrams { mtu, ..Datagrams::default() });
            let connection = Arc::new(Plan { datagrams, ..plan() });
            let mut out = Recorder::default();
            let suffices = link_suffices(&RunPlan { connection, ..RunPlan::default() }, &mut out);
            (suffices, out.err(), out.out())
        };
        let told = "MTU too small. Must be at least 256\n".into();
        assert_eq!(said(Some(255)), (false, told, "shutting down SSL\nCONNECTION CLOSED\n".into()));
        assert_eq!(said(Some(256)), (true, "".into(), "".into()));
        assert_eq!(said(None), (true, "".into(), "".into()));
    }

    #[test]
    fn the_end_prints_the_statistics_unless_quiet() {
        let end = |plan: Plan| {
            let mut out = Recorder::default();
            let plan = RunPlan { connection: Arc::new(plan), ..RunPlan::default() };
            Server::new(Arc::new(plan), Arc::new(Context)).end(&mut out);
            out.out()
        };
        assert!(end(plan()).ends_with("   0 cache full overflows (128 allowed)\n"));
        let mut quiet = plan();
        quiet.text.quiet = true;
        assert_eq!(end(quiet), "");
    }
}
