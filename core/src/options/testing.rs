//! What the tests of this module share: two builds, a world, and command lines as text.
use alloc::string::String;
use alloc::vec::Vec;

use super::library::{Build, Feature, Features};
use super::plan::{Plan, Reference};
use super::refusals::{NONE, Refusals};
use super::run::RunPlan;
use super::{OptionError, Options, ProviderParameter, World, parse};

const COMMON: Features =
    Features::NONE.with(Feature::Ktls).with(Feature::Srp).with(Feature::SslTrace).with(Feature::UnixSockets);

/// The system build on Debian 12.
pub const DEBIAN: Build = Build { reference: Reference::V3_0, features: COMMON.with(Feature::Engine), refusals: &NONE };

/// The bundled build on Linux.
pub const BUNDLED: Build = Build {
    reference: Reference::V4_0,
    features: COMMON.with(Feature::CertComp).with(Feature::Ech).with(Feature::Sctp).with(Feature::Tfo),
    ..DEBIAN
};

/// A build on another engine, which lacks some of what the table has.
pub const OTHER_ENGINE: Build = Build { refusals: &OTHER, ..BUNDLED };

static OTHER: Refusals = Refusals {
    refused: &[(&["tls1", "tls1_1"], "the engine has no TLS 1.1; use another")],
    in_part: &[(&["nameopt"], "`oneline`")],
    anyway: &[(&["no_comp"], "nothing is compressed")],
    ahead: &["async"],
};

/// A world in which `.` is the only directory, files and providers are those that do not begin with `no`, and
/// `bogus` is no parameter of verification.
#[derive(Default)]
pub struct TestWorld {
    /// What was printed.
    pub notes: Vec<u8>,
    /// Where providers are.
    pub provider_path: Vec<u8>,
}

impl World for TestWorld {
    fn note(&mut self, text: &[u8]) {
        self.notes.extend_from_slice(text);
    }

    fn is_directory(&mut self, path: &[u8]) -> bool {
        path == b"."
    }

    fn load_engine(&mut self, name: &[u8]) -> Vec<u8> {
        [b"loading ", name, b"\n"].concat()
    }

    fn takes_parameter(&mut self, _: &'static str, value: &[u8]) -> bool {
        value != b"bogus"
    }

    fn seed_random(&mut self, list: &[u8]) -> Result<(), Vec<u8>> {
        if list.starts_with(b"no") { Err([b"Can't load ", list, b" into RNG\n"].concat()) } else { Ok(()) }
    }

    fn set_provider_path(&mut self, path: &[u8]) {
        self.provider_path = path.into();
    }

    fn load_provider(&mut self, name: &[u8]) -> Result<(), Vec<u8>> {
        if name.starts_with(b"no") {
            return Err([b"no provider ", name, b" in ", &self.provider_path[..], b"\n"].concat());
        }
        Ok(())
    }

    fn empty_message_file(&mut self, path: &[u8]) -> bool {
        let writable = !path.starts_with(b"no");
        if writable {
            self.note(&[b"emptying ", path, b"\n"].concat());
        }
        writable
    }

    fn set_provider_parameter(&mut self, parameter: &ProviderParameter<'_>) -> Result<(), Vec<u8>> {
        if let Some(name) = parameter.provider.filter(|name| name.starts_with(b"no")) {
            return Err([b"no provider ", name, b"\n"].concat());
        }
        self.note(&[b"setting ", parameter.name, b"=", parameter.value, b"\n"].concat());
        Ok(())
    }
}

/// The words of a line; single quotes hold a word together.
pub fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut rest = line.trim_start();
    while !rest.is_empty() {
        let (word, after) = match rest.strip_prefix('\'') {
            Some(quoted) => quoted.split_once('\'').unwrap_or((quoted, "")),
            None => rest.split_once(' ').unwrap_or((rest, "")),
        };
        words.push(word.into());
        rest = after.trim_start();
    }
    words
}

/// Reads a line; what was printed meanwhile stands beside the result.
pub fn read(line: &str, build: &Build) -> (Result<Options, OptionError>, String) {
    let mut world = TestWorld::default();
    let words = words(line);
    let result = parse(words.iter().map(String::as_bytes), build, &mut world);
    (result, String::from_utf8_lossy(&world.notes).into_owned())
}

/// What a line means for a run.
pub fn run_plan(line: &str, build: &Build) -> Result<RunPlan, OptionError> {
    read(line, build).0.and_then(|options| options.into_plan(build, &mut TestWorld::default(), b""))
}

/// What a line means for a connection.
pub fn plan(line: &str, build: &Build) -> Result<Plan, OptionError> {
    run_plan(line, build).map(|run| Plan::clone(&run.connection))
}

/// What is printed about a line that means nothing.
pub fn says(line: &str, build: &Build) -> String {
    let (options, mut notes) = read(line, build);
    let mut world = TestWorld::default();
    let error = options.and_then(|options| options.into_plan(build, &mut world, b"")).expect_err(line);
    assert_eq!(error.status, 1, "{line}");
    notes += &String::from_utf8_lossy(&world.notes);
    notes + &String::from_utf8_lossy(&error.text)
}
