//! The contract of engines, on a recording of them: each claim is run on the engine while its log is written, and once
//! more on an engine that answers from the log.
//!
//! The clients draw from a seed and their clock stands still, so they send the same bytes both times.
use std::sync::{Arc, Mutex};

use contract::client::{Cryptography, with};
use contract::{Claim, Subject};
use s_server_core::options::plan::Reference;
use s_server_core::options::{Build, Features};
use s_server_core::record::{Engines, Given, Memory, Reel, Seed, Tape, load};
use s_server_core::sink::Discard;
use s_server_core::{Plan, StartError, engine};
use s_server_rustls::{Clock, Rustls, provider};

/// 2027, when the test certificates are valid.
const WALL: u64 = 1_800_000_000;

fn run(claim: Claim) {
    let first = Arc::new(Memory::default());
    on_clients_that_repeat(|| claim(&Logged { engines: Mutex::new(Box::new(Rustls::default())), tape: first.clone() }));
    let recorded: Arc<[u8]> = first.take().into();
    let second = Arc::new(Memory::default());
    let reel = Reel::new(recorded.clone());
    on_clients_that_repeat(|| claim(&Logged { engines: Mutex::new(Box::new(reel)), tape: second.clone() }));
    assert!(!recorded.is_empty() && *recorded == *second.take(), "the engine was asked something else");
}

contract::suite!(run);

fn on_clients_that_repeat(run: impl FnOnce()) {
    let clock = Clock::default();
    clock.set_wall(WALL);
    with(Cryptography { provider: provider::seeded([3; 32]), time: Arc::new(clock) }, run);
}

/// Contexts whose log is written.
struct Logged {
    engines: Mutex<Box<dyn Engines + Send>>,
    tape: Arc<Memory>,
}

impl Subject for Logged {
    fn build(&self) -> Build {
        Build { reference: Reference::V4_0, features: Features::NONE, refusals: &s_server_rustls::REFUSALS }
    }

    fn context(&self, plan: &Plan) -> Result<Arc<dyn engine::TlsContext>, StartError> {
        let tape: Arc<dyn Tape> = self.tape.clone();
        let files = plan.files(&mut contract::plan::read);
        let seed = Seed { shared: [1; 32], own: [2; 32], wall: WALL };
        let given = Given { seed, files, ..Given::default() };
        load(&tape, &mut Discard, |out| self.engines.lock().unwrap().context(&Arc::new(plan.clone()), &given, out))
    }
}
