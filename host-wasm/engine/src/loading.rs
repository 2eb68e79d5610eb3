//! Certificates, keys and lists out of the files that the host handed over.
//!
//! PEM and DER; keys as PKCS#8, SEC 1 or PKCS#1, and encrypted PKCS#8 with a pass phrase. PKCS#12 is refused by name.
use std::sync::Arc;

use pkcs8::EncryptedPrivateKeyInfoRef;
use pkcs8::der::{Decode, SecretDocument};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, CertificateRevocationListDer, PrivateKeyDer};
use rustls::sign::{CertifiedKey, SigningKey};
use s_server_core::options::needs::{Files, Place, Role, Slot, Store, Titles};
use s_server_core::options::plan::{CertificateFiles, TlsPlan};
use s_server_core::options::protected;

use crate::certificate::Read;
use crate::failure::line;

/// What loads: the files, and the cryptography that takes the keys.
#[derive(Clone, Copy)]
pub struct Loader<'a> {
    /// What the host handed over.
    pub files: &'a Files,
    /// Takes the keys.
    pub provider: &'a CryptoProvider,
    /// The plan whose needs they are.
    pub tls: &'a TlsPlan,
}

type Loaded<T> = Result<T, Vec<u8>>;

impl Loader<'_> {
    /// A certificate with its key and chain.
    pub fn identity(&self, slot: Slot, named: &CertificateFiles) -> Loaded<CertifiedKey> {
        let Titles { certificate: what, key: key_what, chain: chain_what } = slot.titles();
        // The original loads the key first, but not that of -xcert.
        let (own, key) = if matches!(slot, Slot::Extra(_)) {
            let own = self.certificate(slot, named, what)?;
            (own, self.key_of(slot, named, key_what)?)
        } else {
            let key = self.key_of(slot, named, key_what)?;
            (self.certificate(slot, named, what)?, key)
        };
        let mut certificates = vec![own];
        if let Some(name) = &named.chain {
            let chain = self::certificates(self.contents(Role::Chain(slot), chain_what, name)?);
            if chain.is_empty() {
                return Err(undecodable(&format!("any {chain_what}"), name, None));
            }
            certificates.extend(chain);
        }
        // A provider need not tell the public key.
        let certified = Read::from_der(&certificates[0]).map(|cert| cert.public_key());
        if key.public_key().is_some_and(|own| certified.is_some_and(|certified| certified != own)) {
            return Err(b"Private key does not match the certificate public key\n".to_vec());
        }
        Ok(CertifiedKey::new(certificates, key))
    }

    /// The first certificate of its file; the others in there are not sent.
    fn certificate(&self, slot: Slot, named: &CertificateFiles, what: &str) -> Loaded<CertificateDer<'static>> {
        let file = self.contents(Role::Certificate(slot), what, &named.cert)?;
        certificates(file).into_iter().next().ok_or_else(|| undecodable(what, &named.cert, pkcs12(file)))
    }

    fn key_of(&self, slot: Slot, named: &CertificateFiles, what: &str) -> Loaded<Arc<dyn SigningKey>> {
        let (role, name) = match &named.key {
            Some(name) => (Role::Key(slot), name),
            None => (Role::Certificate(slot), &named.cert),
        };
        self.key(slot, self.contents(role, what, name)?).map_err(|why| undecodable(what, name, why))
    }

    /// The certificates that are trusted there; `None` when none are named.
    pub fn trusted(&self, store: Store) -> Loaded<Option<Vec<CertificateDer<'static>>>> {
        let mut all = None;
        for place in [Place::File, Place::Folder] {
            match self.files.get(Role::Trust(store, place)) {
                None => {}
                Some(Ok(contents)) => all.get_or_insert_with(Vec::new).extend(certificates(contents)),
                Some(Err(why)) => return Err(line(&format!("trusted certificates: {why}"))),
            }
            if place == Place::File && all.as_ref().is_some_and(Vec::is_empty) {
                return Err(line("no certificate in the file of trusted certificates"));
            }
        }
        Ok(all)
    }

    /// The revocation lists: `-CRL`, and those in the files of trusted certificates.
    pub fn revocation_lists(&self) -> Loaded<Vec<CertificateRevocationListDer<'static>>> {
        let mut lists = Vec::new();
        for role in [
            Role::Trust(Store::Default, Place::File),
            Role::Trust(Store::Default, Place::Folder),
            Role::Trust(Store::OfClients, Place::File),
            Role::Trust(Store::OfClients, Place::Folder),
        ] {
            if let Some(Ok(contents)) = self.files.get(role) {
                lists.extend(CertificateRevocationListDer::pem_slice_iter(contents).filter_map(Result::ok));
            }
        }
        if let Some((name, _)) = &self.tls.crl {
            let contents = self.contents(Role::RevocationList, "CRL", name)?;
            let before = lists.len();
            lists.extend(CertificateRevocationListDer::pem_slice_iter(contents).filter_map(Result::ok));
            if lists.len() == before {
                lists.push(CertificateRevocationListDer::from(contents.to_vec()));
            }
        }
        Ok(lists)
    }

    /// The OCSP response for the own certificate. `-status_file`
    pub fn staple(&self) -> Loaded<Option<Vec<u8>>> {
        match self.tls.status_files.first() {
            Some(name) => self.contents(Role::Status(0), "OCSP response", name).map(|bytes| Some(bytes.to_vec())),
            None => Ok(None),
        }
    }

    fn contents(&self, role: Role, what: &str, name: &[u8]) -> Loaded<&[u8]> {
        let why = match self.files.get(role) {
            Some(Ok(contents)) => return Ok(contents),
            Some(Err(why)) => why,
            None => "the host did not hand it over",
        };
        let shown = String::from_utf8_lossy(name);
        Err(format!("Could not open file or uri for loading {what} from {shown}: {why}\n").into_bytes())
    }

    fn pass(&self, slot: Slot) -> Option<&[u8]> {
        let given = if slot == Slot::Second { Role::SecondPass } else { Role::Pass };
        self.files.get(given).or_else(|| self.files.get(Role::Asked(slot)))?.ok()
    }

    /// The key in a file; the error is a reason, if there is one to tell.
    fn key(&self, slot: Slot, file: &[u8]) -> Result<Arc<dyn SigningKey>, Option<String>> {
        let der = match PrivateKeyDer::from_pem_slice(file) {
            Ok(key) => key,
            Err(_) => match (decrypt(file, self.pass(slot)), pkcs12(file)) {
                (Some(decrypted), _) => PrivateKeyDer::try_from(decrypted?.as_bytes().to_vec()).map_err(|_| None)?,
                (None, Some(why)) => return Err(Some(why)),
                (None, None) => PrivateKeyDer::try_from(file.to_vec()).map_err(|_| None)?,
            },
        };
        self.provider.key_provider.load_private_key(der).map_err(|error| Some(error.to_string()))
    }
}

/// The certificates in PEM blocks, else the one that the file is.
fn certificates(file: &[u8]) -> Vec<CertificateDer<'static>> {
    let blocks: Vec<_> = CertificateDer::pem_slice_iter(file).filter_map(Result::ok).collect();
    if blocks.is_empty() && Read::from_der(file).is_some() {
        return vec![CertificateDer::from(file.to_vec())];
    }
    blocks
}

/// The key in an EncryptedPrivateKeyInfo (RFC 5958 section 3); `None` when the file holds no encrypted key.
fn decrypt(file: &[u8], pass: Option<&[u8]>) -> Option<Result<SecretDocument, Option<String>>> {
    let document = match encrypted_block(file) {
        Some(block) => SecretDocument::from_pem(block).ok().map(|(_, document)| document),
        None => SecretDocument::try_from(file).ok(),
    };
    let info = document.as_ref().and_then(|document| EncryptedPrivateKeyInfoRef::from_der(document.as_bytes()).ok());
    let Some(info) = info else {
        let unknown = protected(file) || file.windows(TRADITIONAL.len()).any(|bytes| bytes == TRADITIONAL);
        return unknown.then(|| {
            Err(Some("it is encrypted in a way that rustls does not open; convert it with openssl pkcs8 -topk8".into()))
        });
    };
    let Some(pass) = pass else { return Some(Err(Some("it is encrypted, and there is no pass phrase".into()))) };
    Some(info.decrypt(pass).map_err(|error| Some(error.to_string())))
}

/// In the head of a PEM block that is encrypted as a whole, RFC 1421 section 4.6.1.1.
const TRADITIONAL: &[u8] = b"Proc-Type: 4,ENCRYPTED";

fn encrypted_block(file: &[u8]) -> Option<&str> {
    const BEGIN: &str = "-----BEGIN ENCRYPTED PRIVATE KEY-----";
    const END: &str = "-----END ENCRYPTED PRIVATE KEY-----";
    let text = str::from_utf8(file).ok()?;
    let from = text.find(BEGIN)?;
    let len = text[from..].find(END)? + END.len();
    Some(&text[from..from + len])
}

/// What to say of a PKCS#12 file: it is a sequence that begins with version 3, RFC 7292 section 4.
fn pkcs12(file: &[u8]) -> Option<String> {
    let is_pkcs12 = file.first() == Some(&0x30) && file.windows(3).take(8).any(|bytes| bytes == [2, 1, 3]);
    is_pkcs12.then(|| "the rustls engine reads PEM and DER, not PKCS#12; convert it with openssl pkcs12".into())
}

/// Corresponds to the messages of `load_key_certs_crls` in `apps/lib/apps.c` since 3.2, and a reason of our own.
fn undecodable(what: &str, name: &[u8], why: Option<String>) -> Vec<u8> {
    let shown = String::from_utf8_lossy(name);
    let mut text = format!("Could not find or decode {what} from {shown}\n").into_bytes();
    text.extend(why.map(|why| line(&why)).unwrap_or_default());
    text
}
