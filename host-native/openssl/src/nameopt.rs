//! `-nameopt`: distinguished names, printed by the library.
use std::ffi::c_ulong;

use openssl::x509::X509NameRef;
use s_server_core::options::NameFormat;
use s_server_core::options::name_format::Separator;

use super::sys::certs;

/// The name on its own, as in the verification lines. It holds whatever bytes the peer put into it, where the format does
/// not escape them.
pub fn print(format: NameFormat, name: &X509NameRef) -> Vec<u8> {
    certs::print_name(name, 0, flags(format))
}

/// The name behind a title such as `subject=`. Corresponds to `print_name` in `apps/lib/apps.c`.
pub fn print_titled(format: NameFormat, name: &X509NameRef) -> Vec<u8> {
    match format.separator() {
        _ if format == NameFormat::COMPAT => certs::oneline_name(name),
        Separator::Lines => [b"\n", &certs::print_name(name, 4, flags(format))[..]].concat(),
        Separator::Line => print(format, name),
    }
}

fn flags(format: NameFormat) -> c_ulong {
    format.bits().into()
}

#[cfg(test)]
mod tests {
    use openssl::x509::X509Name;

    use super::*;

    fn name() -> X509Name {
        let mut name = X509Name::builder().unwrap();
        for (field, value) in [("C", "XX"), ("O", "Test, Org"), ("CN", "Zoë")] {
            name.append_entry_by_text(field, value).unwrap();
        }
        name.build()
    }

    fn text(bytes: Vec<u8>) -> String {
        String::from_utf8(bytes).unwrap()
    }

    fn format(words: &str) -> NameFormat {
        NameFormat::parse(words.as_bytes()).unwrap()
    }

    fn printed(value: &str) -> String {
        text(print(format(value), &name()))
    }

    #[test]
    fn each_format_is_that_of_the_library() {
        assert_eq!(printed("oneline"), "C = XX, O = \"Test, Org\", CN = Zo\\C3\\AB");
        assert_eq!(text(print(NameFormat::ONELINE, &name())), printed("oneline"));
        assert_eq!(text(print(NameFormat::READABLE, &name())), "C=XX, O=Test, Org, CN=Zoë");
    }

    #[test]
    fn words_change_a_format() {
        assert_eq!(printed("RFC2253,-esc_msb"), "CN=Zoë,O=Test\\, Org,C=XX");
        assert_eq!(printed("oneline,-space_eq,sep_semi_plus_space"), "C=XX; O=\"Test, Org\"; CN=Zo\\C3\\AB");
        assert_eq!(printed("utf8"), "C=XX, O=Test, Org, CN=Zoë");
        assert_eq!(printed("oneline,nofname,utf8,-esc_msb"), "XX, \"Test, Org\", Zoë");
    }

    #[test]
    fn a_title_gets_its_own_line_before_many() {
        let titled = |value: &str| text(print_titled(format(value), &name()));
        assert!(titled("multiline").starts_with("\n    countryName               = XX\n"), "{}", titled("multiline"));
        assert_eq!(titled("compat"), "/C=XX/O=Test, Org/CN=Zo\\xC3\\xAB");
        assert_eq!(titled("oneline"), printed("oneline"));
    }

    #[test]
    fn bytes_that_are_not_escaped_are_printed_as_they_are() {
        // SEQUENCE { SET { SEQUENCE { 2.5.4.3, T61String "Zo\xeb" } } }
        let der = b"\x30\x0e\x31\x0c\x30\x0a\x06\x03\x55\x04\x03\x14\x03Zo\xeb";
        let name = X509Name::from_der(der).unwrap();
        let printed = |value: &str| print(format(value), &name);
        assert_eq!(printed("RFC2253,-esc_msb,-utf8"), b"CN=Zo\xeb");
        assert_eq!(printed("sep_comma_plus"), b"CN=Zo\xeb");
        assert_eq!(printed("RFC2253"), b"CN=Zo\\C3\\AB");
    }
}
