//! The facts of a recorded run, each as named fields that can be compared.

use std::collections::BTreeMap;
use std::fmt::Debug;

pub use s_server_core::Fact;
use s_server_core::engine::{SessionFields, SessionInfo, VerifyStep};
use s_server_core::fact::{ByteCount, Closed, Hello};
use s_server_core::record::{Frames, Out};

/// One fact: its name, and its fields by theirs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// In the words of [`Fact`].
    pub name: &'static str,
    /// Name and value of each field.
    pub fields: BTreeMap<&'static str, String>,
}

/// The facts about each connection, in order. The numbers of the connections begin with 1.
///
/// # Panics
/// When the recording is none.
pub fn of(recording: &[u8]) -> BTreeMap<u32, Vec<Fact>> {
    let mut facts: BTreeMap<u32, Vec<Fact>> = BTreeMap::new();
    for frame in Frames::new(recording) {
        let (_, frame) = frame.expect("a whole recording");
        if let Some(Out::Fact(fact)) = Out::read(&frame).expect("a sound recording") {
            facts.entry(frame.conn).or_default().push(fact);
        }
    }
    facts
}

/// All fields of a struct: one that is new does not compile until it stands here.
macro_rules! fields {
    ($value:expr, $name:ident { $($field:ident),* $(,)? }) => {{
        let $name { $($field),* } = $value;
        [$((stringify!($field), shown($field))),*].into()
    }};
}

fn shown(value: &impl Debug) -> String {
    format!("{value:?}")
}

impl From<&Fact> for Shown {
    fn from(fact: &Fact) -> Self {
        let (name, fields): (_, BTreeMap<_, _>) = match fact {
            Fact::Accepted(peer) => ("Accepted", [("peer", shown(peer))].into()),
            Fact::ClientHello(hello) => ("ClientHello", self::hello(hello)),
            Fact::Established(info) => ("Established", established(info)),
            Fact::Renegotiated => ("Renegotiated", BTreeMap::new()),
            Fact::Data(data) => ("Data", [("data", shown(data))].into()),
            Fact::Alert(alert) => ("Alert", [("alert", shown(alert))].into()),
            Fact::Verify(step) => ("Verify", verify(step)),
            Fact::Request { method, target } => {
                ("Request", [("method", shown(method)), ("target", shown(target))].into())
            }
            Fact::Command(command) => ("Command", [("command", shown(command))].into()),
            Fact::Failed { error, before_established } => (
                "Failed",
                [
                    ("queue", shown(&error.queue.iter().map(|line| without_thread(line)).collect::<Vec<_>>())),
                    ("verify", shown(&error.verify)),
                    ("cause", shown(&error.cause)),
                    ("before_established", shown(before_established)),
                ]
                .into(),
            ),
            Fact::TimedOut(why) => ("TimedOut", [("why", shown(why))].into()),
            Fact::Closed(closed) => ("Closed", self::closed(closed)),
            other => panic!("no fields are known of {other:?}"),
        };
        Self { name, fields }
    }
}

/// A line of OpenSSL's error queue begins with the number of the thread.
fn without_thread(line: &[u8]) -> String {
    let line = String::from_utf8_lossy(line).into_owned();
    line.split_once(":error:").map_or(line.clone(), |(_, rest)| rest.to_owned())
}

/// What a client says again and again; its random, its keys and the place of its session are other ones each time.
fn hello(hello: &Hello) -> BTreeMap<&'static str, String> {
    let decoded = hello.decoded();
    let list = |numbers: Option<Vec<u16>>| shown(&numbers);
    [
        ("legacy_version", shown(&decoded.legacy_version)),
        ("cipher_suites", shown(&decoded.cipher_suites.iter().collect::<Vec<_>>())),
        ("extensions", shown(&decoded.extensions.iter().map(|extension| extension.extension_type).collect::<Vec<_>>())),
        ("server_name", shown(&decoded.server_name())),
        ("supported_versions", list(decoded.supported_versions().unwrap().map(|list| list.iter().collect()))),
        ("supported_groups", list(decoded.supported_groups().unwrap().map(|list| list.iter().collect()))),
        ("alpn", shown(&decoded.alpn().unwrap().map(Iterator::collect::<Vec<_>>))),
    ]
    .into()
}

fn established(info: &SessionInfo) -> BTreeMap<&'static str, String> {
    let mut fields: BTreeMap<_, _> = fields!(
        info,
        SessionInfo {
            protocol,
            protocol_number,
            cipher,
            cipher_version,
            session_pem,
            peer_certificate,
            raw_keys,
            shared_ciphers,
            unknown_ciphers,
            supported_ciphers,
            client_ciphers,
            signature_algorithms,
            shared_signature_algorithms,
            own_signature_type,
            peer_signing_digest,
            peer_signature_type,
            point_formats,
            groups,
            shared_groups,
            key_exchange,
            ca_names,
            server_name,
            alpn,
            hello_retry_request,
            early_data,
            psk_identity,
            srp_user,
            next_protocol,
            srtp,
            exported,
            reused,
            secure_renegotiation,
            renegotiation_disabled,
            verify_result,
            verified_name,
            ech,
            session,
        }
    );
    let session: BTreeMap<_, _> =
        fields!(&info.session, SessionFields { id, context, start, timeout, extended_master_secret, max_early_data });
    fields.remove("session");
    fields.extend(session);
    fields
}

fn verify(step: &VerifyStep) -> BTreeMap<&'static str, String> {
    fields!(
        step,
        VerifyStep { depth, ok, error, error_text, subject, issuer, not_before, not_after, accepted, policies }
    )
}

fn closed(closed: &Closed) -> BTreeMap<&'static str, String> {
    let ByteCount { received, sent, data_received, data_sent } = closed.count;
    [
        ("outcome", shown(&closed.outcome)),
        ("reason", shown(&closed.reason)),
        ("received", shown(&received)),
        ("sent", shown(&sent)),
        ("data_received", shown(&data_received)),
        ("data_sent", shown(&data_sent)),
    ]
    .into()
}
