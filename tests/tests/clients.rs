//! What people point at the page: curl, Python, Node and a browser. A missing program fails the test.

use std::process::Output;

use conformance::launch::folder::Folder;
use conformance::launch::process::{self, Input};
use conformance::launch::server::Server;

/// The README's first command, in an empty folder.
fn page() -> Server {
    Server::accepting(&["-www", "-selfsigned"]).folder(Folder::empty().expect("a folder")).input(Input::Null).start()
}

fn run(program: &str, arguments: &[&str]) -> Output {
    let home = Folder::empty().expect("a folder");
    let output = process::command(program.as_ref(), home.path()).args(arguments).output();
    output.unwrap_or_else(|e| panic!("{program}: {e}; tests/run installs it"))
}

/// The output of a program that must succeed.
fn text(program: &str, arguments: &[&str]) -> String {
    let output = run(program, arguments);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{program}: {}\n{errors}", output.status);
    String::from_utf8(output.stdout).expect("the page is text")
}

fn assert_is_the_page(body: &str, protocol: &str) {
    for part in ["<pre>", "Ciphers supported in s_server binary\n", "no client certificate available\n</pre>", protocol]
    {
        assert!(body.contains(part), "no {part:?} in {body}");
    }
}

#[test]
fn curl_shows_the_page() {
    let server = page();
    let url = format!("https://localhost:{}/", server.port());
    let body = text("curl", &["-k", "-sS", "--noproxy", "*", &url]);
    assert!(body.starts_with("<HTML><BODY BGCOLOR=\"#ffffff\">\n<pre>\n\n"), "{body}");
    assert_is_the_page(&body, "    Protocol  : TLSv1.3\n");
}

#[test]
fn curl_with_tls_1_2_shows_the_page() {
    let server = page();
    let url = format!("https://127.0.0.1:{}/", server.port());
    let body = text("curl", &["-k", "-sS", "--noproxy", "*", "--tls-max", "1.2", &url]);
    assert_is_the_page(&body, "    Protocol  : TLSv1.2\n");
}

#[test]
fn curl_sees_a_status_and_a_type() {
    let server = page();
    let url = format!("https://[::1]:{}/", server.port());
    let head = text("curl", &["-k", "-sS", "--noproxy", "*", "-D", "-", "-o", "/dev/null", &url]);
    assert_eq!(head, "HTTP/1.0 200 ok\r\nContent-type: text/html\r\n\r\n");
}

#[test]
fn python_reads_to_a_clean_end() {
    let server = page();
    let program = "import socket, ssl, sys
context = ssl.create_default_context()
context.check_hostname = False
context.verify_mode = ssl.CERT_NONE
with socket.create_connection(('127.0.0.1', int(sys.argv[1]))) as tcp:
    with context.wrap_socket(tcp, server_hostname='localhost', suppress_ragged_eofs=False) as tls:
        tls.sendall(b'GET / HTTP/1.0\\r\\n\\r\\n')
        while part := tls.recv(4096):
            sys.stdout.buffer.write(part)
";
    let answer = text("python3", &["-c", program, &server.port().to_string()]);
    assert!(answer.starts_with("HTTP/1.0 200 ok\r\nContent-type: text/html\r\n\r\n<HTML>"), "{answer}");
    assert_is_the_page(&answer, "    Protocol  : TLSv1.3\n");
    assert!(answer.ends_with("</pre></BODY></HTML>\r\n\r\n"), "{answer}");
}

#[test]
fn node_shows_the_page() {
    let server = page();
    let program =
        "require('https').get({host: '127.0.0.1', port: process.argv[1], rejectUnauthorized: false}, answer => {
        console.log(answer.statusCode, answer.headers['content-type']);
        answer.pipe(process.stdout);
    })";
    let answer = text("node", &["-e", program, &server.port().to_string()]);
    assert!(answer.starts_with("200 text/html\n<HTML>"), "{answer}");
    assert_is_the_page(&answer, "    Protocol  : TLSv1.3\n");
}

/// It opens connections in advance and leaves them silent, which must not keep the page from arriving.
#[test]
fn chromium_shows_the_page() {
    let server = page();
    let profile = Folder::empty().expect("a folder");
    let profile = format!("--user-data-dir={}", profile.path().display());
    let url = format!("https://localhost:{}/", server.port());
    let dom = text(
        "chromium",
        &[
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--ignore-certificate-errors",
            &profile,
            "--dump-dom",
            &url,
        ],
    );
    assert!(dom.to_lowercase().contains("<body bgcolor=\"#ffffff\">"), "{dom}");
    assert_is_the_page(&dom, "    Protocol  : TLSv1.3\n");
}

/// The certificate holds the names that the page is asked for by.
#[test]
fn the_certificate_is_for_the_local_names() {
    let server = page();
    let connect = format!("127.0.0.1:{}", server.port());
    let home = Folder::empty().expect("a folder");
    let shown = process::command("openssl".as_ref(), home.path())
        .args(["s_client", "-connect", &connect, "-showcerts"])
        .stdin(std::process::Stdio::null())
        .output()
        .expect("openssl runs");
    let file = home.path().join("shown.pem");
    std::fs::write(&file, &shown.stdout).expect("a file can be written");
    let names = text("openssl", &["x509", "-in", file.to_str().expect("UTF-8"), "-noout", "-ext", "subjectAltName"]);
    for name in ["DNS:localhost", "IP Address:127.0.0.1", "IP Address:0:0:0:0:0:0:0:1"] {
        assert!(names.contains(name), "no {name} in {names}");
    }
}
