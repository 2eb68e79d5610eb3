//! The first message of a DTLS session, as it stands in a datagram (RFC 6347 sections 4.1 and 4.2).
//!
//! A server has to know it before there is a session: whether a datagram begins one, and whether it is another one than
//! before. Only the first fragment counts, and only what is in the clear.
use alloc::vec::Vec;

use super::reader::Reader;
use crate::endpoint::Opening;

/// Content type of a handshake record, RFC 8446 section 5.1.
const HANDSHAKE: u8 = 22;
/// Message type of a ClientHello, RFC 8446 section 4.
const CLIENT_HELLO: u8 = 1;
/// Version and random of a ClientHello, in bytes.
const BEGINNING: usize = 34;

/// What tells the session apart that begins with that datagram: the random of its ClientHello, which is the same in the second
/// one, with the cookie. `None`: it does not begin with the first fragment of a ClientHello.
pub fn opening(datagram: &[u8]) -> Option<Opening> {
    let hello = first_fragment(datagram)?;
    Some(Opening(*hello.fragment.get(2..)?.first_chunk()?))
}

/// The ClientHello of a datagram that has the whole of it, in the form of TLS: without what tells fragments apart, and without
/// its cookie.
pub fn client_hello(datagram: &[u8]) -> Option<Vec<u8>> {
    let First { length, fragment } = first_fragment(datagram)?;
    if fragment.len() != length {
        return None;
    }
    let session_id = 1 + usize::from(*fragment.get(BEGINNING)?);
    let before = fragment.get(..BEGINNING + session_id)?;
    let cookie = 1 + usize::from(*fragment.get(before.len())?);
    let behind = fragment.get(before.len() + cookie..)?;
    let length = u32::try_from(before.len() + behind.len()).ok()?;
    let mut message = alloc::vec![CLIENT_HELLO];
    message.extend_from_slice(&length.to_be_bytes()[1..]);
    message.extend_from_slice(before);
    message.extend_from_slice(behind);
    Some(message)
}

/// The first fragment of a ClientHello.
struct First<'a> {
    /// How long the message is.
    length: usize,
    /// As much as there is of it.
    fragment: &'a [u8],
}

fn first_fragment(datagram: &[u8]) -> Option<First<'_>> {
    let mut record = Reader::new(datagram, 0);
    let &[kind, major, _] = record.array("ContentType").ok()?;
    let &[epoch_high, epoch_low, ..] = record.array::<8>("epoch").ok()?;
    if kind != HANDSHAKE || major != 0xfe || (epoch_high, epoch_low) != (0, 0) {
        return None;
    }
    let length = record.u16("length").ok()?;
    let content = record.take(length.into(), "fragment").ok()?;
    let mut message = Reader::new(content, 0);
    let kind = message.u8("msg_type").ok()?;
    let length = number(message.array("length").ok()?);
    message.u16("message_seq").ok()?;
    let offset = number(message.array("fragment_offset").ok()?);
    let fragment = number(message.array("fragment_length").ok()?);
    let fragment = message.take(fragment, "body").ok()?;
    (kind == CLIENT_HELLO && offset == 0 && fragment.len() <= length).then_some(First { length, fragment })
}

fn number(&[a, b, c]: &[u8; 3]) -> usize {
    u32::from_be_bytes([0, a, b, c]) as usize
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::ClientHello;

    /// `openssl s_client -dtls -psk 1a2b -cipher PSK-AES128-GCM-SHA256`, its second datagram (sample 495).
    const SECOND: &[u8] = include_bytes!("testdata/dtls12.bin");

    #[test]
    fn a_session_is_known_by_its_random_with_and_without_a_cookie() {
        let Some(Opening(random)) = opening(SECOND) else { panic!("no opening") };
        assert_eq!((random[0], random[31]), (0x72, 0x91));
        let hello = client_hello(SECOND).unwrap();
        let decoded = ClientHello::parse(&hello).unwrap();
        assert_eq!((decoded.legacy_version, decoded.random), (0xfefd, &random));
        assert_eq!(decoded.cipher_suites.iter().collect::<Vec<_>>(), [0x00a8, 0x00ff]);
    }

    #[test]
    fn every_first_fragment_with_the_random_begins_a_session_and_only_a_whole_one_is_told() {
        let random = opening(SECOND);
        for length in BEGINNING..SECOND.len() - 25 {
            let [high, low] = ((12 + length) as u16).to_be_bytes();
            let mut cut = SECOND[..25 + length].to_vec();
            (cut[11], cut[12]) = (high, low);
            (cut[23], cut[24]) = (0, length as u8);
            assert_eq!(opening(&cut), random, "{length}");
            assert_eq!(client_hello(&cut), None, "{length}");
            cut[24] = BEGINNING as u8 - 1;
            assert_eq!(opening(&cut), None);
        }
    }

    #[test]
    fn what_is_no_first_fragment_begins_nothing() {
        for length in 0..SECOND.len() {
            assert_eq!(opening(&SECOND[..length]), None, "{length}");
        }
        // Type, version, epoch, message type, offset of the fragment.
        for (at, byte) in [(0, 23), (1, 3), (3, 1), (4, 1), (13, 2), (21, 1)] {
            let mut other = SECOND.to_vec();
            other[at] = byte;
            assert_eq!(opening(&other), None, "{at}");
        }
    }
}
