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
//! # The six steps
//!
//! With an engine that knows no TLS, and a client that is two slices of bytes. For a real engine take `s-server-rustls`,
//! for real sockets `s-server-hosting`.
//!
//! ```
//! use std::error::Error;
//! use std::sync::Arc;
//!
//! use s_server_core::engine::*;
//! use s_server_core::io::{Input, Now, Outcome, PeerAddress, Wait, WireEnd};
//! use s_server_core::lent::{LentWire, Nothing};
//! use s_server_core::options::{self, Build, NoLibrary};
//! use s_server_core::server::Listening;
//! use s_server_core::sink::{Effect, Sink};
//! use s_server_core::{AcceptCount, Server};
//!
//! /// An engine in the clear: a first `H` of the client is its handshake, everything else is data.
//! struct Clear;
//!
//! impl TlsEngine for Clear {
//!     fn accept(&mut self, wire: &mut LentWire<'_>) -> Step<()> {
//!         match wire.unread.take(1) {
//!             Ok(b"H") => Step::Done(()),
//!             Err(Nothing::Dry) => Step::WantRead { starved: true },
//!             Ok(_) | Err(Nothing::Ended(_)) => Step::Failed(EngineError::default()),
//!         }
//!     }
//!     fn read(&mut self, wire: &mut LentWire<'_>, out: &mut Vec<u8>) -> Step<()> {
//!         match wire.unread.take(16_384) {
//!             Ok(data) => {
//!                 out.extend_from_slice(data);
//!                 Step::Done(())
//!             }
//!             Err(Nothing::Dry) => Step::WantRead { starved: true },
//!             Err(Nothing::Ended(_)) => Step::Closed,
//!         }
//!     }
//!     fn write(&mut self, wire: &mut LentWire<'_>, data: &[u8]) -> Step<usize> {
//!         wire.peer.send(data);
//!         Step::Done(data.len())
//!     }
//!     fn command(&mut self, _: &mut LentWire<'_>, _: EngineCommand<'_>) -> CommandResult {
//!         CommandResult { requested: -1, handshake: 1, error: None }
//!     }
//!     fn shutdown(&mut self, _: &mut LentWire<'_>) -> Step<()> {
//!         Step::Done(())
//!     }
//!     fn take_events(&mut self, _: &mut dyn FnMut(Event)) {}
//!     fn info(&mut self, _: Detail) -> SessionInfo {
//!         SessionInfo::default()
//!     }
//! }
//!
//! struct Context;
//!
//! impl TlsContext for Context {
//!     fn session(&self, _: Start) -> Result<Box<dyn TlsEngine>, EngineError> {
//!         Ok(Box::new(Clear))
//!     }
//!     fn stats(&self) -> CacheStats {
//!         CacheStats::default()
//!     }
//! }
//!
//! /// Where the effects go: a socket and a terminal, elsewhere.
//! #[derive(Default)]
//! struct Host {
//!     wire: Vec<u8>,
//!     printed: Vec<u8>,
//! }
//!
//! impl Sink for Host {
//!     fn put(&mut self, effect: Effect<'_>) {
//!         match effect {
//!             Effect::Transmit(bytes) => self.wire.extend_from_slice(bytes),
//!             Effect::Print(_stream, text) => self.printed.extend_from_slice(text),
//!             Effect::File(_) | Effect::KeyLog(_) | Effect::Session { .. } | Effect::Fact(_) => {}
//!         }
//!     }
//!     fn wants_facts(&self) -> bool {
//!         false
//!     }
//! }
//!
//! fn main() -> Result<(), Box<dyn Error>> {
//!     let (mut host, now) = (Host::default(), Now::default());
//!
//!     // 1. A plan.
//!     let (words, build, mut world) = (["-rev", "-naccept", "1"], Build::default(), NoLibrary::default());
//!     let options = options::parse(words.iter().map(|word| word.as_bytes()), &build, &mut world)?;
//!     let plan = Arc::new(options.into_plan(&build, &mut world, b"")?);
//!
//!     // 2. A server that listens.
//!     let server = Server::new(plan.clone(), Arc::new(Context));
//!     server.listening(Listening::Tcp { at: "127.0.0.1:4433".parse()?, port_chosen: false }, &mut host);
//!
//!     // 3. A client comes.
//!     let mut count = AcceptCount::new(plan.naccept);
//!     assert!(count.reserve());
//!     count.accepted();
//!     let mut connection = server.accept(Start::default(), &mut host).ok_or("no session")?;
//!
//!     // 4. and 5. Whatever it waits for happens, until it is over.
//!     let mut client = [b"Hhello ".as_slice(), b"world\n"].into_iter();
//!     let mut wait = connection.handle(now, Input::Seated(PeerAddress::Unknown), &mut host);
//!     let outcome = loop {
//!         let input = match wait {
//!             Wait::Closed(outcome) => break outcome,
//!             Wait::For(wants) if wants.flushed => Input::WireFlushed,
//!             Wait::For(_) => client.next().map_or(Input::WireEnd(WireEnd::Closed), Input::Wire),
//!         };
//!         wait = connection.handle(now, input, &mut host);
//!     };
//!     assert_eq!(host.wire, b"dlrow olleh\n");
//!
//!     // 6. The end.
//!     assert_eq!(outcome, Outcome::Next);
//!     count.finished(outcome);
//!     assert!(!count.is_open(), "-naccept 1");
//!     server.end(&mut host);
//!     assert!(host.printed.starts_with(b"ACCEPT\nCONNECTION ESTABLISHED\n"));
//!     assert!(host.printed.ends_with(b"cache full overflows (0 allowed)\n"));
//!     Ok(())
//! }
//! ```
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;
#[cfg(any(test, feature = "std"))]
extern crate std;

pub mod accept_count;
pub mod command;
pub mod connection;
pub mod engine;
pub mod fact;
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
