//! What an engine tells of a ClientHello while it chooses: the server's name, and application protocols.
//!
//! What the client sends does not reach a terminal as it is.
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

/// The line that tells that the second certificate is used. Corresponds to `ssl_servername_cb` in `apps/s_server.c`.
pub const SWITCHING: &str = "Switching server context.\n";

/// The line about the name that the client asks for. Corresponds to `ssl_servername_cb` in `apps/s_server.c`.
pub fn server_name(asked: &[u8]) -> String {
    format!("Hostname in TLS extension: \"{}\"\n", shown(asked))
}

/// The line about the protocols that the client offers. Corresponds to `alpn_cb` in `apps/s_server.c`.
pub fn protocols_advertised(theirs: &[&[u8]]) -> String {
    let names: Vec<_> = theirs.iter().map(|name| shown(name)).collect();
    format!("ALPN protocols advertised by the client: {}\n", names.join(", "))
}

/// The line about the protocol that is chosen. Corresponds to `alpn_cb` in `apps/s_server.c`.
pub fn protocol_selected(name: &[u8]) -> String {
    format!("ALPN protocols selected: {}\n", shown(name))
}

/// A name with what is not printable ASCII in hexadecimal.
fn shown(name: &[u8]) -> String {
    let mut text = String::new();
    for &byte in name {
        match byte {
            b' '..=b'~' => text.push(byte.into()),
            _ => text += &format!("\\x{byte:02x}"),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_told_without_what_a_terminal_would_obey() {
        assert_eq!(server_name(b"a.example"), "Hostname in TLS extension: \"a.example\"\n");
        assert_eq!(server_name(b"\x1b[1m\xc3"), "Hostname in TLS extension: \"\\x1b[1m\\xc3\"\n");
        assert_eq!(protocols_advertised(&[b"h2", b"\n"]), "ALPN protocols advertised by the client: h2, \\x0a\n");
        assert_eq!(protocol_selected(b"h2"), "ALPN protocols selected: h2\n");
    }
}
