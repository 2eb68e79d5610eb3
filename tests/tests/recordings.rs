//! The recordings replay, without a socket, a client or a key, and a replay notices what it should.

use std::collections::BTreeSet;
use std::fs;

use conformance::play::recordings::{self, path};
use s_server_core::record::{Difference, Frame, Frames, HEADER, Kind, Replayed, Side, render, replay};

fn all() -> impl Iterator<Item = (&'static str, Vec<u8>)> {
    recordings::names().map(|name| (name, fs::read(path(name, "rec")).expect(name)))
}

fn play(recording: &[u8]) -> Result<Replayed, Difference> {
    replay(recording)
}

#[test]
fn every_recording_replays_to_its_end() {
    for (name, recording) in all() {
        let replayed = play(&recording).unwrap_or_else(|difference| panic!("{name}: {difference}"));
        // A server that waits for its next client is ended by a signal.
        let waits = render::text(&recording).0.ends_with("< doors       open\n");
        assert!(replayed.complete || waits, "{name}: the run did not end");
        assert!(replayed.outputs > 0, "{name}");
    }
}

#[test]
fn there_are_those_that_are_listed_each_with_its_rendering() {
    let expected: BTreeSet<String> =
        recordings::names().flat_map(|name| [format!("{name}.rec"), format!("{name}.txt")]).collect();
    let folder = path("x", "rec");
    let entries = fs::read_dir(folder.parent().unwrap()).unwrap();
    let found: BTreeSet<String> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    assert_eq!(found, expected);
    for (name, recording) in all() {
        let (text, end) = render::text(&recording);
        assert_eq!(end, Ok(()), "{name}");
        assert!(fs::read_to_string(path(name, "txt")).unwrap() == text, "{name}.txt is not what {name}.rec renders to");
        assert!(!text.contains("malformed"), "{name}");
        assert!(recording.len() < 100_000, "{name} has {} bytes", recording.len());
    }
}

#[test]
fn they_show_all_modes_and_commands() {
    let texts: String = recordings::names().map(|name| fs::read_to_string(path(name, "txt")).unwrap()).collect();
    for command in "qQrRPSkKc".chars() {
        assert!(texts.contains(&format!("< fact        command {command}\n")), "{command}");
    }
    for mode in ["-www", "-WWW", "-HTTP", "-rev", "-echo", "-brief", "-quiet", "-crlf"] {
        let used = |line: &str| line.contains("> args ") && line.contains(&format!(" {mode} "));
        assert!(texts.lines().any(used), "{mode}");
    }
    let facts = ["TLSv1.3 ", "TLSv1.2 ", ", reused", ", client \"", "handshake failed", "< exit ", "> said "];
    for fact in facts {
        assert!(texts.contains(fact), "{fact}");
    }
}

/// Flips a bit in frames that came out, and demands that the replay names frame, place and byte.
#[test]
fn a_changed_output_is_found_where_it_is() {
    let mut tried = 0;
    for (name, recording) in all() {
        let mut kinds = BTreeSet::new();
        for (number, frame) in Frames::new(&recording).enumerate() {
            let (offset, frame) = frame.unwrap();
            if !comes_out(&frame) || !(kinds.insert(frame.kind) || number % 11 == 0) {
                continue;
            }
            let byte = HEADER + (number * 7) % frame.payload.len().max(1);
            // A frame without payload has its time changed.
            let byte = if frame.payload.is_empty() { 8 } else { byte };
            let mut changed = recording.clone();
            changed[offset + byte] ^= 0x04;
            match play(&changed) {
                Err(Difference::Frame { offset: at, number: found, byte: differs, recorded, replayed }) => {
                    assert_eq!((at, found, differs), (offset, number + 1, Some(byte)), "{name}");
                    assert!(recorded.is_some() && replayed.is_some(), "{name}");
                }
                other => panic!("{name}, frame {}, byte {byte}: {other:?}", number + 1),
            }
            tried += 1;
        }
    }
    assert!(tried > 500, "{tried}");
}

/// What a replay compares: effects, and what the engine is asked.
fn comes_out(frame: &Frame<'_>) -> bool {
    frame.kind.side() == Side::Out || frame.kind == Kind::Call
}

#[test]
fn a_cut_recording_is_told_with_the_offset_of_the_frame() {
    for (name, recording) in all() {
        let starts: BTreeSet<usize> = Frames::new(&recording).map(|frame| frame.unwrap().0).collect();
        for cut in (1..recording.len()).step_by(recording.len() / 16) {
            match play(&recording[..cut]) {
                Err(Difference::Broken(broken)) => assert!(starts.contains(&broken.offset), "{name} at {cut}"),
                // Between two frames.
                _ => assert!(starts.contains(&cut), "{name} at {cut}"),
            }
        }
    }
}

#[test]
fn the_one_that_a_crate_shows_is_one_of_them() {
    let shown = std::fs::read(recordings::in_a_crate()).unwrap();
    assert!(all().any(|(_, recording)| recording == shown), "make them anew");
}

/// Whatever the bytes are, a replay and a rendering end, and no input makes them panic.
#[test]
fn spoilt_recordings_are_survived() {
    let mut random = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = |below: usize| {
        // xorshift64
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        (random % below as u64) as usize
    };
    for (_, recording) in all() {
        for _ in 0..20 {
            let mut spoilt = recording.clone();
            for _ in 0..1 + next(4) {
                let at = next(spoilt.len());
                spoilt[at] = next(256) as u8;
            }
            let _ = play(&spoilt);
            let _ = render::text(&spoilt);
        }
    }
}
