//! Calls of OpenSSL that end early and are made again: for a job (`-async`), for a user who is looked up (`-srpvfile`).

/// What a call of OpenSSL does that something interrupts, for what is told of that.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Call {
    /// It reads data.
    Read,
    /// It writes data.
    Write,
    /// Anything else.
    Shake,
}
