//! Full handshakes a second of the server's side alone, for each kind of key: `cargo bench -p s-server-rustls`.
//!
//! The client (on *ring*) runs in the same thread, but its time is not counted. Beside the provider stands *ring*, as a
//! measure of the machine.
#[path = "../tests/identity/mod.rs"]
#[allow(dead_code)]
mod identity;

use identity::{Identity, Kind};
use rustls::crypto::{CryptoProvider, ring};
use rustls::{ClientConfig, ClientConnection, ServerConfig, ServerConnection, SupportedProtocolVersion};
use s_server_rustls::provider::seeded;
use std::sync::Arc;
use std::time::{Duration, Instant};

const LONG_ENOUGH: Duration = Duration::from_secs(2);

fn main() {
    println!("{:8} {:9} {:>12} {:>12}", "key", "version", "provider/s", "ring/s");
    for kind in Kind::ALL {
        let identity = Identity::new(kind);
        for version in rustls::ALL_VERSIONS {
            let ours = handshakes_a_second(seeded([1; 32]), &identity, version);
            // ring has no P-521.
            let rings = if kind == Kind::P521 {
                f64::NAN
            } else {
                handshakes_a_second(ring::default_provider(), &identity, version)
            };
            println!("{:8} {:9} {ours:12.0} {rings:12.0}", format!("{kind:?}"), format!("{:?}", version.version));
        }
    }
}

fn handshakes_a_second(
    provider: CryptoProvider,
    identity: &Identity,
    version: &'static SupportedProtocolVersion,
) -> f64 {
    let server = ServerConfig::builder_with_provider(Arc::new(provider)).with_protocol_versions(&[version]).unwrap();
    let server = server.with_no_client_auth().with_single_cert(identity.chain(), identity.key()).unwrap();
    let server = Arc::new(server);
    let client_provider = if identity.kind == Kind::P521 { seeded([2; 32]) } else { ring::default_provider() };
    let client =
        ClientConfig::builder_with_provider(Arc::new(client_provider)).with_protocol_versions(&[version]).unwrap();
    let client = client.with_root_certificates(identity.roots()).with_no_client_auth();
    let mut client = client;
    client.resumption = rustls::client::Resumption::disabled();
    let client = Arc::new(client);
    let (mut spent, mut done) = (Duration::ZERO, 0);
    while spent < LONG_ENOUGH {
        spent += handshake(&client, &server);
        done += 1;
    }
    f64::from(done) / spent.as_secs_f64()
}

/// Returns how long the server computed.
fn handshake(client: &Arc<ClientConfig>, server: &Arc<ServerConfig>) -> Duration {
    let mut client = ClientConnection::new(Arc::clone(client), "localhost".try_into().unwrap()).unwrap();
    let mut spent = Duration::ZERO;
    let mut server = timed(&mut spent, || ServerConnection::new(Arc::clone(server)).unwrap());
    while client.is_handshaking() || server.is_handshaking() {
        let (mut question, mut answer) = (Vec::new(), Vec::new());
        while client.wants_write() {
            client.write_tls(&mut question).unwrap();
        }
        timed(&mut spent, || {
            server.read_tls(&mut &question[..]).unwrap();
            server.process_new_packets().unwrap();
            while server.wants_write() {
                server.write_tls(&mut answer).unwrap();
            }
        });
        client.read_tls(&mut &answer[..]).unwrap();
        client.process_new_packets().unwrap();
    }
    spent
}

fn timed<T>(spent: &mut Duration, run: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let result = run();
    *spent += start.elapsed();
    result
}
