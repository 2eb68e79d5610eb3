//! The peer's stream, cut into records.
//!
//! rustls is given one record at a time, so that one read brings what one record holds, and so that a record without
//! application data is noticed, as OpenSSL does without `SSL_MODE_AUTO_RETRY`.
use s_server_core::io::WireEnd;
use s_server_core::throttle::Throttle;

/// Bytes of a record's header, RFC 8446 section 5.1.
const HEADER: usize = 5;

/// The longest fragment of a record, RFC 5246 section 6.2.3.
const LONGEST: usize = 16_384 + 2048;

/// What the peer has sent and nobody has read.
#[derive(Debug, Default)]
pub struct Wire {
    input: Vec<u8>,
    /// How much of `input` is read.
    taken: usize,
    end: Option<WireEnd>,
    throttle: Option<Throttle>,
    /// How much of `input` the throttle has let through.
    passed: usize,
}

/// What there is to read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next<'a> {
    /// A record, or bytes that cannot be one.
    Record(&'a [u8]),
    /// No whole record yet.
    Dry,
    /// The throttle refused; there may be more.
    Refused,
    /// The stream ended; a part of a record may have been there.
    Ended(WireEnd),
}

impl Wire {
    /// An empty wire, with the throttle of `-nbio_test` when there is a seed for it.
    pub fn new(throttle: Option<u64>) -> Self {
        Self { throttle: throttle.map(Throttle::new), ..Self::default() }
    }

    /// Appends what the peer sent.
    pub fn put(&mut self, bytes: &[u8]) {
        self.input.drain(..self.taken);
        self.passed -= self.taken;
        self.taken = 0;
        self.input.extend_from_slice(bytes);
    }

    /// The peer's stream ends after what was put.
    pub fn put_end(&mut self, end: WireEnd) {
        self.end = Some(end);
    }

    /// Takes the next record.
    pub fn take(&mut self) -> Next<'_> {
        let rest = &self.input[self.taken..];
        let Some(len) = record(rest) else { return self.end.map_or(Next::Dry, Next::Ended) };
        if let Some(throttle) = &mut self.throttle
            && self.passed < self.taken + len
        {
            self.passed += throttle.allow(self.input.len() - self.passed);
            return Next::Refused;
        }
        let from = self.taken;
        self.taken += len;
        self.passed = self.passed.max(self.taken);
        Next::Record(&self.input[from..self.taken])
    }
}

/// The length of the first record; all there is when no record begins like that, for rustls to refuse.
fn record(bytes: &[u8]) -> Option<usize> {
    let &[kind, major, _, high, low] = bytes.get(..HEADER)? else { return None };
    let len = usize::from(u16::from_be_bytes([high, low]));
    if !(20..=23).contains(&kind) || major != 3 || len > LONGEST {
        return Some(bytes.len());
    }
    (bytes.len() >= HEADER + len).then_some(HEADER + len)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: &[u8] = &[22, 3, 1, 0, 2, b'a', b'b'];
    const TWO: &[u8] = &[23, 3, 3, 0, 1, b'c'];

    #[test]
    fn records_come_one_by_one_whatever_the_pieces() {
        let mut wire = Wire::new(None);
        for byte in &ONE[..6] {
            wire.put(&[*byte]);
            assert_eq!(wire.take(), Next::Dry);
        }
        wire.put(&[&ONE[6..], TWO].concat());
        assert_eq!(wire.take(), Next::Record(ONE));
        assert_eq!(wire.take(), Next::Record(TWO));
        assert_eq!(wire.take(), Next::Dry);
    }

    #[test]
    fn what_cannot_be_a_record_is_handed_on_as_it_is() {
        for bytes in [&b"GET / HTTP/1.0\r\n"[..], &[22, 2, 0, 0, 1, 0], &[23, 3, 3, 0xff, 0xff, 0]] {
            let mut wire = Wire::new(None);
            wire.put(&bytes[..4]);
            assert_eq!(wire.take(), Next::Dry);
            wire.put(&bytes[4..]);
            assert_eq!(wire.take(), Next::Record(bytes));
        }
    }

    #[test]
    fn the_end_comes_after_the_records_and_swallows_a_part_of_one() {
        let mut wire = Wire::new(None);
        wire.put(&[ONE, &TWO[..3]].concat());
        wire.put_end(WireEnd::Closed);
        assert_eq!(wire.take(), Next::Record(ONE));
        assert_eq!(wire.take(), Next::Ended(WireEnd::Closed));
    }

    #[test]
    fn the_throttle_refuses_but_loses_nothing() {
        let mut wire = Wire::new(Some(1));
        let mut refused = 0;
        for _ in 0..3 {
            wire.put(ONE);
            wire.put(TWO);
        }
        let mut got = Vec::new();
        loop {
            match wire.take() {
                Next::Record(record) => got.extend_from_slice(record),
                Next::Refused => refused += 1,
                Next::Dry => break,
                Next::Ended(_) => unreachable!(),
            }
        }
        assert_eq!(got, [ONE, TWO].concat().repeat(3));
        assert!(refused > 3, "{refused}");
    }
}
