//! `-replay` and `-replay_show`: what is done with a recording instead of a run.
use std::io::{ErrorKind, Read};
use std::sync::{Arc, Mutex, PoisonError};

use s_server_core::io::{Now, Stream};
use s_server_core::record::{Frame, Frames, Kind, Replayed, Rewind, Tape, render, replay};

use crate::output::Output;
use crate::system;

/// A [`Tape`] in memory.
#[derive(Debug, Default)]
pub struct Memory(Mutex<Vec<u8>>);

impl Tape for Memory {
    fn put(&self, kind: Kind, payload: &[u8]) {
        let mut frames = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Frame { kind, conn: 0, at: Now::default(), payload }.put(&mut frames);
    }
}

impl Rewind for Memory {
    fn take(&self) -> Vec<u8> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Plays a recording and tells what came of it. Exit status 0: everything came out as it was recorded.
pub fn play(path: &[u8], output: &Output) -> u8 {
    let Some(recording) = load(path, output) else { return 1 };
    match replay(&recording.into(), &Arc::new(Memory::default())) {
        Ok(Replayed { inputs, outputs, complete }) => {
            let end = if complete { "" } else { "; the recorded run did not end" };
            say(output, Stream::Out, path, &format!("{inputs} frames fed, {outputs} compared, no difference{end}"));
            0
        }
        Err(difference) => {
            say(output, Stream::Err, path, &difference.to_string());
            1
        }
    }
}

/// Prints a recording, one line a frame. Exit status 0: all of it could be read.
pub fn show(path: &[u8], output: &Output) -> u8 {
    let Some(recording) = load(path, output) else { return 1 };
    for frame in Frames::new(&recording) {
        match frame {
            Ok((_, frame)) => output.print(Stream::Out, (render::line(&frame) + "\n").as_bytes()),
            Err(broken) => {
                say(output, Stream::Err, path, &broken.to_string());
                return 1;
            }
        }
        while output.is_full() {
            output.finish();
        }
    }
    0
}

fn say(output: &Output, stream: Stream, path: &[u8], what: &str) {
    output.print(stream, &[b"s_server: ", path, b": ", what.as_bytes(), b"\n"].concat());
}

/// All bytes of the file, or what is told about it.
fn load(path: &[u8], output: &Output) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let read = std::fs::File::open(system::path(path)).and_then(|mut file| file.read_to_end(&mut bytes));
    match read {
        Ok(_) => Some(bytes),
        Err(why) if why.kind() == ErrorKind::OutOfMemory => {
            say(output, Stream::Err, path, "the recording is larger than memory");
            None
        }
        Err(why) => {
            say(output, Stream::Err, path, &why.to_string());
            None
        }
    }
}
