//! The no-op run: takes each option its effect in turn, and demands that the test which observes it fails.
//!
//! `cargo run -p conformance --no-default-features --bin noop [OPTION…]` builds `s_server` with the feature `noop-hook`
//! and the tests, runs those of `proofs.toml`, and writes the table of docs/TESTING.md when it has run them all. With
//! `S_SERVER_REFERENCE`, the original's program of the bundled release, it does so with the bundled build, for the options
//! that the distribution's release does not have.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use conformance::documents::proofs::{self, Linked, Proofs, Test};
use conformance::launch::program::Program;
use conformance::play::pairs;
use conformance::tests_folder;

/// A test that takes longer does not fail but hang.
const LIMIT: Duration = Duration::from_secs(90);

fn main() -> ExitCode {
    match run() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(why) => {
            eprintln!("noop: {why}");
            ExitCode::FAILURE
        }
    }
}

/// Whether every test passed with all options, and failed without its own.
fn run() -> Result<bool, String> {
    let proofs = Proofs::load()?;
    let chosen: Vec<String> = std::env::args().skip(1).map(|name| name.trim_start_matches('-').to_owned()).collect();
    let linked = if Program::goldens_apply() { Linked::System } else { Linked::Bundled };
    let mut rows = proofs.tests(linked);
    rows.retain(|(row, _)| chosen.is_empty() || chosen.iter().any(|name| name == row));
    // Pairs have their tests' names from the table itself.
    let pairs = if linked == Linked::System { pairs::all() } else { Vec::new() };
    let pairs = pairs.into_iter().filter(|pair| chosen.is_empty() || chosen.iter().any(|name| name == pair.option));
    let pairs: Vec<(&str, Test)> =
        pairs.map(|pair| (pair.option, Test { binary: "pairs".to_owned(), name: pair.name() })).collect();
    let root = tests_folder().parent().ok_or("no folder above tests")?;
    let build = Bench::build(root, linked)?;
    let start = Instant::now();

    let tests: BTreeSet<&Test> = rows.iter().chain(&pairs).map(|(_, test)| test).collect();
    let whole: Vec<(Option<&str>, &Test)> = tests.into_iter().map(|test| (None, test)).collect();
    let broken: Vec<_> = build.all(&whole).into_iter().filter(|(_, _, end)| *end != End::Passes).collect();
    for (_, test, end) in &broken {
        println!("with all options, {} {} {}", test.binary, test.name, end.word());
    }
    let taken: Vec<(Option<&str>, &Test)> = rows.iter().map(|(row, test)| (Some(*row), test)).collect();
    let ends: BTreeMap<&str, End> =
        build.all(&taken).into_iter().filter_map(|(row, _, end)| Some((row?, end))).collect();
    for (row, test) in &rows {
        println!("-{row}: {} {} {}", test.binary, test.name, ends[row].word());
    }
    let paired: Vec<(Option<&str>, &Test)> = pairs.iter().map(|(row, test)| (Some(*row), test)).collect();
    let paired: Vec<_> = build.all(&paired).into_iter().filter(|(_, _, end)| *end != End::Fails).collect();
    for (_, test, end) in &paired {
        println!("without its option, {} {} {}", test.binary, test.name, end.word());
    }
    if chosen.is_empty() {
        let path = root.join("docs/TESTING.md");
        let document = std::fs::read_to_string(&path).map_err(|e| format!("{}: {e}", path.display()))?;
        let table = proofs::table(&proofs, linked, |row| ends[row].word());
        std::fs::write(&path, proofs::replaced(&document, linked, &table)?).map_err(|e| e.to_string())?;
    }
    let unnoticed: Vec<_> = ends.iter().filter(|(_, end)| **end != End::Fails).map(|(row, _)| *row).collect();
    println!(
        "{} options, {} noticed; not: {unnoticed:?}; {} pairs, {} noticed; {} tests broken; {} s",
        ends.len(),
        ends.len() - unnoticed.len(),
        pairs.len(),
        pairs.len() - paired.len(),
        broken.len(),
        start.elapsed().as_secs()
    );
    Ok(unnoticed.is_empty() && paired.is_empty() && broken.is_empty())
}

/// What became of a test.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Passes,
    Fails,
    Hangs,
}

impl End {
    fn word(self) -> &'static str {
        match self {
            End::Passes => "passes",
            End::Fails => "fails",
            End::Hangs => "hangs",
        }
    }
}

/// What is built for the run.
struct Bench {
    server: PathBuf,
    /// Executables of the tests, by the name of their file.
    tests: BTreeMap<String, PathBuf>,
}

impl Bench {
    fn build(root: &Path, linked: Linked) -> Result<Bench, String> {
        let mut server = cargo(root, &["build", "-p", "s-server", "--features", "noop-hook"]);
        let folder = match linked {
            Linked::System => {
                server.args(["--no-default-features", "--target-dir", "target/noop"]);
                "target/noop/debug"
            }
            // A profile of its own shares the OpenSSL that is built already.
            Linked::Bundled => {
                server.args(["--config", "profile.hooked.inherits='dev'", "--profile", "hooked"]);
                "target/hooked"
            }
        };
        said(&mut server)?;
        let said = said(&mut cargo(root, &["test", "-p", "conformance", "--no-default-features", "--no-run"]))?;
        // Executable tests/NAME.rs (target/debug/deps/NAME-HASH)
        let tests = said.lines().filter_map(|line| {
            let (name, path) = line.trim().strip_prefix("Executable tests/")?.split_once(".rs (")?;
            Some((name.to_owned(), root.join(path.strip_suffix(')')?)))
        });
        Ok(Bench { server: root.join(folder).join("s_server"), tests: tests.collect() })
    }

    /// Runs the tests, two at a time; those without a row with all options.
    fn all<'a>(&self, runs: &[(Option<&'a str>, &'a Test)]) -> Vec<(Option<&'a str>, &'a Test, End)> {
        let queue = Mutex::new(runs.iter());
        let next = || queue.lock().ok()?.next();
        let worker = || {
            let mut ends = Vec::new();
            while let Some((row, test)) = next() {
                ends.push((*row, *test, self.one(*row, test)));
            }
            ends
        };
        std::thread::scope(|scope| {
            let workers = [(); 2].map(|()| scope.spawn(worker));
            workers.into_iter().flat_map(|worker| worker.join().unwrap_or_default()).collect()
        })
    }

    fn one(&self, row: Option<&str>, test: &Test) -> End {
        let Some(path) = self.tests.get(&test.binary) else { return End::Passes };
        let mut command = Command::new(path);
        command.args(["--exact", &test.name]).env("S_SERVER", &self.server);
        command.current_dir(tests_folder()).env_remove("S_SERVER_NOOP").envs(row.map(|row| ("S_SERVER_NOOP", row)));
        let Ok(mut child) = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn() else {
            return End::Hangs;
        };
        let start = Instant::now();
        while start.elapsed() < LIMIT {
            match child.try_wait() {
                Ok(Some(status)) if status.success() => return End::Passes,
                Ok(Some(_)) => return End::Fails,
                _ => std::thread::sleep(Duration::from_millis(20)),
            }
        }
        let _ = child.kill();
        let _ = child.wait();
        End::Hangs
    }
}

fn cargo(root: &Path, words: &[&str]) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root).args(words).env("CARGO_TERM_COLOR", "never");
    command
}

/// What a command says on standard error.
fn said(command: &mut Command) -> Result<String, String> {
    let output = command.output().map_err(|e| format!("{command:?}: {e}"))?;
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    if output.status.success() { Ok(said) } else { Err(said) }
}
