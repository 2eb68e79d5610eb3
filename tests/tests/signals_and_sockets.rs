//! How the server leaves, and what it may delete then.

use std::fs;
use std::os::unix::net::{UnixListener, UnixStream};

use conformance::launch::folder::Folder;
use conformance::launch::process::{self, Input};
use conformance::launch::program::Program;
use conformance::launch::server::Server;
use conformance::launch::wait::wait_until;
use rustix::process::Signal;

/// Ours on the Unix socket `s` in `folder`.
fn on_socket(folder: Folder, words: &[&str]) -> Server {
    Server::line("-unix s -www").words(words).folder(folder).input(Input::Null).spawn()
}

#[test]
fn signals_kill_by_their_number() {
    for (signal, told) in [(Signal::TERM, "SIGTERM"), (Signal::INT, "SIGINT"), (Signal::HUP, "SIGHUP")] {
        let mut server = Server::accepting(&["-www"]).input(Input::Null).start();
        server.signal(signal);
        assert_eq!(server.end().0, format!("signal {told}"));
    }
}

#[test]
fn a_shell_sees_143_after_sigterm() {
    let folder = Folder::pki().unwrap();
    let script = "\"$0\" -accept 0 -www >out & p=$!
        until grep -q ACCEPT out || ! kill -0 $p; do sleep 0.01; done
        kill $p; wait $p; echo $?";
    let ours = Program::ours();
    let output = process::command("sh".as_ref(), folder.path()).args(["-c", script]).arg(ours.path()).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout), "143\n");
}

#[test]
fn a_signal_removes_the_socket() {
    for signal in [Signal::TERM, Signal::INT, Signal::HUP] {
        let mut server = on_socket(Folder::pki().unwrap(), &[]);
        server.listens();
        assert!(server.folder().join("s").exists());
        server.ends_by(signal);
        assert!(!server.folder().join("s").exists(), "{signal:?}");
    }
}

#[test]
fn a_regular_file_in_the_sockets_place_survives() {
    for words in [&[][..], &["-unlink"]] {
        let folder = Folder::pki().unwrap();
        fs::write(folder.path().join("s"), "precious").unwrap();
        let mut server = on_socket(folder, words);
        assert_eq!(server.ends(), "1", "{words:?}");
        assert_eq!(fs::read_to_string(server.folder().join("s")).unwrap(), "precious", "{words:?}");
        wait_until("it says why", || !server.so_far("stderr").is_empty());
    }
}

#[test]
fn the_socket_of_a_running_server_survives() {
    let folder = Folder::pki().unwrap();
    let first = UnixListener::bind(folder.path().join("s")).unwrap();
    let mut server = on_socket(folder, &[]);
    assert_eq!(server.ends(), "1");
    UnixStream::connect(server.folder().join("s")).unwrap();
    first.accept().unwrap();
}

#[test]
fn unlink_replaces_a_socket_that_was_left_behind() {
    let folder = Folder::pki().unwrap();
    drop(UnixListener::bind(folder.path().join("s")).unwrap());
    let mut server = on_socket(folder, &["-unlink"]);
    server.listens();
    UnixStream::connect(server.folder().join("s")).unwrap();
}
