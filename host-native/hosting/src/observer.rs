//! Whoever wants to know what happens to the clients of a host.
use s_server_core::Fact;
use s_server_core::io::Now;

/// Takes the facts about all clients. It is called on the thread that serves the client, which waits for it.
pub trait Observer: Send + Sync {
    /// Something happened to that client: its number, from 1 on in the order in which clients came, and the host's time. All
    /// facts about a client come in order; those about others come in between, and from other threads.
    fn observe(&self, client: u64, now: Now, fact: &Fact);
}
