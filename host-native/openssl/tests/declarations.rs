//! The build ends at a declaration in `src/ffi.rs` that is not that of OpenSSL's headers.
//!
//! The build script compiles what `declarations.rs` makes of the file; here that is done once more, with the same compiler,
//! with one wrong declaration each.
#![cfg(not(windows))] // those tests run where there is no compiler

#[path = "../declarations.rs"]
mod declarations;

use std::io::Write;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

const FFI: &str = include_str!("../src/ffi.rs");

/// What the compiler says about these declarations; nothing when they are right.
fn said(source: &str) -> String {
    let is_set = |word: &str| env!("DECLARATIONS_CFG").split(' ').any(|name| name == word);
    let text = declarations::check(source, &is_set).unwrap();
    let mut words = env!("DECLARATIONS_COMPILER").split('\u{1f}');
    let mut compiler = Command::new(words.next().unwrap());
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let object = format!("{}/declarations-{number}.o", env!("CARGO_TARGET_TMPDIR"));
    compiler.args(words).args(["-x", "c", "-", "-o", &object]).stdin(Stdio::piped()).stderr(Stdio::piped());
    let mut compiler = compiler.spawn().unwrap();
    compiler.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    let output = compiler.wait_with_output().unwrap();
    if output.status.success() { String::new() } else { String::from_utf8(output.stderr).unwrap() }
}

/// The file with one part of it in another way.
fn with(part: &str, other: &str) -> String {
    assert_eq!(FFI.matches(part).count(), 1, "{part}");
    FFI.replace(part, other)
}

#[test]
fn all_declarations_are_those_of_the_headers() {
    assert_eq!(said(FFI), "");
}

#[test]
fn a_wrong_function_is_named() {
    for (name, right, wrong) in [
        // A pointer to something else.
        ("SSL_key_update", "SSL_key_update(s: *mut SSL, ", "SSL_key_update(s: *mut SSL_CTX, "),
        (
            "SSL_get_shared_ciphers",
            "buf: *mut c_char, size: c_int) -> *mut c_char;\n    pub fn SSL_get_ciphers",
            "buf: *mut c_uchar, size: c_int) -> *mut c_char;\n    pub fn SSL_get_ciphers",
        ),
        // A pointer to a pointer.
        ("X509_STORE_CTX_get1_issuer", "get1_issuer(issuer: *mut *mut X509,", "get1_issuer(issuer: *mut X509,"),
        // An integer of another width or sign.
        ("RAND_load_file", "max_bytes: c_long)", "max_bytes: c_int)"),
        (
            "SSL_CONF_CTX_set_flags",
            "SSL_CONF_CTX_set_flags(conf: *mut SSL_CONF_CTX, flags: c_uint)",
            "SSL_CONF_CTX_set_flags(conf: *mut SSL_CONF_CTX, flags: c_int)",
        ),
        (
            "SSL_CTX_set_default_read_buffer_len",
            "len: usize);\n    pub fn SSL_CTX_set_generate",
            "len: c_uint);\n    pub fn SSL_CTX_set_generate",
        ),
        // Another result, or none.
        ("SSL_get_options", "SSL_get_options(s: *const SSL) -> u64", "SSL_get_options(s: *const SSL) -> c_int"),
        ("SSL_certs_clear", "SSL_certs_clear(s: *mut SSL);", "SSL_certs_clear(s: *mut SSL) -> c_int;"),
        ("SSL_renegotiate", "SSL_renegotiate(s: *mut SSL) -> c_int;", "SSL_renegotiate(s: *mut SSL);"),
        // An argument too few, and one too many.
        ("X509_self_signed", "cert: *mut X509, verify_signature: c_int)", "cert: *mut X509)"),
        ("ERR_set_mark", "ERR_set_mark()", "ERR_set_mark(mark: c_int)"),
        // Another function to call back.
        (
            "ERR_print_errors_cb",
            "fn(*const c_char, usize, *mut c_void) -> c_int",
            "fn(*const c_char, c_int, *mut c_void) -> c_int",
        ),
        // A function that no header has.
        ("SSL_renegotiate_soon", "SSL_renegotiate(", "SSL_renegotiate_soon("),
    ] {
        let source = with(right, wrong);
        let line = source.lines().position(|line| line.contains(&format!("fn {name}("))).unwrap() + 1;
        let said = said(&source);
        assert!(said.contains(&format!("src/ffi.rs:{line}:")), "{name}: {said}");
    }
}

#[test]
fn a_wrong_constant_is_named() {
    for (name, right, wrong) in [
        ("SSL_CTRL_SESS_HIT", "SESS_HIT: c_int = 27", "SESS_HIT: c_int = 28"),
        ("NID_kx_dhe", "KX_DHE: c_int = 1039", "KX_DHE: c_int = 1038"),
        ("SSL_SECOP_TMP_DH", "7 | 4 << 16", "7 | 4 << 15"),
        ("CERT_PKEY_SUITEB", "SUITEB: c_int = 0x800", "SUITEB: c_int = 0x80"),
        ("OPENSSL_INIT_LOAD_CONFIG", "OPENSSL_INIT_LOAD_CONFIG: u64 = 0x40", "OPENSSL_INIT_LOAD_CONFIG: u64 = 1 << 38"),
    ] {
        let said = said(&with(right, wrong));
        assert!(said.contains(&format!("{name} is not ")) && said.matches("error:").count() == 1, "{said}");
    }
}

#[test]
fn a_wrong_struct_is_named() {
    let with = |fields: &str| format!("{FFI}\n#[repr(C)] pub struct OSSL_PARAM {{ {fields} }}");
    let right = "pub key: *const c_char, pub data_type: c_uint, pub data: *mut c_void, pub data_size: usize, \
                 pub return_size: usize,";
    assert_eq!(said(&with(right)), "");
    for (wrong, told) in [
        (right.replace("data_type: c_uint", "data_type: c_int"), "OSSL_PARAM.data_type has another type"),
        (right.replace("data_type: c_uint", "data_type: u64, pub padding: u64"), "OSSL_PARAM has another size"),
        (right.replace("pub return_size: usize,", ""), "OSSL_PARAM has another size"),
        (
            right.replace(
                "pub data_size: usize, pub return_size: usize",
                "pub return_size: usize, pub data_size: usize",
            ),
            "OSSL_PARAM.data_size stands elsewhere",
        ),
    ] {
        let said = said(&with(&wrong));
        assert!(said.contains(told), "{said}");
    }
}

#[test]
fn what_is_not_understood_is_an_error() {
    for source in [
        "pub static X: c_int = 1;",
        "pub enum E { A, B }",
        "pub const X: c_int = y();",
        "unsafe extern \"C\" { pub static X: c_int; }",
        "unsafe extern \"C\" { pub fn f(x: [c_int; 2]); }",
        "#[cfg(target = \"x\")] pub enum E {}",
        "pub enum E {",
    ] {
        assert!(declarations::check(source, &|_| false).is_err(), "{source}");
    }
}
