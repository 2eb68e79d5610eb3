//! The TLS test server without its sockets.
//!
//! ```text
//!                     operator: stdin, stdout, stderr
//!                         |                     ^
//!              Input::Operator(one read)   Effect::Print(Stream, bytes)
//!                         v                     |
//!   socket --Input::Wire--> +----------------------------------+
//!   timer  --Input::Timeout | Connection::handle(now, in, sink)| --> Wait::For(interest)
//!   host   --WireFlushed--> |  phase -> mode -> command        |     or Wait::Closed(outcome)
//!                           |     | accept, read   ^ Step,     |
//!                           |     v write, command | Event     |
//!                           |  Box<dyn TlsEngine> <- LentWire  |
//!                           +----------------------------------+
//!                                    | Effect::Transmit(bytes)
//!                                    v
//!                                  socket
//! ```
//!
//! Bytes go in, effects come out. Nothing in here opens a socket or a file, reads a clock or draws a random number:
//! all of that comes in as arguments, which is why the same code runs natively, in a sandbox and in unit tests.
//!
//! A host does six things:
//! 1. [`options::parse`] turns the command line into [`options::Options`], and those into a [`RunPlan`];
//! 2. it makes a [`TlsContext`](engine::TlsContext) from the plan, listens, and tells so with [`Server::listening`];
//! 3. for each socket that it accepts, as long as [`AcceptCount`] has a place, it asks the server for a [`Connection`];
//! 4. it hands what happens to [`Connection::handle`] as an [`Input`](io::Input), with a [`Sink`](sink::Sink) that takes the effects;
//! 5. the returned [`Wait`](io::Wait) says what may come next;
//! 6. at [`Wait::Closed`](io::Wait::Closed) it tells [`AcceptCount::finished`]; [`Server::end`] prints the statistics.
//!
//! Or it hands all of that over as frames, to a [`record::Machine`].
//!
#![doc = include_str!("../README.md")]
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;
#[cfg(any(test, feature = "std"))]
extern crate std;

pub mod accept_count;
pub mod command;
pub mod connection;
pub mod endpoint;
pub mod engine;
pub mod fact;
pub mod gatekeeper;
pub mod host_name;
pub mod io;
pub mod lent;
mod mode;
mod observed;
pub mod options;
pub mod record;
pub mod registry;
pub mod render;
pub mod request;
#[cfg(test)]
mod scripted;
pub mod seating;
pub mod server;
pub mod sink;
pub mod start_error;
pub mod text;
pub mod throttle;
pub mod verify;
pub mod wire;

pub use accept_count::AcceptCount;
pub use connection::Connection;
pub use fact::Fact;
pub use options::plan::Plan;
pub use options::run::RunPlan;
pub use server::Server;
pub use start_error::StartError;
