//! Distinguished names as OpenSSL prints them: `-nameopt oneline`, `RFC2253`, and the default of releases since 3.2.
use s_server_core::options::plan::Reference;
use x509_cert::der::asn1::ObjectIdentifier;
use x509_cert::der::{Encode, Tag, Tagged};
use x509_cert::name::{Name, RelativeDistinguishedName};

use s_server_core::options::plan::TlsPlan;

/// How a name is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NameFormat {
    /// `C=XX, O=Test, Org, CN=Zoë`: the default since 3.2.
    Readable,
    /// `C = XX, O = "Test, Org", CN = Zo\C3\AB`
    Oneline,
    /// `CN=Zo\C3\AB,O=Test\, Org,C=XX`, RFC 2253.
    Rfc2253,
}

impl NameFormat {
    /// The format of the plan; the error is a message.
    pub fn of(tls: &TlsPlan, words: Reference) -> Result<Self, Vec<u8>> {
        let Some(value) = &tls.nameopt else {
            return Ok(if words < Reference::V3_2 { Self::Oneline } else { Self::Readable });
        };
        let mut format = Err(Vec::new());
        // Each of these words forgets those before it.
        for word in String::from_utf8_lossy(value).split(',').map(str::trim) {
            format = match word.to_ascii_lowercase().as_str() {
                "oneline" => Ok(Self::Oneline),
                "rfc2253" => Ok(Self::Rfc2253),
                _ => {
                    return Err(crate::failure::line(&format!(
                        "-nameopt {word}: rustls' names are oneline or RFC2253"
                    )));
                }
            };
        }
        format
    }

    /// The name on one line. Corresponds to `X509_NAME_print_ex`.
    pub fn print(self, name: &Name) -> String {
        let mut parts: Vec<_> = name.iter_rdn().map(|part| self.part(part)).collect();
        if self == Self::Rfc2253 {
            parts.reverse();
            return parts.join(",");
        }
        parts.join(", ")
    }

    /// One part; its attributes, mostly one, are joined by a plus sign.
    fn part(self, part: &RelativeDistinguishedName) -> String {
        let equals = if self == Self::Oneline { " = " } else { "=" };
        let attributes = part.iter().map(|attribute| {
            let value = match text(&attribute.value) {
                Some(text) => self.escape(&text),
                None => format!("#{}", hex(&attribute.value.to_der().unwrap_or_default())),
            };
            format!("{}{equals}{value}", short_name(attribute.oid))
        });
        attributes.collect::<Vec<_>>().join(if self == Self::Rfc2253 { "+" } else { " + " })
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

/// The characters of a string type, X.680 section 8.6; `None` for another type.
fn text(value: &x509_cert::der::Any) -> Option<String> {
    let bytes = value.value();
    match value.tag() {
        Tag::Utf8String | Tag::PrintableString | Tag::Ia5String | Tag::NumericString | Tag::VisibleString => {
            Some(String::from_utf8_lossy(bytes).into_owned())
        }
        Tag::TeletexString => Some(bytes.iter().copied().map(char::from).collect()),
        Tag::BmpString => {
            let units = bytes.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]]));
            Some(char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect())
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
        assert_eq!(NameFormat::Readable.print(&name()), "C=XX, O=Test, Org, CN=Zoë");
        assert_eq!(NameFormat::Oneline.print(&name()), "C = XX, O = \"Test, Org\", CN = Zo\\C3\\AB");
        assert_eq!(NameFormat::Rfc2253.print(&name()), "CN=Zo\\C3\\AB,O=Test\\, Org,C=XX");
    }

    #[test]
    fn the_default_is_that_of_the_release() {
        let format = |value: Option<&str>, words| {
            let nameopt = value.map(|value| value.as_bytes().to_vec());
            NameFormat::of(&TlsPlan { nameopt, ..TlsPlan::default() }, words)
        };
        assert_eq!(format(None, Reference::V3_0), Ok(NameFormat::Oneline));
        assert_eq!(format(None, Reference::V4_0), Ok(NameFormat::Readable));
        assert_eq!(format(Some("rfc2253"), Reference::V4_0), Ok(NameFormat::Rfc2253));
        let refused = format(Some("multiline"), Reference::V4_0).unwrap_err();
        assert_eq!(refused, b"s_server: rustls: -nameopt multiline: rustls' names are oneline or RFC2253\n");
        assert_eq!(format(Some("RFC2253, oneline"), Reference::V4_0), Ok(NameFormat::Oneline));
    }
}
