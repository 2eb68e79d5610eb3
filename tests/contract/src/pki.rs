//! Certificates and keys of the claims, for tests beside them too. The names in them end in `.example`; they are valid
//! until 2126, or were until 2021 where they are called expired.
use std::path::PathBuf;

/// Where all of them stand as files.
pub fn folder() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/pki"))
}

/// The authority that signed the others, in PEM.
pub const ROOT: &str = include_str!("../pki/root.pem");
/// An authority below it.
pub const INTER: &str = include_str!("../pki/inter.pem");
/// The list of what it revoked.
pub const CRL: &str = include_str!("../pki/root.crl");
/// A server's certificate: RSA, 2048 bits.
pub const RSA: &str = include_str!("../pki/rsa.pem");
/// Its key.
pub const RSA_KEY: &str = include_str!("../pki/rsa.key");
/// Its key, encrypted with the pass phrase `secret`.
pub const RSA_KEY_ENCRYPTED: &str = include_str!("../pki/rsa.enc.key");
/// A certificate for `other.example`.
pub const OTHER: &str = include_str!("../pki/other.pem");
/// A client's certificate that was valid until 2021.
pub const EXPIRED: &str = include_str!("../pki/expired.pem");
/// An OCSP response, in DER.
pub const OCSP: &[u8] = include_bytes!("../pki/ocsp.der");
