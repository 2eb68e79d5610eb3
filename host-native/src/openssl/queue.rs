//! OpenSSL's error queue as lines, and entries of our own in it.
//!
//! The original's sockets fail inside OpenSSL's BIO functions, which leave entries in the queue. Ours fail elsewhere:
//! [`socket_failure`] and [`lookup_failure`] make the lines that the same failure has there.
use std::ffi::{CStr, CString, c_int};
use std::panic::Location;

use s_server_hosting::listen::SocketCall;

use super::ffi::{ERR_LIB_BIO, ERR_LIB_SYS, ERR_R_SYS_LIB};
use super::sys::error;

/// Empties the queue.
pub fn clear() {
    error::clear();
}

/// The queue's lines, oldest first, each with its end; the queue is empty afterwards.
pub fn lines() -> Vec<Vec<u8>> {
    let mut lines = Vec::new();
    error::print(&mut |line| lines.push(line.to_vec()));
    lines
}

/// A message with the queue behind it.
pub fn message(text: impl Into<Vec<u8>>) -> Vec<u8> {
    let mut text = text.into();
    error::print(&mut |line| text.extend_from_slice(line));
    text
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

/// The lines about a call that failed with `errno`. Correspond to `BIO_bind`, `BIO_listen` and their like.
pub fn socket_failure(call: SocketCall, errno: c_int) -> Vec<u8> {
    let (function, text, reason) = match call {
        SocketCall::Resolve => (c"BIO_lookup_ex", c"calling getaddrinfo()", ERR_R_SYS_LIB),
        SocketCall::Socket => (c"BIO_socket", c"calling socket()", 118),
        SocketCall::ReuseAddress => (c"BIO_bind", c"calling setsockopt()", 139),
        SocketCall::V6Only => (c"BIO_listen", c"calling setsockopt()", 136),
        SocketCall::Bind => (c"BIO_bind", c"calling bind()", 117),
        SocketCall::Listen => (c"BIO_listen", c"calling listen()", 119),
        SocketCall::FastOpen => (c"BIO_listen", c"calling setsockopt()", 109),
        SocketCall::Name => (c"BIO_sock_info", c"calling getsockname()", 132),
    };
    clear();
    raise(function, ERR_LIB_SYS, errno, Some(text));
    raise(function, ERR_LIB_BIO, reason, None);
    message("")
}

/// The line about a name or service that cannot be resolved; `text` is the resolver's (`gai_strerror`).
/// Corresponds to `BIO_lookup_ex`.
pub fn lookup_failure(text: &str) -> Vec<u8> {
    let text = CString::new(text).unwrap_or_default();
    clear();
    raise(c"BIO_lookup_ex", ERR_LIB_BIO, ERR_R_SYS_LIB, Some(&text));
    message("")
}

/// The entry names the place of the call.
#[track_caller]
fn raise(function: &'static CStr, library: c_int, reason: c_int, data: Option<&CStr>) {
    let line = c_int::try_from(Location::caller().line()).unwrap_or_default();
    error::raise(library, reason, c"host-native/src/openssl/queue.rs", line, function, data);
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
