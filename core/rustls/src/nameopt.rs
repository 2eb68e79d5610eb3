//! Distinguished names as OpenSSL prints them: `-nameopt oneline`, `RFC2253`, and the default of releases since 3.2.
use s_server_core::StartError;
use s_server_core::options::NameFormat;
use s_server_core::options::plan::TlsPlan;
use x509_cert::der::asn1::ObjectIdentifier;
use x509_cert::der::{Encode, Tag, Tagged};
use x509_cert::name::{Name, RelativeDistinguishedName};

use crate::failure::ENGINE;

/// How a name is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NameStyle {
    /// `C=XX, O=Test, Org, CN=Zoë`: the default since 3.2.
    Readable,
    /// `C = XX, O = "Test, Org", CN = Zo\C3\AB`
    Oneline,
    /// `CN=Zo\C3\AB,O=Test\, Org,C=XX`, RFC 2253.
    Rfc2253,
}

impl NameStyle {
    /// The style of the plan.
    pub fn of(tls: &TlsPlan) -> Result<Self, StartError> {
        match (tls.name_format, &tls.nameopt) {
            (NameFormat::ONELINE, _) => Ok(Self::Oneline),
            (NameFormat::RFC2253, _) => Ok(Self::Rfc2253),
            (NameFormat::READABLE, None) => Ok(Self::Readable),
            (_, words) => {
                let mut words = words.iter().flat_map(|list| list.split(|&byte| byte == b',').map(<[u8]>::trim_ascii));
                let other =
                    |word: &&[u8]| ["oneline", "RFC2253"].iter().all(|it| !it.as_bytes().eq_ignore_ascii_case(word));
                let word = words.find(other).unwrap_or_default();
                let error = StartError::of_option("-nameopt", word, "rustls' names are oneline or RFC2253");
                Err(error.in_engine(ENGINE))
            }
        }
    }

    /// The name on one line; it ends before a value that is not of its type, as OpenSSL's does. Corresponds to
    /// `X509_NAME_print_ex`.
    pub fn print(self, name: &Name) -> String {
        let mut parts: Vec<_> = name.iter_rdn().collect();
        if self == Self::Rfc2253 {
            parts.reverse();
        }
        let mut printed = String::new();
        for part in parts {
            if !printed.is_empty() {
                printed += if self == Self::Rfc2253 { "," } else { ", " };
            }
            if !self.part(part, &mut printed) {
                break;
            }
        }
        printed
    }

    /// One part; its attributes, mostly one, are joined by a plus sign. False when a value is not of its type.
    fn part(self, part: &RelativeDistinguishedName, printed: &mut String) -> bool {
        let equals = if self == Self::Oneline { " = " } else { "=" };
        for (attribute, place) in part.iter().zip(0..) {
            if place > 0 {
                *printed += if self == Self::Rfc2253 { "+" } else { " + " };
            }
            *printed += &format!("{}{equals}", short_name(attribute.oid));
            *printed += &match text(&attribute.value) {
                Some(Ok(text)) => self.escape(&text),
                Some(Err(Malformed)) => return false,
                None => format!("#{}", hex(&attribute.value.to_der().unwrap_or_default())),
            };
        }
        true
    }

    /// Corresponds to `do_buf` and `do_esc_char` in `crypto/asn1/a_strex.c`.
    fn escape(self, text: &str) -> String {
        let mut escaped = String::new();
        let special = |c: char, first: bool, last: bool| {
            ",+\"\\<>;".contains(c) || first && c == '#' || (first || last) && c == ' '
        };
        let count = text.chars().count();
        let mut quote = false;
        for (place, c) in text.chars().enumerate() {
            let is_special = self != Self::Readable && special(c, place == 0, place + 1 == count);
            match c {
                '\0'..='\x1f' | '\x7f' => escaped += &format!("\\{:02X}", u32::from(c)),
                '"' | '\\' if is_special => escaped.extend(['\\', c]),
                _ if is_special && self == Self::Oneline => {
                    quote = true;
                    escaped.push(c);
                }
                _ if is_special => escaped.extend(['\\', c]),
                _ if !c.is_ascii() && self != Self::Readable => {
                    let mut bytes = [0; 4];
                    escaped.extend(c.encode_utf8(&mut bytes).bytes().map(|byte| format!("\\{byte:02X}")));
                }
                _ => escaped.push(c),
            }
        }
        if quote { format!("\"{escaped}\"") } else { escaped }
    }
}

/// The bytes of a string are not those of its type.
struct Malformed;

/// The characters of a string type, X.680 section 8.6; `None` for another type. The types of one byte a character are
/// Latin-1 to OpenSSL, those of two have no surrogates.
fn text(value: &x509_cert::der::Any) -> Option<Result<String, Malformed>> {
    let bytes = value.value();
    match value.tag() {
        Tag::Utf8String => Some(str::from_utf8(bytes).map(str::to_owned).map_err(|_| Malformed)),
        Tag::PrintableString | Tag::Ia5String | Tag::NumericString | Tag::VisibleString | Tag::TeletexString => {
            Some(Ok(bytes.iter().copied().map(char::from).collect()))
        }
        Tag::BmpString => {
            let units = bytes.chunks(2).map(|pair| <[u8; 2]>::try_from(pair).ok().map(u16::from_be_bytes));
            Some(units.map(|unit| char::from_u32(unit?.into())).collect::<Option<_>>().ok_or(Malformed))
        }
        _ => None,
    }
}

/// OpenSSL's short name of an attribute type, else its number.
fn short_name(oid: ObjectIdentifier) -> String {
    let number = oid.to_string();
    let known = SHORT_NAMES.iter().find(|(known, _)| *known == number);
    known.map_or(number.clone(), |(_, name)| (*name).to_owned())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02X}")).collect()
}

const SHORT_NAMES: &[(&str, &str)] = &[
    ("2.5.4.3", "CN"),
    ("2.5.4.4", "SN"),
    ("2.5.4.5", "serialNumber"),
    ("2.5.4.6", "C"),
    ("2.5.4.7", "L"),
    ("2.5.4.8", "ST"),
    ("2.5.4.9", "street"),
    ("2.5.4.10", "O"),
    ("2.5.4.11", "OU"),
    ("2.5.4.12", "title"),
    ("2.5.4.13", "description"),
    ("2.5.4.15", "businessCategory"),
    ("2.5.4.17", "postalCode"),
    ("2.5.4.41", "name"),
    ("2.5.4.42", "GN"),
    ("2.5.4.43", "initials"),
    ("2.5.4.46", "dnQualifier"),
    ("2.5.4.65", "pseudonym"),
    ("2.5.4.97", "organizationIdentifier"),
    ("0.9.2342.19200300.100.1.1", "UID"),
    ("0.9.2342.19200300.100.1.25", "DC"),
    ("1.2.840.113549.1.9.1", "emailAddress"),
    ("1.3.6.1.4.1.311.60.2.1.1", "jurisdictionL"),
    ("1.3.6.1.4.1.311.60.2.1.2", "jurisdictionST"),
    ("1.3.6.1.4.1.311.60.2.1.3", "jurisdictionC"),
];

#[cfg(test)]
mod tests {
    use std::str::FromStr;

    use super::*;

    fn name() -> Name {
        Name::from_str("CN=Zoë,O=Test\\, Org,C=XX").unwrap()
    }

    #[test]
    fn each_format_is_that_of_openssl() {
        assert_eq!(NameStyle::Readable.print(&name()), "C=XX, O=Test, Org, CN=Zoë");
        assert_eq!(NameStyle::Oneline.print(&name()), "C = XX, O = \"Test, Org\", CN = Zo\\C3\\AB");
        assert_eq!(NameStyle::Rfc2253.print(&name()), "CN=Zo\\C3\\AB,O=Test\\, Org,C=XX");
    }

    /// A name of one common name, of that type: SEQUENCE { SET { SEQUENCE { 2.5.4.3, value } } }.
    fn common_name(tag: Tag, value: &[u8]) -> Name {
        use x509_cert::der::{Any, Decode};
        let value = Any::new(tag, value).unwrap().to_der().unwrap();
        let framed = |tag: u8, bytes: &[u8]| [&[tag, bytes.len() as u8], bytes].concat();
        let attribute = framed(0x30, &[b"\x06\x03\x55\x04\x03", &value[..]].concat());
        Name::from_der(&framed(0x30, &framed(0x31, &attribute))).unwrap()
    }

    #[test]
    fn bytes_are_the_characters_of_their_type() {
        let printed = |tag, value: &[u8]| NameStyle::Readable.print(&common_name(tag, value));
        assert_eq!(printed(Tag::Ia5String, b"Zo\xeb"), "CN=Zoë");
        assert_eq!(printed(Tag::PrintableString, b"\xff"), "CN=ÿ");
        assert_eq!(printed(Tag::BmpString, b"\0Z\0\xeb"), "CN=Zë");
        assert_eq!(NameStyle::Oneline.print(&common_name(Tag::TeletexString, b"\xeb")), "CN = \\C3\\AB");
    }

    #[test]
    fn a_value_that_is_not_of_its_type_ends_the_name() {
        for (tag, value) in [(Tag::Utf8String, &b"Zo\xeb"[..]), (Tag::BmpString, b"\xd8\0"), (Tag::BmpString, b"\0Zx")]
        {
            assert_eq!(NameStyle::Readable.print(&common_name(tag, value)), "CN=");
        }
    }

    #[test]
    fn two_formats_and_the_default_are_there() {
        let style = |words: &str| {
            let name_format = NameFormat::parse(words.as_bytes()).unwrap();
            NameStyle::of(&TlsPlan { name_format, nameopt: Some(words.into()), ..TlsPlan::default() })
        };
        assert_eq!((style("rfc2253"), style("RFC2253, oneline")), (Ok(NameStyle::Rfc2253), Ok(NameStyle::Oneline)));
        let default = TlsPlan { name_format: NameFormat::READABLE, ..TlsPlan::default() };
        assert_eq!(NameStyle::of(&default), Ok(NameStyle::Readable));
        for (words, refused) in [("multiline", "multiline"), ("oneline,utf8,-esc_msb", "utf8"), ("oneline,,x", "")] {
            let text = format!("s_server: rustls: -nameopt {refused}: rustls' names are oneline or RFC2253\n");
            assert_eq!(style(words).map_err(|error| error.render()), Err(text.into_bytes()));
        }
    }
}
