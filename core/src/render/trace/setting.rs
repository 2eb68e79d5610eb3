//! What a message is read with: what of the session decides how its bytes are understood.
use alloc::vec::Vec;

use super::exchange::Exchange;

/// What is known of the session when a message passes.
#[derive(Clone, Debug, Default)]
pub(super) struct Setting<'a> {
    /// The server sent the message.
    pub sent: bool,
    /// DTLS.
    pub datagrams: bool,
    /// TLS 1.3.
    pub is_tls13: bool,
    /// Signatures name their scheme: since TLS 1.2 and DTLS 1.2.
    pub schemes: bool,
    /// The key exchange of the cipher suite.
    pub exchange: Exchange,
    /// A Certificate message of this side holds a raw public key, RFC 7250.
    pub raw_key: bool,
    /// Texts of what only a library can decode, those that are not printed yet.
    pub objects: &'a [Vec<u8>],
}

impl<'a> Setting<'a> {
    /// The text of the next one.
    pub fn take_object(&mut self) -> Option<&'a [u8]> {
        let (object, left) = self.objects.split_first()?;
        self.objects = left;
        Some(object)
    }
}

/// The message that the extensions stand in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Within {
    ClientHello,
    ServerHello,
    EncryptedExtensions,
    CertificateRequest,
    Certificate,
    NewSessionTicket,
}

/// Whose form an extension has that both sides may send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Client,
    Server,
}

impl Within {
    /// The form that a release takes its extensions for.
    pub fn form(self, setting: &Setting<'_>) -> Form {
        match self {
            Self::Certificate if setting.sent => Form::Server,
            Self::ServerHello | Self::EncryptedExtensions | Self::CertificateRequest => Form::Server,
            Self::ClientHello | Self::Certificate | Self::NewSessionTicket => Form::Client,
        }
    }
}
