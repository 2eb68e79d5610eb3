//! The whole server over frames: a plan, a context, any number of connections.
//!
//! It is what runs in a sandbox, one connection or many in an instance, and what replays a recording. Frames that do not
//! go in are passed over, so that a whole recording can be fed to it.
use alloc::collections::BTreeMap;
use alloc::sync::Arc;
use core::fmt;

use super::args::{Args, Unanswered};
use super::field::Malformed;
use super::frame::{Frame, Kind, LAST_CONN};
use super::input::{In, Seed};
use super::output::FrameWriter;
use super::summed::Summed;
use crate::engine::{CacheStats, Start, TlsContext};
use crate::io::{Input, Now, Outcome, Wait};
use crate::options::needs::{Files, Role};
use crate::sink::{Effect, Sink};
use crate::{AcceptCount, Connection, Plan, RunPlan, Server, StartError, text};

/// Makes contexts for a machine.
pub trait Engines {
    /// The context for a plan, from what was given. What is printed meanwhile goes to `out`.
    fn context(
        &mut self,
        plan: &Arc<Plan>,
        given: &Given,
        out: &mut dyn Sink,
    ) -> Result<Arc<dyn TlsContext>, StartError>;

    /// The time, before each frame: the only clock that an engine has. Default: not looked at.
    fn tick(&mut self, _now: Now) {}

    /// There are new seeds, after the context was made: whatever is random comes from them from now on. Default: not
    /// looked at.
    fn reseeded(&mut self, _seed: &Seed) {}

    /// What is for that role has new contents, after the context was made (`-status_file`). Default: not looked at.
    fn renewed(&mut self, _role: Role, _files: &Files) {}

    /// Another instance keeps that session, which the next client may name. Default: not looked at.
    fn known(&mut self, _id: &[u8], _state: &[u8]) {}
}

/// What was given for the context.
#[derive(Clone, Debug, Default)]
pub struct Given {
    /// Seeds and wall clock; zeros when none were given.
    pub seed: Seed,
    /// What the plan names.
    pub files: Files,
    /// What other instances have counted.
    pub counted: CacheStats,
    /// Log frames are asked for. [`Logging::on_request`](super::Logging::on_request) looks at it.
    pub log: bool,
}

/// Why a machine does not take a frame. It takes none afterwards.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// The payload is not what the frame's kind says.
    Malformed(Malformed),
    /// It does not come at this point.
    OutOfTurn(&'static str),
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed(malformed) => malformed.fmt(f),
            Self::OutOfTurn(why) => f.write_str(why),
        }
    }
}

impl core::error::Error for Fault {}

impl From<Malformed> for Fault {
    fn from(malformed: Malformed) -> Self {
        Self::Malformed(malformed)
    }
}

/// The server over frames.
pub struct Machine<E> {
    engines: E,
    given: Given,
    state: State,
    seats: BTreeMap<u32, Connection>,
    /// Facts are wanted.
    facts: bool,
}

/// How far the run is.
enum State {
    /// Nothing is known.
    Fresh,
    /// The command line is.
    Planned(Arc<RunPlan>),
    /// Connections may come.
    Loaded(Loaded),
    /// The statistics are printed, the run ended early, or a frame was not taken.
    Ended,
}

/// What serves, and for how many clients.
struct Loaded {
    plan: Arc<RunPlan>,
    count: AcceptCount,
    server: Server,
    context: Arc<Summed>,
}

impl Loaded {
    fn new(plan: Arc<RunPlan>, context: Summed) -> Self {
        let context = Arc::new(context);
        Self {
            count: AcceptCount::new(plan.naccept),
            server: Server::new(plan.clone(), context.clone()),
            plan,
            context,
        }
    }
}

impl<E: Engines> Machine<E> {
    /// A machine that was given nothing yet.
    pub fn new(engines: E) -> Self {
        Self { engines, given: Given::default(), state: State::Fresh, seats: BTreeMap::new(), facts: false }
    }

    /// What the command line means, once it was given.
    pub fn plan(&self) -> Option<&Arc<RunPlan>> {
        match &self.state {
            State::Planned(plan) | State::Loaded(Loaded { plan, .. }) => Some(plan),
            State::Fresh | State::Ended => None,
        }
    }

    /// What makes the contexts.
    pub fn engines(&self) -> &E {
        &self.engines
    }

    /// Takes one frame and hands everything that comes out to `to`, with the frame's connection and time.
    ///
    /// A frame that is not taken comes out as [`Kind::Fault`] too.
    pub fn handle(&mut self, frame: &Frame<'_>, to: &mut dyn FnMut(Frame<'_>)) -> Result<(), Fault> {
        let mut out = FrameWriter { conn: frame.conn, at: frame.at, facts: self.facts, to };
        let taken = In::read(frame).map_err(Fault::from).and_then(|input| match input {
            Some(input) => {
                self.engines.tick(frame.at);
                self.take(input, &mut out)
            }
            None => Ok(()),
        });
        if let Err(fault) = &taken {
            self.state = State::Ended;
            self.seats.clear();
            out.frame(Kind::Fault, alloc::format!("{fault}").as_bytes());
        }
        taken
    }

    fn take(&mut self, input: In<'_>, out: &mut FrameWriter<'_>) -> Result<(), Fault> {
        match input {
            In::Format { .. } => {}
            In::Args(args) => return self.on_args(&args, out),
            In::Seed(seed) => self.on_seed(seed),
            In::Need { role, content } => self.on_need(role, content),
            In::Load => return self.on_load(out),
            In::Listening(at) => self.loaded()?.server.listening(at, out),
            In::Accept(start) => return self.on_accept(start, out),
            In::Input(input) => return self.on_input(input, out),
            In::Finished(outcome) => return self.on_finished(outcome, out),
            In::Said(stream, text) => out.put(Effect::Print(stream, text)),
            In::End => {
                self.loaded()?.server.end(out);
                self.state = State::Ended;
            }
            In::Over(_) => self.state = State::Ended,
            In::Log => self.given.log = true,
            In::WantFacts => self.facts = true,
            In::Counted(counted) => return self.on_counted(counted),
            In::Known { id, state } => self.engines.known(id, state),
            In::Count => out.value(Kind::Counters, &self.loaded()?.context.own()),
        }
        Ok(())
    }

    fn on_args(&mut self, args: &Args, out: &mut FrameWriter<'_>) -> Result<(), Fault> {
        if !matches!(self.state, State::Fresh) {
            return Err(Fault::OutOfTurn("the command line was given before"));
        }
        match args.repeat(out) {
            Ok(Ok(plan)) => self.state = State::Planned(Arc::new(plan)),
            Ok(Err(error)) => self.exit(&error.text, error.status, out),
            Err(Unanswered) => return Err(Fault::OutOfTurn("the command line asks for other answers")),
        }
        Ok(())
    }

    fn on_seed(&mut self, seed: Seed) {
        if matches!(self.state, State::Loaded(..)) {
            self.engines.reseeded(&seed);
        }
        self.given.seed = seed;
    }

    fn on_counted(&mut self, counted: CacheStats) -> Result<(), Fault> {
        self.given.counted = counted;
        match &self.state {
            State::Loaded(Loaded { plan, context, .. }) if self.seats.is_empty() => {
                self.state = State::Loaded(Loaded::new(plan.clone(), context.after(counted)));
            }
            State::Loaded(..) => return Err(Fault::OutOfTurn("somebody is served already")),
            State::Fresh | State::Planned(_) | State::Ended => {}
        }
        Ok(())
    }

    fn on_need(&mut self, role: Role, content: Result<&[u8], &str>) {
        self.given.files.put(role, content.map(<[u8]>::to_vec).map_err(Into::into));
        if matches!(self.state, State::Loaded(..)) {
            self.engines.renewed(role, &self.given.files);
        }
    }

    fn on_load(&mut self, out: &mut FrameWriter<'_>) -> Result<(), Fault> {
        let State::Planned(plan) = &self.state else {
            return Err(Fault::OutOfTurn("there is no command line to load for"));
        };
        let plan = plan.clone();
        match self.engines.context(&plan.connection, &self.given, out) {
            Ok(context) => {
                self.state = State::Loaded(Loaded::new(plan, Summed::new(context, self.given.counted)));
            }
            Err(why) => self.exit(&why.render(), 1, out),
        }
        Ok(())
    }

    fn exit(&mut self, text: &[u8], status: i32, out: &mut FrameWriter<'_>) {
        text::err(out, text);
        out.value(Kind::Exit, &u8::try_from(status).unwrap_or(1));
        self.state = State::Ended;
    }

    fn on_accept(&mut self, start: Start, out: &mut FrameWriter<'_>) -> Result<(), Fault> {
        if !(1..=LAST_CONN).contains(&out.conn) || self.seats.contains_key(&out.conn) {
            return Err(Fault::OutOfTurn("the connection has no number of its own"));
        }
        let loaded = self.loaded()?;
        if !loaded.count.reserve() {
            return Err(Fault::OutOfTurn("no more clients are accepted"));
        }
        loaded.count.accepted();
        let connection = loaded.server.accept(start, out);
        match connection {
            Some(connection) => {
                self.seats.insert(out.conn, connection);
            }
            None => out.frame(Kind::Refused, &[]),
        }
        self.tell_doors(out)
    }

    fn on_input(&mut self, input: Input<'_>, out: &mut FrameWriter<'_>) -> Result<(), Fault> {
        let missing = Fault::OutOfTurn("there is no such connection");
        let connection = self.seats.get_mut(&out.conn).ok_or(missing)?;
        if !connection.takes(&input) {
            return Err(Fault::OutOfTurn("the connection does not take that now"));
        }
        let wait = connection.handle(out.at, input, out);
        out.wait(&wait);
        // A connection that is over takes nothing any more.
        if let Wait::Closed(_) = wait {
            self.seats.remove(&out.conn);
        }
        Ok(())
    }

    /// The host may also give up a connection that is not over.
    fn on_finished(&mut self, outcome: Outcome, out: &mut FrameWriter<'_>) -> Result<(), Fault> {
        self.seats.remove(&out.conn);
        self.loaded()?.count.finished(outcome);
        self.tell_doors(out)
    }

    fn tell_doors(&mut self, out: &mut FrameWriter<'_>) -> Result<(), Fault> {
        let is_open = self.loaded()?.count.is_open();
        out.value(Kind::Accepting, &is_open);
        Ok(())
    }

    fn loaded(&mut self) -> Result<&mut Loaded, Fault> {
        match &mut self.state {
            State::Loaded(loaded) => Ok(loaded),
            _ => Err(Fault::OutOfTurn("nothing is loaded")),
        }
    }
}

#[cfg(test)]
mod tests;
