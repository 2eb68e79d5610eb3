//! From the command line to the exit status.
//!
//! Corresponds to `s_server_main` in `apps/s_server.c`, and to what the `main` above it does around it.
//!
//! ```text
//!   argv --> Plan --> enough descriptors --> load --> folder --> listen --> ACCEPT --> serve --> statistics --> status
//!              |
//!              +--> -replay, -replay_show: the recording instead
//! ```
use std::io;
use std::process::ExitCode;
use std::sync::Arc;

use s_server_core::io::{Now, Stream};
use s_server_core::options::OptionError;
use s_server_core::options::plan::{Mode, Plan};
use s_server_core::options::run::Recording as Asked;
use s_server_core::record::{Args, In, Kind, Tape, Tee};
use s_server_core::sink::Sink;
use s_server_core::{AcceptCount, StartError, server};

use crate::end::End;
use crate::files::Folder;
use crate::here::Here;
use crate::host::Host;
use crate::keylog::KeyLog;
use crate::messages::MessageFile;
use crate::observer::Observer;
use crate::operator::OperatorInput;
use crate::output::Output;
use crate::program::{Loaded, Program, Starting};
use crate::recorded::Recorded;
use crate::recording::Recording;
use crate::serve::{Ready, open};
use crate::service::Service;
use crate::{descriptors, end, play, show, system};

/// Runs a program as this process: with its command line, its standard streams and its signals.
pub fn run<P: Program>(program: P) -> ExitCode {
    let output = match Output::of_process() {
        Ok(output) => output,
        Err(why) => return end::without_streams(&why),
    };
    let attached = Attached { operator: OperatorInput::Stdin, observer: None, removes_on_signal: true };
    let status = run_attached(program, &system::argv(), &output, attached);
    output.finish();
    ExitCode::from(status)
}

/// Runs a program inside this process with this command line, program name first, and returns the exit status. The facts
/// about its clients go to `observer`.
///
/// The process's signals are left alone: a signal that ends it leaves the path of a Unix socket behind.
pub fn run_with<P: Program>(
    program: P,
    argv: &[Vec<u8>],
    output: &Output,
    operator: OperatorInput,
    observer: Option<Box<dyn Observer>>,
) -> u8 {
    run_attached(program, argv, output, Attached { operator, observer, removes_on_signal: false })
}

/// What a run is attached to beside its output.
struct Attached {
    operator: OperatorInput,
    /// Who takes the facts about its clients.
    observer: Option<Box<dyn Observer>>,
    /// A signal that ends the process removes the path of a Unix socket first.
    removes_on_signal: bool,
}

fn run_attached<P: Program>(mut program: P, argv: &[Vec<u8>], output: &Output, attached: Attached) -> u8 {
    // Wherever the program lies is nobody's business who gets a recording, or a guest.
    let name = std::iter::once(b"s_server".to_vec());
    let argv = name.chain(argv.iter().skip(1).cloned()).collect();
    let prefix = system::variable("HARNESS_OSSL_PREFIX").unwrap_or_default();
    let mut args = Args::new(argv, program.build(), prefix);
    let version = program.version();
    let mut here = Here::new(program.library(), &version, output);
    let plan = args.ask(&mut here);
    let Here { notes, messages, .. } = here;
    let plan = match plan {
        Ok(plan) => Arc::new(plan),
        Err(error) => return refused(&mut program, error).tell(output),
    };
    let recording = match &plan.recording {
        Some(Asked::Replay(path)) => return play(path, output),
        Some(Asked::Show(path)) => return show(path, output),
        Some(Asked::Write(path)) => match Recording::create(path, program.answers(), output.clone()) {
            Ok(recording) => Some(recording),
            Err(why) => return End::failure(why).tell(output),
        },
        None => None,
    };
    if let (Some(recording), false) = (&recording, P::RECORDS_ITSELF) {
        recording.call(0, Now::default(), &In::Args(args.clone()), || {
            notes.iter().for_each(|note| recording.put(Kind::PrintErr, note));
        });
    }
    let start = Starting {
        args: &args,
        plan: &plan,
        output,
        recording: recording.as_ref(),
        observed: attached.observer.is_some(),
    };
    let status = served(&mut program, start, attached, messages);
    if let Some(recording) = recording {
        recording.over(status);
    }
    status
}

/// The end of a run whose command line is refused, or only prints; what was to be written before is written.
fn refused(program: &mut impl Program, error: OptionError) -> End {
    let written = error.writerand.as_deref().map_or(Ok(()), |file| program.write_random(file));
    let mut end = End::from(error);
    if let Err(why) = written {
        end = End::failure(why.after(end.render()));
    }
    end
}

/// Serves, and writes what is to be written afterwards. The seed is written whatever came before, and its own failure
/// counts as much.
fn served<P: Program>(program: &mut P, start: Starting<'_>, attached: Attached, messages: Option<MessageFile>) -> u8 {
    let served = serve(program, start, attached, messages).map_err(|end| start.tell(end));
    let written = start.plan.writerand.as_deref().map_or(Ok(()), |file| program.write_random(file));
    let written = written.map_err(|why| start.tell(End::from(why)));
    served.and(written).err().unwrap_or(0)
}

/// Loads, listens and serves, up to the statistics.
fn serve<P: Program>(
    program: &mut P,
    start: Starting<'_>,
    attached: Attached,
    messages: Option<MessageFile>,
) -> Result<(), End> {
    let Starting { plan, output, recording, .. } = start;
    let Attached { operator, observer, removes_on_signal } = attached;
    // Questions for pass phrases go to the terminal by another way than our texts.
    output.finish();
    descriptors::enough(plan, program.held()).map_err(|why| End::failure(&why))?;
    let Loaded { service, key_log, stats } = program.load(start)?;
    let folder = served_folder(&plan.connection)?;
    let (ready, at) = match open(plan, operator) {
        Ok(opened) => opened,
        Err(why) => {
            // As in the original, the lines come before the statistics, which are all zero.
            start.tell(End::failure(why.refusal(&plan.listen).after(program.on_not_listening(&why))));
            start.call(&In::End, |out| server::end(plan, &stats(), out));
            return Err(End::silent(1));
        }
    };
    if removes_on_signal {
        at.remove_on_signal();
    }
    let mut suffices = true;
    start.call(&In::Listening(at.listening()), |out| {
        server::listening(plan, at.listening(), out);
        suffices = server::link_suffices(plan, out);
    });
    let count = AcceptCount::new(plan.naccept);
    let around = Around { count: count.clone(), folder, key_log, messages, observer };
    let served = match recording {
        _ if !suffices => Ok(()),
        Some(recording) if !P::RECORDS_ITSELF => {
            start.serve(ready, Recorded::new(service, count, recording.clone()), around)
        }
        _ => start.serve(ready, service, around),
    };
    start.call(&In::End, |out| server::end(plan, &stats(), out));
    served.map_err(|why| End::failure(StartError::of_cause(why.to_string())))
}

/// What a service has around it.
struct Around {
    count: AcceptCount,
    folder: Option<Folder>,
    key_log: Option<KeyLog>,
    messages: Option<MessageFile>,
    observer: Option<Box<dyn Observer>>,
}

/// The folder that a plan serves, if it serves one.
fn served_folder(plan: &Plan) -> Result<Option<Folder>, StartError> {
    match plan.mode {
        Mode::Files { .. } => Folder::current().map(Some).map_err(|why| StartError::of_value(".", why.to_string())),
        _ => Ok(None),
    }
}

impl Starting<'_> {
    /// Prints why something ended, for the recording too, and returns the status.
    fn tell(&self, end: End) -> u8 {
        if let Some(recording) = self.recording {
            recording.said(Stream::Err, &end.render());
        }
        end.tell(self.output)
    }

    /// A call of the server as a whole, which prints, recorded or not.
    fn call(&self, input: &In<'_>, call: impl FnOnce(&mut dyn Sink)) {
        let mut out = self.output;
        match self.recording {
            None => call(&mut out),
            Some(recording) => {
                recording.call(0, recording.now(), input, || call(&mut Tee::new(&mut out, &**recording)))
            }
        }
    }

    /// Serves all clients.
    fn serve<S: Service>(&self, ready: Ready, service: S, around: Around) -> io::Result<()> {
        let Around { count, folder, key_log, messages, observer } = around;
        let host = Host::new(service, count, self.output.clone(), folder);
        let host = host.logging_keys_to(key_log).writing_messages_to(messages).observed_by(observer);
        match self.recording {
            None => ready.serve(&host),
            Some(recording) => ready.serve(&host.since(recording.start())),
        }
    }
}
