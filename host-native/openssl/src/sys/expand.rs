//! What a certificate was compressed from, RFC 8879.
use std::ffi::c_int;

use crate::ffi;

/// CertificateCompressionAlgorithm, RFC 8879 section 7.3.
const ZLIB: u16 = 1;
const BROTLI: u16 = 2;
const ZSTD: u16 = 3;

/// What so many bytes were compressed to; `None` where the library has not the algorithm, or these are not its bytes. Corresponds
/// to `COMP_expand_block`.
pub fn expand(algorithm: u16, compressed: &[u8], length: usize) -> Option<Vec<u8>> {
    let room = c_int::try_from(length).ok().filter(|&room| room > 0)?;
    let given = c_int::try_from(compressed.len()).ok()?;
    // SAFETY: these make nothing: they say where a static method is, or null.
    let method = unsafe {
        match algorithm {
            ZLIB => ffi::COMP_zlib(),
            BROTLI => ffi::COMP_brotli_oneshot(),
            ZSTD => ffi::COMP_zstd_oneshot(),
            _ => return None,
        }
    };
    let mut out = vec![0; length];
    // SAFETY: a static method or null, which makes no context; the context lives until it is freed here, and there are so many
    // bytes to read, which are only read, and to write.
    let written = unsafe {
        let context = ffi::COMP_CTX_new(method);
        if context.is_null() {
            return None;
        }
        let written = ffi::COMP_expand_block(context, out.as_mut_ptr(), room, compressed.as_ptr().cast_mut(), given);
        ffi::COMP_CTX_free(context);
        written
    };
    (written == room).then_some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 64 times the letter `a`, as the programs and crates of the three libraries make it.
    const ZLIB_OF_64: &[u8] = &[0x78, 0x9c, 0x4b, 0x4c, 0xa4, 0x0c, 0x00, 0x00, 0x14, 0x8d, 0x18, 0x41];
    /// The same without an end.
    const ZLIB_FLUSHED: &[u8] = &[0x78, 0x9c, 0x4a, 0x4c, 0xa4, 0x0c, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff];
    const BROTLI_OF_64: &[u8] = &[0x1f, 0x3f, 0x00, 0xf8, 0x25, 0xc2, 0xe2, 0x8c, 0x00, 0xc0, 0x00];
    const ZSTD_OF_64: &[u8] =
        &[0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x58, 0x45, 0x00, 0x00, 0x10, 0x61, 0x61, 0x01, 0x00, 0x93, 0x00, 0x16];

    #[test]
    fn what_others_compressed_is_expanded() {
        for (algorithm, compressed) in [(ZLIB, ZLIB_FLUSHED), (BROTLI, BROTLI_OF_64), (ZSTD, ZSTD_OF_64)] {
            assert_eq!(expand(algorithm, compressed, 64).as_deref(), Some(&[b'a'; 64][..]), "{algorithm}");
            // What a stream that never ends holds beyond that is left in it.
            assert_eq!(expand(algorithm, compressed, 63).is_some(), algorithm == ZLIB);
            assert_eq!(expand(algorithm, compressed, 65), None, "{algorithm}");
            assert_eq!(expand(algorithm, &compressed[..4], 64), None, "{algorithm}");
            assert_eq!(expand(algorithm, compressed, 0), None, "{algorithm}");
        }
        // As `SSL_trace`, which takes the method for a stream that never ends.
        assert_eq!(expand(ZLIB, ZLIB_OF_64, 64), None);
        assert_eq!(expand(9, ZLIB_OF_64, 64), None);
    }
}
