//! What became of Encrypted Client Hello, for the page and beside the server's name.
use alloc::borrow::Cow;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::negotiation;
use crate::engine::{Ech, EchStatus};

/// For the page. Corresponds to `www_body` in `apps/s_server.c`.
pub fn on_page(ech: &Ech) -> Cow<'static, str> {
    match ech.status {
        EchStatus::NotTried => "ECH not attempted".into(),
        EchStatus::Failed => "ECH tried but failed".into(),
        EchStatus::FailedWithRetry => "ECH tried but we got ECH which is weird".into(),
        EchStatus::BadName => "ECH worked but bad name".into(),
        EchStatus::Backend => "ECH acting as backend".into(),
        EchStatus::NotConfigured => "ECH not configured".into(),
        EchStatus::Grease => "ECH attempt we interpret as GREASE".into(),
        EchStatus::GreaseWithRetry => "ECH attempt we interpret as GREASE, + ECH".into(),
        EchStatus::BadCall => "ECH bad input to API".into(),
        EchStatus::Success => {
            format!("ECH success: outer sni: {}, inner sni: {}", name(&ech.outer_name), name(&ech.inner_name)).into()
        }
        EchStatus::Unknown => " Error getting ECH status".into(),
    }
}

/// The lines about the name that the client asks for, where the library has Encrypted Client Hello. `wanted` is that of
/// `-servername`. `fit`: the name came encrypted, and so well the second certificate fits it (`X509_check_host`), which
/// decides then. Corresponds to `ssl_ech_servername_cb` in `apps/s_server.c`.
pub fn server_name(asked: Option<&[u8]>, wanted: &[u8], ech: &Ech, fit: Option<i32>) -> Vec<u8> {
    let mut text = format!("{PREFIX}{}\n", beside_server_name(ech)).into_bytes();
    if let Some(name) = asked.map(negotiation::server_name) {
        text.extend(format!("{PREFIX}{name}{PREFIX}ctx servername: ").bytes());
        text.extend([wanted, b"\n"].concat());
    }
    let end: Cow<'static, str> = match fit {
        Some(1..) => "Switching context.".into(),
        Some(fit) => format!("Not switching context - no name match ({fit}).").into(),
        None => "Not switching context - no ECH SUCCESS".into(),
    };
    text.extend(format!("{PREFIX}{end}\n").bytes());
    text
}

const PREFIX: &str = "ssl_ech_servername_cb: ";

fn beside_server_name(ech: &Ech) -> Cow<'static, str> {
    match ech.status {
        EchStatus::Backend => "ECH backend got inner ECH".into(),
        EchStatus::NotConfigured => "ECH not configured".into(),
        EchStatus::Grease => "attempt we think is GREASE".into(),
        EchStatus::NotTried => "not attempted".into(),
        EchStatus::Failed => "tried but failed".into(),
        EchStatus::BadCall => "bad input to API".into(),
        EchStatus::BadName => "worked but bad name".into(),
        EchStatus::Success => {
            format!("success: outer {}, inner: {}", name(&ech.outer_name), name(&ech.inner_name)).into()
        }
        EchStatus::FailedWithRetry | EchStatus::GreaseWithRetry | EchStatus::Unknown => {
            "Error getting ECH status".into()
        }
    }
}

fn name(name: &Option<String>) -> &str {
    name.as_deref().unwrap_or("none")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_state_has_its_words_on_the_page_and_beside_the_name() {
        let words = |status| {
            let ech = Ech { status, inner_name: None, outer_name: Some("o".into()) };
            (on_page(&ech).into_owned(), beside_server_name(&ech).into_owned())
        };
        assert_eq!(words(EchStatus::Success).0, "ECH success: outer sni: o, inner sni: none");
        assert_eq!(words(EchStatus::Success).1, "success: outer o, inner: none");
        assert_eq!(words(EchStatus::NotConfigured), ("ECH not configured".into(), "ECH not configured".into()));
        assert_eq!(words(EchStatus::GreaseWithRetry).1, "Error getting ECH status");
        assert_eq!(words(EchStatus::Unknown), (" Error getting ECH status".into(), "Error getting ECH status".into()));
    }
    #[test]
    fn the_servers_name_is_told_with_the_attempt_and_what_is_done() {
        let lines =
            |asked: Option<&[u8]>, fit| String::from_utf8(server_name(asked, b"b", &Ech::default(), fit)).unwrap();
        assert_eq!(
            lines(Some(b"a"), None),
            "ssl_ech_servername_cb: not attempted\n\
             ssl_ech_servername_cb: Hostname in TLS extension: \"a\"\n\
             ssl_ech_servername_cb: ctx servername: b\n\
             ssl_ech_servername_cb: Not switching context - no ECH SUCCESS\n"
        );
        let unnamed = lines(None, None);
        assert_eq!(unnamed.lines().count(), 2, "{unnamed}");
        let end = |fit| lines(Some(b"a"), Some(fit)).lines().last().map(String::from).unwrap();
        assert_eq!(end(1), "ssl_ech_servername_cb: Switching context.");
        assert_eq!(end(0), "ssl_ech_servername_cb: Not switching context - no name match (0).");
    }
}
