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
use super::logged::Logging;
use super::machine::{Fault, Machine};
use super::reel::Reel;
use super::render;
use super::tape::Tape;

/// A [`Tape`] that gives back what was put on it.
pub trait Rewind: Tape {
    /// Everything since the last call, as bytes of frames of any connection and time.
    fn take(&self) -> Vec<u8>;
}

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
pub enum Difference {
    /// The bytes are no frame.
    Broken(Broken),
    /// A recording begins with a frame that says so.
    NoRecording,
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

impl From<Broken> for Difference {
    fn from(broken: Broken) -> Self {
        Self::Broken(broken)
    }
}

/// Plays a recording, up to its end or the first difference. `tape` is used for nothing else meanwhile.
pub fn replay<T: Rewind + 'static>(recording: &Arc<[u8]>, tape: &Arc<T>) -> Result<Replayed, Difference> {
    let reel = Reel::new(recording.clone());
    let mut instances =
        Instances { new: || Machine::new(Logging::new(reel.clone(), tape.clone())), by_conn: BTreeMap::new() };
    let mut frames = Numbered { frames: Frames::new(recording), next: None, number: 0 };
    let mut replayed = Replayed { inputs: 0, outputs: 0, complete: false };
    match frames.peek()? {
        Some((_, frame)) if frame.kind == Kind::Format => {}
        _ => return Err(Difference::NoRecording),
    }
    while let Some((offset, input)) = frames.pass()? {
        replayed.inputs += 1;
        reel.wind(frames.offset());
        let taken = instances.of(&input).handle(&input, &mut |frame| tape.put(frame.kind, frame.payload));
        let now = tape.take();
        if let (Err(fault), false) = (taken, matches!(frames.peek()?, Some((_, f)) if f.kind == Kind::Fault)) {
            return Err(Difference::Fault { offset, number: frames.number, fault });
        }
        replayed.outputs += compare(&mut frames, &input, &now)?;
        if input.kind == Kind::Over {
            instances.by_conn.remove(&input.conn);
            replayed.complete = input.conn == 0;
        }
    }
    Ok(replayed)
}

/// The machines of a run: one, and where connections have instances of their own, one for each of those as well.
struct Instances<F> {
    new: F,
    by_conn: BTreeMap<u32, Machine<Logging<Reel>>>,
}

impl<F: Fn() -> Machine<Logging<Reel>>> Instances<F> {
    /// That of a frame's connection, if it has one, else that of the run. What comes before [`Kind::Load`] with the
    /// number of a connection begins one.
    fn of(&mut self, frame: &Frame<'_>) -> &mut Machine<Logging<Reel>> {
        let begins =
            matches!(frame.kind, Kind::Args | Kind::Seed | Kind::Need | Kind::Counted | Kind::Log | Kind::Load);
        let own = begins || self.by_conn.contains_key(&frame.conn);
        self.by_conn.entry(if own { frame.conn } else { 0 }).or_insert_with(&self.new)
    }
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
mod tests {
    use super::*;
    use crate::io::{Input, Now, Outcome};
    use crate::options::testing::{BUNDLED, TestWorld, words};
    use crate::record::machine::{Engines, Given};
    use crate::record::{Args, In};
    use crate::scripted::Context;
    use crate::server::Listening;
    use alloc::string::ToString;
    use std::sync::Mutex;

    #[derive(Default)]
    struct Memory(Mutex<Vec<u8>>);

    impl Tape for Memory {
        fn put(&self, kind: Kind, payload: &[u8]) {
            Frame { kind, conn: 0, at: Now::default(), payload }.put(&mut self.0.lock().unwrap());
        }
    }

    impl Rewind for Memory {
        fn take(&self) -> Vec<u8> {
            core::mem::take(&mut self.0.lock().unwrap())
        }
    }

    struct Scripted;

    impl Engines for Scripted {
        fn context(
            &mut self,
            _: &Arc<crate::Plan>,
            _: &Given,
            out: &mut dyn crate::io::Sink,
        ) -> Result<Arc<dyn crate::engine::TlsContext>, Vec<u8>> {
            out.print(crate::io::Stream::Out, b"Using default temp DH parameters\n");
            Ok(Arc::new(Context))
        }
    }

    /// A run of a scripted engine, recorded.
    fn recording() -> Vec<u8> {
        let mut args =
            Args::new(words("s_server -naccept 2").into_iter().map(Into::into).collect(), BUNDLED, Vec::new());
        args.ask(&mut TestWorld::default()).unwrap();
        let at = Listening::Tcp { at: "127.0.0.1:4433".parse().unwrap(), port_chosen: false };
        let inputs = [
            (0, In::Format { version: 1, engine: b"scripted" }),
            (0, In::Args(args)),
            (0, In::Load),
            (0, In::Listening(at)),
            (1, In::Accept(crate::engine::Start { seed: 7 })),
            (1, In::Input(Input::Seated)),
            (1, In::OthersWait(true)),
            (1, In::Input(Input::Wire(b"Hhello"))),
            (1, In::Input(Input::WireFlushed)),
            (1, In::Input(Input::Operator(b"K\n"))),
            (1, In::Input(Input::Operator(b"answer\n"))),
            (1, In::Input(Input::WireFlushed)),
            (1, In::Input(Input::Operator(b"Q\n"))),
            (1, In::Finished(Outcome::Quit)),
            (0, In::End),
            (0, In::Over(0)),
        ];
        let tape = Arc::new(Memory::default());
        let mut machine = Machine::new(Logging::new(Scripted, tape.clone()));
        let mut bytes = Vec::new();
        for (number, (conn, input)) in inputs.iter().enumerate() {
            let (mut one, at) = (Vec::new(), Now::from_micros(number as u64 * 1000));
            input.put(*conn, at, &mut one);
            let (_, frame) = Frames::new(&one).next().unwrap().unwrap();
            machine.handle(&frame, &mut |frame| tape.put(frame.kind, frame.payload)).unwrap();
            bytes.extend(one.iter());
            let now = tape.take();
            for frame in Frames::new(&now) {
                Frame { conn: *conn, at, ..frame.unwrap().1 }.put(&mut bytes);
            }
        }
        bytes
    }

    #[test]
    fn connections_may_have_instances_of_their_own() {
        let inputs = |conn: u32| {
            let mut args =
                Args::new(words("s_server -echo").into_iter().map(Into::into).collect(), BUNDLED, Vec::new());
            args.ask(&mut TestWorld::default()).unwrap();
            let counted = crate::engine::CacheStats { hits: conn.into(), ..Default::default() };
            [
                In::Counted(counted),
                In::Args(args),
                In::Load,
                In::Accept(crate::engine::Start::default()),
                In::Input(Input::Seated),
                In::Input(Input::Wire(if conn == 1 { b"Hone" } else { b"Htwo" })),
                In::Count,
                In::Over(0),
            ]
        };
        let mut bytes = Vec::new();
        In::Format { version: 1, engine: b"scripted" }.put(0, Now::default(), &mut bytes);
        let (one, two) = (inputs(1), inputs(2));
        let tape = Arc::new(Memory::default());
        let machine = || Machine::new(Logging::new(Scripted, tape.clone()));
        let (mut first, mut second) = (machine(), machine());
        for (a, b) in one.iter().zip(&two) {
            for (conn, input, machine) in [(1, a, &mut first), (2, b, &mut second)] {
                let mut frame = Vec::new();
                input.put(conn, Now::default(), &mut frame);
                let (_, frame) = Frames::new(&frame).next().unwrap().unwrap();
                machine.handle(&frame, &mut |frame| tape.put(frame.kind, frame.payload)).unwrap();
                frame.put(&mut bytes);
                let now = tape.take();
                Frames::new(&now).for_each(|frame| Frame { conn, ..frame.unwrap().1 }.put(&mut bytes));
            }
        }
        let replayed = play(bytes.clone()).unwrap();
        assert_eq!((replayed.inputs, replayed.complete), (17, false));
        In::Over(0).put(0, Now::default(), &mut bytes);
        assert!(play(bytes).unwrap().complete);
    }

    #[test]
    fn the_log_comes_on_request() {
        let kinds = |input: &In<'_>| {
            let tape = Arc::new(Memory::default());
            let mut machine = Machine::new(Logging::on_request(Scripted, tape.clone()));
            let mut args = Args::new(words("s_server").into_iter().map(Into::into).collect(), BUNDLED, Vec::new());
            args.ask(&mut TestWorld::default()).unwrap();
            let mut bytes = Vec::new();
            for input in [&In::Args(args), input, &In::Load] {
                input.put(0, Now::default(), &mut bytes);
            }
            for frame in Frames::new(&bytes) {
                machine.handle(&frame.unwrap().1, &mut |frame| tape.put(frame.kind, frame.payload)).unwrap();
            }
            let frames = tape.take();
            Frames::new(&frames).map(|frame| frame.unwrap().1.kind).collect::<Vec<_>>()
        };
        assert_eq!(kinds(&In::Seed(Default::default())), [Kind::PrintOut]);
        assert_eq!(kinds(&In::Log), [Kind::Call, Kind::Event, Kind::PrintOut, Kind::Result]);
    }

    fn play(bytes: Vec<u8>) -> Result<Replayed, Difference> {
        replay(&bytes.into(), &Arc::new(Memory::default()))
    }

    #[test]
    fn a_recording_replays_without_its_engine() {
        let replayed = play(recording()).unwrap();
        assert_eq!((replayed.inputs, replayed.complete), (16, true));
        assert!(replayed.outputs > 40, "{replayed:?}");
    }

    #[test]
    fn a_byte_changed_in_any_output_is_found_where_it_is() {
        let recording = recording();
        let frames: Vec<_> = Frames::new(&recording).map(Result::unwrap).collect();
        let mut tried = 0;
        for (number, &(offset, frame)) in frames.iter().enumerate() {
            if frame.kind.side() != Side::Out && frame.kind != Kind::Call {
                continue;
            }
            // The number of the connection, the time, and each byte of the payload.
            for byte in (1..4).chain(8..16 + frame.payload.len()) {
                let mut changed = recording.clone();
                changed[offset + byte] ^= 0x20;
                let Err(Difference::Frame { offset: found, number: at, byte: differs, .. }) = play(changed) else {
                    panic!("byte {byte} of frame {number}: no difference");
                };
                assert_eq!((found, at, differs), (offset, number + 1, Some(byte)), "frame {number}");
                tried += 1;
            }
        }
        assert!(tried > 1000, "{tried}");
    }

    #[test]
    fn answers_of_the_engine_may_be_anything() {
        let recording = recording();
        let mut differences = 0;
        for (offset, frame) in Frames::new(&recording).map(Result::unwrap) {
            for byte in (0..frame.payload.len()).filter(|_| matches!(frame.kind, Kind::Result | Kind::Event)) {
                for flip in [0x01, 0x20, 0xff] {
                    let mut changed = recording.clone();
                    changed[offset + 16 + byte] ^= flip;
                    differences += usize::from(play(changed).is_err());
                }
            }
        }
        // All but what shows nowhere.
        assert!(differences > 500, "{differences}");
    }

    #[test]
    fn a_difference_is_told_readably() {
        let mut changed = recording();
        let at = changed.windows(7).position(|window| window == b"ACCEPT\n").unwrap();
        changed[at + 1] = b'X';
        let text = play(changed).unwrap_err().to_string();
        let expected = alloc::format!(
            "offset {}: frame 9 differs from its byte 17 (offset {}) on\n  \
             recorded:    0.003000      < out             7  \"AXCEPT\\n\"\n  \
             replayed:    0.003000      < out             7  \"ACCEPT\\n\"",
            at - 16,
            at + 1
        );
        assert_eq!(text, expected);
    }

    #[test]
    fn missing_and_additional_frames_are_differences() {
        let recording = recording();
        let frames: Vec<_> = Frames::new(&recording).map(Result::unwrap).collect();
        let (offset, frame) = *frames.iter().find(|(_, frame)| frame.kind == Kind::PrintOut).unwrap();
        let mut without = recording[..offset].to_vec();
        without.extend(&recording[offset + 16 + frame.payload.len()..]);
        assert!(matches!(play(without), Err(Difference::Frame { .. })));
        let mut twice = recording[..offset].to_vec();
        frame.put(&mut twice);
        twice.extend(&recording[offset..]);
        assert!(matches!(play(twice), Err(Difference::Frame { .. })));
    }

    #[test]
    fn a_cut_recording_is_told_with_its_offset() {
        let recording = recording();
        let starts: Vec<_> = Frames::new(&recording).map(|frame| frame.unwrap().0).collect();
        for cut in 1..recording.len() {
            match play(recording[..cut].to_vec()) {
                Err(Difference::Broken(broken)) => assert!(starts.contains(&broken.offset), "{cut}"),
                Err(Difference::Frame { recorded: None, .. }) => assert!(starts.contains(&cut), "{cut}"),
                Ok(Replayed { complete: false, .. }) => assert!(starts.contains(&cut), "{cut}"),
                other => panic!("{cut}: {other:?}"),
            }
        }
    }

    #[test]
    fn what_is_no_recording_is_told() {
        assert_eq!(play(Vec::new()), Err(Difference::NoRecording));
        assert_eq!(play(recording().split_off(16 + 8 + 2 + 4 + 8)), Err(Difference::NoRecording));
        let broken = play(b"-----BEGIN CERTIFICATE-----".to_vec()).unwrap_err();
        assert_eq!(broken.to_string(), "offset 0: no frame is of kind 2d");
    }

    #[test]
    fn an_input_that_cannot_be_fed_is_told() {
        let mut recording = recording();
        In::Input(Input::Timeout).put(3, Now::default(), &mut recording);
        let text = play(recording).unwrap_err().to_string();
        assert!(text.ends_with("cannot be fed: there is no such connection"), "{text}");
    }
}
