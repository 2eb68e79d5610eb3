//! Reads fields one behind the other, and knows where each began.
use super::{Fault, Malformed};

/// What is left of a message or of a field in it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reader<'a> {
    left: &'a [u8],
    offset: usize,
}

/// How many bytes tell a vector's length (RFC 8446 section 3.4).
#[derive(Clone, Copy, Debug)]
pub(super) enum Prefix {
    One = 1,
    Two = 2,
    Three = 3,
}

impl<'a> Reader<'a> {
    /// Of bytes that begin `offset` bytes behind the start of the message.
    pub fn new(bytes: &'a [u8], offset: usize) -> Self {
        Self { left: bytes, offset }
    }

    /// What is left.
    pub fn left(&self) -> &'a [u8] {
        self.left
    }

    /// Where it begins.
    pub fn offset(&self) -> usize {
        self.offset
    }

    pub fn is_empty(&self) -> bool {
        self.left.is_empty()
    }

    /// The next `count` bytes.
    pub fn take(&mut self, count: usize, field: &'static str) -> Result<&'a [u8], Malformed> {
        let Some((taken, left)) = self.left.split_at_checked(count) else {
            return Err(self.fault(field, Fault::Truncated));
        };
        self.left = left;
        self.offset += count;
        Ok(taken)
    }

    /// The next `N` bytes.
    pub fn array<const N: usize>(&mut self, field: &'static str) -> Result<&'a [u8; N], Malformed> {
        let Some((taken, left)) = self.left.split_first_chunk() else {
            return Err(self.fault(field, Fault::Truncated));
        };
        self.left = left;
        self.offset += N;
        Ok(taken)
    }

    pub fn u8(&mut self, field: &'static str) -> Result<u8, Malformed> {
        self.array(field).map(|&[byte]| byte)
    }

    pub fn u16(&mut self, field: &'static str) -> Result<u16, Malformed> {
        self.array(field).map(|&bytes| u16::from_be_bytes(bytes))
    }

    /// A vector: its length, then its content.
    pub fn vector(&mut self, prefix: Prefix, field: &'static str) -> Result<Reader<'a>, Malformed> {
        let start = *self;
        let length = self.take(prefix as usize, field)?.iter().fold(0, |length, &byte| length << 8 | usize::from(byte));
        let offset = self.offset;
        match self.take(length, field) {
            Ok(content) => Ok(Reader::new(content, offset)),
            Err(_) => Err(start.fault(field, Fault::Truncated)),
        }
    }

    /// A vector of items of `size` bytes each, at least one.
    pub fn items(&mut self, prefix: Prefix, size: usize, field: &'static str) -> Result<Reader<'a>, Malformed> {
        let start = *self;
        let content = self.vector(prefix, field)?;
        if content.is_empty() || !content.left.len().is_multiple_of(size) {
            return Err(start.fault(field, Fault::Length));
        }
        Ok(content)
    }

    /// Nothing may be left behind `field`.
    pub fn end(&self, field: &'static str) -> Result<(), Malformed> {
        if self.is_empty() { Ok(()) } else { Err(self.fault(field, Fault::Trailing)) }
    }

    /// A fault of a field that begins here.
    pub fn fault(&self, field: &'static str, fault: Fault) -> Malformed {
        Malformed { field, offset: self.offset, fault }
    }
}
