//! The guest: the machine of the core on its engine, behind frames.
//!
//! ```text
//!   embedder --abi.rs: exported functions over linear memory--+
//!                                                             +--> Guest::step: frames in, frames out
//!   stock runtime --main.rs: standard input and output--------+
//! ```
//!
//! Nothing comes in or goes out but frames: the clock, random seeds, the contents of files and every byte of the peer
//! are frames, too, so that the same frames in give the same frames out, byte for byte, wherever the guest runs.
mod abi;
mod step;
