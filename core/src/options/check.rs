//! What single options look at in their values, and what they say.
//!
//! Each function is a [`Check`](super::row::Check) of a row in the table.
use alloc::format;
use core::ops::RangeInclusive;

use super::plan::Reference;
use super::row::Value;
use super::{NameFormat, OptionError, Options, address, protocols};

type Verdict = Result<(), OptionError>;

/// `-tls1` and the other protocol flags: only one, and none beside a `-no_…`.
pub fn only_protocol_flag(options: &Options, _: Value<'_>, _: Reference) -> Verdict {
    if options.has_protocol_flag() {
        return Err(OptionError::new(&[b"Cannot supply multiple protocol flags\n"]));
    }
    flag_or_no_flag(options.has_no_protocol_flag())
}

/// `-no_tls1` and its like: none beside a protocol flag.
pub fn no_protocol_flag(options: &Options, _: Value<'_>, _: Reference) -> Verdict {
    flag_or_no_flag(options.has_protocol_flag())
}

fn flag_or_no_flag(both: bool) -> Verdict {
    if both {
        return Err(OptionError::new(&[b"Cannot supply both a protocol flag and '-no_<prot>'\n"]));
    }
    Ok(())
}

impl Options {
    fn has_protocol_flag(&self) -> bool {
        self.version.is_some() || self.datagrams
    }

    fn has_no_protocol_flag(&self) -> bool {
        self.conf.iter().any(|(name, _)| name.starts_with(b"-no_ssl3") || name.starts_with(b"-no_tls1"))
    }
}

/// `-port`.
pub fn port(_: &Options, value: Value<'_>, _: Reference) -> Verdict {
    in_range("port", value, 1..=65535)
}

/// `-jobs`.
pub fn jobs(_: &Options, value: Value<'_>, _: Reference) -> Verdict {
    in_range("jobs", value, 1..=1024)
}

fn in_range(option: &str, value: Value<'_>, range: RangeInclusive<i32>) -> Verdict {
    match value {
        Value::Int(number) if !range.contains(&number) => {
            let (low, high) = (range.start(), range.end());
            let text = format!("Value \"{number}\" for option -{option} is outside {low} to {high}");
            Err(OptionError::usage(&[text.as_bytes()]))
        }
        _ => Ok(()),
    }
}

/// `-accept`.
pub fn address(_: &Options, value: Value<'_>, _: Reference) -> Verdict {
    let Value::Word(text) = value else { return Ok(()) };
    let Some(address) = address::split(text) else {
        return Err(OptionError::new(&[b"s_server: -accept argument malformed or ambiguous\n"]));
    };
    let port = address.service.unwrap_or_default();
    let digits = port.iter().all(u8::is_ascii_digit);
    if digits && port.iter().fold(0_u32, |n, b| n.saturating_mul(10).saturating_add((b - b'0').into())) > 65535 {
        return Err(OptionError::usage(&[b"Port \"", port, b"\" for option -accept is outside 0 to 65535"]));
    }
    Ok(())
}

/// `-nameopt`. Corresponds to `set_multi_opts`.
pub fn name_options(_: &Options, value: Value<'_>, _: Reference) -> Verdict {
    let Value::Word(list) = value else { return Ok(()) };
    NameFormat::parse(list)
        .map(drop)
        .map_err(|word| OptionError::new(&[b"s_server: Unknown name option \"", word, b"\" for option -nameopt\n"]))
}

/// `-alpn`.
pub fn alpn(_: &Options, value: Value<'_>, _: Reference) -> Verdict {
    protocol_list("alpn", value)
}

/// `-nextprotoneg`.
pub fn nextprotoneg(_: &Options, value: Value<'_>, _: Reference) -> Verdict {
    protocol_list("nextprotoneg", value)
}

fn protocol_list(option: &str, value: Value<'_>) -> Verdict {
    match value {
        Value::Word(list) => protocols::check(option, list),
        _ => Ok(()),
    }
}

/// `-context`. 32 bytes is the longest context that a session has (`SSL_MAX_SID_CTX_LENGTH`).
pub fn context(_: &Options, value: Value<'_>, _: Reference) -> Verdict {
    match value {
        Value::Word(text) if text.len() > 32 => {
            Err(OptionError::usage(&[b"Value \"", text, b"\" for option -context is longer than 32 bytes"]))
        }
        _ => Ok(()),
    }
}

/// `-psk`.
pub fn hex(_: &Options, value: Value<'_>, _: Reference) -> Verdict {
    match value {
        Value::Word(key) if !key.iter().all(u8::is_ascii_hexdigit) => {
            Err(OptionError::new(&[b"Not a hex number '", key, b"'\n"]))
        }
        _ => Ok(()),
    }
}

/// `-max_early_data`.
pub fn max_early_data(_: &Options, value: Value<'_>, _: Reference) -> Verdict {
    not_negative(value, b"Invalid value for max_early_data\n")
}

/// `-recv_max_early_data`.
pub fn recv_max_early_data(_: &Options, value: Value<'_>, _: Reference) -> Verdict {
    not_negative(value, b"Invalid value for recv_max_early_data\n")
}

fn not_negative(value: Value<'_>, text: &[u8]) -> Verdict {
    match value {
        Value::Int(..0) => Err(OptionError::new(&[text])),
        _ => Ok(()),
    }
}

/// `-purpose`.
pub fn purpose(_: &Options, value: Value<'_>, release: Reference) -> Verdict {
    one_of(value, PURPOSES, "codesign", release, b"s_server: Invalid purpose ")
}

/// `-verify_name`.
pub fn verify_name(_: &Options, value: Value<'_>, release: Reference) -> Verdict {
    one_of(value, VERIFY_NAMES, "code_sign", release, b"s_server: Invalid verify name ")
}

/// One of the words, or the one that came with 3.2.
fn one_of(value: Value<'_>, words: &[&str], since_3_2: &str, release: Reference, text: &[u8]) -> Verdict {
    let Value::Word(word) = value else { return Ok(()) };
    let newer = release >= Reference::V3_2 && word == since_3_2.as_bytes();
    if newer || words.iter().any(|known| known.as_bytes() == word) {
        return Ok(());
    }
    Err(OptionError::new(&[text, word, b"\n"]))
}

/// `-xkey`.
pub fn one_key(options: &Options, _: Value<'_>, _: Reference) -> Verdict {
    match options.excerts.last() {
        Some(latest) if latest.key.is_some() => Err(OptionError::new(&[b"s_server: Key already specified\n"])),
        _ => Ok(()),
    }
}

/// `-xchain`.
pub fn one_chain(options: &Options, _: Value<'_>, _: Reference) -> Verdict {
    match options.excerts.last() {
        Some(latest) if latest.chain.is_some() => Err(OptionError::new(&[b"s_server: Chain already specified\n"])),
        _ => Ok(()),
    }
}

/// `-selfsigned_names`.
pub fn host_names(_: &Options, value: Value<'_>, _: Reference) -> Verdict {
    let Value::Word(list) = value else { return Ok(()) };
    match list.split(|&b| b == b',').find(|name| !is_host(name)) {
        Some(name) => {
            let text: &[&[u8]] = &[b"Value \"", name, b"\" for option -selfsigned_names is not a host name or address"];
            Err(OptionError::usage(text))
        }
        None => Ok(()),
    }
}

/// A host name, perhaps with a wildcard, or an address. 253 is the longest name, RFC 1035 section 2.3.4.
fn is_host(name: &[u8]) -> bool {
    let plain = |b: &u8| b.is_ascii_alphanumeric() || b"-._:*".contains(b);
    (1..=253).contains(&name.len()) && name.iter().all(plain)
}

const PURPOSES: &[&str] = &[
    "sslclient",
    "sslserver",
    "nssslserver",
    "smimesign",
    "smimeencrypt",
    "crlsign",
    "any",
    "ocsphelper",
    "timestampsign",
];

const VERIFY_NAMES: &[&str] = &["default", "pkcs7", "smime_sign", "ssl_client", "ssl_server"];

#[cfg(test)]
mod tests {
    use super::*;

    fn bad_name_option(list: &str) -> bool {
        name_options(&Options::default(), Value::Word(list.as_bytes()), Reference::V3_0).is_err()
    }

    #[test]
    fn name_options_are_judged_as_by_the_original() {
        for good in
            ["ESC_2253", " esc_2253 , utf8", "+utf8", "-utf8", "utf8:x", "utf8,", ",utf8", "x,,y", "", "ca_default"]
        {
            assert!(!bad_name_option(good), "{good:?}");
        }
        for bad in ["-", "--utf8", "bogus", "utf8\noneline", "oneline,bogus"] {
            assert!(bad_name_option(bad), "{bad:?}");
        }
    }

    #[test]
    fn hosts_are_names_and_addresses() {
        for good in ["a", "*.example.org", "192.0.2.1", "2001:db8::1", "my_host-1"] {
            assert!(is_host(good.as_bytes()), "{good}");
        }
        for bad in ["", "a b", "a/b", "\u{e4}", &"a".repeat(254)] {
            assert!(!is_host(bad.as_bytes()), "{bad}");
        }
    }
}
