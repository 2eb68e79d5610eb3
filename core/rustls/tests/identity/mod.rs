//! Certificates for the tests, one authority for each kind of key, made by OpenSSL.
use openssl::asn1::Asn1Time;
use openssl::ec::{EcGroup, EcKey};
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkey::{PKey, Private};
use openssl::rsa::Rsa;
use openssl::x509::extension::{BasicConstraints, SubjectAlternativeName};
use openssl::x509::{X509, X509Builder, X509Name};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};

/// What signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Rsa,
    P256,
    P384,
    P521,
    Ed25519,
}

impl Kind {
    pub const ALL: [Self; 5] = [Self::Rsa, Self::P256, Self::P384, Self::P521, Self::Ed25519];

    fn generate(self) -> PKey<Private> {
        let ec = |curve| PKey::from_ec_key(EcKey::generate(&EcGroup::from_curve_name(curve).unwrap()).unwrap());
        match self {
            Self::Rsa => PKey::from_rsa(Rsa::generate(2048).unwrap()),
            Self::P256 => ec(Nid::X9_62_PRIME256V1),
            Self::P384 => ec(Nid::SECP384R1),
            Self::P521 => ec(Nid::SECP521R1),
            Self::Ed25519 => PKey::generate_ed25519(),
        }
        .unwrap()
    }

    fn digest(self) -> MessageDigest {
        match self {
            Self::Rsa | Self::P256 => MessageDigest::sha256(),
            Self::P384 => MessageDigest::sha384(),
            Self::P521 => MessageDigest::sha512(),
            Self::Ed25519 => MessageDigest::null(),
        }
    }
}

/// A certificate for `localhost`, its key, and the authority that signed it with a key of the same kind.
pub struct Identity {
    pub kind: Kind,
    pub authority: X509,
    pub certificate: X509,
    pub key: PKey<Private>,
}

impl Identity {
    pub fn new(kind: Kind) -> Self {
        let (authority_key, key) = (kind.generate(), kind.generate());
        let authority = certificate(kind, "authority", &authority_key, None);
        let certificate = certificate(kind, "localhost", &key, Some((&authority, &authority_key)));
        Self { kind, authority, certificate, key }
    }

    pub fn chain(&self) -> Vec<CertificateDer<'static>> {
        vec![self.certificate.to_der().unwrap().into()]
    }

    pub fn key(&self) -> PrivateKeyDer<'static> {
        PrivatePkcs8KeyDer::from(self.key.private_key_to_pkcs8().unwrap()).into()
    }

    pub fn roots(&self) -> rustls::RootCertStore {
        let mut roots = rustls::RootCertStore::empty();
        roots.add(self.authority.to_der().unwrap().into()).unwrap();
        roots
    }
}

fn certificate(kind: Kind, name: &str, key: &PKey<Private>, issuer: Option<(&X509, &PKey<Private>)>) -> X509 {
    let mut subject = X509Name::builder().unwrap();
    subject.append_entry_by_nid(Nid::COMMONNAME, name).unwrap();
    let subject = subject.build();
    let mut builder = X509Builder::new().unwrap();
    builder.set_version(2).unwrap();
    builder.set_subject_name(&subject).unwrap();
    builder.set_issuer_name(issuer.map_or(&subject, |(certificate, _)| certificate.subject_name())).unwrap();
    builder.set_not_before(&Asn1Time::from_str("20200101000000Z").unwrap()).unwrap();
    builder.set_not_after(&Asn1Time::from_str("21200101000000Z").unwrap()).unwrap();
    builder.set_pubkey(key).unwrap();
    match issuer {
        None => builder.append_extension(BasicConstraints::new().critical().ca().build().unwrap()).unwrap(),
        Some(_) => {
            let context = builder.x509v3_context(None, None);
            let names = SubjectAlternativeName::new().dns(name).build(&context).unwrap();
            builder.append_extension(names).unwrap();
        }
    }
    builder.sign(issuer.map_or(key, |(_, key)| key), kind.digest()).unwrap();
    builder.build()
}
