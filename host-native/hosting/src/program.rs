//! What a program brings to its host: how its command lines are read, and what serves its clients.
use std::fmt;
use std::sync::Arc;

use s_server_core::engine::{CacheStats, TlsContext};
use s_server_core::options::{Build, World};
use s_server_core::record::{self, Args, In, Tape};
use s_server_core::sink::Sink;
use s_server_core::{RunPlan, Server, StartError};

use crate::end::End;
use crate::keylog::KeyLog;
use crate::listen::Failure;
use crate::output::Output;
use crate::recording::Recording;
use crate::service::Service;

/// A program, as far as its host does not know it: its TLS.
///
/// [`run`](crate::run()) calls it, in the order of the methods.
pub trait Program {
    /// What makes that which serves a client.
    type Service: Service;
    /// What serves its clients writes its own frames to a recording; otherwise the host records every call of it.
    const RECORDS_ITSELF: bool = false;

    /// The build that reads the command line.
    fn build(&self) -> Build;
    /// What the options of its library do while they are read. What is printed, and where directories are, is the
    /// host's: those methods are not called.
    fn library(&mut self) -> &mut dyn World;
    /// The lines of `-version`.
    fn version(&self) -> String;
    /// Whose answers a recording has.
    fn answers(&self) -> &str;
    /// Descriptors that it keeps. Default: 0.
    fn held(&self) -> usize {
        0
    }
    /// Loads what the plan names, before anything listens. What it prints and the host would not record, it tells by
    /// the recording itself.
    ///
    /// # Errors
    /// The end of the run; nothing to tell where all was told already.
    fn load(&mut self, start: Starting<'_>) -> Result<Loaded<Self::Service>, End>;
    /// What its library says, in whole lines, about what keeps the socket from listening; the host's own line comes after
    /// them. Default: nothing.
    fn on_not_listening(&self, _why: &Failure) -> Vec<u8> {
        Vec::new()
    }
    /// The run is over, or did not begin: what `-writerand` named is written. Default: there is nothing to write.
    ///
    /// # Errors
    /// Why it cannot be written; the exit status is 1 then.
    fn write_random(&mut self, _file: &[u8]) -> Result<(), StartError> {
        Ok(())
    }
}

/// What a run begins with.
#[derive(Clone, Copy)]
pub struct Starting<'a> {
    /// The command line, for whoever has to read it once more.
    pub args: &'a Args,
    /// What it means.
    pub plan: &'a Arc<RunPlan>,
    /// Where it is told what becomes of it.
    pub output: &'a Output,
    /// Where it is written down. `-record`.
    pub recording: Option<&'a Arc<Recording>>,
    /// Somebody takes the facts about the clients.
    pub observed: bool,
}

/// What is ready to serve.
pub struct Loaded<S> {
    /// What makes that which serves a client.
    pub service: S,
    /// Where the secrets of sessions go. `-keylogfile`.
    pub key_log: Option<KeyLog>,
    /// What was counted, for the end of the run.
    pub stats: Box<dyn Fn() -> CacheStats>,
}

/// Neither the command line nor what it means: they may have pass phrases.
impl fmt::Debug for Starting<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Starting");
        shown.field("recording", &self.recording).field("observed", &self.observed).finish_non_exhaustive()
    }
}

impl<S> fmt::Debug for Loaded<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Loaded").field("key_log", &self.key_log).finish_non_exhaustive()
    }
}

/// Connections of this process.
impl Loaded<Server> {
    /// With the key log that was opened meanwhile.
    pub fn new(server: Server, key_log: Option<KeyLog>) -> Self {
        let service = server.clone();
        Self { service, key_log, stats: Box::new(move || server.stats()) }
    }
}

impl Starting<'_> {
    /// A server of this process, on the context that `make` loads, recorded or not.
    ///
    /// # Errors
    /// What `make` failed with. A recording has it already.
    pub fn server<C: TlsContext + 'static>(
        self,
        make: impl FnOnce(&mut dyn Sink) -> Result<C, StartError>,
    ) -> Result<Server, End> {
        let Self { plan, output, recording, .. } = self;
        let make = |out: &mut dyn Sink| -> Result<Arc<dyn TlsContext>, StartError> { Ok(Arc::new(make(out)?)) };
        let context = match recording {
            None => make(&mut &*output),
            Some(recording) => {
                let tape: Arc<dyn Tape> = recording.clone();
                recording.call(0, recording.now(), &In::Load, || record::load(&tape, &mut &*output, make))
            }
        };
        let context = context.map_err(|why| End::told(&why, output))?;
        Ok(Server::new(plan.clone(), context))
    }
}
