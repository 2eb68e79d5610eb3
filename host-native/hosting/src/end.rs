//! How a run ends before it serves.
use std::io::{self, Write as _};
use std::process::ExitCode;

use s_server_core::StartError;
use s_server_core::io::Stream;
use s_server_core::options::OptionError;

use crate::output::Output;

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

    /// A failure that is told now, because a recording has it already.
    pub fn told(why: &StartError, output: &Output) -> Self {
        output.print(Stream::Err, &why.render());
        Self::failure("")
    }

    /// Prints the text, and returns the status.
    pub fn tell(self, output: &Output) -> u8 {
        output.print(Stream::Err, &self.text);
        self.status
    }
}

impl From<StartError> for End {
    fn from(error: StartError) -> Self {
        Self::failure(error)
    }
}

impl From<OptionError> for End {
    fn from(error: OptionError) -> Self {
        Self { text: error.text, status: u8::try_from(error.status).unwrap_or(1) }
    }
}

/// The end of a program that cannot even print; where nothing at all can be written, nobody is told.
pub fn without_streams(why: &io::Error) -> ExitCode {
    let _ = writeln!(io::stderr(), "s_server: no copy of standard output and error can be made: {why}");
    ExitCode::FAILURE
}
