//! Encrypted Client Hello, RFC 9849.
use alloc::string::String;

/// What became of a client's attempt. Corresponds to `SSL_ech_get1_status`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ech {
    /// How far it came.
    pub status: EchStatus,
    /// The server's name in the inner ClientHello, once that is decrypted.
    pub inner_name: Option<String>,
    /// The server's name in the outer ClientHello.
    pub outer_name: Option<String>,
}

/// How far an attempt came. Correspond to `SSL_ECH_STATUS_…`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum EchStatus {
    /// The inner ClientHello was decrypted.
    Success,
    /// The client made none.
    #[default]
    NotTried,
    /// It could not be decrypted.
    Failed,
    /// It could not be decrypted, and the peer sent configurations to try again with.
    FailedWithRetry,
    /// It was decrypted, and the certificate does not fit the name.
    BadName,
    /// It came decrypted, from a server in front of this one.
    Backend,
    /// The server has no keys for it.
    NotConfigured,
    /// What looks like one is a value of chance, section 6.2.
    Grease,
    /// That, and the peer sent configurations.
    GreaseWithRetry,
    /// The library was asked wrongly.
    BadCall,
    /// The library says what is not among these.
    Unknown,
}
