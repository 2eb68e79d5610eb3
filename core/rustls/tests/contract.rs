//! The contract of engines, on rustls: with the repeatable provider, and with ring.
use std::sync::Arc;
use std::time::Duration;

use contract::{Claim, Subject};
use rustls::crypto::{CryptoProvider, ring};
use rustls::server::ProducesTickets;
use rustls::time_provider::DefaultTimeProvider;
use s_server_core::engine::TlsContext;
use s_server_core::options::plan::Reference;
use s_server_core::options::{Build, Features};
use s_server_core::sink::Discard;
use s_server_core::{Plan, StartError};
use s_server_rustls::{Context, Environment, provider};

/// The engine with a provider and its tickets.
struct Rustls(fn() -> (CryptoProvider, Arc<dyn ProducesTickets>));

fn repeatable() -> (CryptoProvider, Arc<dyn ProducesTickets>) {
    let provider = provider::seeded([7; 32]);
    let lifetime = Duration::from_secs(7200);
    let ticketer = provider::Ticketer::new([8; 32], provider.secure_random, Arc::new(DefaultTimeProvider), lifetime);
    (provider, Arc::new(ticketer))
}

fn with_ring() -> (CryptoProvider, Arc<dyn ProducesTickets>) {
    (ring::default_provider(), ring::Ticketer::new().unwrap())
}

impl Subject for Rustls {
    fn build(&self) -> Build {
        Build { reference: Reference::V4_0, features: Features::NONE, refusals: &s_server_rustls::REFUSALS }
    }

    fn context(&self, plan: &Plan) -> Result<Arc<dyn TlsContext>, StartError> {
        let files = plan.files(&mut contract::plan::read);
        let (provider, ticketer) = (self.0)();
        let time = Arc::new(DefaultTimeProvider);
        let environment = Environment {
            provider: Arc::new(provider),
            time,
            ticketer: Some(ticketer),
            origin: None,
            lease: None,
            tells_sessions: false,
        };
        let context = Context::new(plan, &files, environment, &mut Discard);
        context.map(|context| Arc::new(context) as _)
    }
}

mod repeatable_provider {
    use super::*;

    fn run(claim: Claim) {
        claim(&Rustls(repeatable));
    }

    contract::suite!(run);
}

mod ring_provider {
    use super::*;

    fn run(claim: Claim) {
        claim(&Rustls(with_ring));
    }

    contract::suite!(run);
}

/// The same claims, answered from the engine's log.
mod replayed {
    use super::*;

    fn run(claim: Claim) {
        claim(&contract::replayed::Replayed(Rustls(with_ring)));
    }

    contract::suite!(run);
}
