//! Users who log in by a password (`-srpvfile`), where the original crashes: GnuTLS's client and OpenSSL's, many at once, and the
//! client of sample 460.

use conformance::launch::process::{self, Input, Process};
use conformance::launch::program::Program;
use conformance::launch::server::Server;
use conformance::launch::wait::LIMIT;
use conformance::play::replay::replay;
use conformance::scripts::sample::Sample;

/// A server whose file knows `user` with the password `secret`; `None` where the engine has no SRP.
fn server(words: &[&str]) -> Option<Server> {
    if Program::ours().is_sandboxed() {
        return None;
    }
    Some(Server::accepting(&["-srpvfile", "srp.vbase"]).words(words).input(Input::Null).start())
}

/// GnuTLS's client, which wants to log in and asks for a page.
fn login(server: &Server, user: &str, password: &str, exchange: &str) -> Process {
    let mut client = process::command("gnutls-cli".as_ref(), server.folder());
    let priority = format!("NORMAL:-KX-ALL:+{exchange}:-VERS-ALL:+VERS-TLS1.2");
    client.args(["--insecure", "-p", &server.port().to_string(), "127.0.0.1", "--priority", &priority]);
    client.args(["--srpusername", user, "--srppasswd", password]);
    let mut client = Process::start(client, Input::Pipe).unwrap();
    client.write(b"GET / HTTP/1.0\r\n\r\n").unwrap();
    client
}

/// What the client printed until its end.
fn said(mut client: Process) -> String {
    client.wait(LIMIT).unwrap();
    let streams = client.finish();
    streams.iter().map(|(_, bytes)| String::from_utf8_lossy(bytes).into_owned()).collect()
}

const LOGGED_IN: &str = "    SRP username: user\n";

#[test]
fn users_of_gnutls_log_in_and_strangers_do_not() {
    let Some(server) = server(&["-www", "-naccept", "5"]) else { return };
    for (exchange, suite) in [("SRP", "(SRP)"), ("SRP-RSA", "(SRP-RSA)")] {
        let said = said(login(&server, "user", "secret", exchange));
        assert!(said.contains(suite) && said.contains(LOGGED_IN) && said.contains("</pre></BODY></HTML>"), "{said}");
    }
    for (user, password) in [("user", "wrong"), ("nobody", "secret"), ("<b>", "secret")] {
        let said = said(login(&server, user, password, "SRP"));
        assert!(!said.contains("SRP username") && said.contains("fatal alert"), "{said}");
    }
    let (status, out, err) = server.end();
    assert_eq!(status, "0");
    let found = out.lines().filter(|line| line.starts_with("LOOKUP ") && !line.contains("renego"));
    let not = "LOOKUP not successful";
    assert_eq!(found.collect::<Vec<_>>(), ["LOOKUP done ", "LOOKUP done ", "LOOKUP done ", not, not]);
    assert!(err.contains("User nobody doesn't exist\n") && err.contains("User <b> doesn't exist\n"), "{err}");
}

#[test]
fn a_hundred_users_log_in_at_once() {
    let Some(server) = server(&["-www", "-srpuserseed", "seed"]) else { return };
    let users: Vec<Process> = (0..100).map(|_| login(&server, "user", "secret", "SRP")).collect();
    let strangers: Vec<Process> = (0..20).map(|n| login(&server, &format!("x{n}"), "secret", "SRP")).collect();
    for client in users {
        let said = said(client);
        assert!(said.contains(LOGGED_IN), "{said}");
    }
    for client in strangers {
        let said = said(client);
        assert!(said.contains("fatal alert") && !said.contains("SRP username"), "{said}");
    }
    let told = String::from_utf8_lossy(&server.so_far("stderr")).into_owned();
    assert_eq!(told.matches("SRP parameters set: username = \"user\" info=\"\" \n").count(), 100, "{told}");
}

/// The distribution's client has the same defect as its server, and may crash; the next one is served.
#[test]
fn the_client_of_sample_460_is_served_and_the_next_one_too() {
    let script = Sample::load("460-srp-crash").unwrap().script;
    if server(&[]).is_none() {
        return;
    }
    let streams = replay(&script, &Program::ours()).unwrap();
    let stream = |title: &str| String::from_utf8_lossy(&streams[title]).into_owned();
    assert_eq!(stream("server exit"), "0");
    assert!(stream("server stdout").contains("\nLOOKUP during accept user\nLOOKUP done \n"));
    let told = "SRP username = \"user\"\nSRP parameters set: username = \"user\" info=\"\" \n";
    assert!(stream("server stderr").starts_with(told));

    let Some(server) = server(&["-www", "-naccept", "2"]) else { return };
    let mut first = server.s_client("-tls1_2 -cipher SRP -srpuser user -srppass pass:secret -brief");
    first.close_input();
    first.wait(LIMIT).unwrap();
    assert!(said(login(&server, "user", "secret", "SRP")).contains(LOGGED_IN));
    assert_eq!(server.end().0, "0");
}
