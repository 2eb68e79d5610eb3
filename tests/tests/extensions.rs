//! The options that the original does not have.

use conformance::launch::folder::Folder;
use conformance::launch::process::Input;
use conformance::launch::program::Program;
use conformance::launch::server::Server;
use conformance::launch::wait::LIMIT;
use openssl::x509::GeneralNameRef;

#[test]
fn help_ext_lists_the_extensions() {
    let folder = Folder::empty().unwrap();
    let output = Program::ours().command(folder.path()).arg("-help_ext").output().unwrap();
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success());
    assert!(text.starts_with("Usage: s_server [options]\n\nExtension options:\n -help_ext "), "{text}");
    assert!(text.contains("\n -echo ") && !text.contains("\n -cert "), "{text}");
}

/// `-help` is the original's own text where OpenSSL is the engine; elsewhere it marks what is refused.
#[test]
fn help_and_help_ext_say_what_is_refused() {
    let told = |option: &str| {
        let folder = Folder::pki().unwrap();
        let output = Program::ours().command(folder.path()).arg(option).output().unwrap();
        String::from_utf8(output.stderr).unwrap()
    };
    let refused = told("-help_ext").split_once("\nOptions that are refused:").unwrap().1.to_owned();
    let one = if Program::ours().is_sandboxed() { "\n -async " } else { "\n -sendfile " };
    assert!(refused.contains(one), "{refused}");
    let marked = told("-help").lines().filter(|line| line.ends_with(" [refused, see -help_ext]")).count();
    let expected = if Program::ours().is_sandboxed() { refused.matches("\n -").count() } else { 0 };
    assert_eq!(marked, expected);
}

#[test]
fn version_names_the_program_and_its_libraries() {
    let folder = Folder::empty().unwrap();
    let output = Program::ours().command(folder.path()).arg("-version").output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!((output.status.code(), output.stderr), (Some(0), Vec::new()), "{text}");
    let [program, library] = text.lines().collect::<Vec<_>>()[..] else { panic!("{text}") };
    let name = if Program::ours().is_sandboxed() { "s_server_wasm" } else { "s_server" };
    assert_eq!(program.rsplit_once(' ').unwrap().0, name);
    let is_version = |word: &str| word.starts_with(|c: char| c.is_ascii_digit()) && word.contains('.');
    assert!(library.starts_with("TLS by ") && library.split(' ').any(is_version), "{library}");
}

#[test]
fn jobs_are_threads() {
    let threads = |jobs: &str| {
        let server = Server::accepting(&["-www", "-jobs", jobs]).input(Input::Null).start();
        server.client();
        std::fs::read_dir(format!("/proc/{}/task", server.pid())).unwrap().count()
    };
    assert_eq!(threads("9"), threads("1") + 8);
}

/// Host names and addresses in the server's certificate, in text.
fn names(words: &[&str]) -> Vec<String> {
    let server = Server::accepting(words).start();
    let client = server.client();
    let certificate = client.ssl().peer_certificate().unwrap();
    let names = certificate.subject_alt_names().into_iter().flatten();
    let text = |name: &GeneralNameRef| {
        let address = || name.ipaddress().map(|address| format!("{address:?}"));
        name.dnsname().map(str::to_owned).or_else(address)
    };
    names.filter_map(|name| text(&name)).collect()
}

#[test]
fn selfsigned_makes_a_certificate_of_this_machine() {
    assert_eq!(
        names(&["-selfsigned"]),
        ["localhost", "[127, 0, 0, 1]", "[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]"]
    );
}

#[test]
fn selfsigned_names_adds_names() {
    let names = names(&["-selfsigned", "-selfsigned_names", "a.example,192.0.2.1"]);
    assert_eq!(names[3..], ["a.example", "[192, 0, 2, 1]"]);
}

const KEYS: &str = "# test keys\n\nalice:00112233445566778899aabbccddeeff\nurn:bob:ffeeddccbbaa99887766554433221100\n";

#[test]
fn psk_list_has_a_key_for_each_identity() {
    // rustls has no pre-shared keys.
    if Program::ours().is_sandboxed() {
        return;
    }
    let alice = "-psk_identity alice -psk 00112233445566778899aabbccddeeff";
    let bob = "-psk_identity urn:bob -psk ffeeddccbbaa99887766554433221100";
    let unknown = "-psk_identity mallory -psk ffeeddccbbaa99887766554433221100";
    let wrong = "-psk_identity alice -psk ffeeddccbbaa99887766554433221100";
    for version in ["-tls1_2", "-tls1_3", "-dtls1_2"] {
        let folder = Folder::pki().unwrap();
        std::fs::write(folder.path().join("keys"), KEYS).unwrap();
        let words = ["-psk_list", "keys", "-nocert", version, "-naccept", "4"];
        let mut server = Server::accepting(&words).folder(folder).start();
        let mut faults = if version == "-tls1_3" {
            [(unknown, "identity mallory\n"), (wrong, ":binder does not verify:")]
        } else {
            [(unknown, ":psk identity not found:"), (wrong, "bad record mac:")]
        };
        if version == "-dtls1_2" {
            // What cannot be decrypted is nothing, and the client says nothing else.
            faults[1] = (alice, "");
        }
        for (client, told) in [(alice, "PSK identity: alice\n"), (bob, "PSK identity: urn:bob\n")] {
            let mut client = server.s_client(&format!("{version} -quiet -no_ign_eof {client}"));
            server.expect("stdout", told);
            client.write(b"data\n").unwrap();
            server.expect("stdout", "data\n");
            client.close_input();
            client.wait(LIMIT).unwrap();
        }
        for (client, told) in faults {
            let mut client = server.s_client(&format!("{version} -quiet -no_ign_eof {client}"));
            server.expect("stderr", told);
            client.close_input();
            client.wait(LIMIT).unwrap();
        }
        let (status, _, told) = server.end();
        assert_eq!(status, "0");
        assert!(told.contains("s_server: -psk_list: it has no key for the identity mallory\n"), "{told}");
    }
}

#[test]
fn psk_list_tells_the_line_that_is_wrong() {
    // rustls has no pre-shared keys.
    if Program::ours().is_sandboxed() {
        return;
    }
    for (text, why) in [
        (None, "No such file or directory"),
        (Some("a:00\nb\n"), "line 2: it is not identity:hexkey"),
        (Some("a:0g\n"), "line 1: its key is not 1 to 256 bytes in hexadecimal, two digits each"),
    ] {
        let folder = Folder::pki().unwrap();
        if let Some(text) = text {
            std::fs::write(folder.path().join("keys"), text).unwrap();
        }
        let output =
            Program::ours().command(folder.path()).args(["-accept", "0", "-psk_list", "keys"]).output().unwrap();
        let told = String::from_utf8(output.stderr).unwrap();
        assert_eq!((output.status.code(), told), (Some(1), format!("s_server: -psk_list keys: {why}\n")));
    }
}
