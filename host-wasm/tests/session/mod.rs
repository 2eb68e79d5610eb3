//! A guest made ready, and a client for it: nothing of either is random.
use std::sync::Arc;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, SupportedProtocolVersion};
use s_server_core::io::Now;
use s_server_core::options::needs::{Role, Slot};
use s_server_core::options::plan::Reference;
use s_server_core::options::{Build, Features, NoLibrary};
use s_server_core::record::VERSION;
use s_server_core::record::{Args, In, Seed};
use s_server_rustls::{Clock, provider};

/// A certificate and its key.
#[derive(Clone, Copy)]
pub struct Identity {
    cert: &'static [u8],
    key: &'static [u8],
    chain: &'static [u8],
    name: &'static str,
}

/// RSA of 2048 bits.
pub const RSA: Identity = Identity {
    cert: include_bytes!("../../../tests/pki/rsa.pem"),
    key: include_bytes!("../../../tests/pki/rsa.key"),
    chain: include_bytes!("../../../tests/pki/inter.pem"),
    name: "rsa.example",
};

/// ECDSA with P-256.
#[allow(dead_code, reason = "for measurements alone")]
pub const ECDSA: Identity = Identity {
    cert: include_bytes!("../../../tests/pki/ec.pem"),
    key: include_bytes!("../../../tests/pki/ec.key"),
    chain: include_bytes!("../../../tests/pki/inter.pem"),
    name: "ec.example",
};

const ROOT: &[u8] = include_bytes!("../../../tests/pki/root.pem");
/// 2027-01-15 08:00:00 GMT
const WALL: u64 = 1_800_000_000;
/// The seeds of the guest.
pub const SEED: Seed = Seed { shared: [1; 32], own: [2; 32], wall: WALL };
/// The number of its connection.
pub const CONNECTION: u32 = 1;

/// The frames that make a guest ready.
pub fn prologue(identity: Identity, words: &[&str]) -> Vec<u8> {
    let argv = ["s_server", "-cert", "c", "-key", "k", "-cert_chain", "i"]
        .iter()
        .chain(words)
        .map(|&word| word.into())
        .collect();
    let build = Build { reference: Reference::V4_0, features: Features::NONE, refusals: &s_server_rustls::REFUSALS };
    let mut args = Args::new(argv, build, Vec::new());
    args.ask(&mut NoLibrary::default()).unwrap();
    let mut frames = Vec::new();
    for input in [
        In::Format { version: VERSION, engine: b"rustls" },
        In::Seed(SEED),
        In::Args(args),
        In::Need { role: Role::Certificate(Slot::First), content: Ok(identity.cert) },
        In::Need { role: Role::Key(Slot::First), content: Ok(identity.key) },
        In::Need { role: Role::Chain(Slot::First), content: Ok(identity.chain) },
        In::Load,
    ] {
        input.put(0, Now::default(), &mut frames);
    }
    frames
}

/// A client that knows the root.
pub fn client(identity: Identity, version: &'static SupportedProtocolVersion) -> ClientConnection {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(ROOT).unwrap()).unwrap();
    let clock = Clock::default();
    clock.set_wall(WALL);
    let mut config = ClientConfig::builder_with_details(Arc::new(provider::seeded([9; 32])), Arc::new(clock))
        .with_protocol_versions(&[version])
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.resumption = rustls::client::Resumption::disabled();
    ClientConnection::new(Arc::new(config), ServerName::try_from(identity.name).unwrap()).unwrap()
}
