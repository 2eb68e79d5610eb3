//! The values of the two edges, to the host and to TLS, as fields of payloads.
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::net::{IpAddr, SocketAddr};

use super::field::{Field, Malformed, Payload, structs, sums, tags};
use crate::endpoint::Path;
use crate::engine::*;
use crate::io::{
    DeadlineReason, FileReply, FileRequest, Interest, Now, Outcome, PeerAddress, Refusal, Stream, WireEnd,
};
use crate::options::plan::Reference;

tags! {
    Stream { 0 Out, 1 Data, 2 Err }
    Outcome { 0 Next, 1 Quit, 2 Misconfigured }
    DeadlineReason {
        0 Handshake, 1 SilentHandshake, 2 Renegotiation, 3 Retransmission, 4 Receive, 5 SilentPeer,
    }
    Refusal { 0 NotFound, 1 Directory, 2 NotServed, 3 Denied, 4 Failed }
    Reference { 0 V3_0, 1 V3_1, 2 V3_2, 3 V3_3, 4 V3_5, 5 V3_6, 6 V4_0 }
    Detail { 0 Report, 1 Brief, 2 Page, 3 Whole }
    EarlyData { 0 NotSent, 1 Rejected, 2 Accepted }
    EchStatus {
        0 Success,
        1 NotTried,
        2 Failed,
        3 FailedWithRetry,
        4 BadName,
        5 Backend,
        6 NotConfigured,
        7 Grease,
        8 GreaseWithRetry,
        9 BadCall,
        10 Unknown,
    }
    Cause { 0 Peer, 1 Wire, 2 Configuration }
}

structs! {
    Interest { wire, flushed, file, operator, deadline }
    Start { seed, path }
    Path { peer, local }
    Message { sent, version, content_type, data, objects }
    Transfer { sent, wanted, passed }
    CommandResult { requested, handshake, error }
    EngineError { queue, verify, cause }
    VerifyStep {
        depth, ok, error, error_text, subject, issuer, not_before, not_after, accepted, policies,
    }
    SessionInfo {
        protocol, protocol_number, cipher, cipher_version, session_pem, peer_certificate, raw_keys,
        shared_ciphers, unknown_ciphers, supported_ciphers, client_ciphers, signature_algorithms, shared_signature_algorithms,
        own_signature_type, peer_signing_digest, peer_signature_type, point_formats, groups, shared_groups, key_exchange,
        ca_names, server_name, alpn, hello_retry_request, early_data, psk_identity, srp_user, next_protocol, srtp, exported, reused,
        secure_renegotiation, renegotiation_disabled, verify_result,
        verified_name, ech, session,
    }
    PeerCertificate { pem, subject, issuer, text }
    RawKeys { server, client, peer, matched }
    PublicKey { der, text }
    TlsaMatch { usage, selector, matching, data, depth }
    Ech { status, inner_name, outer_name }
    Exported { label, length, material }
    SessionFields { id, context, start, timeout, extended_master_secret, max_early_data }
    CacheStats {
        items, connects, connect_renegotiates, connects_finished, accepts, accept_renegotiates, accepts_finished, hits,
        misses, timeouts, callback_hits, full, size,
    }
}

impl<'a> Field<'a> for Now {
    fn put(&self, to: &mut Vec<u8>) {
        self.as_micros().put(to);
    }

    fn take(from: &mut Payload<'a>) -> Result<Self, Malformed> {
        from.take().map(Self::from_micros)
    }
}

impl<'a> Field<'a> for SocketAddr {
    fn put(&self, to: &mut Vec<u8>) {
        self.to_string().put(to);
    }

    fn take(from: &mut Payload<'a>) -> Result<Self, Malformed> {
        let wrong = from.wrong("a socket's address");
        from.take::<String>()?.parse().map_err(|_| wrong)
    }
}

impl<'a> Field<'a> for IpAddr {
    fn put(&self, to: &mut Vec<u8>) {
        self.to_string().put(to);
    }

    fn take(from: &mut Payload<'a>) -> Result<Self, Malformed> {
        let wrong = from.wrong("an address");
        from.take::<String>()?.parse().map_err(|_| wrong)
    }
}

sums! {
    <'a> PeerAddress { 0 Unknown, 1 Ip(at), 2 Unix }
    <'a> WireEnd { 0 Closed, 1 Failed(number), 2 Restarted }
    <'a> FileRequest<'a> { 0 Open { name }, 1 Read { max } }
    <'a> FileReply<'a> { 0 Opened { len }, 1 Refused(why), 2 Data(bytes), 3 End }
    <'a> EngineCommand<'a> {
        0 Renegotiate { request_certificate },
        1 KeyUpdate { request_peer },
        2 RequestCertificate,
        3 ClearText(text),
    }
    <'a, T> Step<T> { 0 Done(value), 1 WantRead { starved }, 2 WantWrite, 3 Closed, 4 Failed(error) }
    <'a> KeyExchange {
        0 Ecdh { curve, bits },
        1 Dh { bits },
        2 Rsa { bits },
        3 Key { kind, bits },
        4 Share { group },
        5 Negotiated { group },
    }
    <'a> EarlyRead {
        0 Data,
        1 End(what),
    }
    <'a> Event {
        0 State(line),
        1 Handshake { renegotiation },
        2 Verify(step),
        3 Extension { extension_type, data },
        4 Text(stream, text),
        5 KeyLog(line),
        6 Message(message),
        7 Session { id, state },
        8 Alert(alert),
        9 Transfer(transfer),
        10 CookieSent,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::String;
    use alloc::vec;
    use core::fmt::Debug;

    /// Reads back what was written, and nothing from any part of it.
    fn holds<T: for<'a> Field<'a> + PartialEq + Debug>(value: T) {
        let mut bytes = Vec::new();
        value.put(&mut bytes);
        let mut payload = Payload::new(&bytes);
        assert_eq!(payload.take::<T>().as_ref(), Ok(&value));
        assert_eq!(payload.end(), Ok(()));
        for cut in 0..bytes.len() {
            assert!(Payload::new(&bytes[..cut]).take::<T>().is_err(), "{cut} of {value:?}");
        }
    }

    /// The same for what is lent of the payload.
    fn lent<'a, T: Field<'a> + PartialEq + Debug>(value: T) {
        let mut bytes = Vec::new();
        value.put(&mut bytes);
        let bytes: &'a [u8] = bytes.leak();
        assert_eq!(Payload::new(bytes).take::<T>().as_ref(), Ok(&value));
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
            raw_keys: RawKeys {
                server: true,
                client: false,
                peer: Some(PublicKey { der: vec![0x30], text: vec![2] }),
                matched: Some(TlsaMatch { usage: 3, selector: 1, matching: 0, data: vec![4], depth: Some(1) }),
            },
            key_exchange: Some(KeyExchange::Ecdh { curve: Some("prime256v1".into()), bits: 256 }),
            ech: Some(Ech { status: EchStatus::Grease, inner_name: None, outer_name: Some("o".into()) }),
            shared_ciphers: Some(vec!["A".into(), "B".into()]),
            unknown_ciphers: vec![0x0a0a],
            supported_ciphers: vec![("A".into(), "TLSv1.2".into())],
            groups: Some(vec![]),
            next_protocol: Some(b"h2".to_vec()),
            srtp: Some("SRTP_AEAD_AES_128_GCM".into()),
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
        for exchange in [
            KeyExchange::Dh { bits: 2048 },
            KeyExchange::Rsa { bits: 512 },
            KeyExchange::Key { kind: None, bits: 253 },
            KeyExchange::Share { group: "X25519MLKEM768".into() },
            KeyExchange::Negotiated { group: "x448".into() },
        ] {
            holds(exchange);
        }
        holds(Event::State("SSL_accept:x".into()));
        holds(Event::Handshake { renegotiation: true });
        holds(Event::Verify(step()));
        holds(Event::Extension { extension_type: 51, data: vec![0, 1] });
        let objects = vec![b"CN = a".to_vec()];
        holds(Event::Message(Message { sent: true, version: 0x0304, content_type: 257, data: vec![22], objects }));
        holds(Event::Transfer(Transfer { sent: true, wanted: 5, passed: Ok(vec![22]) }));
        holds(Event::Transfer(Transfer { sent: false, wanted: 5, passed: Err(-1) }));
        holds(Event::KeyLog("CLIENT_RANDOM 0 1".into()));
        holds(Event::Session { id: vec![1; 32], state: vec![2] });
        holds(Event::Text(Stream::Err, b"text".to_vec()));
    }

    #[test]
    fn values_of_the_host_are_read_as_they_were_written() {
        let deadline = Some((Now::from_micros(7), DeadlineReason::Renegotiation));
        holds(Interest { wire: true, flushed: false, file: true, operator: Some(16_384), deadline });
        holds(WireEnd::Failed(104));
        lent(FileRequest::Open { name: b"a" });
        lent(FileRequest::Read { max: 9 });
        lent(FileReply::Opened { len: 5 });
        lent(FileReply::Refused(Refusal::Denied));
        lent(FileReply::Data(b"x"));
        lent(FileReply::End);
    }
}
