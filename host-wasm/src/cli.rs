//! From the command line to the exit status.
use std::iter;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use s_server_core::engine::TlsContext;
use s_server_core::io::{Now, Sink, Stream};
use s_server_core::options::backend::Backend;
use s_server_core::options::plan::{Mode, Recording as Asked, Reference};
use s_server_core::options::{Build, Feature, ProviderParameter, World};
use s_server_core::record::{self, Args, In, Seed, Tee};
use s_server_core::{Plan, Server};
use s_server_hosting::listen::{self, Bound};
use s_server_hosting::{Folder, House, KeyLog, Output, Recording, play, serve, show, system};

use crate::bridge::{Common, Guests, Setup};
use crate::sandbox::{Fault, Sandbox};
use crate::totals::Totals;
use crate::{needs, queue};

/// Whose answers a recording has.
const ENGINE: &str = concat!("rustls in the sandbox, s_server_wasm ", env!("CARGO_PKG_VERSION"));

/// Why a run ended early: what to print on standard error, and the exit status.
struct End {
    text: Vec<u8>,
    status: u8,
}

/// Runs the program with this command line, program name first, and returns its exit status.
///
/// `sandbox` makes the sandbox, once everything else is known to be right.
pub fn run(argv: Vec<Vec<u8>>, output: &Output, sandbox: impl FnOnce() -> wasmtime::Result<Sandbox>) -> u8 {
    let result = plan(argv, output).and_then(|(args, plan)| match &plan.recording {
        Some(Asked::Replay(path)) => Ok(play(path, output)),
        Some(Asked::Show(path)) => Ok(show(path, output)),
        Some(Asked::Write(path)) => {
            let recording = Recording::create(path, ENGINE, output.clone()).map_err(failure)?;
            let result = start(args, plan.clone(), output, Some(&recording), sandbox);
            let status = result.map_or_else(|end| end.tell(output, Some(&recording)), |()| 0);
            recording.over(status);
            Ok(status)
        }
        None => start(args, plan, output, None, sandbox).map(|()| 0),
    });
    result.unwrap_or_else(|end| end.tell(output, None))
}

impl End {
    /// Prints the text, and returns the status.
    fn tell(self, output: &Output, recording: Option<&Arc<Recording>>) -> u8 {
        output.print(Stream::Err, &self.text);
        if let Some(recording) = recording {
            recording.said(Stream::Err, &self.text);
        }
        self.status
    }
}

fn failure(text: impl Into<Vec<u8>>) -> End {
    End { text: text.into(), status: 1 }
}

/// What the command line means, and what a guest must be told to read the same in it.
fn plan(argv: Vec<Vec<u8>>, output: &Output) -> Result<(Args, Arc<Plan>), End> {
    let features = [Feature::UnixSockets, Feature::Tfo].into_iter().filter(|_| cfg!(unix)).collect();
    let build = Build { reference: Reference::V4_0, features, backend: Backend::Rustls };
    // Wherever the program lies is nothing that a guest should know.
    let argv = iter::once(b"s_server".to_vec()).chain(argv.into_iter().skip(1)).collect();
    let mut args = Args::new(argv, build, system::variable("HARNESS_OSSL_PREFIX").unwrap_or_default());
    match args.ask(&mut Here { output }) {
        Ok(plan) => Ok((args, Arc::new(plan))),
        Err(error) => Err(End { text: error.text, status: u8::try_from(error.status).unwrap_or(1) }),
    }
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

/// Loads, listens and serves, up to the statistics.
fn start(
    args: Args,
    plan: Arc<Plan>,
    output: &Output,
    recording: Option<&Arc<Recording>>,
    sandbox: impl FnOnce() -> wasmtime::Result<Sandbox>,
) -> Result<(), End> {
    // Questions for pass phrases go to the terminal by another way than our texts.
    output.finish();
    let prologue = prologue(&plan)?;
    let sandbox = sandbox().map_err(|why| failure(format!("s_server_wasm: the sandbox does not start: {why:#}\n")))?;
    let seed = Seed { shared: draw().map_err(|why| fault(&why))?, wall: wall(), ..Seed::default() };
    let mut out = output;
    let key_log = plan.tls.sessions.key_log.as_deref().map(|path| key_log(path, &mut out)).transpose()?;
    let (draw, totals, renewed) = (Box::new(draw), Arc::new(Totals::default()), needs::renewed(&plan));
    let setup = Setup {
        args,
        prologue,
        seed,
        draw,
        totals: totals.clone(),
        key_log,
        renewed,
        output: output.clone(),
        recording: recording.cloned(),
    };
    let common = match Common::new(sandbox, setup, &mut out) {
        Ok(Ok(common)) => common,
        Ok(Err(status)) => return Err(End { text: Vec::new(), status }),
        Err(why) => return Err(fault(&why)),
    };
    let folder = match plan.mode {
        Mode::Files { .. } => Some(Folder::current().map_err(|why| failure(format!("s_server: .: {why}\n")))?),
        _ => None,
    };
    let mut server = Server::new(plan.clone(), watched(totals, recording));
    let Bound { listener, at } = match listen::listen(&plan.listen)
        .and_then(|bound| if plan.fast_open { bound.open_fast() } else { Ok(bound) })
    {
        Ok(bound) => bound,
        Err(why) => {
            // As in the original, the lines come before the statistics, which are all zero.
            failure(why.render(queue::lines)).tell(output, recording);
            on_server(recording, output, &In::End, |out| server.end(out));
            return Err(failure(""));
        }
    };
    at.remove_on_signal();
    let listening = In::Listening(at.listening());
    on_server(recording, output, &listening, |out| server.listening(at.listening(), out));
    let guests = Guests::new(Arc::new(common), plan.naccept.map(|count| count.get()));
    let house = House::new(guests, output.clone(), folder);
    let house = match recording {
        Some(recording) => house.since(recording.start()),
        None => house,
    };
    let served = serve(&plan, &house, listener);
    on_server(recording, output, &In::End, |out| server.end(out));
    served.map_err(|why| failure(format!("s_server: {why}\n")))
}

/// The counters, with what is asked of them in the recording.
fn watched(totals: Arc<Totals>, recording: Option<&Arc<Recording>>) -> Arc<dyn TlsContext> {
    match recording {
        Some(recording) => record::logged::watch(recording.clone(), totals),
        None => totals,
    }
}

/// A call of the host's own server, recorded or not.
fn on_server(recording: Option<&Arc<Recording>>, output: &Output, input: &In<'_>, call: impl FnOnce(&mut dyn Sink)) {
    match recording {
        None => call(&mut &*output),
        Some(recording) => {
            recording.call(0, recording.now(), input, || call(&mut Tee::new(&mut &*output, &**recording)))
        }
    }
}

/// The frames that make a guest ready, once it has the command line: the contents of what that names, and the order to
/// load.
fn prologue(plan: &Plan) -> Result<Vec<u8>, End> {
    let mut frames = Vec::new();
    let mut put = |input: In<'_>| input.put(0, Now::default(), &mut frames);
    for (role, content) in needs::read(plan).map_err(failure)? {
        let content = content.as_ref().map(Vec::as_slice).map_err(String::as_str);
        put(In::Need { role, content });
    }
    put(In::Load);
    Ok(frames)
}

/// The file of `-keylogfile`. Corresponds to `set_keylog_file` in `apps/lib/s_cb.c`.
fn key_log(path: &[u8], out: &mut dyn Sink) -> Result<KeyLog, End> {
    let file = KeyLog::open(path).map_err(|_| failure([b"Error writing keylog file ", path, b"\n"].concat()))?;
    if let Some(told) = file.begin() {
        out.print(Stream::Err, &told);
    }
    Ok(file)
}

fn fault(why: &Fault) -> End {
    failure(format!("s_server_wasm: the guest does not start: {why}\n"))
}

/// A seed from the system.
fn draw() -> Result<[u8; 32], Fault> {
    let mut seed = [0; 32];
    getrandom::fill(&mut seed).map_err(|why| Fault::Runtime(why.to_string()))?;
    Ok(seed)
}

/// Seconds since 1970.
fn wall() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}
