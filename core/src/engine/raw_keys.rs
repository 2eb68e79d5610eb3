//! Raw public keys in the place of certificates, RFC 7250.
use alloc::vec::Vec;

/// Who proved itself by a raw public key.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RawKeys {
    /// The server sent one.
    pub server: bool,
    /// The client was to send one.
    pub client: bool,
    /// The client's key; `None` when it sent none.
    pub peer: Option<PublicKey>,
    /// The record by which the client's key or certificate is trusted (`-expected-rpks`).
    /// [`Detail::Brief`](super::Detail::Brief) only.
    pub matched: Option<TlsaMatch>,
}

/// A public key, in the forms that the texts need.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PublicKey {
    /// `SubjectPublicKeyInfo` in DER, RFC 5280 section 4.1.2.7.
    pub der: Vec<u8>,
    /// `EVP_PKEY_print_public`, indented by two.
    pub text: Vec<u8>,
}

/// A TLSA record, RFC 6698 section 2.1, and what it matched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsaMatch {
    /// Certificate usage, section 2.1.1.
    pub usage: u8,
    /// Selector, section 2.1.2.
    pub selector: u8,
    /// Matching type, section 2.1.3.
    pub matching: u8,
    /// Certificate association data, section 2.1.4.
    pub data: Vec<u8>,
    /// Where in the client's chain the certificate stands that it matched, 0 for its own; `None`: it matched a raw key.
    pub depth: Option<i32>,
}
