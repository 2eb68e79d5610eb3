//! The page of `-www`: what it must answer, and what it must not show.

use std::fs;

use conformance::clients::raw::{Profile, fetch};
use conformance::launch::folder::Folder;
use conformance::launch::process::Input;
use conformance::launch::program::Program;
use conformance::launch::server::Server;
use conformance::play::replay::replay;
use conformance::scripts::script::Script;

fn page(server: &Server, profile: &Profile, request: &[u8]) -> String {
    let (page, end) = fetch(server.port(), profile, request).unwrap();
    assert_eq!(end, "close_notify received");
    String::from_utf8(page).unwrap()
}

#[test]
fn no_secret_is_shown() {
    let words = ["-www", "-cert", "rsa.pem", "-key", "rsa.enc.key", "-pass", "pass:secret"];
    let server = Server::accepting(&words).input(Input::Null).start();
    for tls12 in [false, true] {
        let page = page(&server, &Profile { tls12, ..Profile::default() }, b"GET / HTTP/1.0\r\n\r\n");
        assert!(!page.contains("pass:secret"), "{page}");
        let long = page.split(|c: char| !c.is_ascii_hexdigit()).filter(|word| word.len() > 64).collect::<Vec<_>>();
        assert!(long.is_empty(), "{long:?}");
    }
}

#[test]
fn a_pass_phrase_that_is_not_needed_is_not_shown_either() {
    for words in [["-pass", "pass:hunter2"], ["-pass=pass:hunter2", "-bugs"], ["--pass", "pass:hunter2"]] {
        let words = [&["-www"][..], &words].concat();
        let server = Server::accepting(&words).input(Input::Null).start();
        let page = page(&server, &Profile::default(), b"GET / HTTP/1.0\r\n\r\n");
        assert!(page.contains("s_server -accept "), "{page}");
        assert!(!page.contains("hunter2"), "{words:?}: {page}");
    }
}

#[test]
fn text_is_escaped() {
    let folder = Folder::pki().unwrap();
    let name = "<script>alert(1)</script>&\"'.pem".replace('/', "");
    fs::copy(folder.path().join("server.pem"), folder.path().join(&name)).unwrap();
    let server = Server::accepting(&["-www", "-cert", &name]).folder(folder).input(Input::Null).start();
    let page = page(&server, &Profile::default(), b"GET /<b>x</b> HTTP/1.0\r\n\r\n");
    assert!(page.contains("&lt;script&gt;alert(1)&lt;script&gt;&amp;"), "{page}");
    assert!(!page.contains("<script>") && !page.contains("<b>"), "{page}");
}

#[test]
fn another_method_is_answered() {
    let server = Server::accepting(&["-www"]).input(Input::Null).start();
    let answer = page(&server, &Profile::default(), b"POST / HTTP/1.0\r\nContent-Length: 0\r\n\r\n");
    assert!(answer.starts_with("HTTP/1.0 405 "), "{answer}");
}

/// A request in one, two or many pieces is the same request.
#[test]
fn a_request_may_come_in_pieces() {
    use std::io::Write;
    let server = Server::accepting(&["-www"]).input(Input::Null).start();
    let mut client = server.client();
    for byte in b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n" {
        // One record each; the answer may come before the last.
        if client.write_all(&[*byte]).is_err() {
            break;
        }
    }
    let (answer, _) = conformance::clients::raw::read_to_end(&mut client);
    assert!(answer.ends_with(b"</BODY></HTML>\r\n\r\n"), "{}", answer.escape_ascii());
}

/// Under TLS 1.3 there is no renegotiation: what counts is that an answer comes.
#[test]
fn renegotiation_pages_end_with_an_answer() {
    for version in ["tls1_2", "tls1_3"] {
        for path in ["/reneg", "/renegcert"] {
            let steps = format!(
                "start the server
                start client A: openssl s_client -connect 127.0.0.1:4433 -{version} -quiet -enable_pha -cert client.pem -key client.key
                client A standard input <- b'GET {path} HTTP/1.1\\r\\nHost: localhost\\r\\n\\r\\n'"
            );
            let command = "-accept 4433 -www -naccept 1 -no_resumption_on_reneg -CAfile root.pem";
            let name = format!("{version} {path}");
            let seen = replay(&Script::new(&name, command, &steps), &Program::ours()).unwrap();
            let answer = String::from_utf8_lossy(&seen["client A stdout"]);
            assert!(answer.starts_with("HTTP/1.0 200 ok\r\n"), "{name}: {answer}");
            assert!(answer.ends_with("</pre></BODY></HTML>\r\n\r\n"), "{name}: {answer}");
            if name == "tls1_2 /renegcert" {
                assert!(answer.contains("\nClient certificate\n"), "{answer}");
            }
            assert_eq!(seen["server exit"], b"0", "{name}");
        }
    }
}
