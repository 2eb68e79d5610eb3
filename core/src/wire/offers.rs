//! What a client offers in the extensions of its ClientHello, as far as the server speaks of it.
//!
//! A reader returns `None` where the client did not send the extension. Where lists may not be empty by their RFC, an
//! empty one is a fault.
use super::reader::{Prefix, Reader, items, walk};
use super::{ClientHello, Malformed, Numbers};
use crate::registry::extension_types::{
    ALPN, EC_POINT_FORMATS, KEY_SHARE, PSK_KEY_EXCHANGE_MODES, SERVER_NAME, SIGNATURE_ALGORITHMS, SUPPORTED_GROUPS,
    SUPPORTED_VERSIONS,
};

/// An entry of key_share.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyShare<'a> {
    /// The group.
    pub group: u16,
    /// The client's public key in it.
    pub key_exchange: &'a [u8],
}

/// What the client says in its extensions. Every method fails where the form of the content is not the RFC's, and names
/// the field.
impl<'a> ClientHello<'a> {
    /// Versions, 0x0304 for TLS 1.3, in the client's order.
    pub fn supported_versions(&self) -> Result<Option<Numbers<'a>>, Malformed> {
        self.numbers(SUPPORTED_VERSIONS, Prefix::One, "supported_versions")
    }

    /// Named groups in the client's order.
    pub fn supported_groups(&self) -> Result<Option<Numbers<'a>>, Malformed> {
        self.numbers(SUPPORTED_GROUPS, Prefix::Two, "supported_groups")
    }

    /// Signature schemes in the client's order.
    pub fn signature_algorithms(&self) -> Result<Option<Numbers<'a>>, Malformed> {
        self.numbers(SIGNATURE_ALGORITHMS, Prefix::Two, "signature_algorithms")
    }

    /// Forms of points, 0 for uncompressed.
    pub fn ec_point_formats(&self) -> Result<Option<&'a [u8]>, Malformed> {
        self.read(EC_POINT_FORMATS, "ec_point_formats", |content| {
            Ok(content.items(Prefix::One, 1, "ec_point_formats")?.left())
        })
    }

    /// Modes in which the client takes a pre-shared key, 1 for psk_dhe_ke.
    pub fn psk_key_exchange_modes(&self) -> Result<Option<&'a [u8]>, Malformed> {
        self.read(PSK_KEY_EXCHANGE_MODES, "psk_key_exchange_modes", |content| {
            Ok(content.items(Prefix::One, 1, "psk_key_exchange_modes")?.left())
        })
    }

    /// The first name of type host_name (0), as it was sent: not checked to be a name. An inner `None` is a list that
    /// has names of other types only.
    pub fn server_name(&self) -> Result<Option<Option<&'a [u8]>>, Malformed> {
        self.read(SERVER_NAME, "server_name", |content| {
            let list = content.items(Prefix::Two, 1, "server_name_list")?;
            walk(list, name)?;
            Ok(items(list, name).find(|&(kind, _)| kind == 0).map(|(_, name)| name))
        })
    }

    /// Names of protocols in the client's order, none of them empty.
    pub fn alpn(&self) -> Result<Option<impl Iterator<Item = &'a [u8]> + use<'a>>, Malformed> {
        self.read(ALPN, "application_layer_protocol_negotiation", |content| {
            let list = content.items(Prefix::Two, 1, "protocol_name_list")?;
            walk(list, protocol)?;
            Ok(items(list, protocol))
        })
    }

    /// The client's key shares in its order; none where it wants to be told the group.
    pub fn key_shares(&self) -> Result<Option<impl Iterator<Item = KeyShare<'a>> + use<'a>>, Malformed> {
        self.read(KEY_SHARE, "key_share", |content| {
            let list = content.vector(Prefix::Two, "client_shares")?;
            walk(list, key_share)?;
            Ok(items(list, key_share))
        })
    }

    fn numbers(&self, number: u16, prefix: Prefix, field: &'static str) -> Result<Option<Numbers<'a>>, Malformed> {
        self.read(number, field, |content| Numbers::parse(content, prefix, field))
    }

    /// What `read` makes of the extension, which has to be all that is in it.
    fn read<T>(
        &self,
        number: u16,
        field: &'static str,
        read: impl FnOnce(&mut Reader<'a>) -> Result<T, Malformed>,
    ) -> Result<Option<T>, Malformed> {
        let Some(extension) = self.extension(number) else { return Ok(None) };
        let mut content = Reader::new(extension.data, extension.offset);
        let value = read(&mut content)?;
        content.end(field)?;
        Ok(Some(value))
    }
}

/// Type and content of an entry of server_name.
fn name<'a>(list: &mut Reader<'a>) -> Result<(u8, &'a [u8]), Malformed> {
    Ok((list.u8("name_type")?, list.items(Prefix::Two, 1, "host_name")?.left()))
}

fn protocol<'a>(list: &mut Reader<'a>) -> Result<&'a [u8], Malformed> {
    Ok(list.items(Prefix::One, 1, "ProtocolName")?.left())
}

fn key_share<'a>(list: &mut Reader<'a>) -> Result<KeyShare<'a>, Malformed> {
    Ok(KeyShare { group: list.u16("group")?, key_exchange: list.items(Prefix::Two, 1, "key_exchange")?.left() })
}

#[cfg(test)]
mod tests {
    use std::vec;
    use std::vec::Vec;

    use super::super::{Defect, captured};
    use super::*;

    fn parse(record: &[u8]) -> ClientHello<'_> {
        ClientHello::parse(&record[5..]).unwrap()
    }

    /// A message whose only extension has that content, which begins at byte 51.
    fn with(number: u16, data: &[u8]) -> Vec<u8> {
        let two = |length: usize| (length as u16).to_be_bytes();
        let extension = [&number.to_be_bytes()[..], &two(data.len()), data].concat();
        let body = [&[3, 3], [7; 32].as_slice(), &[0, 0, 2, 0x13, 1, 1, 0], &two(extension.len()), &extension].concat();
        [&[1, 0], &two(body.len())[..], &body].concat()
    }

    fn list(numbers: Option<Numbers<'_>>) -> Vec<u16> {
        numbers.unwrap().iter().collect()
    }

    #[test]
    fn what_s_client_says() {
        let hello = parse(captured::TLS13);
        assert_eq!(hello.server_name(), Ok(Some(Some(b"server.example".as_slice()))));
        assert_eq!(list(hello.supported_versions().unwrap()), [0x0304, 0x0303, 0x0302, 0x0301]);
        assert_eq!(list(hello.supported_groups().unwrap()), [29, 23]);
        let schemes = list(hello.signature_algorithms().unwrap());
        assert_eq!((schemes.len(), schemes[0], schemes[19]), (20, 0x0403, 0x0602));
        assert_eq!(hello.ec_point_formats(), Ok(Some([0, 1, 2].as_slice())));
        assert_eq!(hello.psk_key_exchange_modes(), Ok(Some([1].as_slice())));
        assert_eq!(hello.alpn().unwrap().unwrap().collect::<Vec<_>>(), [b"h2".as_slice(), b"http/1.1"]);
        let shares: Vec<KeyShare<'_>> = hello.key_shares().unwrap().unwrap().collect();
        assert_eq!((shares.len(), shares[0].group, shares[0].key_exchange.len()), (1, 29, 32));
        assert_eq!(shares[0].key_exchange[..4], [0x77, 0x11, 0x72, 0xde]);
    }

    #[test]
    fn what_an_old_client_does_not_say() {
        let hello = parse(captured::TLS10);
        assert_eq!(hello.server_name(), Ok(None));
        assert_eq!(hello.supported_versions(), Ok(None));
        assert_eq!(hello.supported_groups(), Ok(None));
        assert_eq!(hello.signature_algorithms(), Ok(None));
        assert_eq!(hello.ec_point_formats(), Ok(None));
        assert_eq!(hello.psk_key_exchange_modes(), Ok(None));
        assert!(hello.alpn().unwrap().is_none() && hello.key_shares().unwrap().is_none());
    }

    #[test]
    fn what_chromium_says() {
        let hello = parse(captured::CHROMIUM);
        assert_eq!(hello.server_name(), Ok(Some(Some(b"localhost".as_slice()))));
        assert_eq!(list(hello.supported_versions().unwrap()), [0x4a4a, 0x0304, 0x0303]);
        assert_eq!(list(hello.supported_groups().unwrap()), [0x5a5a, 0x11ec, 29, 23, 24]);
        let shares: Vec<_> = hello.key_shares().unwrap().unwrap().map(|s| (s.group, s.key_exchange.len())).collect();
        assert_eq!(shares, [(0x5a5a, 1), (0x11ec, 1216), (29, 32)]);
    }

    #[test]
    fn the_first_of_a_repeated_extension_counts() {
        let mut message = with(SUPPORTED_GROUPS, &[0, 2, 0, 29]);
        let again = [0, 10, 0, 4, 0, 2, 0, 23];
        message.extend(again);
        message[3] += 8;
        message[46] += 8;
        let hello = ClientHello::parse(&message).unwrap();
        assert_eq!(hello.extensions.iter().count(), 2);
        assert_eq!(list(hello.supported_groups().unwrap()), [29]);
    }

    #[test]
    fn a_name_of_another_type_is_no_host_name() {
        let message = with(SERVER_NAME, &[0, 4, 7, 0, 1, b'x']);
        assert_eq!(ClientHello::parse(&message).unwrap().server_name(), Ok(Some(None)));
    }

    #[test]
    fn a_client_may_send_no_key_share() {
        let message = with(KEY_SHARE, &[0, 0]);
        assert_eq!(ClientHello::parse(&message).unwrap().key_shares().unwrap().unwrap().count(), 0);
    }

    #[test]
    fn faults_are_found_where_they_are() {
        use Defect::*;
        type Read = fn(&ClientHello<'_>) -> Option<Malformed>;
        let versions: Read = |hello| hello.supported_versions().err();
        let groups: Read = |hello| hello.supported_groups().err();
        let formats: Read = |hello| hello.ec_point_formats().err();
        let modes: Read = |hello| hello.psk_key_exchange_modes().err();
        let name: Read = |hello| hello.server_name().err();
        let alpn: Read = |hello| hello.alpn().err();
        let shares: Read = |hello| hello.key_shares().err();
        for (number, data, read, field, offset, defect) in [
            (SUPPORTED_VERSIONS, vec![], versions, "supported_versions", 51, Truncated),
            (SUPPORTED_VERSIONS, vec![0], versions, "supported_versions", 51, Length),
            (SUPPORTED_VERSIONS, vec![3, 3, 4, 3], versions, "supported_versions", 51, Length),
            (SUPPORTED_VERSIONS, vec![2, 3, 4, 3], versions, "supported_versions", 54, Trailing),
            (SUPPORTED_GROUPS, vec![0, 4, 0, 29], groups, "supported_groups", 51, Truncated),
            (EC_POINT_FORMATS, vec![0], formats, "ec_point_formats", 51, Length),
            (PSK_KEY_EXCHANGE_MODES, vec![1, 1, 1], modes, "psk_key_exchange_modes", 53, Trailing),
            (SERVER_NAME, vec![], name, "server_name_list", 51, Truncated),
            (SERVER_NAME, vec![0, 3, 0, 0, 0], name, "host_name", 54, Length),
            (SERVER_NAME, vec![0, 4, 0, 0, 2, b'a'], name, "host_name", 54, Truncated),
            (ALPN, vec![0, 3, 2, b'h', b'2', 0], alpn, "application_layer_protocol_negotiation", 56, Trailing),
            (ALPN, vec![0, 4, 2, b'h', b'2', 0], alpn, "ProtocolName", 56, Length),
            (KEY_SHARE, vec![0, 5, 0, 29, 0, 2, 9], shares, "key_exchange", 55, Truncated),
            (KEY_SHARE, vec![0, 1, 0], shares, "group", 53, Truncated),
        ] {
            let message = with(number, &data);
            let hello = ClientHello::parse(&message).unwrap();
            assert_eq!(read(&hello), Some(Malformed { field, offset, defect }), "{data:?}");
        }
    }
}
