//! Which certificate a client gets, and with which signature.
use std::sync::Arc;

use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::{CertifiedKey, Signer, SigningKey};
use rustls::{SignatureAlgorithm, SignatureScheme};

use crate::log::Log;

/// The certificates of a server, and the signature schemes it may use.
#[derive(Debug)]
pub struct Identities {
    /// In the order of the command line.
    pub keys: Vec<Arc<CertifiedKey>>,
    /// `-sigalgs`; `None` is every scheme.
    pub schemes: Option<Vec<SignatureScheme>>,
}

impl Identities {
    /// The certificate whose key has the client's most preferred scheme, with a key that uses that scheme and tells `log`.
    ///
    /// Corresponds to `tls_choose_sigalg` in `ssl/t1_lib.c`, where the client's order counts too.
    fn choose(&self, offered: &[SignatureScheme], staple: Option<&[u8]>, log: &Arc<Log>) -> Option<CertifiedKey> {
        let may = |scheme: &&SignatureScheme| self.schemes.as_ref().is_none_or(|schemes| schemes.contains(scheme));
        let shared: Vec<_> = offered.iter().filter(may).copied().collect();
        let fits = |scheme: &SignatureScheme| self.keys.iter().find(|key| key.key.choose_scheme(&[*scheme]).is_some());
        // With none that fits, rustls finds the reason by itself, and the alert for it.
        let identity = shared.iter().find_map(fits).or(self.keys.first())?;
        let key = OneScheme { key: identity.key.clone(), allowed: shared, log: log.clone() };
        let mut chosen = CertifiedKey::new(identity.cert.clone(), Arc::new(key));
        // The response is about the first certificate.
        let is_first = self.keys.first().is_some_and(|first| Arc::ptr_eq(first, identity));
        chosen.ocsp = staple.filter(|_| is_first).map(<[u8]>::to_vec);
        Some(chosen)
    }
}

/// The choice of one session.
#[derive(Debug)]
pub struct Resolver {
    /// What there is.
    pub identities: Arc<Identities>,
    /// An OCSP response for the first of them.
    pub staple: Option<Vec<u8>>,
    /// Learns of the choice.
    pub log: Arc<Log>,
}

impl ResolvesServerCert for Resolver {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        self.identities.choose(hello.signature_schemes(), self.staple.as_deref(), &self.log).map(Arc::new)
    }
}

/// A key that follows the client's order of schemes, not its own.
#[derive(Debug)]
struct OneScheme {
    key: Arc<dyn SigningKey>,
    allowed: Vec<SignatureScheme>,
    log: Arc<Log>,
}

impl SigningKey for OneScheme {
    fn choose_scheme(&self, offered: &[SignatureScheme]) -> Option<Box<dyn Signer>> {
        let signer = self.allowed.iter().filter(|scheme| offered.contains(scheme));
        let signer = signer.copied().find_map(|scheme| self.key.choose_scheme(&[scheme]))?;
        self.log.note(|facts| facts.own_scheme = Some(signer.scheme()));
        Some(signer)
    }

    fn algorithm(&self) -> SignatureAlgorithm {
        self.key.algorithm()
    }
}
