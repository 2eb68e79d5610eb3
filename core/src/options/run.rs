//! What a run has around its connections.
use alloc::vec::Vec;

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
    /// `-unix`.
    Unix {
        /// The path.
        path: Vec<u8>,
        /// Remove what is there first. `-unlink`.
        unlink: bool,
    },
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
