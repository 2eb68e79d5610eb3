//! How clients are verified: the mode of a session, and the callback for each certificate.
use std::ffi::c_int;

use openssl::ssl::SslVerifyMode;
use openssl::x509::{X509StoreContext, X509StoreContextRef};
use s_server_core::engine::{Event, VerifyStep};
use s_server_core::options::NameFormat;
use s_server_core::options::plan::ClientAuth;
use s_server_core::verify::{Tolerance, judge};

use super::ffi::X509_V_ERR_NO_EXPLICIT_POLICY;
use super::log::Log;
use super::{nameopt, policies, raw_keys};

/// The verification mode of a new session.
pub fn mode(auth: ClientAuth) -> SslVerifyMode {
    match auth {
        ClientAuth::Off => SslVerifyMode::NONE,
        ClientAuth::Request => SslVerifyMode::PEER | CLIENT_ONCE,
        ClientAuth::Require => SslVerifyMode::PEER | SslVerifyMode::FAIL_IF_NO_PEER_CERT | CLIENT_ONCE,
    }
}

/// `SSL_VERIFY_CLIENT_ONCE`: no certificate is asked for again in a renegotiation.
pub const CLIENT_ONCE: SslVerifyMode = SslVerifyMode::from_bits_retain(openssl_sys::SSL_VERIFY_CLIENT_ONCE);

/// The verification callback. Corresponds to `verify_callback` in `apps/lib/s_cb.c`.
pub fn step(tolerance: Tolerance, names: NameFormat, ok: bool, store: &mut X509StoreContextRef) -> bool {
    let depth = c_int::try_from(store.error_depth()).unwrap_or(c_int::MAX);
    let accepted = judge(tolerance, depth, ok);
    let mut step = VerifyStep {
        depth,
        ok,
        error: store.error().as_raw(),
        error_text: store.error().error_string().to_owned(),
        accepted,
        ..VerifyStep::default()
    };
    if let Some(cert) = store.current_cert() {
        step.subject = Some(nameopt::print(names, cert.subject_name()));
        step.issuer = Some(nameopt::print(names, cert.issuer_name()));
        step.not_before = cert.not_before().to_string();
        step.not_after = cert.not_after().to_string();
    }
    // The library calls without a certificate when it is done with the policies, or finds none that would do.
    let no_certificate = store.current_cert().is_none() && !raw_keys::is_verified(store);
    let about_policies = if ok { no_certificate } else { step.error == X509_V_ERR_NO_EXPLICIT_POLICY };
    step.policies = about_policies.then(|| policies::describe(store));
    let ssl = X509StoreContext::ssl_idx().ok().and_then(|index| store.ex_data(index));
    if let Some(log) = ssl.and_then(Log::of) {
        log.push(Event::Verify(step));
    }
    accepted
}

#[cfg(test)]
mod tests {
    use openssl::ssl::{SslContextBuilder, SslVersion};
    use openssl::x509::X509;
    use s_server_core::Plan;
    use s_server_core::engine::Step;
    use s_server_core::options::plan::{TlsPlan, Trust};

    use super::*;
    use crate::pair::{Pair, context, only, pki, with_certificate};

    fn pair(change: impl FnOnce(&mut Plan), client: impl FnOnce(&mut SslContextBuilder)) -> Pair {
        let context = context(|plan| {
            plan.tls.trust = Trust { file: Some(pki("root.pem")), ..Trust::default() };
            change(plan);
        });
        Pair::new(&context.unwrap(), client)
    }

    /// Outcome of a handshake with that client certificate, and the steps.
    fn verified(name: &str, change: impl FnOnce(&mut TlsPlan)) -> (Step<()>, Vec<VerifyStep>) {
        let require = |plan: &mut Plan| {
            plan.tls.client_auth = ClientAuth::Require;
            change(&mut plan.tls);
        };
        let mut pair = pair(require, |ctx| {
            with_certificate(ctx, name);
            ctx.set_max_proto_version(Some(SslVersion::TLS1_2)).unwrap();
        });
        let step = pair.handshake();
        (step, pair.verify_steps())
    }

    #[test]
    fn a_tolerated_error_is_reported_and_the_handshake_goes_on() {
        let (step, steps) = verified("expired", |_| {});
        assert_eq!(step, Step::Done(()));
        let last = steps.last().unwrap();
        assert_eq!(steps[1], VerifyStep { ok: false, ..last.clone() });
        assert_eq!((last.depth, last.error, &*last.error_text), (0, 10, "certificate has expired"));
        assert_eq!(last.subject.as_deref(), Some(&b"CN = Expired Client"[..]));
        assert_eq!(last.not_after, "Jan  1 00:00:00 2021 GMT");
        assert!(steps.iter().all(|step| step.accepted));
    }

    #[test]
    fn a_refused_certificate_ends_the_handshake() {
        let (step, steps) = verified("expired", |tls| tls.tolerance.strict = true);
        let Step::Failed(error) = step else { panic!("{step:?}") };
        assert_eq!(error.verify.as_deref(), Some("certificate has expired"));
        assert!(String::from_utf8_lossy(&error.queue[0]).contains(":certificate verify failed:"), "{error:?}");
        assert!(!steps.last().unwrap().accepted);
    }

    /// Outcome and depths of the steps, where the client sends its issuer and nobody trusts the root (sample 214).
    fn untrusted(depth: i32) -> (Step<()>, Vec<i32>) {
        let request = |plan: &mut Plan| {
            (plan.tls.client_auth, plan.tls.tolerance.depth) = (ClientAuth::Request, depth);
            plan.tls.trust = Trust { no_file: true, no_path: true, no_store: true, ..Trust::default() };
        };
        let mut pair = pair(request, |ctx| {
            only(SslVersion::TLS1_2)(ctx);
            with_certificate(ctx, "clienti");
            let inter = std::fs::read(String::from_utf8(pki("inter.pem")).unwrap()).unwrap();
            ctx.add_extra_chain_cert(X509::from_pem(&inter).unwrap()).unwrap();
        });
        let step = pair.handshake();
        (step, pair.verify_steps().into_iter().map(|step| step.depth).collect())
    }

    #[test]
    fn an_error_deeper_than_the_depth_is_not_tolerated() {
        assert_eq!(untrusted(1), (Step::Done(()), vec![1, 0]));
        let (step, depths) = untrusted(0);
        let Step::Failed(error) = step else { panic!("{step:?}") };
        assert_eq!(error.verify.as_deref(), Some("unable to get local issuer certificate"));
        assert_eq!(depths, [1]);
    }
}
