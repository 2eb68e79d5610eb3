//! `-status` and its relatives where a script does not reach: responders that are slow, dead, lying or behind a proxy, and
//! clients of others that are stapled the same bytes.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use conformance::clients::raw::{Profile, fetch};
use conformance::launch::folder::Folder;
use conformance::launch::process::{self, Input};
use conformance::launch::program::Program;
use conformance::launch::responder::Responder;
use conformance::launch::server::Server;
use conformance::launch::wait::wait_until;
use conformance::launch::web::{Place, dead, request};

const PAGE: &[u8] = b"GET / HTTP/1.0\r\n\r\n";

/// A client that asks for the status of the certificate, and prints it.
fn asking(folder: &Path, port: u16) -> Child {
    let mut client = process::command("openssl".as_ref(), folder);
    client.args(["s_client", "-status", "-CAfile", "root.pem", "-connect", &format!("127.0.0.1:{port}")]);
    client.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap()
}

/// What it printed, until the server has answered a request.
fn answered(mut client: Child) -> String {
    let _ = client.stdin.as_mut().unwrap().write_all(PAGE);
    let mut said = Vec::new();
    client.stdout.take().unwrap().read_to_end(&mut said).unwrap();
    client.wait().unwrap();
    String::from_utf8_lossy(&said).into_owned()
}

/// How a client was served by that responder: what it printed, and the server's standard error.
fn served(program: &Program, more: &[&str]) -> (String, String) {
    let words = [&["-www", "-naccept", "1", "-status_verbose", "-CAfile", "root.pem"], more].concat();
    let server = Server::accepting(&words).program(program).input(Input::Null).start();
    let said = answered(asking(server.folder(), server.port()));
    (said, server.end().2)
}

/// Without what differs from thread to thread and from release to release.
fn errors(text: &str) -> Vec<&str> {
    text.lines().map(|line| line.split_once(":error:").map_or(line, |(_, error)| error)).collect()
}

fn got_its_page(said: &str) -> bool {
    said.contains("</BODY>") || said.contains("</HTML>")
}

const NONE_SENT: &str = "OCSP response: no response sent";

/// Standard error, which is the original's as well where it is there; the client goes on without a response.
fn goes_on_without(answer: impl FnMut(TcpStream) + Send + 'static, more: &[&str]) -> String {
    let place = Place::open(answer);
    let at = format!("http://127.0.0.1:{}/", place.port);
    let words = [&["-status_url", &*at], more].concat();
    let (said, ours) = served(&Program::ours(), &words);
    assert!(said.contains(NONE_SENT) && got_its_page(&said), "{said}");
    assert!(ours.contains("\ncert_status: error querying responder\n"), "{ours}");
    if Program::has_reference() {
        assert_eq!(errors(&ours), errors(&served(&Program::reference(), &words).1));
    }
    ours
}

/// 4.0 does not print why a responder gave nothing.
fn tells_why() -> bool {
    Program::goldens_apply()
}

/// An answer with `ocsp.der`.
fn answer_of_file() -> Vec<u8> {
    let response = std::fs::read(Folder::pki().unwrap().path().join("ocsp.der")).unwrap();
    let head = "HTTP/1.0 200 OK\r\nContent-Type: application/ocsp-response\r\n";
    [format!("{head}Content-Length: {}\r\n\r\n", response.len()).as_bytes(), &response].concat()
}

/// A responder that says this to everybody.
fn saying(answer: &'static [u8]) -> impl FnMut(TcpStream) + Send + 'static {
    move |mut client| {
        request(&mut client);
        let _ = client.write_all(answer);
    }
}

#[test]
fn a_lying_responder_is_told_and_the_client_goes_on_without() {
    for (answer, reason) in [
        (&b"HTTP/1.0 404 Not Found\r\nContent-Length: 0\r\n\r\n"[..], "code=404"),
        (
            b"HTTP/1.0 302 Found\r\nLocation: http://127.0.0.1:9/\r\nContent-Length: 0\r\n\r\n",
            "redirection not enabled",
        ),
        (b"HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 3\r\n\r\nabc", "unexpected content type"),
        (b"HTTP/1.0 200 OK\r\nContent-Type: application/ocsp-response\r\n\r\nabc", "asn1"),
        (b"HTTP/1.0 200 OK\r\nContent-Type: application/ocsp-response\r\n\r\n\x30\x03\x02\x01\x00", ""),
        (b"HTTP/1.0 200 OK\r\nContent-Type: application/ocsp-response\r\n\r\n\x30\x84\x7f\xff\xff\xff\x00", ""),
        (b"HTTP/1.0 200 OK\r\nContent-Type: application/ocsp-response\r\n\r\n\x30\x82\x10\x00\x00", ""),
        (b"garbage\r\n\r\n", "parse error"),
        (b"", ""),
    ] {
        let told = goes_on_without(saying(answer), &[]);
        assert!(told.contains(reason) || !tells_why(), "{reason}: {told}");
    }
}

#[test]
fn a_silent_responder_keeps_its_client_for_as_long_as_was_said() {
    let answer = answer_of_file();
    let late = move |mut client: TcpStream| {
        request(&mut client);
        std::thread::sleep(Duration::from_secs(4));
        let _ = client.write_all(&answer);
    };
    let told = goes_on_without(late, &["-status_timeout", "1"]);
    assert!(told.contains(" timeout:") || !tells_why(), "{told}");
}

#[test]
fn a_responder_that_sends_byte_by_byte_is_not_waited_for_longer() {
    let trickle = |mut client: TcpStream| {
        std::thread::spawn(move || {
            while client.write_all(b"H").is_ok() {
                std::thread::sleep(Duration::from_millis(50));
            }
        });
    };
    let place = Place::open(trickle);
    let at = format!("http://127.0.0.1:{}/", place.port);
    let (said, told) = served(&Program::ours(), &["-status_url", &at, "-status_timeout", "1"]);
    assert!(said.contains(NONE_SENT) && got_its_page(&said), "{said}");
    assert!(told.contains("\ncert_status: error querying responder\n"), "{told}");
}

/// In the original it is told when the time is over.
#[test]
fn a_responder_that_is_not_there_is_told_at_once() {
    let at = format!("127.0.0.1:{}", dead());
    for time in ["60", "0", "-1"] {
        let start = Instant::now();
        let (said, told) = served(&Program::ours(), &["-status_url", &at, "-status_timeout", time]);
        assert!(said.contains(NONE_SENT) && (told.contains(":Connection refused:") || !tells_why()), "{told}");
        assert!(start.elapsed() < Duration::from_secs(20), "{time}");
    }
}

#[test]
fn a_responder_that_never_answers_keeps_nobody_else_waiting() {
    let (held, hold) = mpsc::channel();
    let place = Place::open(move |client| held.send(client).unwrap());
    let at = format!("http://127.0.0.1:{}/", place.port);
    for mode in ["-www", "-WWW"] {
        let words = [mode, "-jobs", "1", "-CAfile", "root.pem", "-status_url", &at, "-status_timeout", "60"];
        let server = Server::accepting(&words).input(Input::Null).start();
        let first = asking(server.folder(), server.port());
        let responders = hold.recv().unwrap();
        std::thread::scope(|scope| {
            let others: Vec<_> =
                (0..32).map(|_| scope.spawn(|| fetch(server.port(), &Profile::default(), PAGE).unwrap().0)).collect();
            for other in others {
                assert!(other.join().unwrap().starts_with(b"HTTP/1.0 "));
            }
        });
        // The first still waits: nobody has closed its question.
        responders.set_nonblocking(true).unwrap();
        let mut question = vec![0; 65_536];
        while let Ok(count) = (&responders).read(&mut question) {
            assert!(count > 0, "the question was given up");
        }
        responders.shutdown(Shutdown::Both).unwrap();
        assert!(answered(first).contains(NONE_SENT));
    }
}

#[test]
fn a_proxy_is_asked_in_the_place_of_the_responder() {
    let (answer, (heard, hear)) = (answer_of_file(), mpsc::channel());
    let proxy = Place::open(move |mut client| {
        let question = request(&mut client);
        heard.send(String::from_utf8_lossy(&question).lines().take(2).collect::<Vec<_>>().join("|")).unwrap();
        let _ = client.write_all(&answer);
    });
    let at = format!("http://127.0.0.1:{}/", proxy.port);
    let (said, _) = served(&Program::ours(), &["-status_url", "http://nosuch.invalid:82/a", "-proxy", &at]);
    assert!(said.contains("OCSP Response Status: successful (0x0)"), "{said}");
    let ours = hear.try_recv().unwrap();
    assert_eq!(ours, "POST http://nosuch.invalid:82/a HTTP/1.0|Host: nosuch.invalid");
    if Program::has_reference() {
        served(&Program::reference(), &["-status_url", "http://nosuch.invalid:82/a", "-proxy", &at]);
        assert_eq!(hear.try_recv().unwrap(), ours);
    }
}

#[test]
fn the_question_is_that_of_the_original() {
    let (heard, hear) = mpsc::channel();
    let place = Place::open(move |mut client| heard.send(request(&mut client)).unwrap());
    let at = format!("localhost:{}/a/b?c", place.port);
    served(&Program::ours(), &["-status_url", &at]);
    let ours = hear.try_recv().unwrap();
    assert!(ours.starts_with(b"POST /a/b?c HTTP/1.0\r\nHost: localhost"), "{}", ours.escape_ascii());
    if Program::has_reference() {
        served(&Program::reference(), &["-status_url", &at]);
        assert_eq!(hear.try_recv().unwrap().escape_ascii().to_string(), ours.escape_ascii().to_string());
    }
}

#[test]
fn a_responder_may_speak_tls() {
    let responder = tls_responder();
    let at = format!("https://127.0.0.1:{}/", responder.port);
    let (said, told) = served(&Program::ours(), &["-status_url", &at]);
    assert!(said.contains("OCSP Response Status: successful (0x0)"), "{said}\n{told}");
}

#[test]
fn a_responder_with_tls_is_reached_through_a_proxy() {
    let responder = tls_responder();
    let proxy = Place::open(move |mut client| {
        let question = request(&mut client);
        let place = String::from_utf8_lossy(&question).split(' ').nth(1).unwrap_or_default().to_owned();
        let Ok(mut onward) = TcpStream::connect(place) else { return };
        client.write_all(b"HTTP/1.0 200 Connection established\r\n\r\n").unwrap();
        let (mut back, mut to) = (onward.try_clone().unwrap(), client.try_clone().unwrap());
        std::thread::spawn(move || std::io::copy(&mut client, &mut onward));
        std::thread::spawn(move || std::io::copy(&mut back, &mut to).and_then(|_| to.shutdown(Shutdown::Both)));
    });
    let (at, by) = (format!("https://127.0.0.1:{}/", responder.port), format!("127.0.0.1:{}", proxy.port));
    let (said, told) = served(&Program::ours(), &["-status_url", &at, "-proxy", &by]);
    assert!(said.contains("OCSP Response Status: successful (0x0)") && proxy.asked() == 1, "{said}\n{told}");
}

/// Answers everybody over TLS with `ocsp.der`.
fn tls_responder() -> Place {
    use openssl::ssl::{SslAcceptor, SslFiletype, SslMethod};
    let folder = Folder::pki().unwrap();
    let mut acceptor = SslAcceptor::mozilla_intermediate_v5(SslMethod::tls()).unwrap();
    acceptor.set_certificate_chain_file(folder.path().join("rsa.pem")).unwrap();
    acceptor.set_private_key_file(folder.path().join("rsa.key"), SslFiletype::PEM).unwrap();
    let (acceptor, answer) = (acceptor.build(), answer_of_file());
    Place::open(move |client| {
        let Ok(mut client) = acceptor.accept(client) else { return };
        request(&mut client);
        let _ = client.write_all(&answer);
        let _ = client.shutdown();
    })
}

/// A server whose certificate has that response.
fn stapling(more: &[&str]) -> Server {
    Server::accepting(&[&["-www", "-status_file", "ocsp.der"], more].concat()).input(Input::Null).start()
}

fn run(server: &Server, program: &str, arguments: &[&str]) -> (bool, String) {
    let mut command: Command = process::command(program.as_ref(), server.folder());
    let output = command.args(arguments).stdin(Stdio::null()).output();
    let output = output.unwrap_or_else(|e| panic!("{program}: {e}; tests/run installs it"));
    (output.status.success(), String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned())
}

#[test]
fn curl_takes_the_status_of_the_certificate() {
    for version in ["-tls1_2", "-tls1_3"] {
        // It takes the issuer out of the chain that was sent.
        let server = stapling(&[version, "-cert_chain", "root.pem"]);
        let url = format!("https://localhost:{}/", server.port());
        let words = ["--cacert", "root.pem", "-sS", "--noproxy", "*", "--cert-status", &url];
        let (good, said) = run(&server, "curl", &words);
        assert!(good && said.contains("</BODY>"), "{said}");
    }
    let server = Server::accepting(&["-www"]).input(Input::Null).start();
    let url = format!("https://localhost:{}/", server.port());
    let words = ["--cacert", "root.pem", "-sS", "--noproxy", "*", "--cert-status", &url];
    assert!(run(&server, "curl", &words).1.contains("No OCSP response received"));
}

#[test]
fn gnutls_is_stapled_the_bytes_of_the_file() {
    for version in ["-tls1_2", "-tls1_3"] {
        let server = stapling(&[version]);
        let port = server.port().to_string();
        let words = ["--x509cafile=root.pem", "--save-ocsp=tmp/saved", "localhost", "-p", &port];
        let (_, said) = run(&server, "gnutls-cli", &words);
        let read = |name: &str| std::fs::read(server.folder().join(name)).unwrap_or_default();
        assert!(read("tmp/saved") == read("ocsp.der"), "{said}");
    }
}

#[test]
fn what_a_responder_says_of_a_revoked_certificate_is_stapled() {
    let folder = Folder::pki().unwrap();
    let responder = Responder::start(folder.path()).unwrap();
    let words = ["-www", "-status", "-cert", "aia.pem", "-key", "rsa.key", "-CAfile", "root.pem"];
    let server = Server::accepting(&words).folder(folder).input(Input::Null).start();
    let said = answered(asking(server.folder(), server.port()));
    assert!(said.contains("    Cert Status: revoked\n") && got_its_page(&said), "{said}");
    // And without the responder there is no status.
    drop(responder);
    let said = answered(asking(server.folder(), server.port()));
    assert!(said.contains(NONE_SENT) && got_its_page(&said), "{said}");
    wait_until("the reason is told", || {
        let told = server.so_far("stderr");
        let line = if tells_why() { "Connection refused" } else { "cert_status: error querying responder" };
        String::from_utf8_lossy(&told).contains(line)
    });
}
