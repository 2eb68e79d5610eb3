//! What the programs have in common on the way from their command line to their exit status.
use std::io::Write as _;
use std::process::ExitCode;
use std::sync::Arc;

use s_server_core::io::Stream;
use s_server_core::options::OptionError;
use s_server_core::options::plan::{Mode, Plan};
use s_server_core::record::{In, Tee};
use s_server_core::sink::Sink;

use crate::files::Folder;
use crate::output::Output;
use crate::recording::Recording;

/// Why a run ended early: what to print on standard error, and the exit status.
#[derive(Debug, PartialEq, Eq)]
pub struct End {
    /// Whole lines, or nothing where all was told already.
    pub text: Vec<u8>,
    /// The exit status.
    pub status: u8,
}

impl End {
    /// A failure, whose status is 1.
    pub fn failure(text: impl Into<Vec<u8>>) -> Self {
        Self { text: text.into(), status: 1 }
    }

    /// Prints the text, and returns the status.
    pub fn tell(self, output: &Output) -> u8 {
        output.print(Stream::Err, &self.text);
        self.status
    }
}

impl From<OptionError> for End {
    fn from(error: OptionError) -> Self {
        Self { text: error.text, status: u8::try_from(error.status).unwrap_or(1) }
    }
}

/// The end of a program that cannot even print; where nothing at all can be written, nobody is told.
pub fn without_streams(why: &std::io::Error) -> ExitCode {
    let _ = writeln!(std::io::stderr(), "s_server: no copy of standard output and error can be made: {why}");
    ExitCode::FAILURE
}

/// The folder that a plan serves, if it serves one. An error is the text that ends the run.
pub fn served_folder(plan: &Plan) -> Result<Option<Folder>, Vec<u8>> {
    match plan.mode {
        Mode::Files { .. } => Folder::current().map(Some).map_err(|why| format!("s_server: .: {why}\n").into_bytes()),
        _ => Ok(None),
    }
}

/// A call of the server as a whole, which prints, recorded or not.
pub fn on_server(
    recording: Option<&Arc<Recording>>,
    output: &Output,
    input: &In<'_>,
    call: impl FnOnce(&mut dyn Sink),
) {
    match recording {
        None => call(&mut &*output),
        Some(recording) => {
            recording.call(0, recording.now(), input, || call(&mut Tee::new(&mut &*output, &**recording)))
        }
    }
}
