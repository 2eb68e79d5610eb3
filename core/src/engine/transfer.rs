use alloc::vec::Vec;

/// One read or write of the wire: what the callback of `BIO_set_callback_ex` is told.
///
/// A read that finds nothing where a blocking socket would sleep is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transfer {
    /// The server wrote.
    pub sent: bool,
    /// Bytes that were asked for, or offered.
    pub wanted: usize,
    /// The bytes that passed, at least one; else what the call returned: 0 at the end of the stream, -1 where nothing was
    /// there, or it failed.
    pub passed: Result<Vec<u8>, i32>,
}
