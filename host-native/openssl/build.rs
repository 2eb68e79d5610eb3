//! Sets `cfg(has_…)` for the parts that the linked OpenSSL has: openssl-sys tells only of those it uses itself.
use std::fmt::Write;
use std::{env, fs};

/// The OPENSSL_NO_… names of OpenSSL's headers, and the versions that know the part: before, and from the end on,
/// the name is not defined although the part is missing.
const PARTS: &[(&str, std::ops::Range<u64>)] = &[
    ("COMP", 0..u64::MAX),
    ("COMP_ALG", 0x3020_0000..u64::MAX),
    ("ECH", 0x4000_0000..u64::MAX),
    ("ENGINE", 0..0x4000_0000),
    ("KTLS", 0x3000_0000..u64::MAX),
    ("QUIC", 0x3020_0000..u64::MAX),
    ("SCTP", 0..u64::MAX),
    ("SRP", 0..u64::MAX),
    ("SSL3_METHOD", 0..0x4000_0000),
    ("SSL_TRACE", 0..u64::MAX),
    ("TFO", 0x3020_0000..u64::MAX),
    ("WEAK_SSL_CIPHERS", 0..u64::MAX),
];

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    // The preprocessor finds the headers wherever Debian, Homebrew, vcpkg or the bundled build put them.
    let mut probe = "#include <openssl/opensslconf.h>\n".to_owned();
    for (part, _) in PARTS {
        write!(probe, "#ifndef OPENSSL_NO_{part}\nhas_{part}\n#endif\n").unwrap();
    }
    let file = format!("{}/probe.c", env::var("OUT_DIR").unwrap());
    fs::write(&file, probe).unwrap();
    let mut cc = cc::Build::new();
    if let Some(include) = env::var_os("DEP_OPENSSL_INCLUDE") {
        cc.include(include);
    }
    let text = String::from_utf8(cc.file(&file).expand()).unwrap();
    let version = env::var("DEP_OPENSSL_VERSION_NUMBER").expect("OpenSSL, not a fork of it");
    let version = u64::from_str_radix(&version, 16).unwrap();
    for (part, versions) in PARTS {
        let name = part.to_lowercase();
        println!("cargo::rustc-check-cfg=cfg(has_{name})");
        if versions.contains(&version) && text.lines().any(|l| l.trim() == format!("has_{part}")) {
            println!("cargo::rustc-cfg=has_{name}");
        }
    }
    // Calls that came later than 3.0, under the name that openssl-sys gives them.
    for (name, since) in [("ossl320", 0x3020_0000), ("ossl350", 0x3050_0000)] {
        println!("cargo::rustc-check-cfg=cfg({name})");
        if version >= since {
            println!("cargo::rustc-cfg={name}");
        }
    }
    // For the code and the texts: which of the two is linked.
    println!("cargo::rustc-check-cfg=cfg(bundled_openssl)");
    if env::var_os("DEP_OPENSSL_VENDORED").is_some() {
        println!("cargo::rustc-cfg=bundled_openssl");
    }
}
