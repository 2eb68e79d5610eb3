//! The sandbox, as the host asks for it.
use std::sync::Arc;

use s_server_core::Plan;
use s_server_core::engine::CacheStats;
use s_server_core::io::Now;
use s_server_core::options::backend::Backend;
use s_server_core::options::plan::Reference;
use s_server_core::options::run::Concurrency;
use s_server_core::options::{Build, Feature, ProviderParameter, World};
use s_server_core::record::{self, In, Seed};
use s_server_hosting::listen::Broken;
use s_server_hosting::{End, KeyLog, Loaded, Program, Recording, Starting, clock, needs};

use crate::bridge::{Common, Guests, Setup};
use crate::queue;
use crate::sandbox::{Fault, Sandbox};
use crate::totals::Totals;

/// The program `s_server_wasm`. Its part makes the sandbox, once everything else is known to be right.
pub struct Wasm<S>(pub S);

/// Whose answers a recording has.
const ENGINE: &str = concat!("rustls in the sandbox, s_server_wasm ", env!("CARGO_PKG_VERSION"));

impl<S: Fn() -> wasmtime::Result<Sandbox>> Program for Wasm<S> {
    type Loaded = Ready;
    const RECORDS_ITSELF: bool = true;

    fn build(&self) -> Build {
        let features = [Feature::UnixSockets, Feature::Tfo].into_iter().filter(|_| cfg!(unix)).collect();
        Build { reference: Reference::V4_0, features, backend: Backend::Rustls }
    }

    fn library(&mut self) -> &mut dyn World {
        self
    }

    fn version(&self) -> String {
        let (own, rustls, wasmtime) = (env!("CARGO_PKG_VERSION"), env!("RUSTLS_VERSION"), env!("WASMTIME_VERSION"));
        format!("s_server_wasm {own}\nTLS by rustls {rustls}, in WebAssembly run by wasmtime {wasmtime}\n")
    }

    fn answers(&self) -> &str {
        ENGINE
    }

    /// The WebAssembly runtime's.
    fn held(&self) -> usize {
        2
    }

    fn load(&mut self, start: Starting<'_>) -> Result<Ready, End> {
        let Starting { args, plan, output, recording, observed } = start;
        let prologue = prologue(&plan.connection)?;
        let sandbox =
            (self.0)().map_err(|why| End::failure(format!("s_server_wasm: the sandbox does not start: {why:#}\n")))?;
        let seed = Seed { shared: draw().map_err(|why| fault(&why))?, wall: clock::wall(), ..Seed::default() };
        let mut out = output;
        let key_log =
            plan.connection.tls.sessions.key_log.as_deref().map(|path| KeyLog::start(path, &mut out)).transpose();
        let (totals, recording) = (Arc::new(Totals::default()), recording.cloned());
        let setup = Setup {
            args: args.clone(),
            prologue,
            seed,
            draw: Box::new(draw),
            totals: totals.clone(),
            key_log: key_log.map_err(End::failure)?,
            renewed: needs::renewed(&plan.connection),
            hears_first: plan.concurrency(1) != Concurrency::Serial && !plan.connection.nbio,
            facts: observed,
            output: output.clone(),
            recording: recording.clone(),
        };
        match Common::new(sandbox, setup, &mut out) {
            Ok(Ok(common)) => Ok(Ready { common: Arc::new(common), totals, recording }),
            Ok(Err(status)) => Err(End { text: Vec::new(), status }),
            Err(why) => Err(fault(&why)),
        }
    }

    fn queue(&self, broken: Broken<'_>) -> Vec<u8> {
        queue::lines(broken)
    }
}

/// What would need OpenSSL is refused before anybody asks.
impl<S> World for Wasm<S> {
    fn note(&mut self, _: &[u8]) {}

    fn is_directory(&mut self, _: &[u8]) -> bool {
        false
    }

    fn load_engine(&mut self, _: &[u8]) -> Vec<u8> {
        Vec::new()
    }

    fn takes_parameter(&mut self, _: &'static str, _: &[u8]) -> bool {
        true
    }

    fn seed_random(&mut self, _: &[u8]) -> Result<(), Vec<u8>> {
        Ok(())
    }

    fn set_provider_path(&mut self, _: &[u8]) {}

    fn load_provider(&mut self, _: &[u8]) -> Result<(), Vec<u8>> {
        Ok(())
    }

    fn set_provider_parameter(&mut self, _: &ProviderParameter<'_>) -> Result<(), Vec<u8>> {
        Ok(())
    }
}

/// What all guests have in common, loaded.
pub struct Ready {
    common: Arc<Common>,
    totals: Arc<Totals>,
    recording: Option<Arc<Recording>>,
}

impl Loaded for Ready {
    type Service = Guests;

    fn service(&self) -> Guests {
        Guests::new(self.common.clone())
    }

    /// What all guests have counted, which the recording is told.
    fn stats(&self) -> CacheStats {
        let counted = self.totals.now();
        if let Some(recording) = &self.recording {
            record::logged::counters(recording.clone(), counted);
        }
        counted
    }
}

/// The frames that make a guest ready, once it has the command line: the contents of what that names, and the order to
/// load.
fn prologue(plan: &Plan) -> Result<Vec<u8>, End> {
    let mut frames = Vec::new();
    let mut put = |input: In<'_>| input.put(0, Now::default(), &mut frames);
    for (role, content) in needs::read(plan).map_err(End::failure)? {
        let content = content.as_ref().map(Vec::as_slice).map_err(String::as_str);
        put(In::Need { role, content });
    }
    put(In::Load);
    Ok(frames)
}

fn fault(why: &Fault) -> End {
    End::failure(format!("s_server_wasm: the guest does not start: {why}\n"))
}

/// A seed from the system.
fn draw() -> Result<[u8; 32], Fault> {
    let mut seed = [0; 32];
    getrandom::fill(&mut seed).map_err(|why| Fault::Runtime(why.to_string()))?;
    Ok(seed)
}
