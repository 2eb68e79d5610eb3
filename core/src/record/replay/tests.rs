use super::*;
use crate::io::{Input, Now, Outcome, PeerAddress};
use crate::options::testing::{BUNDLED, TestWorld, words};
use crate::record::machine::{Engines, Given};
use crate::record::{Args, Film, In};
use crate::scripted::Context;
use crate::server::Listening;
use alloc::string::ToString;
use std::sync::Mutex;

struct Scripted;

impl Engines for Scripted {
    fn context(
        &mut self,
        _: &Arc<crate::Plan>,
        _: &Given,
        out: &mut dyn crate::sink::Sink,
    ) -> Result<Arc<dyn crate::engine::TlsContext>, crate::StartError> {
        out.print(crate::io::Stream::Out, b"Using default temp DH parameters\n");
        Ok(Arc::new(Context))
    }
}

/// A run of a scripted engine, recorded.
fn recording() -> Vec<u8> {
    let mut args = Args::new(words("s_server -naccept 2").into_iter().map(Into::into).collect(), BUNDLED, Vec::new());
    args.ask(&mut TestWorld::default()).unwrap();
    let at = Listening::Tcp { at: "127.0.0.1:4433".parse().unwrap(), port_chosen: false };
    let inputs = [
        (0, In::Format { version: VERSION, engine: b"scripted" }),
        (0, In::Args(args)),
        (0, In::Load),
        (0, In::Listening(at)),
        (1, In::Accept(crate::engine::Start::seeded(7))),
        (1, In::Input(Input::Seated(PeerAddress::default()))),
        (1, In::Input(Input::OthersWait(true))),
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
        let mut args = Args::new(words("s_server -echo").into_iter().map(Into::into).collect(), BUNDLED, Vec::new());
        args.ask(&mut TestWorld::default()).unwrap();
        let counted = crate::engine::CacheStats { hits: conn.into(), ..Default::default() };
        [
            In::Counted(counted),
            In::Args(args),
            In::Load,
            In::Accept(crate::engine::Start::default()),
            In::Input(Input::Seated(PeerAddress::default())),
            In::Input(Input::Wire(if conn == 1 { b"Hone" } else { b"Htwo" })),
            In::Count,
            In::Over(0),
        ]
    };
    let mut bytes = Vec::new();
    In::Format { version: VERSION, engine: b"scripted" }.put(0, Now::default(), &mut bytes);
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

/// Played at once, and call by call: what comes of it is the same.
fn play(bytes: Vec<u8>) -> Result<Replayed, Difference> {
    let by_parts = play_by_parts(&bytes);
    let at_once = replay(bytes);
    assert_eq!(by_parts, at_once);
    at_once
}

#[derive(Default)]
struct Part(Mutex<Arc<[u8]>>);

impl Film for Part {
    fn bytes(&self) -> Arc<[u8]> {
        self.0.lock().unwrap().clone()
    }
}

fn play_by_parts(bytes: &[u8]) -> Result<Replayed, Difference> {
    let part = Arc::new(Part::default());
    let mut player = Player::new(Reel::over(part.clone()));
    let inputs = Frames::new(bytes).flatten().filter(|(_, frame)| frame.kind.side() == Side::In);
    let mut from = 0;
    for to in inputs.map(|(offset, _)| offset).skip(1).chain([bytes.len()]) {
        *part.0.lock().unwrap() = bytes[from..to].into();
        player.play(&bytes[from..to])?;
        from = to;
    }
    player.end()
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
    let mut other = recording();
    other[16 + 8] = 0x63;
    let text = "offset 0: the recording is of version 99, and this program reads version 8 only: one of the time when it was \
                made reads it";
    assert_eq!(play(other).unwrap_err().to_string(), text);
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
