//! Every block of code of every document is of a kind that a test plays or compiles, or is listed here with the reason why
//! it is not.

use std::collections::BTreeSet;
use std::fs;
use std::process::{Command, Stdio};

use conformance::documents::{self, Block, Document};
use regex::Regex;

/// Programs whose commands, as the first line of a block of text, `readme` plays.
const PLAYED: &[&str] =
    &["$ s_server", "s_server -", "s_server_wasm -", "s_server\n", "openssl s_client", "echo", "curl"];

/// Document, the beginning of a block of text that nothing plays, and why.
const SHOWN: &[(&str, &str, &str)] = &[
    ("docs/ARCHITECTURE.md", "                    operator: stdin", "a picture"),
    ("docs/ARCHITECTURE.md", "  wire --> Observed", "a picture"),
    ("docs/ARCHITECTURE.md", "  core <-- rustls", "a picture"),
    ("docs/ARCHITECTURE.md", "  socket --batch--> Endpoint", "a picture"),
    ("docs/RECORDING.md", " 0      1           4", "a picture; core/src/record/frame.rs writes and reads it"),
    ("docs/RECORDING.md", "_initialize()", "what host-wasm/tests/recorded.rs calls of the guest"),
    ("docs/SANDBOX.md", "  sockets, operator -->", "a picture"),
    (
        "docs/SANDBOX.md",
        "s_server_wasm: a connection was closed",
        "what host-wasm/tests/hostile.rs provokes, line by line",
    ),
];

/// Document, and the file that has its block of Rust as a test.
const COMPILED: &[(&str, &str)] =
    &[("README.md", "core/testing/examples/unit_tests.rs"), ("docs/RECORDING.md", "tests/src/lib.rs")];

fn is_played(block: &Block) -> bool {
    PLAYED.iter().any(|start| block.text.starts_with(start))
}

#[test]
fn every_block_is_played_or_compiled_or_listed() {
    for Document { name, blocks, .. } in documents::all() {
        for block in blocks {
            let shown = SHOWN.iter().any(|(document, start, _)| *document == name && block.text.starts_with(start));
            let good = match block.language.as_str() {
                "sh" => true,
                "text" => is_played(&block) || shown,
                "rust" | "rust,no_run" => COMPILED.iter().any(|(document, _)| *document == name),
                _ => false,
            };
            assert!(good, "{name}: nothing plays this block of {:?}:\n{}", block.language, block.text);
        }
    }
}

#[test]
fn every_entry_of_the_lists_is_there() {
    let documents = documents::all();
    for (name, start, _) in SHOWN {
        let blocks = documents.iter().filter(|document| document.name == *name).flat_map(|document| &document.blocks);
        assert_eq!(blocks.filter(|block| block.text.starts_with(start)).count(), 1, "{name}: {start}");
    }
}

/// Line by line the test's own, but for indentation, comments and empty lines; or the document itself is a test.
#[test]
fn blocks_of_rust_stand_in_a_test() {
    let significant = |text: &str| -> Vec<String> {
        let line = |line: &str| line.split("//").next().unwrap_or_default().trim().to_owned();
        text.lines().map(line).filter(|line| !line.is_empty()).collect()
    };
    for (name, place) in COMPILED {
        let documents = documents::all();
        let document = documents.iter().find(|document| document.name == *name).unwrap();
        let source = fs::read_to_string(documents::root().join(place)).unwrap();
        if source.contains(&format!("#[doc = include_str!(\"../../{name}\")]")) {
            continue;
        }
        let lines = significant(&source);
        for block in document.blocks.iter().filter(|block| block.language.starts_with("rust")) {
            let block = significant(&block.text);
            assert!(lines.windows(block.len()).any(|some| some == block), "{name}: {place} lacks {block:#?}");
        }
    }
}

/// Blocks for the shell build and measure for minutes: what they name is there, and the shell understands them.
#[test]
fn blocks_for_the_shell_name_what_is_there() {
    let own = Regex::new(r"(?:^|\s)((?:tests|docs|core|host-[a-z]+)/[A-Za-z0-9_./-]+)").unwrap();
    for Document { name, blocks, .. } in documents::all() {
        for block in blocks.iter().filter(|block| block.language == "sh") {
            let mut shell = Command::new("sh");
            let status = shell.args(["-n", "-c", &block.text]).stdin(Stdio::null()).status().unwrap();
            assert!(status.success(), "{name}: {}", block.text);
            let code: Vec<_> = block.text.lines().map(|line| line.split(" #").next().unwrap()).collect();
            assert_names_exist(&name, &code.join("\n"));
            for path in own.captures_iter(&code.join("\n")).map(|found| found[1].to_owned()) {
                assert!(documents::root().join(&path).exists(), "{name}: there is no {path}");
            }
        }
    }
}

#[test]
fn commands_of_cargo_in_sentences_and_tables_name_what_is_there() {
    let command = Regex::new("`(cargo [^`]+)`").unwrap();
    let mut found = 0;
    for Document { name, text, .. } in documents::all() {
        for cargo in command.captures_iter(&text) {
            assert_names_exist(&name, &cargo[1]);
            found += 1;
        }
    }
    assert!(found > 20, "{found}");
}

/// Packages behind `-p`, and tests, examples, programs and benches behind their options.
fn assert_names_exist(document: &str, commands: &str) {
    let (packages, targets) = names();
    let of = |option: &str| {
        let pattern = Regex::new(&format!(r"(?:^|\s){option}[ =]([A-Za-z0-9_-]+)")).unwrap();
        pattern.captures_iter(commands).map(|found| found[1].to_owned()).collect::<Vec<_>>()
    };
    // `openssl s_client` and its like have a -p of another kind nowhere.
    for package in commands.contains("cargo").then(|| of("-p")).into_iter().flatten() {
        assert!(packages.contains(&package), "{document}: there is no package {package}: {commands}");
    }
    for target in ["--test", "--example", "--bin", "--bench"].iter().flat_map(|option| of(option)) {
        assert!(targets.contains(&target), "{document}: there is no target {target}: {commands}");
    }
}

/// Names of packages and of their targets.
fn names() -> (BTreeSet<String>, BTreeSet<String>) {
    let (mut packages, mut targets) = (BTreeSet::new(), BTreeSet::new());
    let mut folders = vec![documents::root()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()) {
            let name = entry.file_name().unwrap().to_string_lossy().into_owned();
            if entry.is_dir() && !["target", ".git", "samples", "corpus", "pki"].contains(&name.as_str()) {
                folders.push(entry);
            } else if name == "Cargo.toml" {
                let text = fs::read_to_string(&entry).unwrap();
                let named = text.lines().filter_map(|line| line.strip_prefix("name = \"")?.strip_suffix('"'));
                packages.extend(named.clone().map(str::to_owned));
                targets.extend(named.map(str::to_owned));
            } else if let Some(stem) = name.strip_suffix(".rs") {
                targets.insert(stem.to_owned());
            }
        }
    }
    (packages, targets)
}
