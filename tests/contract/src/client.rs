//! The client's side: rustls on ring, which believes every certificate and remembers it.
use std::cell::RefCell;
use std::sync::{Arc, Mutex, PoisonError};

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{ClientConnection, Resumption};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::time_provider::{DefaultTimeProvider, TimeProvider};
use rustls::version::{TLS12, TLS13};
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, Error, KeyLog, NamedGroup, SignatureScheme,
    SupportedProtocolVersion,
};

use crate::pki;

thread_local! {
    static CRYPTOGRAPHY: RefCell<Option<Cryptography>> = const { RefCell::new(None) };
}

/// What clients draw from and live by; ring and the system's clock unless [`with`] says otherwise.
#[derive(Clone)]
pub struct Cryptography {
    /// Ciphers, keys, randomness.
    pub provider: CryptoProvider,
    /// The clock.
    pub time: Arc<dyn TimeProvider>,
}

/// Runs something whose clients have that cryptography. With one that repeats they send the same bytes each time.
pub fn with(cryptography: Cryptography, run: impl FnOnce()) {
    CRYPTOGRAPHY.set(Some(cryptography));
    run();
    CRYPTOGRAPHY.set(None);
}

fn cryptography() -> Cryptography {
    let ring = || Cryptography { provider: ring::default_provider(), time: Arc::new(DefaultTimeProvider) };
    CRYPTOGRAPHY.with_borrow(Clone::clone).unwrap_or_else(ring)
}

/// What a client is like.
#[derive(Clone)]
pub struct Setup {
    /// Versions it offers.
    pub versions: &'static [&'static SupportedProtocolVersion],
    /// The name it asks for.
    pub name: &'static str,
    /// Application protocols.
    pub protocols: Vec<Vec<u8>>,
    /// Its certificate: `NAME.pem` and `NAME.key` of the test certificates.
    pub certificate: Option<&'static str>,
    /// Signature schemes that it takes; empty: all.
    pub schemes: &'static [SignatureScheme],
    /// Suites that it offers; `None`: all.
    pub suites: Option<&'static [rustls::CipherSuite]>,
    /// Groups that it offers, in the order of its cryptography; empty: all.
    pub groups: &'static [NamedGroup],
    /// It refuses the server's certificate.
    pub refuses: bool,
    /// What it keeps from connection to connection.
    pub resumption: Option<Resumption>,
}

const BOTH: &[&SupportedProtocolVersion] = &[&TLS13, &TLS12];
/// TLS 1.2 only.
pub const ONLY_12: &[&SupportedProtocolVersion] = &[&TLS12];
/// TLS 1.3 only.
pub const ONLY_13: &[&SupportedProtocolVersion] = &[&TLS13];

impl Default for Setup {
    fn default() -> Self {
        Self {
            versions: BOTH,
            name: "rsa.example",
            protocols: Vec::new(),
            certificate: None,
            schemes: &[],
            suites: None,
            groups: &[],
            refuses: false,
            resumption: None,
        }
    }
}

impl Setup {
    /// A client with one version.
    pub fn only(versions: &'static [&'static SupportedProtocolVersion]) -> Self {
        Self { versions, ..Self::default() }
    }

    /// A new connection of a client that remembers nothing.
    pub fn connect(&self) -> ClientConnection {
        self.client().connect()
    }

    /// The client.
    pub fn client(&self) -> Client {
        let Cryptography { mut provider, time } = cryptography();
        if let Some(suites) = self.suites {
            provider.cipher_suites.retain(|suite| suites.contains(&suite.suite()));
        }
        if !self.groups.is_empty() {
            provider.kx_groups.retain(|group| self.groups.contains(&group.name()));
        }
        let provider = Arc::new(provider);
        let staple = Arc::default();
        let verifier =
            Arc::new(Believer { provider: provider.clone(), schemes: self.schemes, refuses: self.refuses, staple });
        let builder = ClientConfig::builder_with_details(provider, time)
            .with_protocol_versions(self.versions)
            .expect("the suites fit the versions")
            .dangerous()
            .with_custom_certificate_verifier(verifier.clone());
        let mut config = match self.certificate {
            Some(name) => builder.with_client_auth_cert(chain(name), key(name)).expect("the key fits"),
            None => builder.with_no_client_auth(),
        };
        config.alpn_protocols.clone_from(&self.protocols);
        config.resumption = self.resumption.clone().unwrap_or_else(Resumption::disabled);
        Client { config: Arc::new(config), verifier, name: ServerName::try_from(self.name).expect("a host name") }
    }
}

/// A client, which may connect again.
pub struct Client {
    config: Arc<ClientConfig>,
    verifier: Arc<Believer>,
    name: ServerName<'static>,
}

impl Client {
    /// The same client, which tells its secrets.
    #[must_use]
    pub fn logging(mut self, log: Arc<dyn KeyLog>) -> Self {
        Arc::make_mut(&mut self.config).key_log = log;
        self
    }

    /// The same client, which sends early data where its ticket allows it.
    #[must_use]
    pub fn sending_early(mut self) -> Self {
        Arc::make_mut(&mut self.config).enable_early_data = true;
        self
    }

    /// The same client, which keeps the OCSP response that it is sent.
    #[must_use]
    pub fn stapling(mut self, staple: Arc<Mutex<Vec<u8>>>) -> Self {
        let verifier = Arc::new(Believer { staple, ..(*self.verifier).clone() });
        Arc::make_mut(&mut self.config).dangerous().set_certificate_verifier(verifier);
        self
    }

    /// A new connection.
    pub fn connect(&self) -> ClientConnection {
        ClientConnection::new(self.config.clone(), self.name.clone()).expect("a configuration that fits")
    }
}

fn chain(name: &str) -> Vec<CertificateDer<'static>> {
    let file = CertificateDer::pem_file_iter(pki::folder().join(format!("{name}.pem"))).expect("a test certificate");
    file.collect::<Result<_, _>>().expect("a certificate")
}

fn key(name: &str) -> PrivateKeyDer<'static> {
    PrivateKeyDer::from_pem_file(pki::folder().join(format!("{name}.key"))).expect("a test key")
}

#[derive(Clone, Debug)]
struct Believer {
    staple: Arc<Mutex<Vec<u8>>>,
    provider: Arc<CryptoProvider>,
    schemes: &'static [SignatureScheme],
    refuses: bool,
}

impl ServerCertVerifier for Believer {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        staple: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        *self.staple.lock().unwrap_or_else(PoisonError::into_inner) = staple.to_vec();
        if self.refuses {
            return Err(Error::InvalidCertificate(CertificateError::UnknownIssuer));
        }
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, cert, signed, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, cert, signed, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        if self.schemes.is_empty() {
            return self.provider.signature_verification_algorithms.supported_schemes();
        }
        self.schemes.to_vec()
    }
}
