//! What is left of a message, read field by field and never beyond its end.

/// The bytes that nobody has read yet.
#[derive(Clone, Copy, Debug)]
pub(super) struct Left<'a>(pub &'a [u8]);

impl<'a> Left<'a> {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// There are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The next `count` bytes; `None`, and nothing is read, where there are fewer.
    pub fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, left) = self.0.split_at_checked(count)?;
        self.0 = left;
        Some(taken)
    }

    /// The next `size` bytes as a number, at most four.
    pub fn number(&mut self, size: usize) -> Option<u32> {
        self.take(size).map(|bytes| bytes.iter().fold(0, |number, &byte| number << 8 | u32::from(byte)))
    }

    /// The next byte.
    pub fn u8(&mut self) -> Option<u8> {
        let (&byte, left) = self.0.split_first()?;
        self.0 = left;
        Some(byte)
    }

    /// The next two bytes as a number.
    pub fn u16(&mut self) -> Option<u16> {
        let (&bytes, left) = self.0.split_first_chunk()?;
        self.0 = left;
        Some(u16::from_be_bytes(bytes))
    }

    /// A length of `size` bytes and as many bytes as it says; `None`, and nothing is read, where there are fewer.
    pub fn vector(&mut self, size: usize) -> Option<&'a [u8]> {
        let mut ahead = *self;
        let length = usize::try_from(ahead.number(size)?).ok()?;
        let content = ahead.take(length)?;
        *self = ahead;
        Some(content)
    }

    /// The same, of which nothing may be left behind.
    pub fn whole_vector(mut self, size: usize) -> Option<&'a [u8]> {
        let content = self.vector(size)?;
        self.is_empty().then_some(content)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_read_beyond_the_end() {
        let mut left = Left(&[0, 2, 7, 8, 0, 3, 1]);
        assert_eq!(left.vector(2), Some(&[7, 8][..]));
        assert_eq!((left.vector(2), left.len()), (None, 3));
        assert_eq!((left.u16(), left.u8(), left.u8()), (Some(3), Some(1), None));
        assert_eq!((left.number(3), left.is_empty()), (None, true));
        assert_eq!(Left(&[1, 9]).whole_vector(1), Some(&[9][..]));
        assert_eq!(Left(&[1, 9, 9]).whole_vector(1), None);
    }
}
