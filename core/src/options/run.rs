//! What the command line means for a run: where it listens, how often and with how many threads it serves, what it
//! leaves behind. What each of its connections does is a [`Plan`] of its own.
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::num::NonZeroU64;

use super::plan::{Mode, Plan};

/// Everything a host needs to know. The default is that of no options, with the default [`Plan`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RunPlan {
    /// What is done with each connection.
    pub connection: Arc<Plan>,
    /// Where to listen.
    pub listen: Listen,
    /// Clients may send data with their first packet, RFC 7413. `-tfo`.
    pub fast_open: bool,
    /// Number of connections to serve; `None` is without end. `-naccept`.
    pub naccept: Option<NonZeroU64>,
    /// Number of worker threads; `None` chooses. `-jobs`.
    pub jobs: Option<usize>,
    /// File that takes random seed at the end. `-writerand`.
    pub writerand: Option<Vec<u8>>,
    /// What is done with a recording. `-record`, `-replay`, `-replay_show`.
    pub recording: Option<Recording>,
}

impl RunPlan {
    /// The whole policy: what talks to the operator or traces is served one by one, all else side by side.
    ///
    /// `cores` is the number of processors; `-jobs` overrides it.
    pub fn concurrency(&self, cores: usize) -> Concurrency {
        let Plan { mode, text, tls, nbio_test, datagrams, .. } = &*self.connection;
        let dumped = text.extensions || text.messages.is_some() || text.debug || tls.security_debug.is_some();
        let traced = text.state || dumped || *nbio_test;
        match mode {
            Mode::Interactive { .. } => Concurrency::Serial,
            _ if traced => Concurrency::Serial,
            // All datagrams come to one socket, and where one goes depends on those before it.
            _ if datagrams.is_some() => Concurrency::Workers(1),
            _ => Concurrency::Workers(self.jobs.unwrap_or(cores).max(1)),
        }
    }
}

/// The service of `-port` and `-accept` where none is given. Corresponds to `PORT`.
pub(super) const DEFAULT_SERVICE: &[u8] = b"4433";

/// Where to listen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Listen {
    /// `-accept`, `-port`, `-4`, `-6`.
    Tcp {
        /// Host name or address; `None` is any address.
        host: Option<Vec<u8>>,
        /// Port or service name; `None` was not given.
        service: Option<Vec<u8>>,
        /// Address family.
        family: Family,
    },
    /// The same for datagrams. `-dtls`, `-dtls1`, `-dtls1_2`.
    Udp {
        /// Host name or address; `None` is any address.
        host: Option<Vec<u8>>,
        /// Port or service name; `None` was not given.
        service: Option<Vec<u8>>,
        /// Address family.
        family: Family,
    },
    /// `-unix`.
    Unix {
        /// The path.
        path: Vec<u8>,
        /// Remove what is there first. `-unlink`.
        unlink: bool,
    },
}

impl Default for Listen {
    fn default() -> Self {
        Self::Tcp { host: None, service: Some(DEFAULT_SERVICE.into()), family: Family::Any }
    }
}

/// Address family.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Family {
    /// Both.
    #[default]
    Any,
    /// `-4`.
    V4,
    /// `-6`.
    V6,
}

/// What is done with a recording, by its path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Recording {
    /// The run is written to it. `-record`.
    Write(Vec<u8>),
    /// It is played, instead of a run. `-replay`.
    Replay(Vec<u8>),
    /// It is shown as text, instead of a run. `-replay_show`.
    Show(Vec<u8>),
}

/// How connections share the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Concurrency {
    /// One *seated* connection at a time, in order; silent clients wait beside it and block nobody.
    Serial,
    /// That many threads, each with any number of connections.
    Workers(usize),
}
