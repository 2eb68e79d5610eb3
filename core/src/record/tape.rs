//! Where frames go that are written down: what comes out of the machine and what the engine said, in one order.
use super::field::Field;
use super::frame::{Frame, Kind};
use super::output::FrameWriter;
use crate::io::{Now, Wait};
use crate::sink::{Effect, Sink};
use crate::text;

/// Takes what follows from one input, in order.
///
/// Connection and time are those of that input, so whoever implements this knows them. It is shared by a context and its
/// sessions, hence `&self`. `Memory`, behind the feature `std`, keeps the frames.
pub trait Tape: Send + Sync {
    /// Appends a frame.
    fn put(&self, kind: Kind, payload: &[u8]);
}

/// A [`Sink`] between a connection and its host: everything passes, and is written down as well.
pub struct Tee<'a> {
    out: &'a mut dyn Sink,
    tape: &'a dyn Tape,
}

impl<'a> Tee<'a> {
    /// Nothing has passed yet.
    pub fn new(out: &'a mut dyn Sink, tape: &'a dyn Tape) -> Self {
        Self { out, tape }
    }

    /// Writes down what may come next.
    pub fn wait(&mut self, wait: &Wait) {
        self.write(|frames| frames.wait(wait));
    }

    /// Writes down that the run ends early, and the text about it, which the host prints when it ends.
    pub fn exit(&mut self, text: &[u8], status: u8) {
        self.write(|frames| {
            text::err(frames, text);
            frames.value(Kind::Exit, &status);
        });
    }

    /// Writes a frame whose payload is this value.
    pub fn value<'v>(&mut self, kind: Kind, value: &impl Field<'v>) {
        self.write(|frames| frames.value(kind, value));
    }

    fn write(&self, what: impl FnOnce(&mut FrameWriter<'_>)) {
        let mut to = |frame: Frame<'_>| self.tape.put(frame.kind, frame.payload);
        what(&mut FrameWriter { conn: 0, at: Now::default(), facts: true, to: &mut to });
    }
}

impl Sink for Tee<'_> {
    fn put(&mut self, effect: Effect<'_>) {
        self.write(|frames| frames.put(effect));
        if !matches!(effect, Effect::Fact(_)) || self.out.wants_facts() {
            self.out.put(effect);
        }
    }

    /// What happened belongs into a recording, whoever else wants it.
    fn wants_facts(&self) -> bool {
        true
    }
}
