//! The guest as a command: frames on standard input and output.
//!
//! Frames that came out of a guest are skipped, so that a whole recording can be fed back.
mod step;

use std::io::{self, ErrorKind, Read, Write};
use std::process::ExitCode;

use step::Guest;

/// Length of a frame's header.
const HEADER: usize = 16;
/// Kinds from here on come out of a guest.
const OUTPUT: u8 = 0x80;

fn main() -> ExitCode {
    match run(&mut io::stdin().lock(), &mut io::stdout().lock()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("s_server_guest: {why}");
            ExitCode::FAILURE
        }
    }
}

/// Steps, frame by frame, until the input ends.
fn run(from: &mut impl Read, to: &mut impl Write) -> io::Result<()> {
    let (mut guest, mut output) = (Guest::default(), Vec::new());
    while let Some(frame) = read_frame(from)? {
        if frame[0] < OUTPUT {
            output.clear();
            guest.step(&frame, &mut output);
            to.write_all(&output)?;
            to.flush()?;
        }
    }
    Ok(())
}

/// The next frame's bytes. `None`: the input ended before it.
fn read_frame(from: &mut impl Read) -> io::Result<Option<Vec<u8>>> {
    let mut frame = Vec::new();
    from.by_ref().take(HEADER as u64).read_to_end(&mut frame)?;
    if frame.is_empty() {
        return Ok(None);
    }
    let cut = || io::Error::new(ErrorKind::UnexpectedEof, "the input ends inside a frame");
    let length = frame.get(4..8).and_then(|length| length.try_into().ok()).filter(|_| frame.len() == HEADER);
    let length = u32::from_le_bytes(length.ok_or_else(cut)?);
    // Memory only for what comes, whatever the header announces.
    let read = from.by_ref().take(length.into()).read_to_end(&mut frame)?;
    if read as u64 == u64::from(length) { Ok(Some(frame)) } else { Err(cut()) }
}
