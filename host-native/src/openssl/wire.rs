//! The peer's stream as two byte runs, between the host and OpenSSL.
//!
//! ```text
//!   host --put--> [ input run ] --take--> BIO --> SSL
//!   host <-lend-- [ output run ] <-write- BIO <-- SSL
//! ```
//!
//! It also knows what only the place of the wire can know: whether a read found nothing ([`Wire::starved`]), and
//! whether anything of the peer was looked at.
use s_server_core::io::WireEnd;
use s_server_core::throttle::Throttle;

/// Both directions of one connection.
#[derive(Default)]
pub struct Wire {
    input: Vec<u8>,
    /// How much of `input` is read.
    taken: usize,
    output: Vec<u8>,
    end: Option<WireEnd>,
    starved: bool,
    seen: bool,
    throttle: Option<Throttle>,
}

/// Why a read brought nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nothing {
    /// The input run is empty; the peer may send more.
    Dry,
    /// The throttle refused.
    Refused,
    /// The peer's stream ended.
    Ended(WireEnd),
}

impl Wire {
    /// An empty wire, with the throttle of `-nbio_test` when there is a seed for it.
    pub fn new(throttle: Option<u64>) -> Self {
        Self { throttle: throttle.map(Throttle::new), ..Self::default() }
    }

    /// Appends what the peer sent.
    pub fn put(&mut self, bytes: &[u8]) {
        if self.taken * 2 >= self.input.len() {
            self.input.drain(..self.taken);
            self.taken = 0;
        }
        self.input.extend_from_slice(bytes);
    }

    /// The peer's stream ends after what was put.
    pub fn put_end(&mut self, end: WireEnd) {
        self.end = Some(end);
    }

    /// Lends everything that is to be sent, and forgets it.
    pub fn lend(&mut self, to: &mut dyn FnMut(&[u8])) {
        if !self.output.is_empty() {
            to(&self.output);
            self.output.clear();
        }
    }

    /// Appends what is to be sent, past the throttle.
    pub fn send(&mut self, bytes: &[u8]) {
        self.output.extend_from_slice(bytes);
    }

    /// A call into OpenSSL begins.
    pub fn begin(&mut self) {
        self.starved = false;
    }

    /// Since [`Wire::begin`], a read found the input run empty and the stream not ended.
    pub fn starved(&self) -> bool {
        self.starved
    }

    /// A byte of the peer, or the end of its stream, was read.
    pub fn seen(&self) -> bool {
        self.seen
    }

    /// How the stream ended, once everything before the end is read.
    pub fn ended(&self) -> Option<WireEnd> {
        self.end.filter(|_| self.taken == self.input.len())
    }

    /// Takes at most `most` bytes of the peer, `most` not being 0.
    pub fn take(&mut self, most: usize) -> Result<&[u8], Nothing> {
        let wanted = self.throttle.as_mut().map_or(most, |throttle| throttle.allow(most));
        if wanted == 0 {
            return Err(Nothing::Refused);
        }
        let from = self.taken;
        self.taken = self.input.len().min(from + wanted);
        if from < self.taken {
            self.seen = true;
            return Ok(&self.input[from..self.taken]);
        }
        self.starved |= self.end.is_none();
        self.seen |= self.end.is_some();
        Err(self.end.map_or(Nothing::Dry, Nothing::Ended))
    }

    /// Takes bytes for the peer; `None` when the throttle refuses.
    pub fn write(&mut self, bytes: &[u8]) -> Option<usize> {
        let len = match &mut self.throttle {
            Some(throttle) => throttle.allow(bytes.len()),
            None => bytes.len(),
        };
        self.output.extend_from_slice(&bytes[..len]);
        (len > 0 || bytes.is_empty()).then_some(len)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(wire: &mut Wire, most: usize) -> Result<Vec<u8>, Nothing> {
        wire.take(most).map(<[u8]>::to_vec)
    }

    #[test]
    fn reads_keep_the_order_over_any_pieces() {
        let mut wire = Wire::new(None);
        wire.put(b"abc");
        assert_eq!(read(&mut wire, 2), Ok(b"ab".to_vec()));
        wire.put(b"def");
        assert_eq!(read(&mut wire, 5), Ok(b"cdef".to_vec()));
        assert_eq!(read(&mut wire, 5), Err(Nothing::Dry));
    }

    #[test]
    fn starved_tells_of_the_current_call_alone() {
        let mut wire = Wire::new(None);
        assert_eq!(read(&mut wire, 5), Err(Nothing::Dry));
        assert!(wire.starved());
        wire.begin();
        wire.put(b"a");
        assert_eq!(read(&mut wire, 5), Ok(b"a".to_vec()));
        assert!(!wire.starved());
    }

    #[test]
    fn the_end_comes_after_the_bytes_and_is_not_starvation() {
        let mut wire = Wire::new(None);
        wire.put(b"a");
        wire.put_end(WireEnd::Closed);
        assert_eq!(wire.ended(), None);
        assert!(!wire.seen());
        assert_eq!(read(&mut wire, 5), Ok(b"a".to_vec()));
        assert_eq!(wire.ended(), Some(WireEnd::Closed));
        assert_eq!(read(&mut wire, 5), Err(Nothing::Ended(WireEnd::Closed)));
        assert!(!wire.starved());
    }

    #[test]
    fn output_is_lent_once() {
        let mut wire = Wire::new(None);
        assert_eq!(wire.write(b"ab"), Some(2));
        wire.send(b"c");
        let mut sent = Vec::new();
        wire.lend(&mut |bytes| sent.push(bytes.to_vec()));
        wire.lend(&mut |bytes| sent.push(bytes.to_vec()));
        assert_eq!(sent, [b"abc".to_vec()]);
    }

    #[test]
    fn the_throttle_cuts_and_refuses_but_loses_nothing() {
        let mut wire = Wire::new(Some(1));
        let data: Vec<u8> = (0..=255).collect();
        wire.put(&data);
        let (mut got, mut refused, mut longest) = (Vec::new(), 0, 0);
        while got.len() < data.len() {
            match read(&mut wire, 100) {
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
    }
}
