//! Raw public keys in the place of certificates, RFC 7250: `-enable_server_rpk`, `-enable_client_rpk`,
//! `-expected-rpks`.
//!
//! A client's key is trusted when it is one of those that `-expected-rpks` names. Then nothing else is trusted: a
//! certificate must hold one of these keys too.
use std::sync::Arc;

use openssl::pkey::{PKey, Public};
use openssl::ssl::{SslContextBuilder, SslRef};
use openssl::x509::X509StoreContextRef;
use s_server_core::StartError;
use s_server_core::engine::{Detail, RawKeys};
use s_server_core::options::plan::{self, Reference};

use super::load;
use super::pem::{Holds, Source};
#[cfg(ossl320)]
use super::{queue, sys::raw_keys as sys};

/// The keys of clients that are trusted.
pub type Expected = Arc<[PKey<Public>]>;

/// Loads the files of `-expected-rpks`. The original does so for each client, and then ends with status 0.
pub fn load(plan: &plan::RawKeyPlan, words: Reference) -> Result<Expected, StartError> {
    let mut keys = Vec::new();
    for file in &plan.expected {
        let source = Source { option: "-expected-rpks", file, holds: Holds::PublicKeys };
        keys.extend(load::public_keys(&source, "public key of client", words)?);
    }
    Ok(keys.into())
}

/// Sets what both sides may send.
#[cfg(ossl320)]
pub fn install(ctx: &mut SslContextBuilder, plan: &plan::RawKeyPlan) -> Result<(), StartError> {
    if plan.server && !sys::allow_from_server(ctx) {
        return Err(queue::failure("Error setting server certificate types\n"));
    }
    if plan.client && !sys::allow_from_client(ctx) {
        return Err(queue::failure("Error setting client certificate types\n"));
    }
    if !plan.expected.is_empty() && !sys::enable_trust(ctx) {
        return Err(queue::failure("Error enabling RPK verification\n"));
    }
    Ok(())
}

/// A new session trusts these keys; false leaves the reason in the queue.
#[cfg(ossl320)]
pub fn expect(ssl: &mut SslRef, keys: &[PKey<Public>]) -> bool {
    keys.is_empty() || (sys::begin_trust(ssl) && keys.iter().all(|key| sys::trust(ssl, key)))
}

/// What was sent. Corresponds to parts of `print_connection_info` in `apps/s_server.c` and of `print_ssl_summary` in
/// `apps/lib/s_cb.c`.
#[cfg(ossl320)]
pub fn describe(ssl: &SslRef, detail: Detail) -> RawKeys {
    RawKeys {
        server: sys::server_sent(ssl),
        client: sys::client_sent(ssl),
        peer: sys::peer(ssl, INDENT),
        matched: if detail.has(Detail::Brief) { sys::matched(ssl) } else { None },
    }
}

/// A raw key is verified, not a certificate.
#[cfg(ossl320)]
pub fn is_verified(store: &X509StoreContextRef) -> bool {
    sys::is_verified(store)
}

/// How far the text of a key is indented.
#[cfg(ossl320)]
const INDENT: i32 = 2;

// Before 3.2 the options are refused.

/// Sets nothing: this release has no raw keys.
#[cfg(not(ossl320))]
pub fn install(_: &mut SslContextBuilder, _: &plan::RawKeyPlan) -> Result<(), StartError> {
    Ok(())
}

/// Trusts nothing: this release has no raw keys.
#[cfg(not(ossl320))]
pub fn expect(_: &mut SslRef, _: &[PKey<Public>]) -> bool {
    true
}

/// None was sent: this release has no raw keys.
#[cfg(not(ossl320))]
pub fn describe(_: &SslRef, _: Detail) -> RawKeys {
    RawKeys::default()
}

/// None ever is: this release has no raw keys.
#[cfg(not(ossl320))]
pub fn is_verified(_: &X509StoreContextRef) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pair::pki;

    fn keys(file: &str) -> Result<usize, String> {
        let plan = plan::RawKeyPlan { expected: vec![pki(file)], ..plan::RawKeyPlan::default() };
        let folder = String::from_utf8(pki("")).unwrap();
        let said = |why: StartError| String::from_utf8(why.render()).unwrap().replace(&folder, "");
        load(&plan, Reference::V4_0).map(|keys| keys.len()).map_err(said)
    }

    #[test]
    fn keys_and_certificates_count() {
        assert_eq!(keys("client.pub"), Ok(1));
        assert_eq!(keys("client.pem"), Ok(1));
        assert_eq!(keys("cas.pem"), Ok(2));
    }

    #[test]
    fn a_file_without_a_public_key_is_told_at_the_start() {
        for file in ["client-cut.pub", "page.txt", "client.key", "sub", "root.crl"] {
            let text = keys(file).unwrap_err();
            assert!(
                text.starts_with(&format!("Could not find or decode public key of client from {file}\n")),
                "{text}"
            );
        }
        let text = keys("nosuch").unwrap_err();
        let words =
            "Could not open file or uri for loading public key of client from nosuch: No such file or directory\n";
        assert_eq!(text, words);
    }

    #[cfg(ossl320)]
    mod sent {
        use openssl::ssl::{SslContextBuilder, SslVersion};
        use s_server_core::Plan;
        use s_server_core::engine::Step;
        use s_server_core::options::plan::ClientAuth;

        use super::*;
        use crate::pair::{Pair, context, only, with_certificate};

        fn trusting(file: &'static str) -> impl Fn(&mut Plan) {
            move |plan| {
                plan.tls.raw_keys = plan::RawKeyPlan { server: true, client: true, expected: vec![pki(file)] };
                plan.tls.client_auth = ClientAuth::Require;
                plan.tls.tolerance.strict = true;
            }
        }

        fn client(ctx: &mut SslContextBuilder, version: SslVersion) {
            only(version)(ctx);
            with_certificate(ctx, "client");
            assert!(sys::allow_from_server(ctx) && sys::allow_from_client(ctx));
        }

        #[test]
        fn only_the_keys_that_are_named_are_trusted() {
            for version in [SslVersion::TLS1_2, SslVersion::TLS1_3] {
                let good = context(trusting("client.pub")).unwrap();
                let mut pair = Pair::established(&good, |ctx| client(ctx, version));
                let found = pair.server.info(Detail::Brief);
                assert_eq!(found.peer_certificate, None);
                assert!(found.raw_keys.server && found.raw_keys.client);
                let key = found.raw_keys.peer.unwrap();
                assert!(key.text.starts_with(b"  Public-Key: (256 bit"));
                let matched = found.raw_keys.matched.unwrap();
                assert_eq!((matched.usage, matched.selector, matched.matching, matched.depth), (3, 1, 0, None));
                assert_eq!(matched.data, key.der);
                let step = &pair.verify_steps()[0];
                assert_eq!((step.ok, step.subject.as_deref(), step.policies.as_deref()), (true, None, None));
            }
            let other = context(trusting("ec.pem")).unwrap();
            let Step::Failed(error) = Pair::new(&other, |ctx| client(ctx, SslVersion::TLS1_2)).handshake() else {
                panic!("another key is trusted");
            };
            assert_eq!(error.verify.as_deref(), Some("no matching DANE TLSA records"));
        }

        #[test]
        fn a_client_that_offers_none_sends_its_certificate() {
            let server = context(|plan| {
                trusting("client.pub")(plan);
                plan.tls.client_auth = ClientAuth::Request;
            });
            let mut pair = Pair::established(&server.unwrap(), |ctx| with_certificate(ctx, "client"));
            let found = pair.server.info(Detail::Report);
            assert!(found.peer_certificate.is_some());
            assert_eq!(found.raw_keys, RawKeys::default());
        }
    }
}
