//! Certificates to build chains from, revocation lists, and the names of authorities in certificate requests.
use openssl::ssl::SslContextBuilder;
use openssl::stack::Stack;
use openssl::x509::store::X509StoreBuilder;
use openssl::x509::{X509Crl, X509Name};
use s_server_core::StartError;
use s_server_core::options::plan::{Stores, TlsPlan, Trust};

use super::path::{c_string, path};
use super::pem::{Holds, Source};
use super::sys::conf::{self, TrustSource};
use super::sys::crls as sys_crls;
use super::sys::trust::{self, Chains};
use super::{crls, queue};

/// The trusted certificates. Corresponds to `ctx_set_verify_locations` in `apps/lib/apps.c`.
pub fn defaults(ctx: &mut SslContextBuilder, trust: &Trust) -> Result<(), StartError> {
    let [file, path, store] = [&trust.file, &trust.path, &trust.store].map(|name| name.as_deref().map(c_string));
    let named = file.is_some() || path.is_some() || store.is_some();
    let [mut use_file, mut use_path, mut use_store] = [!trust.no_file, !trust.no_path, !trust.no_store];
    if named {
        (use_file, use_path, use_store) = (file.is_some(), path.is_some(), store.is_some());
    } else if cfg!(all(windows, bundled_openssl)) {
        // The compiled-in places mean nothing there; the system's own store is a URI.
        let system = TrustSource::Store(Some(c"org.openssl.winstore:"));
        let good = trust.no_store || conf::trust(ctx, system);
        return if good { Ok(()) } else { Err(queue::failure("")) };
    }
    let named = [("-CAfile", &trust.file), ("-CApath", &trust.path), ("-CAstore", &trust.store)];
    let [file_source, path_source, store_source] = named.map(|(option, value)| source(option, value));
    let load = |ctx: &mut SslContextBuilder, wanted: bool, from: TrustSource<'_>, source| match !wanted
        || conf::trust(ctx, from)
    {
        true => complete(source),
        false => Err(failure("", source)),
    };
    load(ctx, use_file, TrustSource::File(file.as_deref()), file_source)?;
    load(ctx, use_path, TrustSource::Dir(path.as_deref()), path_source)?;
    load(ctx, use_store, TrustSource::Store(store.as_deref()), store_source)
}

/// What an option names, for messages; `None` when it is not given.
fn source<'a>(option: &'static str, value: &'a Option<Vec<u8>>) -> Option<Source<'a>> {
    let holds = if option.ends_with("file") { Holds::Trust } else { Holds::Store };
    value.as_deref().map(|file| Source { option, file, holds })
}

/// All that was named has been read.
fn complete(source: Option<Source<'_>>) -> Result<(), StartError> {
    source.map_or(Ok(()), |source| source.complete())
}

/// The library's message, and ours about what the option names.
fn failure(title: &str, source: Option<Source<'_>>) -> StartError {
    let message = queue::message(title);
    source.map(|source| source.why(&message, None)).unwrap_or_default().after(message)
}

/// The revocation lists and the stores that stand in the place of the trusted certificates.
///
/// Corresponds to `ssl_ctx_add_crls` and `ssl_load_stores` in `apps/lib/s_cb.c`.
pub fn stores(ctx: &mut SslContextBuilder, tls: &TlsPlan, lists: &[X509Crl]) -> Result<(), StartError> {
    for list in lists {
        trust::add_crl(ctx.cert_store_mut(), list);
    }
    if tls.crl_download {
        sys_crls::set_lookup(ctx.cert_store_mut(), crls::lookup);
    }
    let of_clients = ["-verifyCAfile", "-verifyCApath", "-verifyCAstore"];
    install(ctx, Chains::OfClients, of_clients, &tls.verify_trust, lists, tls.crl_download)?;
    install(ctx, Chains::Own, ["-chainCAfile", "-chainCApath", "-chainCAstore"], &tls.chain_trust, &[], false)
}

/// Nothing to do is good.
fn install(
    ctx: &mut SslContextBuilder,
    chains: Chains,
    options: [&'static str; 3],
    places: &Stores,
    lists: &[X509Crl],
    download: bool,
) -> Result<(), StartError> {
    const TITLE: &str = "Error loading store locations\n";
    let values = [&places.file, &places.path, &places.store];
    if values.iter().all(|value| value.is_none()) {
        return Ok(());
    }
    let mut store = X509StoreBuilder::new().map_err(|_| failure(TITLE, None))?;
    let loads = [trust::load_file, trust::load_path, trust::load_store];
    for ((load, option), value) in loads.into_iter().zip(options).zip(values) {
        let source = source(option, value);
        if value.as_deref().is_some_and(|value| !load(&mut store, &c_string(value))) {
            return Err(failure(TITLE, source));
        }
        complete(source)?;
    }
    for list in lists {
        trust::add_crl(&mut store, list);
    }
    if download {
        sys_crls::set_lookup(&mut store, crls::lookup);
    }
    if trust::install(ctx, chains, &store) { Ok(()) } else { Err(failure(TITLE, None)) }
}

/// The names of authorities that certificate requests carry: the subjects of `-CAfile`.
///
/// More than a request can hold are left out, all of them: a client then chooses freely (RFC 5246 section 7.4.4), while
/// one that does not find its issuer in a list sends nothing.
pub fn ca_names(tls: &TlsPlan) -> Option<Stack<X509Name>> {
    let named = !tls.no_ca_names && tls.srp.verifiers.is_none();
    let file = tls.trust.file.as_ref().filter(|_| named)?;
    let names = X509Name::load_client_ca_file(path(file)).ok()?;
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
    use crate::pair::{Pair, context, identity, only, pki, with_certificate};

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
        let beside_srp =
            |tls: &mut TlsPlan| (tls.trust.file, tls.srp.verifiers) = (Some(pki("cas.pem")), Some(pki("x")));
        assert_eq!(names(beside_srp), None);
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
