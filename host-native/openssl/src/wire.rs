//! What a session knows of its wire beside the bytes, which are lent to it for one call at a time.
//!
//! Whether a read found nothing ([`Watch::starved`]) and whether anything of the peer was looked at can be known only at
//! the place where OpenSSL reads; there `-nbio_test` cuts reads and writes, too, and `-debug` tells of them.
use std::sync::Arc;

use s_server_core::engine::{Event, Transfer};
use s_server_core::io::WireEnd;
use s_server_core::lent::{self, LentWire};
use s_server_core::throttle::Throttle;

use super::link::Link;
use super::log::Log;

/// Between OpenSSL and the wire that is lent, if one is.
#[derive(Default)]
pub struct Watch {
    starved: bool,
    seen: bool,
    throttle: Option<Throttle>,
    /// `None`: the peer has a stream.
    link: Option<Link>,
    told: Option<Told>,
    /// What was sent and has to leave once OpenSSL is done. `None`: it leaves at once.
    held: Option<Vec<Vec<u8>>>,
}

/// Where reads and writes are told.
struct Told {
    log: Arc<Log>,
    /// Reads that find nothing are told, too.
    vain: bool,
    /// Something was told since [`Watch::begin`].
    begun: bool,
}

/// Why a read brought nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nothing {
    /// No wire is lent.
    NotLent,
    /// Everything is read; the peer may send more.
    Dry,
    /// The throttle refused.
    Refused,
    /// The peer's stream ended.
    Ended(WireEnd),
}

impl Watch {
    /// Nothing was seen yet; with the throttle of `-nbio_test` when there is a seed for it.
    pub fn new(throttle: Option<u64>) -> Self {
        Self { throttle: throttle.map(Throttle::new), ..Self::default() }
    }

    /// Tells `log` of each read and write. `vain`: also of one that finds nothing, as where a socket does not block.
    pub fn tell(&mut self, log: Arc<Log>, vain: bool) {
        self.told = Some(Told { log, vain, begun: false });
    }

    /// What is sent waits for [`Watch::release`]: a job of OpenSSL (`-async`) has a stack of 32 KiB without a guard, and what the
    /// host does with bytes is not to be done there.
    pub fn hold(&mut self) {
        self.held = Some(Vec::new());
    }

    /// What was sent leaves.
    pub fn release(&mut self, wire: &mut LentWire<'_>) {
        for piece in self.held.iter_mut().flat_map(|held| held.drain(..)) {
            wire.peer.send(&piece);
        }
    }

    /// The same for datagrams that go over that link.
    #[must_use]
    pub fn over(self, link: Link) -> Self {
        Self { link: Some(link), ..self }
    }

    /// What is known of the link that datagrams go over.
    pub fn link(&mut self) -> Option<&mut Link> {
        self.link.as_mut()
    }

    /// A call into OpenSSL begins.
    pub fn begin(&mut self) {
        self.starved = false;
        if let Some(told) = &mut self.told {
            told.begun = false;
        }
    }

    /// Since [`Watch::begin`], a read found everything read and the stream not ended.
    pub fn starved(&self) -> bool {
        self.starved
    }

    /// A byte of the peer, or the end of its stream, was read.
    pub fn seen(&self) -> bool {
        self.seen
    }

    /// Takes at most `most` bytes of the peer, `most` not being 0.
    pub fn take<'a>(&mut self, lent: Option<&'a mut LentWire<'_>>, most: usize) -> Result<&'a [u8], Nothing> {
        let taken = self.read(lent, most);
        if let Some(told) = &mut self.told {
            told.read(most, taken);
        }
        taken
    }

    fn read<'a>(&mut self, lent: Option<&'a mut LentWire<'_>>, most: usize) -> Result<&'a [u8], Nothing> {
        let lent = lent.ok_or(Nothing::NotLent)?;
        let wanted = self.allow(most);
        if wanted == 0 {
            return Err(Nothing::Refused);
        }
        let taken = lent.unread.take(wanted);
        self.seen |= taken != Err(lent::Nothing::Dry);
        self.starved |= taken == Err(lent::Nothing::Dry);
        taken.map_err(|nothing| match nothing {
            lent::Nothing::Dry => Nothing::Dry,
            lent::Nothing::Ended(end) => Nothing::Ended(end),
        })
    }

    /// Sends bytes to the peer, and says how many; `None` when the throttle refuses, or no wire is lent.
    pub fn write(&mut self, lent: Option<&mut LentWire<'_>>, bytes: &[u8]) -> Option<usize> {
        let lent = lent?;
        let len = self.allow(bytes.len());
        if let Some(told) = &mut self.told {
            told.write(bytes, len);
        }
        match &mut self.held {
            Some(held) => held.push(bytes[..len].to_vec()),
            None => lent.peer.send(&bytes[..len]),
        }
        (len > 0 || bytes.is_empty()).then_some(len)
    }

    /// What the throttle leaves of it; of a datagram all or nothing.
    fn allow(&mut self, len: usize) -> usize {
        match self.throttle.as_mut().map(|throttle| throttle.allow(len)) {
            None => len,
            Some(1..) if self.link.is_some() => len,
            Some(allowed) => allowed,
        }
    }

    /// Sends bytes past OpenSSL, and past the throttle.
    pub fn clear_text(&mut self, wire: &mut LentWire<'_>, bytes: &[u8]) {
        if let Some(told) = &mut self.told {
            told.write(bytes, bytes.len());
        }
        wire.peer.send(bytes);
    }
}

impl Told {
    /// The original waits until there is something to read before it calls OpenSSL: a call of ours that begins with a
    /// read in vain is none of the original's.
    fn read(&mut self, wanted: usize, taken: Result<&[u8], Nothing>) {
        let passed = match taken {
            Ok(bytes) => Ok(bytes.to_vec()),
            Err(Nothing::Ended(WireEnd::Closed | WireEnd::Restarted)) => Err(0),
            Err(Nothing::Ended(WireEnd::Failed(_))) => Err(-1),
            Err(Nothing::Dry) if self.vain && self.begun => Err(-1),
            Err(Nothing::Refused) => Err(-1),
            Err(Nothing::Dry | Nothing::NotLent) => return,
        };
        self.push(Transfer { sent: false, wanted, passed });
    }

    fn write(&mut self, bytes: &[u8], taken: usize) {
        let passed = if taken > 0 { Ok(bytes[..taken].to_vec()) } else { Err(-1) };
        self.push(Transfer { sent: true, wanted: bytes.len(), passed });
    }

    fn push(&mut self, transfer: Transfer) {
        self.begun = true;
        self.log.push(Event::Transfer(transfer));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use s_server_core::lent::Inbox;

    fn read(watch: &mut Watch, inbox: &mut Inbox, most: usize) -> Result<Vec<u8>, Nothing> {
        watch.take(Some(&mut inbox.lend(&[], &mut |_| {})), most).map(<[u8]>::to_vec)
    }

    #[test]
    fn starved_tells_of_the_current_call_alone() {
        let (mut watch, mut inbox) = (Watch::new(None), Inbox::default());
        assert_eq!(read(&mut watch, &mut inbox, 5), Err(Nothing::Dry));
        assert!(watch.starved() && !watch.seen());
        watch.begin();
        inbox.keep(b"a");
        assert_eq!(read(&mut watch, &mut inbox, 5), Ok(b"a".to_vec()));
        assert!(!watch.starved() && watch.seen());
    }

    #[test]
    fn the_end_is_seen_and_is_not_starvation() {
        let (mut watch, mut inbox) = (Watch::new(None), Inbox::default());
        inbox.end(WireEnd::Closed);
        assert_eq!(read(&mut watch, &mut inbox, 5), Err(Nothing::Ended(WireEnd::Closed)));
        assert!(!watch.starved() && watch.seen());
    }

    #[test]
    fn without_a_wire_nothing_is_seen_and_nothing_leaves() {
        let mut watch = Watch::new(None);
        assert_eq!(watch.take(None, 5), Err(Nothing::NotLent));
        assert_eq!(watch.write(None, b"x"), None);
        assert!(!watch.starved() && !watch.seen());
    }

    #[test]
    fn the_throttle_cuts_and_refuses_but_loses_nothing() {
        let (mut watch, mut inbox) = (Watch::new(Some(1)), Inbox::default());
        let data: Vec<u8> = (0..=255).collect();
        inbox.keep(&data);
        let (mut got, mut refused, mut longest) = (Vec::new(), 0, 0);
        while got.len() < data.len() {
            match read(&mut watch, &mut inbox, 100) {
                Ok(piece) => {
                    longest = longest.max(piece.len());
                    got.extend(piece);
                }
                Err(nothing) => {
                    assert_eq!(nothing, Nothing::Refused);
                    refused += 1;
                }
            }
        }
        assert_eq!(got, data);
        assert_eq!(longest, 7);
        assert!(refused > 0);
        let (mut sent, mut rest) = (Vec::new(), data.as_slice());
        while !rest.is_empty() {
            let mut send = |bytes: &[u8]| sent.extend_from_slice(bytes);
            let taken = watch.write(Some(&mut inbox.lend(&[], &mut send)), rest).unwrap_or_default();
            assert!(taken <= 7);
            rest = &rest[taken..];
        }
        assert_eq!(sent, data);
    }
}
