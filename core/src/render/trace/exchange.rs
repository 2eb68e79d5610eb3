//! How a cipher suite agrees on keys up to TLS 1.2.
use crate::registry::cipher_suites;

/// How the keys of a session are agreed on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Exchange {
    /// TLS 1.3, where the suite does not say, or a suite whose messages have no form here.
    #[default]
    Other,
    /// RSA encryption, RFC 5246 section 7.4.7.1.
    Rsa,
    /// Diffie-Hellman, RFC 5246 section 7.4.3.
    Dhe,
    /// The same on a curve, RFC 8422.
    Ecdhe,
    /// A key that both have, RFC 4279.
    Psk,
    /// That with RSA.
    RsaPsk,
    /// That with Diffie-Hellman.
    DhePsk,
    /// That on a curve, RFC 5489.
    EcdhePsk,
    /// A password, RFC 5054.
    Srp,
    /// RFC 9189.
    Gost,
}

impl Exchange {
    /// Of a suite, by the beginning of its name.
    pub fn of(suite: u16) -> Self {
        let name = cipher_suites::iana_name(suite).unwrap_or("");
        let starts: [(&str, Self); 11] = [
            ("TLS_RSA_PSK_", Self::RsaPsk),
            ("TLS_RSA_", Self::Rsa),
            ("TLS_DHE_PSK_", Self::DhePsk),
            ("TLS_PSK_DHE_", Self::DhePsk),
            ("TLS_DHE_", Self::Dhe),
            ("TLS_DH_anon_", Self::Dhe),
            ("TLS_ECDHE_PSK_", Self::EcdhePsk),
            ("TLS_ECDHE_", Self::Ecdhe),
            ("TLS_ECDH_anon_", Self::Ecdhe),
            ("TLS_PSK_", Self::Psk),
            ("TLS_SRP_", Self::Srp),
        ];
        match suite {
            0x0081 | 0x0083 | 0xc100..=0xc102 | 0xff85 | 0xff87 => Self::Gost,
            _ => starts.iter().find(|(start, _)| name.starts_with(start)).map_or(Self::Other, |row| row.1),
        }
    }

    /// What a release calls it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Other => "UNKNOWN",
            Self::Rsa => "rsa",
            Self::Dhe => "DHE",
            Self::Ecdhe => "ECDHE",
            Self::Psk => "PSK",
            Self::RsaPsk => "RSAPSK",
            Self::DhePsk => "DHEPSK",
            Self::EcdhePsk => "ECDHEPSK",
            Self::Srp => "SRP",
            Self::Gost => "GOST",
        }
    }

    /// Messages begin with an identity of a key.
    pub fn has_psk(self) -> bool {
        matches!(self, Self::Psk | Self::RsaPsk | Self::DhePsk | Self::EcdhePsk)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_suite_says_how_keys_are_agreed_on() {
        for (suite, exchange) in [
            (0x002f, Exchange::Rsa),
            (0x009e, Exchange::Dhe),
            (0x00a6, Exchange::Dhe),
            (0xc02f, Exchange::Ecdhe),
            (0xc018, Exchange::Ecdhe),
            (0x00a8, Exchange::Psk),
            (0x00ac, Exchange::RsaPsk),
            (0x00aa, Exchange::DhePsk),
            (0xc0aa, Exchange::DhePsk),
            (0xc035, Exchange::EcdhePsk),
            (0xc01d, Exchange::Srp),
            (0xff85, Exchange::Gost),
            (0x1301, Exchange::Other),
            (0x0a0a, Exchange::Other),
        ] {
            assert_eq!(Exchange::of(suite), exchange, "{suite:#06x}");
        }
    }
}
