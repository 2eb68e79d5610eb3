//! Datagrams that came for a peer and were not read yet, apart from each other, in one run of bytes.
//!
//! A queue that is empty keeps no memory: it goes to those that are spare, for the next peer.

/// The most datagrams in a queue.
const MOST: usize = 16;
/// The most bytes in a queue of more than one datagram.
const MOST_BYTES: usize = 64 * 1024;
/// Bytes of the length before each datagram.
const LENGTH: usize = 4;
/// So many runs are kept spare, each of at most [`SPARE_BYTES`].
const SPARE: usize = 64;
const SPARE_BYTES: usize = 32 * 1024;

/// See the module.
#[derive(Debug, Default)]
pub struct Queue {
    bytes: Vec<u8>,
    read: usize,
    count: usize,
}

/// Memory of queues that were emptied.
#[derive(Debug, Default)]
pub struct Spare(Vec<Vec<u8>>);

impl Queue {
    /// Nothing is in it.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Another one fits.
    pub fn has_room_for(&self, datagram: &[u8]) -> bool {
        self.is_empty() || self.count < MOST && self.bytes.len() - self.read + datagram.len() <= MOST_BYTES
    }

    /// Adds a datagram.
    pub fn put(&mut self, datagram: &[u8], spare: &mut Spare) {
        if self.is_empty() {
            self.bytes = spare.0.pop().unwrap_or_default();
        } else if self.read > MOST_BYTES {
            self.bytes.drain(..std::mem::take(&mut self.read));
        }
        let length = u32::try_from(datagram.len()).expect("a datagram is shorter");
        self.bytes.extend_from_slice(&length.to_le_bytes());
        self.bytes.extend_from_slice(datagram);
        self.count += 1;
    }

    /// Takes the first datagram, and says how long it is; what has no room in `to` is lost.
    pub fn take(&mut self, to: &mut [u8], spare: &mut Spare) -> Option<usize> {
        let (length, rest) = self.bytes.get(self.read..)?.split_first_chunk::<LENGTH>()?;
        let length = u32::from_le_bytes(*length) as usize;
        let taken = length.min(to.len());
        to[..taken].copy_from_slice(&rest[..taken]);
        self.read += LENGTH + length;
        self.count -= 1;
        if self.is_empty() {
            self.clear(spare);
        }
        Some(taken)
    }

    /// Empties it.
    pub fn clear(&mut self, spare: &mut Spare) {
        let mut bytes = std::mem::take(self).bytes;
        if (1..=SPARE_BYTES).contains(&bytes.capacity()) && spare.0.len() < SPARE {
            bytes.clear();
            spare.0.push(bytes);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn take(queue: &mut Queue, spare: &mut Spare) -> Option<Vec<u8>> {
        let mut to = [0; 8];
        queue.take(&mut to, spare).map(|length| to[..length].to_vec())
    }

    #[test]
    fn datagrams_stay_apart_and_what_is_too_long_is_cut() {
        let (mut queue, mut spare) = (Queue::default(), Spare::default());
        queue.put(b"abc", &mut spare);
        queue.put(b"0123456789", &mut spare);
        assert_eq!(take(&mut queue, &mut spare), Some(b"abc".into()));
        queue.put(b"d", &mut spare);
        assert_eq!(take(&mut queue, &mut spare), Some(b"01234567".into()));
        assert_eq!(take(&mut queue, &mut spare), Some(b"d".into()));
        assert_eq!(take(&mut queue, &mut spare), None);
    }

    #[test]
    fn the_room_is_bounded_in_datagrams_and_in_bytes() {
        let (mut queue, mut spare) = (Queue::default(), Spare::default());
        for _ in 0..MOST {
            assert!(queue.has_room_for(b"x"));
            queue.put(b"x", &mut spare);
        }
        assert!(!queue.has_room_for(b"x"));
        take(&mut queue, &mut spare);
        assert!(queue.has_room_for(b"x"));

        let mut queue = Queue::default();
        let half = vec![0; MOST_BYTES / 2];
        queue.put(&half, &mut spare);
        assert!(queue.has_room_for(&half[..half.len() - LENGTH]) && !queue.has_room_for(&half));
        let mut queue = Queue::default();
        assert!(queue.has_room_for(&[0; MOST_BYTES + 1]), "one always does");
        queue.put(b"x", &mut spare);
    }

    #[test]
    fn a_queue_that_is_never_empty_does_not_grow() {
        let (mut queue, mut spare) = (Queue::default(), Spare::default());
        queue.put(&[0; 1_000], &mut spare);
        for _ in 0..10_000 {
            queue.put(&[0; 1_000], &mut spare);
            take(&mut queue, &mut spare);
        }
        assert!(queue.bytes.capacity() < 4 * MOST_BYTES, "{}", queue.bytes.capacity());
    }

    #[test]
    fn an_empty_queue_keeps_no_memory_and_the_next_one_uses_it() {
        let (mut queue, mut spare) = (Queue::default(), Spare::default());
        queue.put(&[0; 1_000], &mut spare);
        let place = queue.bytes.as_ptr();
        take(&mut queue, &mut spare);
        assert_eq!((queue.bytes.capacity(), spare.0.len()), (0, 1));
        let mut other = Queue::default();
        other.put(b"x", &mut spare);
        assert_eq!((other.bytes.as_ptr(), spare.0.len()), (place, 0));
        other.clear(&mut spare);
        queue.put(&[0; SPARE_BYTES], &mut spare);
        queue.clear(&mut spare);
        assert!(spare.0.is_empty(), "much is given back to the system");
    }
}
