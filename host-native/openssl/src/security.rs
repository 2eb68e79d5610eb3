//! `-security_debug`: the decisions of the security level in words.
use std::ffi::c_int;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use openssl::ex_data::Index;
use openssl::ssl::{SslContext, SslContextBuilder, SslContextRef, SslRef};
use s_server_core::engine::Event;
use s_server_core::io::Stream;
use s_server_core::options::SecurityDebug;
use s_server_core::sink::Sink;

use super::ffi::secop;
use super::log::Log;
use super::sys::security::{self, Decision, Subject};

/// Which decisions of a context are told.
struct SecurityWatch {
    which: SecurityDebug,
    at_start: Decisions,
}

/// What was decided outside sessions.
#[derive(Clone, Default)]
pub struct Decisions(Arc<Mutex<Vec<u8>>>);

impl Decisions {
    /// Prints them once.
    pub fn print(&self, out: &mut dyn Sink) {
        let lines = std::mem::take(&mut *self.lines());
        if !lines.is_empty() {
            out.print(Stream::Err, &lines);
        }
    }

    fn lines(&self) -> MutexGuard<'_, Vec<u8>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Watches the decisions about `ctx` and its sessions. Corresponds to `ssl_ctx_security_debug` in `apps/lib/s_cb.c`.
///
/// Those outside sessions go to `at_start`.
pub fn watch(ctx: &mut SslContextBuilder, which: SecurityDebug, at_start: &Decisions) {
    ctx.set_ex_data(index(), SecurityWatch { which, at_start: at_start.clone() });
    security::watch(ctx, decided);
}

/// A decision was made. Corresponds to `security_callback_debug` in `apps/lib/s_cb.c`.
fn decided(ssl: Option<&SslRef>, ctx: Option<&SslContextRef>, decision: &Decision) {
    let Decision { op, bits, subject, allowed } = decision;
    let Some(watch) = ctx.or(ssl.map(|ssl| ssl.ssl_context())).and_then(|ctx| ctx.ex_data(index())) else { return };
    if *allowed && watch.which == SecurityDebug::Refused {
        return;
    }
    let line = line(*op, *bits, subject, *allowed).into_bytes();
    match ssl.and_then(Log::of) {
        Some(log) => log.push(Event::Text(Stream::Err, line)),
        None => watch.at_start.lines().extend(line),
    }
}

fn index() -> Index<SslContext, SecurityWatch> {
    static INDEX: OnceLock<Index<SslContext, SecurityWatch>> = OnceLock::new();
    *INDEX.get_or_init(|| SslContext::new_ex_index().expect("OpenSSL numbers application data without limit"))
}

fn line(op: c_int, bits: c_int, subject: &Subject, allowed: bool) -> String {
    let about = match subject {
        Subject::Version(number) => format!("Version={}", version(*number)),
        Subject::Other if what(op).is_empty() => String::new(),
        Subject::Scheme(scheme) => format!("{} {}, security bits={bits}", what(op), signature(*scheme)),
        subject => format!("{}={}, security bits={bits}", what(op), value(subject)),
    };
    format!("Security callback: {about}: {}\n", if allowed { "yes" } else { "no" })
}

fn value(subject: &Subject) -> String {
    match subject {
        Subject::Suite(name) | Subject::Curve(name) | Subject::Digest(name) => name.clone(),
        Subject::Key(kind, bits) => format!("{kind}, bits={bits}"),
        Subject::NoKey => "Public key missing".into(),
        Subject::Version(_) | Subject::Scheme(_) | Subject::Other => String::new(),
    }
}

fn what(op: c_int) -> &'static str {
    match op {
        secop::CIPHER_SUPPORTED => "Supported Ciphersuite",
        secop::CIPHER_SHARED => "Shared Ciphersuite",
        secop::CIPHER_CHECK => "Check Ciphersuite",
        secop::TMP_DH => "Temp DH key bits",
        secop::CURVE_SUPPORTED => "Supported Curve",
        secop::CURVE_SHARED => "Shared Curve",
        secop::CURVE_CHECK => "Check Curve",
        secop::SIGALG_SUPPORTED => "Supported Signature Algorithm",
        secop::SIGALG_SHARED => "Shared Signature Algorithm",
        secop::SIGALG_CHECK => "Check Signature Algorithm",
        secop::SIGALG_MASK => "Signature Algorithm mask",
        secop::EE_KEY => "Certificate chain EE key",
        secop::CA_KEY => "Certificate chain CA key",
        secop::CA_MD => "Certificate chain CA digest",
        op if op == secop::EE_KEY | secop::PEER => "Peer Chain EE key",
        op if op == secop::CA_KEY | secop::PEER => "Peer Chain CA key",
        op if op == secop::CA_MD | secop::PEER => "Peer chain CA digest",
        _ => "",
    }
}

fn version(number: c_int) -> &'static str {
    match number {
        0x0300 => "SSL 3.0",
        0x0301 => "TLS 1.0",
        0x0302 => "TLS 1.1",
        0x0303 => "TLS 1.2",
        0x0304 => "TLS 1.3",
        0xfeff => "DTLS 1.0",
        0xfefd => "DTLS 1.2",
        0x0100 => "DTLS 1.0 (bad)",
        _ => "",
    }
}

/// A scheme by its name in TLS 1.3, else by its two halves, else by its number.
fn signature(scheme: u16) -> String {
    let name = match scheme {
        0x0201 => "rsa_pkcs1_sha1",
        0x0203 => "ecdsa_sha1",
        0x0401 => "rsa_pkcs1_sha256",
        0x0403 => "ecdsa_secp256r1_sha256",
        0x0501 => "rsa_pkcs1_sha384",
        0x0503 => "ecdsa_secp384r1_sha384",
        0x0601 => "rsa_pkcs1_sha512",
        0x0603 => "ecdsa_secp521r1_sha512",
        0x0804 => "rsa_pss_rsae_sha256",
        0x0805 => "rsa_pss_rsae_sha384",
        0x0806 => "rsa_pss_rsae_sha512",
        0x0807 => "ed25519",
        0x0808 => "ed448",
        0x0809 => "rsa_pss_pss_sha256",
        0x080a => "rsa_pss_pss_sha384",
        0x080b => "rsa_pss_pss_sha512",
        _ => "",
    };
    if !name.is_empty() {
        return format!("scheme={name}");
    }
    let [hash, sign] = scheme.to_be_bytes();
    let digest = ["", "MD5", "SHA1", "SHA224", "SHA256", "SHA384", "SHA512"].get(usize::from(hash));
    let algorithm = ["", "RSA", "DSA", "ECDSA"].get(usize::from(sign));
    match (digest, algorithm) {
        (Some(digest), Some(algorithm)) if !digest.is_empty() && !algorithm.is_empty() => {
            format!("digest={digest}, algorithm={algorithm}")
        }
        _ => format!("scheme=unknown(0x{scheme:04x})"),
    }
}

#[cfg(test)]
mod tests {
    use openssl::ssl::SslVersion;
    use s_server_core::options::plan::Reference;

    use super::*;
    use crate::pair::{Pair, Printed, context, identity, only, plan};

    #[test]
    fn decisions_read_as_in_the_samples() {
        for (op, bits, subject, allowed, text) in [
            (secop::VERSION, 0, Subject::Version(0x0304), true, "Version=TLS 1.3: yes"),
            (10, 0, Subject::Other, true, ": yes"),
            (secop::TMP_DH, 112, Subject::Other, true, "Temp DH key bits=, security bits=112: yes"),
            (
                secop::CURVE_CHECK,
                128,
                Subject::Curve("P-256".into()),
                true,
                "Check Curve=P-256, security bits=128: yes",
            ),
            (
                secop::SIGALG_SHARED,
                64,
                Subject::Scheme(0x0202),
                false,
                "Shared Signature Algorithm digest=SHA1, algorithm=DSA, security bits=64: no",
            ),
            (
                secop::SIGALG_MASK,
                128,
                Subject::Scheme(0x0708),
                true,
                "Signature Algorithm mask scheme=unknown(0x0708), security bits=128: yes",
            ),
            (
                secop::CA_MD | secop::PEER,
                128,
                Subject::Digest("RSA-SHA256".into()),
                true,
                "Peer chain CA digest=RSA-SHA256, security bits=128: yes",
            ),
        ] {
            assert_eq!(line(op, bits, &subject, allowed), format!("Security callback: {text}\n"));
        }
    }

    #[test]
    fn a_refused_certificate_is_told_before_its_error() {
        let mut printed = Printed::default();
        let failed = crate::pair::new(
            &plan(|plan| {
                plan.tls.security_debug = Some(SecurityDebug::Refused);
                plan.tls.identity = Some(identity("weak.pem", "weak.key"));
            }),
            &mut printed,
        );
        assert!(failed.err().unwrap().render().starts_with(b"error setting certificate\n"));
        assert_eq!(printed.err, "Security callback: Certificate chain EE key=RSA, bits=1024, security bits=80: no\n");
    }

    #[test]
    fn a_session_tells_its_decisions_in_order_with_the_rest() {
        let told = |which| {
            let context = context(|plan| plan.tls.security_debug = Some(which)).unwrap();
            let pair = Pair::established(&context, only(SslVersion::TLS1_3));
            let line = |event: &Event| match event {
                Event::Text(Stream::Err, line) => Some(String::from_utf8(line.clone()).unwrap()),
                _ => None,
            };
            pair.events.iter().filter_map(line).collect::<String>()
        };
        assert!(
            told(SecurityDebug::All)
                .contains("\nSecurity callback: Shared Ciphersuite=TLS_AES_256_GCM_SHA384, security bits=256: yes\n")
        );
        // From 4.0 on the library looks for the oldest version that both sides could have used.
        let refused = match crate::build().reference {
            Reference::V4_0 => "Security callback: Version=TLS 1.1: no\nSecurity callback: Version=TLS 1.0: no\n",
            _ => "",
        };
        assert_eq!(told(SecurityDebug::Refused), refused);
    }
}
