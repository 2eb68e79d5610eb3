//! What C makes of single characters, whatever its locale.

/// What C calls a space: `isspace`.
pub fn is_space(byte: u8) -> bool {
    byte == b' ' || (b'\t'..=b'\r').contains(&byte)
}
