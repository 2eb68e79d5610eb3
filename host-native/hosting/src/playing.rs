//! `-replay` and `-replay_show`: what is done with a recording instead of a run.
use std::fs::File;
use std::io::{ErrorKind, Read};
use std::sync::{Arc, Mutex, PoisonError};

use s_server_core::io::{Now, Stream};
use s_server_core::record::{Broken, Frame, Frames, Kind, NoFrame, Replayed, Rewind, Tape, begins, render, replay};

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
    match replay(&recording, &Arc::new(Memory::default())) {
        Ok(Replayed { inputs, outputs, complete }) => {
            let end = if complete { "" } else { "; the recorded run did not end" };
            say(output, Stream::Out, path, &format!("{inputs} frames fed, {outputs} compared, no difference{end}"));
            output.finish();
            u8::from(output.has_failed())
        }
        Err(difference) => {
            say(output, Stream::Err, path, &difference.to_string());
            1
        }
    }
}

/// Prints a recording, one line a frame. Exit status 0: all of it could be read and written.
pub fn show(path: &[u8], output: &Output) -> u8 {
    let shown = match File::open(system::path(path)) {
        Ok(file) => show_all(file, output),
        Err(why) => Err(why.to_string()),
    };
    if let Err(why) = &shown {
        say(output, Stream::Err, path, why);
    }
    output.finish();
    u8::from(shown.is_err() || output.has_failed())
}

/// Reads and prints the frames, of which only those of one piece are in memory. An error is what there is to tell.
fn show_all(mut file: File, output: &Output) -> Result<(), String> {
    let (mut piece, mut offset, mut begun) = (Vec::new(), 0, false);
    loop {
        let got = (&mut file).take(PIECE).read_to_end(&mut piece).map_err(|why| why.to_string())?;
        let mut frames = Frames::new(&piece);
        let (mut shown, mut broken) = (0, None);
        while let Some(frame) = frames.next() {
            match frame {
                Ok((_, frame)) => {
                    if !std::mem::replace(&mut begun, true) {
                        begins(Some(&frame)).map_err(|why| why.to_string())?;
                    }
                    output.print(Stream::Out, (render::line(&frame) + "\n").as_bytes());
                    shown = frames.offset();
                }
                Err(why) => broken = Some(why),
            }
            while output.is_full() {
                output.finish();
            }
        }
        match broken {
            // The rest of the frame may come with the next piece.
            Some(Broken { why: NoFrame::CutHeader | NoFrame::CutPayload { .. }, .. }) if got > 0 => {}
            Some(broken) => return Err(Broken { offset: offset + broken.offset, ..broken }.to_string()),
            None if got > 0 => {}
            None if begun => return Ok(()),
            None => return begins(None).map_err(|why| why.to_string()),
        }
        offset += shown;
        piece.drain(..shown);
    }
}

/// A recording is shown in pieces of this size.
const PIECE: u64 = 1024 * 1024;

fn say(output: &Output, stream: Stream, path: &[u8], what: &str) {
    output.print(stream, &[b"s_server: ", path, b": ", what.as_bytes(), b"\n"].concat());
}

/// All bytes of the file, which are in memory once, or what is told about it.
fn load(path: &[u8], output: &Output) -> Option<Arc<[u8]>> {
    let read = File::open(system::path(path)).and_then(|mut file| match file.metadata()?.len() {
        // A pipe, or nothing.
        0 => {
            let mut bytes = Vec::new();
            file.read_to_end(&mut bytes).map(|_| bytes.into())
        }
        length => {
            let length = usize::try_from(length).map_err(|_| ErrorKind::OutOfMemory)?;
            // What there is no room for is an error here, and would be the end of the program in the line after it.
            Vec::<u8>::new().try_reserve_exact(length).map_err(|_| ErrorKind::OutOfMemory)?;
            let mut bytes: Arc<[u8]> = std::iter::repeat_n(0, length).collect();
            file.read_exact(Arc::get_mut(&mut bytes).unwrap_or_default())?;
            Ok(bytes)
        }
    });
    match read {
        Ok(bytes) => Some(bytes),
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
