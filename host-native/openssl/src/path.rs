//! Bytes of the command line as strings for OpenSSL and as paths.
use std::ffi::CString;
use std::path::PathBuf;

/// A string for OpenSSL. A command line holds no zero bytes; what follows one would be lost.
pub fn c_string(bytes: &[u8]) -> CString {
    CString::new(bytes.split(|&b| b == 0).next().unwrap_or_default()).unwrap_or_default()
}

/// The path that these bytes name.
#[cfg(unix)]
pub fn path(bytes: &[u8]) -> PathBuf {
    use std::os::unix::ffi::OsStrExt;

    PathBuf::from(std::ffi::OsStr::from_bytes(bytes))
}

/// The path that these bytes name: a command line is UTF-8 here.
#[cfg(not(unix))]
pub fn path(bytes: &[u8]) -> PathBuf {
    PathBuf::from(String::from_utf8_lossy(bytes).into_owned())
}
