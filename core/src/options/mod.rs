//! The command line: what can be said, how it is read, and what it means.
//!
//! ```text
//!   table  one row per option: name, syntax and setter, -help line, since when, needs what
//!     |
//!     +--> parse    words, left to right -> Options, or the text that ends the run
//!     |      |
//!     |      v
//!     |    typed    Options: what was typed, one field per thing that can be said
//!     |      |
//!     |      v
//!     |    resolve  cross checks, in the original's order -> RunPlan, what it means
//!     |
//!     +--> refusals what an engine refuses, which it hands in with the build
//!     +--> help     -help, -help_ext
//! ```
//!
//! Words are byte strings. Nothing here looks at the world but through [`World`].
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

mod act;
mod address;
mod characters;
mod check;
pub mod help;
pub mod library;
pub mod name_format;
pub mod needs;
mod no_library;
mod parse;
pub mod plan;
mod protected;
mod protocols;
mod provider;
mod reference;
pub mod refusals;
mod resolve;
pub mod row;
pub mod run;
mod selfsigned;
mod shown;
pub mod table;
#[cfg(test)]
pub(crate) mod testing;
mod typed;
mod value;

pub use library::{Build, Feature, Features};
pub use name_format::NameFormat;
pub use no_library::NoLibrary;
pub use parse::parse;
pub use plan::{Messages, SecurityDebug};
pub use protected::protected;
pub use provider::ProviderParameter;
pub use refusals::{Refusals, Support};
pub use selfsigned::certificate_names;
pub use typed::{ExtraCertificate, Options, TcpAddress, Web, Word};

/// What options look at or do while the command line is read.
pub trait World {
    /// Prints on standard error, at once.
    fn note(&mut self, text: &[u8]);
    /// Whether the path is a directory.
    fn is_directory(&mut self, path: &[u8]) -> bool;
    /// Loads an engine; what came of it is the text to print. `-engine`. Default: nothing is done or said.
    fn load_engine(&mut self, _name: &[u8]) -> Vec<u8> {
        Vec::new()
    }
    /// Whether the library takes that value for a parameter of verification, which is named as its option, or for
    /// `status_url`. Default: yes.
    fn takes_parameter(&mut self, _name: &'static str, _value: &[u8]) -> bool {
        true
    }
    /// Loads random seed from a list of files as `-rand` has it; an error is the text to print. Default: nothing is done.
    fn seed_random(&mut self, _list: &[u8]) -> Result<(), Vec<u8>> {
        Ok(())
    }
    /// Looks for providers in that directory from now on. Default: nothing is done.
    fn set_provider_path(&mut self, _path: &[u8]) {}
    /// Loads a provider; an error is the text to print. Default: nothing is done.
    fn load_provider(&mut self, _name: &[u8]) -> Result<(), Vec<u8>> {
        Ok(())
    }
    /// Sets a parameter of the providers that are loaded; an error is the text to print. `-provparam`. Default: nothing is
    /// done.
    fn set_provider_parameter(&mut self, _parameter: &ProviderParameter<'_>) -> Result<(), Vec<u8>> {
        Ok(())
    }
    /// What the engine does of an option. Default: what it handed in with the build.
    fn support(&mut self, build: &Build, option: &'static str) -> Support {
        build.refusals.support(option)
    }
    /// Empties the file that messages go to, or makes it; whether that can be done. `-msgfile`. Default: nothing is done.
    fn empty_message_file(&mut self, _path: &[u8]) -> bool {
        true
    }
    /// Prints on standard output which program and which libraries these are. `-version`. Default: nothing is printed.
    fn show_version(&mut self) {}
    /// Whether that option is read and checked, and then forgotten: a test that observes its effect must fail then.
    #[cfg(feature = "noop-hook")]
    fn is_without_effect(&mut self, _name: &str) -> bool {
        false
    }
}

/// The command line ends the run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OptionError {
    /// Text for standard error, with its line ends.
    pub text: Vec<u8>,
    /// Exit status: 0 after `-help`, else 1.
    pub status: i32,
    /// The file of a `-writerand` that was read before: it is written all the same.
    pub writerand: Option<Vec<u8>>,
}

/// The text, without its last line end; the status where there is no text.
impl fmt::Display for OptionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.text.trim_ascii_end() {
            b"" => write!(f, "the run ends with status {}", self.status),
            text => f.write_str(&String::from_utf8_lossy(text)),
        }
    }
}

impl core::error::Error for OptionError {}

impl OptionError {
    /// The parts, as they stand, are all that is printed.
    fn new(parts: &[&[u8]]) -> Self {
        Self { text: parts.concat(), status: 1, writerand: None }
    }

    /// The parts are one line, and the hint at `-help` follows. Corresponds to the label `opthelp`.
    fn usage(parts: &[&[u8]]) -> Self {
        Self::new(&[b"s_server: ", &parts.concat(), b"\ns_server: Use -help for summary.\n"])
    }

    /// A text that was asked for.
    fn asked(text: Vec<u8>) -> Self {
        Self { text, status: 0, writerand: None }
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::*;

    #[test]
    fn an_error_is_told_as_it_is_printed() {
        assert_eq!(OptionError::new(&[b"s_server: no ", b"way\n"]).to_string(), "s_server: no way");
        assert_eq!(OptionError::asked(Vec::new()).to_string(), "the run ends with status 0");
    }
}
