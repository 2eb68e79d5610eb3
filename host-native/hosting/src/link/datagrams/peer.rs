//! One peer of the socket, as its worker has it.
use std::fmt;
use std::io;
use std::sync::{Arc, Mutex};

use s_server_core::endpoint::Path;
use s_server_core::io::Input;

use super::{Inlet, Shared, lock};
use crate::link::sockets::Sockets;
use crate::link::{Event, Received, Wire};

/// A peer's datagrams: one read brings one, and one piece that is sent is one.
pub struct Peer {
    shared: Arc<Mutex<Shared>>,
    /// Its number in the endpoint, and between which addresses it speaks; `None`: it is nobody.
    at: Option<(u64, Path)>,
    /// We are done with it.
    left: bool,
}

impl fmt::Debug for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Peer").field("at", &self.at).field("left", &self.left).finish_non_exhaustive()
    }
}

impl Peer {
    /// The peer that has this place.
    pub(super) fn at(shared: Arc<Mutex<Shared>>, id: u64, path: Path) -> Self {
        Self { shared, at: Some((id, path)), left: false }
    }

    /// What is sent there is lost, and nothing ever comes.
    pub(super) fn nobody(shared: Arc<Mutex<Shared>>) -> Self {
        Self { shared, at: None, left: false }
    }

    /// Does something with what came for it.
    fn on_inlet<T>(&self, what: impl FnOnce(&mut Inlet, &mut super::Spare) -> T) -> Option<T> {
        let (id, _) = self.at?;
        let Shared { inlets, spare, .. } = &mut *lock(&self.shared);
        inlets.get_mut(&id).map(|inlet| what(inlet, spare))
    }
}

impl Wire for Peer {
    type Poll = Sockets;
    const TOGETHER: usize = 0;

    fn input(bytes: &[u8]) -> Input<'_> {
        Input::Datagram(bytes)
    }

    fn register(&mut self, _: &Sockets, id: u64) -> io::Result<()> {
        self.on_inlet(|inlet, _| inlet.name = Some(id));
        Ok(())
    }

    /// What came is found where it is.
    fn on_event(&mut self, _: &Event) {}

    fn is_readable(&self) -> bool {
        self.on_inlet(|inlet, _| !inlet.queue.is_empty() || inlet.end.is_some()).unwrap_or(false)
    }

    fn read(&mut self, to: &mut [u8]) -> Received {
        let received = self.on_inlet(|inlet, spare| {
            inlet.reads = true;
            match inlet.queue.take(to, spare) {
                Some(length) => Received::Bytes(length),
                None => inlet.end.take().map_or(Received::Nothing, Received::End),
            }
        });
        received.unwrap_or(Received::Nothing)
    }

    /// What came stays where it is.
    fn read_ahead(&mut self, _: &mut [u8]) -> Received {
        Received::Nothing
    }

    fn send(&mut self, bytes: &[u8]) {
        if let Some((_, path)) = self.at {
            lock(&self.shared).socket.send(path, bytes);
        }
    }

    /// What could not be sent waits at the socket that all share.
    fn flush(&mut self) -> usize {
        0
    }

    fn pending(&self) -> usize {
        0
    }

    /// There are no sides: its place is free, and what still comes is nothing.
    fn half_close(&mut self) {
        if let Some((id, _)) = self.at.filter(|_| !self.left) {
            lock(&self.shared).forget(id);
        }
        self.left = true;
    }

    fn has_ended(&self) -> bool {
        self.left
    }

    fn is_gone(&self) -> bool {
        self.on_inlet(|inlet, _| inlet.end.is_some()).unwrap_or(false)
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        self.half_close();
    }
}
