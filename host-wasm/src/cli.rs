//! From the command line to the exit status.
use std::iter;
use std::sync::Arc;

use s_server_core::engine::CacheStats;
use s_server_core::io::{Now, Sink, Stream};
use s_server_core::options::plan::{Concurrency, Recording as Asked, Reference};
use s_server_core::options::{Build, Feature, World};
use s_server_core::record::{self, Args, In, Seed};
use s_server_core::{AcceptCount, Plan, server};
use s_server_hosting::{
    End, House, KeyLog, Observer, Output, Recording, clock, descriptors, on_server, open, play, served_folder, show,
    system,
};

use crate::bridge::{Common, Guests, Setup};
use crate::sandbox::{Fault, Sandbox};
use crate::totals::Totals;
use crate::{needs, queue};

/// Whose answers a recording has.
const ENGINE: &str = concat!("rustls in the sandbox, s_server_wasm ", env!("CARGO_PKG_VERSION"));

/// Descriptors that the WebAssembly runtime keeps.
const HELD: usize = 2;

/// Runs the program with this command line, program name first, and returns its exit status.
///
/// The facts about its clients go to `observer`; `sandbox` makes the sandbox, once everything else is known to be right.
pub fn run(
    argv: Vec<Vec<u8>>,
    output: &Output,
    observer: Option<Box<dyn Observer>>,
    sandbox: impl FnOnce() -> wasmtime::Result<Sandbox>,
) -> u8 {
    let result = plan(argv, output).and_then(|(args, plan)| match &plan.recording {
        Some(Asked::Replay(path)) => Ok(play(path, output)),
        Some(Asked::Show(path)) => Ok(show(path, output)),
        Some(Asked::Write(path)) => {
            let recording = Recording::create(path, ENGINE, output.clone()).map_err(End::failure)?;
            let result = start(args, plan.clone(), output, Some(&recording), observer, sandbox);
            let status = result.map_or_else(|end| tell(end, output, Some(&recording)), |()| 0);
            recording.over(status);
            Ok(status)
        }
        None => start(args, plan, output, None, observer, sandbox).map(|()| 0),
    });
    result.unwrap_or_else(|end| end.tell(output))
}

/// Prints why the run ended, for the recording too, and returns the status.
fn tell(end: End, output: &Output, recording: Option<&Arc<Recording>>) -> u8 {
    if let Some(recording) = recording {
        recording.said(Stream::Err, &end.text);
    }
    end.tell(output)
}

/// What the command line means, and what a guest must be told to read the same in it.
fn plan(argv: Vec<Vec<u8>>, output: &Output) -> Result<(Args, Arc<Plan>), End> {
    let features = [Feature::UnixSockets, Feature::Tfo].into_iter().filter(|_| cfg!(unix)).collect();
    let build = Build { reference: Reference::V4_0, features, refusals: &s_server_rustls::REFUSALS };
    // Wherever the program lies is nothing that a guest should know.
    let argv = iter::once(b"s_server".to_vec()).chain(argv.into_iter().skip(1)).collect();
    let mut args = Args::new(argv, build, system::variable("HARNESS_OSSL_PREFIX").unwrap_or_default());
    let plan = args.ask(&mut Here { output })?;
    Ok((args, Arc::new(plan)))
}

/// What the option parser may look at. What would need OpenSSL is refused before anybody asks.
struct Here<'a> {
    output: &'a Output,
}

impl World for Here<'_> {
    fn note(&mut self, text: &[u8]) {
        self.output.print(Stream::Err, text);
    }

    fn is_directory(&mut self, path: &[u8]) -> bool {
        system::path(path).is_dir()
    }

    fn show_version(&mut self) {
        const TEXT: &str = concat!(
            "s_server_wasm ",
            env!("CARGO_PKG_VERSION"),
            "\nTLS by rustls ",
            env!("RUSTLS_VERSION"),
            ", in WebAssembly run by wasmtime ",
            env!("WASMTIME_VERSION"),
            "\n"
        );
        self.output.print(Stream::Out, TEXT.as_bytes());
    }
}

/// Loads, listens and serves, up to the statistics.
fn start(
    args: Args,
    plan: Arc<Plan>,
    output: &Output,
    recording: Option<&Arc<Recording>>,
    observer: Option<Box<dyn Observer>>,
    sandbox: impl FnOnce() -> wasmtime::Result<Sandbox>,
) -> Result<(), End> {
    // Questions for pass phrases go to the terminal by another way than our texts.
    output.finish();
    descriptors::enough(&plan, HELD).map_err(|why| End::failure(format!("{why}\n")))?;
    let prologue = prologue(&plan)?;
    let sandbox =
        sandbox().map_err(|why| End::failure(format!("s_server_wasm: the sandbox does not start: {why:#}\n")))?;
    let seed = Seed { shared: draw().map_err(|why| fault(&why))?, wall: clock::wall(), ..Seed::default() };
    let mut out = output;
    let key_log = plan.tls.sessions.key_log.as_deref().map(|path| KeyLog::start(path, &mut out)).transpose();
    let key_log = key_log.map_err(End::failure)?;
    let (draw, totals, renewed) = (Box::new(draw), Arc::new(Totals::default()), needs::renewed(&plan));
    let setup = Setup {
        args,
        prologue,
        seed,
        draw,
        totals: totals.clone(),
        key_log,
        renewed,
        hears_first: plan.concurrency(1) != Concurrency::Serial && !plan.nbio,
        facts: observer.is_some(),
        output: output.clone(),
        recording: recording.cloned(),
    };
    let common = match Common::new(sandbox, setup, &mut out) {
        Ok(Ok(common)) => common,
        Ok(Err(status)) => return Err(End { text: Vec::new(), status }),
        Err(why) => return Err(fault(&why)),
    };
    let folder = served_folder(&plan).map_err(End::failure)?;
    let end = |out: &mut dyn Sink| server::end(&plan, &counted(&totals, recording), out);
    let (ready, at) = match open(&plan) {
        Ok(opened) => opened,
        Err(why) => {
            // As in the original, the lines come before the statistics, which are all zero.
            tell(End::failure(why.render(&plan.listen, queue::lines)), output, recording);
            on_server(recording, output, &In::End, end);
            return Err(End::failure(""));
        }
    };
    at.remove_on_signal();
    let listening = In::Listening(at.listening());
    on_server(recording, output, &listening, |out| server::listening(&plan, at.listening(), out));
    let house = House::new(Guests::new(Arc::new(common)), AcceptCount::new(&plan), output.clone(), folder);
    let house = house.observed_by(observer);
    let house = match recording {
        Some(recording) => house.since(recording.start()),
        None => house,
    };
    let served = ready.serve(&house);
    on_server(recording, output, &In::End, end);
    served.map_err(|why| End::failure(format!("s_server: {why}\n")))
}

/// What all guests have counted, which the recording is told.
fn counted(totals: &Totals, recording: Option<&Arc<Recording>>) -> CacheStats {
    let counted = totals.now();
    if let Some(recording) = recording {
        record::log_counters(recording.clone(), counted);
    }
    counted
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
