//! `-record`, `-replay` and `-replay_show`, from outside.

use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use conformance::clients::raw::{Profile, fetch};
use conformance::launch::folder::Folder;
use conformance::launch::process::{self, Input};
use conformance::launch::program::Program;
use conformance::launch::server::Server;
use conformance::launch::wait::wait_until;
use conformance::play::recordings::path;
use rustix::process::Signal;
use s_server_core::record::{Frames, Kind};

/// Runs ours in this folder: exit status, stdout, stderr.
fn run(folder: &Path, words: &[&str]) -> (Option<i32>, String, String) {
    let output = Program::ours().command(folder).args(words).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

#[test]
fn a_recorded_run_replays_in_another_place_without_its_files() {
    let mut server = Server::accepting(&["-record", "r.rec", "-naccept", "1"]).start();
    let mut client = server.client();
    client.write_all(b"from the client\n").unwrap();
    server.wait_for("stdout", "from the client\n", Duration::from_secs(10)).unwrap();
    server.write(b"Q\n").unwrap();
    wait_until("the server ends", || server.status().is_some());
    let recording = fs::read(server.folder().join("r.rec")).unwrap();
    let mode = fs::metadata(server.folder().join("r.rec")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);

    let elsewhere = Folder::empty().unwrap();
    fs::write(elsewhere.path().join("r.rec"), &recording).unwrap();
    let (status, out, err) = run(elsewhere.path(), &["-replay", "r.rec"]);
    let inputs = Frames::new(&recording).filter(|frame| (frame.unwrap().1.kind as u8) < 0x80).count();
    let outputs = Frames::new(&recording).count() - inputs;
    let expected = format!("s_server: r.rec: {inputs} frames fed, {outputs} compared, no difference\n");
    assert_eq!((status, out, err.as_str()), (Some(0), expected, ""));
}

#[test]
fn replay_tells_the_first_difference() {
    let folder = Folder::empty().unwrap();
    let mut recording = fs::read(path("612-P", "rec")).unwrap();
    let at = recording.windows(17).position(|window| window == b"CONNECTION CLOSED").unwrap();
    recording[at] = b'X';
    fs::write(folder.path().join("r.rec"), recording).unwrap();
    let (status, out, err) = run(folder.path(), &["-replay", "r.rec"]);
    assert_eq!((status, out.as_str()), (Some(1), ""));
    let first = format!("s_server: r.rec: offset {}: frame ", at - 16);
    assert!(err.starts_with(&first), "{err}");
    let byte = format!(" differs from its byte 16 (offset {at}) on\n  recorded: ");
    assert!(err.contains(&byte), "{err}");
    let lines: Vec<_> = err.lines().collect();
    assert!(lines[1].ends_with(r#"< out            18  "XONNECTION CLOSED\n""#), "{err}");
    assert!(lines[2].ends_with(r#"< out            18  "CONNECTION CLOSED\n""#), "{err}");
    assert_eq!(lines.len(), 3, "{err}");
}

#[test]
fn replay_show_prints_a_line_for_each_frame() {
    let folder = Folder::empty().unwrap();
    let recording = path("600-q", "rec");
    let (status, out, err) = run(folder.path(), &["-replay_show", recording.to_str().unwrap()]);
    assert_eq!((status, err.as_str()), (Some(0), ""));
    assert!(out == fs::read_to_string(path("600-q", "txt")).unwrap(), "{out}");

    let cut = fs::read(&recording).unwrap();
    fs::write(folder.path().join("cut.rec"), &cut[..cut.len() - 1]).unwrap();
    let (status, out, err) = run(folder.path(), &["-replay_show", "cut.rec"]);
    assert_eq!(status, Some(1));
    assert!(out.starts_with("   0.000000      > format      version 8, OpenSSL 3.0"), "{out}");
    assert!(err.ends_with("the frame's payload has 1 bytes, and only 0 are there\n"), "{err}");
}

#[test]
fn what_cannot_be_shown_or_played_is_told_by_name() {
    let folder = Folder::empty().unwrap();
    let mut other = fs::read(path("600-q", "rec")).unwrap();
    other[24] = 1;
    fs::write(folder.path().join("old.rec"), other).unwrap();
    fs::write(folder.path().join("empty.rec"), "").unwrap();
    let version = "the recording is of version 1, and this program reads version 8 only: one of the time when it was made \
                   reads it";
    for (file, why) in [("empty.rec", "this is no recording of s_server"), ("old.rec", version)] {
        for option in ["-replay", "-replay_show"] {
            let (status, out, err) = run(folder.path(), &[option, file]);
            let told = format!("s_server: {file}: offset 0: {why}\n");
            assert_eq!((status, out.as_str(), err), (Some(1), "", told), "{option}");
        }
    }
}

#[test]
fn a_full_disk_takes_neither_a_text_nor_the_news_of_a_replay() {
    let recording = path("600-q", "rec");
    for option in ["-replay", "-replay_show"] {
        let folder = Folder::empty().unwrap();
        let mut command = Program::ours().command(folder.path());
        command.args([option, recording.to_str().unwrap()]).stdout(fs::File::create("/dev/full").unwrap());
        let output = command.output().unwrap();
        assert_eq!(output.status.code(), Some(1), "{option}");
        let told = "s_server: standard output cannot be written: No space left on device (os error 28)\n";
        assert_eq!(String::from_utf8_lossy(&output.stderr), told, "{option}");
    }
}

#[test]
fn what_is_no_recording_is_told_and_left_alone() {
    let folder = Folder::pki().unwrap();
    let (status, _, err) = run(folder.path(), &["-replay", "rsa.pem"]);
    assert_eq!((status, err.as_str()), (Some(1), "s_server: rsa.pem: offset 0: no frame is of kind 2d\n"));
    let (status, _, err) = run(folder.path(), &["-replay", "nosuch"]);
    assert_eq!((status, err.as_str()), (Some(1), "s_server: nosuch: No such file or directory (os error 2)\n"));

    let before = fs::read(folder.path().join("rsa.key")).unwrap();
    let (status, _, err) = run(folder.path(), &["-record", "rsa.key"]);
    let why = "s_server: rsa.key: cannot be recorded to: the file is no recording, so it is left alone\n";
    assert_eq!((status, err.as_str()), (Some(1), why));
    assert!(fs::read(folder.path().join("rsa.key")).unwrap() == before);
}

#[test]
fn a_killed_server_leaves_a_recording_that_replays() {
    let mut server = Server::accepting(&["-record", "r.rec"]).start();
    let mut client = server.client();
    client.write_all(b"from the client\n").unwrap();
    let file = server.folder().join("r.rec");
    let recording = || fs::read(&file).unwrap();
    // It is printed first, and written down when the call is over.
    wait_until("it is recorded", || process::contains(&recording(), b"from the client\n"));
    server.signal(Signal::KILL);
    wait_until("the server is dead", || server.status().is_some());
    let (status, out, err) = run(server.folder(), &["-replay", "r.rec"]);
    assert_eq!((status, err.as_str()), (Some(0), ""));
    assert!(out.ends_with(" compared, no difference; the recorded run did not end\n"), "{out}");
    assert!(process::contains(&recording(), b"from the client\n"));
}

#[test]
fn clients_of_several_threads_are_recorded_in_an_order_that_replays() {
    let mut server =
        Server::accepting(&["-www", "-jobs", "4", "-naccept", "60", "-record", "r.rec"]).input(Input::Null).start();
    let port = server.port();
    std::thread::scope(|scope| {
        for _ in 0..6 {
            scope.spawn(move || {
                for _ in 0..10 {
                    fetch(port, &Profile::default(), b"GET / HTTP/1.0\r\n\r\n").unwrap();
                }
            });
        }
    });
    wait_until("the server ends", || server.status().is_some());
    let (status, out, err) = run(server.folder(), &["-replay", "r.rec"]);
    assert_eq!((status, err.as_str()), (Some(0), ""));
    assert!(out.ends_with(" compared, no difference\n"), "{out}");
    let recording = fs::read(server.folder().join("r.rec")).unwrap();
    let mut accepted: Vec<_> =
        Frames::new(&recording).map(|f| f.unwrap().1).filter(|f| f.kind == Kind::Accept).map(|f| f.conn).collect();
    // A guest of the sandbox is made on the thread of its client, so its number may come after a later one.
    accepted.sort_unstable();
    assert_eq!(accepted, (1..=60).collect::<Vec<_>>());
}

/// In the sandbox the second client's instance is told the session of the first's.
#[test]
fn a_session_that_the_server_kept_is_resumed_in_a_replay_too() {
    let mut server =
        Server::accepting(&["-www", "-no_ticket", "-naccept", "2", "-record", "r.rec"]).input(Input::Null).start();
    let connect = format!("127.0.0.1:{}", server.port());
    for session in ["-sess_out", "-sess_in"] {
        let mut client = process::command("openssl".as_ref(), server.folder());
        client.args(["s_client", "-connect", &connect, "-tls1_2", "-ign_eof", session, "session"]);
        let mut client = client.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        client.stdin.take().unwrap().write_all(b"GET / HTTP/1.0\r\n\r\n").unwrap();
        let said = String::from_utf8(client.wait_with_output().unwrap().stdout).unwrap();
        assert!(said.contains(if session == "-sess_in" { "\nReused, TLSv1.2" } else { "\nNew, TLSv1.2" }), "{said}");
    }
    wait_until("the server ends", || server.status().is_some());
    let (status, out, err) = run(server.folder(), &["-replay", "r.rec"]);
    assert_eq!((status, err.as_str()), (Some(0), ""));
    assert!(out.ends_with(" compared, no difference\n"), "{out}");
    let recording = fs::read(server.folder().join("r.rec")).unwrap();
    let known = Frames::new(&recording).filter(|frame| frame.unwrap().1.kind == Kind::Known).count();
    assert_eq!(known, usize::from(Program::ours().is_sandboxed()));
}

#[test]
fn a_full_disk_is_told_once_and_clients_are_served_on() {
    let mut server = Server::accepting(&["-www", "-naccept", "2", "-record", "/dev/full"]).input(Input::Null).start();
    for _ in 0..2 {
        let (page, _) = fetch(server.port(), &Profile::default(), b"GET / HTTP/1.0\r\n\r\n").unwrap();
        assert!(page.starts_with(b"HTTP/1.0 200 ok\r\n"));
    }
    wait_until("the server ends", || server.status().is_some());
    let (status, _, err) = server.end();
    let told = "s_server: /dev/full: cannot be written, and nothing more is recorded: \
                No space left on device (os error 28)\n";
    assert_eq!((status.as_str(), err.as_str()), ("0", told));
}
