//! How a run ends before it serves.
use std::error::Error;
use std::fmt;
use std::io::{self, Write as _};
use std::process::ExitCode;

use s_server_core::StartError;
use s_server_core::io::Stream;
use s_server_core::options::OptionError;

use crate::output::Output;

/// Why a run ended early: what to print on standard error, and the exit status.
#[derive(Debug, PartialEq, Eq)]
pub struct End {
    /// What there is to tell. Nothing, where all was told already.
    pub why: Option<StartError>,
    /// The exit status.
    pub status: u8,
}

impl End {
    /// Nothing is left to tell.
    pub fn silent(status: u8) -> Self {
        Self { why: None, status }
    }

    /// A failure, whose status is 1.
    pub fn failure(why: impl Into<StartError>) -> Self {
        Self { why: Some(why.into()), status: 1 }
    }

    /// A failure that is told now, because a recording has it already.
    pub fn told(why: &StartError, output: &Output) -> Self {
        output.print(Stream::Err, &why.render());
        Self::silent(1)
    }

    /// What is printed: whole lines, or nothing.
    pub fn render(&self) -> Vec<u8> {
        self.why.as_ref().map(StartError::render).unwrap_or_default()
    }

    /// Prints what there is to tell, and returns the status.
    pub fn tell(self, output: &Output) -> u8 {
        output.print(Stream::Err, &self.render());
        self.status
    }
}

impl fmt::Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.why {
            Some(why) => why.fmt(f),
            None => write!(f, "ended with status {}", self.status),
        }
    }
}

impl Error for End {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.why.as_ref().map(|why| why as _)
    }
}

impl From<StartError> for End {
    fn from(why: StartError) -> Self {
        Self::failure(why)
    }
}

impl From<OptionError> for End {
    fn from(error: OptionError) -> Self {
        let status = u8::try_from(error.status).unwrap_or(1);
        Self { why: Some(StartError::original(error.text)), status }
    }
}

/// The end of a program that cannot even print; where nothing at all can be written, nobody is told.
pub fn without_streams(why: &io::Error) -> ExitCode {
    let why = StartError::of_cause(format!("no copy of standard output and error can be made: {why}"));
    let _ = io::stderr().write_all(&why.render());
    ExitCode::FAILURE
}
