//! What the engine is given beside the plan: it opens no terminal and no key log, and reads no clock, unless it is told to.
use std::ffi::CString;

use s_server_core::StartError;
use s_server_core::sink::Sink;

use super::sys::ui::Answer;

/// The surroundings of a context. Default: no pass phrases, nobody to ask, 1970, and no key log.
#[derive(Default)]
#[non_exhaustive]
pub struct Environment<'a> {
    /// The pass phrases that `-pass` and `-dpass` stand for; `None` without the option.
    pub pass_phrases: [Option<Vec<u8>>; 2],
    /// Who is asked for a pass phrase that no option gives.
    pub questions: Questions<'a>,
    /// Seconds since 1970, for the certificate of `-selfsigned`.
    pub wall: u64,
    /// Opens the file of `-keylogfile`, whose name it gets, in the original's order of messages; an error ends the start.
    /// With or without it, the secrets come as [`Effect::KeyLog`](s_server_core::sink::Effect::KeyLog) later.
    pub open_key_log: Option<&'a mut OpenKeyLog<'a>>,
}

/// Opens a key log; what is to be told and does not end the start goes to the sink.
pub type OpenKeyLog<'a> = dyn FnMut(&[u8], &mut dyn Sink) -> Result<(), StartError> + 'a;

/// Who is asked for the pass phrase of a file that turns out to be protected.
#[derive(Clone, Copy, Default)]
#[non_exhaustive]
pub enum Questions<'a> {
    /// The operator, by OpenSSL's own console: on the terminal, else by standard error and standard input.
    Console,
    /// This function, which gets the name of the object. `None`: there is no answer.
    Function(&'a dyn Fn(&[u8]) -> Option<Vec<u8>>),
    /// Nobody: what is protected cannot be read.
    #[default]
    Nobody,
}

impl<'a> Questions<'a> {
    /// What answers when that object turns out to be protected.
    pub(crate) fn answer(self, object: CString) -> Answer<'a> {
        match self {
            Self::Console => Answer::ask(object, None),
            Self::Function(function) => Answer::ask(object, Some(function)),
            Self::Nobody => Answer::Nobody,
        }
    }
}
