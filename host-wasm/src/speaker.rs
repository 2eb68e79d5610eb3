//! An instance and what is said to it: frames go in, and of those that come out only what is well-formed has an effect.
use s_server_core::engine::CacheStats;
use s_server_core::io::{FileRequest, Wait};
use s_server_core::record::{Frames, Out};
use s_server_core::sink::Sink;

use crate::sandbox::{Fault, Instance};
use crate::tap::Tap;

/// The largest piece of a file.
const PIECE: usize = 65_536;

/// An instance, what it is told next, and what it answered.
pub struct Speaker {
    /// What is spoken to.
    pub instance: Instance,
    /// Writes it all down. `-record`.
    pub tap: Option<Tap>,
    /// Frames that it is told next.
    pub input: Vec<u8>,
    output: Vec<u8>,
}

/// The last word of an answer.
pub enum Answer {
    /// Nothing that asks for something.
    None,
    /// What may come next.
    Wait(Wait),
    /// There is no session for this client.
    Refused,
    /// The command line or its files do not do, and the run ends with this status.
    Exit(u8),
    /// What the guest has counted.
    Counters(CacheStats),
}

impl Answer {
    /// It says nothing that asks for something.
    pub fn none(self) -> Result<(), Fault> {
        match self {
            Self::None => Ok(()),
            _ => Err(Fault::Answer("something that was not asked for")),
        }
    }
}

impl Speaker {
    /// Nothing is said yet.
    pub fn new(instance: Instance, tap: Option<Tap>) -> Self {
        Self { instance, tap, input: Vec::new(), output: Vec::new() }
    }

    /// Hands over what stands in `input`; the effects of the answer go to `out`.
    pub fn speak(&mut self, connection: u32, out: &mut dyn Sink) -> Result<Answer, Fault> {
        match &self.tap {
            None => self.instance.step(&self.input, &mut self.output)?,
            Some(tap) => tap.step(&mut self.instance, &self.input, &mut self.output)?,
        }
        self.input.clear();
        let mut answer = Answer::None;
        for frame in Frames::new(&self.output) {
            let (_, frame) = frame.map_err(|_| Fault::Answer("something that is no frame"))?;
            let effect = Out::read(&frame).map_err(|_| Fault::Answer("a malformed frame"))?;
            if frame.conn != connection {
                return Err(Fault::Answer("a frame of another connection"));
            }
            match effect {
                Some(Out::Transmit(bytes)) => out.transmit(bytes),
                Some(Out::Print(stream, bytes)) => out.print(stream, bytes),
                Some(Out::File(FileRequest::Read { max })) => out.file(FileRequest::Read { max: max.min(PIECE) }),
                Some(Out::File(open)) => out.file(open),
                Some(Out::Wait(interest)) => answer = Answer::Wait(Wait::For(interest)),
                Some(Out::Closed(outcome)) => answer = Answer::Wait(Wait::Closed(outcome)),
                Some(Out::Refused) => answer = Answer::Refused,
                Some(Out::Exit(status)) => answer = Answer::Exit(status),
                Some(Out::Fault(why)) => return Err(Fault::Refused(why.to_vec())),
                Some(Out::KeyLog(line)) => out.key_log(line),
                Some(Out::Messages(text)) => out.messages(text),
                Some(Out::Session { id, state }) => out.session(id, state),
                Some(Out::Counters(counted)) => answer = Answer::Counters(counted),
                Some(Out::Fact(fact)) => out.fact(|| fact),
                Some(Out::Accepting(_)) | None => {}
            }
        }
        Ok(answer)
    }
}
