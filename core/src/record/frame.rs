//! The frame: sixteen bytes of header and a payload, little endian.
//!
//! ```text
//!  0      1           4          8                    16
//! +------+-----------+----------+--------------------+---------...
//! | kind | conn u24  | len u32  | at u64 (micros)    | payload[len]
//! +------+-----------+----------+--------------------+---------...
//! ```
use alloc::vec::Vec;
use core::fmt;

use crate::io::Now;

/// Length of a frame's header in bytes.
pub const HEADER: usize = 16;

/// The largest number of a connection: it has 24 bits.
pub const LAST_CONN: u32 = 0xff_ffff;

/// One frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frame<'a> {
    /// What it is.
    pub kind: Kind,
    /// The connection that it belongs to, 1 to [`LAST_CONN`]; 0 is the server itself.
    pub conn: u32,
    /// When the input came that this frame is, or belongs to.
    pub at: Now,
    /// What it holds; the kind says in which form.
    pub payload: &'a [u8],
}

/// Where a frame comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Into the machine, below 0x80.
    In,
    /// Out of the machine, 0x80 to 0xbf.
    Out,
    /// What machine and engine said to each other, from 0xc0 on.
    Log,
}

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident = $byte:literal $word:literal,)*) => {
        /// What a frame is.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        #[repr(u8)]
        pub enum Kind {
            $($(#[$doc])* $name = $byte,)*
        }

        impl Kind {
            /// The kind with that number.
            pub const fn of(byte: u8) -> Option<Self> {
                match byte {
                    $($byte => Some(Self::$name),)*
                    _ => None,
                }
            }

            /// Its word in renderings.
            pub const fn word(self) -> &'static str {
                match self {
                    $(Self::$name => $word,)*
                }
            }
        }
    };
}

kinds! {
    /// The first frame of a file: magic, version, name of the engine.
    Format = 0x00 "format",
    /// The command line, and all else from which the plan is made.
    Args = 0x01 "args",
    /// Seeds and wall clock.
    Seed = 0x02 "seed",
    /// A client was accepted.
    Accept = 0x03 "accept",
    /// Bytes of the peer.
    Wire = 0x04 "wire",
    /// The peer's stream ended.
    WireEnd = 0x05 "wire end",
    /// What was transmitted is on its way.
    Flushed = 0x06 "flushed",
    /// One read of the operator's input.
    Operator = 0x07 "oper",
    /// The operator's input ended.
    OperatorEnd = 0x08 "oper end",
    /// Whether others wait for the seat.
    OthersWait = 0x09 "others wait",
    /// What came of a file request.
    File = 0x0a "file",
    /// Time has passed.
    Timeout = 0x0b "timeout",
    /// The content of a file that the plan names.
    Need = 0x0c "need",
    /// The connection was given its place.
    Seated = 0x0d "seated",
    /// The host listens.
    Listening = 0x0e "listening",
    /// A connection is over, and its place free.
    Finished = 0x0f "finished",
    /// The last client is gone: the statistics are printed.
    End = 0x10 "end",
    /// Everything needed was given: the context is made.
    Load = 0x11 "load",
    /// The host itself printed something.
    Said = 0x12 "said",
    /// The run is over. A recording without it was cut short.
    Over = 0x13 "over",
    /// What other instances have counted.
    Counted = 0x14 "counted",
    /// The counters are asked for.
    Count = 0x15 "count",
    /// Log frames are asked for.
    Log = 0x16 "log",
    /// A session that another instance keeps.
    Known = 0x17 "known",
    /// Facts are asked for.
    WantFacts = 0x18 "want facts",
    /// A datagram of the peer.
    Datagram = 0x19 "datagram",
    /// Bytes for the peer.
    Transmit = 0x81 "wire",
    /// What is wanted of a file.
    FileRequest = 0x82 "file",
    /// What may come next.
    Wait = 0x83 "wait",
    /// The connection is over.
    Closed = 0x84 "closed",
    /// No session could be made for the client.
    Refused = 0x85 "refused",
    /// The run ends before it began, with this exit status.
    Exit = 0x86 "exit",
    /// Whether more clients may be accepted.
    Accepting = 0x87 "doors",
    /// The counters.
    Counters = 0x88 "counters",
    /// The frame before it could not be taken; nothing more can.
    Fault = 0x8f "fault",
    /// Text on standard output.
    PrintOut = 0x90 "out",
    /// Application data on standard output.
    PrintData = 0x91 "data",
    /// Text on standard error.
    PrintErr = 0x92 "err",
    /// A line for the file of `-keylogfile`.
    KeyLog = 0x93 "key log",
    /// Text for the file of `-msgfile`.
    Messages = 0x95 "messages",
    /// A session is kept.
    Session = 0x94 "session",
    /// A fact as a value.
    Fact = 0x98 "fact",
    /// The engine was asked for something.
    Call = 0xc0 "call",
    /// What it answered.
    Result = 0xc1 "result",
    /// What happened inside it.
    Event = 0xc2 "event",
}

impl Kind {
    /// Where frames of this kind come from.
    pub const fn side(self) -> Side {
        match self as u8 {
            0x00..0x80 => Side::In,
            0x80..0xc0 => Side::Out,
            0xc0.. => Side::Log,
        }
    }
}

impl Frame<'_> {
    /// Appends the frame's bytes.
    ///
    /// # Panics
    /// When the payload has 4 GiB or more: nothing that a machine is given or says is that long.
    pub fn put(&self, to: &mut Vec<u8>) {
        let len = u32::try_from(self.payload.len()).expect("payloads are short");
        to.push(self.kind as u8);
        to.extend_from_slice(&self.conn.to_le_bytes()[..3]);
        to.extend_from_slice(&len.to_le_bytes());
        to.extend_from_slice(&self.at.as_micros().to_le_bytes());
        to.extend_from_slice(self.payload);
    }
}

/// Bytes that are no frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Broken {
    /// Where they begin.
    pub offset: usize,
    /// What is wrong with them.
    pub why: NoFrame,
}

/// Why bytes are no frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoFrame {
    /// They end in the header.
    CutHeader,
    /// They end in the payload.
    CutPayload {
        /// Bytes that the header announces.
        len: u32,
        /// Bytes that are there.
        left: usize,
    },
    /// No kind has this number.
    UnknownKind(u8),
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "offset {}: ", self.offset)?;
        match self.why {
            NoFrame::CutHeader => write!(f, "the bytes end inside a frame's header"),
            NoFrame::CutPayload { len, left } => {
                write!(f, "the frame's payload has {len} bytes, and only {left} are there")
            }
            NoFrame::UnknownKind(kind) => write!(f, "no frame is of kind {kind:02x}"),
        }
    }
}

impl core::error::Error for Broken {}

/// The frames in some bytes, each with its offset. Ends after the first error. Copies nothing.
#[derive(Clone, Debug)]
pub struct Frames<'a> {
    bytes: &'a [u8],
    offset: usize,
}

impl<'a> Frames<'a> {
    /// The frames in these bytes.
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, offset: 0 }
    }

    /// Where the next frame begins.
    pub const fn offset(&self) -> usize {
        self.offset
    }

    fn read(&mut self) -> Result<Frame<'a>, NoFrame> {
        let rest = &self.bytes[self.offset..];
        let (header, rest) = rest.split_first_chunk::<HEADER>().ok_or(NoFrame::CutHeader)?;
        let [kind, c0, c1, c2, l0, l1, l2, l3, at @ ..] = *header;
        let kind = Kind::of(kind).ok_or(NoFrame::UnknownKind(kind))?;
        let len = u32::from_le_bytes([l0, l1, l2, l3]);
        let payload = usize::try_from(len).ok().and_then(|len| rest.get(..len));
        let payload = payload.ok_or(NoFrame::CutPayload { len, left: rest.len() })?;
        self.offset += HEADER + payload.len();
        let at = Now::from_micros(u64::from_le_bytes(at));
        Ok(Frame { kind, conn: u32::from_le_bytes([c0, c1, c2, 0]), at, payload })
    }
}

impl<'a> Iterator for Frames<'a> {
    type Item = Result<(usize, Frame<'a>), Broken>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.offset >= self.bytes.len() {
            return None;
        }
        let offset = self.offset;
        Some(match self.read() {
            Ok(frame) => Ok((offset, frame)),
            Err(why) => {
                self.bytes = &[];
                Err(Broken { offset, why })
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    const WIRE: &[u8] = &[
        0x04, 0x02, 0x01, 0x00, // wire, connection 258
        0x03, 0x00, 0x00, 0x00, // three bytes
        0x40, 0x42, 0x0f, 0x00, 0x00, 0x00, 0x00, 0x00, // one second
        b'a', b'b', b'c',
    ];

    fn wire() -> Frame<'static> {
        Frame { kind: Kind::Wire, conn: 258, at: Now::from_micros(1_000_000), payload: b"abc" }
    }

    #[test]
    fn the_bytes_are_as_documented() {
        let mut bytes = Vec::new();
        wire().put(&mut bytes);
        assert_eq!(bytes, WIRE);
    }

    #[test]
    fn what_was_written_is_read_with_its_offsets() {
        let bytes = [WIRE, WIRE].concat();
        let frames: Vec<_> = Frames::new(&bytes).collect();
        assert_eq!(frames, [Ok((0, wire())), Ok((19, wire()))]);
    }

    #[test]
    fn every_cut_is_told_with_its_offset() {
        let bytes = [WIRE, WIRE].concat();
        for cut in 20..bytes.len() {
            let last = Frames::new(&bytes[..cut]).last().unwrap().unwrap_err();
            assert_eq!(last.offset, 19, "{cut}");
        }
        let last = Frames::new(&bytes[..37]).last().unwrap().unwrap_err();
        assert_eq!(last.to_string(), "offset 19: the frame's payload has 3 bytes, and only 2 are there");
    }

    #[test]
    fn reading_stops_at_the_first_error() {
        let mut bytes = [WIRE, WIRE, WIRE].concat();
        bytes[19] = 0x7e;
        let frames: Vec<_> = Frames::new(&bytes).collect();
        assert_eq!(frames, [Ok((0, wire())), Err(Broken { offset: 19, why: NoFrame::UnknownKind(0x7e) })]);
    }

    #[test]
    fn a_length_beyond_the_bytes_allocates_nothing() {
        let mut bytes = WIRE.to_vec();
        bytes[4..8].fill(0xff);
        let why = NoFrame::CutPayload { len: u32::MAX, left: 3 };
        assert_eq!(Frames::new(&bytes).next(), Some(Err(Broken { offset: 0, why })));
    }

    #[test]
    fn the_number_tells_the_side() {
        assert_eq!(Kind::Over.side(), Side::In);
        assert_eq!(Kind::Transmit.side(), Side::Out);
        assert_eq!(Kind::Event.side(), Side::Log);
    }
}
