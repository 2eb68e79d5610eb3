//! Whole connections of a server on the seeded provider: with another implementation, with OpenSSL, with itself.
mod identity;

use identity::{Identity, Kind};
use openssl::ssl::{HandshakeError, SslConnector, SslMethod, SslStream, SslVersion};
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::UnixTime;
use rustls::server::WebPkiClientVerifier;
use rustls::time_provider::TimeProvider;
use rustls::{
    CipherSuite, ClientConfig, ClientConnection, ConnectionCommon, Error, HandshakeKind, NamedGroup, ProtocolVersion,
    ServerConfig, ServerConnection, SideData, SupportedProtocolVersion,
};
use s_server_rustls::provider::{Ticketer, seeded};
use std::cell::RefCell;
use std::io::{self, Read, Write};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

/// Every suite with every group of *ring* and every key that fits, where *ring* is the client. It verifies the server's
/// signatures, we verify its own: the client has a certificate as well.
#[test]
fn every_suite_group_and_key_serves_a_client_on_ring() {
    let mut done = 0;
    for kind in [Kind::Rsa, Kind::P256, Kind::P384, Kind::Ed25519] {
        let identity = Identity::new(kind);
        for suite in ring::ALL_CIPHER_SUITES {
            let version = suite.version();
            if version.version == ProtocolVersion::TLSv1_2 && !suite_fits(suite.suite(), kind) {
                continue;
            }
            for &group in ring::ALL_KX_GROUPS {
                let mut offered = ring::default_provider();
                offered.cipher_suites = vec![*suite];
                offered.kx_groups = vec![group];
                let mut client = client(offered, &identity, version);
                let mut server = ServerConnection::new(server(seeded([1; 32]), &identity, true)).unwrap();
                let what = format!("{kind:?} {:?} {:?}", suite.suite(), group.name());
                talk(&mut client, &mut server).expect(&what);
                assert_eq!(server.negotiated_cipher_suite().unwrap().suite(), suite.suite(), "{what}");
                assert_eq!(server.negotiated_key_exchange_group().unwrap().name(), group.name(), "{what}");
                assert_eq!(server.peer_certificates().unwrap().len(), 1, "{what}");
                exchange(&mut client, &mut server);
                done += 1;
            }
        }
    }
    // TLS 1.3: four keys, three suites, three groups. TLS 1.2: three suites, three groups, four keys.
    assert_eq!(done, 4 * 3 * 3 + 4 * 3 * 3);
}

/// What *ring* lacks, on both sides: P-521 as key and as group, and the hybrid group.
#[test]
fn p521_and_the_hybrid_group_serve_a_client_of_our_own() {
    let identity = Identity::new(Kind::P521);
    for (version, groups) in [
        (&rustls::version::TLS13, &[NamedGroup::X25519MLKEM768, NamedGroup::secp521r1][..]),
        (&rustls::version::TLS12, &[NamedGroup::secp521r1]),
    ] {
        for &group in groups {
            let mut offered = seeded([2; 32]);
            offered.kx_groups.retain(|known| known.name() == group);
            let mut client = client(offered, &identity, version);
            let mut server = ServerConnection::new(server(seeded([1; 32]), &identity, true)).unwrap();
            talk(&mut client, &mut server).unwrap();
            assert_eq!(server.negotiated_key_exchange_group().unwrap().name(), group);
            exchange(&mut client, &mut server);
        }
    }
}

#[test]
fn a_client_that_names_the_hybrid_group_without_a_share_is_asked_again() {
    let identity = Identity::new(Kind::P256);
    let mut offered = seeded([2; 32]);
    // The share is of the first group, which the server does not have.
    offered.kx_groups.sort_by_key(|group| group.name() != NamedGroup::secp384r1);
    let mut provider = seeded([1; 32]);
    provider.kx_groups.retain(|group| group.name() == NamedGroup::X25519MLKEM768);
    let mut client = client(offered, &identity, &rustls::version::TLS13);
    let mut server = ServerConnection::new(server(provider, &identity, false)).unwrap();
    talk(&mut client, &mut server).unwrap();
    assert_eq!(server.handshake_kind(), Some(HandshakeKind::FullWithHelloRetryRequest));
    assert_eq!(server.negotiated_key_exchange_group().unwrap().name(), NamedGroup::X25519MLKEM768);
    exchange(&mut client, &mut server);
}

/// Every kind of key, both versions, every group of OpenSSL 3.0, with a client certificate.
#[test]
fn openssl_is_served_with_every_key_and_group() {
    for kind in Kind::ALL {
        let identity = Identity::new(kind);
        for version in [SslVersion::TLS1_2, SslVersion::TLS1_3] {
            for group in [NamedGroup::X25519, NamedGroup::secp256r1, NamedGroup::secp384r1, NamedGroup::secp521r1] {
                let what = format!("{kind:?} {version:?} {group:?}");
                // The client needs the curve of the server's key among its groups, and sends a share for X25519: for
                // the others, TLS 1.3 needs a retry.
                let mut provider = seeded([1; 32]);
                provider.kx_groups.retain(|known| known.name() == group);
                let config = server(provider, &identity, true);
                let mut stream = openssl_client(config, &identity, version).expect(&what);
                stream.write_all(b"hello from OpenSSL").unwrap();
                let mut answer = [0; 18];
                stream.read_exact(&mut answer).unwrap();
                assert_eq!(&answer, b"HELLO FROM OPENSSL", "{what}");
                let server = stream.get_ref().0.borrow();
                assert_eq!(server.negotiated_key_exchange_group().unwrap().name(), group, "{what}");
                assert!(server.peer_certificates().is_some(), "{what}");
            }
        }
    }
}

#[test]
fn the_same_seeds_send_the_same_bytes_and_other_seeds_others() {
    let ours = Kind::ALL.map(Identity::new);
    for identity in &ours {
        for version in rustls::ALL_VERSIONS {
            let run = |seed| {
                let client = &mut client(seeded([2; 32]), identity, version);
                let server = &mut ServerConnection::new(ticketing(seed, [9; 32], identity)).unwrap();
                let mut said = talk(client, server).unwrap().said;
                said.extend(exchange(client, server).said);
                said
            };
            let what = format!("{:?} {:?}", identity.kind, version.version);
            let [first, again, other] = [run([1; 32]), run([1; 32]), run([3; 32])];
            assert_eq!(first, again, "{what}");
            assert_eq!(first[0], other[0], "{what}: the client's hello");
            assert_ne!(first[1], other[1], "{what}: the server's flight");
        }
    }
}

#[test]
fn a_ticket_of_one_server_resumes_at_another_with_the_same_shared_seed() {
    let identity = Identity::new(Kind::P256);
    for version in rustls::ALL_VERSIONS {
        let config = client_config(ring::default_provider(), &identity, version);
        for (own, shared, expected) in [
            ([1; 32], [9; 32], HandshakeKind::Full),
            ([2; 32], [9; 32], HandshakeKind::Resumed),
            ([3; 32], [9; 32], HandshakeKind::Resumed),
            ([1; 32], [8; 32], HandshakeKind::Full),
        ] {
            let mut client = ClientConnection::new(Arc::clone(&config), "localhost".try_into().unwrap()).unwrap();
            let mut server = ServerConnection::new(ticketing(own, shared, &identity)).unwrap();
            talk(&mut client, &mut server).unwrap();
            assert_eq!(server.handshake_kind(), Some(expected), "{:?} {own:?} {shared:?}", version.version);
            exchange(&mut client, &mut server);
        }
    }
}

#[test]
fn a_record_with_one_bit_changed_ends_the_connection() {
    let identity = Identity::new(Kind::P256);
    for suite in ring::ALL_CIPHER_SUITES.iter().filter(|suite| suite_fits(suite.suite(), Kind::P256)) {
        let mut offered = ring::default_provider();
        offered.cipher_suites = vec![*suite];
        let mut client = client(offered, &identity, suite.version());
        let mut server = ServerConnection::new(server(seeded([1; 32]), &identity, false)).unwrap();
        talk(&mut client, &mut server).unwrap();
        client.writer().write_all(b"to be changed").unwrap();
        let mut record = Vec::new();
        client.write_tls(&mut record).unwrap();
        *record.last_mut().unwrap() ^= 1;
        server.read_tls(&mut &record[..]).unwrap();
        assert_eq!(server.process_new_packets().err(), Some(Error::DecryptError), "{:?}", suite.suite());
    }
}

fn suite_fits(suite: CipherSuite, kind: Kind) -> bool {
    let name = format!("{suite:?}");
    name.starts_with("TLS13") || name.contains("_RSA_") == (kind == Kind::Rsa)
}

fn server(provider: CryptoProvider, identity: &Identity, verify: bool) -> Arc<ServerConfig> {
    let provider = Arc::new(provider);
    let builder =
        ServerConfig::builder_with_provider(Arc::clone(&provider)).with_protocol_versions(rustls::ALL_VERSIONS);
    let builder = builder.unwrap();
    let builder = if verify {
        let roots = Arc::new(identity.roots());
        builder.with_client_cert_verifier(WebPkiClientVerifier::builder_with_provider(roots, provider).build().unwrap())
    } else {
        builder.with_no_client_auth()
    };
    let mut config = builder.with_single_cert(identity.chain(), identity.key()).unwrap();
    config.time_provider = Arc::new(Still);
    Arc::new(config)
}

/// A server whose tickets other servers with the same shared seed open.
fn ticketing(own: [u8; 32], shared: [u8; 32], identity: &Identity) -> Arc<ServerConfig> {
    let provider = seeded(own);
    let random = provider.secure_random;
    let mut config = Arc::unwrap_or_clone(server(provider, identity, false));
    config.ticketer = Arc::new(Ticketer::new(shared, random, Arc::new(Still), Duration::from_secs(7200)));
    Arc::new(config)
}

/// The first of June 2026, for ever: so both runs of a comparison have the same time.
#[derive(Debug)]
struct Still;

impl TimeProvider for Still {
    fn current_time(&self) -> Option<UnixTime> {
        Some(UnixTime::since_unix_epoch(Duration::from_secs(1_780_272_000)))
    }
}

fn client_config(
    provider: CryptoProvider,
    identity: &Identity,
    version: &'static SupportedProtocolVersion,
) -> Arc<ClientConfig> {
    let builder = ClientConfig::builder_with_provider(Arc::new(provider)).with_protocol_versions(&[version]).unwrap();
    let builder = builder.with_root_certificates(identity.roots());
    let mut config = builder.with_client_auth_cert(identity.chain(), identity.key()).unwrap();
    config.time_provider = Arc::new(Still);
    Arc::new(config)
}

fn client(
    provider: CryptoProvider,
    identity: &Identity,
    version: &'static SupportedProtocolVersion,
) -> ClientConnection {
    ClientConnection::new(client_config(provider, identity, version), "localhost".try_into().unwrap()).unwrap()
}

/// What was said, in turns (client, server, client …), and what came out of it.
#[derive(Default, Debug)]
struct Talk {
    said: Vec<Vec<u8>>,
    at_server: Vec<u8>,
    at_client: Vec<u8>,
}

/// Lets both talk until neither has anything left to say.
fn talk(client: &mut ClientConnection, server: &mut ServerConnection) -> Result<Talk, Error> {
    let mut talk = Talk::default();
    loop {
        let question = take(client);
        talk.at_server.extend(deliver(server, &question)?);
        let answer = take(server);
        talk.at_client.extend(deliver(client, &answer)?);
        if question.is_empty() && answer.is_empty() {
            break;
        }
        talk.said.extend([question, answer]);
    }
    assert!(!client.is_handshaking() && !server.is_handshaking());
    Ok(talk)
}

fn take<S: SideData>(from: &mut ConnectionCommon<S>) -> Vec<u8> {
    let mut bytes = Vec::new();
    while from.wants_write() {
        from.write_tls(&mut bytes).unwrap();
    }
    bytes
}

/// Returns what could be decrypted of `bytes`.
fn deliver<S: SideData>(to: &mut ConnectionCommon<S>, mut bytes: &[u8]) -> Result<Vec<u8>, Error> {
    let mut received = Vec::new();
    while !bytes.is_empty() {
        to.read_tls(&mut bytes).unwrap();
        let waiting = to.process_new_packets()?.plaintext_bytes_to_read();
        let start = received.len();
        received.resize(start + waiting, 0);
        to.reader().read_exact(&mut received[start..]).unwrap();
    }
    Ok(received)
}

/// Sends 40,000 bytes each way, which is three records, and compares.
fn exchange(client: &mut ClientConnection, server: &mut ServerConnection) -> Talk {
    let data: Vec<u8> = (0..40_000_u32).map(|at| at as u8).collect();
    client.writer().write_all(&data).unwrap();
    server.writer().write_all(&data).unwrap();
    let talk = talk(client, server).unwrap();
    assert!(talk.at_server == data && talk.at_client == data);
    talk
}

/// A server that answers in capitals, as the stream that OpenSSL's client reads and writes.
#[derive(Debug)]
struct Capitals(Rc<RefCell<ServerConnection>>);

impl Read for Capitals {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let mut server = self.0.borrow_mut();
        if server.wants_write() { server.write_tls(&mut &mut *buf) } else { Err(io::ErrorKind::WouldBlock.into()) }
    }
}

impl Write for Capitals {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut server = self.0.borrow_mut();
        let mut received = deliver(&mut server, bytes).map_err(io::Error::other)?;
        received.make_ascii_uppercase();
        server.writer().write_all(&received)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn openssl_client(
    config: Arc<ServerConfig>,
    identity: &Identity,
    version: SslVersion,
) -> Result<SslStream<Capitals>, HandshakeError<Capitals>> {
    let mut connector = SslConnector::builder(SslMethod::tls_client()).unwrap();
    connector.set_min_proto_version(Some(version)).unwrap();
    connector.set_max_proto_version(Some(version)).unwrap();
    connector.set_groups_list("X25519:P-256:P-384:P-521").unwrap();
    connector.cert_store_mut().add_cert(identity.authority.clone()).unwrap();
    connector.set_certificate(&identity.certificate).unwrap();
    connector.set_private_key(&identity.key).unwrap();
    let server = Capitals(Rc::new(RefCell::new(ServerConnection::new(config).unwrap())));
    connector.build().connect("localhost", server)
}
