//! Sessions are resumed for as long as the texts say, with tickets and without, on a clock that the test sets.
use std::time::Duration;

use contract::client::{Client, ONLY_12, ONLY_13, Setup};
use rustls::client::{Resumption, Tls12Resumption};
use s_server_testing::InProcess;

const TIMEOUT: Duration = Duration::from_secs(7200);

#[test]
fn a_session_is_resumed_until_its_timeout_and_not_after() {
    for versions in [ONLY_12, ONLY_13] {
        for options in [&["-selfsigned", "-no_ticket"][..], &["-selfsigned"]] {
            let how = match options.len() {
                2 => Tls12Resumption::SessionIdOnly,
                _ => Tls12Resumption::SessionIdOrTickets,
            };
            let resumption = Some(Resumption::in_memory_sessions(8).tls12_resumption(how));
            let client = Setup { resumption, ..Setup::only(versions) }.client();
            let mut server = InProcess::start(options, &[]).unwrap();
            assert!(!is_resumed(&mut server, &client), "{options:?}");
            server.advance(TIMEOUT - Duration::from_secs(1));
            assert!(is_resumed(&mut server, &client), "{options:?}");
            server.advance(TIMEOUT + Duration::from_secs(1));
            assert!(!is_resumed(&mut server, &client), "{options:?}");
        }
    }
}

fn is_resumed(server: &mut InProcess, client: &Client) -> bool {
    let mut session = server.connect().unwrap();
    session.exchange(&mut client.connect()).unwrap();
    session.established().expect("a handshake").reused
}
