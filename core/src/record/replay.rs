//! A recording played once more: the same inputs go into a machine, and what comes out is compared, frame by frame.
//!
//! The engine is the recording itself ([`Reel`]), so no cryptography and no certificate is needed; what the machine asks
//! of it is compared as well.
use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;

use super::frame::{Broken, Frame, Frames, Kind, Side};
use super::input::{MAGIC, VERSION};
use super::logged::Logging;
use super::machine::{Fault, Machine};
use super::memory::Memory;
use super::reel::Reel;
use super::render;
use super::tape::Tape;

/// A recording that was played to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Replayed {
    /// Frames that went in.
    pub inputs: usize,
    /// Frames that came out, and that were said to the engine or by it.
    pub outputs: usize,
    /// The recorded run ended; otherwise the recording was cut short between two frames.
    pub complete: bool,
}

/// Where a replay and its recording part.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Difference {
    /// The bytes are no frame.
    Broken(Broken),
    /// A recording begins with a frame that says so.
    NoRecording,
    /// It says so, and names a version that this program does not read.
    Version(u16),
    /// An input that the machine does not take.
    Fault {
        /// Where the frame begins.
        offset: usize,
        /// Its number, from 1 on.
        number: usize,
        /// Why.
        fault: Fault,
    },
    /// Another frame came.
    Frame {
        /// Where the recorded frame begins, or where it would.
        offset: usize,
        /// Its number, from 1 on.
        number: usize,
        /// The first byte of the frame that differs, if both are there and of one kind.
        byte: Option<usize>,
        /// What was recorded, as text; `None`: nothing more.
        recorded: Option<String>,
        /// What came now; `None`: nothing more.
        replayed: Option<String>,
    },
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Broken(broken) => broken.fmt(f),
            Self::NoRecording => write!(f, "offset 0: this is no recording of s_server"),
            Self::Version(version) => write!(
                f,
                "offset 0: the recording is of version {version}, and this program reads version {VERSION} only: one of the \
                 time when it was made reads it"
            ),
            Self::Fault { offset, number, fault } => {
                write!(f, "offset {offset}: frame {number} cannot be fed: {fault}")
            }
            Self::Frame { offset, number, byte, recorded, replayed } => {
                write!(f, "offset {offset}: frame {number} differs")?;
                if let Some(byte) = byte {
                    write!(f, " from its byte {byte} (offset {}) on", offset + byte)?;
                }
                let line = |line: &Option<String>| line.clone().unwrap_or_else(|| "(nothing)".into());
                write!(f, "\n  recorded: {}\n  replayed: {}", line(recorded), line(replayed))
            }
        }
    }
}

impl core::error::Error for Difference {}

impl From<Broken> for Difference {
    fn from(broken: Broken) -> Self {
        Self::Broken(broken)
    }
}

/// Plays a recording, up to its end or the first difference.
pub fn replay(recording: impl Into<Arc<[u8]>>) -> Result<Replayed, Difference> {
    let recording = recording.into();
    let mut player = Player::new(Reel::new(recording.clone()));
    player.play(&recording)?;
    player.end()
}

/// Plays a recording part by part.
pub struct Player {
    reel: Reel,
    /// What comes out now.
    tape: Arc<Memory>,
    /// The machines of the run: one, and where connections have instances of their own, one for each of those as well.
    machines: BTreeMap<u32, Machine<Logging<Reel>>>,
    /// Bytes and frames before the part that comes next.
    offset: usize,
    number: usize,
    replayed: Replayed,
}

impl Player {
    /// Nothing is played yet. `reel` is over what is given to [`Player::play`].
    pub fn new(reel: Reel) -> Self {
        let replayed = Replayed { inputs: 0, outputs: 0, complete: false };
        Self { reel, tape: Arc::default(), machines: BTreeMap::new(), offset: 0, number: 0, replayed }
    }

    /// Plays the next part: inputs with all that follows from them, or the rest.
    pub fn play(&mut self, part: &[u8]) -> Result<(), Difference> {
        let mut frames = Numbered { frames: Frames::new(part), next: None, number: self.number };
        let played = self.play_all(&mut frames);
        self.number = frames.number;
        let before = self.offset;
        self.offset += part.len();
        played.map_err(|difference| difference.after(before))
    }

    /// What came of it, when there are no more parts.
    pub fn end(self) -> Result<Replayed, Difference> {
        if self.number == 0 { Err(Difference::NoRecording) } else { Ok(self.replayed) }
    }

    fn play_all(&mut self, frames: &mut Numbered<'_>) -> Result<(), Difference> {
        if self.number == 0 {
            begins(frames.peek()?.map(|(_, frame)| frame).as_ref())?;
        }
        while let Some((offset, input)) = frames.pass()? {
            self.replayed.inputs += 1;
            self.reel.wind(frames.offset());
            let tape = self.tape.clone();
            let taken = self.machine(&input).handle(&input, &mut |frame| tape.put(frame.kind, frame.payload));
            let now = tape.take();
            if let (Err(fault), false) = (taken, matches!(frames.peek()?, Some((_, f)) if f.kind == Kind::Fault)) {
                return Err(Difference::Fault { offset, number: frames.number, fault });
            }
            self.replayed.outputs += compare(frames, &input, &now)?;
            if input.kind == Kind::Over {
                self.machines.remove(&input.conn);
                self.replayed.complete = input.conn == 0;
            }
        }
        Ok(())
    }

    /// That of a frame's connection, if it has one, else that of the run. What comes before [`Kind::Load`] with the
    /// number of a connection begins one.
    fn machine(&mut self, frame: &Frame<'_>) -> &mut Machine<Logging<Reel>> {
        let begins = matches!(
            frame.kind,
            Kind::Args | Kind::Seed | Kind::Need | Kind::Counted | Kind::Log | Kind::WantFacts | Kind::Load
        );
        let own = begins || self.machines.contains_key(&frame.conn);
        let new = || Machine::new(Logging::new(self.reel.clone(), self.tape.clone()));
        self.machines.entry(if own { frame.conn } else { 0 }).or_insert_with(new)
    }
}

impl Difference {
    /// The same behind so many bytes.
    fn after(self, bytes: usize) -> Self {
        match self {
            Self::Broken(broken) => Self::Broken(Broken { offset: bytes + broken.offset, ..broken }),
            Self::Fault { offset, number, fault } => Self::Fault { offset: bytes + offset, number, fault },
            Self::Frame { offset, number, byte, recorded, replayed } => {
                Self::Frame { offset: bytes + offset, number, byte, recorded, replayed }
            }
            Self::NoRecording | Self::Version(_) => self,
        }
    }
}

/// Whether a file whose first frame this is, if it has one, is a recording that this program reads.
pub fn begins(first: Option<&Frame<'_>>) -> Result<(), Difference> {
    match first.and_then(version) {
        Some(VERSION) => Ok(()),
        Some(version) => Err(Difference::Version(version)),
        None => Err(Difference::NoRecording),
    }
}

/// The version that the first frame of a recording names; `None`: it is no such frame.
fn version(first: &Frame<'_>) -> Option<u16> {
    let rest = (first.kind == Kind::Format).then(|| first.payload.strip_prefix(MAGIC)).flatten()?;
    rest.first_chunk().map(|version| u16::from_le_bytes(*version))
}

/// Compares what followed an input then with what follows now, and says how many frames that are.
fn compare(frames: &mut Numbered<'_>, input: &Frame<'_>, now: &[u8]) -> Result<usize, Difference> {
    let mut replayed = Frames::new(now);
    let mut count = 0;
    loop {
        let next = frames.peek()?.filter(|(_, frame)| frame.kind.side() != Side::In);
        let came = replayed.next().transpose()?.map(|(_, frame)| Frame { conn: input.conn, at: input.at, ..frame });
        match (next, came) {
            (None, None) => return Ok(count),
            (Some((_, recorded)), Some(came)) if recorded == came => {
                frames.pass()?;
                count += 1;
            }
            (recorded, came) => {
                return Err(Difference::Frame {
                    offset: recorded.map_or(frames.offset(), |(offset, _)| offset),
                    number: frames.number + 1,
                    byte: recorded.zip(came).and_then(|((_, recorded), came)| first_difference(&recorded, &came)),
                    recorded: recorded.map(|(_, frame)| render::line(&frame)),
                    replayed: came.map(|frame| render::line(&frame)),
                });
            }
        }
    }
}

/// The first byte in which two frames of one kind differ.
fn first_difference(a: &Frame<'_>, b: &Frame<'_>) -> Option<usize> {
    let (mut x, mut y) = (Vec::new(), Vec::new());
    a.put(&mut x);
    b.put(&mut y);
    // The length is that of the payloads, which say more.
    let differs = |&at: &usize| !(4..8).contains(&at) && x.get(at) != y.get(at);
    (0..x.len().max(y.len())).find(differs).filter(|_| a.kind == b.kind)
}

/// Frames, counted, with a look ahead.
struct Numbered<'a> {
    frames: Frames<'a>,
    next: Option<(usize, Frame<'a>)>,
    /// Of the frame that was passed last, from 1 on.
    number: usize,
}

impl<'a> Numbered<'a> {
    fn peek(&mut self) -> Result<Option<(usize, Frame<'a>)>, Broken> {
        if self.next.is_none() {
            self.next = self.frames.next().transpose()?;
        }
        Ok(self.next)
    }

    fn pass(&mut self) -> Result<Option<(usize, Frame<'a>)>, Broken> {
        let passed = self.peek()?;
        self.number += usize::from(passed.is_some());
        self.next = None;
        Ok(passed)
    }

    /// Where the next frame begins.
    fn offset(&self) -> usize {
        self.next.map_or(self.frames.offset(), |(offset, _)| offset)
    }
}

#[cfg(test)]
mod tests;
