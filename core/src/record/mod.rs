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
mod args;
mod exchange;
mod facts;
mod field;
mod frame;
mod input;
mod logged;
mod machine;
#[cfg(any(test, feature = "std"))]
mod memory;
mod output;
mod reel;
pub mod render;
#[cfg(any(test, feature = "std"))]
mod replay;
mod roles;
mod summed;
mod tape;
mod values;

pub use args::{Answer, Args};
pub use field::Malformed;
pub use frame::{Broken, Frame, Frames, HEADER, Kind, LAST_CONN, NoFrame, Side};
pub use input::{In, Seed, VERSION};
pub use logged::{Logging, load, log_counters};
pub use machine::{Engines, Fault, Given, Machine};
#[cfg(any(test, feature = "std"))]
pub use memory::Memory;
pub use output::{FrameWriter, Out};
pub use reel::{Film, Reel};
#[cfg(any(test, feature = "std"))]
pub use replay::{Difference, Player, Replayed, begins, replay};
pub use tape::{Tape, Tee};
