//! How chains of clients are verified: the options of `-help`'s validation group.
//!
//! Corresponds to `opt_verify` in `apps/lib/opt.c`.
use openssl::x509::verify::{X509VerifyParam, X509VerifyParamRef};
use s_server_core::StartError;

use super::ffi::verify_flag;
use super::path::c_string;
use super::queue;
use super::sys::param;

/// Whether the library takes that value for the parameter, which is named as its option.
pub fn takes(name: &'static str, value: &[u8]) -> bool {
    let taken = X509VerifyParam::new().is_ok_and(|mut scratch| set(&mut scratch, name, Some(value)));
    queue::clear();
    taken
}

/// The parameters of a command line, in order; `None` without any.
pub fn parse(list: &[(&'static str, Option<Vec<u8>>)]) -> Result<Option<X509VerifyParam>, StartError> {
    if list.is_empty() {
        return Ok(None);
    }
    let mut params = X509VerifyParam::new().map_err(|error| StartError::of_cause(error.to_string()))?;
    for (name, value) in list {
        if !set(&mut params, name, value.as_deref()) {
            let shown = value.as_deref().unwrap_or_default();
            let option = format!("\" for option -{name}\n");
            return Err(queue::failure([b"s_server: Invalid value \"", shown, option.as_bytes()].concat()));
        }
    }
    Ok(Some(params))
}

/// Sets one; what the library refuses is false.
fn set(params: &mut X509VerifyParamRef, name: &str, value: Option<&[u8]>) -> bool {
    let Some(value) = value else {
        param::set_flags(params, flag(name));
        return true;
    };
    let word = c_string(value);
    match name {
        "policy" => param::add_policy(params, &word),
        "purpose" => param::set_purpose(params, &word),
        "verify_name" => param::set_named(params, &word),
        "verify_hostname" => param::set_host(params, &word),
        "verify_email" => param::set_email(params, &word),
        "verify_ip" => param::set_ip(params, &word),
        _ => str::from_utf8(value).ok().and_then(|text| text.parse().ok()).is_some_and(|n| set_number(params, name, n)),
    }
}

/// Negative depths and levels mean none.
fn set_number(params: &mut X509VerifyParamRef, name: &str, number: i64) -> bool {
    match (name, i32::try_from(number)) {
        ("attime", _) => return set_time(params, number),
        ("verify_depth", Ok(depth @ 0..)) => params.set_depth(depth),
        ("auth_level", Ok(level @ 0..)) => params.set_auth_level(level),
        ("verify_depth" | "auth_level", Ok(_)) => {}
        _ => return false,
    }
    true
}

#[allow(clippy::useless_conversion, reason = "a time has 32 bits on some systems")]
fn set_time(params: &mut X509VerifyParamRef, seconds: i64) -> bool {
    seconds.try_into().is_ok_and(|time| {
        params.set_time(time);
        true
    })
}

/// What an option without a value switches on; 0 for those that are read for compatibility alone.
fn flag(name: &str) -> u32 {
    match name {
        "ignore_critical" => verify_flag::IGNORE_CRITICAL,
        "crl_check" => verify_flag::CRL_CHECK,
        "crl_check_all" => verify_flag::CRL_CHECK | verify_flag::CRL_CHECK_ALL,
        "policy_check" => verify_flag::POLICY_CHECK,
        "explicit_policy" => verify_flag::EXPLICIT_POLICY,
        "inhibit_any" => verify_flag::INHIBIT_ANY,
        "inhibit_map" => verify_flag::INHIBIT_MAP,
        "x509_strict" => verify_flag::X509_STRICT,
        "extended_crl" => verify_flag::EXTENDED_CRL_SUPPORT,
        "use_deltas" => verify_flag::USE_DELTAS,
        "policy_print" => verify_flag::NOTIFY_POLICY,
        "check_ss_sig" => verify_flag::CHECK_SS_SIGNATURE,
        "trusted_first" => verify_flag::TRUSTED_FIRST,
        "suiteB_128_only" => verify_flag::SUITEB_128_LOS_ONLY,
        "suiteB_128" => verify_flag::SUITEB_128_LOS,
        "suiteB_192" => verify_flag::SUITEB_192_LOS,
        "partial_chain" => verify_flag::PARTIAL_CHAIN,
        "no_alt_chains" => verify_flag::NO_ALT_CHAINS,
        "no_check_time" => verify_flag::NO_CHECK_TIME,
        "allow_proxy_certs" => verify_flag::ALLOW_PROXY_CERTS,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use s_server_core::options::row::Set;
    use s_server_core::options::table;

    use super::*;

    #[test]
    fn values_are_judged_by_the_library() {
        for (name, good, bad) in [
            ("policy", "1.2.3.4", "1.2.x"),
            ("policy", "anyPolicy", ""),
            ("purpose", "sslclient", "bogus"),
            ("verify_name", "ssl_server", "bogus"),
            ("verify_ip", "2001:db8::1", "1.2.3"),
            ("verify_depth", "-5", "x"),
            ("auth_level", "2", "99999999999"),
            ("attime", "9223372036854775807", ""),
        ] {
            assert!(takes(name, good.as_bytes()), "{name} {good}");
            assert!(!takes(name, bad.as_bytes()), "{name} {bad}");
        }
        assert!(takes("verify_hostname", b"a.example") && takes("verify_email", b"a@b.example"));
    }

    #[test]
    fn every_flag_of_the_table_does_something() {
        let flags = table::rows().filter(|row| matches!(row.set, Set::Param(_)) && row.set.syntax().word().is_empty());
        let without: Vec<_> = flags.map(|row| row.name).filter(|name| flag(name) == 0).collect();
        assert_eq!(without, ["issuer_checks"], "deprecated, does nothing in the original either");
    }

    #[test]
    fn the_list_is_applied_in_order() {
        let value = |text: &str| Some(text.as_bytes().to_vec());
        assert!(parse(&[]).unwrap().is_none());
        let mut params = parse(&[("crl_check", None), ("auth_level", value("1")), ("auth_level", value("3"))]);
        let params = params.as_mut().unwrap().as_mut().unwrap();
        assert_eq!(params.auth_level(), 3);
        assert_eq!(params.flags().bits() as u32, verify_flag::CRL_CHECK);
        let error = parse(&[("verify_ip", value("x"))]).err().unwrap().render();
        assert!(error.starts_with(b"s_server: Invalid value \"x\" for option -verify_ip\n"));
    }
}
