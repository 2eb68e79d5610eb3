//! The first message that a server sends: whether it is a HelloRetryRequest.

/// A record's header, a message's header, the version, and the random.
const LENGTH: usize = 5 + 4 + 2 + 32;
/// Where the random begins.
const RANDOM: usize = LENGTH - 32;

/// The random of a HelloRetryRequest, RFC 8446 section 4.1.3: the SHA-256 of its name.
pub(crate) const HELLO_RETRY_REQUEST: [u8; 32] = [
    0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91, 0xc2, 0xa2, 0x11,
    0x16, 0x7a, 0xbb, 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c,
];

/// The beginning of what was sent. It keeps no more than it takes to tell.
#[derive(Clone, Debug)]
pub struct FirstSent {
    bytes: [u8; LENGTH],
    length: usize,
}

impl Default for FirstSent {
    fn default() -> Self {
        Self { bytes: [0; LENGTH], length: 0 }
    }
}

impl FirstSent {
    /// These bytes are sent next.
    pub fn take(&mut self, bytes: &[u8]) {
        let count = bytes.len().min(LENGTH - self.length);
        self.bytes[self.length..self.length + count].copy_from_slice(&bytes[..count]);
        self.length += count;
    }

    /// The first message is a HelloRetryRequest, which is a ServerHello (2) in a handshake record (22).
    pub fn is_hello_retry_request(&self) -> bool {
        self.length == LENGTH
            && self.bytes[0] == 22
            && self.bytes[5] == 2
            && self.bytes[RANDOM..] == HELLO_RETRY_REQUEST
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::vec::Vec;

    fn message(random: &[u8]) -> Vec<u8> {
        [&[22, 3, 3, 0, 88, 2, 0, 0, 84, 3, 3], random, &[32, 0]].concat()
    }

    fn sent(pieces: &[&[u8]]) -> bool {
        let mut first = FirstSent::default();
        pieces.iter().for_each(|piece| first.take(piece));
        first.is_hello_retry_request()
    }

    #[test]
    fn it_is_told_by_its_random_whatever_the_pieces() {
        let retry = message(&HELLO_RETRY_REQUEST);
        assert!(sent(&[&retry]));
        assert!(sent(&[&retry[..1], &retry[1..20], &retry[20..], b"more"]));
        assert!(!sent(&[&retry[..42]]), "it is not complete");
    }

    #[test]
    fn another_first_message_is_none() {
        assert!(!sent(&[&message(&[7; 32])]));
        let mut alert = message(&HELLO_RETRY_REQUEST);
        alert[0] = 21;
        assert!(!sent(&[&alert]));
        assert!(!sent(&[b"Lets print some clear text\n", &message(&HELLO_RETRY_REQUEST)]));
    }
}
