//! Recordings and frames that anybody may have made.

use std::cell::Cell;
use std::sync::Arc;

use s_server_core::record::{
    Difference, Fault, Frame, Frames, In, Kind, Logging, Machine, Memory, NoFrame, Out, Reel, Replayed, Tape, render,
    replay,
};

/// What one input may bring about, beside what it and the answers of the engine bring themselves.
const EFFECTS: usize = 1 << 20;

/// Any bytes: frames are read and written as the same bytes, each is shown as one line of plain text, a machine on them
/// answers by the rules of docs/RECORDING.md, and a replay ends with a result that comes again.
///
/// # Panics
/// When the claim does not hold.
pub fn recording(data: &[u8]) {
    frames(data);
    machine(data);
    let bytes: Arc<[u8]> = data.into();
    let first = replay(bytes.clone());
    assert_eq!(first, replay(bytes.clone()));
    match first {
        Ok(Replayed { inputs, outputs, .. }) => assert_eq!(inputs + outputs, Frames::new(data).count()),
        Err(Difference::Broken(broken)) => assert!(broken.offset < data.len()),
        Err(Difference::NoRecording | Difference::Version(_)) => {}
        Err(Difference::Fault { offset, .. } | Difference::Frame { offset, .. }) => assert!(offset <= data.len()),
        Err(other) => panic!("{other}"),
    }
}

fn frames(data: &[u8]) {
    let mut written = Vec::new();
    for frame in Frames::new(data) {
        let frame = match frame {
            Ok((offset, frame)) => {
                assert_eq!(offset, written.len());
                frame
            }
            Err(broken) => {
                assert_eq!(broken.offset, written.len());
                assert!(matches!(broken.why, NoFrame::UnknownKind(_)) || data.len() - broken.offset < 1 << 32);
                break;
            }
        };
        frame.put(&mut written);
        let line = render::line(&frame);
        assert!(line.bytes().all(|byte| (b' '..=b'~').contains(&byte)), "{line:?}");
        if let Ok(Some(input)) = In::read(&frame) {
            let mut again = Vec::new();
            input.put(frame.conn, frame.at, &mut again);
            let (_, again) = Frames::new(&again).next().expect("a frame").expect("a whole one");
            assert_eq!(In::read(&again), Ok(Some(input)));
        }
    }
    assert!(data.starts_with(&written));
}

fn machine(data: &[u8]) {
    let (reel, tape) = (Reel::new(data.into()), Arc::new(Memory::default()));
    let mut machine = Machine::new(Logging::new(reel.clone(), tape as Arc<dyn Tape>));
    let mut faulty = false;
    let mut all = Frames::new(data);
    while let Some(Ok((offset, input))) = all.next() {
        reel.wind(all.offset());
        let (last, length) = (Cell::new(None), Cell::new(0));
        let taken = machine.handle(&input, &mut |frame| {
            assert_eq!((frame.conn, frame.at), (input.conn, input.at));
            assert!(matches!(Out::read(&frame), Ok(Some(_))), "{frame:?}");
            last.set(Some(frame.kind));
            length.set(length.get() + frame.payload.len());
        });
        assert!(length.get() <= EFFECTS + 64 * (data.len() - offset), "{}", length.get());
        faulty = check(&input, taken, last.get(), faulty);
    }
}

/// Whether there has been a fault by now.
fn check(input: &Frame<'_>, taken: Result<(), Fault>, last: Option<Kind>, faulty: bool) -> bool {
    match (input.kind, taken) {
        (kind, _) if kind as u8 >= 0x80 => assert_eq!((taken, last), (Ok(()), None)),
        (_, Err(_)) => {
            assert_eq!(last, Some(Kind::Fault));
            return true;
        }
        (
            Kind::Seated
            | Kind::Wire
            | Kind::WireEnd
            | Kind::Flushed
            | Kind::Operator
            | Kind::OperatorEnd
            | Kind::File
            | Kind::Timeout
            | Kind::OthersWait,
            Ok(()),
        ) => assert!(!faulty && matches!(last, Some(Kind::Wait | Kind::Closed)), "{last:?}"),
        (Kind::Accept | Kind::Finished, Ok(())) => assert!(!faulty && last == Some(Kind::Accepting), "{last:?}"),
        (Kind::Load | Kind::Listening | Kind::End, Ok(())) => assert!(!faulty),
        _ => {}
    }
    faulty
}
