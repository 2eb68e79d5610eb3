//! How the tests write published vectors: hexadecimal, in lines of any length.

/// The bytes of `text`, in which white space means nothing.
pub(crate) fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text.chars().filter_map(|c| c.to_digit(16)).map(|d| d as u8).collect();
    let expected = text.chars().filter(|c| !c.is_whitespace()).count();
    assert!(digits.len() == expected && expected.is_multiple_of(2), "not hexadecimal: {text}");
    digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect()
}
