//! `-replay` and `-replay_show`: what is done with a recording instead of a run.
use std::error::Error;
use std::fs::File;
use std::io::Read;
use std::sync::{Arc, Mutex, PoisonError};

use s_server_core::StartError;
use s_server_core::io::Stream;
use s_server_core::record::{Broken, Film, Frames, NoFrame, Player, Reel, Replayed, Side, begins, render};

use crate::output::Output;
use crate::system;

/// Plays a recording and tells what came of it. Exit status 0: everything came out as it was recorded.
pub fn play(path: &[u8], output: &Output) -> u8 {
    match open(path).and_then(play_all) {
        Ok(Replayed { inputs, outputs, complete }) => {
            let end = if complete { "" } else { "; the recorded run did not end" };
            let result = format!(": {inputs} frames fed, {outputs} compared, no difference{end}\n");
            output.print(Stream::Out, &[b"s_server: ", path, result.as_bytes()].concat());
            output.finish();
            u8::from(output.has_failed())
        }
        Err(why) => {
            refuse(path, &*why, output);
            1
        }
    }
}

/// The part of a recording that is played now.
#[derive(Default)]
struct Part(Mutex<Arc<[u8]>>);

impl Film for Part {
    fn bytes(&self) -> Arc<[u8]> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Plays a file, of which only the calls of one piece are in memory.
fn play_all(mut file: File) -> Result<Replayed, Failure> {
    let film = Arc::new(Part::default());
    let mut player = Player::new(Reel::over(film.clone()));
    let mut piece = Vec::new();
    loop {
        let got = (&mut file).take(PIECE).read_to_end(&mut piece)?;
        let end = if got == 0 { piece.len() } else { whole_calls(&piece) };
        let part: Arc<[u8]> = piece.drain(..end).collect();
        *film.0.lock().unwrap_or_else(PoisonError::into_inner) = part.clone();
        if !part.is_empty() {
            player.play(&part)?;
        }
        if got == 0 {
            return Ok(player.end()?);
        }
    }
}

/// Where the last input in these bytes begins: what follows from it may not be there yet. All of them, where no frame can
/// be: nothing more will come of them.
fn whole_calls(bytes: &[u8]) -> usize {
    let mut begin = 0;
    for frame in Frames::new(bytes) {
        match frame {
            Ok((offset, frame)) if frame.kind.side() == Side::In => begin = offset,
            Ok(_) => {}
            Err(Broken { why: NoFrame::CutHeader | NoFrame::CutPayload { .. }, .. }) => {}
            Err(_) => return bytes.len(),
        }
    }
    begin
}

/// Prints a recording, one line a frame. Exit status 0: all of it could be read and written.
pub fn show(path: &[u8], output: &Output) -> u8 {
    let shown = open(path).and_then(|file| show_all(file, output));
    if let Err(why) = &shown {
        refuse(path, &**why, output);
    }
    output.finish();
    u8::from(shown.is_err() || output.has_failed())
}

/// Reads and prints the frames, of which only those of one piece are in memory.
fn show_all(mut file: File, output: &Output) -> Result<(), Failure> {
    let (mut piece, mut offset, mut begun) = (Vec::new(), 0, false);
    loop {
        let got = (&mut file).take(PIECE).read_to_end(&mut piece)?;
        let mut frames = Frames::new(&piece);
        let (mut shown, mut broken) = (0, None);
        while let Some(frame) = frames.next() {
            match frame {
                Ok((_, frame)) => {
                    if !std::mem::replace(&mut begun, true) {
                        begins(Some(&frame))?;
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
            Some(broken) => return Err(Broken { offset: offset + broken.offset, ..broken }.into()),
            None if got > 0 => {}
            None if begun => return Ok(()),
            None => return Ok(begins(None)?),
        }
        offset += shown;
        piece.drain(..shown);
    }
}

/// A recording is read in pieces of this size.
const PIECE: u64 = 1024 * 1024;

/// Why a recording cannot be played or shown.
type Failure = Box<dyn Error>;

fn open(path: &[u8]) -> Result<File, Failure> {
    Ok(File::open(system::path(path))?)
}

fn refuse(path: &[u8], why: &dyn Error, output: &Output) {
    output.print(Stream::Err, &StartError::of_value(path, why.to_string()).render());
}
