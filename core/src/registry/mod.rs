//! Code points of TLS and what OpenSSL calls them, each once: for texts and for engines alike.
pub mod cipher_suites;
pub mod signature_schemes;
