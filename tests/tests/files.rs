//! `-WWW` and `-HTTP` over a real connection: what is sent, what is refused, and how long it takes.

use std::fs;
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;
use std::process::Command;
use std::time::{Duration, Instant};

use conformance::clients::raw::{Profile, fetch};
use conformance::launch::folder::Folder;
use conformance::launch::process::Input;
use conformance::launch::server::Server;

/// Beside the served folder lies a secret; in it are all kinds of things.
fn served(mode: &str) -> (Folder, Server) {
    let outside = Folder::empty().unwrap();
    let secret = outside.path().join("secret.txt");
    fs::write(&secret, "secret").unwrap();
    let folder = Folder::pki().unwrap();
    let at = |name: &str| folder.path().join(name);
    symlink(&secret, at("absolute.txt")).unwrap();
    let up = format!("../{}/secret.txt", outside.path().file_name().unwrap().to_str().unwrap());
    symlink(up, at("relative.txt")).unwrap();
    symlink(outside.path(), at("outside")).unwrap();
    symlink("page.txt", at("inside.txt")).unwrap();
    symlink("loop.txt", at("loop.txt")).unwrap();
    symlink("/dev/zero", at("zero.txt")).unwrap();
    symlink("/proc/self/environ", at("environ.txt")).unwrap();
    assert!(Command::new("mkfifo").arg(at("fifo.txt")).status().unwrap().success());
    drop(UnixListener::bind(at("socket.txt")).unwrap());
    fs::write(at("a b&c.html"), "<b>blank</b>").unwrap();
    fs::write(at("empty.bin"), "").unwrap();
    (outside, Server::accepting(&[mode]).folder(folder).input(Input::Null).start())
}

fn answer(server: &Server, request: &str) -> String {
    let start = Instant::now();
    let (answer, end) = fetch(server.port(), &Profile::default(), request.as_bytes()).unwrap();
    assert_eq!(end, "close_notify received", "{request}");
    assert!(start.elapsed() < Duration::from_secs(2), "{request}: {:?}", start.elapsed());
    String::from_utf8(answer).unwrap()
}

fn get(server: &Server, target: &str) -> String {
    answer(server, &format!("GET {target} HTTP/1.0\r\n\r\n"))
}

fn text(status: &str, kind: &str, body: &str) -> String {
    format!("HTTP/1.0 {status}\r\nContent-type: {kind}\r\nContent-Length: {}\r\n\r\n{body}", body.len())
}

const PAGE: &str = "plain text file\nline two\n";

#[test]
fn only_plain_files_inside_the_folder_are_sent() {
    let (_outside, server) = served("-WWW");
    for name in [
        "absolute.txt",
        "relative.txt",
        "outside/secret.txt",
        "zero.txt",
        "environ.txt",
        "fifo.txt",
        "socket.txt",
        "outside",
    ] {
        let refused = text("403 Forbidden", "text/plain", &format!("'{name}' is not a file in the served folder\r\n"));
        assert_eq!(get(&server, &format!("/{name}")), refused, "{name}");
    }
    assert!(get(&server, "/loop.txt").starts_with("HTTP/1.0 500 "), "{}", get(&server, "/loop.txt"));
    assert_eq!(get(&server, "/inside.txt"), text("200 ok", "text/plain", PAGE));
    let directory = text("403 Forbidden", "text/plain", "'sub' is a directory\r\n");
    assert_eq!(get(&server, "/sub"), directory);
    assert!(get(&server, "/sub/").starts_with("HTTP/1.0 403 "));
    assert_eq!(get(&server, "/sub/a.txt"), text("200 ok", "text/plain", "in sub\n"));
}

#[test]
fn names_that_lead_out_are_refused_in_every_spelling() {
    let (_outside, server) = served("-WWW");
    for target in [
        "/../secret.txt",
        "/sub/../../secret.txt",
        "/..",
        "/%2e%2e/secret.txt",
        "/%2E./secret.txt",
        "/sub%2f..%2f..%2fsecret.txt",
        "/..%5csecret.txt",
        "//etc/passwd",
        "/%2fetc/passwd",
        "https://localhost/../secret.txt",
        "https://localhost//etc/passwd",
        "/c:/x",
    ] {
        let answer = get(&server, target);
        assert!(answer.starts_with("HTTP/1.0 403 Forbidden\r\n"), "{target}: {answer}");
        assert!(!answer.contains("root:"), "{target}: {answer}");
    }
    for target in ["/page.txt%00.html", "/page.txt%0a", "page.txt", "*", "/%", "/%zz", "/nosuch", "/%252e%252e/x"] {
        let answer = get(&server, target);
        assert!(answer.starts_with("HTTP/1.0 40"), "{target}: {answer}");
    }
}

#[test]
fn escapes_queries_and_whole_addresses_are_understood() {
    let (_outside, server) = served("-WWW");
    for target in [
        "/page.txt",
        "/page%2etxt",
        "/page.txt?a=/../b",
        "/./page.txt",
        "https://localhost:1/page.txt?x",
        "HTTPS://LOCALHOST/page.txt",
    ] {
        assert_eq!(get(&server, target), text("200 ok", "text/plain", PAGE), "{target}");
    }
    assert_eq!(get(&server, "/a%20b&c.html"), text("200 ok", "text/html", "<b>blank</b>"));
    assert_eq!(get(&server, "/empty.bin"), text("200 ok", "text/plain", ""));
}

#[test]
fn what_is_no_text_is_not_sent_as_text() {
    let folder = Folder::pki().unwrap();
    let files: [(&str, &[u8], &str); 4] = [
        ("a.tar.gz", b"\x1f", "application/gzip"),
        ("film.mp4", b"\0", "video/mp4"),
        ("README", b"a text\n", "text/plain"),
        ("program", b"\x7fELF\x02", "application/octet-stream"),
    ];
    for (name, content, _) in files {
        fs::write(folder.path().join(name), content).unwrap();
    }
    let server = Server::accepting(&["-WWW"]).folder(folder).input(Input::Null).start();
    for (name, content, kind) in files {
        let head = text("200 ok", kind, &String::from_utf8_lossy(content));
        assert_eq!(get(&server, &format!("/{name}")), head);
        let (head, _) = head.split_once("\r\n\r\n").unwrap();
        assert_eq!(answer(&server, &format!("HEAD /{name} HTTP/1.0\r\n\r\n")), format!("{head}\r\n\r\n"));
    }
}

#[test]
fn what_others_chose_is_escaped() {
    let (_outside, server) = served("-WWW");
    let answer = get(&server, "/<script>alert(1)</script>");
    assert!(answer.contains("&lt;script&gt;alert(1)") && !answer.contains("<script>"), "{answer}");
}

#[test]
fn head_and_other_methods() {
    let (_outside, server) = served("-WWW");
    let head = answer(&server, "HEAD /page.txt HTTP/1.1\r\nHost: x\r\n\r\n");
    assert_eq!(head, format!("HTTP/1.0 200 ok\r\nContent-type: text/plain\r\nContent-Length: {}\r\n\r\n", PAGE.len()));
    let missing = answer(&server, "HEAD /nosuch HTTP/1.0\r\n\r\n");
    assert!(missing.starts_with("HTTP/1.0 404 Not Found\r\n") && missing.ends_with("\r\n\r\n"), "{missing}");
    for method in ["POST", "PUT", "DELETE", "OPTIONS"] {
        let answer = answer(&server, &format!("{method} /page.txt HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc"));
        assert!(answer.starts_with("HTTP/1.0 405 Method Not Allowed\r\nAllow: GET, HEAD\r\n"), "{answer}");
    }
}

#[test]
fn http_sends_files_with_their_own_heads() {
    let (_outside, server) = served("-HTTP");
    let file = fs::read_to_string(server.folder().join("raw.http")).unwrap();
    assert_eq!(get(&server, "/raw.http"), file);
    let end = file.find("\r\n\r\n").or_else(|| file.find("\n\n").map(|at| at - 2)).unwrap() + 4;
    assert_eq!(answer(&server, "HEAD /raw.http HTTP/1.0\r\n\r\n"), file[..end]);
    assert!(get(&server, "/stats").starts_with("HTTP/1.0 404 "));
    assert!(get(&server, "/absolute.txt").starts_with("HTTP/1.0 403 "));
}

#[test]
fn a_large_file_arrives_whole_at_eight_clients_at_once() {
    let folder = Folder::pki().unwrap();
    let length = 50 << 20;
    let content: Vec<u8> = (0..length).map(|n: u32| (n / 251 + n) as u8).collect();
    fs::write(folder.path().join("large.bin"), &content).unwrap();
    let server = Server::accepting(&["-WWW"]).folder(folder).input(Input::Null).start();
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                let request = b"GET /large.bin HTTP/1.0\r\n\r\n";
                let (answer, end) = fetch(server.port(), &Profile::default(), request).unwrap();
                let kind = "application/octet-stream";
                let head = format!("HTTP/1.0 200 ok\r\nContent-type: {kind}\r\nContent-Length: {length}\r\n\r\n");
                let body = answer.strip_prefix(head.as_bytes()).expect("the head");
                assert!(body == content, "{} of {length} bytes", body.len());
                assert_eq!(end, "close_notify received");
            });
        }
    });
    assert!(server.memory() < 64 << 20, "{}", server.memory());
}
