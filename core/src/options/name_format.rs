//! `-nameopt`: how distinguished names are printed.
use super::characters::is_space;
use super::reference::Reference;

/// A format of `X509_NAME_print_ex`: its flags, `XN_FLAG_…` and `ASN1_STRFLGS_…`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NameFormat(u32);

/// That of the oldest release, without `-nameopt`.
impl Default for NameFormat {
    fn default() -> Self {
        Self::of_release(Reference::default())
    }
}

/// What stands between the parts of a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Separator {
    /// A comma or a plus sign, mostly with a blank, or a semicolon: all on one line.
    Line,
    /// A line end: `sep_multiline`.
    Lines,
}

impl NameFormat {
    /// `/C=XX/O=Test`: `compat`, and the format of a list that has an empty item.
    pub const COMPAT: Self = Self(0);
    /// `C = XX, O = "Test, Org", CN = Zo\C3\AB`: `oneline`.
    pub const ONELINE: Self = Self(RFC2253_STRING | ESC_QUOTE | SEP_COMMA_PLUS_SPACE | SPACE_EQUALS | FIELD_SHORT);
    /// `CN=Zo\C3\AB,O=Test\, Org,C=XX`: `RFC2253`.
    pub const RFC2253: Self = Self(RFC2253_STRING | SEP_COMMA_PLUS | DN_REVERSED | FIELD_SHORT | DUMP_UNKNOWN_FIELDS);
    /// `C=XX, O=Test, Org, CN=Zoë`: `esc_ctrl,utf8,dump_nostr,dump_der,sep_comma_plus_space`.
    pub const READABLE: Self = Self(ESC_CTRL | UTF8_CONVERT | DUMP_UNKNOWN | DUMP_DER | SEP_COMMA_PLUS_SPACE);
    const MULTILINE: Self = Self(ESC_CTRL | ESC_MSB | SEP_MULTILINE | SPACE_EQUALS | FIELD_LONG | ALIGN);

    /// The format without `-nameopt`: `oneline` up to 3.1, [`NameFormat::READABLE`] since 3.2.
    pub fn of_release(reference: Reference) -> Self {
        if reference < Reference::V3_2 { Self::ONELINE } else { Self::READABLE }
    }

    /// Reads a list of words, each with an optional `+` or `-`, in order. The error is the first word that is none.
    /// Corresponds to `set_nameopt` in `apps/lib/apps.c` and `X509V3_parse_list`, which reads nothing of a list with an
    /// empty item.
    pub fn parse(list: &[u8]) -> Result<Self, &[u8]> {
        let items =
            || list.split(|&b| b == b',').map(|item| trim(item.split(|&b| b == b':').next().unwrap_or_default()));
        if items().any(<[u8]>::is_empty) {
            return Ok(Self::COMPAT);
        }
        let mut flags = 0;
        for item in items() {
            let (set, name) = match item {
                [b'-', name @ ..] => (false, name),
                [b'+', name @ ..] | name => (true, name),
            };
            let found = WORDS.iter().find(|(known, ..)| known.as_bytes().eq_ignore_ascii_case(name));
            let &(_, flag, mask) = found.ok_or(item)?;
            flags = if set { flags & !mask | flag } else { flags & !mask & !flag };
        }
        if Self(flags) != Self::COMPAT && flags & SEPARATOR == 0 {
            flags |= SEP_COMMA_PLUS_SPACE;
        }
        Ok(Self(flags))
    }

    /// The flags, as `X509_NAME_print_ex` takes them.
    pub fn bits(self) -> u32 {
        self.0
    }

    /// What stands between the parts.
    pub fn separator(self) -> Separator {
        if self.0 & SEPARATOR == SEP_MULTILINE { Separator::Lines } else { Separator::Line }
    }
}

fn trim(text: &[u8]) -> &[u8] {
    let Some(start) = text.iter().position(|&b| !is_space(b)) else { return b"" };
    let end = text.iter().rposition(|&b| !is_space(b)).unwrap_or(start);
    &text[start..=end]
}

const ESC_2253: u32 = 1;
const ESC_CTRL: u32 = 2;
const ESC_MSB: u32 = 4;
const ESC_QUOTE: u32 = 8;
const UTF8_CONVERT: u32 = 0x10;
const IGNORE_TYPE: u32 = 0x20;
const SHOW_TYPE: u32 = 0x40;
const DUMP_ALL: u32 = 0x80;
const DUMP_UNKNOWN: u32 = 0x100;
const DUMP_DER: u32 = 0x200;
const ESC_2254: u32 = 0x400;
const RFC2253_STRING: u32 = ESC_2253 | ESC_CTRL | ESC_MSB | UTF8_CONVERT | DUMP_UNKNOWN | DUMP_DER;
const SEPARATOR: u32 = 0xf << 16;
const SEP_COMMA_PLUS: u32 = 1 << 16;
const SEP_COMMA_PLUS_SPACE: u32 = 2 << 16;
const SEP_SEMI_PLUS_SPACE: u32 = 3 << 16;
const SEP_MULTILINE: u32 = 4 << 16;
const DN_REVERSED: u32 = 1 << 20;
const FIELD_NAME: u32 = 3 << 21;
const FIELD_SHORT: u32 = 0;
const FIELD_LONG: u32 = 1 << 21;
const FIELD_OID: u32 = 2 << 21;
const FIELD_NONE: u32 = 3 << 21;
const SPACE_EQUALS: u32 = 1 << 23;
const DUMP_UNKNOWN_FIELDS: u32 = 1 << 24;
const ALIGN: u32 = 1 << 25;
const ALL: u32 = 0xffff_ffff;

/// Word, the flags it sets, and those it clears before.
const WORDS: &[(&str, u32, u32)] = &[
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
    ("compat", NameFormat::COMPAT.0, ALL),
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
    ("RFC2253", NameFormat::RFC2253.0, ALL),
    ("oneline", NameFormat::ONELINE.0, ALL),
    ("multiline", NameFormat::MULTILINE.0, ALL),
    ("ca_default", NameFormat::MULTILINE.0, ALL),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(list: &str) -> NameFormat {
        NameFormat::parse(list.as_bytes()).unwrap()
    }

    #[test]
    fn words_add_up_in_order() {
        assert_eq!((parse("oneline"), parse("rfc2253")), (NameFormat::ONELINE, NameFormat::RFC2253));
        assert_eq!(parse("esc_ctrl,utf8,dump_nostr,dump_der,sep_comma_plus_space"), NameFormat::READABLE);
        assert_eq!(parse("RFC2253,-esc_msb").bits(), NameFormat::RFC2253.bits() & !ESC_MSB);
        assert_eq!(parse("multiline,+oneline"), NameFormat::ONELINE);
        assert_eq!(
            parse("oneline,sep_semi_plus_space,lname").bits() & (SEPARATOR | FIELD_NAME),
            SEP_SEMI_PLUS_SPACE | FIELD_LONG
        );
        assert_eq!(parse("utf8").bits(), UTF8_CONVERT | SEP_COMMA_PLUS_SPACE);
    }

    #[test]
    fn a_list_with_an_empty_item_is_not_read() {
        assert_eq!((parse(""), parse("oneline,,bogus")), (NameFormat::COMPAT, NameFormat::COMPAT));
        assert_eq!(parse(" oneline:x , utf8"), parse("oneline,utf8"));
    }

    #[test]
    fn an_unknown_word_is_named() {
        assert_eq!(NameFormat::parse(b"oneline,-bogus,x"), Err(&b"-bogus"[..]));
    }

    #[test]
    fn the_default_is_that_of_the_release() {
        assert_eq!(NameFormat::of_release(Reference::V3_1), NameFormat::ONELINE);
        assert_eq!(NameFormat::of_release(Reference::V3_2), NameFormat::READABLE);
    }

    #[test]
    fn only_multiline_puts_parts_on_lines_of_their_own() {
        assert_eq!((parse("multiline").separator(), parse("RFC2253").separator()), (Separator::Lines, Separator::Line));
    }
}
