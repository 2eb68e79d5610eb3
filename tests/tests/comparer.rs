//! The comparer is tested with every golden: a lost, a swapped and an altered line must each be seen.

use std::collections::BTreeSet;

use conformance::Streams;
use conformance::compare::compare;
use conformance::compare::mask;
use conformance::compare::messages;
use conformance::compare::responses;
use conformance::scripts::sample::Sample;
use conformance::scripts::scope::SAMPLES;

/// One stream of a golden, in lines.
struct Golden {
    place: String,
    lines: Vec<Vec<u8>>,
}

impl Golden {
    /// Every stream of every sample; the same text is looked at once.
    fn all() -> Vec<Golden> {
        let mut seen = BTreeSet::new();
        let samples = SAMPLES.iter().map(|name| Sample::load(name).unwrap());
        let streams = samples.flat_map(|sample| {
            let name = sample.script.name;
            sample.streams.into_iter().map(move |(title, bytes)| (format!("{name}, {title}"), bytes))
        });
        let new = streams.filter(|(_, bytes)| seen.insert(bytes.clone()));
        new.map(|(place, bytes)| Golden { place, lines: lines(&bytes) }).collect()
    }

    fn passes(&self, lines: &[Vec<u8>]) -> bool {
        let streams = |lines: &[Vec<u8>]| Streams::from([("stream".to_owned(), lines.concat())]);
        compare(&streams(&self.lines), &streams(lines), &[]).is_ok()
    }
}

fn lines(bytes: &[u8]) -> Vec<Vec<u8>> {
    bytes.split_inclusive(|&byte| byte == b'\n').map(<[u8]>::to_vec).collect()
}

#[test]
fn every_golden_equals_itself() {
    for golden in Golden::all() {
        assert!(golden.passes(&golden.lines), "{}", golden.place);
    }
}

#[test]
fn a_dropped_line_is_seen() {
    for golden in Golden::all() {
        for at in 0..golden.lines.len() {
            let mut lines = golden.lines.clone();
            let line = lines.remove(at);
            assert!(!golden.passes(&lines), "{} without line {}: {}", golden.place, at + 1, line.escape_ascii());
        }
    }
}

/// A row of a message that is dumped, or of a signature.
fn is_row(line: &[u8]) -> bool {
    let dumped = line
        .strip_suffix(b"\n")
        .and_then(|line| str::from_utf8(line).ok())
        .is_some_and(|line| messages::row(line).is_some());
    dumped || responses::row(line).is_some()
}

/// Two rows that are random throughout, and so wholly hidden, may change places.
#[test]
fn two_swapped_lines_are_seen() {
    for golden in Golden::all() {
        let shown = mask::lines(&golden.lines.concat()).concat();
        let shown: BTreeSet<Vec<u8>> = lines(&shown).into_iter().collect();
        for at in 1..golden.lines.len() {
            let mut lines = golden.lines.clone();
            lines.swap(at - 1, at);
            // A last line without an end would join the one before it.
            let same = lines.concat() == golden.lines.concat();
            let hidden = lines[at - 1..=at].iter().all(|line| is_row(line) && !shown.contains(line));
            assert!(same || hidden || !golden.passes(&lines), "{}, lines {at} and {} swapped", golden.place, at + 1);
        }
    }
}

/// The first character is in no masked part, so that the change is visible in every line.
#[test]
fn an_altered_line_is_seen() {
    for golden in Golden::all() {
        for at in 0..golden.lines.len() {
            let mut lines = golden.lines.clone();
            let first = usize::from(lines[at].len() > 1 && lines[at][0] != b'\r');
            lines[at].splice(..first, *b"~");
            assert!(!golden.passes(&lines), "{}, line {} altered", golden.place, at + 1);
        }
    }
}

/// What a rule hides is the line's own varying part: elsewhere every last character counts.
#[test]
fn an_alteration_is_unseen_only_where_a_mask_applies() {
    for golden in Golden::all() {
        let masked: BTreeSet<Vec<u8>> = mask::lines(&golden.lines.concat()).into_iter().collect();
        for at in 0..golden.lines.len() {
            let mut lines = golden.lines.clone();
            let end = lines[at].len() - usize::from(lines[at].ends_with(b"\n"));
            lines[at].insert(end, b'~');
            let unseen = golden.passes(&lines);
            assert!(!unseen || !masked.contains(&golden.lines[at]), "{}, line {}", golden.place, at + 1);
        }
    }
}
