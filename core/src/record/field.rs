//! Values as bytes inside a payload.
//!
//! Numbers are little endian in their own width; `bool` and `Option` have a byte 0 or 1 before them; byte strings and
//! lists have a `u32` count before them; text is UTF-8, but for what certificates hold, which is the bytes that they
//! have; a struct is its fields in order, an enum a tag byte and the fields of that variant. Nothing is taken for
//! granted: whatever the bytes are, reading ends, without a panic, and without memory for more than is there.
use alloc::borrow::Cow;
use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

/// A payload that is not what its frame's kind says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Malformed {
    /// Where in the payload.
    pub at: usize,
    /// What should stand there.
    pub wanted: &'static str,
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "byte {} of the payload should be {}", self.at, self.wanted)
    }
}

impl core::error::Error for Malformed {}

/// Reads a payload from its beginning.
#[derive(Clone, Debug)]
pub struct Payload<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Payload<'a> {
    /// Nothing of it is read.
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    /// The next value.
    pub fn take<T: Field<'a>>(&mut self) -> Result<T, Malformed> {
        T::take(self)
    }

    /// A byte string, lent.
    pub fn bytes(&mut self) -> Result<&'a [u8], Malformed> {
        let len = self.count()?;
        self.run(len, "bytes")
    }

    /// All that is left.
    pub fn rest(&mut self) -> &'a [u8] {
        let rest = &self.bytes[self.at..];
        self.at = self.bytes.len();
        rest
    }

    /// Nothing may be left.
    pub fn end(&self) -> Result<(), Malformed> {
        if self.at == self.bytes.len() { Ok(()) } else { Err(self.wrong("the end")) }
    }

    /// The error for what stands here.
    pub fn wrong(&self, wanted: &'static str) -> Malformed {
        Malformed { at: self.at, wanted }
    }

    /// The next byte, which says which variant follows.
    pub fn tag(&mut self) -> Result<u8, Malformed> {
        Ok(self.array::<1>("a tag")?[0])
    }

    /// The error for a tag that was just read.
    pub fn wrong_tag(&self) -> Malformed {
        Malformed { at: self.at.saturating_sub(1), wanted: "a known tag" }
    }

    fn count(&mut self) -> Result<usize, Malformed> {
        let at = self.at;
        let count: u32 = self.take()?;
        // Whatever is counted has at least a byte.
        let fits = usize::try_from(count).ok().filter(|&count| count <= self.bytes.len() - self.at);
        fits.ok_or(Malformed { at, wanted: "a length that fits" })
    }

    fn run(&mut self, len: usize, wanted: &'static str) -> Result<&'a [u8], Malformed> {
        let run = self.bytes[self.at..].get(..len).ok_or(self.wrong(wanted))?;
        self.at += len;
        Ok(run)
    }

    fn array<const N: usize>(&mut self, wanted: &'static str) -> Result<[u8; N], Malformed> {
        let run = self.bytes[self.at..].first_chunk::<N>().ok_or(self.wrong(wanted))?;
        self.at += N;
        Ok(*run)
    }
}

/// A value that can stand in a payload, and may be lent of it.
pub trait Field<'a>: Sized {
    /// Appends it.
    fn put(&self, to: &mut Vec<u8>);
    /// Reads it.
    fn take(from: &mut Payload<'a>) -> Result<Self, Malformed>;
}

/// Appends a byte string.
pub fn put_bytes(bytes: &[u8], to: &mut Vec<u8>) {
    put_count(bytes.len(), to);
    to.extend_from_slice(bytes);
}

fn put_count(count: usize, to: &mut Vec<u8>) {
    u32::try_from(count).expect("payloads are short").put(to);
}

macro_rules! numbers {
    ($($number:ident)*) => {
        $(impl<'a> Field<'a> for $number {
            fn put(&self, to: &mut Vec<u8>) {
                to.extend_from_slice(&self.to_le_bytes());
            }

            fn take(from: &mut Payload<'a>) -> Result<Self, Malformed> {
                from.array("a number").map(Self::from_le_bytes)
            }
        })*
    };
}

numbers! { u8 u16 u32 u64 i32 i64 }

impl<'a> Field<'a> for usize {
    fn put(&self, to: &mut Vec<u8>) {
        (*self as u64).put(to);
    }

    fn take(from: &mut Payload<'a>) -> Result<Self, Malformed> {
        let wrong = from.wrong("a size");
        Self::try_from(from.take::<u64>()?).map_err(|_| wrong)
    }
}

impl<'a> Field<'a> for bool {
    fn put(&self, to: &mut Vec<u8>) {
        to.push(u8::from(*self));
    }

    fn take(from: &mut Payload<'a>) -> Result<Self, Malformed> {
        match from.tag()? {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(from.wrong_tag()),
        }
    }
}

impl<'a> Field<'a> for String {
    fn put(&self, to: &mut Vec<u8>) {
        put_bytes(self.as_bytes(), to);
    }

    fn take(from: &mut Payload<'a>) -> Result<Self, Malformed> {
        let wrong = from.wrong("UTF-8");
        from.bytes().and_then(|bytes| core::str::from_utf8(bytes).map(Self::from).map_err(|_| wrong))
    }
}

/// The same bytes as those of what is in it.
impl<'a, T: Field<'a>> Field<'a> for Box<T> {
    fn put(&self, to: &mut Vec<u8>) {
        (**self).put(to);
    }

    fn take(from: &mut Payload<'a>) -> Result<Self, Malformed> {
        from.take().map(Self::new)
    }
}

/// The same bytes as a [`Vec`] of them.
impl<'a> Field<'a> for &'a [u8] {
    fn put(&self, to: &mut Vec<u8>) {
        put_bytes(self, to);
    }

    fn take(from: &mut Payload<'a>) -> Result<Self, Malformed> {
        from.bytes()
    }
}

/// The same bytes as a [`String`].
impl<'a> Field<'a> for Cow<'static, str> {
    fn put(&self, to: &mut Vec<u8>) {
        put_bytes(self.as_bytes(), to);
    }

    fn take(from: &mut Payload<'a>) -> Result<Self, Malformed> {
        String::take(from).map(Cow::Owned)
    }
}

impl<'a, T: Field<'a>> Field<'a> for Vec<T> {
    fn put(&self, to: &mut Vec<u8>) {
        put_count(self.len(), to);
        self.iter().for_each(|value| value.put(to));
    }

    fn take(from: &mut Payload<'a>) -> Result<Self, Malformed> {
        let count = from.count()?;
        (0..count).map(|_| from.take()).collect()
    }
}

impl<'a, T: Field<'a>> Field<'a> for Option<T> {
    fn put(&self, to: &mut Vec<u8>) {
        self.is_some().put(to);
        if let Some(value) = self {
            value.put(to);
        }
    }

    fn take(from: &mut Payload<'a>) -> Result<Self, Malformed> {
        Ok(if from.take()? { Some(from.take()?) } else { None })
    }
}

impl<'a, T: Field<'a>, E: Field<'a>> Field<'a> for Result<T, E> {
    fn put(&self, to: &mut Vec<u8>) {
        self.is_ok().put(to);
        match self {
            Ok(value) => value.put(to),
            Err(error) => error.put(to),
        }
    }

    fn take(from: &mut Payload<'a>) -> Result<Self, Malformed> {
        Ok(if from.take()? { Ok(from.take()?) } else { Err(from.take()?) })
    }
}

impl<'a, A: Field<'a>, B: Field<'a>> Field<'a> for (A, B) {
    fn put(&self, to: &mut Vec<u8>) {
        self.0.put(to);
        self.1.put(to);
    }

    fn take(from: &mut Payload<'a>) -> Result<Self, Malformed> {
        Ok((from.take()?, from.take()?))
    }
}

impl<'a> Field<'a> for () {
    fn put(&self, _: &mut Vec<u8>) {}

    fn take(_: &mut Payload<'a>) -> Result<Self, Malformed> {
        Ok(())
    }
}

impl<'a> Field<'a> for [u8; 32] {
    fn put(&self, to: &mut Vec<u8>) {
        to.extend_from_slice(self);
    }

    fn take(from: &mut Payload<'a>) -> Result<Self, Malformed> {
        from.array("32 bytes")
    }
}

/// Makes a [`Field`] of structs: their fields in the order given, which must be all.
macro_rules! structs {
    ($($name:ident { $($field:ident),* $(,)? })*) => {
        $(impl<'a> $crate::record::field::Field<'a> for $name {
            fn put(&self, to: &mut ::alloc::vec::Vec<u8>) {
                let Self { $($field),* } = self;
                $($crate::record::field::Field::put($field, to);)*
            }

            fn take(
                from: &mut $crate::record::field::Payload<'a>,
            ) -> Result<Self, $crate::record::field::Malformed> {
                $(let $field = from.take()?;)*
                Ok(Self { $($field),* })
            }
        })*
    };
}

/// Makes a [`Field`] of enums without fields: one byte.
macro_rules! tags {
    ($($name:ident { $($tag:literal $variant:ident),* $(,)? })*) => {
        $(impl<'a> $crate::record::field::Field<'a> for $name {
            fn put(&self, to: &mut ::alloc::vec::Vec<u8>) {
                to.push(match self { $(Self::$variant => $tag),* });
            }

            fn take(
                from: &mut $crate::record::field::Payload<'a>,
            ) -> Result<Self, $crate::record::field::Malformed> {
                match from.tag()? {
                    $($tag => Ok(Self::$variant),)*
                    _ => Err(from.wrong_tag()),
                }
            }
        })*
    };
}

/// Makes a [`Field`] of enums with fields: the tag, then the fields of that variant in the order given.
macro_rules! sums {
    ($(
        <$life:lifetime $(, $param:ident)?> $name:ty {
            $($tag:literal $variant:ident $(( $($item:ident),+ ))? $({ $($field:ident),+ })?),* $(,)?
        }
    )*) => {
        $(impl<$life $(, $param: $crate::record::field::Field<$life>)?> $crate::record::field::Field<$life> for $name {
            fn put(&self, to: &mut ::alloc::vec::Vec<u8>) {
                match self {
                    $(Self::$variant $(( $($item),+ ))? $({ $($field),+ })? => {
                        to.push($tag);
                        $($($crate::record::field::Field::put($item, to);)+)?
                        $($($crate::record::field::Field::put($field, to);)+)?
                    })*
                }
            }

            fn take(
                from: &mut $crate::record::field::Payload<$life>,
            ) -> Result<Self, $crate::record::field::Malformed> {
                Ok(match from.tag()? {
                    $($tag => {
                        $($(let $item = from.take()?;)+)?
                        $($(let $field = from.take()?;)+)?
                        Self::$variant $(( $($item),+ ))? $({ $($field),+ })?
                    })*
                    _ => return Err(from.wrong_tag()),
                })
            }
        })*
    };
}

pub(super) use {structs, sums, tags};

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes<'a>(value: &impl Field<'a>) -> Vec<u8> {
        let mut to = Vec::new();
        value.put(&mut to);
        to
    }

    #[test]
    fn values_have_the_documented_bytes() {
        assert_eq!(bytes(&0x0102u16), [2, 1]);
        assert_eq!(bytes(&-2i32), [0xfe, 0xff, 0xff, 0xff]);
        assert_eq!(bytes(&Some(true)), [1, 1]);
        assert_eq!(bytes(&None::<bool>), [0]);
        assert_eq!(bytes(&String::from("hi")), [2, 0, 0, 0, b'h', b'i']);
        assert_eq!(bytes(&alloc::vec![1u16, 2]), [2, 0, 0, 0, 1, 0, 2, 0]);
        assert_eq!(bytes(&Ok::<u8, u8>(7)), [1, 7]);
        assert_eq!(bytes(&Err::<u8, u8>(7)), [0, 7]);
    }

    #[test]
    fn a_count_that_cannot_be_is_refused_before_anything_is_read() {
        let hostile = [0xff, 0xff, 0xff, 0xff, 1, 2, 3];
        let wrong = Malformed { at: 0, wanted: "a length that fits" };
        assert_eq!(Payload::new(&hostile).take::<Vec<u8>>(), Err(wrong));
        assert_eq!(Payload::new(&hostile).bytes(), Err(wrong));
    }

    #[test]
    fn errors_tell_where() {
        let mut payload = Payload::new(&[1, 2]);
        assert_eq!(payload.take::<u8>(), Ok(1));
        assert_eq!(payload.end(), Err(Malformed { at: 1, wanted: "the end" }));
        assert_eq!(payload.take::<bool>(), Err(Malformed { at: 1, wanted: "a known tag" }));
        assert_eq!(payload.take::<u8>(), Err(Malformed { at: 2, wanted: "a number" }));
        let text = Payload::new(&[1, 0, 0, 0, 0xff]).take::<String>();
        assert_eq!(text, Err(Malformed { at: 0, wanted: "UTF-8" }));
    }
}
