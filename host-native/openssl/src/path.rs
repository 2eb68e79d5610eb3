//! Bytes of the command line as strings for OpenSSL.
use std::ffi::CString;

/// A string for OpenSSL. A command line holds no zero bytes; what follows one would be lost.
pub fn c_string(bytes: &[u8]) -> CString {
    CString::new(bytes.split(|&b| b == 0).next().unwrap_or_default()).unwrap_or_default()
}
