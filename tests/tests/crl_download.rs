//! `-crl_download`: lists come from where the client's certificate says, in the original's words, and keep nobody waiting.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::{Command, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use conformance::clients::raw::{Profile, fetch, handshake};
use conformance::launch::folder::Folder;
use conformance::launch::process::{self, Input};
use conformance::launch::program::Program;
use conformance::launch::server::Server;
use conformance::launch::wait::wait_until;
use conformance::launch::web::{Place, dead, request_head};

const REQUEST: &[u8] = b"GET / HTTP/1.0\r\n\r\n";
const CHECKED: [&str; 6] = ["-www", "-verify", "2", "-verifyCAfile", "root.pem", "-crl_check"];

/// A place of lists that gives out `root.crl.der` under `/root.crl` and nothing else.
fn lists() -> Place {
    let folder = Folder::pki().unwrap();
    let list = std::fs::read(folder.path().join("root.crl.der")).unwrap();
    Place::open(move |mut client| answer(&mut client, &list))
}

/// One that never answers.
fn silent() -> Place {
    let mut held = Vec::new();
    Place::open(move |client| held.push(client))
}

/// One that sends everybody on to another port, after that time.
fn sends_on(port: u16, after: Duration) -> Place {
    Place::open(move |mut client| {
        thread::sleep(after);
        let to = format!("Location: http://127.0.0.1:{port}/root.crl\r\nContent-Length: 0\r\n");
        let _ = request_head(&mut client);
        let _ = client.write_all(format!("HTTP/1.0 302 Found\r\n{to}\r\n").as_bytes());
    })
}

fn answer(client: &mut TcpStream, list: &[u8]) {
    let request = request_head(client);
    let _ = if request.starts_with(b"GET /root.crl HTTP/1.") {
        let length = list.len();
        let head = format!("HTTP/1.0 200 OK\r\nContent-Type: application/pkix-crl\r\nContent-Length: {length}\r\n\r\n");
        client.write_all(&[head.as_bytes(), list].concat())
    } else {
        client.write_all(b"HTTP/1.0 404 Not Found\r\nContent-Length: 0\r\n\r\n")
    };
}

/// A client's certificate with these extensions, made for the test, in a folder of its own.
struct Certificate(Folder);

impl Certificate {
    fn new(serial: &str, extensions: &str) -> Self {
        let folder = Folder::pki().unwrap();
        std::fs::write(folder.path().join("made.ext"), extensions).unwrap();
        openssl(&folder, "req -new -key client.key -subj /CN=Made -out made.csr");
        let sign = "x509 -req -in made.csr -CA root.pem -CAkey root.key -days 2 -extfile made.ext -out made.pem";
        openssl(&folder, &format!("{sign} -set_serial {serial}"));
        Self(folder)
    }

    /// Its list is at that place.
    fn at(serial: &str, place: &Place) -> Self {
        Self::new(serial, &format!("crlDistributionPoints=URI:http://127.0.0.1:{}/root.crl\n", place.port))
    }

    /// The serial number on the list.
    fn revoked(place: &Place) -> Self {
        let shown = openssl(&Folder::pki().unwrap(), "x509 -in revoked.pem -noout -serial");
        let shown = String::from_utf8(shown.stdout).unwrap();
        Self::at(&format!("0x{}", shown.trim().strip_prefix("serial=").unwrap()), place)
    }

    fn ask(&self, server: &Server) -> Command {
        let mut client = process::command("openssl".as_ref(), self.0.path());
        let at = format!("127.0.0.1:{}", server.port());
        client.args(["s_client", "-quiet", "-cert", "made.pem", "-key", "client.key", "-connect", &at]);
        client.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        client
    }

    /// What the server sends to a client with this certificate.
    fn page(&self, server: &Server) -> String {
        let mut client = self.ask(server).spawn().unwrap();
        // A server that refuses it may be gone already.
        let _ = client.stdin.as_mut().unwrap().write_all(REQUEST);
        String::from_utf8_lossy(&client.wait_with_output().unwrap().stdout).into_owned()
    }
}

fn openssl(folder: &Folder, line: &str) -> Output {
    let output = process::command("openssl".as_ref(), folder.path()).args(line.split(' ')).output().unwrap();
    assert!(output.status.success(), "{line}: {}", String::from_utf8_lossy(&output.stderr));
    output
}

/// Standard error of a server for one client, and whether that got its page.
fn served(program: &Program, more: &[&str], certificate: &Certificate) -> (String, bool) {
    let words = [&CHECKED[..], &["-naccept", "1"], more].concat();
    let server = Server::accepting(&words).program(program).input(Input::Null).start();
    let page = certificate.page(&server);
    (server.end().2, page.contains("</HTML>") || page.contains("</BODY>"))
}

/// Without what differs from thread to thread, and without the sentences that only ours says.
fn errors(text: &str) -> Vec<&str> {
    let of_original = text.lines().filter(|line| !line.starts_with("s_server: -crl_download: "));
    of_original.map(|line| line.split_once(":error:").map_or(line, |(_, error)| error)).collect()
}

/// The sentences that only ours says.
fn sentences(text: &str) -> Vec<&str> {
    text.lines().filter_map(|line| line.strip_prefix("s_server: -crl_download: ")).collect()
}

/// What a server says to one client of that certificate, and how long that took.
fn said(trust: [&str; 2], more: &[&str], certificate: &Certificate) -> (String, Duration) {
    let words = [&["-www", "-verify", "2", "-crl_check", "-crl_download", "-naccept", "1"], &trust[..], more].concat();
    let server = Server::accepting(&words).input(Input::Null).start();
    let start = Instant::now();
    assert!(certificate.page(&server).contains("</BODY>"));
    let took = start.elapsed();
    (server.end().2, took)
}

const VERIFY: [&str; 2] = ["-verifyCAfile", "root.pem"];

fn assert_same(more: &[&str], certificate: &Certificate) -> String {
    let ours = served(&Program::ours(), more, certificate);
    if Program::has_reference() {
        let original = served(&Program::reference(), more, certificate);
        assert_eq!((errors(&ours.0), ours.1), (errors(&original.0), original.1));
    }
    ours.0
}

#[test]
fn a_revoked_certificate_is_known_only_with_the_option() {
    let place = lists();
    let revoked = Certificate::revoked(&place);
    let said = assert_same(&["-crl_download"], &revoked);
    assert!(said.contains("verify error:num=23:certificate revoked\n"), "{said}");
    let fetched = place.asked();
    let said = assert_same(&[], &revoked);
    assert!(said.contains("verify error:num=3:unable to get certificate CRL\n"), "{said}");
    assert_eq!(place.asked(), fetched);
}

#[test]
fn a_revoked_certificate_is_refused() {
    let (said, page) =
        served(&Program::ours(), &["-crl_download", "-verify_return_error"], &Certificate::revoked(&lists()));
    assert!(said.contains("verify error:num=23:certificate revoked\n") && !page, "{said}");
}

#[test]
fn a_good_certificate_passes() {
    let place = lists();
    let said = assert_same(&["-crl_download", "-verify_return_error"], &Certificate::at("77", &place));
    assert!(!said.contains("verify error") && place.asked() > 0, "{said}");
}

#[test]
fn what_changed_since_is_fetched_too_and_a_failure_is_told() {
    let place = lists();
    let at = format!("URI:http://127.0.0.1:{}", place.port);
    let extensions = format!("crlDistributionPoints={at}/root.crl\nfreshestCRL={at}/nosuch\n");
    let said = assert_same(&["-crl_download"], &Certificate::new("78", &extensions));
    assert!(said.contains("Unable to load CRL via CDP") && !said.contains("verify error"), "{said}");
}

#[test]
fn lists_are_fetched_beside_every_kind_of_trusted_certificates() {
    for trust in [
        ["-CAfile", "root.pem"],
        ["-CApath", "verify/hashed"],
        ["-CAstore", "root.pem"],
        ["-verifyCApath", "verify/hashed"],
        ["-verifyCAstore", "root.pem"],
    ] {
        let place = lists();
        let (said, _) = said(trust, &[], &Certificate::revoked(&place));
        assert!(said.contains("verify error:num=23:certificate revoked\n"), "{trust:?}: {said}");
    }
}

#[test]
fn lists_are_fetched_on_the_second_context() {
    let place = lists();
    let certificate = Certificate::revoked(&place);
    let named = ["-servername", "second.example", "-cert2", "ec.pem", "-key2", "ec.key"];
    for trust in [["-CAfile", "root.pem"], VERIFY] {
        let words = [&["-www", "-verify", "2", "-crl_check", "-crl_download", "-naccept", "1"], &trust[..], &named];
        let server = Server::accepting(&words.concat()).input(Input::Null).start();
        let mut client = certificate.ask(&server).args(["-servername", "second.example"]).spawn().unwrap();
        let _ = client.stdin.as_mut().unwrap().write_all(REQUEST);
        assert!(String::from_utf8_lossy(&client.wait_with_output().unwrap().stdout).contains("</BODY>"));
        let said = server.end().2;
        assert!(said.contains("verify error:num=23:certificate revoked\n"), "{trust:?}: {said}");
    }
}

#[test]
fn one_client_fetching_beside_trusted_certificates_keeps_nobody_else_waiting() {
    let place = silent();
    let words = ["-www", "-verify", "2", "-CAfile", "root.pem", "-crl_check", "-crl_download", "-jobs", "1"];
    let server = Server::accepting(&words).input(Input::Null).start();
    let certificate = Certificate::at("79", &place);
    let mut held = certificate.ask(&server).spawn().unwrap();
    wait_until("the list is asked for", || place.asked() > 0);
    let (page, _) = fetch(server.port(), &Profile::default(), REQUEST).unwrap();
    assert!(page.ends_with(b"</BODY></HTML>\r\n\r\n"));
    held.kill().unwrap();
    held.wait().unwrap();
}

#[test]
fn a_refused_connection_is_told_at_once() {
    let port = dead();
    let at = format!("http://127.0.0.1:{port}/root.crl");
    let (said, took) = said(VERIFY, &[], &Certificate::new("80", &format!("crlDistributionPoints=URI:{at}\n")));
    assert!(took < Duration::from_secs(4), "{took:?}");
    assert_eq!(sentences(&said), [format!("{at}: Connection refused")]);
    assert!(said.contains("Unable to load CRL via CDP") && said.contains("verify error:num=3:"), "{said}");
}

#[test]
fn a_refused_connection_after_a_redirection_is_told_at_once() {
    let moved = sends_on(dead(), Duration::ZERO);
    let (said, took) = said(VERIFY, &[], &Certificate::at("80", &moved));
    assert!(took < Duration::from_secs(4), "{took:?}");
    assert_eq!(sentences(&said), [format!("http://127.0.0.1:{}/root.crl: Connection refused", moved.port)]);
}

#[test]
fn the_next_place_is_asked_after_one_without_the_list_and_one_that_is_dead() {
    let (place, port) = (lists(), dead());
    let [nosuch, gone, good] = [
        format!("http://127.0.0.1:{}/nosuch", place.port),
        format!("http://127.0.0.1:{port}/root.crl"),
        format!("http://127.0.0.1:{}/root.crl", place.port),
    ];
    // Three points, and one point with three names.
    for points in [format!("URI:{nosuch},URI:{gone},URI:{good}"), "of_many".to_owned()] {
        let names = format!("[of_many]\nfullname=URI:{nosuch},URI:{gone},URI:{good}\n");
        let certificate = Certificate::new("81", &format!("crlDistributionPoints={points}\n{names}"));
        let (said, took) = said(VERIFY, &["-verify_return_error"], &certificate);
        assert!(!said.contains("verify error") && took < Duration::from_secs(4), "{took:?} {said}");
        let expected =
            [format!("{nosuch}: received error (code=404, reason=Not Found)"), format!("{gone}: Connection refused")];
        // As 3.0 and as 4.0 say it.
        let told = sentences(&said).into_iter().map(|line| line.replace("status code unsupported", "received error"));
        assert_eq!(told.collect::<Vec<_>>(), expected);
    }
}

/// The places share the time of all.
#[test]
fn a_silent_place_leaves_the_next_one_its_turn() {
    let (silent, good) = (silent(), lists());
    let [slow, next] = [silent.port, good.port].map(|port| format!("URI:http://127.0.0.1:{port}/root.crl"));
    let certificate = Certificate::new("82", &format!("crlDistributionPoints={slow},{next}\n"));
    let (said, took) = said(VERIFY, &["-verify_return_error"], &certificate);
    assert!(!said.contains("verify error") && took < Duration::from_secs(8), "{took:?} {said}");
    assert_eq!(sentences(&said), [format!("http://127.0.0.1:{}/root.crl: no answer in time", silent.port)]);
}

#[test]
fn schemes_and_hosts_have_no_case() {
    let place = lists();
    let points = format!("crlDistributionPoints=URI:HTTP://LOCALHOST:{}/root.crl\n", place.port);
    let (said, _) = said(VERIFY, &["-verify_return_error"], &Certificate::new("83", &points));
    assert!(!said.contains("verify error") && place.asked() > 0, "{said}");
}

#[test]
fn a_list_that_is_not_to_be_had_by_http_is_told() {
    let points = "crlDistributionPoints=URI:ldap://localhost/cn=a,URI:https://localhost/root.crl\n";
    let (said, _) = said(VERIFY, &[], &Certificate::new("84", points));
    assert_eq!(sentences(&said), ["ldap://localhost/cn=a: lists are fetched from http:// alone"]);
}

#[test]
fn no_certificate_has_more_than_eight_places_tried() {
    let at = format!("URI:http://127.0.0.1:{}/root.crl", dead());
    let points = [&*at; 20].join(",");
    let (said, _) = said(VERIFY, &[], &Certificate::new("85", &format!("crlDistributionPoints={points}\n")));
    assert_eq!(sentences(&said).len(), 9);
    assert_eq!(sentences(&said).last(), Some(&"12 more places are not tried"));
}

#[test]
fn a_list_of_the_command_line_counts_beside_those_that_are_fetched() {
    let at = format!("crlDistributionPoints=URI:http://127.0.0.1:{}/root.crl\n", dead());
    for trust in [["-CAfile", "root.pem"], VERIFY] {
        let (said, _) = said(trust, &["-CRL", "root.crl", "-verify_return_error"], &Certificate::new("86", &at));
        assert!(!said.contains("verify error"), "{trust:?}: {said}");
    }
}

#[test]
fn a_list_may_have_moved() {
    let place = lists();
    let moved = sends_on(place.port, Duration::ZERO);
    let said = assert_same(&["-crl_download", "-verify_return_error"], &Certificate::at("77", &moved));
    assert!(!said.contains("verify error") && place.asked() > 0, "{said}");
}

/// Ten seconds, not ten after each step.
#[test]
fn the_time_limit_counts_redirections() {
    let silent = silent();
    let moved = sends_on(silent.port, Duration::from_secs(6));
    let server =
        Server::accepting(&[&CHECKED[..], &["-crl_download", "-naccept", "1"]].concat()).input(Input::Null).start();
    let start = Instant::now();
    assert!(Certificate::at("79", &moved).page(&server).contains("</BODY>"));
    assert_took_ten_seconds(start);
    assert_eq!(silent.asked(), 1);
    assert_gave_up(server);
}

#[test]
fn a_place_that_never_answers_keeps_nobody_else_waiting() {
    let place = silent();
    let server = Server::accepting(&[&CHECKED[..], &["-crl_download", "-jobs", "1", "-naccept", "2"]].concat())
        .input(Input::Null)
        .start();
    let certificate = Certificate::at("79", &place);
    let start = Instant::now();
    thread::scope(|scope| {
        let first = scope.spawn(|| certificate.page(&server));
        wait_until("the list is asked for", || place.asked() > 0);
        let second = Instant::now();
        let (page, end) = fetch(server.port(), &Profile::default(), REQUEST).unwrap();
        assert!(second.elapsed() < Duration::from_secs(1), "{:?}", second.elapsed());
        assert!(page.ends_with(b"</BODY></HTML>\r\n\r\n") && end == "close_notify received");
        assert!(first.join().unwrap().contains("</BODY>"));
    });
    assert_took_ten_seconds(start);
    assert_gave_up(server);
}

/// The other modes that serve many: while one client's list is fetched, another gets its answer.
fn answers_meanwhile(mode: &str, request: &[u8], answer: &[u8]) {
    let place = silent();
    let words = [&[mode], &CHECKED[1..], &["-crl_download", "-jobs", "1", "-naccept", "2"]].concat();
    let server = Server::accepting(&words).input(Input::Null).start();
    let certificate = Certificate::at("79", &place);
    let mut held = certificate.ask(&server).spawn().unwrap();
    wait_until("the list is asked for", || place.asked() > 0);
    let socket = TcpStream::connect(("127.0.0.1", server.port())).unwrap();
    let mut client = handshake(socket, &Profile::default()).unwrap();
    client.write_all(request).unwrap();
    let mut received = vec![0; answer.len()];
    client.read_exact(&mut received).unwrap();
    assert_eq!(received.escape_ascii().to_string(), answer.escape_ascii().to_string());
    held.kill().unwrap();
    held.wait().unwrap();
}

#[test]
fn rev_answers_meanwhile() {
    answers_meanwhile("-rev", b"abc\n", b"cba\n");
}

#[test]
fn echo_answers_meanwhile() {
    answers_meanwhile("-echo", b"abc", b"abc");
}

#[test]
fn files_are_served_meanwhile() {
    answers_meanwhile("-WWW", b"GET /page.txt HTTP/1.0\r\n\r\n", b"HTTP/1.0 200 ok\r\n");
}

fn assert_took_ten_seconds(start: Instant) {
    let took = start.elapsed();
    assert!((Duration::from_secs(8)..Duration::from_secs(14)).contains(&took), "{took:?}");
}

/// The list is told to be missing, and that is all.
fn assert_gave_up(server: Server) {
    let (status, _, said) = server.end();
    assert!(said.contains("Unable to load CRL via CDP") && said.contains("verify error:num=3:"), "{said}");
    assert_eq!(status, "0");
}
