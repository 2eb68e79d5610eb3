//! Bytes of the command line as the system's strings.
use std::borrow::Cow;
use std::ffi::{CString, OsStr};

/// A file name or environment variable.
#[cfg(unix)]
pub fn os_str(bytes: &[u8]) -> Cow<'_, OsStr> {
    Cow::Borrowed(std::os::unix::ffi::OsStrExt::from_bytes(bytes))
}

/// A file name or environment variable.
#[cfg(not(unix))]
pub fn os_str(bytes: &[u8]) -> Cow<'_, OsStr> {
    match String::from_utf8_lossy(bytes) {
        Cow::Borrowed(text) => Cow::Borrowed(OsStr::new(text)),
        Cow::Owned(text) => Cow::Owned(text.into()),
    }
}

/// A string for OpenSSL. A command line holds no zero bytes; what follows one would be lost.
pub fn c_string(bytes: &[u8]) -> CString {
    CString::new(bytes.split(|&b| b == 0).next().unwrap_or_default()).unwrap_or_default()
}
