//! Reads fields one behind the other, and knows where each began.
use super::{Defect, Malformed};

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
            return Err(self.fault(field, Defect::Truncated));
        };
        self.left = left;
        self.offset += count;
        Ok(taken)
    }

    /// The next `N` bytes.
    pub fn array<const N: usize>(&mut self, field: &'static str) -> Result<&'a [u8; N], Malformed> {
        let Some((taken, left)) = self.left.split_first_chunk() else {
            return Err(self.fault(field, Defect::Truncated));
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
            Err(_) => Err(start.fault(field, Defect::Truncated)),
        }
    }

    /// A vector of items of `size` bytes each, at least one.
    pub fn items(&mut self, prefix: Prefix, size: usize, field: &'static str) -> Result<Reader<'a>, Malformed> {
        let start = *self;
        let content = self.vector(prefix, field)?;
        if content.is_empty() || !content.left.len().is_multiple_of(size) {
            return Err(start.fault(field, Defect::Length));
        }
        Ok(content)
    }

    /// Nothing may be left behind `field`.
    pub fn end(&self, field: &'static str) -> Result<(), Malformed> {
        if self.is_empty() { Ok(()) } else { Err(self.fault(field, Defect::Trailing)) }
    }

    /// A fault of a field that begins here.
    pub fn fault(&self, field: &'static str, defect: Defect) -> Malformed {
        Malformed { field, offset: self.offset, defect }
    }
}

/// How one item of a list is read.
pub(super) type Item<'a, T> = fn(&mut Reader<'a>) -> Result<T, Malformed>;

/// Every item of a list is sound.
pub(super) fn walk<'a, T>(mut list: Reader<'a>, item: Item<'a, T>) -> Result<(), Malformed> {
    while !list.is_empty() {
        item(&mut list)?;
    }
    Ok(())
}

/// The items of a list that was walked.
pub(super) fn items<'a, T>(mut list: Reader<'a>, item: Item<'a, T>) -> impl Iterator<Item = T> + use<'a, T> {
    core::iter::from_fn(move || (!list.is_empty()).then(|| item(&mut list).ok()).flatten())
}

/// A list of 16-bit numbers, as it stands in the message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Numbers<'a>(&'a [[u8; 2]]);

impl<'a> Numbers<'a> {
    pub(super) fn parse(reader: &mut Reader<'a>, prefix: Prefix, field: &'static str) -> Result<Self, Malformed> {
        let (numbers, _) = reader.items(prefix, 2, field)?.left().as_chunks();
        Ok(Self(numbers))
    }

    /// One after the other.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = u16> + use<'a> {
        self.0.iter().map(|&number| u16::from_be_bytes(number))
    }

    /// How many.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// There are none; never of a list that was parsed.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// It is one of them.
    pub fn contains(&self, number: u16) -> bool {
        self.0.contains(&number.to_be_bytes())
    }
}
