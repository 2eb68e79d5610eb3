//! The man page and the completions at work: what a shell offers behind `s_server …`. A missing program fails the test.
//!
//! That the files are those that the option table makes is a test of `documents.rs`; for PowerShell there is no other.

use std::path::PathBuf;

use conformance::launch::folder::Folder;
use conformance::launch::process::{self, Input, Process};
use conformance::launch::wait::LIMIT;
use conformance::tests_folder;

fn document(name: &str) -> PathBuf {
    tests_folder().with_file_name("docs").join(name)
}

/// The output of a program in a folder with the test certificates.
fn run(program: &str, arguments: &[&str]) -> String {
    let folder = Folder::pki().unwrap();
    let output = process::command(program.as_ref(), folder.path()).args(arguments).output();
    let output = output.unwrap_or_else(|e| panic!("{program}: {e}; tests/run installs it"));
    assert!(output.status.success(), "{program}: {}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    String::from_utf8(output.stdout).unwrap()
}

/// What bash offers for the last of the words.
fn bash(words: &[&str]) -> Vec<String> {
    let script = "source \"$1\"; shift
        complete -p s_server >/dev/null || exit 1
        compopt() { :; } # is for a running completion only
        COMP_WORDS=(\"$@\") COMP_CWORD=$(($# - 1))
        COMP_LINE=$* COMP_POINT=${#COMP_LINE}
        _s_server s_server \"${@: -1}\" \"${@: -2:1}\"
        printf '%s\\n' \"${COMPREPLY[@]}\"";
    let file = document("completions/s_server.bash");
    let mut arguments = vec!["--norc", "--noprofile", "-c", script, "bash", file.to_str().unwrap()];
    arguments.extend(words);
    let mut offered: Vec<String> = run("bash", &arguments).lines().map(str::to_owned).collect();
    offered.sort();
    offered
}

#[test]
fn bash_offers_options_files_and_formats() {
    assert_eq!(bash(&["s_server", "-certf"]), ["-certform"]);
    assert_eq!(bash(&["s_server", "-www", "-cert"]), ["-cert", "-cert2", "-cert_chain", "-cert_comp", "-certform"]);
    assert_eq!(bash(&["s_server", "-www", "-selfsigned"]), ["-selfsigned", "-selfsigned_names"]);
    assert_eq!(bash(&["s_server", "-4"]), ["-4"]);
    assert_eq!(bash(&["s_server", "-no-"]), ["-no-CAfile", "-no-CApath", "-no-CAstore"]);
    assert_eq!(bash(&["s_server", "-cert", "serv"]), ["server.pem", "server2.pem", "serverinfo.pem"]);
    assert_eq!(bash(&["s_server", "-certform", ""]), ["DER", "PEM"]);
    assert!(bash(&["s_server", "--"]).iter().all(|word| word.is_empty()));
}

/// What fish offers at the end of a line.
fn fish(line: &str) -> Vec<String> {
    let file = document("completions/s_server.fish");
    let script = format!("source {}; complete -C '{line}'", file.display());
    let offered = run("fish", &["--no-config", "-c", &script]);
    let mut offered: Vec<String> =
        offered.lines().filter_map(|line| line.split('\t').next().map(str::to_owned)).collect();
    offered.sort();
    offered
}

#[test]
fn fish_offers_options_files_and_formats() {
    assert_eq!(fish("s_server -certf"), ["-certform"]);
    assert_eq!(fish("s_server -www -cert"), ["-cert", "-cert2", "-cert_chain", "-cert_comp", "-certform"]);
    assert_eq!(fish("s_server -selfsigned"), ["-selfsigned", "-selfsigned_names"]);
    assert_eq!(fish("s_server -cert serv"), ["server.pem", "server2.pem", "serverinfo.pem"]);
    assert_eq!(fish("s_server -certform "), ["DER", "PEM"]);
}

#[test]
fn zsh_offers_options_and_files() {
    let folder = Folder::pki().unwrap();
    let mut command = process::command("zsh".as_ref(), folder.path());
    command.args(["-f", "-i"]).env("TERM", "dumb");
    let mut zsh = Process::start(command, Input::Terminal).unwrap();
    let setup = format!(
        "PS1='rea''dy '; fpath=({} $fpath); autoload -Uz compinit; compinit -u -d tmp/dump; echo $(( 40 + 2 ))\n",
        document("completions").display()
    );
    zsh.write(setup.as_bytes()).unwrap();
    zsh.wait_for("output", "42", LIMIT).unwrap();
    zsh.write(b"s_server -www -certf\t").unwrap();
    zsh.wait_for("output", "-certform=", LIMIT).unwrap();
    zsh.write(b"\t\t").unwrap();
    zsh.wait_for("output", "DER", LIMIT).unwrap();
    zsh.write(b"\x15s_server -keyform \t\t").unwrap();
    zsh.wait_for("output", "P12", LIMIT).unwrap();
    zsh.write(b"\x15s_server -selfsi\t_\t").unwrap();
    zsh.wait_for("output", "selfsigned_names", LIMIT).unwrap();
    zsh.write(b"\x15s_server -4 -cert serve\t\t").unwrap();
    zsh.wait_for("output", "serverinfo.pem", LIMIT).unwrap();
}

#[test]
fn the_man_page_is_well_formed() {
    let file = document("s_server.1");
    let lint = run("mandoc", &["-Tlint", "-Werror", file.to_str().unwrap()]);
    assert_eq!(lint, "");
    let page = run("mandoc", &["-Tutf8", "-Owidth=100", file.to_str().unwrap()]);
    // Bold is written by overstriking.
    let mut plain = String::new();
    for letter in page.chars() {
        if letter == '\u{8}' {
            plain.pop();
        } else {
            plain.push(letter);
        }
    }
    for start in ["NAME", "SYNOPSIS", "EXIT STATUS", "-cert <infile>", "-www ", "-selfsigned_names <val>"] {
        assert!(plain.lines().any(|line| line.trim_start().starts_with(start)), "{start}\n{plain}");
    }
}
