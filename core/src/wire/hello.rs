//! The ClientHello, RFC 8446 section 4.1.2 and RFC 5246 section 7.4.1.2.
//!
//! The fields are slices of the message. Extensions are walked when the message is parsed, so that the list of them is
//! sound; what stands in one is read by the methods of `offers.rs` when somebody asks. A repeated extension is
//! no fault of form: the first one counts, as for every other reader of the list.
use super::extension::{Extension, Extensions};
use super::reader::{Prefix, Reader};
use super::{Defect, Malformed, Numbers};

/// A ClientHello. Everything borrows from the message.
#[derive(Clone, Copy, Debug)]
pub struct ClientHello<'a> {
    /// 0x0303 for TLS 1.2 and newer, see [`ClientHello::supported_versions`].
    pub legacy_version: u16,
    /// The client's random.
    pub random: &'a [u8; 32],
    /// Up to 32 bytes; empty where the client resumes nothing.
    pub legacy_session_id: &'a [u8],
    /// In the client's order of preference, with signalling and grease values.
    pub cipher_suites: Numbers<'a>,
    /// At least one; 0 is no compression.
    pub legacy_compression_methods: &'a [u8],
    /// In the order of the message; none where the message ends before them, as it may up to TLS 1.2.
    pub extensions: Extensions<'a>,
}

impl<'a> ClientHello<'a> {
    /// Of a whole handshake message: type, length, and as many bytes as that says.
    ///
    /// # Errors
    /// The first field that another length has than it may have, and where it begins. What is in the extensions is not
    /// looked at.
    pub fn parse(message: &'a [u8]) -> Result<Self, Malformed> {
        let mut reader = Reader::new(message, 0);
        if reader.clone().u8("msg_type")? != 1 {
            return Err(reader.fault("msg_type", Defect::Unexpected));
        }
        reader.u8("msg_type")?;
        let mut body = reader.vector(Prefix::Three, "ClientHello")?;
        reader.end("ClientHello")?;
        let legacy_version = body.u16("legacy_version")?;
        let random = body.array("random")?;
        let legacy_session_id = session_id(&mut body)?;
        let cipher_suites = Numbers::parse(&mut body, Prefix::Two, "cipher_suites")?;
        let legacy_compression_methods = body.items(Prefix::One, 1, "legacy_compression_methods")?.left();
        let extensions = Extensions::parse(&mut body)?;
        body.end("extensions")?;
        Ok(Self { legacy_version, random, legacy_session_id, cipher_suites, legacy_compression_methods, extensions })
    }

    /// The first extension of that number, RFC 8446 section 4.2.
    pub fn extension(&self, extension_type: u16) -> Option<Extension<'a>> {
        self.extensions.iter().find(|extension| extension.extension_type == extension_type)
    }
}

fn session_id<'a>(body: &mut Reader<'a>) -> Result<&'a [u8], Malformed> {
    let start = *body;
    let id = body.vector(Prefix::One, "legacy_session_id")?.left();
    if id.len() > 32 { Err(start.fault("legacy_session_id", Defect::Length)) } else { Ok(id) }
}

#[cfg(test)]
mod tests {
    use std::vec::Vec;

    use proptest::prelude::*;

    use super::super::captured;
    use super::*;

    fn parse(record: &[u8]) -> ClientHello<'_> {
        ClientHello::parse(&record[5..]).unwrap()
    }

    fn numbers(hello: &ClientHello<'_>) -> Vec<(u16, usize)> {
        hello.extensions.iter().map(|extension| (extension.extension_type, extension.data.len())).collect()
    }

    #[test]
    fn s_client_offers_tls_1_3() {
        let hello = parse(captured::TLS13);
        assert_eq!(hello.legacy_version, 0x0303);
        assert_eq!(hello.random[..4], [0x6d, 0xd7, 0x31, 0xa3]);
        assert_eq!(hello.random[28..], [0x01, 0x46, 0x23, 0x1a]);
        assert_eq!(hello.legacy_session_id[..4], [0x19, 0x9e, 0x80, 0x97]);
        assert_eq!(hello.legacy_session_id.len(), 32);
        assert_eq!(hello.cipher_suites.len(), 31);
        assert_eq!(hello.cipher_suites.iter().take(4).collect::<Vec<_>>(), [0x1302, 0x1303, 0x1301, 0xc02c]);
        assert!(hello.cipher_suites.contains(0x00ff) && !hello.cipher_suites.contains(0xff13));
        assert_eq!(hello.legacy_compression_methods, [0]);
        assert_eq!(
            numbers(&hello),
            [(0, 19), (11, 4), (10, 6), (35, 0), (16, 14), (22, 0), (23, 0), (13, 42), (43, 9), (45, 2), (51, 38)]
        );
    }

    #[test]
    fn s_client_offers_tls_1_2_and_1_0() {
        let hello = parse(captured::TLS12);
        assert_eq!((hello.legacy_version, hello.legacy_session_id), (0x0303, [].as_slice()));
        assert_eq!(hello.cipher_suites.iter().collect::<Vec<_>>(), [0xc02f, 0x002f, 0x00ff]);
        assert_eq!(numbers(&hello), [(0, 19), (11, 4), (10, 12), (35, 0), (22, 0), (23, 0), (13, 42)]);

        let hello = parse(captured::TLS10);
        assert_eq!((hello.legacy_version, hello.legacy_session_id), (0x0301, [].as_slice()));
        assert_eq!(hello.cipher_suites.iter().collect::<Vec<_>>(), [0x002f, 0x00ff]);
        assert_eq!(numbers(&hello), [(35, 0), (22, 0), (23, 0)]);
    }

    #[test]
    fn curl_pads_and_chromium_greases() {
        assert_eq!(numbers(&parse(captured::CURL)).last(), Some(&(21, 180)));

        let hello = parse(captured::CHROMIUM);
        assert_eq!(hello.cipher_suites.iter().take(3).collect::<Vec<_>>(), [0x9a9a, 0x1301, 0x1302]);
        let extensions = numbers(&hello);
        assert_eq!(extensions.first(), Some(&(0xcaca, 0)));
        assert_eq!(extensions.last(), Some(&(0x9a9a, 1)));
        assert!(extensions.contains(&(51, 1263)) && extensions.contains(&(0xfe0d, 218)), "{extensions:?}");
    }

    #[test]
    fn an_old_hello_ends_before_its_extensions() {
        let message = [&[1, 0, 0, 41, 3, 1], [7; 32].as_slice(), &[0, 0, 2, 0, 0x2f, 1, 0]].concat();
        let hello = ClientHello::parse(&message).unwrap();
        assert_eq!(hello.extensions.iter().count(), 0);
        assert_eq!(hello.extension(0).map(|extension| extension.data), None);
    }

    /// Fields of [`captured::TLS13`], where they begin in the message, and a byte that spoils their length.
    #[test]
    fn each_field_is_blamed_where_it_begins() {
        use Defect::*;
        for (at, byte, field, offset, defect) in [
            (0, 2, "msg_type", 0, Unexpected),
            (3, 0x38, "ClientHello", 316, Trailing),
            (3, 0x3a, "ClientHello", 1, Truncated),
            (38, 33, "legacy_session_id", 38, Length),
            (38, 30, "cipher_suites", 69, Truncated),
            (38, 0, "cipher_suites", 39, Truncated),
            (71, 1, "cipher_suites", 71, Truncated),
            (72, 0x3d, "cipher_suites", 71, Length),
            (135, 0, "legacy_compression_methods", 135, Length),
            (138, 0xb3, "extensions", 137, Truncated),
            (138, 0xb1, "extension_data", 277, Truncated),
            (138, 0x88, "extensions", 275, Trailing),
        ] {
            let mut message = captured::TLS13[5..].to_vec();
            message[at] = byte;
            let error = ClientHello::parse(&message).unwrap_err();
            assert_eq!(error, Malformed { field, offset, defect }, "{at} {byte}");
        }
    }

    #[test]
    fn extensions_may_be_left_out() {
        let mut message = captured::TLS13[5..5 + 137].to_vec();
        message[1..4].copy_from_slice(&[0, 0, 137 - 4]);
        let hello = ClientHello::parse(&message).unwrap();
        assert_eq!(hello.extensions.iter().count(), 0);
        assert_eq!(hello.legacy_compression_methods, [0]);
    }

    #[test]
    fn every_beginning_is_too_short() {
        for hello in captured::ALL {
            for length in 0..hello.len() - 5 {
                let error = ClientHello::parse(&hello[5..5 + length]).unwrap_err();
                assert_eq!(error.defect, Defect::Truncated);
                assert!(error.offset <= 1, "{error}");
            }
        }
    }

    proptest! {
        /// Whatever is accepted says the same when it is written again.
        #[test]
        fn a_damaged_hello_is_refused_or_read_as_it_stands(
            which in 0..captured::ALL.len(),
            damage in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
        ) {
            let mut message = captured::ALL[which][5..].to_vec();
            for (at, byte) in damage {
                let at = at.index(message.len());
                message[at] = byte;
            }
            match ClientHello::parse(&message) {
                Ok(hello) => {
                    let mut body = written(&hello);
                    // Up to TLS 1.2 a ClientHello may end before the length of its extensions.
                    if hello.extensions.iter().next().is_none() && message.len() - 4 < body.len() {
                        body.truncate(body.len() - 2);
                    }
                    prop_assert_eq!(body, &message[4..]);
                }
                Err(error) => prop_assert!(error.offset <= message.len(), "{}", error),
            }
        }
    }

    fn written(hello: &ClientHello<'_>) -> Vec<u8> {
        let two = |length: usize| u16::try_from(length).unwrap().to_be_bytes();
        let mut body = [&hello.legacy_version.to_be_bytes()[..], hello.random].concat();
        body.push(hello.legacy_session_id.len() as u8);
        body.extend(hello.legacy_session_id);
        body.extend(two(hello.cipher_suites.len() * 2));
        body.extend(hello.cipher_suites.iter().flat_map(u16::to_be_bytes));
        body.push(hello.legacy_compression_methods.len() as u8);
        body.extend(hello.legacy_compression_methods);
        let mut extensions = Vec::new();
        for extension in hello.extensions.iter() {
            extensions.extend(extension.extension_type.to_be_bytes());
            extensions.extend(two(extension.data.len()));
            extensions.extend(extension.data);
        }
        body.extend(two(extensions.len()));
        body.extend(extensions);
        body
    }
}
