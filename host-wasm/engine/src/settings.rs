//! What the SSL_CONF commands and protocol flags of the plan mean for rustls.
//!
//! Words that rustls cannot follow are refused by name; the option parser has refused whole options before.
use rustls::crypto::{CryptoProvider, SupportedKxGroup};
use rustls::version::{TLS12, TLS13};
use rustls::{SignatureScheme, SupportedCipherSuite, SupportedProtocolVersion};
use s_server_core::options::plan::TlsPlan;

use crate::names;
use crate::padding::Padding;

/// What is set once for all sessions.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Protocol versions; not empty.
    pub versions: Vec<&'static SupportedProtocolVersion>,
    /// Suites in the server's order.
    pub suites: Vec<SupportedCipherSuite>,
    /// Groups in the server's order.
    pub groups: Vec<&'static dyn SupportedKxGroup>,
    /// Schemes of the server's signatures; `None` is every one. `-sigalgs`
    pub schemes: Option<Vec<SignatureScheme>>,
    /// `-client_sigalgs`
    client_schemes: Option<Vec<SignatureScheme>>,
    /// The server's order of suites counts. `-serverpref`
    pub server_order: bool,
    /// With it, clients that like ChaCha20 best get it. `-prioritize_chacha`
    pub chacha_first: bool,
    /// TLS 1.3 leaves out the record that is for the eyes of middleboxes, RFC 8446 section D.4. `-no_middlebox`
    pub no_middlebox: bool,
    /// `-record_padding`
    padding: Padding,
    /// Tickets, up to TLS 1.2 and as sealed state since. `-no_ticket` turns them off.
    pub tickets: bool,
    /// Tickets after a handshake of TLS 1.3; `None` is the default. `-num_tickets`
    pub ticket_count: Option<usize>,
}

impl Settings {
    /// Follows the plan; the error is the message that ends the program.
    pub fn of(tls: &TlsPlan, provider: &CryptoProvider) -> Result<Self, Vec<u8>> {
        let mut settings = Self {
            versions: Vec::new(),
            suites: provider.cipher_suites.clone(),
            groups: provider.kx_groups.clone(),
            schemes: None,
            client_schemes: None,
            server_order: false,
            chacha_first: false,
            no_middlebox: false,
            padding: Padding::default(),
            tickets: true,
            ticket_count: None,
        };
        let mut range = Range { lowest: 0, highest: u16::MAX, off: Vec::new() };
        for (name, value) in &tls.conf {
            let value = value.as_deref().map(String::from_utf8_lossy);
            let name = String::from_utf8_lossy(name);
            let (word, shown) = (value.as_deref().unwrap_or_default(), value.as_deref().unwrap_or("<NULL>"));
            settings.command(&name, word, &mut range).map_err(|why| refused(&name, shown, &why))?;
        }
        if let Some(version) = tls.version {
            range = Range { lowest: version, highest: version, off: Vec::new() };
        }
        settings.versions = range.versions();
        settings.drop_useless_suites();
        let padding = settings.padding;
        settings.suites.iter_mut().for_each(|suite| *suite = padding.of(*suite));
        match (settings.versions.is_empty(), settings.suites.is_empty()) {
            (true, _) => Err(crate::failure::line("no protocol version is left; it has TLS 1.2 and TLS 1.3")),
            (_, true) => Err(crate::failure::line("no cipher suite is left for the protocol versions")),
            _ => Ok(settings),
        }
    }

    /// Schemes of the client's signature: `-client_sigalgs`, else `-sigalgs`; `None` is every one.
    pub fn client_schemes(&self) -> Option<&[SignatureScheme]> {
        self.client_schemes.as_ref().or(self.schemes.as_ref()).map(Vec::as_slice)
    }

    /// TLS 1.3 is among the versions.
    pub fn has_tls13(&self) -> bool {
        self.versions.contains(&&TLS13)
    }

    /// One command. Corresponds to `SSL_CONF_cmd`; what has no effect here is what rustls does anyway.
    fn command(&mut self, name: &str, value: &str, range: &mut Range) -> Result<(), String> {
        match name {
            "-no_tls1_2" => range.off.push(0x0303),
            "-no_tls1_3" => range.off.push(0x0304),
            "-min_protocol" => range.lowest = version(value, 0)?,
            "-max_protocol" => range.highest = version(value, u16::MAX)?,
            "-serverpref" => self.server_order = true,
            "-prioritize_chacha" => self.chacha_first = true,
            "-no_middlebox" => self.no_middlebox = true,
            "-record_padding" => self.padding = Padding::parse(value).ok_or("it is not a size up to 16384")?,
            "-legacy_server_connect" | "-no_legacy_server_connect" => return Err("it is for clients".into()),
            "-no_ticket" => self.tickets = false,
            "-num_tickets" => self.ticket_count = Some(value.parse().map_err(|_| "it is not a number".to_owned())?),
            "-cipher" => self.ciphers(value)?,
            "-ciphersuites" => self.ciphersuites(value)?,
            "-groups" | "-curves" | "-named_curve" => self.groups(value)?,
            "-sigalgs" => self.schemes = Some(schemes(value)?),
            "-client_sigalgs" => self.client_schemes = Some(schemes(value)?),
            _ => {}
        }
        Ok(())
    }

    /// A list of suites up to TLS 1.2, in OpenSSL's language: names and words, of which `!` and `-` take away.
    fn ciphers(&mut self, list: &str) -> Result<(), String> {
        let mut chosen: Vec<SupportedCipherSuite> = Vec::new();
        for word in list.split([':', ',', ' ', ';']).filter(|word| !word.is_empty()) {
            if let Some(word) = word.strip_prefix(['!', '-']) {
                chosen.retain(|suite| !all_mean(word, *suite));
                continue;
            }
            if word.starts_with('@') {
                continue;
            }
            let word = word.strip_prefix('+').unwrap_or(word);
            let meant: Vec<_> = self.suites.iter().filter(|suite| all_mean(word, **suite)).copied().collect();
            if meant.is_empty() {
                return Err(format!("rustls has no suite {word}"));
            }
            for suite in meant {
                if !chosen.contains(&suite) {
                    chosen.push(suite);
                }
            }
        }
        if chosen.is_empty() {
            return Err("no cipher match".into());
        }
        self.suites.retain(|suite| names::is_tls13(suite.suite()));
        self.suites.extend(chosen);
        Ok(())
    }

    /// A list of suites of TLS 1.3; an empty one turns all off.
    fn ciphersuites(&mut self, list: &str) -> Result<(), String> {
        let of = |word: &str| {
            let suite = self
                .suites
                .iter()
                .find(|suite| names::is_tls13(suite.suite()) && names::suite(suite.suite()) == Some(word));
            suite.copied().ok_or_else(|| format!("rustls has no suite {word}"))
        };
        let chosen = list.split(':').filter(|word| !word.is_empty()).map(of).collect::<Result<Vec<_>, _>>()?;
        let others = self.suites.iter().filter(|suite| !names::is_tls13(suite.suite())).copied();
        self.suites = chosen.into_iter().chain(others).collect();
        Ok(())
    }

    fn groups(&mut self, list: &str) -> Result<(), String> {
        let of = |word: &str| {
            // Marks of 3.5: a key share that clients send, and a group that may be missing.
            let (optional, word) = match word.trim_start_matches('*').strip_prefix('?') {
                Some(word) => (true, word),
                None => (false, word.trim_start_matches('*')),
            };
            let named = names::group_named(word);
            match self.groups.iter().find(|group| Some(group.name()) == named) {
                Some(group) => Ok(Some(*group)),
                None if optional => Ok(None),
                None => Err(format!("this cryptography has no group {word}")),
            }
        };
        let words = list.split([':', '/']).filter(|word| !word.is_empty() && *word != "auto");
        let chosen: Vec<_> = words.map(of).collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect();
        if !chosen.is_empty() {
            self.groups = chosen;
        }
        Ok(())
    }

    /// rustls refuses versions without suites.
    fn drop_useless_suites(&mut self) {
        let versions = self.versions.clone();
        self.suites.retain(|suite| versions.contains(&suite.version()));
        let suites = &self.suites;
        self.versions.retain(|version| suites.iter().any(|suite| suite.version() == *version));
    }
}

/// `+` joins words that all must stand for the suite.
fn all_mean(words: &str, suite: SupportedCipherSuite) -> bool {
    words.split('+').all(|word| names::cipher_word_means(word, suite.suite()))
}

fn schemes(list: &str) -> Result<Vec<SignatureScheme>, String> {
    let words = list.split(':').filter(|word| !word.is_empty());
    words
        .map(|word| names::scheme_named(word).ok_or_else(|| format!("rustls has no signature scheme {word}")))
        .collect()
}

/// A word of `-min_protocol` and `-max_protocol`; `None` and an empty word are no limit.
fn version(word: &str, none: u16) -> Result<u16, String> {
    match word {
        "" | "None" => Ok(none),
        "SSLv3" => Ok(0x0300),
        "TLSv1" => Ok(0x0301),
        "TLSv1.1" => Ok(0x0302),
        "TLSv1.2" => Ok(0x0303),
        "TLSv1.3" => Ok(0x0304),
        _ => Err("it is not a protocol version".into()),
    }
}

/// Versions from `lowest` to `highest` but those that are `off`.
struct Range {
    lowest: u16,
    highest: u16,
    off: Vec<u16>,
}

impl Range {
    fn versions(&self) -> Vec<&'static SupportedProtocolVersion> {
        let is_in = |version: &&&'static SupportedProtocolVersion| {
            let number = u16::from(version.version);
            (self.lowest..=self.highest).contains(&number) && !self.off.contains(&number)
        };
        [&TLS13, &TLS12].iter().filter(is_in).copied().collect()
    }
}

fn refused(name: &str, value: &str, why: &str) -> Vec<u8> {
    let call = format!("Call to SSL_CONF_cmd({name}, {value}) failed\n").into_bytes();
    [call, crate::failure::line(why)].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(conf: &[(&str, &str)]) -> Result<Settings, String> {
        let bytes = |text: &str| text.as_bytes().to_vec();
        let conf = conf.iter().map(|(name, value)| (bytes(name), Some(bytes(value)))).collect();
        let tls = TlsPlan { conf, ..TlsPlan::default() };
        Settings::of(&tls, &rustls::crypto::ring::default_provider()).map_err(|error| String::from_utf8(error).unwrap())
    }

    fn suites(conf: &[(&str, &str)]) -> Vec<&'static str> {
        settings(conf).unwrap().suites.iter().filter_map(|suite| names::suite(suite.suite())).collect()
    }

    fn versions(conf: &[(&str, &str)]) -> Vec<u16> {
        settings(conf).unwrap().versions.iter().map(|version| version.version.into()).collect()
    }

    #[test]
    fn versions_are_what_is_left() {
        assert_eq!(versions(&[]), [0x0304, 0x0303]);
        assert_eq!(versions(&[("-no_tls1_3", "")]), [0x0303]);
        assert_eq!(versions(&[("-min_protocol", "TLSv1.3")]), [0x0304]);
        assert_eq!(versions(&[("-max_protocol", "TLSv1.2"), ("-min_protocol", "None")]), [0x0303]);
        assert_eq!(versions(&[("-ciphersuites", "")]), [0x0303]);
        let none = settings(&[("-max_protocol", "TLSv1.1")]).unwrap_err();
        assert_eq!(none, "s_server: rustls: no protocol version is left; it has TLS 1.2 and TLS 1.3\n");
        assert!(settings(&[("-min_protocol", "TLSv9")]).unwrap_err().contains("not a protocol version"));
    }

    #[test]
    fn cipher_lists_choose_and_order_and_take_away() {
        let tls12 = |list| {
            let mut all = suites(&[("-cipher", list), ("-no_tls1_3", "")]);
            all.retain(|name| !name.starts_with("TLS_"));
            all
        };
        assert_eq!(
            tls12("ECDHE-RSA-AES128-GCM-SHA256:ECDHE-RSA-AES256-GCM-SHA384:!aNULL"),
            ["ECDHE-RSA-AES128-GCM-SHA256", "ECDHE-RSA-AES256-GCM-SHA384"]
        );
        assert_eq!(tls12("HIGH:!aECDSA:!AESGCM@SECLEVEL=1").len(), 3);
        assert_eq!(tls12("HIGH:!aECDSA:!AESGCM"), ["ECDHE-RSA-CHACHA20-POLY1305"]);
        assert_eq!(tls12("aRSA+AES256:@SECLEVEL=0"), ["ECDHE-RSA-AES256-GCM-SHA384"]);
        assert_eq!(
            suites(&[("-ciphersuites", "TLS_AES_128_GCM_SHA256"), ("-no_tls1_2", "")]),
            ["TLS_AES_128_GCM_SHA256"]
        );
        assert_eq!(
            settings(&[("-cipher", "AES128-SHA")]).unwrap_err(),
            "Call to SSL_CONF_cmd(-cipher, AES128-SHA) failed\ns_server: rustls: rustls has no suite AES128-SHA\n"
        );
        assert!(settings(&[("-cipher", "!HIGH")]).unwrap_err().ends_with("no cipher match\n"));
    }

    #[test]
    fn groups_and_schemes_are_named_or_refused() {
        let groups =
            |list| settings(&[("-groups", list)]).map(|s| s.groups.iter().map(|g| names::group(g.name())).collect());
        assert_eq!(groups("P-384:X25519"), Ok(vec!["secp384r1".to_owned(), "x25519".into()]));
        assert_eq!(groups("?bogus:*P-256"), Ok(vec!["secp256r1".to_owned()]));
        assert!(groups("bogus").unwrap_err().ends_with("s_server: rustls: this cryptography has no group bogus\n"));
        let schemes = settings(&[("-sigalgs", "RSA+SHA512:ed25519")]).unwrap().schemes.unwrap();
        assert_eq!(schemes, [SignatureScheme::RSA_PKCS1_SHA512, SignatureScheme::ED25519]);
        assert!(settings(&[("-client_sigalgs", "DSA+SHA1")]).is_err());
    }

    #[test]
    fn tickets_are_counted() {
        let both = settings(&[("-num_tickets", "5"), ("-no_ticket", "")]).unwrap();
        assert_eq!((both.ticket_count, both.tickets), (Some(5), false));
        assert!(settings(&[("-serverpref", "")]).unwrap().server_order);
    }
}
