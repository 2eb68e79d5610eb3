//! The certificates of a run: loaded before a context is made, and put into it.
//!
//! Corresponds to the part of `s_server_main` that loads them, and to `set_cert_key_stuff` in `apps/lib/s_cb.c`.
use openssl::ssl::SslContextBuilder;
use openssl::stack::{Stack, StackRef};
use openssl::x509::{X509, X509Crl, X509Ref, X509VerifyResult};
use s_server_core::StartError;
use s_server_core::options::needs::{self, Slot};
use s_server_core::options::plan::{CertificateFiles, Identity, Reference, TlsPlan};

use super::environment::Environment;
use super::load::{self, Loaded, Origin, Origins, PassPhrase, Titles};
use super::path::{c_string, path};
use super::sys::{certs, conf};
use super::{queue, raw_keys, selfsigned};

/// What a run proves its identity with.
pub struct Identities {
    /// `-cert`
    pub first: Option<Loaded>,
    /// `-cert2`
    pub named: Option<Loaded>,
    /// `-dcert`
    pub second: Option<Loaded>,
    /// `-xcert`
    pub extra: Vec<Loaded>,
    /// `-CRL`
    pub crls: Vec<X509Crl>,
    /// `-expected-rpks`
    pub expected: raw_keys::Expected,
}

impl Identities {
    /// Loads all files, in the original's order.
    pub fn load(tls: &TlsPlan, environment: &Environment<'_>, words: Reference) -> Result<Self, StartError> {
        let given = environment.pass_phrases.each_ref().map(|pass| pass.as_deref().map(c_string));
        let questions = environment.questions;
        let [pass, second_pass] = given.each_ref().map(|given| PassPhrase { given: given.as_ref(), questions });
        // The original's list begins with the latest.
        let mut extra = Vec::new();
        for files in tls.extra.iter().rev() {
            extra.insert(0, load::certificate_files(files, &EXTRA, pass, words)?);
        }
        let first = tls.identity.as_ref().map(|identity| first(identity, environment.wall, pass, words)).transpose()?;
        let load = |files: &CertificateFiles, titles, pass: PassPhrase<'_>| {
            load::certificate_files(files, titles, pass, words)
        };
        let mut named = tls.servername.as_ref().map(|name| load(&name.files, &NAMED, pass)).transpose()?;
        if let (Some(named), Some(Loaded { chain: Some(chain), origins: Origins { chain: origin, .. }, .. })) =
            (&mut named, &first)
        {
            named.chain = fitting(chain, &named.cert);
            named.origins.chain = origin.clone();
        }
        let crls = tls.crl.as_ref().map(|(file, format)| load::crls(file, *format, questions, words)).transpose()?;
        let second = tls.second.as_ref().map(|files| load(files, &SECOND, second_pass)).transpose()?;
        let expected = raw_keys::load(&tls.raw_keys, words)?;
        Ok(Self { first, named, second, extra, crls: crls.unwrap_or_default(), expected })
    }
}

impl Identities {
    /// No certificate has issuers that had to be looked for when it is sent: each has its chain, or is its own issuer.
    /// The library would ask the trusted certificates all the same, in each handshake.
    pub fn have_no_issuers(&self) -> bool {
        let has_chain = |loaded: &Loaded| loaded.chain.as_ref().is_some_and(|chain| !chain.is_empty());
        let alone = |loaded: &Loaded| has_chain(loaded) || certs::is_self_signed(&loaded.cert);
        self.extra.is_empty() && [&self.first, &self.named, &self.second].into_iter().flatten().all(alone)
    }
}

/// The chain of `-cert_chain` for `-cert2`, which has no option of its own: where it holds the issuer.
fn fitting(chain: &StackRef<X509>, cert: &X509Ref) -> Option<Stack<X509>> {
    if !chain.iter().any(|issuer| issuer.issued(cert) == X509VerifyResult::OK) {
        return None;
    }
    let mut own = Stack::new().ok()?;
    chain.iter().try_for_each(|cert| own.push(cert.to_owned())).ok()?;
    Some(own)
}

fn first(identity: &Identity, wall: u64, pass: PassPhrase<'_>, words: Reference) -> Result<Loaded, StartError> {
    match identity {
        Identity::SelfSigned { names } => {
            let (cert, key) = selfsigned::make(names, wall)?;
            let origin = Origin { option: "-selfsigned", file: None };
            let origins = Origins { cert: origin.clone(), key: origin, chain: None };
            Ok(Loaded { cert, key, chain: None, build_chain: false, origins })
        }
        Identity::Loaded { files, cert_is_default } => {
            let loaded = load::certificate_files(files, &FIRST, pass, words);
            loaded.map_err(|error| match *cert_is_default && !path(&files.cert).exists() {
                true => error.with_hint(needs::NO_CERTIFICATE_HINT),
                false => error,
            })
        }
    }
}

/// Puts a certificate into a context.
pub fn install(ctx: &mut SslContextBuilder, identity: &Loaded) -> Result<(), StartError> {
    let Origins { cert, chain, .. } = &identity.origins;
    if !conf::use_certificate(ctx, &identity.cert) {
        return Err(refused("error setting certificate\n", cert));
    }
    if !conf::use_private_key(ctx, &identity.key) {
        return Err(of_another("error setting private key\n", &identity.origins));
    }
    // A key of another kind than the certificate's goes to another place in the context, where the library does not
    // compare the two.
    let pair = identity.cert.public_key().is_ok_and(|public| public.public_eq(&identity.key));
    if !conf::check_private_key(ctx) || !pair {
        queue::clear();
        return Err(of_another("Private key does not match the certificate public key\n", &identity.origins));
    }
    if identity.chain.as_ref().is_some_and(|chain| !conf::set_chain(ctx, chain)) {
        return Err(refused("error setting certificate chain\n", chain.as_ref().unwrap_or(cert)));
    }
    if identity.build_chain && !conf::build_chain(ctx, identity.chain.is_some()) {
        return Err(refused("error building certificate chain\n", cert));
    }
    Ok(())
}

/// The message with its queue about a key and a certificate that are no pair.
fn of_another(title: &str, Origins { cert, key, .. }: &Origins) -> StartError {
    let cause = [&key.words()[..], b" is not the key of ", &cert.words()].concat();
    StartError::of_cause(cause).after(queue::message(title))
}

impl Origin {
    /// `OPTION FILE`
    fn words(&self) -> Vec<u8> {
        match &self.file {
            Some(file) => [self.option.as_bytes(), b" ", file].concat(),
            None => self.option.into(),
        }
    }

    fn error(&self, cause: &str) -> StartError {
        match &self.file {
            Some(file) => StartError::of_option(self.option, file.as_slice(), cause),
            None => StartError::of_flag(self.option, cause),
        }
    }
}

/// The message with its queue, and the way out when the library finds it too weak. `origin` is of what it refused.
fn refused(title: &str, origin: &Origin) -> StartError {
    let message = queue::message(title);
    let text = String::from_utf8_lossy(&message);
    let weak = WEAK.iter().find(|reason| text.contains(&format!(":{reason}:")));
    let why = weak.map(|reason| origin.error(reason).with_remedy("-cipher DEFAULT:@SECLEVEL=0 lets it pass"));
    why.unwrap_or_default().after(message)
}

/// Reasons of the library that depend on the security level.
const WEAK: [&str; 5] = [
    "ee key too small",
    "ca key too small",
    "ca md too weak",
    "EE certificate key too weak",
    "CA certificate key too weak",
];

const FIRST: Titles = titles(Slot::First, false);
const NAMED: Titles = titles(Slot::Named, false);
const SECOND: Titles = titles(Slot::Second, false);
const EXTRA: Titles = titles(Slot::Extra(0), true);

const fn titles(slot: Slot, cert_first: bool) -> Titles {
    let needs::Titles { certificate: cert, key, chain } = slot.titles();
    Titles { key, cert, chain, cert_first, options: slot.options() }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;
    use crate::Questions;
    use crate::pair::{context, environment, files, identity, pki, plan};

    /// The message that ends the start; empty when there is none.
    fn start(change: impl FnOnce(&mut TlsPlan)) -> String {
        let message = context(|plan| {
            plan.text.reference = Reference::V3_0;
            change(&mut plan.tls);
        });
        message.err().unwrap_or_default().replace(str::from_utf8(&pki("")).unwrap(), "")
    }

    #[test]
    fn issuers_are_looked_for_unless_every_certificate_does_without() {
        let alone = |change: &dyn Fn(&mut TlsPlan)| {
            let mut tls = TlsPlan::default();
            change(&mut tls);
            Identities::load(&tls, &environment(&plan(|_| {}), &mut |_, _| Ok(())), Reference::V3_0)
                .unwrap_or_else(|_| panic!("loaded"))
                .have_no_issuers()
        };
        let first = |cert: &str, key: &str| Some(identity(cert, key));
        assert!(alone(&|tls| tls.identity = first("self.pem", "self.key")));
        assert!(alone(&|tls| tls.identity = Some(Identity::SelfSigned { names: Vec::new() })));
        assert!(!alone(&|tls| tls.identity = first("ec.pem", "ec.key")));
        let chained = || CertificateFiles { chain: Some(pki("inter.pem")), ..files("ec.pem", "ec.key") };
        assert!(alone(&|tls| tls.second = Some(chained())));
        assert!(!alone(&|tls| (tls.identity, tls.second) = (first("ec.pem", "ec.key"), Some(chained()))));
        assert!(!alone(&|tls| tls.extra = vec![files("self.pem", "self.key")]));
    }

    #[test]
    fn a_key_of_another_kind_does_not_belong_to_the_second_certificate() {
        let start = |key| start(|tls| tls.second = Some(files("ec.pem", key)));
        assert_eq!(
            start("rsa.key"),
            "Private key does not match the certificate public key\n\
             s_server: -dkey rsa.key is not the key of -dcert ec.pem\n"
        );
        let other = start("other.key");
        assert!(other.starts_with("error setting private key\n"), "{other}");
        assert!(other.ends_with("\ns_server: -dkey other.key is not the key of -dcert ec.pem\n"), "{other}");
        assert_eq!(start("ec.key"), "");
    }

    #[test]
    fn extra_certificates_may_be_of_any_format_and_protected() {
        assert_eq!(start(|tls| tls.extra = vec![files("rsa.der", "rsa.key.der")]), "");
        let protected = |pass: &str| {
            start(|tls| (tls.extra, tls.pass) = (vec![files("rsa.pem", "rsa.enc.key")], Some(pass.as_bytes().to_vec())))
        };
        assert_eq!(protected("pass:secret"), "");
        assert!(protected("pass:wrong").starts_with("Could not read server key from rsa.enc.key\n"));
    }

    #[test]
    fn a_function_is_asked_once_about_each_protected_object() {
        let asked = RefCell::new(Vec::new());
        let ask = |object: &[u8]| {
            asked.borrow_mut().push(String::from_utf8_lossy(object).replace(str::from_utf8(&pki("")).unwrap(), ""));
            (!object.ends_with(b"ec.p12")).then(|| b"secret".to_vec())
        };
        let load = |change: &dyn Fn(&mut TlsPlan)| {
            let plan = plan(|plan| change(&mut plan.tls));
            let mut open = |_: &[u8], _: &mut dyn s_server_core::sink::Sink| Ok(());
            let environment = Environment { questions: Questions::Function(&ask), ..environment(&plan, &mut open) };
            Identities::load(&plan.tls, &environment, Reference::V3_0).map(drop).map_err(|error| error.render())
        };
        assert_eq!(load(&|tls| tls.extra = vec![files("rsa.pem", "rsa.enc.key")]), Ok(()));
        assert_eq!(asked.take(), ["rsa.enc.key"]);
        let text = load(&|tls| tls.second = Some(files("ec.p12", "ec.p12"))).unwrap_err();
        assert!(text.starts_with(b"Could not read second certificate private key from "));
        assert_eq!(asked.take(), ["ec.p12"]);
    }

    #[test]
    fn each_certificate_has_its_own_words_in_messages() {
        let failures = [
            (
                start(|tls| tls.extra = vec![files("page.txt", "rsa.key")]),
                [
                    "Could not read cert of Server Certificate from page.txt\n",
                    "Unable to load Server Certificate\n",
                    "s_server: -xcert page.txt: it holds no PEM block\n",
                ],
            ),
            (
                start(|tls| tls.second = Some(files("page.txt", "rsa.key"))),
                [
                    "Could not read second server certificate from page.txt\n",
                    "Unable to load second server certificate\n",
                    "s_server: -dcert page.txt: it holds no PEM block\n",
                ],
            ),
            (
                start(|tls| tls.second = Some(files("rsa.pem", "page.txt"))),
                [
                    "Could not read second certificate private key from page.txt\n",
                    "",
                    "s_server: -dkey page.txt: it holds no PEM block\n",
                ],
            ),
            (
                start(|tls| tls.crl = Some((pki("rsa.pem"), None))),
                [
                    "Could not read CRL from rsa.pem\n",
                    "Unable to load CRL\n",
                    "s_server: -CRL rsa.pem: it holds no revocation list, but CERTIFICATE\n",
                ],
            ),
        ];
        for (message, lines) in failures {
            assert_eq!(message, lines.concat());
        }
    }

    #[test]
    fn the_second_pass_phrase_is_the_second_certificates() {
        let start = |pass: &str, second: &str| {
            let given = |pass: &str| Some(format!("pass:{pass}").into_bytes());
            start(|tls| {
                (tls.pass, tls.second_pass) = (given(pass), given(second));
                tls.second = Some(files("ec.p12", "ec.p12"));
            })
        };
        assert_eq!(start("wrong", "secret"), "");
        assert!(start("secret", "wrong").starts_with("Could not read second certificate private key from ec.p12\n"));
    }
}
