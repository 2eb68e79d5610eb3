//! Failures of sockets in the form of OpenSSL's error queue, which is not there.
use std::io;

use s_server_hosting::listen::{Failure, SocketCall};
use s_server_hosting::strerror;

/// Where OpenSSL has the number of a thread.
const THREAD: &str = "0000000000000000";
/// Where it has the file and the line of its source.
const PLACE: &str = "host-wasm/src/queue.rs:0";

/// The lines that the queue would have. Correspond to `BIO_lookup_ex`, `BIO_bind`, `BIO_listen` and their like.
pub fn lines(why: &Failure) -> Vec<u8> {
    let (call, errno) = match why {
        Failure::Lookup(text) => {
            return format!("{THREAD}:error:10080002:BIO routines:BIO_lookup_ex:system lib:{PLACE}:{text}\n").into();
        }
        Failure::Socket { call, error, .. } => (call, error.raw_os_error().unwrap_or_default()),
        Failure::NoUnixSockets | Failure::Short(_) => return Vec::new(),
    };
    let (function, called, reason, words) = match call {
        SocketCall::Resolve => ("BIO_lookup_ex", "getaddrinfo", 0x8_0002, "system lib"),
        SocketCall::Socket => ("BIO_socket", "socket", 118, "unable to create socket"),
        SocketCall::ReuseAddress => ("BIO_bind", "setsockopt", 139, "unable to reuseaddr"),
        SocketCall::V6Only => ("BIO_listen", "setsockopt", 136, "listen v6 only"),
        SocketCall::Bind => ("BIO_bind", "bind", 117, "unable to bind socket"),
        SocketCall::Listen => ("BIO_listen", "listen", 119, "unable to listen socket"),
        SocketCall::FastOpen => ("BIO_listen", "setsockopt", 109, "unable to tfo"),
        SocketCall::Name => ("BIO_sock_info", "getsockname", 132, "getsockname error"),
    };
    let why = strerror(&io::Error::from_raw_os_error(errno));
    let (system, bio) = (0x8000_0000_u32 | errno.unsigned_abs(), 0x1000_0000 | reason);
    format!(
        "{THREAD}:error:{system:08X}:system library:{function}:{why}:{PLACE}:calling {called}()\n\
         {THREAD}:error:{bio:08X}:BIO routines:{function}:{words}:{PLACE}:\n"
    )
    .into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(why: &Failure) -> String {
        String::from_utf8(lines(why)).unwrap().replace(&format!("{THREAD}:"), "").replace(PLACE, "…")
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn lines_are_those_of_openssl_but_for_thread_and_place() {
        assert_eq!(
            text(&Failure::Socket { call: SocketCall::Bind, error: io::Error::from_raw_os_error(98), taken: None }),
            "error:80000062:system library:BIO_bind:Address already in use:…:calling bind()\n\
             error:10000075:BIO routines:BIO_bind:unable to bind socket:…:\n"
        );
        assert_eq!(
            text(&Failure::Lookup("Servname not supported for ai_socktype".into())),
            "error:10080002:BIO routines:BIO_lookup_ex:system lib:…:Servname not supported for ai_socktype\n"
        );
    }
}
