//! Claims about the server's certificates, its names and its protocols.
use rustls::{AlertDescription, Error, SignatureScheme};
use s_server_core::engine::Step;

use crate::Subject;
use crate::client::{ONLY_12, ONLY_13, Setup};
use crate::pair::{Pair, failed};
use crate::pki;
use crate::plan::{context, try_context};

/// The file of a certificate, as DER.
fn der(name: &str) -> Vec<u8> {
    use rustls::pki_types::pem::PemObject;
    rustls::pki_types::CertificateDer::from_pem_file(pki::folder().join(name)).unwrap().to_vec()
}

/// What the client was shown.
fn shown(pair: &Pair) -> Vec<Vec<u8>> {
    pair.client.peer_certificates().unwrap_or_default().iter().map(|cert| cert.to_vec()).collect()
}

fn serves(subject: &dyn Subject, line: &str, setup: &Setup, name: &str) {
    let pair = Pair::established(&*context(subject, line), setup);
    assert_eq!(shown(&pair).first(), Some(&der(name)), "{line}");
}

/// RSA, ECDSA and Ed25519, in both versions.
pub fn each_kind_of_key_signs(subject: &dyn Subject) {
    for versions in [ONLY_12, ONLY_13] {
        for name in ["rsa", "ec", "ed25519"] {
            let line = format!("-cert {name}.pem -key {name}.key");
            serves(subject, &line, &Setup::only(versions), &format!("{name}.pem"));
        }
    }
}

/// DER, one file for both, and a key behind a pass phrase.
pub fn encodings_and_pass_phrases(subject: &dyn Subject) {
    serves(subject, "-cert rsa.der -key rsa.key.der", &Setup::default(), "rsa.pem");
    serves(subject, "-cert rsa.pem -key rsa.enc.key -pass pass:secret", &Setup::default(), "rsa.pem");
    let wrong = try_context(subject, "-cert rsa.pem -key rsa.enc.key -pass pass:wrong").err().unwrap();
    assert!(wrong.contains("server certificate private key from "), "{wrong}");
    let missing = try_context(subject, "-cert rsa.pem -key nosuch.key").err().unwrap();
    assert!(
        missing.starts_with("Could not open file or uri for loading server certificate private key from "),
        "{missing}"
    );
    let no_key = try_context(subject, "-cert rsa.pem -key root.crl").err().unwrap();
    assert!(no_key.contains("server certificate private key from "), "{no_key}");
}

/// A key that belongs elsewhere.
pub fn a_key_of_another_certificate_is_refused(subject: &dyn Subject) {
    let message = try_context(subject, "-cert rsa.pem -key ec.key").err().unwrap();
    assert!(message.contains("Private key does not match the certificate public key\n"), "{message}");
}

/// `-dcert`: each client gets the kind it can check.
pub fn the_second_kind_serves_those_who_need_it(subject: &dyn Subject) {
    let line = "-cert rsa.pem -key rsa.key -dcert ec.pem -dkey ec.key";
    let takes = |schemes: &'static [SignatureScheme]| Setup { schemes, ..Setup::default() };
    serves(subject, line, &takes(&[SignatureScheme::RSA_PSS_SHA256]), "rsa.pem");
    serves(subject, line, &takes(&[SignatureScheme::ECDSA_NISTP256_SHA256]), "ec.pem");
    serves(subject, line, &takes(&[SignatureScheme::ECDSA_NISTP256_SHA256, SignatureScheme::RSA_PSS_SHA256]), "ec.pem");
}

/// `-servername`
pub fn the_name_selects_the_certificate(subject: &dyn Subject) {
    let context = context(subject, "-servername ec.example -cert2 ec.pem -key2 ec.key -cert rsa.pem -key rsa.key");
    for versions in [ONLY_12, ONLY_13] {
        for (name, file) in [("ec.example", "ec.pem"), ("EC.Example", "ec.pem"), ("rsa.example", "rsa.pem")] {
            let pair = Pair::established(&*context, &Setup { name, ..Setup::only(versions) });
            assert_eq!(shown(&pair)[0], der(file), "{name}");
            let lower = name.to_ascii_lowercase();
            let texts = pair.texts().to_ascii_lowercase();
            assert!(texts.contains(&format!("hostname in tls extension: \"{lower}\"\n")), "{texts}");
            assert_eq!(texts.contains("switching server context.\n"), file == "ec.pem");
        }
    }
}

/// `-servername_fatal`
pub fn another_name_may_be_fatal(subject: &dyn Subject) {
    let line = "-servername ec.example -servername_fatal -cert2 ec.pem -key2 ec.key -cert rsa.pem -key rsa.key";
    let mut pair = Pair::new(&*context(subject, line), &Setup::default());
    failed(pair.handshake());
    assert_eq!(pair.client_error, Some(Error::AlertReceived(AlertDescription::UnrecognisedName)));
    serves(subject, line, &Setup { name: "ec.example", ..Setup::default() }, "ec.pem");
}

/// `-alpn`
pub fn a_protocol_is_chosen_in_the_servers_order(subject: &dyn Subject) {
    let context = context(subject, "-alpn h2,http/1.1");
    let offers =
        |names: &[&[u8]]| Setup { protocols: names.iter().map(|name| name.to_vec()).collect(), ..Setup::default() };
    let pair = Pair::established(&*context, &offers(&[b"http/1.1", b"h2"]));
    assert_eq!(pair.client.alpn_protocol(), Some(&b"h2"[..]));
    assert!(
        pair.texts().contains("ALPN protocols advertised by the client: http/1.1, h2\nALPN protocols selected: h2\n")
    );
    let pair = Pair::established(&*context, &Setup::default());
    assert_eq!((pair.client.alpn_protocol(), pair.texts().as_str()), (None, ""));
}

/// Nothing in common ends the handshake.
pub fn no_common_protocol_is_fatal(subject: &dyn Subject) {
    let setup = Setup { protocols: vec![b"other".to_vec()], ..Setup::default() };
    let mut pair = Pair::new(&*context(subject, "-alpn h2"), &setup);
    failed(pair.handshake());
    assert_eq!(pair.client_error, Some(Error::AlertReceived(AlertDescription::NoApplicationProtocol)));
    assert_eq!(Pair::new(&*context(subject, ""), &setup).handshake(), Step::Done(()));
}

/// `-cert_chain`, and the chain that is found among the trusted certificates; never the rest of the certificate's file.
pub fn chains_are_sent(subject: &dyn Subject) {
    let sent = |line: &str| shown(&Pair::established(&*context(subject, line), &Setup::default())).len();
    assert_eq!(sent("-cert ec-chain.pem -key ec.key"), 1);
    assert_eq!(sent("-cert ec.pem -key ec.key -cert_chain cas.pem"), 3);
    assert_eq!(sent("-cert ec.pem -key ec.key -CAfile cas.pem"), 3);
    let message = try_context(subject, "-cert ec.pem -key ec.key -cert_chain root.pem -build_chain").err().unwrap();
    assert!(message.starts_with("error building certificate chain\n"), "{message}");
}
