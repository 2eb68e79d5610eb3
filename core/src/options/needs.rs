//! What a plan names and an engine without files must be given: before the first client, once.
//!
//! ```text
//!   plan.needs() -> [Need { role, source }]     the host reads and asks
//!                          |
//!   Files::put(role, contents or reason)        and hands over
//! ```
//!
//! The engine looks the contents up by their [`Role`]; the order of the needs is that in which the original loads.
use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;

use super::plan::{CertificateFiles, Identity, Plan, Stores};

/// Something to be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Need {
    /// What it is for.
    pub role: Role,
    /// Where it is.
    pub source: Source,
}

/// What contents are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// The pass phrase of `-pass`: the bytes before the first line end.
    Pass,
    /// The pass phrase of `-dpass`.
    SecondPass,
    /// The key of a certificate; where none is named it is in the certificate's file.
    Key(Slot),
    /// A certificate.
    Certificate(Slot),
    /// Certificates to send after it.
    Chain(Slot),
    /// The revocation list. `-CRL`.
    RevocationList,
    /// An OCSP response, by its place on the command line. `-status_file`.
    Status(u16),
    /// Trusted certificates.
    Trust(Store, Place),
    /// The pass phrase of a certificate's key, for which the operator was asked: see [`Plan::asks_about`]. No plan names it.
    Asked(Slot),
}

impl Role {
    /// The option that names it.
    pub const fn option(self) -> &'static str {
        match self {
            Self::Pass => "-pass",
            Self::SecondPass => "-dpass",
            Self::Asked(slot) => slot.options().pass,
            Self::Key(slot) => slot.options().key,
            Self::Certificate(slot) => slot.options().certificate,
            // None is named for it; that of the first goes with it.
            Self::Chain(Slot::Named) => "-cert_chain",
            Self::Chain(slot) => slot.options().chain,
            Self::RevocationList => "-CRL",
            Self::Status(_) => "-status_file",
            Self::Trust(Store::Default, Place::File) => "-CAfile",
            Self::Trust(Store::Default, Place::Folder) => "-CApath",
            Self::Trust(Store::OfClients, Place::File) => "-verifyCAfile",
            Self::Trust(Store::OfClients, Place::Folder) => "-verifyCApath",
            Self::Trust(Store::Own, Place::File) => "-chainCAfile",
            Self::Trust(Store::Own, Place::Folder) => "-chainCApath",
        }
    }
}

/// Which certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Slot {
    /// `-cert`
    First,
    /// `-cert2`, for the name of `-servername`.
    Named,
    /// `-dcert`
    Second,
    /// `-xcert`, by its place on the command line, from 0.
    Extra(u16),
}

/// What the original calls the parts of a certificate in its messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Titles {
    /// The certificate.
    pub certificate: &'static str,
    /// Its key.
    pub key: &'static str,
    /// Its chain; empty where none can be named.
    pub chain: &'static str,
}

/// The options that name the parts of a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Names {
    /// The certificate.
    pub certificate: &'static str,
    /// Its key.
    pub key: &'static str,
    /// Its chain; empty where none can be named.
    pub chain: &'static str,
    /// The pass phrase.
    pub pass: &'static str,
}

impl Slot {
    /// How its parts are named.
    pub const fn options(self) -> Names {
        let (certificate, key, chain, pass) = match self {
            Self::First => ("-cert", "-key", "-cert_chain", "-pass"),
            Self::Named => ("-cert2", "-key2", "", "-pass"),
            Self::Second => ("-dcert", "-dkey", "-dcert_chain", "-dpass"),
            Self::Extra(_) => ("-xcert", "-xkey", "-xchain", "-pass"),
        };
        Names { certificate, key, chain, pass }
    }

    /// The words of `s_server_main` in `apps/s_server.c` and of `load_excert` in `apps/lib/s_cb.c`.
    pub const fn titles(self) -> Titles {
        let (certificate, key, chain) = match self {
            Self::First => ("server certificate", "server certificate private key", "server certificate chain"),
            Self::Named => ("second server certificate", "second server certificate private key", ""),
            Self::Second => {
                ("second server certificate", "second certificate private key", "second server certificate chain")
            }
            Self::Extra(_) => ("Server Certificate", "server key", "server chain"),
        };
        Titles { certificate, key, chain }
    }
}

/// The hint about a `server.pem` that nobody named and that is not there.
pub const NO_CERTIFICATE_HINT: &str =
    "-selfsigned makes a key and a certificate at the start; -cert and -key name files";

/// Which certificates are trusted there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Store {
    /// `-CAfile`, `-CApath`
    Default,
    /// `-verifyCAfile`, `-verifyCApath`: instead of those, for the chains of clients.
    OfClients,
    /// `-chainCAfile`, `-chainCApath`: instead of those, for the own chain.
    Own,
}

/// Form of a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// One file with PEM blocks.
    File,
    /// A folder. Its contents are those of all its files that are named as OpenSSL looks them up (`9d66eef0.0`, and
    /// `9d66eef0.r0` for revocation lists), each with a line end behind it.
    Folder,
}

/// Where contents come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// The file with that name.
    File(Vec<u8>),
    /// The files of that folder, see [`Place::Folder`].
    Folder(Vec<u8>),
    /// A pass phrase source as `-pass` has it: `pass:`, `env:`, `file:`, `fd:`, `stdin`.
    PassPhrase(Vec<u8>),
}

/// Contents by role.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Files(BTreeMap<Role, Result<Vec<u8>, String>>);

impl Files {
    /// Hands over contents, or the reason why there are none (`No such file or directory`).
    pub fn put(&mut self, role: Role, contents: Result<Vec<u8>, String>) {
        self.0.insert(role, contents);
    }

    /// The contents; the reason why there are none. `None`: nobody named any.
    pub fn get(&self, role: Role) -> Option<Result<&[u8], &str>> {
        Some(self.0.get(&role)?.as_ref().map(Vec::as_slice).map_err(String::as_str))
    }
}

impl Plan {
    /// Reads what the plan names with `read`, whose error is the reason that is told.
    pub fn files(&self, read: &mut dyn FnMut(&Source) -> Result<Vec<u8>, String>) -> Files {
        Files(self.needs().into_iter().map(|need| (need.role, read(&need.source))).collect())
    }

    /// What must be read, in the order in which the original does.
    pub fn needs(&self) -> Vec<Need> {
        let tls = &self.tls;
        let mut needs = Needs::default();
        needs.maybe(Role::Pass, &tls.pass, Source::PassPhrase);
        needs.maybe(Role::SecondPass, &tls.second_pass, Source::PassPhrase);
        if let Some(Identity::Loaded { files, .. }) = &tls.identity {
            needs.certificate(Slot::First, files);
        }
        if let Some(name) = &tls.servername {
            needs.certificate(Slot::Named, &name.files);
        }
        needs.maybe(Role::RevocationList, &tls.crl.as_ref().map(|crl| crl.0.clone()), Source::File);
        if let Some(files) = &tls.second {
            needs.certificate(Slot::Second, files);
        }
        for (files, number) in tls.extra.iter().zip(0..) {
            needs.certificate(Slot::Extra(number), files);
        }
        let trust = Stores { file: tls.trust.file.clone(), path: tls.trust.path.clone(), store: None };
        for (which, places) in
            [(Store::Default, &trust), (Store::OfClients, &tls.verify_trust), (Store::Own, &tls.chain_trust)]
        {
            needs.maybe(Role::Trust(which, Place::File), &places.file, Source::File);
            needs.maybe(Role::Trust(which, Place::Folder), &places.path, Source::Folder);
        }
        for (file, number) in tls.status.iter().flat_map(|status| &status.files).zip(0..) {
            needs.maybe(Role::Status(number), &Some(file.clone()), Source::File);
        }
        needs.0
    }

    /// The slot whose pass phrase the operator is asked for, if the file of that role turns out to be
    /// [`protected`](super::protected): it has the slot's key, and the command line names no pass phrase for that.
    pub fn asks_about(&self, role: Role) -> Option<Slot> {
        let (slot, beside) = match role {
            Role::Key(slot) => (slot, false),
            Role::Certificate(slot) => (slot, true),
            _ => return None,
        };
        let given = if slot == Slot::Second { &self.tls.second_pass } else { &self.tls.pass };
        let has_key = !beside || !self.needs().iter().any(|need| need.role == Role::Key(slot));
        (given.is_none() && has_key).then_some(slot)
    }
}

#[derive(Default)]
struct Needs(Vec<Need>);

impl Needs {
    fn maybe(&mut self, role: Role, place: &Option<Vec<u8>>, source: fn(Vec<u8>) -> Source) {
        self.0.extend(place.clone().map(|place| Need { role, source: source(place) }));
    }

    fn certificate(&mut self, slot: Slot, files: &CertificateFiles) {
        self.maybe(Role::Key(slot), &files.key, Source::File);
        self.maybe(Role::Certificate(slot), &Some(files.cert.clone()), Source::File);
        self.maybe(Role::Chain(slot), &files.chain, Source::File);
    }
}

#[cfg(test)]
mod tests {
    use std::string::String;
    use std::{format, vec::Vec};

    use super::*;
    use crate::options::testing::{self, OTHER_ENGINE};

    fn plan(line: &str) -> Plan {
        testing::plan(line, &OTHER_ENGINE).unwrap()
    }

    fn needs(line: &str) -> Vec<String> {
        plan(line).needs().iter().map(shown).collect()
    }

    fn shown(need: &Need) -> String {
        let (kind, place) = match &need.source {
            Source::File(name) => ("file", name),
            Source::Folder(name) => ("folder", name),
            Source::PassPhrase(source) => ("phrase", source),
        };
        format!("{:?} {kind} {}", need.role, String::from_utf8_lossy(place))
    }

    #[test]
    fn the_default_needs_the_default_certificate() {
        assert_eq!(needs(""), ["Certificate(First) file server.pem"]);
    }

    #[test]
    fn everything_that_is_named_is_needed_in_order() {
        let line = "-CRL l -dcert d -dkey e -dpass env:D -xcert x -xkey y -xchain z -xcert w -cert c -key k -cert_chain h \
                    -pass file:p -servername n -cert2 c2 -CAfile a -CApath . -verifyCAfile v -chainCApath . \
                    -status_file s -status_file t";
        assert_eq!(
            needs(line),
            [
                "Pass phrase file:p",
                "SecondPass phrase env:D",
                "Key(First) file k",
                "Certificate(First) file c",
                "Chain(First) file h",
                "Certificate(Named) file c2",
                "RevocationList file l",
                "Key(Second) file e",
                "Certificate(Second) file d",
                "Key(Extra(0)) file y",
                "Certificate(Extra(0)) file x",
                "Chain(Extra(0)) file z",
                "Certificate(Extra(1)) file w",
                "Trust(Default, File) file a",
                "Trust(Default, Folder) folder .",
                "Trust(OfClients, File) file v",
                "Trust(Own, Folder) folder .",
                "Status(0) file s",
                "Status(1) file t",
            ]
        );
    }

    #[test]
    fn every_role_knows_its_option() {
        let line = "-CRL v -dcert v -dkey v -dcert_chain v -dpass env:D -xcert v -xkey v -xchain v -cert v -key v \
                    -cert_chain v -pass file:p -servername n -cert2 v -key2 v -CAfile v -CApath . -verifyCAfile v \
                    -verifyCApath . -chainCAfile v -chainCApath . -status_file v";
        let mut named: Vec<_> = plan(line).needs().iter().map(|need| need.role.option()).collect();
        let mut typed: Vec<_> =
            line.split_whitespace().filter(|word| word.starts_with('-') && *word != "-servername").collect();
        named.sort();
        typed.sort();
        assert_eq!(named, typed);
    }

    #[test]
    fn the_operator_is_asked_about_keys_without_a_pass_phrase() {
        let asks = |line: &str, role| plan(line).asks_about(role);
        let (key, cert) = (Role::Key(Slot::First), Role::Certificate(Slot::First));
        assert_eq!(asks("-cert c -key k", key), Some(Slot::First));
        assert_eq!(asks("-cert c -key k", cert), None);
        assert_eq!(asks("-cert c", cert), Some(Slot::First));
        assert_eq!(asks("-cert c -pass pass:", cert), None);
        let second = Role::Certificate(Slot::Second);
        assert_eq!(asks("-cert c -dcert d -pass pass:", second), Some(Slot::Second));
        assert_eq!(asks("-cert c -dcert d -dpass pass:", second), None);
        assert_eq!(asks("-cert c -xcert x", Role::Certificate(Slot::Extra(0))), Some(Slot::Extra(0)));
        assert_eq!(asks("-cert c -cert_chain h", Role::Chain(Slot::First)), None);
    }

    #[test]
    fn contents_are_found_by_role() {
        let mut files = Files::default();
        files.put(Role::Pass, Ok(b"secret".to_vec()));
        files.put(Role::RevocationList, Err("No such file or directory".into()));
        assert_eq!(files.get(Role::Pass), Some(Ok(&b"secret"[..])));
        assert_eq!(files.get(Role::RevocationList), Some(Err("No such file or directory")));
        assert_eq!(files.get(Role::SecondPass), None);
    }
}
