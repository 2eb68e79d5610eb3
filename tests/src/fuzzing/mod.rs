//! What the fuzz targets of `tests/fuzz` run: each takes any bytes and panics where a claim does not hold.
//!
//! They are plain functions, so that the committed corpus runs under plain tests too (`tests/tests/fuzz_corpus.rs`).

mod client;
mod endpoint;
mod engine;
mod hello;
mod recording;
mod source;
mod trace;

use s_server_core::options::{self, Build, Feature, Features, World, table};
use s_server_core::request::{LINE_LIMIT, RequestReader};

pub use client::connection;
pub use endpoint::endpoint;
pub use hello::hello;
pub use recording::recording;
pub use trace::trace;

/// A function of this module, by the name of its target.
pub type Target = (&'static str, fn(&[u8]));

/// All of them.
pub const TARGETS: &[Target] = &[
    ("command_line", command_line),
    ("request", request),
    ("hello", hello),
    ("connection", connection),
    ("recording", recording),
    ("trace", trace),
    ("endpoint", endpoint),
];

/// A command line ends with a plan, or with whole lines and a status.
///
/// The first two bytes choose the build. Words end at line ends; one that begins with a byte above 127 is the option
/// with the number that follows, and what stands behind that is its value behind an equals sign.
///
/// # Panics
/// When the claim does not hold.
pub fn command_line(data: &[u8]) {
    let [release, features, rest @ ..] = data else { return };
    let build = build(*release, *features);
    let words: Vec<Vec<u8>> = rest.split(|&byte| byte == b'\n').map(word).collect();
    let mut world = Dot::default();
    let plan = options::parse(words.iter().map(Vec::as_slice), &build, &mut world)
        .and_then(|options| options.into_plan(&build, &mut world, b""));
    assert!(world.notes.is_empty() || world.notes.ends_with(b"\n"), "{}", world.notes.escape_ascii());
    match plan {
        Ok(plan) => {
            assert!(plan.connection.shown_argv.len() <= words.len() + 1);
            assert!(plan.jobs.is_none_or(|jobs| (1..=1024).contains(&jobs)));
            plan.concurrency(2);
        }
        // -version prints on standard output.
        Err(error) if error.status == 0 && error.text.is_empty() => {}
        Err(error) => {
            assert!(error.text.ends_with(b"\n"), "{}", error.text.escape_ascii());
            assert!(error.status == 1 || error.status == 0 && error.text.starts_with(b"Usage: s_server [options]\n"));
        }
    }
}

fn build(release: u8, features: u8) -> Build {
    use s_server_core::options::plan::Reference::*;
    let releases = [V3_0, V3_1, V3_2, V3_3, V3_5, V3_6, V4_0];
    let parts = [
        Feature::Engine,
        Feature::Ktls,
        Feature::Sctp,
        Feature::Srp,
        Feature::SslTrace,
        Feature::Tfo,
        Feature::UnixSockets,
        Feature::Ech,
    ];
    let there = parts.into_iter().enumerate().filter(|(bit, _)| features & (1 << bit) != 0);
    Build {
        reference: releases[usize::from(release) % releases.len()],
        features: there.map(|(_, part)| part).collect::<Features>(),
        ..Build::default()
    }
}

fn word(bytes: &[u8]) -> Vec<u8> {
    let [0x80..=0xff, number, value @ ..] = bytes else { return bytes.to_vec() };
    let name = table::rows().nth(usize::from(*number) % table::rows().count()).map_or("", |row| row.name);
    let equals: &[u8] = if value.is_empty() { b"" } else { b"=" };
    [b"-", name.as_bytes(), equals, value].concat()
}

/// A world in which only `.` is a directory, any seed, provider and engine can be loaded, and parameters of verification
/// are those that do not begin with `no`.
#[derive(Default)]
struct Dot {
    notes: Vec<u8>,
}

impl World for Dot {
    fn note(&mut self, text: &[u8]) {
        self.notes.extend_from_slice(text);
    }

    fn is_directory(&mut self, path: &[u8]) -> bool {
        path == b"."
    }

    fn takes_parameter(&mut self, _name: &'static str, value: &[u8]) -> bool {
        !value.starts_with(b"no")
    }
}

/// A request is the same in one piece and in two, and never longer than a line may be.
///
/// The first two bytes say where the pieces meet.
///
/// # Panics
/// When the claim does not hold.
pub fn request(data: &[u8]) {
    use s_server_core::request::Request::*;
    let [high, low, bytes @ ..] = data else { return };
    let (first, second) = bytes.split_at(usize::from(u16::from_be_bytes([*high, *low])).min(bytes.len()));
    let whole = RequestReader::default().read(bytes);
    let mut reader = RequestReader::default();
    assert_eq!(reader.read(first).or_else(|| reader.read(second)), whole);
    if let Some(Get { target: word, .. } | Head { target: word } | Other { method: word }) = whole {
        assert!(word.len() < LINE_LIMIT);
        assert!(!word.contains(&b'\n') && !word.contains(&b' '), "{}", word.escape_ascii());
    }
}
