//! Errors about the server's own keys.
use rustls::Error;

/// The error for a key that is not what its kind needs.
pub(super) fn unusable(kind: &str) -> Error {
    Error::General(format!("{kind} private key is malformed or does not fit together"))
}

/// The error for a signature that could not be made.
pub(super) fn failed() -> Error {
    Error::General("signing failed".into())
}
