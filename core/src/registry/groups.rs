//! Named groups, RFC 8446 section 4.2.7, and the forms of points on curves.
use alloc::borrow::Cow;
use alloc::format;

/// The name of a group, which is IANA's and OpenSSL's.
pub fn name(group: u16) -> Option<&'static str> {
    GROUPS.iter().find(|row| row.0 == group).map(|row| row.1)
}

/// The group that a word of a list names (`-groups`), in whatever case.
pub fn named(word: &str) -> Option<u16> {
    let is = |name: &str| name.eq_ignore_ascii_case(word);
    GROUPS.iter().find(|(_, name, others)| is(name) || others.iter().any(|name| is(name))).map(|row| row.0)
}

/// The name of an ECPointFormat, RFC 8422 section 5.1.2.
pub fn point_format(format: u8) -> Cow<'static, str> {
    match format {
        0 => "uncompressed".into(),
        1 => "ansiX962_compressed_prime".into(),
        2 => "ansiX962_compressed_char2".into(),
        _ => format!("unknown({format})").into(),
    }
}

/// Number, name, further words in lists.
#[rustfmt::skip]
const GROUPS: &[(u16, &str, &[&str])] = &[
    (0x0001, "sect163k1", &[]),
    (0x0002, "sect163r1", &[]),
    (0x0003, "sect163r2", &[]),
    (0x0004, "sect193r1", &[]),
    (0x0005, "sect193r2", &[]),
    (0x0006, "sect233k1", &[]),
    (0x0007, "sect233r1", &[]),
    (0x0008, "sect239k1", &[]),
    (0x0009, "sect283k1", &[]),
    (0x000a, "sect283r1", &[]),
    (0x000b, "sect409k1", &[]),
    (0x000c, "sect409r1", &[]),
    (0x000d, "sect571k1", &[]),
    (0x000e, "sect571r1", &[]),
    (0x000f, "secp160k1", &[]),
    (0x0010, "secp160r1", &[]),
    (0x0011, "secp160r2", &[]),
    (0x0012, "secp192k1", &[]),
    (0x0013, "secp192r1", &[]),
    (0x0014, "secp224k1", &[]),
    (0x0015, "secp224r1", &[]),
    (0x0016, "secp256k1", &[]),
    (0x0017, "secp256r1", &["P-256", "prime256v1"]),
    (0x0018, "secp384r1", &["P-384"]),
    (0x0019, "secp521r1", &["P-521"]),
    (0x001a, "brainpoolP256r1", &[]),
    (0x001b, "brainpoolP384r1", &[]),
    (0x001c, "brainpoolP512r1", &[]),
    (0x001d, "x25519", &["X25519"]),
    (0x001e, "x448", &["X448"]),
    (0x001f, "brainpoolP256r1tls13", &[]),
    (0x0020, "brainpoolP384r1tls13", &[]),
    (0x0021, "brainpoolP512r1tls13", &[]),
    (0x0022, "GC256A", &[]),
    (0x0023, "GC256B", &[]),
    (0x0024, "GC256C", &[]),
    (0x0025, "GC256D", &[]),
    (0x0026, "GC512A", &[]),
    (0x0027, "GC512B", &[]),
    (0x0028, "GC512C", &[]),
    (0x0029, "curveSM2", &[]),
    (0x0100, "ffdhe2048", &[]),
    (0x0101, "ffdhe3072", &[]),
    (0x0102, "ffdhe4096", &[]),
    (0x0103, "ffdhe6144", &[]),
    (0x0104, "ffdhe8192", &[]),
    (0x0200, "MLKEM512", &[]),
    (0x0201, "MLKEM768", &[]),
    (0x0202, "MLKEM1024", &[]),
    (0x11eb, "SecP256r1MLKEM768", &[]),
    (0x11ec, "X25519MLKEM768", &[]),
    (0x11ed, "SecP384r1MLKEM1024", &[]),
    (0x11ee, "curveSM2MLKEM768", &[]),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_have_old_and_new_names() {
        assert_eq!(
            (named("P-256"), named("prime256v1"), name(0x0017)),
            (Some(0x0017), Some(0x0017), Some("secp256r1"))
        );
        assert_eq!(named("x25519mlkem768"), Some(0x11ec));
        assert_eq!((named("bogus"), named(""), name(0x1234)), (None, None, None));
    }

    #[test]
    fn the_table_is_sorted_so_that_no_group_stands_twice() {
        assert!(GROUPS.windows(2).all(|pair| pair[0].0 < pair[1].0));
    }

    #[test]
    fn unknown_point_formats_keep_their_number() {
        assert_eq!(point_format(2), "ansiX962_compressed_char2");
        assert_eq!(point_format(9), "unknown(9)");
    }
}
