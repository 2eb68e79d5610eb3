//! The first handshake message of a stream, put together from its records.
//!
//! A client may cut its ClientHello into records of any length, and the network cuts those as it likes. Only the cut is
//! undone here; what the message says is for [`ClientHello`](super::ClientHello).
use alloc::vec::Vec;

use super::{Defect, Malformed};

/// Content type of a handshake record, RFC 8446 section 5.1.
const HANDSHAKE: u8 = 22;
/// Message type of a ClientHello, RFC 8446 section 4.
const CLIENT_HELLO: u8 = 1;
/// Bytes of a record's header: type, version, length.
const RECORD_HEADER: usize = 5;
/// Bytes of a handshake message's header: type, length.
const MESSAGE_HEADER: usize = 4;
/// The longest content of a record in the clear, RFC 8446 section 5.1.
const RECORD_LIMIT: usize = 1 << 14;
/// The longest ClientHello, without its header: as much as OpenSSL reads (`CLIENT_HELLO_MAX_LENGTH`).
pub const HELLO_LIMIT: usize = 131_396;

/// Collects records until the first handshake message is complete.
///
/// It keeps no more than the message, and none of what follows it. Nothing is reserved for lengths that are only
/// claimed.
#[derive(Clone, Debug, Default)]
pub struct FirstMessage {
    header: Vec<u8>,
    message: Vec<u8>,
    /// Bytes that the current record still has.
    record: usize,
    /// Bytes taken from the stream.
    taken: usize,
    fault: Option<Malformed>,
}

impl FirstMessage {
    /// Takes the stream's next bytes. Once the message is complete, what follows is left alone; after a fault nothing is
    /// taken and the same fault returned.
    ///
    /// `Ok(None)`: more has to come. The message has its header, type and length, in front.
    ///
    /// # Errors
    /// Of a record: another content type than handshake, another major version than 3, an empty or an overlong one. Of
    /// the message: another one than ClientHello, or longer than [`HELLO_LIMIT`]. It is known at the first byte that
    /// tells, so that nobody waits for the rest.
    pub fn take(&mut self, mut bytes: &[u8]) -> Result<Option<&[u8]>, Malformed> {
        if let Some(fault) = self.fault {
            return Err(fault);
        }
        while !self.is_complete()
            && let [byte, ..] = *bytes
        {
            let count = if self.record == 0 { self.take_header(byte).map(|()| 1) } else { self.take_content(bytes) };
            match count {
                Ok(count) => {
                    self.taken += count;
                    bytes = &bytes[count..];
                }
                Err(fault) => {
                    self.fault = Some(fault);
                    return Err(fault);
                }
            }
        }
        Ok(self.message())
    }

    /// The message, when it is complete.
    pub fn message(&self) -> Option<&[u8]> {
        self.is_complete().then_some(&self.message)
    }

    fn is_complete(&self) -> bool {
        self.fault.is_none() && self.missing() == 0
    }

    /// How many bytes of the message are still to come, as far as is known.
    fn missing(&self) -> usize {
        let whole = match *self.message {
            [_, high, middle, low, ..] => MESSAGE_HEADER + u32::from_be_bytes([0, high, middle, low]) as usize,
            _ => MESSAGE_HEADER,
        };
        whole - self.message.len()
    }

    fn take_header(&mut self, byte: u8) -> Result<(), Malformed> {
        let start = self.taken - self.header.len();
        let malformed = |field, at, defect| Err(Malformed { field, offset: start + at, defect });
        self.header.push(byte);
        match *self.header {
            [kind] if kind != HANDSHAKE => malformed("ContentType", 0, Defect::Unexpected),
            [_, major] if major != 3 => malformed("legacy_record_version", 1, Defect::Unexpected),
            [_, _, _, high, low] => {
                self.record = usize::from(u16::from_be_bytes([high, low]));
                self.header.clear();
                match self.record {
                    1..=RECORD_LIMIT => Ok(()),
                    _ => malformed("length", 3, Defect::Length),
                }
            }
            _ => Ok(()),
        }
    }

    /// Returns how many of the bytes belong to the message.
    fn take_content(&mut self, bytes: &[u8]) -> Result<usize, Malformed> {
        let count = self.missing().min(self.record).min(bytes.len());
        self.message.extend_from_slice(&bytes[..count]);
        self.record -= count;
        if self.message.first() != Some(&CLIENT_HELLO) {
            return Err(Malformed { field: "msg_type", offset: self.taken, defect: Defect::Unexpected });
        }
        if self.missing() > HELLO_LIMIT {
            return Err(Malformed { field: "ClientHello", offset: RECORD_HEADER, defect: Defect::Length });
        }
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use std::vec;

    use proptest::prelude::*;

    use super::super::captured;
    use super::*;

    fn of(bytes: &[u8]) -> Result<Option<Vec<u8>>, Malformed> {
        FirstMessage::default().take(bytes).map(|message| message.map(<[u8]>::to_vec))
    }

    fn malformed<T>(field: &'static str, offset: usize, defect: Defect) -> Result<T, Malformed> {
        Err(Malformed { field, offset, defect })
    }

    #[test]
    fn one_record_holds_one_message() {
        for hello in captured::ALL {
            assert_eq!(of(hello), Ok(Some(hello[5..].to_vec())));
            assert_eq!(of(&hello[..hello.len() - 1]), Ok(None));
        }
    }

    #[test]
    fn what_follows_is_left_alone() {
        let bytes = [captured::TLS10, b"garbage"].concat();
        assert_eq!(of(&bytes), Ok(Some(captured::TLS10[5..].to_vec())));
        let mut message = FirstMessage::default();
        assert!(message.take(captured::TLS10).unwrap().is_some());
        assert_eq!(message.take(b"garbage"), Ok(Some(&captured::TLS10[5..])));
    }

    #[test]
    fn records_of_one_byte_make_the_same_message() {
        let hello = &captured::CHROMIUM[5..];
        let records: Vec<u8> = hello.iter().flat_map(|&byte| [22, 3, 1, 0, 1, byte]).collect();
        assert_eq!(of(&records), Ok(Some(hello.to_vec())));
        assert_eq!(of(&records[..records.len() - 1]), Ok(None));
    }

    #[test]
    fn an_empty_message_is_complete() {
        assert_eq!(of(&[22, 3, 1, 0, 4, 1, 0, 0, 0]), Ok(Some(vec![1, 0, 0, 0])));
    }

    #[test]
    fn other_streams_are_known_at_the_byte_that_tells() {
        assert_eq!(of(b"GET / HTTP/1.0\r\n"), malformed("ContentType", 0, Defect::Unexpected));
        assert_eq!(of(&[21]), malformed("ContentType", 0, Defect::Unexpected));
        assert_eq!(of(&[0x80, 0x2e, 1]), malformed("ContentType", 0, Defect::Unexpected));
        assert_eq!(of(&[22, 2]), malformed("legacy_record_version", 1, Defect::Unexpected));
        assert_eq!(of(&[22, 3, 1, 0, 0]), malformed("length", 3, Defect::Length));
        assert_eq!(of(&[22, 3, 1, 0x40, 1]), malformed("length", 3, Defect::Length));
        assert_eq!(of(&[22, 3, 1, 0x40, 0]), Ok(None));
        assert_eq!(of(&[22, 3, 1, 0, 9, 2]), malformed("msg_type", 5, Defect::Unexpected));
        assert_eq!(of(&[22, 3, 1, 0, 1, 1, 23]), malformed("ContentType", 6, Defect::Unexpected));
    }

    #[test]
    fn a_hello_has_a_longest_length() {
        // 131,396 is 0x02_01_44.
        assert_eq!(of(&[22, 3, 1, 0, 9, 1, 2, 1, 0x44]), Ok(None));
        assert_eq!(of(&[22, 3, 1, 0, 9, 1, 2, 1, 0x45]), malformed("ClientHello", 5, Defect::Length));
    }

    #[test]
    fn a_fault_stays() {
        let mut message = FirstMessage::default();
        let fault = message.take(b"x").unwrap_err();
        assert_eq!(message.take(captured::TLS13), Err(fault));
        assert_eq!(message.message(), None);
    }

    proptest! {
        #[test]
        fn pieces_make_the_same_as_the_whole(
            bytes in proptest::collection::vec(prop_oneof![Just(22), Just(3), Just(1), Just(0), 0..9_u8], 0..60),
            pieces in proptest::collection::vec(1..9_usize, 60),
        ) {
            let mut message = FirstMessage::default();
            let mut left = bytes.as_slice();
            let mut last = Ok(None);
            for piece in pieces {
                let (now, later) = left.split_at(piece.min(left.len()));
                last = message.take(now).map(|message| message.map(<[u8]>::to_vec));
                left = later;
            }
            prop_assert_eq!(last, of(&bytes));
        }
    }
}
