//! A whole run on a set link.
use std::fs::{self, File};
use std::io::{self, PipeWriter, pipe};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread::{self, JoinHandle};

use s_server_core::options::run::RunPlan;
use s_server_core::{AcceptCount, Server};

use super::World;
use crate::host::Host;
use crate::observer::Observer;
use crate::operator::OperatorInput;
use crate::output::Output;
use crate::scripted::Context;
use crate::serve::Way;
use crate::service::Service;

/// A server in threads of this process, whose clients are in its world.
pub struct Run {
    pub world: World,
    /// The operator, who says nothing.
    _stdin: PipeWriter,
    output: Output,
    told: Told,
    thread: JoinHandle<io::Result<()>>,
}

impl Run {
    /// Serves connections of the core on [`Context`]'s sessions.
    pub fn start(plan: RunPlan) -> Self {
        let server = Server::new(Arc::new(plan.clone()), Arc::new(Context));
        Self::of(plan, server)
    }

    /// Serves by something else.
    pub fn of(plan: RunPlan, service: impl Service + Send + 'static) -> Self {
        let world = World::default();
        Self::on(world, plan, service)
    }

    /// The same in a world in which something happens already.
    pub fn on(world: World, plan: RunPlan, service: impl Service + Send + 'static) -> Self {
        Self::observed(world, plan, service, None)
    }

    /// The same, and somebody observes it.
    pub fn observed(
        world: World,
        plan: RunPlan,
        service: impl Service + Send + 'static,
        observer: Option<Box<dyn Observer>>,
    ) -> Self {
        let (stdin, _stdin) = pipe().unwrap();
        let told = Told::new();
        let output = Output::new(File::create(told.file("out")).unwrap(), File::create(told.file("err")).unwrap());
        let ready = Way::with(&plan, 2, world.link(), OperatorInput::Pipe(stdin)).unwrap();
        let host = Host::new(service, AcceptCount::new(plan.naccept), output.clone(), None);
        let host = host.observed_by(observer).by(world.clone());
        let thread = thread::spawn(move || ready.serve(&host));
        Self { world, _stdin, output, told, thread }
    }

    /// Standard error so far.
    pub fn stderr(&self) -> String {
        drop(self.world.settle());
        self.output.finish();
        fs::read_to_string(self.told.file("err")).unwrap()
    }

    /// The run has ended by itself.
    pub fn end(self) {
        assert!(self.world.is_over(), "the run goes on");
        self.thread.join().unwrap().unwrap();
    }
}

/// The folder with what is printed.
struct Told(PathBuf);

impl Told {
    fn new() -> Self {
        static RUNS: AtomicU32 = AtomicU32::new(0);
        // Numbers of processes come again, and a folder with an open file is not removed everywhere.
        loop {
            let name = format!("s_server-run-{}-{}", std::process::id(), RUNS.fetch_add(1, Ordering::Relaxed));
            let path = std::env::temp_dir().join(name);
            match fs::create_dir(&path) {
                Err(e) if e.kind() == io::ErrorKind::AlreadyExists => {}
                made => {
                    made.unwrap();
                    return Self(path);
                }
            }
        }
    }

    fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Told {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
