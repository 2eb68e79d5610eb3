//! `-async` with an engine that interrupts calls, where the original serves nobody or its texts do not tell enough.

use std::fs;

use conformance::launch::asynchronous::{self, PAINTED};
use conformance::launch::folder::Folder;
use conformance::launch::process::Input;
use conformance::launch::program::Program;
use conformance::launch::server::{Builder, Server};
use conformance::launch::wait::LIMIT;

const SUITE: &str = "-tls1_2 -cipher ECDHE-ECDSA-AES128-SHA -cert ec.pem -key ec.key";

/// A server with the engine and its jobs, and what it is started by.
fn server(line: &str, before: &[String]) -> Builder {
    let engines = format!("OPENSSL_ENGINES={}", asynchronous::engines().display());
    let before: Vec<&str> = ["env", &engines].into_iter().chain(before.iter().map(String::as_str)).collect();
    Server::line(&format!("-accept PORT -engine dasync -async {line}")).through(&before)
}

/// The original stops at the first interruption here.
#[test]
fn answering_modes_serve_their_clients() {
    if !Program::goldens_apply() {
        return;
    }
    for (mode, said, told) in [("-rev", "abc\n", "cba\n"), ("-www", "GET / HTTP/1.0\r\n\r\n", "</pre></BODY></HTML>")] {
        let server = server(&format!("{mode} -naccept 3 {SUITE}"), &[]).input(Input::Null).start();
        for _ in 0..3 {
            let mut client = server.s_client("-quiet -no_ign_eof");
            client.write(said.as_bytes()).unwrap();
            client.wait_for("stdout", told, LIMIT).unwrap();
        }
        assert_eq!(server.end().0, "0");
    }
}

/// There are 32 KiB, and no guard behind them. The library itself takes 8,056 bytes of them with this suite; what ours adds was
/// 464 at most, in a build without optimisation.
#[test]
fn a_third_of_the_stack_of_a_job_is_enough() {
    if !Program::goldens_apply() {
        return;
    }
    for line in [
        "-www",
        "-rev -trace -state -tlsextdebug -security_debug_verbose",
        "-quiet -debug -msg -Verify 3 -CAfile root.pem -verify_return_error",
        "-brief -servername a.example -cert2 rsa.pem -key2 rsa.key -alpn h2",
    ] {
        let folder = Folder::pki().unwrap();
        let depth = folder.path().join("depth");
        let preload = format!("LD_PRELOAD={}", asynchronous::painted().display());
        let before = [preload, format!("{PAINTED}={}", depth.display())];
        let mut server =
            server(&format!("{line} -naccept 1 {SUITE}"), &before).folder(folder).input(Input::Null).start();
        let mut client =
            server.s_client("-quiet -no_ign_eof -cert client.pem -key client.key -servername a.example -alpn h2");
        client.write(b"GET / HTTP/1.0\r\n\r\n").unwrap();
        client.close_input();
        client.finish();
        assert_eq!(server.ends(), "0", "{line}");
        let depth: usize = fs::read_to_string(depth).unwrap().trim().parse().unwrap();
        assert!((1_000..32 * 1024 / 3).contains(&depth), "{line}: {depth} bytes");
    }
}
