//! Alerts in the clear, as OpenSSL chooses them: for some faults rustls sends another one, or none.
//!
//! What is wrong with a record is seen before rustls gets it, what is wrong with the ClientHello is in rustls' error. Alerts
//! that are encrypted stay rustls' own.
use rustls::{AlertDescription, Error, InvalidMessage, PeerIncompatible, PeerMisbehaved};
use s_server_core::fact::Alert;
use s_server_core::registry::alerts::FATAL;
use s_server_core::registry::cipher_suites::FALLBACK_SCSV;
use s_server_core::registry::extension_types::RENEGOTIATION_INFO;
use s_server_core::registry::versions::TLS1_3;
use s_server_core::wire::{ClientHello, FirstMessage};

/// Type of a ClientHello, RFC 8446 section 4.
const CLIENT_HELLO: u8 = 1;
/// The longest fragment in the clear, RFC 8446 section 5.1.
const LONGEST: usize = 16_384;
/// Empty records in a row that OpenSSL passes over (`MAX_EMPTY_RECORDS`).
const MOST_EMPTY: usize = 32;
/// The longest name of a host, RFC 1035 section 2.3.4.
const LONGEST_NAME: usize = 255;

/// What becomes of a record before the ClientHello is complete.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// rustls gets it.
    Good,
    /// It is empty, and passed over.
    Empty,
    /// The session ends: with that alert, and for that reason.
    Bad(Option<AlertDescription>, &'static str),
}

/// Judges the records of a client that has said nothing else.
#[derive(Debug, Default)]
pub struct Records {
    /// One was good.
    begun: bool,
    empty: usize,
}

impl Records {
    /// Corresponds to `ssl3_get_record` in `ssl/record/ssl3_record.c`.
    pub fn judge(&mut self, record: &[u8]) -> Verdict {
        let &[kind, major, _, high, low, ..] = record else { return Verdict::Good };
        let len = usize::from(u16::from_be_bytes([high, low]));
        let before = std::mem::take(&mut self.empty);
        let bad = |alert, why| Verdict::Bad(Some(alert), why);
        match (major, kind, len) {
            (3, 20..=23, 1..=LONGEST) => self.begun = true,
            (3, 20 | 22, 0) if before < MOST_EMPTY => {
                self.empty = before + 1;
                return Verdict::Empty;
            }
            (3, 20..=23, 0) => return bad(AlertDescription::UnexpectedMessage, "the client sends empty records"),
            (3, 20..=23, _) => return bad(AlertDescription::RecordOverflow, "a record is longer than 16,384 bytes"),
            (3, ..) => return bad(AlertDescription::UnexpectedMessage, "a record is of a type that TLS does not have"),
            _ if self.begun => {
                return bad(AlertDescription::ProtocolVersion, "a record has a version that is none of TLS");
            }
            _ => return Verdict::Bad(None, instead_of_tls(record)),
        }
        Verdict::Good
    }
}

fn instead_of_tls(bytes: &[u8]) -> &'static str {
    match bytes {
        [b'G', b'E', b'T', ..]
        | [b'P', b'O', b'S', b'T', ..]
        | [b'H', b'E', b'A', b'D', ..]
        | [b'P', b'U', b'T', ..] => "http request: the client speaks HTTP without TLS",
        [b'C', b'O', b'N', b'N', b'E', ..] => "https proxy request: the client takes this for an HTTP proxy",
        _ => "wrong version number: the client does not speak TLS",
    }
}

/// The alert for what rustls found wrong with a client's first message, and with what it asks for.
pub fn of_first(error: &Error, first: &FirstMessage, has_tls13: bool) -> Option<AlertDescription> {
    use AlertDescription as Alert;
    if first.message().and_then(<[u8]>::first).is_some_and(|&kind| kind != CLIENT_HELLO) {
        return Some(Alert::UnexpectedMessage);
    }
    let hello = first.message().and_then(|message| ClientHello::parse(message).ok());
    let versions = hello.as_ref().and_then(|hello| hello.supported_versions().ok().flatten());
    let tls13 = has_tls13 && versions.is_some_and(|versions| versions.contains(TLS1_3));
    match error {
        Error::InvalidMessage(InvalidMessage::HandshakePayloadTooLarge | InvalidMessage::DuplicateExtension(_)) => {
            Some(Alert::IllegalParameter)
        }
        Error::InvalidMessage(InvalidMessage::IllegalEmptyList("CipherSuites")) => Some(Alert::IllegalParameter),
        Error::PeerIncompatible(PeerIncompatible::NullCompressionRequired) => Some(Alert::DecodeError),
        Error::PeerIncompatible(
            PeerIncompatible::SignatureAlgorithmsExtensionRequired
            | PeerIncompatible::NamedGroupsExtensionRequired
            | PeerIncompatible::KeyShareExtensionRequired,
        ) if tls13 => Some(Alert::MissingExtension),
        Error::PeerMisbehaved(PeerMisbehaved::ServerNameMustContainOneHostName) => {
            match hello?.server_name().ok().flatten()? {
                None => Some(Alert::DecodeError),
                Some(name) if name.contains(&0) || name.len() > LONGEST_NAME => Some(Alert::UnrecognisedName),
                Some(_) => None,
            }
        }
        _ => None,
    }
}

/// What OpenSSL refuses in a ClientHello and rustls does not look at.
pub fn of_hello(first: &FirstMessage, has_tls13: bool) -> Result<(), (AlertDescription, &'static str)> {
    let Some(hello) = first.message().and_then(|message| ClientHello::parse(message).ok()) else { return Ok(()) };
    let tls13 = hello.supported_versions().ok().flatten().is_some_and(|versions| versions.contains(TLS1_3));
    if hello.cipher_suites.contains(FALLBACK_SCSV) && has_tls13 && !tls13 {
        return Err((
            AlertDescription::InappropriateFallback,
            "inappropriate fallback: the client says that it offers less than it can, and the server has TLS 1.3",
        ));
    }
    match hello.extension(RENEGOTIATION_INFO) {
        Some(info) if info.data != [0] => Err((
            AlertDescription::HandshakeFailure,
            "renegotiation mismatch: the client takes its first handshake for a renegotiation",
        )),
        _ => Ok(()),
    }
}

/// Puts OpenSSL's alert in the place of rustls', where that ends what was sent and is not encrypted.
pub fn replace_last(sent: &mut [u8], error: &Error, tls13: bool) {
    let instead = match error {
        // RFC 5246 section 7.4.6; certificate_required is an alert of TLS 1.3.
        Error::NoCertificatesPresented if !tls13 => AlertDescription::HandshakeFailure,
        Error::InvalidMessage(InvalidMessage::MessageTooLarge) => AlertDescription::RecordOverflow,
        Error::InvalidMessage(InvalidMessage::InvalidEmptyPayload | InvalidMessage::InvalidContentType) => {
            AlertDescription::UnexpectedMessage
        }
        Error::InvalidMessage(InvalidMessage::UnknownProtocolVersion) => AlertDescription::ProtocolVersion,
        _ => return,
    };
    if let Some([21, 3, _, 0, 2, 2, description]) = last_record(sent) {
        *description = instead.into();
    }
}

/// The alerts that passed in a step which ended with that error: the one that came, or the one at the end of what was sent.
pub fn passed(error: Option<&Error>, sent: &[u8]) -> Option<Alert> {
    if let Some(Error::AlertReceived(description)) = error {
        return Some(Alert { sent: false, level: FATAL, description: (*description).into() });
    }
    let mut sent = sent.to_vec();
    match (last_record(&mut sent)?, error) {
        ([21, 3, _, 0, 2, level, description], _) => {
            Some(Alert { sent: true, level: *level, description: *description })
        }
        ([21 | 23, ..], Some(error)) => Some(Alert { sent: true, level: FATAL, description: encrypted(error).into() }),
        _ => None,
    }
}

/// The alert that rustls sends for an error. It does not say, so this is read from the error; where it chooses by the place as
/// well, it is the one that is chosen in most.
fn encrypted(error: &Error) -> AlertDescription {
    use AlertDescription as Alert;
    match error {
        Error::InvalidCertificate(why) => why.clone().into(),
        Error::InvalidMessage(why) => (*why).into(),
        Error::NoCertificatesPresented => Alert::CertificateRequired,
        Error::DecryptError => Alert::BadRecordMac,
        Error::PeerSentOversizedRecord => Alert::RecordOverflow,
        Error::InappropriateMessage { .. }
        | Error::InappropriateHandshakeMessage { .. }
        | Error::PeerMisbehaved(
            PeerMisbehaved::TooManyKeyUpdateRequests
            | PeerMisbehaved::KeyEpochWithPendingFragment
            | PeerMisbehaved::IllegalMiddleboxChangeCipherSpec
            | PeerMisbehaved::MessageInterleavedWithHandshakeMessage,
        ) => Alert::UnexpectedMessage,
        Error::PeerIncompatible(_) => Alert::HandshakeFailure,
        _ => Alert::IllegalParameter,
    }
}

fn last_record(mut sent: &mut [u8]) -> Option<&mut [u8]> {
    loop {
        let &[_, _, _, high, low, ..] = &*sent else { return None };
        let end = 5 + usize::from(u16::from_be_bytes([high, low]));
        if end >= sent.len() {
            return Some(sent);
        }
        sent = &mut sent[end..];
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BAD: fn(AlertDescription, &'static str) -> Verdict = |alert, why| Verdict::Bad(Some(alert), why);

    #[test]
    fn records_are_judged_by_their_headers_as_openssl_does() {
        let first = |record: &[u8]| Records::default().judge(record);
        assert_eq!(first(&[22, 3, 1, 0, 1, 1]), Verdict::Good);
        assert_eq!(first(&[22, 3, 1, 0x40, 0]), Verdict::Good);
        assert_eq!(
            first(&[22, 3, 1, 0x40, 1]),
            BAD(AlertDescription::RecordOverflow, "a record is longer than 16,384 bytes")
        );
        let unknown = BAD(AlertDescription::UnexpectedMessage, "a record is of a type that TLS does not have");
        assert_eq!((first(&[24, 3, 1, 0, 1, 1]), first(&[0, 3, 1, 0, 0])), (unknown, unknown));
        let empty = BAD(AlertDescription::UnexpectedMessage, "the client sends empty records");
        assert_eq!((first(&[21, 3, 1, 0, 0]), first(&[23, 3, 1, 0, 0])), (empty, empty));
        let told = |bytes: &[u8]| match first(bytes) {
            Verdict::Bad(None, why) => why.split(':').next().unwrap(),
            other => panic!("{other:?}"),
        };
        assert_eq!(told(b"GET / HTTP/1.0\r\n"), "http request");
        assert_eq!(told(b"CONNECT a:1 HTTP/1.0\r\n"), "https proxy request");
        assert_eq!(told(b"SSH-2.0-x\r\n"), "wrong version number");
        let mut records = Records::default();
        records.judge(&[22, 3, 1, 0, 1, 1]);
        let later = BAD(AlertDescription::ProtocolVersion, "a record has a version that is none of TLS");
        assert_eq!(records.judge(&[22, 4, 0, 0, 1, 1]), later);
    }

    #[test]
    fn thirty_two_empty_records_in_a_row_are_passed_over() {
        let mut records = Records::default();
        for _ in 0..2 {
            for _ in 0..32 {
                assert_eq!(records.judge(&[22, 3, 1, 0, 0]), Verdict::Empty);
            }
            assert_eq!(records.judge(&[22, 3, 1, 0, 1, 1]), Verdict::Good);
        }
        for _ in 0..32 {
            assert_eq!(records.judge(&[20, 3, 1, 0, 0]), Verdict::Empty);
        }
        assert!(matches!(records.judge(&[22, 3, 1, 0, 0]), Verdict::Bad(Some(AlertDescription::UnexpectedMessage), _)));
    }

    #[test]
    fn an_alert_is_told_by_what_was_sent_and_by_the_error_where_that_is_encrypted() {
        let told = |error: Option<&Error>, sent: &[u8]| passed(error, sent).map(|a| (a.sent, a.level, a.description));
        let refused = Error::InvalidCertificate(rustls::CertificateError::UnknownIssuer);
        assert_eq!(told(Some(&refused), &[22, 3, 3, 0, 1, 0, 21, 3, 3, 0, 2, 2, 40]), Some((true, 2, 40)));
        assert_eq!(told(None, &[21, 3, 3, 0, 2, 1, 112]), Some((true, 1, 112)));
        assert_eq!(told(Some(&refused), &[23, 3, 3, 0, 3, 7, 7, 7]), Some((true, 2, 48)));
        assert_eq!(told(Some(&Error::DecryptError), &[21, 3, 3, 0, 3, 7, 7, 7]), Some((true, 2, 20)));
        let received = Error::AlertReceived(AlertDescription::UnknownCA);
        assert_eq!(told(Some(&received), &[]), Some((false, 2, 48)));
        assert_eq!((told(None, &[23, 3, 3, 0, 1, 7]), told(Some(&refused), &[])), (None, None));
    }

    #[test]
    fn an_alert_is_replaced_where_it_is_in_the_clear_and_the_last() {
        let replaced = |sent: &[u8], tls13| {
            let mut sent = sent.to_vec();
            replace_last(&mut sent, &Error::NoCertificatesPresented, tls13);
            sent
        };
        assert_eq!(replaced(&[22, 3, 3, 0, 1, 0, 21, 3, 3, 0, 2, 2, 116], false)[12], 40);
        assert_eq!(replaced(&[21, 3, 3, 0, 2, 2, 116], true)[6], 116);
        for other in [&[23, 3, 3, 0, 2, 2, 116][..], &[22, 3, 3, 0, 7, 21, 3, 3, 0, 2, 2, 116], &[21, 3, 3], &[]] {
            assert_eq!(replaced(other, false), other);
        }
    }
}
