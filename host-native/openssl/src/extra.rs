//! `-xcert`: certificates of which each connection chooses those that fit its client.
use std::ffi::c_int;
use std::sync::{Arc, OnceLock};

use openssl::ex_data::Index;
use openssl::ssl::{SslContext, SslContextBuilder, SslRef};
use s_server_core::engine::Event;
use s_server_core::io::Stream;
use s_server_core::options::NameFormat;

use super::ffi::{SSL_CERT_FLAG_SUITEB_128_LOS, fit};
use super::load::Loaded;
use super::log::Log;
use super::nameopt;
use super::sys::choice;

/// What connections choose from.
pub struct Extra {
    /// In the order of the command line.
    pub certificates: Vec<Loaded>,
    /// `-nameopt`
    pub names: NameFormat,
}

/// Connections of `ctx` choose from these, and from no other certificate.
pub fn install(ctx: &mut SslContextBuilder, extra: Arc<Extra>) {
    ctx.set_ex_data(index(), extra);
    choice::set_callback(ctx, choose);
}

/// Chooses, and reports about each certificate. `false` ends the handshake.
///
/// Called for every ClientHello. Corresponds to `set_cert_cb` in `apps/lib/s_cb.c`.
pub fn choose(ssl: &mut SslRef) -> bool {
    let Some(extra) = ssl.ssl_context().ex_data(index()).cloned() else { return true };
    choice::clear(ssl);
    let mut numbered = extra.certificates.iter().zip(1..);
    numbered.all(|(certificate, number)| {
        let fitness = choice::check_chain(ssl, &certificate.cert, &certificate.key, certificate.chain.as_deref());
        let subject = nameopt::print(extra.names, certificate.cert.subject_name());
        let suite_b = choice::flags(ssl) & SSL_CERT_FLAG_SUITEB_128_LOS != 0;
        if let Some(log) = Log::of(ssl) {
            log.push(Event::Text(Stream::Err, report(number, &subject, fitness, suite_b)));
        }
        fitness & fit::VALID == 0 || take(ssl, certificate)
    })
}

fn take(ssl: &mut SslRef, certificate: &Loaded) -> bool {
    if !choice::use_certificate(ssl, &certificate.cert) || !choice::use_private_key(ssl, &certificate.key) {
        return false;
    }
    if certificate.build_chain {
        return choice::build_chain(ssl);
    }
    certificate.chain.as_ref().is_none_or(|chain| choice::set_chain(ssl, chain))
}

/// Corresponds to `print_chain_flags` in `apps/lib/s_cb.c`.
fn report(number: usize, subject: &[u8], fitness: c_int, suite_b: bool) -> Vec<u8> {
    let verdict = |flag| if fitness & flag != 0 { "OK" } else { "NOT OK" };
    let head = format!("Checking cert chain {number}:\nSubject: ");
    let mut text = [head.as_bytes(), subject, b"\n"].concat();
    for (what, flag) in CHECKS {
        text.extend(format!("\t{what}: {}\n", verdict(*flag)).bytes());
    }
    let suite_b = if suite_b { verdict(fit::SUITEB) } else { "not tested" };
    text.extend(format!("\tSuite B: {suite_b}\n").bytes());
    text
}

const CHECKS: &[(&str, c_int)] = &[
    ("Overall Validity", fit::VALID),
    ("Sign with EE key", fit::SIGN),
    ("EE signature", fit::EE_SIGNATURE),
    ("CA signature", fit::CA_SIGNATURE),
    ("EE key parameters", fit::EE_PARAM),
    ("CA key parameters", fit::CA_PARAM),
    ("Explicitly sign with EE key", fit::EXPLICIT_SIGN),
    ("Issuer Name", fit::ISSUER_NAME),
    ("Certificate Type", fit::CERT_TYPE),
];

fn index() -> Index<SslContext, Arc<Extra>> {
    static INDEX: OnceLock<Index<SslContext, Arc<Extra>>> = OnceLock::new();
    *INDEX.get_or_init(|| SslContext::new_ex_index().expect("OpenSSL numbers application data without limit"))
}

#[cfg(test)]
mod tests {
    use openssl::ssl::SslVersion;
    use s_server_core::engine::Step;
    use s_server_core::options::plan::CertificateFiles;

    use super::*;
    use crate::pair::{Pair, context, files, only};

    /// Outcome, subject of the certificate that the client got, and the report.
    fn connect(extra: Vec<CertificateFiles>, sigalgs: &str) -> (Step<()>, String, String) {
        let context = context(|plan| plan.tls.extra = extra).unwrap();
        let mut pair = Pair::new(&context, |ctx| {
            only(SslVersion::TLS1_3)(ctx);
            ctx.set_sigalgs_list(sigalgs).unwrap();
        });
        let step = pair.handshake();
        let subject = pair.client.ssl().peer_certificate().map(|cert| format!("{:?}", cert.subject_name()));
        (step, subject.unwrap_or_default(), pair.texts(Stream::Err))
    }

    #[test]
    fn the_certificate_that_fits_the_client_is_sent() {
        let extra = || vec![files("ec.pem", "ec.key"), files("rsa.pem", "rsa.key")];
        let (step, subject, report) = connect(extra(), "RSA-PSS+SHA256");
        assert_eq!(step, Step::Done(()));
        assert!(subject.contains("rsa.example"), "{subject}");
        let lines: Vec<_> = report.lines().collect();
        assert_eq!((lines.len(), lines[0], lines[12]), (24, "Checking cert chain 1:", "Checking cert chain 2:"));
        assert_eq!((lines[2], lines[14]), ("\tOverall Validity: NOT OK", "\tOverall Validity: OK"));
        assert_eq!(lines[11], "\tSuite B: not tested");
        assert!(connect(extra(), "ECDSA+SHA256").1.contains("ec.example"));
    }

    #[test]
    fn the_first_certificate_is_never_sent_beside_extra_ones() {
        let (step, _, report) = connect(vec![files("ec.pem", "ec.key")], "RSA-PSS+SHA256");
        assert!(matches!(step, Step::Failed(_)), "{step:?}");
        assert_eq!(report.matches("Checking").count(), 1);
    }

    #[test]
    fn a_chain_that_cannot_be_built_ends_the_handshake() {
        let extra = vec![CertificateFiles { build_chain: true, ..files("ec.pem", "ec.key") }];
        let Step::Failed(error) = connect(extra, "ECDSA+SHA256").0 else { panic!() };
        let queue = String::from_utf8_lossy(&error.queue.concat()).into_owned();
        assert!(queue.contains(":Verify error:unable to get local issuer certificate\n"), "{queue}");
        assert!(queue.contains(":cert cb error:"), "{queue}");
    }

    #[test]
    fn suite_b_is_judged_where_it_is_asked_for() {
        let report = |fitness, suite_b| String::from_utf8(report(1, b"x", fitness, suite_b)).unwrap();
        let verdict = |suite_b| report(fit::SUITEB, suite_b).lines().last().unwrap().to_owned();
        assert_eq!((&*verdict(false), &*verdict(true)), ("\tSuite B: not tested", "\tSuite B: OK"));
        assert!(report(0, true).ends_with("\tSuite B: NOT OK\n"));
    }
}
