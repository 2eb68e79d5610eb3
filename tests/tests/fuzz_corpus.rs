//! The committed corpus of each fuzz target holds what it claims: nothing panics, nothing hangs.

use std::fs;
use std::path::PathBuf;

use conformance::fuzzing::{self, TARGETS};
use conformance::play::recordings;
use conformance::tests_folder;

fn folder(target: &str) -> PathBuf {
    tests_folder().join("fuzz/corpus").join(target)
}

#[test]
fn every_input_of_the_corpus_keeps_the_claims() {
    for (name, target) in TARGETS {
        let mut inputs: Vec<PathBuf> = fs::read_dir(folder(name)).unwrap().map(|entry| entry.unwrap().path()).collect();
        inputs.sort();
        assert!(inputs.len() > 20, "{name}: {} inputs", inputs.len());
        for input in inputs {
            let bytes = fs::read(&input).unwrap();
            // The name of the input is what a failure has to tell.
            let result = std::panic::catch_unwind(|| target(&bytes));
            assert!(result.is_ok(), "{}: {}", input.display(), bytes.escape_ascii());
        }
    }
}

/// Those of the corpus are of the version of their time: what reads on behind it sees these alone.
#[test]
fn recordings_of_this_version_keep_the_claims_whole_and_spoilt() {
    for name in recordings::names() {
        let recording = fs::read(recordings::path(name, "rec")).unwrap();
        fuzzing::recording(&recording);
        let short = recording.len() < 3_000;
        for at in (0..recording.len()).step_by(if short { 5 } else { 2_003 }) {
            let mut spoilt = recording.clone();
            spoilt[at] ^= 0x41;
            let result = std::panic::catch_unwind(|| fuzzing::recording(&spoilt));
            assert!(result.is_ok(), "{name}, byte {at}");
        }
    }
}

#[test]
fn every_target_has_its_program_and_its_corpus() {
    let names = |folder: &str| -> Vec<String> {
        let entries = fs::read_dir(tests_folder().join("fuzz").join(folder)).unwrap();
        let stem = |path: PathBuf| path.file_stem().unwrap().to_str().unwrap().to_owned();
        let mut names: Vec<String> = entries.map(|entry| stem(entry.unwrap().path())).collect();
        names.sort();
        names
    };
    let mut expected: Vec<&str> = TARGETS.iter().map(|(name, _)| *name).collect();
    expected.sort_unstable();
    assert_eq!(names("corpus"), expected);
    assert_eq!(names("fuzz_targets"), expected);
}

/// A long random walk, for whoever has no cargo-fuzz.
#[test]
fn random_inputs_keep_the_claims() {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    for (name, target) in TARGETS {
        for round in 0..20_000_usize {
            let input: Vec<u8> = std::iter::repeat_with(|| {
                state = state.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(0x1405_7b7e_f767_814f);
                (state >> 33) as u8
            })
            .take(round % 200)
            .collect();
            let result = std::panic::catch_unwind(|| target(&input));
            assert!(result.is_ok(), "{name}: {}", input.escape_ascii());
        }
    }
}
