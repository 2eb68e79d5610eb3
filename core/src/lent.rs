//! The wire of a connection, lent to its engine for the time of one call.
//!
//! ```text
//!   the host's read --> +--------+
//!                       | Unread | --take, peek--> engine --send--> Effect::Transmit --> the host's buffer
//!   kept by Inbox ----> +--------+
//! ```
//!
//! What the peer sent is read where the host has it: no engine has a run of its own. Only what nobody has read when the
//! input is done is copied, into the one [`Inbox`] of the connection. What is to be sent is copied nowhere in between.
use alloc::collections::VecDeque;
use alloc::vec::Vec;
use core::fmt;

use crate::io::WireEnd;

/// What of the peer's stream outlives an input: the rest that was not read, and the end.
#[derive(Debug, Default)]
pub struct Inbox {
    /// Empty, and without a buffer, as long as engines read whatever comes.
    kept: Vec<u8>,
    /// How much of `kept` is read.
    kept_read: usize,
    /// How much of the present input is read.
    fresh_read: usize,
    /// How long each of the datagrams in `kept` is; `None`: the peer has a stream.
    borders: Option<VecDeque<usize>>,
    end: Option<WireEnd>,
}

impl Inbox {
    /// One whose inputs are datagrams: what is read ends where one ends, and a read that takes less loses its rest.
    pub fn of_datagrams() -> Self {
        Self { borders: Some(VecDeque::new()), ..Self::default() }
    }

    /// The peer's stream ends after all that came.
    pub fn end(&mut self, end: WireEnd) {
        self.end = Some(end);
    }

    /// Lends what is unread. `fresh` is what the present input brought, the same slice until [`Inbox::keep`]; `send` takes
    /// what is to be sent.
    pub fn lend<'a>(&'a mut self, fresh: &'a [u8], send: &'a mut dyn FnMut(&[u8])) -> LentWire<'a> {
        LentWire { unread: Unread { inbox: self, fresh }, peer: ToPeer(send) }
    }

    /// The input is done: what is unread of it is kept. The work is that of copying each kept byte a few times, however
    /// small the inputs are, and memory goes when what it held is read.
    pub fn keep(&mut self, fresh: &[u8]) {
        let rest = fresh.get(core::mem::take(&mut self.fresh_read)..).unwrap_or_default();
        if self.kept_read > 0 && self.kept_read * 2 >= self.kept.len() {
            self.kept = self.kept[self.kept_read..].to_vec();
            self.kept_read = 0;
        }
        self.kept.extend_from_slice(rest);
        if let Some(borders) = self.borders.as_mut().filter(|_| !rest.is_empty()) {
            borders.push_back(rest.len());
        }
    }
}

/// The wire for the time of one call.
///
/// Of a peer of datagrams [`Unread::take`] brings one a call, and what is sent is one a [`ToPeer::send`].
#[derive(Debug)]
pub struct LentWire<'a> {
    /// What the peer sent and nobody has read.
    pub unread: Unread<'a>,
    /// The way to the peer.
    pub peer: ToPeer<'a>,
}

impl LentWire<'_> {
    /// Lends it on, for one call: `heard` is told what is sent meanwhile, before that leaves.
    pub fn overheard<T>(&mut self, heard: &mut dyn FnMut(&[u8]), call: impl FnOnce(&mut LentWire<'_>) -> T) -> T {
        let Unread { inbox, fresh } = &mut self.unread;
        let mut both = |bytes: &[u8]| {
            heard(bytes);
            self.peer.send(bytes);
        };
        call(&mut inbox.lend(fresh, &mut both))
    }

    /// Lends what is unread on, for one call: what is sent meanwhile goes to `send` alone.
    pub fn redirected<T>(&mut self, send: &mut dyn FnMut(&[u8]), call: impl FnOnce(&mut LentWire<'_>) -> T) -> T {
        call(&mut self.unread.inbox.lend(self.unread.fresh, send))
    }
}

/// The way to the peer, in order and without a way back.
pub struct ToPeer<'a>(&'a mut dyn FnMut(&[u8]));

impl fmt::Debug for ToPeer<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ToPeer")
    }
}

impl ToPeer<'_> {
    /// Sends these bytes.
    pub fn send(&mut self, bytes: &[u8]) {
        if !bytes.is_empty() {
            (self.0)(bytes);
        }
    }
}

/// What the peer sent and nobody has read. What is left of it when the call ends is there in the next one.
pub struct Unread<'a> {
    inbox: &'a mut Inbox,
    fresh: &'a [u8],
}

/// Why there are no bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nothing {
    /// More may come.
    Dry,
    /// The peer's stream ended before.
    Ended(WireEnd),
}

/// How much there is, not what.
impl fmt::Debug for Unread<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Unread").field("len", &self.len()).field("end", &self.end()).finish()
    }
}

impl fmt::Display for Nothing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Dry => f.write_str("no bytes have come yet"),
            Self::Ended(WireEnd::Restarted) => f.write_str("the peer began another session"),
            Self::Ended(WireEnd::Closed) => f.write_str("the peer's stream ended"),
            Self::Ended(WireEnd::Failed(errno)) => write!(f, "the peer's stream failed with error {errno}"),
        }
    }
}

impl core::error::Error for Nothing {}

impl Unread<'_> {
    /// How many bytes are there.
    pub fn len(&self) -> usize {
        self.kept().len() + self.fresh().len()
    }

    /// No byte is there.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How the stream ended, once everything before the end is read.
    pub fn end(&self) -> Option<WireEnd> {
        self.inbox.end.filter(|_| self.is_empty())
    }

    /// Nothing comes behind what is there.
    pub fn is_last(&self) -> bool {
        self.inbox.end.is_some()
    }

    /// Takes the next bytes, at least one and at most `most`; not always as many as there are. `most` is not 0. Of datagrams
    /// the next one; what is longer than `most` is lost, as with a socket.
    pub fn take(&mut self, most: usize) -> Result<&[u8], Nothing> {
        if self.inbox.borders.is_some() {
            return self.take_datagram(most);
        }
        let (kept, fresh) = (self.kept().len().min(most), self.fresh().len().min(most));
        if kept > 0 {
            self.inbox.kept_read += kept;
            return Ok(&self.inbox.kept[self.inbox.kept_read - kept..self.inbox.kept_read]);
        }
        if fresh > 0 {
            self.inbox.fresh_read += fresh;
            return Ok(&self.fresh[self.inbox.fresh_read - fresh..self.inbox.fresh_read]);
        }
        Err(self.nothing())
    }

    fn take_datagram(&mut self, most: usize) -> Result<&[u8], Nothing> {
        if let Some(length) = self.inbox.borders.as_mut().and_then(VecDeque::pop_front) {
            let from = self.inbox.kept_read;
            self.inbox.kept_read += length;
            return Ok(&self.inbox.kept[from..from + length.min(most)]);
        }
        if self.fresh().is_empty() {
            return Err(self.nothing());
        }
        self.inbox.fresh_read = self.fresh.len();
        Ok(&self.fresh[..self.fresh.len().min(most)])
    }

    /// Looks at the next `len` bytes in one piece, and leaves them there. [`Nothing`] when there are fewer.
    ///
    /// Where a part of them was kept, the missing ones are joined to it, and no more.
    pub fn peek(&mut self, len: usize) -> Result<&[u8], Nothing> {
        if self.len() < len {
            return Err(self.nothing());
        }
        let kept = self.kept().len();
        if kept == 0 {
            return Ok(&self.fresh()[..len]);
        }
        let missing = len.saturating_sub(kept);
        let from = self.inbox.fresh_read;
        self.inbox.kept.extend_from_slice(&self.fresh[from..from + missing]);
        self.inbox.fresh_read += missing;
        Ok(&self.kept()[..len])
    }

    /// Takes the next `len` bytes in one piece, or none.
    pub fn take_whole(&mut self, len: usize) -> Result<&[u8], Nothing> {
        self.peek(len)?;
        let kept = self.kept().len();
        self.pass(len);
        let (run, end) =
            if kept == 0 { (self.fresh, self.inbox.fresh_read) } else { (&*self.inbox.kept, self.inbox.kept_read) };
        Ok(&run[end - len..end])
    }

    /// Takes that many bytes, which [`Unread::peek`] has shown, or all.
    pub fn pass(&mut self, len: usize) {
        if let Some(borders) = self.inbox.borders.as_mut().filter(|_| len == usize::MAX) {
            borders.clear();
        }
        let kept = len.min(self.kept().len());
        let fresh = (len - kept).min(self.fresh().len());
        self.inbox.kept_read += kept;
        self.inbox.fresh_read += fresh;
    }

    fn nothing(&self) -> Nothing {
        self.inbox.end.map_or(Nothing::Dry, Nothing::Ended)
    }

    fn kept(&self) -> &[u8] {
        &self.inbox.kept[self.inbox.kept_read..]
    }

    fn fresh(&self) -> &[u8] {
        self.fresh.get(self.inbox.fresh_read..).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn unread<T>(inbox: &mut Inbox, fresh: &[u8], call: impl FnOnce(&mut Unread<'_>) -> T) -> T {
        call(&mut inbox.lend(fresh, &mut |_| {}).unread)
    }

    #[test]
    fn what_is_lent_is_the_hosts_own_slice() {
        let (mut inbox, fresh) = (Inbox::default(), *b"abcdef");
        unread(&mut inbox, &fresh, |unread| {
            assert_eq!(unread.peek(6).unwrap().as_ptr_range(), fresh.as_ptr_range());
            assert_eq!(unread.take(2).unwrap().as_ptr_range(), fresh[..2].as_ptr_range());
            assert_eq!(unread.take(9).unwrap().as_ptr_range(), fresh[2..].as_ptr_range());
            assert_eq!(unread.take(9), Err(Nothing::Dry));
        });
    }

    #[test]
    fn a_rest_survives_until_the_next_call_and_then_until_the_next_input() {
        let mut inbox = Inbox::default();
        unread(&mut inbox, b"abcd", |unread| unread.pass(1));
        unread(&mut inbox, b"abcd", |unread| assert_eq!(unread.take(1), Ok(&b"b"[..])));
        inbox.keep(b"abcd");
        inbox.keep(b"");
        unread(&mut inbox, b"ef", |unread| {
            assert_eq!(unread.len(), 4);
            assert_eq!(unread.take(9), Ok(&b"cd"[..]));
            assert_eq!(unread.take(9), Ok(&b"ef"[..]));
        });
    }

    #[test]
    fn datagrams_are_read_one_by_one_and_a_rest_is_lost() {
        let mut inbox = Inbox::of_datagrams();
        inbox.keep(b"abc");
        inbox.keep(b"");
        inbox.keep(b"de");
        unread(&mut inbox, b"fghi", |unread| {
            assert_eq!(unread.take(2), Ok(&b"ab"[..]));
            assert_eq!(unread.take(9), Ok(&b"de"[..]));
            assert_eq!(unread.take(3), Ok(&b"fgh"[..]));
            assert_eq!(unread.take(9), Err(Nothing::Dry));
        });
        inbox.keep(b"fghi");
        unread(&mut inbox, b"", |unread| assert_eq!(unread.take(9), Err(Nothing::Dry)));
        inbox.keep(b"jk");
        unread(&mut inbox, b"l", |unread| unread.pass(usize::MAX));
        inbox.keep(b"l");
        inbox.keep(b"m");
        unread(&mut inbox, b"", |unread| assert_eq!(unread.take(9), Ok(&b"m"[..])));
    }

    #[test]
    fn the_end_is_seen_when_everything_before_it_is_read() {
        let mut inbox = Inbox::default();
        inbox.keep(b"ab");
        inbox.end(WireEnd::Closed);
        unread(&mut inbox, b"", |unread| {
            assert_eq!(unread.end(), None);
            assert_eq!(unread.peek(3), Err(Nothing::Ended(WireEnd::Closed)));
            assert_eq!(unread.take(9), Ok(&b"ab"[..]));
            assert_eq!(unread.end(), Some(WireEnd::Closed));
            assert_eq!(unread.take(9), Err(Nothing::Ended(WireEnd::Closed)));
        });
    }

    #[test]
    fn a_kept_part_is_completed_by_what_it_lacks_alone() {
        let mut inbox = Inbox::default();
        inbox.keep(b"abc");
        let fresh = *b"defgh";
        unread(&mut inbox, &fresh, |unread| {
            assert_eq!(unread.peek(9), Err(Nothing::Dry));
            assert_eq!(unread.peek(5), Ok(&b"abcde"[..]));
            assert_eq!(unread.peek(5), Ok(&b"abcde"[..]));
            assert_eq!(unread.inbox.kept, b"abcde");
            assert_eq!(unread.take_whole(9), Err(Nothing::Dry));
            assert_eq!(unread.take_whole(5), Ok(&b"abcde"[..]));
            assert_eq!(unread.peek(3).unwrap().as_ptr_range(), fresh[2..].as_ptr_range());
        });
        inbox.keep(&fresh);
        assert_eq!(inbox.kept, b"fgh");
    }

    #[test]
    fn what_is_read_takes_no_memory() {
        let mut inbox = Inbox::default();
        inbox.keep(&[0; 65_536]);
        unread(&mut inbox, b"", |unread| unread.pass(65_530));
        inbox.keep(b"");
        assert!(inbox.kept.capacity() <= 64, "{}", inbox.kept.capacity());
        unread(&mut inbox, b"", |unread| unread.pass(6));
        inbox.keep(b"");
        assert_eq!(inbox.kept.capacity(), 0);
    }

    #[test]
    fn many_small_inputs_are_kept_in_one_run_that_grows_by_halves() {
        let mut inbox = Inbox::default();
        let mut moves = 0;
        for _ in 0..100_000 {
            let before = inbox.kept.capacity();
            inbox.keep(b"x");
            moves += usize::from(inbox.kept.capacity() != before);
        }
        assert!(moves < 30, "{moves}");
    }

    #[test]
    fn what_is_lent_is_shown_without_its_bytes() {
        let mut inbox = Inbox::default();
        let shown = std::format!("{:?}", inbox.lend(b"abc", &mut |_| {}));
        assert_eq!(shown, "LentWire { unread: Unread { len: 3, end: None }, peer: ToPeer }");
        assert_eq!(std::string::ToString::to_string(&Nothing::Dry), "no bytes have come yet");
    }

    #[test]
    fn what_is_sent_is_heard_first_and_never_empty() {
        let (mut heard, mut sent) = (Vec::new(), Vec::new());
        let mut send = |bytes: &[u8]| sent.push(bytes.to_vec());
        let mut inbox = Inbox::default();
        let mut wire = inbox.lend(b"abc", &mut send);
        wire.unread.pass(1);
        wire.overheard(&mut |bytes| heard.push(bytes.to_vec()), |wire| {
            assert_eq!(wire.unread.take(9), Ok(&b"bc"[..]));
            wire.peer.send(b"x");
            wire.peer.send(b"");
        });
        wire.peer.send(b"y");
        assert!(wire.unread.is_empty());
        assert_eq!(heard, [b"x"]);
        assert_eq!(sent, [b"x", b"y"]);
    }

    /// What a reader does in one call.
    #[derive(Clone, Debug)]
    enum Read {
        Take(usize),
        Peek(usize),
        Pass(usize),
        Whole(usize),
    }

    fn reads() -> impl Strategy<Value = Vec<Read>> {
        let one = prop_oneof![
            (1..40_usize).prop_map(Read::Take),
            (0..40_usize).prop_map(Read::Peek),
            (0..40_usize).prop_map(Read::Pass),
            (0..40_usize).prop_map(Read::Whole)
        ];
        prop::collection::vec(one, 0..6)
    }

    proptest! {
        #[test]
        fn nothing_is_lost_across_any_cut(inputs in prop::collection::vec((0..60_usize, reads()), 0..40)) {
            let total: usize = inputs.iter().map(|(len, _)| len).sum();
            let stream: Vec<u8> = (0..total).map(|n| n as u8).collect();
            let (mut inbox, mut read, mut came) = (Inbox::default(), 0, 0);
            for (len, calls) in inputs {
                let fresh = &stream[came..came + len];
                came += len;
                for call in calls {
                    unread(&mut inbox, fresh, |unread| {
                        assert_eq!(unread.len(), came - read);
                        match call {
                            Read::Take(most) => match unread.take(most) {
                                Ok(got) => {
                                    assert!(!got.is_empty() && got.len() <= most);
                                    assert_eq!(got, &stream[read..read + got.len()]);
                                    read += got.len();
                                }
                                Err(nothing) => assert_eq!((nothing, read), (Nothing::Dry, came)),
                            },
                            Read::Peek(len) => match unread.peek(len) {
                                Ok(got) => assert_eq!(got, &stream[read..read + len]),
                                Err(nothing) => assert!(nothing == Nothing::Dry && read + len > came),
                            },
                            Read::Whole(len) => match unread.take_whole(len) {
                                Ok(got) => {
                                    assert_eq!(got, &stream[read..read + len]);
                                    read += len;
                                }
                                Err(nothing) => assert!(nothing == Nothing::Dry && read + len > came),
                            },
                            Read::Pass(len) => {
                                unread.pass(len);
                                read = came.min(read + len);
                            }
                        }
                    });
                }
                inbox.keep(fresh);
            }
            let rest = unread(&mut inbox, &[], |unread| unread.peek(total - read).map(<[u8]>::to_vec));
            prop_assert_eq!(rest, Ok(stream[read..].to_vec()));
        }
    }

    #[test]
    fn an_engine_reads_where_the_host_has_the_bytes() {
        let mut talk = crate::scripted::Talk::new(crate::scripted::plan());
        let bytes = *b"Hdata";
        talk.feed(crate::io::Input::Wire(&bytes));
        assert_eq!(talk.places(), [bytes[1..].as_ptr().addr()]);
    }
}
