//! What comes out of a machine, as frames.
use alloc::vec::Vec;

use super::field::{Field, Malformed, Payload, put_bytes};
use super::frame::{Frame, Kind};
use crate::engine::CacheStats;
use crate::fact::Fact;
use crate::io::{FileRequest, Interest, Now, Outcome, Stream, Wait};
use crate::sink::{Effect, Sink};

/// One frame that comes out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Out<'a> {
    /// Bytes for the peer.
    Transmit(&'a [u8]),
    /// What the connection wants of a file.
    File(FileRequest<'a>),
    /// What may come next. The last frame that an input of a connection causes is this one or [`Out::Closed`].
    Wait(Interest),
    /// The connection is over.
    Closed(Outcome),
    /// No session could be made for the client: there is no connection.
    Refused,
    /// The run ends before it began, with this exit status.
    Exit(u8),
    /// Whether more clients may be accepted. Follows what may change it.
    Accepting(bool),
    /// What this instance has counted.
    Counters(CacheStats),
    /// Bytes for one of the operator's streams.
    Print(Stream, &'a [u8]),
    /// A line for the file of `-keylogfile`, without its end.
    KeyLog(&'a [u8]),
    /// Text for the file of `-msgfile`.
    Messages(&'a [u8]),
    /// A session is kept, which another instance can resume: [`In::Known`](super::In::Known).
    Session {
        /// What a client names it by.
        id: &'a [u8],
        /// What the engine makes it from; a secret.
        state: &'a [u8],
    },
    /// A fact.
    Fact(Fact),
    /// The input was not taken, for this reason, and nothing more will be.
    Fault(&'a [u8]),
}

impl<'a> Out<'a> {
    /// Reads a frame; `None`: it does not come out.
    pub fn read(frame: &Frame<'a>) -> Result<Option<Self>, Malformed> {
        let mut payload = Payload::new(frame.payload);
        let out = match frame.kind {
            Kind::Transmit => Self::Transmit(payload.rest()),
            Kind::FileRequest => Self::File(payload.take()?),
            Kind::Wait => Self::Wait(payload.take()?),
            Kind::Closed => Self::Closed(payload.take()?),
            Kind::Refused => Self::Refused,
            Kind::Exit => Self::Exit(payload.take()?),
            Kind::Accepting => Self::Accepting(payload.take()?),
            Kind::Counters => Self::Counters(payload.take()?),
            Kind::Fault => Self::Fault(payload.rest()),
            Kind::PrintOut => Self::Print(Stream::Out, payload.rest()),
            Kind::PrintData => Self::Print(Stream::Data, payload.rest()),
            Kind::PrintErr => Self::Print(Stream::Err, payload.rest()),
            Kind::KeyLog => Self::KeyLog(payload.rest()),
            Kind::Messages => Self::Messages(payload.rest()),
            Kind::Session => Self::Session { id: payload.bytes()?, state: payload.rest() },
            Kind::Fact => Self::Fact(payload.take()?),
            _ => return Ok(None),
        };
        payload.end()?;
        Ok(Some(out))
    }
}

/// A [`Sink`] that writes frames: each effect is one, handed to `to`.
pub struct FrameWriter<'a> {
    /// The connection whose effects these are; 0 is the server itself.
    pub conn: u32,
    /// When the input came that has these effects.
    pub at: Now,
    /// Facts are wanted.
    pub facts: bool,
    /// Takes the frames.
    pub to: &'a mut dyn FnMut(Frame<'_>),
}

impl FrameWriter<'_> {
    /// Writes what may come next.
    pub fn wait(&mut self, wait: &Wait) {
        match wait {
            Wait::For(interest) => self.value(Kind::Wait, interest),
            Wait::Closed(outcome) => self.value(Kind::Closed, outcome),
        }
    }

    /// Writes a frame whose payload is this value.
    pub fn value<'a>(&mut self, kind: Kind, value: &impl Field<'a>) {
        let mut payload = Vec::new();
        value.put(&mut payload);
        self.frame(kind, &payload);
    }

    /// Writes a frame with this payload.
    pub fn frame(&mut self, kind: Kind, payload: &[u8]) {
        (self.to)(Frame { kind, conn: self.conn, at: self.at, payload });
    }
}

impl Sink for FrameWriter<'_> {
    fn put(&mut self, effect: Effect<'_>) {
        let mut payload = Vec::new();
        match effect {
            Effect::Transmit(bytes) => self.frame(Kind::Transmit, bytes),
            Effect::Print(Stream::Out, bytes) => self.frame(Kind::PrintOut, bytes),
            Effect::Print(Stream::Data, bytes) => self.frame(Kind::PrintData, bytes),
            Effect::Print(Stream::Err, bytes) => self.frame(Kind::PrintErr, bytes),
            Effect::KeyLog(line) => self.frame(Kind::KeyLog, line),
            Effect::Messages(text) => self.frame(Kind::Messages, text),
            Effect::File(request) => self.value(Kind::FileRequest, &request),
            Effect::Session { id, state } => {
                put_bytes(id, &mut payload);
                payload.extend_from_slice(state);
                self.frame(Kind::Session, &payload);
            }
            Effect::Fact(fact) => self.value(Kind::Fact, fact),
        }
    }

    fn wants_facts(&self) -> bool {
        self.facts
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::frame::Frames;

    #[test]
    fn each_effect_is_a_frame() {
        let mut bytes = Vec::new();
        let mut writer =
            FrameWriter { conn: 3, at: Now::from_micros(9), facts: true, to: &mut |frame| frame.put(&mut bytes) };
        let sink: &mut dyn Sink = &mut writer;
        sink.transmit(b"\x16");
        sink.print(Stream::Out, b"out");
        sink.print(Stream::Data, b"data");
        sink.print(Stream::Err, b"err");
        sink.file(FileRequest::Read { max: 4 });
        sink.key_log(b"CLIENT_RANDOM 0 1");
        sink.messages(b">>> ");
        sink.session(b"id", b"state");
        sink.fact(|| Fact::Renegotiated);
        let interest = Interest { wire: true, ..Interest::default() };
        writer.wait(&Wait::For(interest));
        writer.wait(&Wait::Closed(Outcome::Quit));
        let frames = Frames::new(&bytes).map(|frame| frame.unwrap().1);
        assert!(frames.clone().all(|frame| frame.conn == 3 && frame.at == Now::from_micros(9)));
        let read: Vec<_> = frames.map(|frame| Out::read(&frame).unwrap().unwrap()).collect();
        let expected = [
            Out::Transmit(b"\x16"),
            Out::Print(Stream::Out, b"out"),
            Out::Print(Stream::Data, b"data"),
            Out::Print(Stream::Err, b"err"),
            Out::File(FileRequest::Read { max: 4 }),
            Out::KeyLog(b"CLIENT_RANDOM 0 1"),
            Out::Messages(b">>> "),
            Out::Session { id: b"id", state: b"state" },
            Out::Fact(Fact::Renegotiated),
            Out::Wait(interest),
            Out::Closed(Outcome::Quit),
        ];
        assert_eq!(read, expected);
    }
}
