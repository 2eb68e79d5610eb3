//! The values of the two edges, to the host and to TLS, as fields of payloads.
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::net::SocketAddr;

use super::field::{Field, Malformed, Payload, put_bytes, structs, tags};
use crate::engine::*;
use crate::io::{
    DeadlineReason, FileReply, FileRequest, Interest, Now, Outcome, PeerAddress, Refusal, Stream, WireEnd,
};
use crate::options::Backend;
use crate::options::plan::Reference;

tags! {
    Stream { 0 Out, 1 Data, 2 Err }
    Outcome { 0 Next, 1 Quit, 2 Misconfigured }
    DeadlineReason { 0 Handshake, 1 SilentHandshake, 2 Renegotiation }
    Refusal { 0 NotFound, 1 Directory, 2 NotServed, 3 Denied, 4 Failed }
    Reference { 0 V3_0, 1 V3_1, 2 V3_2, 3 V3_3, 4 V3_5, 5 V3_6, 6 V4_0 }
    Backend { 0 Openssl, 1 Rustls }
    Detail { 0 Report, 1 Brief, 2 Page, 3 Whole }
    EarlyData { 0 NotSent, 1 Rejected, 2 Accepted }
    Cause { 0 Peer, 1 Wire, 2 Configuration }
}

structs! {
    Interest { wire, flushed, file, operator, deadline }
    Start { seed }
    Message { sent, version, content_type, data }
    CommandResult { requested, handshake, error }
    EngineError { queue, verify, cause }
    VerifyStep {
        depth, ok, error, error_text, subject, issuer, not_before, not_after, accepted, policies,
    }
    SessionInfo {
        protocol, protocol_number, cipher, cipher_version, session_pem, peer_certificate, raw_keys,
        shared_ciphers, unknown_ciphers, supported_ciphers, client_ciphers, signature_algorithms, shared_signature_algorithms,
        own_signature_type, peer_signing_digest, peer_signature_type, point_formats, groups, shared_groups, temp_key,
        ca_names, server_name, alpn, hello_retry_request, early_data, psk_identity, next_protocol, exported, reused, secure_renegotiation, renegotiation_disabled, verify_result,
        verified_name, ech, session,
    }
    PeerCertificate { pem, subject, issuer, text }
    RawKeys { server, client, peer, matched }
    Exported { label, length, material }
    SessionFields { id, context, start, timeout, extended_master_secret, max_early_data }
    CacheStats {
        items, connects, connect_renegotiates, connects_finished, accepts, accept_renegotiates, accepts_finished, hits,
        misses, timeouts, callback_hits, full, size,
    }
}

impl Field for Now {
    fn put(&self, to: &mut Vec<u8>) {
        self.as_micros().put(to);
    }

    fn take(from: &mut Payload<'_>) -> Result<Self, Malformed> {
        from.take().map(Self::from_micros)
    }
}

impl Field for SocketAddr {
    fn put(&self, to: &mut Vec<u8>) {
        self.to_string().put(to);
    }

    fn take(from: &mut Payload<'_>) -> Result<Self, Malformed> {
        let wrong = from.wrong("a socket's address");
        from.take::<String>()?.parse().map_err(|_| wrong)
    }
}

impl Field for PeerAddress {
    fn put(&self, to: &mut Vec<u8>) {
        match self {
            Self::Unknown => to.push(0),
            Self::Ip(at) => {
                to.push(1);
                at.put(to);
            }
            Self::Unix => to.push(2),
        }
    }

    fn take(from: &mut Payload<'_>) -> Result<Self, Malformed> {
        match from.tag()? {
            0 => Ok(Self::Unknown),
            1 => from.take().map(Self::Ip),
            2 => Ok(Self::Unix),
            _ => Err(from.wrong_tag()),
        }
    }
}

impl Field for WireEnd {
    fn put(&self, to: &mut Vec<u8>) {
        match self {
            Self::Closed => to.push(0),
            Self::Failed(number) => {
                to.push(1);
                number.put(to);
            }
        }
    }

    fn take(from: &mut Payload<'_>) -> Result<Self, Malformed> {
        match from.tag()? {
            0 => Ok(Self::Closed),
            1 => from.take().map(Self::Failed),
            _ => Err(from.wrong_tag()),
        }
    }
}

impl<T: Field> Field for Step<T> {
    fn put(&self, to: &mut Vec<u8>) {
        match self {
            Self::Done(value) => {
                to.push(0);
                value.put(to);
            }
            Self::WantRead { starved: true } => to.push(1),
            Self::WantRead { starved: false } => to.push(2),
            Self::WantWrite => to.push(3),
            Self::Closed => to.push(4),
            Self::Failed(error) => {
                to.push(5);
                error.put(to);
            }
        }
    }

    fn take(from: &mut Payload<'_>) -> Result<Self, Malformed> {
        Ok(match from.tag()? {
            0 => Self::Done(from.take()?),
            1 => Self::WantRead { starved: true },
            2 => Self::WantRead { starved: false },
            3 => Self::WantWrite,
            4 => Self::Closed,
            5 => Self::Failed(from.take()?),
            _ => return Err(from.wrong_tag()),
        })
    }
}

impl Field for Event {
    fn put(&self, to: &mut Vec<u8>) {
        match self {
            Self::State(line) => {
                to.push(0);
                line.put(to);
            }
            Self::Handshake { renegotiation } => {
                to.push(1);
                renegotiation.put(to);
            }
            Self::Verify(step) => {
                to.push(2);
                step.put(to);
            }
            Self::Extension { extension_type, data } => {
                to.push(3);
                extension_type.put(to);
                data.put(to);
            }
            Self::Text(stream, text) => {
                to.push(4);
                stream.put(to);
                text.put(to);
            }
            Self::KeyLog(line) => {
                to.push(5);
                line.put(to);
            }
            Self::Message(message) => {
                to.push(6);
                message.put(to);
            }
            Self::Session { id, state } => {
                to.push(7);
                id.put(to);
                state.put(to);
            }
            Self::Alert(alert) => {
                to.push(8);
                alert.put(to);
            }
        }
    }

    fn take(from: &mut Payload<'_>) -> Result<Self, Malformed> {
        Ok(match from.tag()? {
            0 => Self::State(from.take()?),
            1 => Self::Handshake { renegotiation: from.take()? },
            2 => Self::Verify(from.take()?),
            3 => Self::Extension { extension_type: from.take()?, data: from.take()? },
            4 => Self::Text(from.take()?, from.take()?),
            5 => Self::KeyLog(from.take()?),
            6 => Self::Message(from.take()?),
            7 => Self::Session { id: from.take()?, state: from.take()? },
            8 => Self::Alert(from.take()?),
            _ => return Err(from.wrong_tag()),
        })
    }
}

/// Appends what a connection wants of a file.
pub fn put_file_request(request: &FileRequest<'_>, to: &mut Vec<u8>) {
    match request {
        FileRequest::Open { name } => {
            to.push(0);
            put_bytes(name, to);
        }
        FileRequest::Read { max } => {
            to.push(1);
            max.put(to);
        }
    }
}

/// Reads what a connection wants of a file.
pub fn file_request<'a>(from: &mut Payload<'a>) -> Result<FileRequest<'a>, Malformed> {
    Ok(match from.tag()? {
        0 => FileRequest::Open { name: from.bytes()? },
        1 => FileRequest::Read { max: from.take()? },
        _ => return Err(from.wrong_tag()),
    })
}

/// Appends what the host says of a file.
pub fn put_file_reply(reply: &FileReply<'_>, to: &mut Vec<u8>) {
    match reply {
        FileReply::Opened { len } => {
            to.push(0);
            len.put(to);
        }
        FileReply::Refused(why) => {
            to.push(1);
            why.put(to);
        }
        FileReply::Data(bytes) => {
            to.push(2);
            put_bytes(bytes, to);
        }
        FileReply::End => to.push(3),
    }
}

/// Reads what the host says of a file.
pub fn file_reply<'a>(from: &mut Payload<'a>) -> Result<FileReply<'a>, Malformed> {
    Ok(match from.tag()? {
        0 => FileReply::Opened { len: from.take()? },
        1 => FileReply::Refused(from.take()?),
        2 => FileReply::Data(from.bytes()?),
        3 => FileReply::End,
        _ => return Err(from.wrong_tag()),
    })
}

/// Appends a request to the engine.
pub fn put_command(command: &EngineCommand<'_>, to: &mut Vec<u8>) {
    match command {
        EngineCommand::Renegotiate { request_certificate } => {
            to.push(0);
            request_certificate.put(to);
        }
        EngineCommand::KeyUpdate { request_peer } => {
            to.push(1);
            request_peer.put(to);
        }
        EngineCommand::RequestCertificate => to.push(2),
        EngineCommand::ClearText(text) => {
            to.push(3);
            put_bytes(text, to);
        }
    }
}

/// Reads a request to the engine.
pub fn command<'a>(from: &mut Payload<'a>) -> Result<EngineCommand<'a>, Malformed> {
    Ok(match from.tag()? {
        0 => EngineCommand::Renegotiate { request_certificate: from.take()? },
        1 => EngineCommand::KeyUpdate { request_peer: from.take()? },
        2 => EngineCommand::RequestCertificate,
        3 => EngineCommand::ClearText(from.bytes()?),
        _ => return Err(from.wrong_tag()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::String;
    use alloc::vec;
    use core::fmt::Debug;

    /// Reads back what was written, and nothing from any part of it.
    fn holds<T: Field + PartialEq + Debug>(value: T) {
        let mut bytes = Vec::new();
        value.put(&mut bytes);
        let mut payload = Payload::new(&bytes);
        assert_eq!(payload.take::<T>().as_ref(), Ok(&value));
        assert_eq!(payload.end(), Ok(()));
        for cut in 0..bytes.len() {
            assert!(Payload::new(&bytes[..cut]).take::<T>().is_err(), "{cut} of {value:?}");
        }
    }

    fn error() -> EngineError {
        EngineError {
            queue: vec![b"40:error\n".to_vec(), vec![0xff]],
            verify: Some("expired".into()),
            cause: Cause::Wire,
        }
    }

    fn step() -> VerifyStep {
        VerifyStep {
            depth: 1,
            ok: true,
            error: 10,
            error_text: "expired".into(),
            subject: Some("CN = a".into()),
            issuer: None,
            not_before: "then".into(),
            not_after: "now".into(),
            accepted: true,
            policies: Some("none".into()),
        }
    }

    fn info() -> SessionInfo {
        SessionInfo {
            protocol: "TLSv1.3".into(),
            protocol_number: 0x0304,
            cipher: "TLS_AES_256_GCM_SHA384".into(),
            session_pem: b"-----".to_vec(),
            peer_certificate: Some(PeerCertificate { pem: vec![1], subject: "s".into(), ..Default::default() }),
            raw_keys: RawKeys { server: true, client: false, peer: Some(vec![2]), matched: Some("m".into()) },
            shared_ciphers: Some(vec!["A".into(), "B".into()]),
            unknown_ciphers: vec![0x0a0a],
            supported_ciphers: vec![("A".into(), "TLSv1.2".into())],
            groups: Some(vec![]),
            next_protocol: Some(b"h2".to_vec()),
            exported: Some(Exported { label: b"l".to_vec(), length: 20, material: Err(error()) }),
            reused: true,
            verify_result: (-1, String::from("x")),
            session: SessionFields { id: vec![7; 32], start: 1, timeout: 7200, ..Default::default() },
            ..SessionInfo::default()
        }
    }

    #[test]
    fn engine_values_are_read_as_they_were_written() {
        holds(info());
        holds(SessionInfo::default());
        holds(step());
        holds(error());
        holds(CommandResult { requested: -1, handshake: 0, error: Some(error()) });
        holds(CacheStats { items: 1, size: 20_480, ..CacheStats::default() });
        for end in [Step::Done(7usize), Step::WantRead { starved: true }, Step::WantRead { starved: false }] {
            holds(end);
        }
        holds(Step::<()>::WantWrite);
        holds(Step::<()>::Closed);
        holds(Step::<()>::Failed(error()));
        holds(Event::State("SSL_accept:x".into()));
        holds(Event::Handshake { renegotiation: true });
        holds(Event::Verify(step()));
        holds(Event::Extension { extension_type: 51, data: vec![0, 1] });
        holds(Event::Message(Message { sent: true, version: 0x0304, content_type: 257, data: vec![22] }));
        holds(Event::KeyLog("CLIENT_RANDOM 0 1".into()));
        holds(Event::Session { id: vec![1; 32], state: vec![2] });
        holds(Event::Text(Stream::Err, b"text".to_vec()));
    }

    #[test]
    fn values_of_the_host_are_read_as_they_were_written() {
        let deadline = Some((Now::from_micros(7), DeadlineReason::Renegotiation));
        holds(Interest { wire: true, flushed: false, file: true, operator: Some(16_384), deadline });
        holds(WireEnd::Failed(104));
        for request in [FileRequest::Open { name: b"a" }, FileRequest::Read { max: 9 }] {
            let mut bytes = Vec::new();
            put_file_request(&request, &mut bytes);
            assert_eq!(file_request(&mut Payload::new(&bytes)), Ok(request));
        }
        let replies =
            [FileReply::Opened { len: 5 }, FileReply::Refused(Refusal::Denied), FileReply::Data(b"x"), FileReply::End];
        for reply in replies {
            let mut bytes = Vec::new();
            put_file_reply(&reply, &mut bytes);
            assert_eq!(file_reply(&mut Payload::new(&bytes)), Ok(reply));
        }
    }
}
