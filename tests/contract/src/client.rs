//! The client's side: rustls on ring, which believes every certificate and remembers it.
use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{ClientConnection, Resumption};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::version::{TLS12, TLS13};
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, Error, SignatureScheme, SupportedProtocolVersion};

use crate::plan::pki;

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

    /// A new connection.
    pub fn connect(&self) -> ClientConnection {
        let mut provider = ring::default_provider();
        if let Some(suites) = self.suites {
            provider.cipher_suites.retain(|suite| suites.contains(&suite.suite()));
        }
        let provider = Arc::new(provider);
        let verifier = Believer { provider: provider.clone(), schemes: self.schemes, refuses: self.refuses };
        let builder = ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(self.versions)
            .expect("the suites fit the versions")
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(verifier));
        let mut config = match self.certificate {
            Some(name) => builder.with_client_auth_cert(chain(name), key(name)).expect("the key fits"),
            None => builder.with_no_client_auth(),
        };
        config.alpn_protocols.clone_from(&self.protocols);
        config.resumption = self.resumption.clone().unwrap_or_else(Resumption::disabled);
        let name = ServerName::try_from(self.name).expect("a host name");
        ClientConnection::new(Arc::new(config), name).expect("a configuration that fits")
    }
}

fn chain(name: &str) -> Vec<CertificateDer<'static>> {
    let file = CertificateDer::pem_file_iter(pki().join(format!("{name}.pem"))).expect("a test certificate");
    file.collect::<Result<_, _>>().expect("a certificate")
}

fn key(name: &str) -> PrivateKeyDer<'static> {
    PrivateKeyDer::from_pem_file(pki().join(format!("{name}.key"))).expect("a test key")
}

#[derive(Debug)]
struct Believer {
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
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
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
