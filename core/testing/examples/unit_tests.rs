//! Unit tests of a TLS client, with the server inside the test.
//!
//! ```sh
//! cargo test --example unit_tests     # or `cargo run`, to see what they look at
//! ```
//!
//! No socket, no port to find, no sleep, no clock: the server is fed with the client's bytes, and each run is the same
//! to the byte. A server that misbehaves is one option away (`-tls1_2`, `-cipher`, `-verify_return_error` …).
use std::sync::Arc;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore};
use s_server_rustls::{Clock, provider};
use s_server_testing::InProcess;

const ROOT: &[u8] = include_bytes!("../testdata/root.pem");
const CERT: &[u8] = include_bytes!("../testdata/server.pem");
const KEY: &[u8] = include_bytes!("../testdata/server.key");

/// Prints what the tests below look at.
fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut session = server(&[]).connect()?;
    session.exchange(&mut client(None))?;
    session.operator_types("q\n");
    print!("{}", session.stdout);
    println!("{} facts: {:?}", session.facts.len(), session.facts);
    Ok(())
}

/// A server with these options beside its certificate.
fn server(options: &[&str]) -> InProcess {
    let files = [("root.pem", ROOT), ("cert.pem", CERT), ("key.pem", KEY), ("hello.txt", b"Hello!\n")];
    InProcess::start(&[&["-cert", "cert.pem", "-key", "key.pem"], options].concat(), &files).expect("a server")
}

/// The client under test; yours would be your program's own.
fn client(certificate: Option<(&[u8], &[u8])>) -> ClientConnection {
    client_that_trusts(CertificateDer::from_pem_slice(ROOT).expect("PEM"), "server.example", certificate)
}

fn client_that_trusts(
    root: CertificateDer<'static>,
    name: &'static str,
    certificate: Option<(&[u8], &[u8])>,
) -> ClientConnection {
    let mut roots = RootCertStore::empty();
    roots.add(root).expect("a certificate");
    let clock = Clock::default();
    clock.set_wall(1_800_000_000);
    let builder = ClientConfig::builder_with_details(Arc::new(provider::seeded([1; 32])), Arc::new(clock))
        .with_safe_default_protocol_versions()
        .expect("the provider has both versions")
        .with_root_certificates(roots);
    let config = match certificate {
        Some((cert, key)) => {
            let cert = CertificateDer::from_pem_slice(cert).expect("PEM");
            builder.with_client_auth_cert(vec![cert], PrivateKeyDer::from_pem_slice(key).expect("PEM")).expect("a pair")
        }
        None => builder.with_no_client_auth(),
    };
    let name = ServerName::try_from(name).expect("a name");
    ClientConnection::new(Arc::new(config), name).expect("a client")
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};

    use s_server_core::engine::Cause;
    use s_server_core::io::Outcome;
    use s_server_testing::{Fact, replay};

    use super::*;

    #[test]
    fn the_client_fetches_a_file() {
        let (mut server, mut client) = (server(&["-WWW"]), client(None));
        let mut session = server.connect().unwrap();
        client.writer().write_all(b"GET /hello.txt HTTP/1.0\r\n\r\n").unwrap();
        session.exchange(&mut client).unwrap();
        let mut answer = String::new();
        client.reader().read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.0 200 ok\r\n") && answer.ends_with("\r\n\r\nHello!\n"), "{answer}");
        assert_eq!(session.outcome(), Some(Outcome::Next));
    }

    /// As in the README: the client is an ordinary one, with the clock of this machine.
    #[test]
    fn a_client_with_the_real_clock_trusts_the_certificate() -> Result<(), Box<dyn std::error::Error>> {
        let mut server = InProcess::start(&["-selfsigned", "-alpn", "h2"], &[])?;
        let mut roots = RootCertStore::empty();
        roots.add(server.certificate().unwrap())?; // valid at any time, for a client with any clock
        let config = ClientConfig::builder().with_root_certificates(roots).with_no_client_auth();
        let mut client = ClientConnection::new(Arc::new(config), "localhost".try_into()?)?;

        let mut session = server.connect()?;
        session.exchange(&mut client)?; // it is a rustls client; others: client_sends, take_sent
        let info = session.established().unwrap_or_else(|| panic!("{}", session.stderr));
        assert_eq!(info.protocol, "TLSv1.3");
        Ok(())
    }

    #[test]
    fn a_server_needs_no_files() {
        let mut server = InProcess::start(&["-selfsigned", "-alpn", "h2"], &[]).unwrap();
        let mut session = server.connect().unwrap();
        let mut client = client_that_trusts(server.certificate().unwrap(), "localhost", None);
        session.exchange(&mut client).unwrap();
        let info = session.established().unwrap_or_else(|| panic!("{}", session.stderr));
        assert_eq!(info.protocol, "TLSv1.3");
        // Another client trusts another root, and says so.
        let mut session = server.connect().unwrap();
        session.exchange(&mut super::client(None)).unwrap_err();
        assert!(session.stderr.contains("received fatal alert: UnknownCA"), "{}", session.stderr);
    }

    #[test]
    fn the_client_shows_its_certificate() {
        let pair: (&[u8], &[u8]) = (include_bytes!("../testdata/client.pem"), include_bytes!("../testdata/client.key"));
        let mut server = server(&["-Verify", "1", "-verify_return_error", "-CAfile", "root.pem"]);
        let mut session = server.connect().unwrap();
        session.exchange(&mut client(Some(pair))).unwrap();
        let [Fact::Verify(root), Fact::Verify(own), Fact::Established(info)] = &session.facts[2..] else {
            panic!("{:?}", session.facts);
        };
        assert!(root.ok && own.ok && own.depth == 0);
        assert_eq!(info.peer_certificate.as_ref().unwrap().subject, b"C=XX, O=Test Org, CN=Test Client");
    }

    #[test]
    fn the_client_without_a_certificate_is_turned_away() {
        let mut server = server(&["-Verify", "1", "-CAfile", "root.pem"]);
        let mut session = server.connect().unwrap();
        session.exchange(&mut client(None)).unwrap_err();
        let [Fact::Alert(alert), Fact::Failed { error, before_established: true }, Fact::Closed(_)] =
            &session.facts[2..]
        else {
            panic!("{:?}", session.facts);
        };
        assert_eq!(alert.description, 116, "certificate_required");
        assert_eq!(error.cause, Cause::Peer);
        assert!(session.stderr.contains("ERROR\n"), "{}", session.stderr);
    }

    #[test]
    fn every_run_is_the_same_to_the_byte() {
        let run = || {
            let mut session = server(&["-keylogfile", "keys"]).connect().unwrap();
            let mut client = client(None);
            let mut hello = Vec::new();
            client.write_tls(&mut hello).unwrap();
            session.client_sends(&hello);
            (hello, session.take_sent(), session.key_log)
        };
        let (hello, flight, keys) = run();
        assert!(flight.len() > 1000 && keys.iter().any(|line| line.starts_with("SERVER_HANDSHAKE_TRAFFIC_SECRET ")));
        assert_eq!(run(), (hello, flight, keys));
    }

    #[test]
    fn a_recording_of_the_real_server_still_holds() {
        let recording = std::fs::read("testdata/talk.rec").unwrap();
        let replayed = replay(&recording).unwrap_or_else(|difference| panic!("{difference}"));
        assert!(replayed.complete && replayed.outputs > 10, "{replayed:?}");
    }
}
