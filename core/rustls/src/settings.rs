//! What the SSL_CONF commands and protocol flags of the plan mean for rustls.
//!
//! Words that rustls cannot follow are refused by name; the option parser has refused whole options before.
use rustls::crypto::{CryptoProvider, SupportedKxGroup};
use rustls::version::{TLS12, TLS13};
use rustls::{SignatureScheme, SupportedCipherSuite, SupportedProtocolVersion};
use s_server_core::StartError;
use s_server_core::options::plan::TlsPlan;
use s_server_core::registry::versions;

use crate::failure::{ENGINE, line};
use crate::names;
use crate::padding::Padding;
use crate::reason::Reason;

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
    /// Lines about what was left out.
    pub notes: Vec<u8>,
}

impl Settings {
    /// Follows the plan.
    pub fn of(tls: &TlsPlan, provider: &CryptoProvider) -> Result<Self, StartError> {
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
            notes: Vec::new(),
        };
        let mut range = Range { lowest: 0, highest: u16::MAX, off: Vec::new() };
        for (name, value) in &tls.conf {
            let value = value.as_deref().map(String::from_utf8_lossy);
            let name = String::from_utf8_lossy(name);
            let value = value.as_deref();
            let done = settings.command(&name, value.unwrap_or_default(), &mut range);
            done.map_err(|why| refused(&name, value, why))?;
        }
        if let Some(version) = tls.version {
            range = Range { lowest: version, highest: version, off: Vec::new() };
        }
        settings.versions = range.versions();
        settings.drop_useless_suites();
        let padding = settings.padding;
        settings.suites.iter_mut().for_each(|suite| *suite = padding.of(*suite));
        let nothing_left = match (settings.versions.is_empty(), settings.suites.is_empty()) {
            (true, _) => "no protocol version is left; it has TLS 1.2 and TLS 1.3",
            (_, true) => "no cipher suite is left for the protocol versions",
            _ => return Ok(settings),
        };
        Err(StartError::of_cause(nothing_left).in_engine(ENGINE))
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
    fn command(&mut self, name: &str, value: &str, range: &mut Range) -> Result<(), Reason> {
        match name {
            "-no_tls1_2" => range.off.push(versions::TLS1_2),
            "-no_tls1_3" => range.off.push(versions::TLS1_3),
            "-min_protocol" => range.lowest = version(value, 0)?,
            "-max_protocol" => range.highest = version(value, u16::MAX)?,
            "-serverpref" => self.server_order = true,
            "-prioritize_chacha" => self.chacha_first = true,
            "-no_middlebox" => self.no_middlebox = true,
            "-record_padding" => self.padding = Padding::parse(value).ok_or("it is not a size up to 16384")?,
            "-legacy_server_connect" | "-no_legacy_server_connect" => return Err("it is for clients".into()),
            "-no_ticket" => self.tickets = false,
            "-num_tickets" => self.ticket_count = Some(value.parse().map_err(|_| "it is not a number")?),
            "-cipher" => self.ciphers(value)?,
            "-ciphersuites" => self.ciphersuites(value)?,
            "-groups" | "-curves" | "-named_curve" => self.groups(value)?,
            "-sigalgs" => self.schemes = Some(schemes(value)?),
            "-client_sigalgs" => self.client_schemes = Some(schemes(value)?),
            _ => {}
        }
        Ok(())
    }

    /// A list of suites up to TLS 1.2, in OpenSSL's language. What a word stands for that rustls does not have is left out,
    /// and noted; with nothing left the list is refused.
    ///
    /// Corresponds to `ssl_cipher_process_rulestr` in `ssl/ssl_ciph.c`.
    fn ciphers(&mut self, list: &str) -> Result<(), Reason> {
        let mut chosen: Vec<SupportedCipherSuite> = Vec::new();
        let mut killed: Vec<SupportedCipherSuite> = Vec::new();
        let mut unknown = Vec::new();
        for word in list.split([':', ',', ' ', ';']).filter(|word| !word.is_empty()) {
            let (sign, words) = match word.split_at_checked(1) {
                Some((sign @ ("!" | "-" | "+" | "@"), words)) => (sign, words),
                _ => ("", word),
            };
            if words.is_empty() {
                return Err(format!("{word} is no word of a cipher list").into());
            }
            let meant = self.suites.iter().filter(|suite| all_mean(words, **suite)).copied();
            let (had, new): (Vec<_>, Vec<_>) = meant.partition(|suite| chosen.contains(suite));
            match sign {
                "@" => {}
                "" if had.is_empty() && new.is_empty() => unknown.push(word),
                "" => chosen.extend(new.into_iter().filter(|suite| !killed.contains(suite))),
                "+" => chosen = chosen.into_iter().filter(|suite| !had.contains(suite)).chain(had.clone()).collect(),
                _ => {
                    chosen.retain(|suite| !had.contains(suite));
                    killed.extend(had.into_iter().chain(new).filter(|_| sign == "!"));
                }
            }
        }
        self.note_unknown(&unknown, chosen.is_empty())?;
        self.suites.retain(|suite| names::is_tls13(suite.suite()));
        self.suites.extend(chosen);
        Ok(())
    }

    /// A list of suites of TLS 1.3; an empty one turns all off.
    fn ciphersuites(&mut self, list: &str) -> Result<(), Reason> {
        let (mut chosen, mut unknown) = (Vec::new(), Vec::new());
        for word in list.split(':').filter(|word| !word.is_empty()) {
            let is = |suite: &&SupportedCipherSuite| {
                names::is_tls13(suite.suite()) && names::suite(suite.suite()) == Some(word)
            };
            match self.suites.iter().find(is) {
                Some(suite) => chosen.push(*suite),
                None => unknown.push(word),
            }
        }
        self.note_unknown(&unknown, chosen.is_empty() && !list.is_empty())?;
        let others = self.suites.iter().filter(|suite| !names::is_tls13(suite.suite())).copied();
        self.suites = chosen.into_iter().chain(others).collect();
        Ok(())
    }

    /// Notes what a list names and rustls does not have; the error is for a list of which nothing is left.
    fn note_unknown(&mut self, unknown: &[&str], nothing_left: bool) -> Result<(), Reason> {
        if unknown.is_empty() {
            return if nothing_left { Err("no cipher match".into()) } else { Ok(()) };
        }
        let why = format!("rustls has no suite {}", unknown.join(", "));
        if nothing_left {
            return Err(why.into());
        }
        self.notes.extend(line(&format!("{why}; it is left out")));
        Ok(())
    }

    fn groups(&mut self, list: &str) -> Result<(), Reason> {
        if list == "auto" {
            return Ok(());
        }
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
                None => Err(format!("this cryptography has no group {word}").into()),
            }
        };
        self.groups = entries(list, &[':', '/'], of)?;
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

fn schemes(list: &str) -> Result<Vec<SignatureScheme>, Reason> {
    entries(list, &[':'], |word| match (names::scheme_named(word.trim_start_matches('?')), word.starts_with('?')) {
        (None, false) => Err(format!("rustls has no signature scheme {word}").into()),
        (scheme, _) => Ok(scheme),
    })
}

/// The entries of a list, of which none may be empty and one must be left.
fn entries<T>(
    list: &str,
    separators: &[char],
    of: impl Fn(&str) -> Result<Option<T>, Reason>,
) -> Result<Vec<T>, Reason> {
    if list.split(separators).any(str::is_empty) {
        return Err("an entry of the list is empty".into());
    }
    let known = list.split(separators).map(of).collect::<Result<Vec<_>, _>>()?;
    let known: Vec<_> = known.into_iter().flatten().collect();
    if known.is_empty() { Err("no entry of the list is left".into()) } else { Ok(known) }
}

/// A word of `-min_protocol` and `-max_protocol`; `None` and an empty word are no limit.
fn version(word: &str, none: u16) -> Result<u16, Reason> {
    match word {
        "" | "None" => Ok(none),
        "SSLv3" => Ok(0x0300),
        "TLSv1" => Ok(versions::TLS1_0),
        "TLSv1.1" => Ok(versions::TLS1_1),
        "TLSv1.2" => Ok(versions::TLS1_2),
        "TLSv1.3" => Ok(versions::TLS1_3),
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

/// That a command is refused. Corresponds to the message of `config_ctx` in `apps/lib/s_cb.c`.
fn refused(name: &str, value: Option<&str>, why: Reason) -> StartError {
    let call = format!("Call to SSL_CONF_cmd({name}, {}) failed\n", value.unwrap_or("<NULL>"));
    let option = name.to_owned();
    let error = match value {
        Some(value) => why.of_option(option, value),
        None => why.of_flag(option),
    };
    error.in_engine(ENGINE).after_naming(call)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(conf: &[(&str, &str)]) -> Result<Settings, String> {
        let bytes = |text: &str| text.as_bytes().to_vec();
        let conf = conf.iter().map(|(name, value)| (bytes(name), Some(bytes(value)))).collect();
        let tls = TlsPlan { conf, ..TlsPlan::default() };
        Settings::of(&tls, &rustls::crypto::ring::default_provider())
            .map_err(|error| String::from_utf8(error.render()).unwrap())
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
    fn what_rustls_does_not_have_is_left_out_of_a_list_and_noted() {
        let tls12 = |list| suites(&[("-cipher", list), ("-no_tls1_3", "")]);
        let notes = |conf: &[(&str, &str)]| String::from_utf8(settings(conf).unwrap().notes).unwrap();
        assert_eq!(tls12("ECDHE+AESGCM:DHE+AESGCM").len(), 4);
        assert_eq!(tls12("FOO:HIGH:!BAR").len(), 6);
        assert_eq!(
            notes(&[("-cipher", "ECDHE+AESGCM:DHE+AESGCM:PSK")]),
            "s_server: rustls: rustls has no suite DHE+AESGCM, PSK; it is left out\n"
        );
        assert_eq!(notes(&[("-cipher", "HIGH:!aNULL:-FOO:@SECLEVEL=0")]), "");
        let both = "TLS_AES_128_CCM_SHA256:TLS_AES_128_GCM_SHA256:";
        assert_eq!(suites(&[("-ciphersuites", both), ("-no_tls1_2", "")]), ["TLS_AES_128_GCM_SHA256"]);
        assert!(notes(&[("-ciphersuites", both)]).contains("no suite TLS_AES_128_CCM_SHA256;"));
    }

    /// `!` for good, `-` until it is named again, `+` to the end, without adding.
    #[test]
    fn signs_of_a_cipher_list_mean_what_they_mean_to_openssl() {
        let tls12 = |list| suites(&[("-cipher", list), ("-no_tls1_3", "")]);
        assert_eq!(tls12("HIGH:-AESGCM:AESGCM").len(), 6);
        assert_eq!(tls12("HIGH:!AESGCM:AESGCM").len(), 2);
        assert!(tls12("HIGH:+AESGCM")[0].ends_with("CHACHA20-POLY1305"));
        assert!(settings(&[("-cipher", "+AESGCM")]).unwrap_err().ends_with("no cipher match\n"));
        assert!(settings(&[("-cipher", "HIGH:!")]).unwrap_err().ends_with("! is no word of a cipher list\n"));
    }

    #[test]
    fn lists_without_an_entry_are_refused_by_option_and_value() {
        for (option, value, why) in [
            ("-sigalgs", "", "an entry of the list is empty"),
            ("-sigalgs", ":", "an entry of the list is empty"),
            ("-sigalgs", "RSA+SHA256::ECDSA+SHA256", "an entry of the list is empty"),
            ("-sigalgs", "?foo", "no entry of the list is left"),
            ("-client_sigalgs", "", "an entry of the list is empty"),
            ("-groups", "", "an entry of the list is empty"),
            ("-groups", "::", "an entry of the list is empty"),
            ("-groups", "P-256:", "an entry of the list is empty"),
            ("-groups", "?foo", "no entry of the list is left"),
            ("-curves", ":", "an entry of the list is empty"),
            ("-named_curve", "", "an entry of the list is empty"),
            ("-cipher", "", "no cipher match"),
            ("-cipher", "::", "no cipher match"),
            ("-ciphersuites", "::", "no cipher match"),
            ("-ciphersuites", "FOO", "rustls has no suite FOO"),
        ] {
            let told = format!("Call to SSL_CONF_cmd({option}, {value}) failed\ns_server: rustls: {why}\n");
            assert_eq!(settings(&[(option, value)]).unwrap_err(), told);
        }
    }

    #[test]
    fn groups_and_schemes_are_named_or_refused() {
        let groups = |list| {
            settings(&[("-groups", list)])
                .map(|s| s.groups.iter().map(|g| names::group(g.name()).into_owned()).collect())
        };
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
