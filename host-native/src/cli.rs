//! From the command line to the exit status.
//!
//! Corresponds to `s_server_main` in `apps/s_server.c`, and to what `main` of `apps/openssl.c` does around it.
use std::sync::Arc;

use s_server_core::engine::TlsContext;
use s_server_core::io::{Now, Sink, Stream};
use s_server_core::options::plan::Recording as Asked;
use s_server_core::options::{OptionError, ProviderParameter, World};
use s_server_core::record::{self, Args, In, Kind, Tape};
use s_server_core::{AcceptCount, Plan, Server};
use s_server_hosting::listen::Broken;
use s_server_hosting::{
    End, House, Observer, Output, Recorded, Recording, descriptors, on_server, open, play, served_folder, show, system,
};

use s_server_openssl::{self as openssl, OpensslContext};

/// Runs the program with this command line, program name first, and returns its exit status. The facts about its clients go
/// to `observer`.
pub fn run(argv: &[Vec<u8>], output: &Output, observer: Option<Box<dyn Observer>>) -> u8 {
    let (line, plan) = CommandLine::read(argv, output);
    let result = plan.map_err(refused).and_then(|plan| match &plan.recording {
        Some(Asked::Replay(path)) => Ok(play(path, output)),
        Some(Asked::Show(path)) => Ok(show(path, output)),
        Some(Asked::Write(path)) => {
            let recording = Recording::create(path, openssl::version(), output.clone()).map_err(End::failure)?;
            line.record(&recording);
            Ok(recorded(&Arc::new(plan), output, &recording, observer))
        }
        None => served(&Arc::new(plan), output, None, observer).map(|()| 0),
    });
    result.unwrap_or_else(|end| end.tell(output))
}

/// A run that is recorded, up to its exit status.
fn recorded(plan: &Arc<Plan>, output: &Output, recording: &Arc<Recording>, observer: Option<Box<dyn Observer>>) -> u8 {
    let result = served(plan, output, Some(recording), observer);
    let status = result.map_or_else(|end| end.tell(output), |()| 0);
    recording.over(status);
    status
}

/// The end of a run whose command line is refused, or only prints; what was to be written before is written.
fn refused(error: OptionError) -> End {
    let written = error.writerand.as_deref().map_or(Ok(()), openssl::write_rand);
    let mut end = End::from(error);
    if let Err(text) = written {
        end.text.extend(text);
        end.status = 1;
    }
    end
}

/// Serves, and writes what is to be written afterwards.
fn served(
    plan: &Arc<Plan>,
    output: &Output,
    recording: Option<&Arc<Recording>>,
    observer: Option<Box<dyn Observer>>,
) -> Result<(), End> {
    let served = start(plan, output, recording, observer);
    // The seed is written whatever came before, and its own failure counts as much.
    let written = plan.writerand.as_deref().map_or(Ok(()), openssl::write_rand);
    let written = written.map_err(|text| said(text, recording));
    match (served, written) {
        (Err(mut first), Err(second)) => {
            first.text.extend(second.text);
            Err(first)
        }
        (served, written) => served.and(written),
    }
}

/// A failure that no recorded call tells about by itself.
fn said(text: Vec<u8>, recording: Option<&Arc<Recording>>) -> End {
    if let Some(recording) = recording {
        recording.said(Stream::Err, &text);
    }
    End::failure(text)
}

/// The command line, as it was read.
struct CommandLine {
    args: Args,
    /// What was printed meanwhile.
    notes: Vec<Vec<u8>>,
}

impl CommandLine {
    /// Reads it, and says what it means.
    fn read(argv: &[Vec<u8>], output: &Output) -> (Self, Result<Plan, OptionError>) {
        let prefix = system::variable("HARNESS_OSSL_PREFIX").unwrap_or_default();
        let mut world = Here { output, notes: Vec::new() };
        // Wherever the program lies is nobody's business who gets a recording.
        let name = std::iter::once(b"s_server".to_vec());
        let argv = name.chain(argv.iter().skip(1).cloned()).collect();
        let mut args = Args::new(argv, openssl::build(), prefix);
        let plan = args.ask(&mut world);
        (Self { args, notes: world.notes }, plan)
    }

    /// Writes it to the recording.
    fn record(self, recording: &Recording) {
        recording.call(0, Now::default(), &In::Args(self.args), || {
            self.notes.iter().for_each(|note| recording.put(Kind::PrintErr, note));
        });
    }
}

/// What the option parser may look at and do.
struct Here<'a> {
    output: &'a Output,
    notes: Vec<Vec<u8>>,
}

impl World for Here<'_> {
    fn note(&mut self, text: &[u8]) {
        self.output.print(Stream::Err, text);
        self.notes.push(text.to_vec());
    }

    fn is_directory(&mut self, path: &[u8]) -> bool {
        system::path(path).is_dir()
    }

    fn load_engine(&mut self, name: &[u8]) -> Vec<u8> {
        openssl::load_engine(name)
    }

    fn takes_parameter(&mut self, name: &'static str, value: &[u8]) -> bool {
        openssl::takes_parameter(name, value)
    }

    fn seed_random(&mut self, list: &[u8]) -> Result<(), Vec<u8>> {
        openssl::load_rand(list)
    }

    fn set_provider_path(&mut self, path: &[u8]) {
        openssl::set_provider_path(path);
    }

    fn load_provider(&mut self, name: &[u8]) -> Result<(), Vec<u8>> {
        openssl::load_provider(name)
    }

    fn set_provider_parameter(&mut self, parameter: &ProviderParameter<'_>) -> Result<(), Vec<u8>> {
        openssl::set_provider_parameter(parameter)
    }

    fn show_version(&mut self) {
        let (own, library) = (env!("CARGO_PKG_VERSION"), openssl::version());
        let how = if openssl::IS_BUNDLED { "bundled" } else { "of the system" };
        self.output.print(Stream::Out, format!("s_server {own}\nTLS by {library}, {how}\n").as_bytes());
    }

    #[cfg(feature = "noop-hook")]
    fn is_without_effect(&mut self, name: &str) -> bool {
        system::variable("S_SERVER_NOOP").is_some_and(|option| option == name.as_bytes())
    }
}

/// Loads, listens and serves, up to the statistics.
fn start(
    plan: &Arc<Plan>,
    output: &Output,
    recording: Option<&Arc<Recording>>,
    observer: Option<Box<dyn Observer>>,
) -> Result<(), End> {
    // Questions for pass phrases go to the terminal by another way than our texts.
    output.finish();
    descriptors::enough(plan, 0).map_err(|why| said(format!("{why}\n").into_bytes(), recording))?;
    if let Some(query) = &plan.tls.properties {
        openssl::set_properties(query);
    }
    let context = load(plan, output, recording).map_err(End::failure)?;
    let server = Server::new(plan.clone(), context);
    let folder = served_folder(plan).map_err(|text| said(text, recording))?;
    let (ready, at) = match open(plan) {
        Ok(opened) => opened,
        Err(why) => {
            // As in the original, the lines come before the statistics, which are all zero.
            let lines = said(why.render(&plan.listen, lines), recording);
            output.print(Stream::Err, &lines.text);
            on_server(recording, output, &In::End, |out| server.end(out));
            return Err(End::failure(""));
        }
    };
    at.remove_on_signal();
    let listening = In::Listening(at.listening());
    on_server(recording, output, &listening, |out| server.listening(at.listening(), out));
    let (service, count) = (server.clone(), AcceptCount::new(plan));
    let result = match recording {
        None => ready.serve(&House::new(service, count, output.clone(), folder).observed_by(observer)),
        Some(recording) => {
            let service = Recorded::new(service, count.clone(), recording.clone());
            let house = House::new(service, count, output.clone(), folder).observed_by(observer);
            ready.serve(&house.since(recording.start()))
        }
    };
    on_server(recording, output, &In::End, |out| server.end(out));
    result.map_err(|why| said(format!("s_server: {why}\n").into_bytes(), recording))
}

/// Makes the context.
fn load(plan: &Arc<Plan>, output: &Output, recording: Option<&Arc<Recording>>) -> Result<Arc<dyn TlsContext>, Vec<u8>> {
    let make =
        |out: &mut dyn Sink| -> Result<Arc<dyn TlsContext>, Vec<u8>> { Ok(Arc::new(OpensslContext::new(plan, out)?)) };
    let Some(recording) = recording else { return make(&mut &*output) };
    let tape: Arc<dyn Tape> = recording.clone();
    recording.call(0, recording.now(), &In::Load, || record::load(&tape, &mut &*output, make))
}

/// The lines of the error queue about what kept a socket from listening.
fn lines(broken: Broken<'_>) -> Vec<u8> {
    match broken {
        Broken::Lookup(text) => openssl::lookup_failure(text),
        Broken::Call(call, errno) => openssl::socket_failure(call, errno),
    }
}
