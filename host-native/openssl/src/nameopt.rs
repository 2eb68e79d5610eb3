//! `-nameopt`: how distinguished names are printed.
use std::ffi::c_ulong;

use openssl::x509::X509NameRef;
use s_server_core::StartError;
use s_server_core::options::plan::Reference;

use super::ffi::XN_FLAG_COMPAT;
use super::sys::certs;

/// Flags of `X509_NAME_print_ex`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NameFormat(c_ulong);

impl NameFormat {
    /// Reads the option's value: words, each with an optional `+` or `-`, in order. Without a value it is what that
    /// release does: `oneline` up to 3.1, and `esc_ctrl,utf8,dump_nostr,dump_der,sep_comma_plus_space` since 3.2.
    ///
    /// Corresponds to `set_nameopt` in `apps/lib/apps.c`. The error is a message; the option parser has found such
    /// words before.
    pub fn parse(value: Option<&[u8]>, words: Reference) -> Result<Self, StartError> {
        let Some(value) = value else { return Ok(Self(if words < Reference::V3_2 { ONELINE } else { READABLE })) };
        let mut flags = 0;
        let words = || {
            let items = value.split(|&byte| byte == b',');
            items.map(|item| item.split(|&byte| byte == b':').next().unwrap_or_default().trim_ascii())
        };
        // A list with an empty item is not read at all.
        let words = words().filter(|_| words().all(|word| !word.is_empty()));
        for word in words {
            let (set, name) = match word.first() {
                Some(b'-') => (false, &word[1..]),
                Some(b'+') => (true, &word[1..]),
                _ => (true, word),
            };
            let found = WORDS.iter().find(|(known, ..)| known.as_bytes().eq_ignore_ascii_case(name));
            let (_, flag, mask) =
                found.ok_or_else(|| StartError::of_cause([b"Invalid -nameopt value \"", word, b"\""].concat()))?;
            flags = if set { flags & !mask | flag } else { flags & !mask & !flag };
        }
        if flags != XN_FLAG_COMPAT && flags & SEPARATOR == 0 {
            flags |= SEP_COMMA_PLUS_SPACE;
        }
        Ok(Self(flags))
    }

    /// The name on its own, as in the verification lines. It holds whatever bytes the peer put into it, where the
    /// format does not escape them.
    pub fn print(self, name: &X509NameRef) -> Vec<u8> {
        certs::print_name(name, 0, self.0)
    }

    /// The name behind a title such as `subject=`. Corresponds to `print_name` in `apps/lib/apps.c`.
    pub fn print_titled(self, name: &X509NameRef) -> Vec<u8> {
        if self.0 == XN_FLAG_COMPAT {
            certs::oneline_name(name)
        } else if self.0 & SEPARATOR == SEP_MULTILINE {
            [b"\n", &certs::print_name(name, 4, self.0)[..]].concat()
        } else {
            self.print(name)
        }
    }
}

const ESC_2253: c_ulong = 1;
const ESC_CTRL: c_ulong = 2;
const ESC_MSB: c_ulong = 4;
const ESC_QUOTE: c_ulong = 8;
const UTF8_CONVERT: c_ulong = 0x10;
const IGNORE_TYPE: c_ulong = 0x20;
const SHOW_TYPE: c_ulong = 0x40;
const DUMP_ALL: c_ulong = 0x80;
const DUMP_UNKNOWN: c_ulong = 0x100;
const DUMP_DER: c_ulong = 0x200;
const ESC_2254: c_ulong = 0x400;
const RFC2253_STRING: c_ulong = ESC_2253 | ESC_CTRL | ESC_MSB | UTF8_CONVERT | DUMP_UNKNOWN | DUMP_DER;
const SEPARATOR: c_ulong = 0xf << 16;
const SEP_COMMA_PLUS: c_ulong = 1 << 16;
const SEP_COMMA_PLUS_SPACE: c_ulong = 2 << 16;
const SEP_SEMI_PLUS_SPACE: c_ulong = 3 << 16;
const SEP_MULTILINE: c_ulong = 4 << 16;
const DN_REVERSED: c_ulong = 1 << 20;
const FIELD_NAME: c_ulong = 3 << 21;
const FIELD_SHORT: c_ulong = 0;
const FIELD_LONG: c_ulong = 1 << 21;
const FIELD_OID: c_ulong = 2 << 21;
const FIELD_NONE: c_ulong = 3 << 21;
const SPACE_EQUALS: c_ulong = 1 << 23;
const DUMP_UNKNOWN_FIELDS: c_ulong = 1 << 24;
const ALIGN: c_ulong = 1 << 25;
const RFC2253: c_ulong = RFC2253_STRING | SEP_COMMA_PLUS | DN_REVERSED | FIELD_SHORT | DUMP_UNKNOWN_FIELDS;
const ONELINE: c_ulong = RFC2253_STRING | ESC_QUOTE | SEP_COMMA_PLUS_SPACE | SPACE_EQUALS | FIELD_SHORT;
const READABLE: c_ulong = ESC_CTRL | UTF8_CONVERT | DUMP_UNKNOWN | DUMP_DER | SEP_COMMA_PLUS_SPACE;
const MULTILINE: c_ulong = ESC_CTRL | ESC_MSB | SEP_MULTILINE | SPACE_EQUALS | FIELD_LONG | ALIGN;
const ALL: c_ulong = 0xffff_ffff;

/// Word, the flags it sets, and those it clears before.
const WORDS: &[(&str, c_ulong, c_ulong)] = &[
    ("esc_2253", ESC_2253, 0),
    ("esc_2254", ESC_2254, 0),
    ("esc_ctrl", ESC_CTRL, 0),
    ("esc_msb", ESC_MSB, 0),
    ("use_quote", ESC_QUOTE, 0),
    ("utf8", UTF8_CONVERT, 0),
    ("ignore_type", IGNORE_TYPE, 0),
    ("show_type", SHOW_TYPE, 0),
    ("dump_all", DUMP_ALL, 0),
    ("dump_nostr", DUMP_UNKNOWN, 0),
    ("dump_der", DUMP_DER, 0),
    ("compat", XN_FLAG_COMPAT, ALL),
    ("sep_comma_plus", SEP_COMMA_PLUS, SEPARATOR),
    ("sep_comma_plus_space", SEP_COMMA_PLUS_SPACE, SEPARATOR),
    ("sep_semi_plus_space", SEP_SEMI_PLUS_SPACE, SEPARATOR),
    ("sep_multiline", SEP_MULTILINE, SEPARATOR),
    ("dn_rev", DN_REVERSED, 0),
    ("nofname", FIELD_NONE, FIELD_NAME),
    ("sname", FIELD_SHORT, FIELD_NAME),
    ("lname", FIELD_LONG, FIELD_NAME),
    ("align", ALIGN, 0),
    ("oid", FIELD_OID, FIELD_NAME),
    ("space_eq", SPACE_EQUALS, 0),
    ("dump_unknown", DUMP_UNKNOWN_FIELDS, 0),
    ("RFC2253", RFC2253, ALL),
    ("oneline", ONELINE, ALL),
    ("multiline", MULTILINE, ALL),
    ("ca_default", MULTILINE, ALL),
];

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

    fn printed(value: Option<&str>) -> String {
        text(NameFormat::parse(value.map(str::as_bytes), Reference::V3_0).unwrap().print(&name()))
    }

    #[test]
    fn the_default_is_that_of_the_release() {
        assert_eq!(printed(None), "C = XX, O = \"Test, Org\", CN = Zo\\C3\\AB");
        assert_eq!(printed(Some("oneline")), printed(None));
        let readable = NameFormat::parse(None, Reference::V4_0).unwrap().print(&name());
        assert_eq!(text(readable), "C=XX, O=Test, Org, CN=Zoë");
    }

    #[test]
    fn words_add_up_in_order() {
        assert_eq!(printed(Some("RFC2253,-esc_msb")), "CN=Zoë,O=Test\\, Org,C=XX");
        assert_eq!(printed(Some("oneline,-space_eq,sep_semi_plus_space")), "C=XX; O=\"Test, Org\"; CN=Zo\\C3\\AB");
        assert_eq!(printed(Some("utf8")), "C=XX, O=Test, Org, CN=Zoë");
        assert_eq!(printed(Some("oneline,nofname,utf8,-esc_msb")), "XX, \"Test, Org\", Zoë");
    }

    #[test]
    fn a_title_gets_its_own_line_before_many() {
        let titled = |value: &str| {
            text(NameFormat::parse(Some(value.as_bytes()), Reference::V4_0).unwrap().print_titled(&name()))
        };
        assert!(titled("multiline").starts_with("\n    countryName               = XX\n"), "{}", titled("multiline"));
        assert_eq!(titled("compat"), "/C=XX/O=Test, Org/CN=Zo\\xC3\\xAB");
        assert_eq!(titled("oneline"), printed(None));
    }

    #[test]
    fn a_list_with_an_empty_item_is_not_read() {
        assert_eq!(printed(Some("")), printed(Some("compat")));
        assert_eq!(printed(Some("oneline,,utf8")), printed(Some("compat")));
        assert_eq!(printed(Some(" oneline:x , utf8")), printed(Some("oneline,utf8")));
    }

    #[test]
    fn an_unknown_word_is_named() {
        assert_eq!(
            NameFormat::parse(Some(b"oneline,bogus"), Reference::V4_0).unwrap_err().render(),
            b"s_server: Invalid -nameopt value \"bogus\"\n"
        );
    }

    #[test]
    fn bytes_that_are_not_escaped_are_printed_as_they_are() {
        // SEQUENCE { SET { SEQUENCE { 2.5.4.3, T61String "Zo\xeb" } } }
        let der = b"\x30\x0e\x31\x0c\x30\x0a\x06\x03\x55\x04\x03\x14\x03Zo\xeb";
        let name = X509Name::from_der(der).unwrap();
        let printed = |value: &[u8]| NameFormat::parse(Some(value), Reference::V3_0).unwrap().print(&name);
        assert_eq!(printed(b"RFC2253,-esc_msb,-utf8"), b"CN=Zo\xeb");
        assert_eq!(printed(b"sep_comma_plus"), b"CN=Zo\xeb");
        assert_eq!(printed(b"RFC2253"), b"CN=Zo\\C3\\AB");
    }
}
