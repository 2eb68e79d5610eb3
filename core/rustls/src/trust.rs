//! Which certificates are trusted, and how chains of clients are judged by them.
use rustls::crypto::{CryptoProvider, WebPkiSupportedAlgorithms};
use rustls::pki_types::{CertificateDer, ServerName, TrustAnchor, UnixTime};
use rustls::{DistinguishedName, SignatureScheme};
use s_server_core::StartError;
use s_server_core::options::needs::Store;
use s_server_core::options::plan::{ClientAuth, TlsPlan};
use s_server_core::verify::Tolerance;
use webpki::{CertRevocationList, RevocationCheckDepth};

use crate::certificate::Read;
use crate::failure::ENGINE;
use crate::loading::Loader;
use crate::nameopt::NameStyle;
use crate::objects::{Certificate, Word};

/// How clients are verified: shared by all sessions.
#[derive(Debug)]
pub struct Trust {
    /// `-verify`, `-Verify`
    pub client_auth: ClientAuth,
    /// Which errors do not end the handshake. `-verify`, `-verify_return_error`
    pub tolerance: Tolerance,
    /// How names are printed.
    pub names: NameStyle,
    /// Where chains may end.
    pub anchors: Vec<TrustAnchor<'static>>,
    /// All trusted certificates, also those that are no ends of chains.
    pub certificates: Vec<CertificateDer<'static>>,
    /// Those of them that their file rejects for clients (`openssl x509 -addreject`).
    pub rejected: Vec<CertificateDer<'static>>,
    /// Names in certificate requests.
    pub subjects: Vec<DistinguishedName>,
    /// Revocation lists, and how far up they are asked for; `None`: they are not.
    pub revocation: Option<(Vec<CertRevocationList<'static>>, RevocationCheckDepth)>,
    /// The time to verify at instead of now. `-attime`
    pub time: Option<UnixTime>,
    /// A name that the client's certificate must be for. `-verify_hostname`, `-verify_ip`
    pub wanted: Option<ServerName<'static>>,
    /// Certificates allowed between the client's own and the trusted one. `-verify_depth`
    pub depth: Option<usize>,
    /// Checks signatures.
    pub algorithms: WebPkiSupportedAlgorithms,
    /// Schemes of the client's signature, in the order of the request.
    pub schemes: Vec<SignatureScheme>,
}

impl Trust {
    /// What the plan asks for; `None` without certificate requests.
    pub fn of(
        loader: &Loader<'_>,
        provider: &CryptoProvider,
        names: NameStyle,
        schemes: Option<&[SignatureScheme]>,
    ) -> Result<Option<Self>, StartError> {
        let tls = loader.tls;
        if tls.client_auth == ClientAuth::Off {
            return Ok(None);
        }
        let default = loader.trusted(Store::Default)?;
        let subjects = ca_names(tls, default.as_deref().unwrap_or_default());
        let trusted = loader.trusted(Store::OfClients)?.or(default).unwrap_or_default();
        let params = Params::of(tls)?;
        let algorithms = provider.signature_verification_algorithms;
        let known = algorithms.supported_schemes();
        Ok(Some(Self {
            client_auth: tls.client_auth,
            tolerance: tls.tolerance,
            names,
            anchors: anchors(&trusted, params.partial_chain),
            rejected: trusted.iter().filter(|cert| cert.word == Word::Rejected).map(|cert| cert.der.clone()).collect(),
            certificates: trusted.into_iter().map(|cert| cert.der).collect(),
            subjects,
            revocation: params
                .revocation
                .map(|depth| Ok::<_, StartError>((loader.revocation_lists()?, depth)))
                .transpose()?,
            time: params.time,
            wanted: params.wanted,
            depth: params.depth,
            algorithms,
            schemes: known.into_iter().filter(|scheme| schemes.is_none_or(|some| some.contains(scheme))).collect(),
        }))
    }
}

/// Self-issued certificates are ends of chains, and those that their file trusts; the others only under `-partial_chain`,
/// as in OpenSSL.
fn anchors(trusted: &[Certificate], partial_chain: bool) -> Vec<TrustAnchor<'static>> {
    let is_end = |cert: &&Certificate| match cert.word {
        Word::Trusted => true,
        Word::Rejected => false,
        Word::Unsaid => partial_chain || is_self_issued(&cert.der),
    };
    let ends = trusted.iter().filter(is_end);
    ends.filter_map(|cert| webpki::anchor_from_trusted_cert(&cert.der).ok()).map(|anchor| anchor.to_owned()).collect()
}

fn is_self_issued(cert: &CertificateDer<'_>) -> bool {
    Read::from_der(cert).is_some_and(|cert| cert.is_self_issued())
}

/// Subjects of `-CAfile`. More than a request can hold are left out, all of them, as with OpenSSL.
fn ca_names(tls: &TlsPlan, trusted: &[Certificate]) -> Vec<DistinguishedName> {
    if tls.no_ca_names || tls.trust.file.is_none() {
        return Vec::new();
    }
    let mut subjects: Vec<Vec<u8>> = Vec::new();
    for subject in trusted.iter().filter_map(|cert| Read::from_der(&cert.der)).map(|cert| cert.subject()) {
        if !subjects.contains(&subject) {
            subjects.push(subject);
        }
    }
    if subjects.iter().map(|subject| subject.len() + 2).sum::<usize>() > MOST_CA_NAMES {
        return Vec::new();
    }
    subjects.into_iter().map(DistinguishedName::from).collect()
}

/// Bytes for the names: a request of TLS 1.3 has 65,535 for all its extensions.
const MOST_CA_NAMES: usize = 60_000;

/// What the options of the verification group say.
#[derive(Default)]
struct Params {
    partial_chain: bool,
    revocation: Option<RevocationCheckDepth>,
    time: Option<UnixTime>,
    wanted: Option<ServerName<'static>>,
    depth: Option<usize>,
}

impl Params {
    fn of(tls: &TlsPlan) -> Result<Self, StartError> {
        let mut params = Self::default();
        for (name, value) in &tls.verify_params {
            let value = value.as_deref().map(String::from_utf8_lossy).unwrap_or_default();
            if !params.set(name, &value) {
                let (option, cause) = (format!("-{name}"), "the rustls engine cannot follow it");
                return Err(StartError::of_option(option, value.into_owned(), cause).in_engine(ENGINE));
            }
        }
        Ok(params)
    }

    /// Sets one; false for a value that cannot be followed. What is left is what this engine does anyway.
    fn set(&mut self, name: &str, value: &str) -> bool {
        match name {
            "partial_chain" => self.partial_chain = true,
            "crl_check" if self.revocation.is_none() => self.revocation = Some(RevocationCheckDepth::EndEntity),
            "crl_check_all" => self.revocation = Some(RevocationCheckDepth::Chain),
            "attime" => {
                self.time = value.parse().ok().map(|at| UnixTime::since_unix_epoch(std::time::Duration::from_secs(at)))
            }
            "verify_hostname" | "verify_ip" => self.wanted = ServerName::try_from(value.to_owned()).ok(),
            "verify_depth" => self.depth = value.parse().ok(),
            "purpose" => return value == "sslclient",
            "verify_name" => return ["default", "ssl_client"].contains(&value),
            _ => {}
        }
        match name {
            "attime" => self.time.is_some(),
            "verify_hostname" | "verify_ip" => self.wanted.is_some(),
            "verify_depth" => self.depth.is_some(),
            _ => true,
        }
    }
}

/// The chain from a certificate up, through `pool`; ends where no issuer is found or at a self-issued one.
pub fn chain<'a, 'd>(own: &'a CertificateDer<'d>, pool: &'a [CertificateDer<'d>]) -> Vec<&'a CertificateDer<'d>> {
    let mut chain = vec![own];
    let mut top = Read::from_der(own);
    while let Some(read) = top.take_if(|read| !read.is_self_issued() && chain.len() < LONGEST_CHAIN) {
        let issuer = read.issuer();
        let is_issuer = |cert: &&CertificateDer<'_>| Read::from_der(cert).is_some_and(|cert| cert.subject() == issuer);
        let Some(next) = pool.iter().find(|cert| is_issuer(cert) && !chain.contains(cert)) else { break };
        chain.push(next);
        top = Read::from_der(next);
    }
    chain
}

/// The chain ends at a certificate that issued itself.
pub fn is_complete(chain: &[CertificateDer<'_>]) -> bool {
    chain.last().is_some_and(is_self_issued)
}

/// Certificates in a chain: OpenSSL allows 100 between the ends.
const LONGEST_CHAIN: usize = 102;
