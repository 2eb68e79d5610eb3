//! Certificates, keys and lists out of the files that the host handed over.
//!
//! PEM and DER; PKCS#12 is refused by name. What the blocks are is known to [`crate::objects`] and [`crate::keys`]; here are
//! the options that name files, and the messages about them.
use std::sync::Arc;

use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, CertificateRevocationListDer};
use rustls::sign::{CertifiedKey, SigningKey};
use s_server_core::StartError;
use s_server_core::options::needs::{Files, Place, Role, Slot, Store, Titles};
use s_server_core::options::plan::{CertificateFiles, TlsPlan};
use webpki::CertRevocationList;

use crate::certificate::Read;
use crate::failure::ENGINE;
use crate::keys;
use crate::objects::{self, Certificate, pkcs12};
use crate::reason::Reason;

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

type Loaded<T> = Result<T, StartError>;

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
            let role = Role::Chain(slot);
            let chain = objects::certificates(self.contents(role, chain_what, name)?);
            let chain = chain.map_err(|damage| undecodable(chain_what, role, name, Some(damage.into())))?;
            if chain.is_empty() {
                return Err(undecodable(&format!("any {chain_what}"), role, name, None));
            }
            certificates.extend(chain.into_iter().map(|certificate| certificate.der));
        }
        // A provider need not tell the public key.
        let certified = Read::from_der(&certificates[0]).map(|cert| cert.public_key());
        if key.public_key().is_some_and(|own| certified.is_some_and(|certified| certified != own)) {
            return Err(StartError::original("Private key does not match the certificate public key\n"));
        }
        Ok(CertifiedKey::new(certificates, key))
    }

    /// The first certificate of its file; the others in there are not sent.
    fn certificate(&self, slot: Slot, named: &CertificateFiles, what: &str) -> Loaded<CertificateDer<'static>> {
        let (role, name) = (Role::Certificate(slot), &named.cert);
        let file = self.contents(role, what, name)?;
        match objects::first_certificate(file) {
            Ok(Some(certificate)) => Ok(certificate),
            Ok(None) => Err(undecodable(what, role, name, pkcs12(file))),
            Err(damage) => Err(undecodable(what, role, name, Some(damage.into()))),
        }
    }

    fn key_of(&self, slot: Slot, named: &CertificateFiles, what: &str) -> Loaded<Arc<dyn SigningKey>> {
        let (role, name) = match &named.key {
            Some(name) => (Role::Key(slot), name),
            None => (Role::Certificate(slot), &named.cert),
        };
        let file = self.contents(role, what, name)?;
        match keys::load(file, self.pass(slot), self.provider) {
            Ok(Some(key)) => Ok(key),
            Ok(None) => Err(undecodable(what, role, name, None)),
            Err(why) => Err(undecodable(what, role, name, Some(why))),
        }
    }

    /// The certificates that are trusted there; `None` when none are named.
    pub fn trusted(&self, store: Store) -> Loaded<Option<Vec<Certificate>>> {
        let mut all = None;
        for place in [Place::File, Place::Folder] {
            let role = Role::Trust(store, place);
            match self.files.get(role) {
                None => {}
                Some(Ok(contents)) => {
                    let certificates =
                        objects::certificates(contents).map_err(|damage| self.of_store(role, damage.into()))?;
                    let holds_any = !certificates.is_empty() || !self.lists_of(role)?.is_empty();
                    if place == Place::File && !holds_any {
                        return Err(self.of_store(role, "it holds no certificate and no revocation list in PEM".into()));
                    }
                    all.get_or_insert_with(Vec::new).extend(certificates);
                }
                Some(Err(why)) => {
                    return Err(StartError::of_cause(format!("trusted certificates: {why}")).in_engine(ENGINE));
                }
            }
        }
        Ok(all)
    }

    /// The revocation lists: `-CRL`, and those in the files of trusted certificates.
    pub fn revocation_lists(&self) -> Loaded<Vec<CertRevocationList<'static>>> {
        let mut all = Vec::new();
        let stores = [Store::Default, Store::OfClients].into_iter();
        let stores = stores.flat_map(|store| [Place::File, Place::Folder].map(|place| Role::Trust(store, place)));
        for role in stores.chain([Role::RevocationList]) {
            for (list, number) in self.lists_of(role)?.iter().zip(1..) {
                let list = objects::read_list(list);
                all.push(list.map_err(|why| self.refusal(role, format!("list {number} is {why}").into()))?);
            }
        }
        Ok(all)
    }

    /// The OCSP response for the own certificate. `-status_file`
    pub fn staple(&self) -> Loaded<Option<Vec<u8>>> {
        const WHAT: &str = "OCSP response";
        let role = Role::Status(0);
        let Some(name) = self.tls.status.as_ref().and_then(|status| status.files.first()) else { return Ok(None) };
        let bytes = self.contents(role, WHAT, name)?;
        if !objects::is_ocsp_response(bytes) {
            return Err(undecodable(WHAT, role, name, Some("it is no OCSP response in DER".into())));
        }
        Ok(Some(bytes.to_vec()))
    }

    /// Reads what nothing has asked for: the original loads all that is named.
    pub fn the_rest(&self) -> Loaded<()> {
        for store in [Store::Default, Store::OfClients, Store::Own] {
            self.trusted(store)?;
        }
        self.lists_of(Role::RevocationList).map(drop)
    }

    /// The lists in a file that is there.
    fn lists_of(&self, role: Role) -> Loaded<Vec<CertificateRevocationListDer<'static>>> {
        let contents = match (role, &self.tls.crl) {
            (Role::RevocationList, Some((name, _))) => Some(self.contents(role, LIST, name)?),
            _ => self.files.get(role).and_then(Result::ok),
        };
        let lists = objects::lists(contents.unwrap_or_default());
        let lists = lists.map_err(|damage| match role {
            Role::RevocationList => self.refusal(role, damage.into()),
            _ => self.of_store(role, damage.into()),
        })?;
        if lists.is_empty() && contents.is_some() && role == Role::RevocationList {
            return Err(self.refusal(role, "it holds no revocation list".into()));
        }
        Ok(lists)
    }

    /// That the file of a role is refused.
    fn refusal(&self, role: Role, why: Reason) -> StartError {
        match role {
            Role::RevocationList => undecodable(LIST, role, self.name_of(role), Some(why)),
            _ => self.of_store(role, why),
        }
    }

    /// That a store is refused. Corresponds to the messages of `ctx_set_verify_locations` and `ssl_load_stores`.
    fn of_store(&self, role: Role, why: Reason) -> StartError {
        let error = of_file(role, self.name_of(role), why);
        match role {
            Role::Trust(Store::Default, _) => error,
            _ => error.after(STORES),
        }
    }

    fn name_of(&self, role: Role) -> &[u8] {
        let tls = self.tls;
        let name = match role {
            Role::RevocationList => tls.crl.as_ref().map(|crl| &crl.0),
            Role::Trust(Store::Default, Place::File) => tls.trust.file.as_ref(),
            Role::Trust(Store::Default, Place::Folder) => tls.trust.path.as_ref(),
            Role::Trust(Store::OfClients, Place::File) => tls.verify_trust.file.as_ref(),
            Role::Trust(Store::OfClients, Place::Folder) => tls.verify_trust.path.as_ref(),
            Role::Trust(Store::Own, Place::File) => tls.chain_trust.file.as_ref(),
            Role::Trust(Store::Own, Place::Folder) => tls.chain_trust.path.as_ref(),
            _ => None,
        };
        name.map(Vec::as_slice).unwrap_or_default()
    }

    fn contents(&self, role: Role, what: &str, name: &[u8]) -> Loaded<&[u8]> {
        let why = match self.files.get(role) {
            Some(Ok(contents)) => return Ok(contents),
            Some(Err(why)) => why,
            None => "the host did not hand it over",
        };
        let shown = String::from_utf8_lossy(name);
        Err(StartError::original(format!("Could not open file or uri for loading {what} from {shown}: {why}\n")))
    }

    fn pass(&self, slot: Slot) -> Option<&[u8]> {
        let given = if slot == Slot::Second { Role::SecondPass } else { Role::Pass };
        self.files.get(given).or_else(|| self.files.get(Role::Asked(slot)))?.ok()
    }
}

/// Corresponds to `ssl_load_stores`.
pub const STORES: &str = "Error loading store locations\n";

/// What the original calls a revocation list in its messages.
const LIST: &str = "CRL";

/// Corresponds to the messages of `load_key_certs_crls` in `apps/lib/apps.c` since 3.2, and a sentence of our own.
fn undecodable(what: &str, role: Role, name: &[u8], why: Option<Reason>) -> StartError {
    let ours = why.map(|why| of_file(role, name, why)).unwrap_or_default();
    ours.after(format!("Could not find or decode {what} from {}\n", String::from_utf8_lossy(name)))
}

/// What is wrong with the file that the option of a role names.
fn of_file(role: Role, name: &[u8], why: Reason) -> StartError {
    why.of_option(role.option(), String::from_utf8_lossy(name).into_owned())
}
