//! What the linked library is: its release, and the parts it was built with.
use super::reference::Reference;
use super::refusals::Refusals;

/// The build that reads the command line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Build {
    /// The release whose `-help`, checks and texts apply.
    pub reference: Reference,
    /// The parts that are there.
    pub features: Features,
    /// What the engine does not do of the option table.
    pub refusals: &'static Refusals,
}

/// A part of the library, or of the system, that some options need.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Feature {
    /// A compression library for certificates (RFC 8879): `OPENSSL_NO_COMP_ALG` is not defined.
    CertComp,
    /// Encrypted Client Hello: `OPENSSL_NO_ECH`, 4.0 and later.
    Ech,
    /// Engines: `OPENSSL_NO_ENGINE`, before 4.0.
    Engine,
    /// Kernel TLS: `OPENSSL_NO_KTLS`.
    Ktls,
    /// DTLS over SCTP: `OPENSSL_NO_SCTP`.
    Sctp,
    /// Secure Remote Password: `OPENSSL_NO_SRP`.
    Srp,
    /// SSL 3.0: `OPENSSL_NO_SSL3_METHOD`, before 4.0.
    Ssl3,
    /// Decoding of protocol messages: `OPENSSL_NO_SSL_TRACE`.
    SslTrace,
    /// TCP Fast Open: `OPENSSL_NO_TFO`.
    Tfo,
    /// Unix sockets: `AF_UNIX`.
    UnixSockets,
}

impl Feature {
    /// What it is called.
    pub const fn name(self) -> &'static str {
        match self {
            Self::CertComp => "certificate compression",
            Self::Ech => "Encrypted Client Hello",
            Self::Engine => "engines",
            Self::Ktls => "kernel TLS",
            Self::Sctp => "SCTP",
            Self::Srp => "SRP",
            Self::Ssl3 => "SSL 3.0",
            Self::SslTrace => "decoding of messages",
            Self::Tfo => "TCP Fast Open",
            Self::UnixSockets => "Unix sockets",
        }
    }

    /// What is missing without it and which build has it.
    pub(super) const fn missing(self) -> &'static str {
        match self {
            Self::CertComp => {
                "the linked OpenSSL has no compression library; a build against one with zlib, brotli or zstd has it"
            }
            Self::Ech => "the linked OpenSSL has no Encrypted Client Hello; the bundled build has it",
            Self::Engine => "the linked OpenSSL has no engines; a build against a system's OpenSSL 3 has them",
            Self::Ktls => "the linked OpenSSL has no kernel TLS; the bundled build for Linux has it",
            Self::Sctp => "the linked OpenSSL has no SCTP; the bundled build for Linux has it",
            Self::Srp => "the linked OpenSSL has no SRP; the bundled build has it",
            Self::Ssl3 => {
                "the linked OpenSSL has no SSL 3.0; a build against an OpenSSL 3 with enable-ssl3-method has it"
            }
            Self::SslTrace => "the linked OpenSSL cannot decode messages; the bundled build can",
            Self::Tfo => "the linked OpenSSL has no TCP Fast Open; the bundled build for Linux has it",
            Self::UnixSockets => "this system has no Unix sockets; a build for Linux or macOS has them",
        }
    }
}

/// A set of [`Feature`]s.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Features(u16);

impl Features {
    /// No feature at all.
    pub const NONE: Self = Self(0);

    /// These and one more.
    #[must_use]
    pub const fn with(self, feature: Feature) -> Self {
        Self(self.0 | 1 << feature as u16)
    }

    /// The set as a number: bit n stands for the n-th [`Feature`].
    pub const fn bits(self) -> u16 {
        self.0
    }

    /// The set with that number; bits that stand for nothing do nothing.
    pub const fn from_bits(bits: u16) -> Self {
        Self(bits)
    }

    /// Whether the feature is there.
    pub const fn contains(self, feature: Feature) -> bool {
        self.0 & (1 << feature as u16) != 0
    }
}

impl FromIterator<Feature> for Features {
    fn from_iter<I: IntoIterator<Item = Feature>>(features: I) -> Self {
        features.into_iter().fold(Self::NONE, Self::with)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_holds_what_was_put_in() {
        let set: Features = [Feature::Engine, Feature::UnixSockets].into_iter().collect();
        assert!(set.contains(Feature::Engine) && set.contains(Feature::UnixSockets));
        assert!(!set.contains(Feature::CertComp) && !set.contains(Feature::Ktls));
        assert_eq!(Features::NONE.with(Feature::Ech).with(Feature::Ech), Features::NONE.with(Feature::Ech));
    }
}
