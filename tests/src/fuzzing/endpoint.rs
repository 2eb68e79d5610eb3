//! The table of peers beside a plain list, and datagrams of any bytes before there is a session.

use s_server_core::endpoint::{Admitted, Endpoint, Gone, Opening, Path, Route};
use s_server_core::wire::{ClientHello, dtls};

/// A table of peers is what a list of them would be; what begins a session is a datagram that is long enough for it, and
/// the ClientHello in one is as long as it says.
///
/// The first byte is the most peers. Then two bytes are a step: who sends, and what it is.
///
/// # Panics
/// When the claim does not hold.
pub fn endpoint(data: &[u8]) {
    let [limit, rest @ ..] = data else { return };
    first_message(rest);
    let limit = usize::from(limit % 8);
    let mut endpoint = Endpoint::new(limit);
    let mut list = List { peers: Vec::new(), limit: limit.max(1), next: 0 };
    let (steps, _) = rest.as_chunks();
    for &[who, what] in steps {
        let local = (who & 16 != 0).then_some([127, 0, 0, 1].into());
        let path = Path { peer: ([127, 0, 0, 1], u16::from(who % 16)).into(), local };
        if what % 8 == 0 {
            let id = u64::from(what / 8);
            endpoint.forget(id);
            list.forget(id);
        } else {
            step(&mut endpoint, &mut list, path, what);
        }
        assert_eq!(endpoint.len(), list.peers.len());
        assert_eq!(endpoint.is_empty(), list.peers.is_empty());
        assert!(list.peers.iter().all(|peer| endpoint.path(peer.id) == Some(peer.path)));
    }
}

/// A datagram comes, with or without an opening, and a session that may begin does so mostly.
fn step(endpoint: &mut Endpoint, list: &mut List, path: Path, what: u8) {
    let opening = (what % 8 > 2).then_some(Opening([what % 8; 32]));
    let route = endpoint.route(path, opening);
    assert_eq!(route, list.route(path, opening));
    if let (Route::Begins, Some(opening), false) = (route, opening, what > 200) {
        assert_eq!(endpoint.admit(path, opening), list.admit(path, opening));
    }
}

/// The peers, the one that was silent for the longest time first.
struct List {
    peers: Vec<Peer>,
    limit: usize,
    next: u64,
}

struct Peer {
    id: u64,
    path: Path,
    opening: Opening,
}

impl List {
    fn route(&mut self, path: Path, opening: Option<Opening>) -> Route {
        let known = self.peers.iter().position(|peer| peer.path == path);
        match (known, opening) {
            (Some(at), opening) if opening.is_none_or(|opening| opening == self.peers[at].opening) => {
                let peer = self.peers.remove(at);
                let id = peer.id;
                self.peers.push(peer);
                Route::Peer(id)
            }
            (_, Some(_)) => Route::Begins,
            (_, None) => Route::Nothing,
        }
    }

    fn admit(&mut self, path: Path, opening: Opening) -> Admitted {
        let same = self.peers.iter().find(|peer| peer.path == path).map(|peer| Gone::Restarted(peer.id));
        let full = self.peers.len() >= self.limit;
        let gone = same.or_else(|| self.peers.first().filter(|_| full).map(|peer| Gone::Silent(peer.id)));
        if let Some(Gone::Restarted(id) | Gone::Silent(id)) = gone {
            self.forget(id);
        }
        let id = self.next;
        self.next += 1;
        self.peers.push(Peer { id, path, opening });
        Admitted { id, gone }
    }

    fn forget(&mut self, id: u64) {
        self.peers.retain(|peer| peer.id != id);
    }
}

/// What is said of a datagram's first message is in the datagram.
fn first_message(datagram: &[u8]) {
    let opening = dtls::opening(datagram);
    if let Some(Opening(random)) = opening {
        assert!(datagram.windows(32).any(|bytes| bytes == random));
    }
    if let Some(message) = dtls::client_hello(datagram) {
        assert!(opening.is_some() && message.len() < datagram.len());
        if let Ok(hello) = ClientHello::parse(&message) {
            assert_eq!(opening, Some(Opening(*hello.random)));
        }
    }
}
