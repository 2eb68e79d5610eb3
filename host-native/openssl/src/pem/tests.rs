//! Every option that names a file of PEM blocks, with every way in which a file can be wrong.
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

use s_server_core::options::plan::{CertificateFiles, Reference, Stores, TlsPlan};

use super::*;
use crate::environment::Questions;
use crate::load;
use crate::pair::{context, files, identity, pki};

/// An option, what it may hold twice, and how it is set.
struct Named {
    option: &'static str,
    one: &'static str,
    other: &'static str,
    set: fn(&mut TlsPlan, Vec<u8>),
}

fn chained(chain: Vec<u8>) -> CertificateFiles {
    CertificateFiles { chain: Some(chain), ..files("ec.pem", "ec.key") }
}

fn of_file(file: Vec<u8>) -> Stores {
    Stores { file: Some(file), ..Stores::default() }
}

fn of_uri(uri: Vec<u8>) -> Stores {
    Stores { store: Some(uri), ..Stores::default() }
}

/// Those of which all blocks count.
const ALL: &[Named] = &[
    Named {
        option: "-cert_chain",
        one: "inter.pem",
        other: "root.pem",
        set: |tls, file| {
            tls.identity =
                Some(s_server_core::options::plan::Identity::Loaded { files: chained(file), cert_is_default: false });
        },
    },
    Named {
        option: "-dcert_chain",
        one: "inter.pem",
        other: "root.pem",
        set: |tls, file| tls.second = Some(chained(file)),
    },
    Named { option: "-xchain", one: "inter.pem", other: "root.pem", set: |tls, file| tls.extra = vec![chained(file)] },
    Named { option: "-CAfile", one: "inter.pem", other: "root.crl", set: |tls, file| tls.trust.file = Some(file) },
    Named { option: "-CAstore", one: "inter.pem", other: "root.crl", set: |tls, file| tls.trust.store = Some(file) },
    Named {
        option: "-verifyCAfile",
        one: "root.crl",
        other: "root.pem",
        set: |tls, file| tls.verify_trust = of_file(file),
    },
    Named {
        option: "-verifyCAstore",
        one: "root.crl",
        other: "root.pem",
        set: |tls, file| tls.verify_trust = of_uri(file),
    },
    Named {
        option: "-chainCAfile",
        one: "inter.pem",
        other: "root.pem",
        set: |tls, file| tls.chain_trust = of_file(file),
    },
    Named {
        option: "-chainCAstore",
        one: "inter.pem",
        other: "root.pem",
        set: |tls, file| tls.chain_trust = of_uri(file),
    },
    Named { option: "-CRL", one: "root.crl", other: "root.crl", set: |tls, file| tls.crl = Some((file, None)) },
    Named {
        option: "-expected-rpks",
        one: "client.pub",
        other: "client.pem",
        set: |tls, file| tls.raw_keys.expected = vec![file],
    },
    Named {
        option: "-serverinfo",
        one: "serverinfo.pem",
        other: OTHER_INFO,
        set: |tls, file| tls.serverinfo = Some(file),
    },
];

/// Those of which the first block counts.
const FIRST: &[Named] = &[
    Named {
        option: "-cert",
        one: "rsa.pem",
        other: "root.pem",
        set: |tls, file| tls.identity = Some(with(file, pki("rsa.key"))),
    },
    Named {
        option: "-key",
        one: "rsa.key",
        other: "other.key",
        set: |tls, file| tls.identity = Some(with(pki("rsa.pem"), file)),
    },
    Named {
        option: "-dcert",
        one: "ec.pem",
        other: "root.pem",
        set: |tls, file| tls.second = Some(CertificateFiles { cert: file, ..files("ec.pem", "ec.key") }),
    },
    Named {
        option: "-xkey",
        one: "ec.key",
        other: "other.key",
        set: |tls, file| tls.extra = vec![CertificateFiles { key: Some(file), ..files("ec.pem", "ec.key") }],
    },
];

fn with(cert: Vec<u8>, key: Vec<u8>) -> s_server_core::options::plan::Identity {
    let files = CertificateFiles { cert, key: Some(key), ..CertificateFiles::default() };
    s_server_core::options::plan::Identity::Loaded { files, cert_is_default: false }
}

/// Stands for an extension of type 200.
const OTHER_INFO: &str = "other serverinfo";

fn text(name: &str) -> String {
    if name == OTHER_INFO {
        return "-----BEGIN SERVERINFO FOR OTHER-----\nAMgAAXg=\n-----END SERVERINFO FOR OTHER-----\n".into();
    }
    std::fs::read_to_string(String::from_utf8(pki(name)).unwrap()).unwrap()
}

/// A file that is there while it is used.
struct Written(PathBuf);

impl Written {
    fn new(text: &str) -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("pem-{}-{number}.pem", std::process::id()));
        std::fs::write(&path, text).unwrap();
        Self(path)
    }

    fn name(&self) -> &str {
        self.0.to_str().unwrap()
    }
}

impl Drop for Written {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

/// The last line of the message that ends the start, with `FILE` for the file; empty when it starts.
fn start(option: &Named, text: &str) -> String {
    let file = Written::new(text);
    let message = context(|plan| {
        plan.text.reference = Reference::V3_0;
        (option.set)(&mut plan.tls, file.name().as_bytes().to_vec());
    });
    let message = message.err().unwrap_or_default();
    message.lines().last().unwrap_or_default().replace(file.name(), "FILE")
}

/// Ways in which a second block can be wrong.
fn damages(block: &str) -> Vec<(String, &'static str)> {
    let lines: Vec<&str> = block.trim_end().lines().collect();
    let without = |at: usize| [&lines[..at], &lines[at + 1..]].concat().join("\n") + "\n";
    let last = lines.len() - 1;
    let mut cut = lines.clone();
    let short = &cut[1][1..];
    cut[1] = short;
    let begin = lines[0];
    vec![
        (without(last), "it has no END line"),
        (without(0), "it has no BEGIN line"),
        (cut.join("\n") + "\n", "it is damaged"),
        (format!("{}X-----\n", block.trim_end().trim_end_matches('-')), "its END line is that of another label"),
        (format!("  {block}"), "its BEGIN line is indented"),
        (format!("\u{feff}{block}"), "a byte order mark stands before it"),
        (
            format!("{}{begin}\n{}", block.trim_end(), without(0)),
            "its END line does not end there; the next BEGIN needs a line of its own",
        ),
    ]
}

#[test]
fn a_block_that_cannot_be_read_ends_the_start_and_is_named() {
    for option in ALL {
        let [one, other] = [option.one, option.other].map(|name| blocks_of(&text(name)));
        for (damaged, why) in damages(&other) {
            let said = start(option, &format!("{one}{damaged}{one}"));
            let begin = format!("s_server: {} FILE: block 2 (", option.option);
            assert!(said.starts_with(&begin) && said.ends_with(&format!(") cannot be read: {why}")), "{said}: {why}");
        }
    }
}

/// The blocks of a file, without the text between them.
fn blocks_of(text: &str) -> String {
    let found = blocks(text.as_bytes());
    found.into_iter().map(|block| str::from_utf8(block.text).unwrap()).next().unwrap().to_owned()
}

#[test]
fn the_one_that_counts_is_not_passed_over() {
    for option in FIRST {
        let [one, other] = [option.one, option.other].map(|name| blocks_of(&text(name)));
        for (damaged, why) in damages(&one) {
            let said = start(option, &format!("{damaged}{one}{other}"));
            let begin = format!("s_server: {} FILE: block 1 (", option.option);
            assert!(said.starts_with(&begin) && said.ends_with(&format!(") cannot be read: {why}")), "{said}: {why}");
        }
        assert_eq!(start(option, &format!("{one}{}", damages(&other)[2].0)), "", "{}", option.option);
    }
}

#[test]
fn whole_files_are_read_whatever_stands_between_their_blocks() {
    for option in ALL.iter().chain(FIRST) {
        let [one, other] = [option.one, option.other].map(text);
        let joined = format!("# the first\n{one}\n\nSubject: x\n-----BEGIN nothing\n{other}");
        for text in [joined.clone(), joined.replace('\n', "\r\n"), joined.replace('\n', "  \n")] {
            assert_eq!(start(option, &text), "", "{}", option.option);
        }
    }
}

#[test]
fn certificates_of_every_label_count() {
    let certificate = text("inter.pem");
    for label in ["X509 CERTIFICATE", "TRUSTED CERTIFICATE"] {
        let file = certificate.replace("CERTIFICATE", label);
        for option in ALL.iter().filter(|option| option.one == "inter.pem") {
            assert_eq!(start(option, &format!("{file}{certificate}")), "", "{label} {}", option.option);
            let said = start(option, &format!("{certificate}{}", damages(&file)[2].0));
            assert!(said.contains(&format!("block 2 ({label}, line")), "{said}");
        }
    }
}

#[test]
fn all_lists_of_a_file_count() {
    let list = text("root.crl");
    let count = |text: &str| {
        let file = Written::new(text);
        load::crls(file.name().as_bytes(), None, Questions::Nobody, Reference::V3_0).unwrap().len()
    };
    assert_eq!(count(&list), 1);
    assert_eq!(count(&format!("{list}{}{list}", text("root.pem"))), 2);
}

#[test]
fn a_file_of_no_use_is_named_with_the_reason() {
    for option in ALL {
        let said = |text: &str| start(option, text);
        let line = |why: &str| format!("s_server: {} FILE: {why}", option.option);
        assert_eq!(said(""), line("it is empty"));
        assert_eq!(said("nothing here\n"), line("it holds no PEM block"));
        let key = said(&text("rsa.key"));
        assert!(key.starts_with(&line("it holds no ")) && key.ends_with(", but PRIVATE KEY"), "{key}");
    }
}

#[test]
fn a_form_that_is_not_read_is_told_with_the_way_out() {
    let said = |change: &dyn Fn(&mut TlsPlan)| context(|plan| change(&mut plan.tls)).err().unwrap_or_default();
    let der = said(&|tls| tls.trust.file = Some(pki("rsa.der")));
    let words = "it is DER, and this option reads PEM; openssl x509 -inform DER converts it\n";
    assert!(der.ends_with(words), "{der}");
    let folder = said(&|tls| tls.trust.file = Some(pki("sub")));
    assert!(folder.ends_with("/pki/sub: it is a folder\n"), "{folder}");
    let missing = said(&|tls| tls.trust.file = Some(pki("nosuch")));
    assert!(missing.ends_with("/pki/nosuch: No such file or directory\n"), "{missing}");
}

#[test]
fn a_pass_phrase_that_may_be_wrong_is_told() {
    let said = |pass: &[u8], key: &str| {
        let message = context(|plan| {
            plan.tls.identity = Some(identity(if key.ends_with("p12") { key } else { "rsa.pem" }, key));
            plan.tls.pass = Some([b"pass:", pass].concat());
        });
        message.err().unwrap_or_default().replace(str::from_utf8(&pki("")).unwrap(), "")
    };
    for key in ["rsa.enc.key", "ec.p12"] {
        let text = said(b"wrong", key);
        assert!(text.ends_with(&format!("s_server: -key {key}: the pass phrase may be wrong (-pass)\n")), "{text}");
        assert_eq!(said(b"secret", key), "");
    }
}

#[test]
fn an_algorithm_of_another_provider_is_named_with_its_option() {
    let source = Source { option: "-cert", file: b"old.p12", holds: Holds::Certificate };
    let queue =
        b"0:error:0308010C:digital envelope routines:inner_evp_generic_fetch:unsupported:f.c:386:Global default \
                  library context, Algorithm (RC2-40-CBC : 0), Properties ()\n";
    assert_eq!(
        String::from_utf8(source.why(queue, Some("-pass")).render()).unwrap(),
        "s_server: -cert old.p12: it needs RC2-40-CBC, which the default provider does not have; try -provider legacy \
         -provider default\n"
    );
}
