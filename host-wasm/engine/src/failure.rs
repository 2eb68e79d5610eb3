//! What broke a session, in one line.
//!
//! OpenSSL's error queue names functions and files of its own; this engine does not pretend to have them. Its lines
//! begin with `s_server: rustls: ` and end with what rustls says.
use rustls::{AlertDescription, Error, InvalidMessage};
use s_server_core::engine::{Cause, EngineError};
use s_server_core::io::WireEnd;

/// rustls refused what the client sent, or the client refused what rustls sent.
pub fn of_session(error: &Error, verify: Option<&str>) -> EngineError {
    EngineError { queue: vec![line(&error.to_string())], verify: verify.map(str::to_owned), cause: Cause::Peer }
}

/// The peer's stream ended within the session. `WireEnd::Closed`: RFC 8446 section 6.1, without a closure alert the
/// data may have been truncated.
pub fn of_wire(end: WireEnd) -> EngineError {
    let text = match end {
        WireEnd::Closed => "unexpected eof while reading: the client closed its stream without close_notify".to_owned(),
        WireEnd::Failed(errno) => format!("the client's stream failed with error {errno}"),
    };
    EngineError { queue: vec![line(&text)], verify: None, cause: Cause::Wire }
}

/// Something else, in words of the engine.
pub fn of_request(text: &str) -> EngineError {
    EngineError { queue: vec![line(text)], ..EngineError::default() }
}

/// The alert for an error before the ClientHello was understood, for which rustls has none.
pub fn alert(error: &Error) -> AlertDescription {
    match error {
        Error::InappropriateMessage { .. } | Error::InappropriateHandshakeMessage { .. } => {
            AlertDescription::UnexpectedMessage
        }
        Error::InvalidMessage(InvalidMessage::MessageTooLarge) => AlertDescription::RecordOverflow,
        Error::InvalidMessage(InvalidMessage::InvalidContentType) => AlertDescription::UnexpectedMessage,
        Error::InvalidMessage(InvalidMessage::UnknownProtocolVersion) => AlertDescription::ProtocolVersion,
        Error::InvalidMessage(_) => AlertDescription::DecodeError,
        _ => AlertDescription::HandshakeFailure,
    }
}

/// One line of the kind.
pub fn line(text: &str) -> Vec<u8> {
    // Texts quote what the peer sent; it does not reach a terminal as it is.
    let mut shown = String::new();
    for c in text.chars() {
        if c.is_control() { shown.extend(c.escape_debug()) } else { shown.push(c) }
    }
    format!("s_server: rustls: {shown}\n").into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_name_the_library_and_escape_what_a_terminal_would_obey() {
        assert_eq!(line("a\u{1b}[1m\n\"b\" é"), "s_server: rustls: a\\u{1b}[1m\\n\"b\" é\n".as_bytes());
        let error = of_session(&Error::AlertReceived(rustls::AlertDescription::UnknownCA), Some("why"));
        assert_eq!(error.queue, [b"s_server: rustls: received fatal alert: UnknownCA\n".to_vec()]);
        assert_eq!(error.verify.as_deref(), Some("why"));
    }

    #[test]
    fn an_end_is_the_fault_of_the_wire() {
        assert_eq!(of_wire(WireEnd::Failed(104)).cause, Cause::Wire);
        let closed = of_wire(WireEnd::Closed);
        assert!(closed.queue[0].starts_with(b"s_server: rustls: unexpected eof while reading"));
    }
}
