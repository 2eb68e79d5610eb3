//! What stands on the wire in the clear: records up to the first handshake message, and the ClientHello in them.
//!
//! ```text
//!   bytes --> FirstMessage::take --> the message's bytes --> ClientHello::parse --> fields, borrowed
//!                                                                 |
//!                                                  hello.server_name(), key_shares() … --> content of extensions
//! ```
//!
//! It decodes and judges only form: every length is checked, no value is. Nothing here encrypts, answers or prints.
pub mod dtls;
pub mod extension;
pub mod hello;
mod offers;
mod reader;
pub mod record;
pub mod server_hello;

pub use hello::ClientHello;
pub use offers::KeyShare;
pub use reader::Numbers;
pub use record::FirstMessage;

use core::fmt;

/// Bytes that are not the message they are taken for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Malformed {
    /// The field that is at fault, in the words of the RFC that defines it.
    pub field: &'static str,
    /// Where the field begins, or what follows it if nothing may: bytes from the start of the handshake message, its
    /// header included; for a record, bytes from the start of the stream.
    pub offset: usize,
    /// What is wrong with it.
    pub defect: Defect,
}

/// What is wrong with a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Defect {
    /// What it lies in ends before it does.
    Truncated,
    /// Something follows it where nothing may.
    Trailing,
    /// Its length is one that it cannot have.
    Length,
    /// Its value says that it is something else.
    Unexpected,
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let defect = match self.defect {
            Defect::Truncated => "is cut short",
            Defect::Trailing => "is followed by more",
            Defect::Length => "has a length that it cannot have",
            Defect::Unexpected => "is something else",
        };
        write!(f, "{} at byte {} {defect}", self.field, self.offset)
    }
}

impl core::error::Error for Malformed {}

/// ClientHellos as clients sent them, each in one record.
#[cfg(test)]
pub(crate) mod captured {
    /// `openssl s_client` 3.0 with `-servername server.example -alpn h2,http/1.1 -groups X25519:P-256`.
    pub const TLS13: &[u8] = include_bytes!("testdata/tls13.bin");
    /// The same program with `-tls1_2 -servername server.example` and two cipher suites.
    pub const TLS12: &[u8] = include_bytes!("testdata/tls12.bin");
    /// The same program with `-tls1 -noservername` and one cipher suite.
    pub const TLS10: &[u8] = include_bytes!("testdata/tls10.bin");
    /// curl 7.88 with OpenSSL 3.0, for `https://localhost/`.
    pub const CURL: &[u8] = include_bytes!("testdata/curl.bin");
    /// Chromium, for `https://localhost/`.
    pub const CHROMIUM: &[u8] = include_bytes!("testdata/chromium.bin");
    /// All of them.
    pub const ALL: [&[u8]; 5] = [TLS13, TLS12, TLS10, CURL, CHROMIUM];
}

#[cfg(test)]
mod tests {
    use std::string::ToString;

    use super::*;

    #[test]
    fn a_fault_names_its_field_and_place() {
        let error = Malformed { field: "cipher_suites", offset: 71, defect: Defect::Length };
        assert_eq!(error.to_string(), "cipher_suites at byte 71 has a length that it cannot have");
    }
}
