//! What one call of the system received: several datagrams, of one peer or of many.
use std::fmt;
use std::io::{self, IoSliceMut};
use std::net::IpAddr;

use quinn_udp::{BATCH_SIZE, RecvMeta};
use s_server_core::endpoint::Path;

/// Room for one datagram, or for several of one peer that the system joined: it joins no more than that.
const ROOM: usize = 64 * 1024;

/// So many parts: enough to spare calls where many speak at once, and few to prepare where one does.
const PARTS: usize = if BATCH_SIZE < 8 { BATCH_SIZE } else { 8 };

/// See the module.
pub struct Batch {
    /// A part of [`ROOM`] for each of `about`. Untouched memory is none.
    bytes: Vec<u8>,
    about: Vec<RecvMeta>,
    /// How many parts were received.
    parts: usize,
    /// The present part, and how much of it is done.
    part: usize,
    done: usize,
}

impl Default for Batch {
    fn default() -> Self {
        let about = vec![RecvMeta::default(); PARTS];
        Self { bytes: vec![0; ROOM * PARTS], about, parts: 0, part: 0, done: 0 }
    }
}

/// How much there is.
impl fmt::Debug for Batch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { parts, part, done, .. } = self;
        f.debug_struct("Batch").field("parts", parts).field("part", part).field("done", done).finish_non_exhaustive()
    }
}

impl Batch {
    /// Fills it anew by a call that takes the room for each part, and what is to be known about it.
    pub fn fill(
        &mut self,
        call: impl FnOnce(&mut [IoSliceMut<'_>], &mut [RecvMeta]) -> io::Result<usize>,
    ) -> io::Result<()> {
        let mut rooms = self.bytes.chunks_exact_mut(ROOM);
        let mut rooms: [IoSliceMut<'_>; PARTS] =
            std::array::from_fn(|_| IoSliceMut::new(rooms.next().expect("one for each")));
        (self.parts, self.part, self.done) = (0, 0, 0);
        self.parts = call(&mut rooms, &mut self.about)?;
        self.skip();
        Ok(())
    }

    /// Every part was received, so that there may be more: a system that takes several looks for as many as there is room.
    pub fn is_full(&self) -> bool {
        self.parts == PARTS
    }

    /// The datagram whose turn it is. None is empty.
    pub fn current(&self) -> Option<(Path, &[u8])> {
        let about = self.about[..self.parts].get(self.part)?;
        let part = &self.bytes[ROOM * self.part..][..about.len];
        let end = about.len.min(self.done + about.stride);
        Some((path(about), &part[self.done..end]))
    }

    /// It is done.
    pub fn advance(&mut self) {
        self.done += self.about[self.part].stride;
        self.skip();
    }

    /// Goes to the next part where the present one is done.
    fn skip(&mut self) {
        while self.about[..self.parts].get(self.part).is_some_and(|about| self.done >= about.len) {
            (self.part, self.done) = (self.part + 1, 0);
        }
    }
}

/// A peer who asked everybody is answered from where the system thinks best.
fn path(about: &RecvMeta) -> Path {
    let is_of_many = |ip: &IpAddr| match ip.to_canonical() {
        IpAddr::V4(ip) => ip.is_multicast() || ip.is_broadcast(),
        IpAddr::V6(ip) => ip.is_multicast(),
    };
    Path { peer: about.addr, local: about.dst_ip.filter(|ip| !is_of_many(ip)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(batch: &mut Batch) -> Vec<(u16, Vec<u8>)> {
        std::iter::from_fn(|| {
            let (path, datagram) = batch.current()?;
            let datagram = (path.peer.port(), datagram.to_vec());
            batch.advance();
            Some(datagram)
        })
        .collect()
    }

    #[test]
    fn what_the_system_joined_is_taken_apart_and_what_is_empty_is_left_out() {
        let mut batch = Batch::default();
        assert!(batch.current().is_none());
        let parts: [(u16, &[u8], usize); 4] = [(1, b"aabbc", 2), (2, b"", 0), (3, b"dd", 2), (4, b"", 0)];
        let parts = &parts[..PARTS.min(4)];
        let fill = |rooms: &mut [IoSliceMut<'_>], about: &mut [RecvMeta]| {
            for ((room, about), (port, bytes, stride)) in rooms.iter_mut().zip(about).zip(parts) {
                room[..bytes.len()].copy_from_slice(bytes);
                about.addr = ([127, 0, 0, 1], *port).into();
                (about.len, about.stride) = (bytes.len(), *stride);
            }
            Ok(parts.len())
        };
        batch.fill(fill).unwrap();
        let mut expected = vec![(1, b"aa".to_vec()), (1, b"bb".to_vec()), (1, b"c".to_vec())];
        if parts.len() == 4 {
            expected.push((3, b"dd".to_vec()));
        }
        assert_eq!(all(&mut batch), expected);
        batch.fill(|_, _| Err(io::ErrorKind::WouldBlock.into())).unwrap_err();
        assert!(batch.current().is_none());
    }

    #[test]
    fn whoever_asked_everybody_is_answered_from_anywhere() {
        let local = |ip: &str| {
            let mut about = RecvMeta::default();
            about.dst_ip = Some(ip.parse().unwrap());
            path(&about).local.map(|ip| ip.to_string())
        };
        for ip in ["127.0.0.2", "::1", "::ffff:127.0.0.1"] {
            assert_eq!(local(ip).as_deref(), Some(ip));
        }
        for ip in ["255.255.255.255", "224.0.0.1", "ff02::1", "::ffff:224.0.0.1"] {
            assert_eq!(local(ip), None, "{ip}");
        }
    }
}
