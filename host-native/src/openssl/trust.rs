//! Certificates to build chains from, revocation lists, and the names of authorities in certificate requests.
use openssl::ssl::SslContextBuilder;
use openssl::stack::Stack;
use openssl::x509::store::X509StoreBuilder;
use openssl::x509::{X509Crl, X509Name};
use s_server_core::options::plan::{Stores, TlsPlan, Trust};
use s_server_hosting::system;

use super::path::c_string;
use super::queue;
use super::sys::conf::{self, TrustSource};
use super::sys::crls;
use super::sys::trust::{self, Chains};

/// The trusted certificates. Corresponds to `ctx_set_verify_locations` in `apps/lib/apps.c`.
pub fn defaults(ctx: &mut SslContextBuilder, trust: &Trust) -> Result<(), Vec<u8>> {
    let [file, path, store] = [&trust.file, &trust.path, &trust.store].map(|name| name.as_deref().map(c_string));
    let named = file.is_some() || path.is_some() || store.is_some();
    let [mut use_file, mut use_path, mut use_store] = [!trust.no_file, !trust.no_path, !trust.no_store];
    if named {
        (use_file, use_path, use_store) = (file.is_some(), path.is_some(), store.is_some());
    } else if cfg!(all(windows, bundled_openssl)) {
        // The compiled-in places mean nothing there; the system's own store is a URI.
        let system = TrustSource::Store(Some(c"org.openssl.winstore:"));
        let good = trust.no_store || conf::trust(ctx, system);
        return if good { Ok(()) } else { Err(queue::message("")) };
    }
    let good = (!use_file || conf::trust(ctx, TrustSource::File(file.as_deref())))
        && (!use_path || conf::trust(ctx, TrustSource::Dir(path.as_deref())))
        && (!use_store || conf::trust(ctx, TrustSource::Store(store.as_deref())));
    if good { Ok(()) } else { Err(queue::message("")) }
}

/// The revocation list and the stores that stand in the place of the trusted certificates.
///
/// Corresponds to `ssl_ctx_add_crls` and `ssl_load_stores` in `apps/lib/s_cb.c`.
pub fn stores(ctx: &mut SslContextBuilder, tls: &TlsPlan, crl: Option<&X509Crl>) -> Result<(), Vec<u8>> {
    if let Some(crl) = crl {
        trust::add_crl(ctx.cert_store_mut(), crl);
    }
    if tls.crl_download {
        crls::set_lookup(ctx.cert_store_mut());
    }
    let good = install(ctx, Chains::OfClients, &tls.verify_trust, crl, tls.crl_download)
        && install(ctx, Chains::Own, &tls.chain_trust, None, false);
    if good { Ok(()) } else { Err(queue::message("Error loading store locations\n")) }
}

/// Nothing to do is good.
fn install(
    ctx: &mut SslContextBuilder,
    chains: Chains,
    places: &Stores,
    crl: Option<&X509Crl>,
    download: bool,
) -> bool {
    let [file, path, uri] = [&places.file, &places.path, &places.store].map(|name| name.as_deref().map(c_string));
    if file.is_none() && path.is_none() && uri.is_none() {
        return true;
    }
    let Ok(mut store) = X509StoreBuilder::new() else { return false };
    let loaded = file.is_none_or(|file| trust::load_file(&mut store, &file))
        && path.is_none_or(|path| trust::load_path(&mut store, &path))
        && uri.is_none_or(|uri| trust::load_store(&mut store, &uri));
    if !loaded {
        return false;
    }
    if let Some(crl) = crl {
        trust::add_crl(&mut store, crl);
    }
    if download {
        crls::set_lookup(&mut store);
    }
    trust::install(ctx, chains, &store)
}

/// The names of authorities that certificate requests carry: the subjects of `-CAfile`.
///
/// More than a request can hold are left out, all of them: a client then chooses freely (RFC 5246 section 7.4.4), while
/// one that does not find its issuer in a list sends nothing.
pub fn ca_names(tls: &TlsPlan) -> Option<Stack<X509Name>> {
    let file = tls.trust.file.as_ref().filter(|_| !tls.no_ca_names)?;
    let names = X509Name::load_client_ca_file(system::path(file)).ok()?;
    let encoded = |name: &openssl::x509::X509NameRef| name.to_der().map_or(0, |der| der.len() + LENGTH);
    (names.iter().map(encoded).sum::<usize>() <= MOST_CA_NAMES).then_some(names)
}

/// Bytes for the names: a request of TLS 1.3 has 65,535 for all its extensions.
const MOST_CA_NAMES: usize = 60_000;
/// Each name is preceded by its length.
const LENGTH: usize = 2;

#[cfg(test)]
mod tests {
    use openssl::asn1::Asn1Time;
    use openssl::pkey::PKey;
    use openssl::ssl::SslVersion;
    use openssl::x509::{X509, X509Builder};
    use s_server_core::engine::Step;
    use s_server_core::options::plan::ClientAuth;

    use super::*;
    use crate::openssl::pair::{Pair, context, identity, only, pki, with_certificate};

    fn loading(change: impl FnOnce(&mut TlsPlan)) -> String {
        context(|plan| change(&mut plan.tls)).err().unwrap_or_default()
    }

    #[test]
    fn a_store_that_cannot_be_loaded_ends_the_start() {
        let at = |name: &str| Stores { file: Some(pki(name)), ..Stores::default() };
        for text in [loading(|tls| tls.chain_trust = at("nosuch")), loading(|tls| tls.verify_trust = at("page.txt"))] {
            assert!(text.starts_with("Error loading store locations\n"), "{text}");
            assert!(text.contains(":x509 certificate routines:X509_load_cert_crl_file_ex:"), "{text}");
        }
        let uri = Stores { store: Some(pki("nosuch")), ..Stores::default() };
        assert!(loading(|tls| tls.verify_trust = uri).contains(":No such file or directory:"));
        let folder = Stores { path: Some(pki("sub")), ..Stores::default() };
        assert_eq!(loading(|tls| tls.chain_trust = folder), "");
    }

    #[test]
    fn the_own_chain_comes_from_its_store() {
        let chain = |file: &str| {
            let context = context(|plan| {
                plan.tls.identity = Some(identity("ec.pem", "ec.key"));
                plan.tls.trust = Trust { no_file: true, no_path: true, no_store: true, ..Trust::default() };
                plan.tls.chain_trust.file = Some(pki(file));
            });
            let pair = Pair::established(&context.unwrap(), |_| {});
            pair.client.ssl().peer_cert_chain().unwrap().len()
        };
        assert_eq!((chain("inter.pem"), chain("cas.pem"), chain("other.pem")), (2, 3, 1));
    }

    /// Results of the verification steps for that client certificate.
    fn verified(client: &str, change: impl FnOnce(&mut TlsPlan)) -> Vec<i32> {
        let context = context(|plan| {
            plan.tls.client_auth = ClientAuth::Require;
            plan.tls.trust = Trust { no_file: true, no_path: true, no_store: true, ..Trust::default() };
            change(&mut plan.tls);
        });
        let pair = Pair::established(&context.unwrap(), |ctx| with_certificate(ctx, client));
        pair.verify_steps().iter().map(|step| step.error).collect()
    }

    #[test]
    fn clients_are_verified_with_their_store_and_its_revocation_list() {
        let root = || Stores { file: Some(pki("root.pem")), ..Stores::default() };
        assert_eq!(verified("client", |tls| tls.verify_trust = root()), [0, 0]);
        let revoked = verified("revoked", |tls| {
            tls.verify_trust = root();
            tls.crl = Some((pki("root.crl"), None));
            tls.verify_params = vec![("crl_check", None)];
        });
        assert_eq!(revoked[0], 23);
        let elsewhere = verified("client", |tls| {
            tls.trust.file = Some(pki("root.pem"));
            tls.verify_trust.file = Some(pki("other.pem"));
        });
        assert_eq!(elsewhere[0], 20);
    }

    fn names(change: impl FnOnce(&mut TlsPlan)) -> Option<usize> {
        let mut tls = TlsPlan::default();
        change(&mut tls);
        ca_names(&tls).map(|names| names.len())
    }

    #[test]
    fn requests_name_the_subjects_of_the_file_unless_they_must_not() {
        assert_eq!(names(|tls| tls.trust.file = Some(pki("cas.pem"))), Some(2));
        assert_eq!(names(|tls| (tls.trust.file, tls.no_ca_names) = (Some(pki("cas.pem")), true)), None);
        assert_eq!(names(|tls| tls.trust.path = Some(pki("sub"))), None);
    }

    #[test]
    fn more_names_than_a_request_holds_do_not_break_the_handshake() {
        let file = std::env::temp_dir().join(format!("many-ca-names-{}.pem", std::process::id()));
        std::fs::write(&file, authorities(800)).unwrap();
        let path = file.to_str().unwrap().as_bytes().to_vec();
        let context = context(|plan| {
            plan.tls.client_auth = ClientAuth::Request;
            plan.tls.trust.file = Some(path.clone());
        });
        let context = context.unwrap();
        assert_eq!(names(|tls| tls.trust.file = Some(path)), None);
        std::fs::remove_file(&file).unwrap();
        for version in [SslVersion::TLS1_2, SslVersion::TLS1_3] {
            assert_eq!(Pair::new(&context, only(version)).handshake(), Step::Done(()));
        }
    }

    /// Certificates with subjects of about 100 bytes, all with one key.
    fn authorities(count: usize) -> Vec<u8> {
        let key = std::fs::read(String::from_utf8(pki("ec.key")).unwrap()).unwrap();
        let key = PKey::private_key_from_pem(&key).unwrap();
        let certificate = |number: usize| -> X509 {
            let mut cert = X509Builder::new().unwrap();
            let mut name = X509Name::builder().unwrap();
            name.append_entry_by_text("O", &format!("{number:060}")).unwrap();
            name.append_entry_by_text("CN", &format!("{number:030}")).unwrap();
            cert.set_subject_name(&name.build()).unwrap();
            cert.set_pubkey(&key).unwrap();
            cert.set_not_before(&Asn1Time::days_from_now(0).unwrap()).unwrap();
            cert.set_not_after(&Asn1Time::days_from_now(1).unwrap()).unwrap();
            cert.sign(&key, openssl::hash::MessageDigest::sha256()).unwrap();
            cert.build()
        };
        (0..count).flat_map(|number| certificate(number).to_pem().unwrap()).collect()
    }
}
