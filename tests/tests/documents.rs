//! What the documents say is what the program does.

use std::fs;

use conformance::folder::Folder;
use conformance::process::{self, Process, describe};
use conformance::program::Program;
use conformance::raw::{Profile, fetch};
use conformance::running::{LIMIT, wait_until};
use conformance::script::{Input, words};
use conformance::{completions, listening, manual, sample};

fn document(name: &str) -> String {
    let path = sample::folder().with_file_name(name);
    fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// `UPDATE=1 cargo test -p conformance --test documents` writes it.
fn assert_is_up_to_date(name: &str, generated: &str) {
    if std::env::var_os("UPDATE").is_some() {
        let path = sample::folder().with_file_name(name);
        fs::create_dir_all(path.parent().expect("a folder")).unwrap();
        fs::write(path, generated).unwrap();
    }
    assert!(document(name) == generated, "{name}: run this test with UPDATE=1");
}

#[test]
fn parity_is_up_to_date() {
    assert_is_up_to_date("docs/PARITY.md", &s_server_core::options::parity::render());
}

#[test]
fn the_man_page_is_up_to_date() {
    assert_is_up_to_date("docs/s_server.1", &manual::page());
}

#[test]
fn the_completions_are_up_to_date() {
    for (name, script) in completions::all() {
        assert_is_up_to_date(&format!("docs/completions/{name}"), &script);
    }
}

/// The command lines of the README in lines that begin with `$ s_server`.
fn commands() -> Vec<String> {
    document("README.md").lines().filter_map(|line| line.strip_prefix("$ s_server")).map(str::to_owned).collect()
}

#[test]
fn the_readme_begins_with_its_two_commands() {
    let readme = document("README.md");
    let first = readme.split("```").nth(1).expect("a block of code");
    assert!(first.contains("-www") && first.contains("-selfsigned"), "{first}");
    assert!(first.contains("tests/run"), "{first}");
}

/// Each of them starts in an empty folder, or ends well by itself.
#[test]
fn the_commands_of_the_readme_work() {
    for command in commands() {
        let folder = Folder::pki().unwrap();
        let port = conformance::port::reserve();
        let mut line = process::command(Program::ours().path(), folder.path());
        line.args(words(&command)).args(["-accept", &port.number.to_string()]);
        let mut server = Process::start(line, Input::Pipe).unwrap();
        wait_until(&command, || server.status().is_some() || listening::find(server.pid()).is_some());
        if let Some(status) = server.status() {
            assert_eq!(describe(status), "0", "{command}: {}", String::from_utf8_lossy(&server.so_far("stderr")));
        } else if command.contains("-www") {
            let (page, _) = fetch(port.number, &Profile::default(), b"GET / HTTP/1.0\r\n\r\n").unwrap();
            assert!(page.starts_with(b"HTTP/1.0 200 ok\r\n"), "{command}");
        }
        server.signal(rustix::process::Signal::KILL);
        server.wait(LIMIT).unwrap();
    }
}
