//! What the engine adds to rustls: full handshakes a second of the server's side, with *ring* below both:
//! `cargo bench -p s-server-rustls --bench engine`.
use std::sync::Arc;
use std::time::{Duration, Instant};

use contract::client::{Client, ONLY_12, ONLY_13, Setup};
use contract::server::Server;
use contract::{Subject, pki, plan};
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::time_provider::DefaultTimeProvider;
use rustls::{ClientConnection, ServerConfig, ServerConnection};
use s_server_core::engine::{Start, Step, TlsContext};
use s_server_core::options::plan::Reference;
use s_server_core::options::{Build, Features};
use s_server_core::sink::Discard;
use s_server_core::{Plan, StartError};
use s_server_rustls::{Context, Environment};

const LONG_ENOUGH: Duration = Duration::from_secs(2);

fn main() {
    println!("{:9} {:>12} {:>12}", "version", "engine/s", "rustls/s");
    for versions in [ONLY_12, ONLY_13] {
        let client = Setup::only(versions).client();
        let context = plan::context(&Engine, "-cert ec.pem -key ec.key");
        let engine = a_second(&client, |client| with_engine(&*context, client));
        let config = Arc::new(bare());
        let rustls = a_second(&client, |client| with_rustls(&config, client));
        println!("{:9} {engine:12.0} {rustls:12.0}", format!("{:?}", versions[0].version));
    }
}

/// How often a second the server's side, whose time `handshake` returns, is done.
fn a_second(client: &Client, mut handshake: impl FnMut(ClientConnection) -> Duration) -> f64 {
    let (mut spent, mut done) = (Duration::ZERO, 0);
    while spent < LONG_ENOUGH {
        spent += handshake(client.connect());
        done += 1;
    }
    f64::from(done) / spent.as_secs_f64()
}

fn with_engine(context: &dyn TlsContext, mut client: ClientConnection) -> Duration {
    let begun = Instant::now();
    let mut server = Server::new(context.session(Start::default()).unwrap());
    let mut spent = begun.elapsed();
    loop {
        let hello = output(&mut client);
        let begun = Instant::now();
        server.hear(&hello);
        let step = server.accept();
        let answer = server.take_sent();
        spent += begun.elapsed();
        input(&mut client, &answer);
        if step == Step::Done(()) {
            return spent;
        }
    }
}

fn with_rustls(config: &Arc<ServerConfig>, mut client: ClientConnection) -> Duration {
    let begun = Instant::now();
    let mut server = ServerConnection::new(config.clone()).unwrap();
    let mut spent = begun.elapsed();
    loop {
        let hello = output(&mut client);
        let begun = Instant::now();
        let mut rest = hello.as_slice();
        while !rest.is_empty() {
            server.read_tls(&mut rest).unwrap();
            server.process_new_packets().unwrap();
        }
        let mut answer = Vec::new();
        while server.wants_write() {
            server.write_tls(&mut answer).unwrap();
        }
        spent += begun.elapsed();
        input(&mut client, &answer);
        if !server.is_handshaking() {
            return spent;
        }
    }
}

fn output(client: &mut ClientConnection) -> Vec<u8> {
    let mut bytes = Vec::new();
    while client.wants_write() {
        client.write_tls(&mut bytes).unwrap();
    }
    bytes
}

fn input(client: &mut ClientConnection, mut bytes: &[u8]) {
    while !bytes.is_empty() {
        client.read_tls(&mut bytes).unwrap();
        client.process_new_packets().unwrap();
    }
}

fn bare() -> ServerConfig {
    let cert = CertificateDer::from_pem_file(pki::folder().join("ec.pem")).unwrap();
    let key = PrivateKeyDer::from_pem_file(pki::folder().join("ec.key")).unwrap();
    let builder = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()));
    let builder = builder.with_safe_default_protocol_versions().unwrap().with_no_client_auth();
    let mut config = builder.with_single_cert(vec![cert], key).unwrap();
    config.ticketer = ring::Ticketer::new().unwrap();
    config
}

struct Engine;

impl Subject for Engine {
    fn build(&self) -> Build {
        Build { reference: Reference::V4_0, features: Features::NONE, refusals: &s_server_rustls::REFUSALS }
    }

    fn context(&self, plan: &Plan) -> Result<Arc<dyn TlsContext>, StartError> {
        let environment = Environment {
            provider: Arc::new(ring::default_provider()),
            time: Arc::new(DefaultTimeProvider),
            ticketer: Some(ring::Ticketer::new().unwrap()),
            origin: None,
            lease: None,
            tells_sessions: false,
        };
        let context = Context::new(plan, &plan.files(&mut plan::read), environment, &mut Discard);
        context.map(|context| Arc::new(context) as _)
    }
}
