//! `-crl_download`: lists come from where the client's certificate says, in the original's words, and keep nobody waiting.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Command, Output, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use conformance::folder::Folder;
use conformance::process;
use conformance::program::Program;
use conformance::raw::{Profile, fetch};
use conformance::running::{Running, wait_until};
use conformance::script::Input;

const REQUEST: &[u8] = b"GET / HTTP/1.0\r\n\r\n";
const CHECKED: [&str; 6] = ["-www", "-verify", "2", "-verifyCAfile", "root.pem", "-crl_check"];

/// A place of lists on loopback.
struct Place {
    port: u16,
    /// Requests that came.
    asked: Arc<AtomicUsize>,
}

impl Place {
    /// Gives out `root.crl.der` under `/root.crl` and nothing else; when `silent`, never answers.
    fn open(silent: bool) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let asked = Arc::new(AtomicUsize::new(0));
        let counter = asked.clone();
        let folder = Folder::pki().unwrap();
        let list = std::fs::read(folder.path().join("root.crl.der")).unwrap();
        thread::spawn(move || {
            let mut held = Vec::new();
            for mut client in listener.incoming().flatten() {
                counter.fetch_add(1, Ordering::SeqCst);
                if silent { held.push(client) } else { answer(&mut client, &list) }
            }
        });
        Self { port, asked }
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

fn answer(client: &mut TcpStream, list: &[u8]) {
    let mut request = Vec::new();
    let mut byte = [0];
    while !request.ends_with(b"\r\n\r\n") && client.read(&mut byte).unwrap_or(0) > 0 {
        request.push(byte[0]);
    }
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

    fn ask(&self, server: &Running) -> Command {
        let mut client = process::command("openssl".as_ref(), self.0.path());
        let at = format!("127.0.0.1:{}", server.port());
        client.args(["s_client", "-quiet", "-cert", "made.pem", "-key", "client.key", "-connect", &at]);
        client.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        client
    }

    /// What the server sends to a client with this certificate.
    fn page(&self, server: &Running) -> String {
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
    let server = Running::start_program(program, &words, Input::Null);
    let page = certificate.page(&server);
    (server.end().2, page.contains("</HTML>") || page.contains("</BODY>"))
}

/// Without what differs from thread to thread.
fn errors(text: &str) -> Vec<&str> {
    text.lines().map(|line| line.split_once(":error:").map_or(line, |(_, error)| error)).collect()
}

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
    let place = Place::open(false);
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
    let (said, page) = served(
        &Program::ours(),
        &["-crl_download", "-verify_return_error"],
        &Certificate::revoked(&Place::open(false)),
    );
    assert!(said.contains("verify error:num=23:certificate revoked\n") && !page, "{said}");
}

#[test]
fn a_good_certificate_passes() {
    let place = Place::open(false);
    let said = assert_same(&["-crl_download", "-verify_return_error"], &Certificate::at("77", &place));
    assert!(!said.contains("verify error") && place.asked() > 0, "{said}");
}

#[test]
fn what_changed_since_is_fetched_too_and_a_failure_is_told() {
    let place = Place::open(false);
    let at = format!("URI:http://127.0.0.1:{}", place.port);
    let extensions = format!("crlDistributionPoints={at}/root.crl\nfreshestCRL={at}/nosuch\n");
    let said = assert_same(&["-crl_download"], &Certificate::new("78", &extensions));
    assert!(said.contains("Unable to load CRL via CDP") && !said.contains("verify error"), "{said}");
}

#[test]
fn only_the_store_for_clients_fetches() {
    let place = Place::open(false);
    let words = ["-www", "-verify", "2", "-CAfile", "root.pem", "-crl_check", "-crl_download", "-naccept", "1"];
    let server = Running::start(&words, Input::Null);
    assert!(Certificate::at("77", &place).page(&server).contains("</BODY>"));
    assert!(server.end().2.contains("verify error:num=3:"));
    assert_eq!(place.asked(), 0);
}

#[test]
fn a_place_that_never_answers_keeps_nobody_else_waiting() {
    let place = Place::open(true);
    let server =
        Running::start(&[&CHECKED[..], &["-crl_download", "-jobs", "1", "-naccept", "2"]].concat(), Input::Null);
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
    let took = start.elapsed();
    assert!((Duration::from_secs(8)..Duration::from_secs(14)).contains(&took), "{took:?}");
    let (status, _, said) = server.end();
    assert!(said.contains("Unable to load CRL via CDP") && said.contains("verify error:num=3:"), "{said}");
    assert_eq!(status, "0");
}
