//! Time limits and back-pressure, on a set link by a set clock. No test waits for a time.
mod clients;
mod limits;
mod observed;
mod pressure;

use std::sync::{Arc, Mutex};

use s_server_core::engine::Start;
use s_server_core::io::{Input, Interest, Outcome, Wait};
use s_server_core::options::plan::Mode;
use s_server_core::sink::Sink;

use crate::link::set::{Run, World};
use crate::scripted::plan;
use crate::service::{Served, Service};

/// Serves clients by a rule, without TLS and without the core, and writes down what each is fed.
struct Ruled {
    rule: Rule,
    fed: Arc<Mutex<Vec<String>>>,
}

type Rule = fn(Input<'_>, &mut dyn Sink) -> Wait;

impl Service for Ruled {
    type Served = Self;

    fn accept(&self, _: Start, _: &mut dyn Sink) -> Option<Self> {
        Some(Self { rule: self.rule, fed: self.fed.clone() })
    }
}

impl Served for Ruled {
    fn handle(&mut self, _: s_server_core::io::Now, input: Input<'_>, out: &mut dyn Sink) -> Wait {
        let told = match input {
            Input::Seated(_) => "Seated".to_owned(),
            Input::Wire(bytes) => format!("{} bytes", bytes.len()),
            other => format!("{other:?}"),
        };
        self.fed.lock().unwrap().push(told);
        (self.rule)(input, out)
    }
}

/// A run on one worker in which clients are served by this rule.
struct ByRule {
    run: Run,
    fed: Arc<Mutex<Vec<String>>>,
}

impl ByRule {
    fn start(rule: Rule) -> Self {
        let fed = Arc::<Mutex<Vec<String>>>::default();
        let mut plan = plan(Mode::Status);
        plan.jobs = Some(1);
        Self { run: Run::of(plan, Ruled { rule, fed: fed.clone() }), fed }
    }

    fn world(&self) -> &World {
        &self.run.world
    }

    /// What was fed since somebody asked.
    fn fed(&self) -> Vec<String> {
        self.world().pass(std::time::Duration::ZERO);
        std::mem::take(&mut self.fed.lock().unwrap())
    }
}

/// Wants to read.
const READS: Wait = Wait::For(Interest { wire: true, flushed: false, file: false, operator: None, deadline: None });
/// Wants to hear that what was sent is on its way.
const FLUSHES: Wait = Wait::For(Interest { wire: false, flushed: true, file: false, operator: None, deadline: None });
const CLOSED: Wait = Wait::Closed(Outcome::Next);
