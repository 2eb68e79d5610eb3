//! A session, described, as far as rustls knows it.
//!
//! What it does not tell: the session itself (`SSL SESSION PARAMETERS` holds the master secret) and its id.
use rustls::server::ServerConnection;
use rustls::{HandshakeKind, ProtocolVersion, SignatureScheme};
use s_server_core::engine::{Detail, Exported, SessionFields, SessionInfo};
use s_server_core::options::plan::Export;

use crate::certificate;
use crate::context::Shared;
use crate::failure;
use crate::hello::Hello;
use crate::log::Facts;
use crate::names;

/// Describes a session whose ClientHello has come, as far as `detail` asks.
pub fn describe(
    connection: &mut ServerConnection,
    hello: &Hello,
    shared: &Shared,
    facts: &Facts,
    detail: Detail,
) -> SessionInfo {
    let version = connection.protocol_version().unwrap_or(ProtocolVersion::Unknown(0));
    let suite = connection.negotiated_cipher_suite().map(|suite| suite.suite());
    let full = detail != Detail::Brief;
    let own = connection.peer_certificates().and_then(|chain| chain.first());
    let (code, text) = facts.verified.unwrap_or((0, "ok"));
    SessionInfo {
        protocol: protocol(version).to_owned(),
        protocol_number: version.into(),
        cipher: suite.and_then(names::suite).unwrap_or("(NONE)").to_owned(),
        cipher_version: suite.map_or("", names::suite_version).to_owned(),
        peer_certificate: own.map(|der| certificate::describe(der, detail, shared.names)),
        shared_ciphers: full.then(|| shared_ciphers(hello, shared, version)),
        supported_ciphers: if detail == Detail::Page { supported_ciphers(shared) } else { Vec::new() },
        client_ciphers: if detail == Detail::Brief { client_ciphers(hello) } else { Vec::new() },
        signature_algorithms: hello.schemes.iter().map(|&scheme| scheme.into()).collect(),
        shared_signature_algorithms: shared_schemes(hello, shared),
        own_signature_type: facts.own_scheme.and_then(names::scheme).map(str::to_owned),
        peer_signing_digest: facts.client_scheme.and_then(names::digest).map(str::to_owned),
        peer_signature_type: facts.client_scheme.and_then(names::signature_kind).map(str::to_owned),
        groups: hello.groups.as_ref().map(|groups| groups.iter().map(|&group| names::group(group)).collect()),
        shared_groups: if full { shared_groups(hello, shared) } else { Vec::new() },
        temp_key: connection.negotiated_key_exchange_group().map(|group| temp_key(group.name())),
        exported: shared
            .export
            .as_ref()
            .filter(|_| detail == Detail::Report)
            .map(|export| exported(connection, export)),
        reused: connection.handshake_kind() == Some(HandshakeKind::Resumed),
        verify_result: (code.into(), text.to_owned()),
        verified_name: facts.verified_name.clone(),
        session: if detail == Detail::Page { session(shared) } else { SessionFields::default() },
        ..SessionInfo::default()
    }
}

fn protocol(version: ProtocolVersion) -> &'static str {
    match version {
        ProtocolVersion::TLSv1_2 => "TLSv1.2",
        ProtocolVersion::TLSv1_3 => "TLSv1.3",
        _ => "unknown",
    }
}

/// Suites of the client that the server has for that version, in the client's order.
fn shared_ciphers(hello: &Hello, shared: &Shared, version: ProtocolVersion) -> Vec<String> {
    let has = |suite: &rustls::CipherSuite| {
        shared.settings.suites.iter().any(|own| own.suite() == *suite && own.version().version == version)
    };
    hello.suites.iter().copied().filter(has).filter_map(names::suite).map(str::to_owned).collect()
}

fn supported_ciphers(shared: &Shared) -> Vec<(String, String)> {
    let suites = shared.settings.suites.iter().map(|suite| suite.suite());
    suites.filter_map(|suite| Some((names::suite_version(suite).to_owned(), names::suite(suite)?.to_owned()))).collect()
}

fn client_ciphers(hello: &Hello) -> Vec<String> {
    let name = |suite: &rustls::CipherSuite| {
        names::suite(*suite).map_or_else(|| format!("0x{:04X}", u16::from(*suite)), str::to_owned)
    };
    hello.suites.iter().map(name).collect()
}

fn shared_schemes(hello: &Hello, shared: &Shared) -> Vec<u16> {
    let own = |scheme: &SignatureScheme| match &shared.settings.schemes {
        Some(schemes) => schemes.contains(scheme),
        None => names::scheme(*scheme).is_some(),
    };
    hello.schemes.iter().copied().filter(own).map(u16::from).collect()
}

fn shared_groups(hello: &Hello, shared: &Shared) -> Vec<String> {
    let own = |group: &rustls::NamedGroup| shared.settings.groups.iter().any(|own| own.name() == *group);
    hello.groups.iter().flatten().copied().filter(own).map(names::group).collect()
}

/// The line about the key exchange. Corresponds to `ssl_print_tmp_key` in `apps/lib/s_cb.c`.
fn temp_key(group: rustls::NamedGroup) -> String {
    use rustls::NamedGroup as Group;
    match group {
        Group::X25519 => "Peer Temp Key: X25519, 253 bits".into(),
        Group::secp256r1 => "Peer Temp Key: ECDH, prime256v1, 256 bits".into(),
        Group::secp384r1 => "Peer Temp Key: ECDH, secp384r1, 384 bits".into(),
        Group::secp521r1 => "Peer Temp Key: ECDH, secp521r1, 521 bits".into(),
        other => format!("Peer Temp Key: {}", names::group(other)),
    }
}

fn exported(connection: &ServerConnection, export: &Export) -> Exported {
    let material = connection.export_keying_material(vec![0; export.length], &export.label, None);
    let material = material.map_err(|error| failure::of_request(&error.to_string()));
    Exported { label: export.label.clone(), length: export.length, material }
}

fn session(shared: &Shared) -> SessionFields {
    SessionFields { context: shared.context.clone(), timeout: LIFETIME, ..SessionFields::default() }
}

/// Seconds that a session is resumed for, as rustls' tickets say at most.
const LIFETIME: i64 = 7200;
