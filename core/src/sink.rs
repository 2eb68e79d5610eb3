//! Where a connection puts its effects: above [`io`](crate::io), for a fact holds what engines and commands tell.
use crate::fact::Fact;
use crate::io::{FileRequest, Stream};

/// Something that is to happen outside.
///
/// Exhaustive on purpose: a host that forgets an effect, of today or of a later version, does not compile.
///
/// ```compile_fail
/// use s_server_core::sink::Effect;
///
/// fn host(effect: Effect<'_>) {
///     match effect {
///         Effect::Transmit(_) | Effect::Print(..) | Effect::File(_) => {}
///         Effect::KeyLog(_) | Effect::Messages(_) | Effect::Session { .. } => {} // and Effect::Fact(_)
///     }
/// }
/// ```
#[derive(Clone, Copy, Debug)]
pub enum Effect<'a> {
    /// Bytes for the peer.
    Transmit(&'a [u8]),
    /// Bytes for the operator. One effect is one unit: a host writes it with one `write`.
    Print(Stream, &'a [u8]),
    /// The host is asked for a file. It answers with [`Input::File`](crate::io::Input::File) in a later call. Only `-WWW` and `-HTTP` ask.
    File(FileRequest<'a>),
    /// A line for the file of `-keylogfile`, without its end.
    KeyLog(&'a [u8]),
    /// Text for the file of `-msgfile`. One effect is one unit: a host appends it with one `write`.
    Messages(&'a [u8]),
    /// A session is kept, for other instances of the engine. A host with one instance has no use for it.
    Session {
        /// What a client names it by.
        id: &'a [u8],
        /// What the engine makes it from; a secret.
        state: &'a [u8],
    },
    /// A fact as a value. Comes only where [`Sink::wants_facts`]; texts are rendered from the same values.
    Fact(&'a Fact),
}

/// Where a connection puts its effects. Never called re-entrantly; calls are in the order of the effects.
pub trait Sink {
    /// Takes one effect.
    fn put(&mut self, effect: Effect<'_>);
    /// Somebody takes facts: [`Effect::Fact`] comes. Otherwise none is made. The answer is the same for the whole connection.
    fn wants_facts(&self) -> bool;
}

/// Each effect by its name.
impl dyn Sink + '_ {
    /// Puts an [`Effect::Transmit`].
    pub fn transmit(&mut self, bytes: &[u8]) {
        self.put(Effect::Transmit(bytes));
    }

    /// Puts an [`Effect::Print`].
    pub fn print(&mut self, stream: Stream, bytes: &[u8]) {
        self.put(Effect::Print(stream, bytes));
    }

    /// Puts an [`Effect::File`].
    pub fn file(&mut self, request: FileRequest<'_>) {
        self.put(Effect::File(request));
    }

    /// Puts an [`Effect::KeyLog`].
    pub fn key_log(&mut self, line: &[u8]) {
        self.put(Effect::KeyLog(line));
    }

    /// Puts an [`Effect::Messages`].
    pub fn messages(&mut self, text: &[u8]) {
        self.put(Effect::Messages(text));
    }

    /// Puts an [`Effect::Session`].
    pub fn session(&mut self, id: &[u8], state: &[u8]) {
        self.put(Effect::Session { id, state });
    }

    /// Puts an [`Effect::Fact`], if somebody wants it.
    pub fn fact(&mut self, tell: impl FnOnce() -> Fact) {
        if self.wants_facts() {
            self.put(Effect::Fact(&tell()));
        }
    }
}

/// A sink that takes every effect and does nothing about it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Discard;

impl Sink for Discard {
    fn put(&mut self, _: Effect<'_>) {}

    fn wants_facts(&self) -> bool {
        false
    }
}
