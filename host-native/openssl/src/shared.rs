//! The cipher suites on which client and server could have agreed.
//!
//! The library's own list (`SSL_get_shared_ciphers`) has all that both sides name, whatever the version of the
//! protocol, the server's keys and the security level.
use std::ffi::c_int;

use openssl::pkey::Id;
use openssl::ssl::SslRef;

use super::ffi::nid;
use super::sys::session::{self as sys, Suite};

/// What the two sides have.
pub struct Means<'a> {
    /// Version of the protocol: 0x0303 is TLS 1.2.
    pub version: u16,
    /// The suite of the session.
    pub chosen: &'a str,
    /// Kinds of the server's keys.
    pub keys: Vec<Id>,
    /// Signature schemes of both sides.
    pub schemes: &'a [u16],
    /// Groups of both sides.
    pub groups: &'a [String],
    /// The server has Diffie-Hellman parameters.
    pub dh: bool,
    /// The server has an external pre-shared key.
    pub psk: bool,
    /// The server has verifiers of users.
    pub srp: bool,
}

/// Those of the server's suites, in the client's order; `None` where the library has no list.
pub fn suites(ssl: &SslRef, offered: &[Suite], means: &Means<'_>) -> Option<Vec<String>> {
    let named = sys::shared_ciphers(ssl)?;
    let good = |name: &&str| match offered.iter().find(|suite| suite.name == *name) {
        Some(suite) => suite.name == means.chosen || means.have(suite),
        None => false,
    };
    Some(named.split(':').filter(good).map(str::to_owned).collect())
}

impl Means<'_> {
    fn have(&self, suite: &Suite) -> bool {
        suite.allowed && self.speak(suite.version) && self.sign(suite) && self.exchange(suite.exchange)
    }

    /// `since`: the first version that has the suite. The suites of TLS 1.3 are its own.
    fn speak(&self, since: &str) -> bool {
        match self.version {
            0x0304 => since == "TLSv1.3",
            0x0303 | 0xfefd => since != "TLSv1.3",
            _ => !["TLSv1.3", "TLSv1.2"].contains(&since),
        }
    }

    /// The server has a key for the suite whose signatures the client takes; even a suite without a signature needs that.
    fn sign(&self, suite: &Suite) -> bool {
        match suite.authentication {
            nid::AUTH_RSA if [nid::KX_RSA, nid::KX_RSA_PSK].contains(&suite.exchange) => self.has_key(&[Id::RSA]),
            nid::AUTH_RSA => self.has_key(&[Id::RSA, Id::RSA_PSS]),
            nid::AUTH_ECDSA => self.has_key(&[Id::EC, Id::ED25519, Id::ED448]),
            nid::AUTH_DSS => self.has_key(&[Id::DSA]),
            nid::AUTH_PSK => self.psk,
            nid::AUTH_SRP => self.srp,
            nid::AUTH_NULL | nid::AUTH_ANY => true,
            _ => false,
        }
    }

    fn has_key(&self, kinds: &[Id]) -> bool {
        let negotiated = [0x0303, 0xfefd].contains(&self.version);
        let usable = |kind| !negotiated || self.schemes.iter().any(|&scheme| signs(kind, scheme));
        self.keys.iter().any(|&kind| kinds.contains(&kind) && usable(kind))
    }

    fn exchange(&self, exchange: c_int) -> bool {
        match exchange {
            nid::KX_RSA | nid::KX_ANY => true,
            nid::KX_ECDHE => self.has_curve(),
            nid::KX_DHE => self.dh,
            nid::KX_SRP => self.srp,
            nid::KX_PSK | nid::KX_RSA_PSK => self.psk,
            nid::KX_ECDHE_PSK => self.psk && self.has_curve(),
            nid::KX_DHE_PSK => self.psk && self.dh,
            _ => false,
        }
    }

    fn has_curve(&self) -> bool {
        self.groups.iter().any(|group| !group.starts_with("ffdhe"))
    }
}

/// Whether a kind of key can make signatures of a scheme, RFC 8446 section 4.2.3.
fn signs(kind: Id, scheme: u16) -> bool {
    let [hash, sign] = scheme.to_be_bytes();
    match kind {
        Id::RSA => (2..=6).contains(&hash) && sign == 1 || (0x0804..=0x0806).contains(&scheme),
        Id::RSA_PSS => (0x0809..=0x080b).contains(&scheme),
        Id::EC => (2..=6).contains(&hash) && sign == 3 || (0x081a..=0x081c).contains(&scheme),
        Id::DSA => (2..=6).contains(&hash) && sign == 2,
        Id::ED25519 => scheme == 0x0807,
        Id::ED448 => scheme == 0x0808,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use openssl::ssl::{SslContextBuilder, SslVersion};
    use s_server_core::Plan;
    use s_server_core::engine::Detail;
    use s_server_core::options::plan::Dh;

    use super::*;
    use crate::pair::{Pair, context, identity, only};

    const EVERYTHING: &str = "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:DHE-RSA-AES128-GCM-SHA256:\
                              AES128-GCM-SHA256:ECDHE-ECDSA-AES128-SHA:ECDHE-RSA-AES128-SHA:AES128-SHA:AECDH-AES128-SHA:\
                              @SECLEVEL=0";

    fn shared(change: impl FnOnce(&mut Plan), client: impl FnOnce(&mut SslContextBuilder)) -> Vec<String> {
        let context = context(|plan| {
            plan.tls.conf = vec![(b"-cipher".to_vec(), Some(b"ALL:@SECLEVEL=1".to_vec()))];
            change(plan);
        });
        let mut pair = Pair::established(&context.unwrap(), |ctx| {
            ctx.set_cipher_list(EVERYTHING).unwrap();
            client(ctx);
        });
        pair.server.info(Detail::Report).shared_ciphers.unwrap()
    }

    #[test]
    fn tls_1_3_shares_its_own_suites() {
        let tls13 = ["TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256", "TLS_AES_128_GCM_SHA256"];
        assert_eq!(shared(|_| {}, |_| {}), tls13);
        assert_eq!(
            shared(
                |plan| plan.tls.conf.push((b"-ciphersuites".to_vec(), Some(b"TLS_AES_128_GCM_SHA256".to_vec()))),
                |_| {}
            ),
            tls13[2..]
        );
    }

    #[test]
    fn tls_1_2_shares_what_the_key_can_do() {
        let rsa = [
            "ECDHE-RSA-AES128-GCM-SHA256",
            "DHE-RSA-AES128-GCM-SHA256",
            "AES128-GCM-SHA256",
            "ECDHE-RSA-AES128-SHA",
            "AES128-SHA",
        ];
        assert_eq!(shared(|_| {}, only(SslVersion::TLS1_2)), rsa);
        let without_dh: Vec<_> = rsa.iter().filter(|name| !name.starts_with("DHE")).copied().collect();
        assert_eq!(shared(|plan| plan.tls.dh = Dh::Off, only(SslVersion::TLS1_2)), without_dh);
        let with_key = |cert: &'static str, key: &'static str| {
            shared(|plan| plan.tls.identity = Some(identity(cert, key)), only(SslVersion::TLS1_2))
        };
        let ecdsa = ["ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES128-SHA"];
        assert_eq!(with_key("ec.pem", "ec.key"), ecdsa);
        assert_eq!(with_key("ed25519.pem", "ed25519.key"), ecdsa);
        assert_eq!(with_key("rsapss.pem", "rsapss.key"), [rsa[0], rsa[1], rsa[3]]);
    }

    #[test]
    fn a_key_counts_only_with_a_scheme_of_both_sides() {
        let means = |schemes, version| Means {
            version,
            chosen: "",
            keys: vec![Id::RSA, Id::EC],
            schemes,
            groups: &[],
            psk: false,
            srp: false,
            dh: false,
        };
        assert!(means(&[0x0403], 0x0303).has_key(&[Id::EC]));
        assert!(!means(&[0x0403], 0x0303).has_key(&[Id::RSA, Id::ED25519]));
        assert!(means(&[0x0807, 0x0804], 0x0303).has_key(&[Id::RSA]));
        assert!(means(&[], 0x0302).has_key(&[Id::RSA]));
        assert!(!means(&[], 0x0302).has_key(&[Id::DSA]));
    }

    #[test]
    fn without_a_common_group_there_is_no_ecdhe() {
        let other_groups = |ctx: &mut SslContextBuilder| {
            only(SslVersion::TLS1_2)(ctx);
            ctx.set_groups_list("P-521").unwrap();
        };
        let groups = |plan: &mut Plan| plan.tls.conf.push((b"-groups".to_vec(), Some(b"X25519".to_vec())));
        assert_eq!(shared(groups, other_groups), ["DHE-RSA-AES128-GCM-SHA256", "AES128-GCM-SHA256", "AES128-SHA"]);
    }

    #[test]
    fn older_versions_lack_the_suites_of_tls_1_2() {
        let tls11 = |ctx: &mut SslContextBuilder| {
            only(SslVersion::TLS1_1)(ctx);
            ctx.set_security_level(0);
        };
        let open = |plan: &mut Plan| plan.tls.conf = vec![(b"-cipher".to_vec(), Some(b"ALL:@SECLEVEL=0".to_vec()))];
        assert_eq!(shared(open, tls11), ["ECDHE-RSA-AES128-SHA", "AES128-SHA", "AECDH-AES128-SHA"]);
    }
}
