//! OpenSSL's error queue as lines, and entries of our own in it.
//!
//! The original's sockets fail inside OpenSSL's BIO functions, which leave entries in the queue. Ours fail elsewhere:
//! [`socket_failure`] and [`lookup_failure`] make the lines that the same failure has there.
use std::borrow::Cow;
use std::ffi::{CStr, CString, c_int};
use std::io;
use std::panic::Location;

use s_server_core::StartError;
use s_server_core::server::SocketCall;

use super::ffi::{ERR_LIB_BIO, ERR_LIB_HTTP, ERR_LIB_SYS, ERR_R_SYS_LIB, reason};
use super::sys::error;
use super::system_error::strerror;

/// Empties the queue.
pub fn clear() {
    error::clear();
}

/// The queue's lines, oldest first, each with its end; the queue is empty afterwards.
pub fn lines() -> Vec<Vec<u8>> {
    let mut lines = Vec::new();
    error::print(&mut |line| lines.push(in_words(line).into_owned()));
    lines
}

/// A message with the queue behind it.
pub fn message(text: impl Into<Vec<u8>>) -> Vec<u8> {
    let mut text = text.into();
    error::print(&mut |line| text.extend_from_slice(&in_words(line)));
    text
}

/// The original's lines with the queue behind them, as what ends a start.
pub fn failure(lines: impl Into<Vec<u8>>) -> StartError {
    StartError::original(message(lines))
}

/// A line in which the library has no words for a system's error, with the system's words.
///
/// On Windows that is so for all errors of sockets: the library asks the C library alone.
fn in_words(line: &[u8]) -> Cow<'_, [u8]> {
    let mut fields: Vec<_> = line.splitn(REASON + 2, |&b| b == b':').collect();
    let code = fields.get(CODE).and_then(|code| u32::from_str_radix(str::from_utf8(code).ok()?, 16).ok());
    match (code, fields.get_mut(REASON)) {
        (Some(code @ 0x8000_0000..), Some(reason)) if *reason == b"Unknown error" => {
            let words = system_error_text((code & 0x7fff_ffff) as c_int);
            *reason = words.as_bytes();
            Cow::Owned(fields.join(&b':'))
        }
        _ => Cow::Borrowed(line),
    }
}

/// Fields of a line: thread, `error`, code, library, function, reason, file, line, data.
const CODE: usize = 2;
const REASON: usize = 5;

/// The words for the error number of an entry that stands for a system's error: one of the C library, or on Windows,
/// where both kinds occur, of the system.
pub fn system_error_text(number: c_int) -> String {
    #[cfg(windows)]
    if let words = error::c_words(number)
        && words != "Unknown error"
    {
        return words;
    }
    strerror(&io::Error::from_raw_os_error(number))
}

/// The newest entry's reason.
pub fn newest_reason() -> c_int {
    // ERR_GET_REASON: 23 bits, of which the upper five are flags.
    (error::newest() & 0x7f_ffff) as c_int
}

/// The newest entry's system error number, when it stands for one.
pub fn newest_system_error() -> Option<c_int> {
    // ERR_SYSTEM_ERROR, ERR_GET_REASON
    let code = error::newest() as u64;
    (code & 0x8000_0000 != 0).then_some((code & 0x7fff_ffff) as c_int)
}

/// The entry for a stream that failed with a system error, which OpenSSL itself does not make.
pub fn push_stream_failure(errno: c_int) {
    raise(c"wire", ERR_LIB_SYS, errno, Some(c"reading from the peer"));
}

/// The entries for a connection of ours that was not made. Correspond to `BIO_connect` and, with the address, to
/// `conn_state`.
pub fn push_connect_failure(errno: c_int, host: &str, port: &str) {
    let address = CString::new(format!("calling connect({host}, {port})")).unwrap_or_default();
    for (function, data) in [(c"BIO_connect", c"calling connect()"), (c"conn_state", &address)] {
        raise(function, ERR_LIB_SYS, errno, Some(data));
        raise(function, ERR_LIB_BIO, reason::CONNECT_ERROR, None);
    }
}

/// The entry for a connection of ours that was not made in time. Corresponds to `BIO_do_connect_retry`.
pub fn push_connect_timeout() {
    raise(c"BIO_do_connect_retry", ERR_LIB_BIO, reason::CONNECT_TIMEOUT, None);
}

/// The entry for a name that cannot be resolved, by a resolver that leaves none itself.
pub fn push_lookup_failure(text: &str) {
    let text = CString::new(text).unwrap_or_default();
    raise(c"BIO_lookup_ex", ERR_LIB_BIO, ERR_R_SYS_LIB, Some(&text));
}

/// The entry for an address of HTTP that asks for TLS. Corresponds to `OSSL_HTTP_open`.
pub fn push_no_tls() {
    raise(c"OSSL_HTTP_open", ERR_LIB_HTTP, reason::TLS_NOT_ENABLED, None);
}

/// The lines about a call that failed with `errno`. Correspond to `BIO_bind`, `BIO_listen` and their like.
pub fn socket_failure(call: SocketCall, errno: c_int) -> Vec<u8> {
    let (function, text, why) = match call {
        SocketCall::Resolve => (c"BIO_lookup_ex", c"calling getaddrinfo()", ERR_R_SYS_LIB),
        SocketCall::Socket => (c"BIO_socket", c"calling socket()", reason::UNABLE_TO_CREATE_SOCKET),
        SocketCall::ReuseAddress => (c"BIO_bind", c"calling setsockopt()", reason::UNABLE_TO_REUSEADDR),
        SocketCall::V6Only => (c"BIO_listen", c"calling setsockopt()", reason::LISTEN_V6_ONLY),
        SocketCall::Bind => (c"BIO_bind", c"calling bind()", reason::UNABLE_TO_BIND_SOCKET),
        SocketCall::Listen => (c"BIO_listen", c"calling listen()", reason::UNABLE_TO_LISTEN_SOCKET),
        // BIO_R_UNABLE_TO_TFO, which headers before 3.2 lack.
        SocketCall::FastOpen => (c"BIO_listen", c"calling setsockopt()", 109),
        SocketCall::Name => (c"BIO_sock_info", c"calling getsockname()", reason::GETSOCKNAME_ERROR),
    };
    clear();
    raise(function, ERR_LIB_SYS, errno, Some(text));
    raise(function, ERR_LIB_BIO, why, None);
    message("")
}

/// The line about a name or service that cannot be resolved; `text` is the resolver's (`gai_strerror`).
/// Corresponds to `BIO_lookup_ex`.
pub fn lookup_failure(text: &str) -> Vec<u8> {
    clear();
    push_lookup_failure(text);
    message("")
}

/// The entry names the place of the call.
#[track_caller]
fn raise(function: &'static CStr, library: c_int, reason: c_int, data: Option<&CStr>) {
    let line = c_int::try_from(Location::caller().line()).unwrap_or_default();
    error::raise(library, reason, c"host-native/openssl/src/queue.rs", line, function, data);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Without the thread's id, and file and line.
    fn masked(lines: &[u8]) -> Vec<String> {
        let text = String::from_utf8(lines.to_vec()).unwrap();
        let mask = |line: &str| {
            let fields: Vec<&str> = line.split(':').collect();
            assert_eq!(fields[0].len(), 16, "{line}");
            format!("{} | {}", fields[1..6].join(":"), fields[8..].join(":"))
        };
        text.lines().map(mask).collect()
    }

    #[test]
    fn a_port_in_use_reads_as_the_original_says_it() {
        assert_eq!(
            masked(&socket_failure(SocketCall::Bind, libc::EADDRINUSE)),
            [
                "error:80000062:system library:BIO_bind:Address already in use | calling bind()",
                "error:10000075:BIO routines:BIO_bind:unable to bind socket | "
            ]
        );
    }

    #[test]
    fn an_unknown_host_reads_as_the_original_says_it() {
        assert_eq!(
            masked(&lookup_failure("Name or service not known")),
            ["error:10080002:BIO routines:BIO_lookup_ex:system lib | Name or service not known"]
        );
    }

    #[test]
    fn errors_that_the_library_has_no_words_for_have_those_of_the_system() {
        let refused = if cfg!(windows) { 10_061 } else { libc::ECONNREFUSED };
        let line = |words: &str| {
            format!("0A:error:{:08X}:system library:f:{words}:file.c:1:a:b\n", 0x8000_0000u32 | refused as u32)
        };
        let told = String::from_utf8(in_words(line("Unknown error").as_bytes()).into_owned()).unwrap();
        assert!(!told.contains("nknown error") && !told.contains("os error"), "{told}");
        assert_eq!(told, line(&system_error_text(refused)));
        for other in ["0A:error:0A000126:SSL routines:f:Unknown error:file.c:1:\n", "0A:error\n", "", &line("Refused")]
        {
            assert_eq!(*in_words(other.as_bytes()), *other.as_bytes());
        }
    }

    #[test]
    fn numbers_of_the_c_library_are_told_in_its_words() {
        assert_eq!(system_error_text(libc::ENOENT), "No such file or directory");
        assert_eq!(system_error_text(libc::EACCES), "Permission denied");
    }

    #[test]
    fn entries_name_their_own_places() {
        let place = |line: &[u8]| String::from_utf8_lossy(line).split(':').nth(7).map(str::to_owned);
        let bind = socket_failure(SocketCall::Bind, libc::EADDRINUSE);
        let mut places: Vec<_> = bind.split_inclusive(|&byte| byte == b'\n').map(place).collect();
        places.push(place(&lookup_failure("x")));
        push_stream_failure(libc::ECONNRESET);
        places.push(place(&lines()[0]));
        places.dedup();
        assert_eq!(places.len(), 4, "{places:?}");
    }

    #[test]
    fn a_system_error_is_told_apart() {
        clear();
        push_stream_failure(libc::ECONNRESET);
        assert_eq!(newest_system_error(), Some(libc::ECONNRESET));
        let lines = lines();
        assert_eq!(lines.len(), 1);
        assert_eq!(
            masked(&lines[0]),
            ["error:80000068:system library:wire:Connection reset by peer | reading from the peer"]
        );
        assert_eq!(newest_system_error(), None);
    }
}
