//! What goes into a machine, as frames.
use alloc::string::ToString;
use alloc::vec::Vec;
use core::net::SocketAddr;

use super::args::Args;
use super::field::{Field, Malformed, Payload, put_bytes, structs};
use super::frame::{Frame, Kind};
use crate::engine::{CacheStats, Start};
use crate::io::{Input, Now, Outcome, Stream};
use crate::options::needs::Role;
use crate::server::Listening;

/// What the first frame of a file begins with.
pub const MAGIC: &[u8; 8] = b"s_server";

/// The version of the format. Grows with every change after which old bytes would be read otherwise.
pub const VERSION: u16 = 8;

/// One frame that goes in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum In<'a> {
    /// The format of what follows.
    Format {
        /// Its version, [`VERSION`].
        version: u16,
        /// Whose answers are recorded, as text: `OpenSSL 3.0.22 …`.
        engine: &'a [u8],
    },
    /// The command line. Comes once, before all that follows.
    Args(Args),
    /// Seeds and wall clock. May come again once the context is made, before the first client: an instance that is the
    /// copy of another is made another by it.
    Seed(Seed),
    /// The content of something that the plan names ([`Plan::needs`](crate::Plan::needs)).
    Need {
        /// What it is for.
        role: Role,
        /// The content, or the reason why there is none.
        content: Result<&'a [u8], &'a str>,
    },
    /// Everything needed was given: the context is made.
    Load,
    /// The host listens there.
    Listening(Listening<'a>),
    /// A client was accepted: a session is made for it.
    Accept(Start),
    /// An input of a connection.
    Input(Input<'a>),
    /// A connection is over, and the host is done with it.
    Finished(Outcome),
    /// The host itself printed this.
    Said(Stream, &'a [u8]),
    /// The last client is gone: the statistics are printed.
    End,
    /// The run ended with this exit status.
    Over(u8),
    /// What other instances that serve the same listener have counted: added to every statistic. Comes before the
    /// first client.
    Counted(CacheStats),
    /// A session that another instance keeps, which the next client may name. Comes once the context is made.
    Known {
        /// What a client names it by.
        id: &'a [u8],
        /// What the engine of that instance said.
        state: &'a [u8],
    },
    /// What this instance has counted itself is asked for.
    Count,
    /// What the engine is asked and answers is to come out as well. Comes before [`In::Load`].
    Log,
    /// Facts are to come out as well. Comes before the first client.
    WantFacts,
}

/// What makes a run repeat: all that is random, and the time.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct Seed {
    /// The same for all instances that serve one listener: keys of session tickets come from it.
    pub shared: [u8; 32],
    /// Of this instance alone.
    pub own: [u8; 32],
    /// Seconds since 1970 at time 0 of the frames.
    pub wall: u64,
}

/// Seeds are keys, so they are not printed.
impl core::fmt::Debug for Seed {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Seed").field("wall", &self.wall).finish_non_exhaustive()
    }
}

structs! {
    Seed { shared, own, wall }
}

impl<'a> In<'a> {
    /// Reads a frame; `None`: it does not go in.
    pub fn read(frame: &Frame<'a>) -> Result<Option<Self>, Malformed> {
        let mut payload = Payload::new(frame.payload);
        let input = match frame.kind {
            Kind::Format => format(&mut payload)?,
            Kind::Args => Self::Args(payload.take()?),
            Kind::Seed => Self::Seed(payload.take()?),
            Kind::Need => need(&mut payload)?,
            Kind::Load => Self::Load,
            Kind::Listening => Self::Listening(listening(&mut payload)?),
            Kind::Accept => Self::Accept(payload.take()?),
            Kind::Seated => Self::Input(Input::Seated(payload.take()?)),
            Kind::Wire => Self::Input(Input::Wire(some(&mut payload)?)),
            Kind::Datagram => Self::Input(Input::Datagram(some(&mut payload)?)),
            Kind::WireEnd => Self::Input(Input::WireEnd(payload.take()?)),
            Kind::Flushed => Self::Input(Input::WireFlushed),
            Kind::Operator => Self::Input(Input::Operator(some(&mut payload)?)),
            Kind::OperatorEnd => Self::Input(Input::OperatorEnd),
            Kind::File => Self::Input(Input::File(payload.take()?)),
            Kind::Timeout => Self::Input(Input::Timeout),
            Kind::OthersWait => Self::Input(Input::OthersWait(payload.take()?)),
            Kind::Finished => Self::Finished(payload.take()?),
            Kind::Said => Self::Said(payload.take()?, payload.rest()),
            Kind::End => Self::End,
            Kind::Over => Self::Over(payload.take()?),
            Kind::Counted => Self::Counted(payload.take()?),
            Kind::Known => Self::Known { id: payload.bytes()?, state: payload.rest() },
            Kind::Count => Self::Count,
            Kind::Log => Self::Log,
            Kind::WantFacts => Self::WantFacts,
            Kind::Transmit
            | Kind::FileRequest
            | Kind::Wait
            | Kind::Closed
            | Kind::Refused
            | Kind::Exit
            | Kind::Accepting
            | Kind::Counters
            | Kind::Fault
            | Kind::PrintOut
            | Kind::PrintData
            | Kind::PrintErr
            | Kind::KeyLog
            | Kind::Messages
            | Kind::Session
            | Kind::Fact
            | Kind::Call
            | Kind::Result
            | Kind::Event => return Ok(None),
        };
        payload.end()?;
        Ok(Some(input))
    }

    /// Appends it as a frame.
    pub fn put(&self, conn: u32, at: Now, to: &mut Vec<u8>) {
        let mut payload = Vec::new();
        let kind = self.put_payload(&mut payload);
        Frame { kind, conn, at, payload: &payload }.put(to);
    }

    fn put_payload(&self, to: &mut Vec<u8>) -> Kind {
        match self {
            Self::Format { version, engine } => {
                to.extend_from_slice(MAGIC);
                version.put(to);
                put_bytes(engine, to);
                Kind::Format
            }
            Self::Args(args) => put(Kind::Args, args, to),
            Self::Seed(seed) => put(Kind::Seed, seed, to),
            Self::Need { role, content } => {
                role.put(to);
                content.is_ok().put(to);
                to.extend_from_slice(content.unwrap_or_else(str::as_bytes));
                Kind::Need
            }
            Self::Load => Kind::Load,
            Self::Listening(at) => {
                put_listening(at, to);
                Kind::Listening
            }
            Self::Accept(start) => put(Kind::Accept, start, to),
            Self::Input(input) => put_input(input, to),
            Self::Finished(outcome) => put(Kind::Finished, outcome, to),
            Self::Said(stream, text) => {
                stream.put(to);
                to.extend_from_slice(text);
                Kind::Said
            }
            Self::End => Kind::End,
            Self::Over(status) => put(Kind::Over, status, to),
            Self::Counted(counters) => put(Kind::Counted, counters, to),
            Self::Known { id, state } => {
                put_bytes(id, to);
                to.extend_from_slice(state);
                Kind::Known
            }
            Self::Count => Kind::Count,
            Self::Log => Kind::Log,
            Self::WantFacts => Kind::WantFacts,
        }
    }
}

fn put<'a>(kind: Kind, value: &impl Field<'a>, to: &mut Vec<u8>) -> Kind {
    value.put(to);
    kind
}

/// Appends an input of a connection and returns its kind.
pub fn put_input(input: &Input<'_>, to: &mut Vec<u8>) -> Kind {
    match input {
        Input::Seated(peer) => put(Kind::Seated, peer, to),
        Input::Wire(bytes) => {
            to.extend_from_slice(bytes);
            Kind::Wire
        }
        Input::Datagram(bytes) => {
            to.extend_from_slice(bytes);
            Kind::Datagram
        }
        Input::WireEnd(end) => put(Kind::WireEnd, end, to),
        Input::WireFlushed => Kind::Flushed,
        Input::File(reply) => put(Kind::File, reply, to),
        Input::Operator(unit) => {
            to.extend_from_slice(unit);
            Kind::Operator
        }
        Input::OperatorEnd => Kind::OperatorEnd,
        Input::OthersWait(wait) => put(Kind::OthersWait, wait, to),
        Input::Timeout => Kind::Timeout,
    }
}

fn format<'a>(from: &mut Payload<'a>) -> Result<In<'a>, Malformed> {
    let wrong = from.wrong("the word s_server");
    for &byte in MAGIC {
        if from.take::<u8>() != Ok(byte) {
            return Err(wrong);
        }
    }
    let wrong = from.wrong("version 8, which is the only one that this program reads");
    match from.take()? {
        version @ VERSION => Ok(In::Format { version, engine: from.bytes()? }),
        _ => Err(wrong),
    }
}

fn need<'a>(from: &mut Payload<'a>) -> Result<In<'a>, Malformed> {
    let role = from.take()?;
    if from.take()? {
        return Ok(In::Need { role, content: Ok(from.rest()) });
    }
    let wrong = from.wrong("UTF-8");
    let why = core::str::from_utf8(from.rest()).map_err(|_| wrong)?;
    Ok(In::Need { role, content: Err(why) })
}

/// Bytes that are at least one.
fn some<'a>(from: &mut Payload<'a>) -> Result<&'a [u8], Malformed> {
    let wrong = from.wrong("a byte");
    Some(from.rest()).filter(|bytes| !bytes.is_empty()).ok_or(wrong)
}

fn listening<'a>(from: &mut Payload<'a>) -> Result<Listening<'a>, Malformed> {
    match from.tag()? {
        tag @ (0 | 1) => Ok(Listening::Tcp { at: socket(from)?, port_chosen: tag == 1 }),
        2 => Ok(Listening::Unix(from.rest())),
        tag @ (3 | 4) => Ok(Listening::Udp { at: socket(from)?, port_chosen: tag == 4 }),
        _ => Err(from.wrong_tag()),
    }
}

/// The address that is left.
fn socket(from: &mut Payload<'_>) -> Result<SocketAddr, Malformed> {
    let wrong = from.wrong("a socket's address");
    core::str::from_utf8(from.rest()).ok().and_then(|text| text.parse().ok()).ok_or(wrong)
}

fn put_listening(at: &Listening<'_>, to: &mut Vec<u8>) {
    match at {
        Listening::Tcp { at, port_chosen } => {
            to.push(u8::from(*port_chosen));
            to.extend_from_slice(at.to_string().as_bytes());
        }
        Listening::Udp { at, port_chosen } => {
            to.push(3 + u8::from(*port_chosen));
            to.extend_from_slice(at.to_string().as_bytes());
        }
        Listening::Unix(path) => {
            to.push(2);
            to.extend_from_slice(path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::endpoint::Path;
    use crate::io::{FileReply, PeerAddress, WireEnd};
    use crate::record::frame::Frames;
    use alloc::vec;

    fn tcp(at: &str, port_chosen: bool) -> In<'static> {
        In::Listening(Listening::Tcp { at: at.parse().unwrap(), port_chosen })
    }

    #[test]
    fn all_are_read_as_they_were_written() {
        let args = Args { argv: vec![b"s_server".to_vec()], ..Args::default() };
        let all = [
            In::Format { version: VERSION, engine: b"OpenSSL" },
            In::Args(args),
            In::Seed(Seed { shared: [1; 32], own: [2; 32], wall: 3 }),
            In::Need { role: Role::Pass, content: Ok(b"-----") },
            In::Need { role: Role::Status(1), content: Err("No such file") },
            In::Load,
            tcp("127.0.0.1:4433", false),
            tcp("[fe80::1%3]:1", true),
            In::Listening(Listening::Unix(b"s")),
            In::Listening(Listening::Udp { at: ([127, 0, 0, 1], 4433).into(), port_chosen: true }),
            In::Accept(Start::seeded(7)),
            In::Accept(Start::seeded(7).over(Path { peer: ([127, 0, 0, 1], 9).into(), local: None })),
            In::Input(Input::Seated(PeerAddress::Ip(([127, 0, 0, 1], 50_000).into()))),
            In::Input(Input::Wire(b"\x16\x03")),
            In::Input(Input::Datagram(b"\x16\xfe\xff")),
            In::Input(Input::WireEnd(WireEnd::Restarted)),
            In::Input(Input::WireEnd(WireEnd::Failed(104))),
            In::Input(Input::WireFlushed),
            In::Input(Input::Operator(b"Q\n")),
            In::Input(Input::OperatorEnd),
            In::Input(Input::File(FileReply::Data(b"x"))),
            In::Input(Input::Timeout),
            In::Input(Input::OthersWait(true)),
            In::Finished(Outcome::Quit),
            In::Said(Stream::Err, b"s_server: told\n"),
            In::End,
            In::Over(1),
            In::Counted(CacheStats { hits: 2, ..CacheStats::default() }),
            In::Count,
            In::Log,
            In::WantFacts,
        ];
        for (number, input) in all.iter().enumerate() {
            let mut bytes = Vec::new();
            input.put(number as u32, Now::from_micros(5), &mut bytes);
            let (_, frame) = Frames::new(&bytes).next().unwrap().unwrap();
            assert_eq!((frame.conn, frame.at), (number as u32, Now::from_micros(5)));
            assert_eq!(In::read(&frame).as_ref(), Ok(&Some(input.clone())));
        }
    }

    #[test]
    fn what_is_no_recording_or_of_another_version_is_told() {
        let read =
            |payload: &[u8]| In::read(&Frame { kind: Kind::Format, conn: 0, at: Now::default(), payload }).unwrap_err();
        assert_eq!(read(b"s_client\x01\0").wanted, "the word s_server");
        let other = read(b"s_server\x01\0\0\0\0\0");
        assert_eq!(other.at, 8);
        assert_eq!(other.wanted, "version 8, which is the only one that this program reads");
    }

    #[test]
    fn empty_units_and_left_over_bytes_are_refused() {
        for (kind, payload) in [(Kind::Wire, &b""[..]), (Kind::Operator, b""), (Kind::Timeout, b"x"), (Kind::Over, b"")]
        {
            assert!(In::read(&Frame { kind, conn: 1, at: Now::default(), payload }).is_err(), "{kind:?}");
        }
    }

    #[test]
    fn what_comes_out_does_not_go_in() {
        let frame = Frame { kind: Kind::Transmit, conn: 1, at: Now::default(), payload: b"x" };
        assert_eq!(In::read(&frame), Ok(None));
    }

    #[test]
    fn seeds_are_not_printed() {
        assert_eq!(alloc::format!("{:?}", Seed::default()), "Seed { wall: 0, .. }");
    }
}
