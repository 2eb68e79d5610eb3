//! What the option parser may look at and do: the host's part of it, and the library's.
use s_server_core::io::Stream;
use s_server_core::options::{ProviderParameter, World};

use crate::messages::MessageFile;
use crate::output::Output;
use crate::system;

/// Prints, and looks at directories; hands on what the library has to do.
pub struct Here<'a> {
    library: &'a mut dyn World,
    version: &'a str,
    output: &'a Output,
    /// What was printed on standard error, in order.
    pub notes: Vec<Vec<u8>>,
    /// The file that takes messages: the last that was named.
    pub messages: Option<MessageFile>,
}

impl<'a> Here<'a> {
    /// `version`: the lines of `-version`.
    pub fn new(library: &'a mut dyn World, version: &'a str, output: &'a Output) -> Self {
        Self { library, version, output, notes: Vec::new(), messages: None }
    }
}

impl World for Here<'_> {
    fn note(&mut self, text: &[u8]) {
        self.output.print(Stream::Err, text);
        self.notes.push(text.to_vec());
    }

    fn is_directory(&mut self, path: &[u8]) -> bool {
        system::path(path).is_dir()
    }

    fn load_engine(&mut self, name: &[u8]) -> Vec<u8> {
        self.library.load_engine(name)
    }

    fn takes_parameter(&mut self, name: &'static str, value: &[u8]) -> bool {
        self.library.takes_parameter(name, value)
    }

    fn empty_message_file(&mut self, path: &[u8]) -> bool {
        self.messages = MessageFile::create(path).ok();
        self.messages.is_some()
    }

    fn seed_random(&mut self, list: &[u8]) -> Result<(), Vec<u8>> {
        self.library.seed_random(list)
    }

    fn set_provider_path(&mut self, path: &[u8]) {
        self.library.set_provider_path(path);
    }

    fn load_provider(&mut self, name: &[u8]) -> Result<(), Vec<u8>> {
        self.library.load_provider(name)
    }

    fn set_provider_parameter(&mut self, parameter: &ProviderParameter<'_>) -> Result<(), Vec<u8>> {
        self.library.set_provider_parameter(parameter)
    }

    fn show_version(&mut self) {
        self.output.print(Stream::Out, self.version.as_bytes());
    }

    #[cfg(feature = "noop-hook")]
    fn is_without_effect(&mut self, name: &str) -> bool {
        system::variable("S_SERVER_NOOP").is_some_and(|option| option == name.as_bytes())
    }
}
