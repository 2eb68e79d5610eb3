//! What broke a session, in one line.
//!
//! OpenSSL's error queue names functions and files of its own; this engine does not pretend to have them. Its lines
//! begin with `s_server: rustls: ` and end with what rustls says.
use rustls::{AlertDescription, Error, InvalidMessage, PeerMisbehaved};
use s_server_core::StartError;
use s_server_core::engine::{Cause, EngineError};
use s_server_core::io::WireEnd;

/// The name of this engine in its lines.
pub const ENGINE: &str = "rustls";

/// rustls refused what the client sent, or the client refused what rustls sent.
pub fn of_session(error: &Error, verify: Option<&str>) -> EngineError {
    EngineError { queue: vec![line(&words(error, verify))], verify: verify.map(str::to_owned), cause: Cause::Peer }
}

/// Where rustls names types of its source, a sentence; else what rustls says.
fn words(error: &Error, verify: Option<&str>) -> String {
    use InvalidMessage as Message;
    let plain = match error {
        Error::InvalidCertificate(_) => match verify {
            Some(why) => return format!("the client's certificate is refused: {why}"),
            None => "the client's certificate or its signature cannot be read",
        },
        Error::NoCertificatesPresented => {
            "peer did not return a certificate: the client sent none, and one is demanded"
        }
        Error::General(text) => text,
        Error::InvalidMessage(Message::InvalidContentType) => "a record is of a type that TLS does not have",
        Error::InvalidMessage(Message::InvalidEmptyPayload) => "the client sends empty records",
        Error::InvalidMessage(Message::MessageTooLarge) => "a record is too long",
        Error::InvalidMessage(Message::UnknownProtocolVersion) => "a record has a version that is none of TLS",
        Error::InvalidMessage(Message::HandshakePayloadTooLarge) => "a handshake message is too long",
        Error::PeerMisbehaved(PeerMisbehaved::ServerNameMustContainOneHostName) => {
            "the client asks for a server by what is no name of a host, which rustls refuses"
        }
        Error::DecryptError => "bad record mac: a record cannot be decrypted",
        _ => return error.to_string(),
    };
    plain.to_owned()
}

/// The client sent what rustls does not get to see.
pub fn of_peer(text: &str) -> EngineError {
    EngineError { queue: vec![line(text)], verify: None, cause: Cause::Peer }
}

/// The peer's stream ended within the session. `WireEnd::Closed`: RFC 8446 section 6.1, without a closure alert the
/// data may have been truncated.
pub fn of_wire(end: WireEnd) -> EngineError {
    let text = match end {
        WireEnd::Closed => "unexpected eof while reading: the client closed its stream without close_notify".to_owned(),
        // rustls has no datagrams.
        WireEnd::Restarted => "the client began another session".to_owned(),
        WireEnd::Failed(errno) => match RESETS.contains(&errno) {
            true => format!("Connection reset by peer: the client broke its stream off (error {errno})"),
            false => format!("the client's stream failed with error {errno} of the system"),
        },
    };
    EngineError { queue: vec![line(&text)], verify: None, cause: Cause::Wire }
}

/// A reset, as Linux, macOS and Windows number it.
const RESETS: [i32; 3] = [104, 54, 10_054];

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

/// One line of the kind. Texts quote what the peer sent; it does not reach a terminal as it is.
pub fn line(text: &str) -> Vec<u8> {
    StartError::of_cause(text).in_engine(ENGINE).render()
}

#[cfg(test)]
mod tests {
    use rustls::CertificateError;

    use super::*;

    #[test]
    fn lines_name_the_library_and_escape_what_a_terminal_would_obey() {
        assert_eq!(line("a\u{1b}[1m\n\"b\" é"), "s_server: rustls: a\\u{1b}[1m\\n\"b\" é\n".as_bytes());
        let error = of_session(&Error::AlertReceived(rustls::AlertDescription::UnknownCA), Some("why"));
        assert_eq!(error.queue, [b"s_server: rustls: received fatal alert: UnknownCA\n".to_vec()]);
        assert_eq!(error.verify.as_deref(), Some("why"));
    }

    #[test]
    fn no_type_of_the_source_is_told() {
        for (error, verify, told) in [
            (CertificateError::BadEncoding.into(), Some("why"), "the client's certificate is refused: why"),
            (
                Error::InvalidMessage(InvalidMessage::InvalidContentType),
                None,
                "a record is of a type that TLS does not have",
            ),
            (Error::General("text".into()), None, "text"),
        ] {
            assert_eq!(words(&error, verify), told);
        }
    }

    #[test]
    fn an_end_is_the_fault_of_the_wire() {
        assert_eq!(of_wire(WireEnd::Failed(104)).cause, Cause::Wire);
        let reset = of_wire(WireEnd::Failed(104)).queue;
        assert!(reset[0].starts_with(b"s_server: rustls: Connection reset by peer: "), "{reset:?}");
        let closed = of_wire(WireEnd::Closed);
        assert!(closed.queue[0].starts_with(b"s_server: rustls: unexpected eof while reading"));
    }
}
