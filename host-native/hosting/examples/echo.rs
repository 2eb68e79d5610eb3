//! Whoever connects hears what it says. `cargo run -p s-server-hosting --example echo`
use std::{error::Error, sync::Arc};

use s_server_core::io::{Input, Interest, Now, Outcome, Wait};
use s_server_core::options::plan::{Mode, Plan};
use s_server_core::{AcceptCount, RunPlan, engine::Start, sink::Sink};
use s_server_hosting::{Host, OperatorInput, Output, Served, Service, listen::At, open};

struct Echo;

impl Service for Echo {
    type Served = Echo;
    fn accept(&self, _: Start, _: &mut dyn Sink) -> Option<Echo> {
        Some(Echo)
    }
}

impl Served for Echo {
    fn handle(&mut self, _: Now, input: Input<'_>, out: &mut dyn Sink) -> Wait {
        match input {
            Input::Wire(bytes) => out.transmit(bytes),
            Input::WireEnd(_) => return Wait::Closed(Outcome::Next),
            _ => {}
        }
        Wait::For(Interest { wire: true, ..Interest::default() })
    }
}

/// Serves until the plan's clients are gone; `ready` is told where.
pub fn serve(plan: &RunPlan, ready: impl FnOnce(&At)) -> Result<(), Box<dyn Error>> {
    let (clients, at) = open(plan, OperatorInput::Nobody)?;
    ready(&at);
    Ok(clients.serve(&Host::new(Echo, AcceptCount::new(plan.naccept), Output::of_process()?, None))?)
}

fn main() -> Result<(), Box<dyn Error>> {
    // The mode without an operator whose clients are served side by side; port 4433.
    let connection = Arc::new(Plan { mode: Mode::Status, ..Plan::default() });
    serve(&RunPlan { connection, ..RunPlan::default() }, |at| println!("{at}"))
}
