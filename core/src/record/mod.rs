//! Recordings, and the server that is driven by them.
//!
//! ```text
//!   in frames --> Machine --> out frames          the sandbox: frames are its whole interface
//!                   |  ^
//!              call |  | result, event            log frames, when somebody writes them down
//!                   v  |
//!                  engine
//! ```
//!
//! A recording is those frames in a file: every input, everything that comes out, and what the engine said. The same
//! frames are the interface of the guest in the sandbox. `docs/RECORDING.md` describes the bytes.
pub mod args;
pub mod exchange;
mod facts;
pub mod field;
pub mod frame;
pub mod input;
pub mod logged;
pub mod machine;
pub mod output;
pub mod reel;
pub mod render;
pub mod replay;
pub mod roles;
mod summed;
pub mod tape;
pub mod values;

pub use args::{Answer, Args};
pub use frame::{Broken, Frame, Frames, Kind, NoFrame, Side};
pub use input::{In, Seed};
pub use logged::Logging;
pub use machine::{Engines, Fault, Given, Machine};
pub use output::{FrameWriter, Out};
pub use reel::{Film, Reel};
pub use replay::{Difference, Player, Replayed, Rewind, begins, replay};
pub use tape::{Tape, Tee};

/// What the document shows compiles.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/RECORDING.md")]
pub struct Document;
