//! The peer's stream, cut into records.
//!
//! rustls is given one record at a time, so that one read brings what one record holds, and so that a record without
//! application data is noticed, as OpenSSL does without `SSL_MODE_AUTO_RETRY`.
use std::io::{self, IoSlice, Write};

use s_server_core::io::WireEnd;
use s_server_core::lent::{Nothing, ToPeer, Unread};
use s_server_core::throttle::Throttle;

/// Bytes of a record's header, RFC 8446 section 5.1.
const HEADER: usize = 5;

/// The longest fragment of a record, RFC 5246 section 6.2.3.
const LONGEST: usize = 16_384 + 2048;

/// Cuts records off the wire.
#[derive(Debug, Default)]
pub struct Cutter {
    throttle: Option<Throttle>,
    /// How many of the unread bytes the throttle has let through.
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

impl Cutter {
    /// Nothing is cut yet; with the throttle of `-nbio_test` when there is a seed for it.
    pub fn new(throttle: Option<u64>) -> Self {
        Self { throttle: throttle.map(Throttle::new), passed: 0 }
    }

    /// Takes the next record.
    pub fn take<'a>(&mut self, unread: &'a mut Unread<'_>) -> Next<'a> {
        let len = match record(unread) {
            Ok(len) => len,
            Err(nothing) => return nothing.into(),
        };
        if let Some(throttle) = &mut self.throttle
            && self.passed < len
        {
            self.passed += throttle.allow(unread.len() - self.passed);
            return Next::Refused;
        }
        self.passed = self.passed.saturating_sub(len);
        unread.take_whole(len).map_or_else(Next::from, Next::Record)
    }
}

impl From<Nothing> for Next<'_> {
    fn from(nothing: Nothing) -> Self {
        match nothing {
            Nothing::Dry => Self::Dry,
            Nothing::Ended(end) => Self::Ended(end),
        }
    }
}

/// The way to the peer, as rustls writes.
pub struct Sending<'a, 'b>(pub &'a mut ToPeer<'b>);

impl Write for Sending<'_, '_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.send(bytes);
        Ok(bytes.len())
    }

    fn write_vectored(&mut self, runs: &[IoSlice<'_>]) -> io::Result<usize> {
        runs.iter().for_each(|run| self.0.send(run));
        Ok(runs.iter().map(|run| run.len()).sum())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The length of the first record, if it is all there; that of all there is when no record begins like that, for rustls
/// to refuse.
fn record(unread: &mut Unread<'_>) -> Result<usize, Nothing> {
    let &[kind, major, _, high, low] = unread.peek(HEADER)? else { return Ok(unread.len()) };
    let len = usize::from(u16::from_be_bytes([high, low]));
    if !(20..=23).contains(&kind) || major != 3 || len > LONGEST {
        return Ok(unread.len());
    }
    unread.peek(HEADER + len).map(<[u8]>::len)
}

#[cfg(test)]
mod tests {
    use super::*;
    use s_server_core::lent::Inbox;

    const ONE: &[u8] = &[22, 3, 1, 0, 2, b'a', b'b'];
    const TWO: &[u8] = &[23, 3, 3, 0, 1, b'c'];

    /// What comes of taking until no record is there, which is the last of it; the rest is kept.
    fn take_all(cutter: &mut Cutter, inbox: &mut Inbox, fresh: &[u8]) -> Vec<Result<Vec<u8>, String>> {
        let mut came = Vec::new();
        let mut ignore = |_: &[u8]| {};
        let mut wire = inbox.lend(fresh, &mut ignore);
        loop {
            match cutter.take(&mut wire.unread) {
                Next::Record(record) => came.push(Ok(record.to_vec())),
                nothing => {
                    came.push(Err(format!("{nothing:?}")));
                    break;
                }
            }
        }
        inbox.keep(fresh);
        came
    }

    #[test]
    fn records_come_one_by_one_whatever_the_pieces() {
        let (mut cutter, mut inbox) = (Cutter::new(None), Inbox::default());
        let dry = || Err("Dry".to_owned());
        for byte in &ONE[..6] {
            assert_eq!(take_all(&mut cutter, &mut inbox, &[*byte]), [dry()]);
        }
        let came = take_all(&mut cutter, &mut inbox, &[&ONE[6..], TWO].concat());
        assert_eq!(came, [Ok(ONE.to_vec()), Ok(TWO.to_vec()), dry()]);
    }

    #[test]
    fn what_cannot_be_a_record_is_handed_on_as_it_is() {
        for bytes in [&b"GET / HTTP/1.0\r\n"[..], &[22, 2, 0, 0, 1, 0], &[23, 3, 3, 0xff, 0xff, 0]] {
            let (mut cutter, mut inbox) = (Cutter::new(None), Inbox::default());
            assert_eq!(take_all(&mut cutter, &mut inbox, &bytes[..4]), [Err("Dry".to_owned())]);
            assert_eq!(take_all(&mut cutter, &mut inbox, &bytes[4..])[0], Ok(bytes.to_vec()));
        }
    }

    #[test]
    fn the_end_comes_after_the_records_and_swallows_a_part_of_one() {
        let (mut cutter, mut inbox) = (Cutter::new(None), Inbox::default());
        inbox.end(WireEnd::Closed);
        let came = take_all(&mut cutter, &mut inbox, &[ONE, &TWO[..3]].concat());
        assert_eq!(came, [Ok(ONE.to_vec()), Err("Ended(Closed)".to_owned())]);
    }

    #[test]
    fn the_throttle_refuses_but_loses_nothing() {
        let (mut cutter, mut inbox) = (Cutter::new(Some(1)), Inbox::default());
        let (mut got, mut refused) = (Vec::new(), 0);
        let mut fresh = [ONE, TWO].concat().repeat(3);
        loop {
            for came in take_all(&mut cutter, &mut inbox, &std::mem::take(&mut fresh)) {
                match came {
                    Ok(record) => got.extend(record),
                    Err(why) if why == "Refused" => refused += 1,
                    Err(why) => {
                        assert_eq!((&*why, got), ("Dry", [ONE, TWO].concat().repeat(3)));
                        assert!(refused > 3, "{refused}");
                        return;
                    }
                }
            }
        }
    }
}
