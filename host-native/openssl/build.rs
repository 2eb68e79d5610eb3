//! Sets `cfg(has_…)` for the parts that the linked OpenSSL has, because openssl-sys tells only of those it uses itself, and
//! checks the declarations in `src/ffi.rs` against its headers.
mod declarations;

use std::fmt::Write;
use std::path::Path;
use std::process::Command;
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
    println!("cargo::rerun-if-changed=declarations.rs");
    println!("cargo::rerun-if-changed=src/ffi.rs");
    let out = env::var("OUT_DIR").unwrap();
    let version = env::var("DEP_OPENSSL_VERSION_NUMBER").expect("OpenSSL, not a fork of it");
    let version = u64::from_str_radix(&version, 16).unwrap();
    let mut set = parts(version, &out);
    // Calls that came later than 3.0, under the name that openssl-sys gives them.
    for (name, since) in [("ossl320", 0x3020_0000), ("ossl350", 0x3050_0000), ("ossl360", 0x3060_0000)] {
        println!("cargo::rustc-check-cfg=cfg({name})");
        if version >= since {
            set.push(name.to_owned());
        }
    }
    // For the code and the texts: which of the two is linked.
    println!("cargo::rustc-check-cfg=cfg(bundled_openssl)");
    if env::var_os("DEP_OPENSSL_VENDORED").is_some() {
        set.push("bundled_openssl".to_owned());
    }
    for name in &set {
        println!("cargo::rustc-cfg={name}");
    }
    set.extend(env::var("CARGO_CFG_TARGET_FAMILY").ok());
    check_declarations(&set, &out);
}

/// The parts that the linked library has. The preprocessor finds the headers wherever Debian, Homebrew, vcpkg or the bundled
/// build put them.
fn parts(version: u64, out: &str) -> Vec<String> {
    let mut probe = "#include <openssl/opensslconf.h>\n".to_owned();
    for (part, _) in PARTS {
        write!(probe, "#ifndef OPENSSL_NO_{part}\nhas_{part}\n#endif\n").unwrap();
    }
    let file = format!("{out}/probe.c");
    fs::write(&file, probe).unwrap();
    let text = String::from_utf8(compiler().file(&file).expand()).unwrap();
    let mut set = Vec::new();
    for (part, versions) in PARTS {
        let name = format!("has_{}", part.to_lowercase());
        println!("cargo::rustc-check-cfg=cfg({name})");
        if versions.contains(&version) && text.lines().any(|l| l.trim() == format!("has_{part}")) {
            set.push(name);
        }
    }
    set
}

fn compiler() -> cc::Build {
    let mut cc = cc::Build::new();
    if let Some(include) = env::var_os("DEP_OPENSSL_INCLUDE") {
        cc.include(include);
    }
    cc
}

/// A declaration that is not the header's ends the build. The test of that gets the same compiler.
fn check_declarations(set: &[String], out: &str) {
    let compiler = compiler().get_compiler();
    if compiler.is_like_msvc() {
        println!("cargo::warning=this compiler does not check the declarations of src/ffi.rs");
        return;
    }
    let mut words = vec![compiler.path().to_str().expect("a compiler with a plain path").to_owned()];
    words.extend(compiler.args().iter().map(|word| word.to_str().expect("plain options").to_owned()));
    words.extend(FLAGS.map(str::to_owned));
    println!("cargo::rustc-env=DECLARATIONS_COMPILER={}", words.join("\u{1f}"));
    println!("cargo::rustc-env=DECLARATIONS_CFG={}", set.join(" "));
    let source = fs::read_to_string("src/ffi.rs").unwrap();
    let is_set = |word: &str| set.iter().any(|name| name == word);
    let text = declarations::check(&source, &is_set).unwrap_or_else(|why| panic!("src/ffi.rs: {why}"));
    let file = Path::new(out).join("declarations.c");
    fs::write(&file, text).unwrap();
    let said =
        Command::new(&words[0]).args(&words[1..]).arg(&file).arg("-o").arg(file.with_extension("o")).output().unwrap();
    if !said.status.success() {
        panic!("src/ffi.rs is not what the headers say:\n{}", String::from_utf8_lossy(&said.stderr));
    }
}

/// The rest is an error by itself. The system's headers stand in conflict with what the compiler knows once `const` is gone;
/// the last two are warnings about options alone.
const FLAGS: [&str; 6] = [
    "-std=gnu11",
    "-c",
    "-Werror=incompatible-pointer-types",
    "-Wno-builtin-declaration-mismatch",
    "-Wno-unknown-warning-option",
    "-Wno-unused-command-line-argument",
];
