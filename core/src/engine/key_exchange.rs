//! How the two sides came to their common secret.
use alloc::borrow::Cow;

/// The key exchange of a handshake, as far as the library tells of it. Names are OpenSSL's.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyExchange {
    /// The peer sent a key on a curve of RFC 8422, other than those that have a kind of key of their own.
    Ecdh {
        /// The curve, `prime256v1`; `None` for one without a name.
        curve: Option<Cow<'static, str>>,
        /// Size of its field in bits.
        bits: u32,
    },
    /// The peer sent a key of finite field Diffie-Hellman, RFC 7919.
    Dh {
        /// Size of the prime in bits.
        bits: u32,
    },
    /// The peer sent an RSA key.
    Rsa {
        /// Size of the modulus in bits.
        bits: u32,
    },
    /// The peer sent a key of another kind.
    Key {
        /// The kind, `X25519`; `None` for one without a name.
        kind: Option<Cow<'static, str>>,
        /// Its size in bits.
        bits: u32,
    },
    /// The peer's share is of a group whose keys have no kind, such as `X25519MLKEM768`.
    Share {
        /// The group.
        group: Cow<'static, str>,
    },
    /// There is no key of the peer, and this is the group that TLS 1.3 negotiated.
    Negotiated {
        /// The group.
        group: Cow<'static, str>,
    },
}
