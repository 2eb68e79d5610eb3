//! Recordings of `s_server -record`, played inside a unit test.
use s_server_core::record::{Difference, Replayed};

/// Plays a recording against the code as it is, up to its end or the first difference. No cryptography takes part: the
/// engine answers what it answered then.
///
/// # Errors
/// Where the two part: what was recorded there, and what came now. Its `Display` is several lines.
///
/// ```
/// let recording = include_bytes!("../testdata/talk.rec");
/// let replayed = s_server_testing::replay(recording).unwrap_or_else(|difference| panic!("{difference}"));
/// assert!(replayed.complete);
/// ```
pub fn replay(recording: &[u8]) -> Result<Replayed, Difference> {
    s_server_core::record::replay(recording)
}
