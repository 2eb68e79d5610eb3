//! Starts programs: which, in which folder, on which port, and what `/proc` tells of them while they run.

pub mod asynchronous;
mod compiled;
pub mod folder;
pub mod listening;
pub mod mended;
pub mod port;
pub mod process;
pub mod program;
pub mod quiet;
pub mod responder;
pub mod server;
pub mod wait;
pub mod web;
pub mod words;
