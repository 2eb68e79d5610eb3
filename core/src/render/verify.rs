//! The lines about the verification of a client certificate. Corresponds to `verify_callback` in `apps/lib/s_cb.c`.
use alloc::format;
use alloc::vec::Vec;

use crate::engine::VerifyStep;
use crate::registry::verify_errors::VerifyError;

/// The lines on standard error about one step.
pub fn lines(step: &VerifyStep, quiet: bool) -> Vec<u8> {
    let mut text = Vec::new();
    let mut add = |part: &[u8]| text.extend_from_slice(part);
    if !quiet || !step.ok {
        add(format!("depth={} ", step.depth).as_bytes());
        add(step.subject.as_deref().unwrap_or(b"<no cert>"));
        add(b"\n");
    }
    if !step.ok {
        add(format!("verify error:num={}:{}\n", step.error, step.error_text).as_bytes());
    }
    match VerifyError::of(step.error) {
        Some(VerifyError::UnableToGetIssuerCert) => {
            add(&[b"issuer= ", step.issuer.as_deref().unwrap_or_default(), b"\n"].concat())
        }
        Some(VerifyError::CertNotYetValid | VerifyError::ErrorInCertNotBeforeField) => {
            add(format!("notBefore={}\n", step.not_before).as_bytes());
        }
        Some(VerifyError::CertHasExpired | VerifyError::ErrorInCertNotAfterField) => {
            add(format!("notAfter={}\n", step.not_after).as_bytes());
        }
        _ => {}
    }
    if quiet {
        return text;
    }
    add(step.policies.as_deref().unwrap_or_default());
    if step.accepted {
        // The original's callback returns what it was called with.
        let returned = if step.ok && step.policies.is_some() { 2 } else { 1 };
        add(format!("verify return:{returned}\n").as_bytes());
    }
    text
}

#[cfg(test)]
mod tests {
    use alloc::string::String;

    use super::*;

    fn lines(step: &VerifyStep, quiet: bool) -> String {
        String::from_utf8(super::lines(step, quiet)).unwrap()
    }

    #[test]
    fn names_are_the_bytes_of_the_certificate() {
        let step = VerifyStep {
            error: 2,
            subject: Some(b"CN = \xff".to_vec()),
            issuer: Some(b"CN = \xfe".to_vec()),
            ..VerifyStep::default()
        };
        assert_eq!(super::lines(&step, true), b"depth=0 CN = \xff\nverify error:num=2:\nissuer= CN = \xfe\n");
    }

    fn step(ok: bool, error: i32, accepted: bool) -> VerifyStep {
        VerifyStep {
            ok,
            error,
            accepted,
            error_text: "certificate has expired".into(),
            subject: Some("CN = Expired Client".into()),
            not_after: "Jan  1 00:00:00 2021 GMT".into(),
            ..VerifyStep::default()
        }
    }

    #[test]
    fn a_tolerated_error_has_four_lines() {
        assert_eq!(
            lines(&step(false, 10, true), false),
            "depth=0 CN = Expired Client\nverify error:num=10:certificate has expired\n\
             notAfter=Jan  1 00:00:00 2021 GMT\nverify return:1\n"
        );
    }

    #[test]
    fn quiet_keeps_only_errors() {
        assert_eq!(lines(&step(true, 0, true), true), "");
        assert_eq!(
            lines(&step(false, 20, false), true),
            "depth=0 CN = Expired Client\nverify error:num=20:certificate has expired\n"
        );
    }

    #[test]
    fn policies_stand_before_the_result() {
        let policies = Some("User Policies: <empty>\n".into());
        let told = VerifyStep { ok: true, accepted: true, policies, ..VerifyStep::default() };
        assert_eq!(lines(&told, false), "depth=0 <no cert>\nUser Policies: <empty>\nverify return:2\n");
        assert_eq!(lines(&told, true), "");
        let missing = VerifyStep { ok: false, error: 43, error_text: "no explicit policy".into(), ..told };
        assert_eq!(
            lines(&missing, false),
            "depth=0 <no cert>\nverify error:num=43:no explicit policy\nUser Policies: <empty>\nverify return:1\n"
        );
        assert_eq!(lines(&missing, true), "depth=0 <no cert>\nverify error:num=43:no explicit policy\n");
    }

    #[test]
    fn no_certificate_is_said() {
        let none = VerifyStep { error_text: "x".into(), error: 3, ..VerifyStep::default() };
        assert_eq!(lines(&none, false), "depth=0 <no cert>\nverify error:num=3:x\n");
    }
}
