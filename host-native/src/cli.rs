//! From the command line to the exit status.
//!
//! Corresponds to `s_server_main` in `apps/s_server.c`, and to what `main` of `apps/openssl.c` does around it.
use std::sync::Arc;

use s_server_core::io::Stream;
use s_server_core::options::plan::Mode;
use s_server_core::options::{self, Configured, ProviderParameter, World};
use s_server_core::{Plan, Server};
use s_server_hosting::listen::{self, Bound, Broken};
use s_server_hosting::{Folder, House, Output, serve, system};

use crate::openssl::{self, OpensslContext};

/// Why a run ended early: what to print on standard error, and the exit status.
struct End {
    text: Vec<u8>,
    status: u8,
}

/// Runs the program with this command line, program name first, and returns its exit status.
pub fn run(argv: &[Vec<u8>], output: &Output) -> u8 {
    let result = plan(argv, output).and_then(|plan| {
        let plan = Arc::new(plan);
        let served = start(&plan, output);
        // The seed is written whatever came before, and its own failure counts as much.
        let written = plan.writerand.as_deref().map_or(Ok(()), openssl::write_rand).map_err(failure);
        match (served, written) {
            (Err(mut first), Err(second)) => {
                first.text.extend(second.text);
                Err(first)
            }
            (served, written) => served.and(written),
        }
    });
    let Err(end) = result else { return 0 };
    output.print(Stream::Err, &end.text);
    end.status
}

fn failure(text: Vec<u8>) -> End {
    End { text, status: 1 }
}

/// What the command line means.
fn plan(argv: &[Vec<u8>], output: &Output) -> Result<Plan, End> {
    let build = openssl::build();
    let mut world = Here { output };
    let prefix = system::variable("HARNESS_OSSL_PREFIX").unwrap_or_default();
    let words = argv.iter().skip(1).map(Vec::as_slice);
    options::parse(words, &build, &mut world)
        .and_then(|options| options.into_plan(&build, &mut world, &prefix))
        .map_err(|error| End { text: error.text, status: u8::try_from(error.status).unwrap_or(1) })
}

/// What the option parser may look at and do.
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

    fn load_engine(&mut self, name: &[u8]) {
        self.output.print(Stream::Err, &openssl::load_engine(name));
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

    fn set_provider_parameter(&mut self, parameter: &ProviderParameter<'_>) -> Configured {
        openssl::set_provider_parameter(parameter)
    }

    #[cfg(feature = "noop-hook")]
    fn is_without_effect(&mut self, name: &str) -> bool {
        system::variable("S_SERVER_NOOP").is_some_and(|option| option == name.as_bytes())
    }
}

/// Loads, listens and serves, up to the statistics.
fn start(plan: &Arc<Plan>, output: &Output) -> Result<(), End> {
    // Questions for pass phrases go to the terminal by another way than our texts.
    output.finish();
    if let Some(query) = &plan.tls.properties {
        openssl::set_properties(query);
    }
    let mut out = output;
    let context = OpensslContext::new(plan, &mut out).map_err(failure)?;
    let mut server = Server::new(plan.clone(), Arc::new(context));
    let folder = match plan.mode {
        Mode::Files { .. } => {
            Some(Folder::current().map_err(|why| failure(format!("s_server: .: {why}\n").into_bytes()))?)
        }
        _ => None,
    };
    let bound = match listen::listen(&plan.listen) {
        Ok(bound) => bound,
        Err(why) => {
            // As in the original, the lines come before the statistics, which are all zero.
            out.print(Stream::Err, &why.render(lines));
            server.end(&mut out);
            return Err(failure(Vec::new()));
        }
    };
    let Bound { listener, at } = bound;
    at.remove_on_signal();
    server.listening(at.listening(), &mut out);
    let house = House::new(server, output.clone(), folder);
    let served = serve(plan, &house, listener);
    house.into_service().end(&mut out);
    served.map_err(|why| failure(format!("s_server: {why}\n").into_bytes()))
}

/// The lines of the error queue about what kept a socket from listening.
fn lines(broken: Broken<'_>) -> Vec<u8> {
    match broken {
        Broken::Lookup(text) => openssl::lookup_failure(text),
        Broken::Call(call, errno) => openssl::socket_failure(call, errno),
    }
}
