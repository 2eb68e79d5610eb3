//! The peers of one socket for datagrams, by their addresses.
//!
//! ```text
//!                                     +-- Route::Peer(id) ----> Input::Datagram of that peer's connection
//!   datagram, Path --> Endpoint::route +-- Route::Begins ------> the engine's Gate, if it has one --> Endpoint::admit
//!                                     +-- Route::Nothing -----> forgotten
//! ```
//!
//! What the datagrams say is for the engine: [`TlsContext::opening`](crate::engine::TlsContext::opening) tells whether a
//! session begins with one. Nothing is kept about an address before it is admitted.
use alloc::collections::BTreeMap;
use core::fmt;
use core::net::{IpAddr, SocketAddr};

/// The most peers that an endpoint has; the one that was silent for the longest time makes room for the next.
pub const PEER_LIMIT: usize = 16_384;

/// Between which addresses datagrams go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Path {
    /// The peer's address.
    pub peer: SocketAddr,
    /// Our address, which the peer asked; `None`: the host does not know. Answers leave from there.
    pub local: Option<IpAddr>,
}

/// What tells one beginning of a session from another: the same for a datagram that is sent again. For DTLS the random of the
/// ClientHello (RFC 6347 section 4.2.1).
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Opening(pub [u8; 32]);

/// Its first bytes: enough to tell them apart.
impl fmt::Debug for Opening {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c, d, ..] = self.0;
        write!(f, "Opening({a:02x}{b:02x}{c:02x}{d:02x}..)")
    }
}

/// Where a datagram goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Route {
    /// To that peer.
    Peer(u64),
    /// A session begins with it. Once it may, [`Endpoint::admit`] gives it a place.
    Begins,
    /// Nowhere.
    Nothing,
}

/// Who got a place, and for whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Admitted {
    /// The new peer.
    pub id: u64,
    /// The peer that is over because of it: it had the same addresses, or was silent for the longest time of too many.
    pub gone: Option<Gone>,
}

/// A peer that lost its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gone {
    /// It began anew.
    Restarted(u64),
    /// It made room.
    Silent(u64),
}

/// See the module.
#[derive(Debug)]
pub struct Endpoint {
    peers: BTreeMap<Path, Peer>,
    /// Who was heard when, by the count of datagrams.
    heard: BTreeMap<u64, Path>,
    paths: BTreeMap<u64, Path>,
    /// Datagrams so far.
    count: u64,
    next_id: u64,
    limit: usize,
}

#[derive(Debug)]
struct Peer {
    id: u64,
    opening: Opening,
    heard: u64,
}

impl Default for Endpoint {
    fn default() -> Self {
        Self::new(PEER_LIMIT)
    }
}

impl Endpoint {
    /// No peers, and at most so many later, at least one.
    pub fn new(limit: usize) -> Self {
        Self {
            peers: BTreeMap::new(),
            heard: BTreeMap::new(),
            paths: BTreeMap::new(),
            count: 0,
            next_id: 0,
            limit: limit.max(1),
        }
    }

    /// Where a datagram goes that came by `path`. `opening`: what tells the session apart that begins with it, if one does.
    pub fn route(&mut self, path: Path, opening: Option<Opening>) -> Route {
        let count = self.count;
        match (self.peers.get_mut(&path), opening) {
            (Some(peer), opening) if opening.is_none_or(|opening| opening == peer.opening) => {
                self.heard.remove(&peer.heard);
                peer.heard = count;
                self.heard.insert(count, path);
                self.count += 1;
                Route::Peer(peer.id)
            }
            (_, Some(_)) => Route::Begins,
            (_, None) => Route::Nothing,
        }
    }

    /// Gives a peer its place, for as long as nobody [forgets](Self::forget) it.
    pub fn admit(&mut self, path: Path, opening: Opening) -> Admitted {
        let gone = match self.peers.get(&path) {
            Some(peer) => Some(Gone::Restarted(peer.id)),
            None if self.peers.len() >= self.limit => {
                let silent = self.heard.first_key_value().and_then(|(_, path)| self.peers.get(path));
                silent.map(|peer| Gone::Silent(peer.id))
            }
            None => None,
        };
        if let Some(Gone::Restarted(id) | Gone::Silent(id)) = gone {
            self.forget(id);
        }
        let (id, heard) = (self.next_id, self.count);
        self.next_id += 1;
        self.count += 1;
        self.peers.insert(path, Peer { id, opening, heard });
        self.heard.insert(heard, path);
        self.paths.insert(id, path);
        Admitted { id, gone }
    }

    /// The peer is over: its place is free. Nothing happens where it is not known.
    pub fn forget(&mut self, id: u64) {
        let peer = self.paths.remove(&id).and_then(|path| self.peers.remove(&path));
        if let Some(peer) = peer {
            self.heard.remove(&peer.heard);
        }
    }

    /// Between which addresses a peer's datagrams go.
    pub fn path(&self, id: u64) -> Option<Path> {
        self.paths.get(&id).copied()
    }

    /// How many peers there are.
    pub fn len(&self) -> usize {
        self.peers.len()
    }

    /// There is no peer.
    pub fn is_empty(&self) -> bool {
        self.peers.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(port: u16) -> Path {
        Path { peer: SocketAddr::new([127, 0, 0, 1].into(), port), local: Some([127, 0, 0, 1].into()) }
    }

    fn opening(byte: u8) -> Option<Opening> {
        Some(Opening([byte; 32]))
    }

    fn admit(endpoint: &mut Endpoint, port: u16, byte: u8) -> Admitted {
        endpoint.admit(path(port), Opening([byte; 32]))
    }

    #[test]
    fn nobody_is_known_who_was_not_admitted() {
        let mut endpoint = Endpoint::default();
        assert_eq!(endpoint.route(path(1), None), Route::Nothing);
        assert_eq!(endpoint.route(path(1), opening(1)), Route::Begins);
        assert_eq!(endpoint.route(path(1), None), Route::Nothing);
        assert!(endpoint.is_empty());
    }

    #[test]
    fn a_peer_is_known_by_both_addresses() {
        let mut endpoint = Endpoint::default();
        let one = admit(&mut endpoint, 1, 1);
        let other = admit(&mut endpoint, 2, 1);
        assert_eq!((one.gone, other.gone), (None, None));
        assert_eq!(endpoint.route(path(1), None), Route::Peer(one.id));
        assert_eq!(endpoint.route(path(2), None), Route::Peer(other.id));
        let elsewhere = Path { local: Some([127, 0, 0, 2].into()), ..path(1) };
        assert_eq!(endpoint.route(elsewhere, None), Route::Nothing);
        assert_eq!((endpoint.path(one.id), endpoint.len()), (Some(path(1)), 2));
    }

    #[test]
    fn an_opening_that_is_sent_again_belongs_to_its_session_and_another_one_begins_anew() {
        let mut endpoint = Endpoint::default();
        let first = admit(&mut endpoint, 1, 1);
        assert_eq!(endpoint.route(path(1), opening(1)), Route::Peer(first.id));
        assert_eq!(endpoint.route(path(1), opening(2)), Route::Begins);
        // Until it is admitted, the first has its place.
        assert_eq!(endpoint.route(path(1), None), Route::Peer(first.id));
        let second = admit(&mut endpoint, 1, 2);
        assert_eq!(second.gone, Some(Gone::Restarted(first.id)));
        assert_eq!(endpoint.route(path(1), None), Route::Peer(second.id));
        assert_eq!(endpoint.len(), 1);
        endpoint.forget(first.id);
        assert_eq!(endpoint.route(path(1), None), Route::Peer(second.id));
    }

    #[test]
    fn a_place_that_is_given_back_is_free() {
        let mut endpoint = Endpoint::default();
        let peer = admit(&mut endpoint, 1, 1);
        endpoint.forget(peer.id);
        endpoint.forget(peer.id);
        assert_eq!(endpoint.route(path(1), None), Route::Nothing);
        assert_eq!((endpoint.path(peer.id), endpoint.is_empty()), (None, true));
        assert!(endpoint.heard.is_empty() && endpoint.paths.is_empty());
    }

    #[test]
    fn who_is_silent_for_longest_makes_room() {
        let mut endpoint = Endpoint::new(3);
        let ids: alloc::vec::Vec<u64> = (1..=3).map(|port| admit(&mut endpoint, port, 1).id).collect();
        assert_eq!(endpoint.route(path(1), None), Route::Peer(ids[0]));
        assert_eq!(admit(&mut endpoint, 4, 1).gone, Some(Gone::Silent(ids[1])));
        assert_eq!(admit(&mut endpoint, 5, 1).gone, Some(Gone::Silent(ids[2])));
        assert_eq!(admit(&mut endpoint, 6, 1).gone, Some(Gone::Silent(ids[0])));
        assert_eq!((endpoint.len(), endpoint.heard.len(), endpoint.paths.len()), (3, 3, 3));
    }
}
