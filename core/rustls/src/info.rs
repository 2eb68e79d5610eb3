//! A session, described, as far as rustls knows it.
//!
//! What it does not tell: the session itself (`SSL SESSION PARAMETERS` holds the master secret) and its id.
use std::borrow::Cow;

use rustls::server::ServerConnection;
use rustls::{CipherSuite, HandshakeKind, NamedGroup, ProtocolVersion, SignatureScheme};
use s_server_core::engine::{Detail, EarlyData, Exported, KeyExchange, SessionFields, SessionInfo};
use s_server_core::options::plan::Export;
use s_server_core::registry::versions;

use x509_cert::der::Decode;
use x509_cert::name::Name;

use crate::certificate;
use crate::failure;
use crate::hello::Hello;
use crate::log::Facts;
use crate::names;
use crate::sessions::LIFETIME;
use crate::shared::Shared;

/// Describes a session whose ClientHello has come, as far as `detail` asks.
pub fn describe(
    connection: &mut ServerConnection,
    hello: &Hello,
    shared: &Shared,
    facts: &Facts,
    detail: Detail,
) -> SessionInfo {
    let version = connection.protocol_version().unwrap_or(ProtocolVersion::Unknown(0));
    let tls13 = version == ProtocolVersion::TLSv1_3;
    let suite = connection.negotiated_cipher_suite().map(|suite| suite.suite());
    let full = detail != Detail::Brief;
    let own = connection.peer_certificates().and_then(|chain| chain.first());
    let (code, text) = facts.verified.unwrap_or((0, "ok"));
    SessionInfo {
        protocol: versions::name(version.into()).to_owned(),
        protocol_number: version.into(),
        cipher: suite.and_then(names::suite).unwrap_or("(NONE)").to_owned(),
        cipher_version: suite.map_or("", names::suite_version).to_owned(),
        peer_certificate: own.map(|der| certificate::describe(der, detail, shared.names)),
        shared_ciphers: full.then(|| shared_ciphers(hello, shared, version)),
        unknown_ciphers: if full { unknown_ciphers(hello) } else { Vec::new() },
        supported_ciphers: if detail.has(Detail::Page) { supported_ciphers(shared) } else { Vec::new() },
        client_ciphers: if detail.has(Detail::Brief) { client_ciphers(hello) } else { Vec::new() },
        signature_algorithms: hello.schemes.clone(),
        shared_signature_algorithms: shared_schemes(hello, shared),
        own_signature_type: facts.own_scheme.and_then(names::scheme).map(str::to_owned),
        peer_signing_digest: facts.client_scheme.and_then(names::digest).map(str::to_owned),
        peer_signature_type: facts.client_scheme.and_then(names::signature_kind).map(str::to_owned),
        // OpenSSL reads them up to TLS 1.2 only.
        point_formats: if tls13 { Vec::new() } else { hello.point_formats.clone() },
        groups: hello.groups.as_ref().map(|groups| groups.iter().map(|&group| group_name(group.into())).collect()),
        shared_groups: if full { shared_groups(hello, shared) } else { Vec::new() },
        key_exchange: connection.negotiated_key_exchange_group().map(|group| key_exchange(group.name())),
        ca_names: if full { ca_names(hello, shared) } else { Vec::new() },
        alpn: connection.alpn_protocol().map(<[u8]>::to_vec),
        exported: shared
            .export
            .as_ref()
            .filter(|_| detail.has(Detail::Report))
            .map(|export| exported(connection, export)),
        early_data: if detail.has(Detail::Whole) { early_data(connection, hello) } else { EarlyData::default() },
        reused: connection.handshake_kind() == Some(HandshakeKind::Resumed),
        secure_renegotiation: hello.secure_renegotiation,
        // TLS 1.3 has none anyway, and there the texts say so.
        renegotiation_disabled: !tls13 || shared.no_renegotiation,
        verify_result: (code.into(), text.to_owned()),
        verified_name: facts.verified_name.clone(),
        session: if detail.has(Detail::Page) { session(hello, shared, version) } else { SessionFields::default() },
        ..SessionInfo::default()
    }
}

/// What becomes of the client's early data, which is decided with its first message.
pub fn early_data(connection: &mut ServerConnection, hello: &Hello) -> EarlyData {
    match (hello.early_data, connection.early_data()) {
        (false, _) => EarlyData::NotSent,
        (true, None) => EarlyData::Rejected,
        (true, Some(_)) => EarlyData::Accepted,
    }
}

/// Suites of the client that the server has for that version, in the client's order.
fn shared_ciphers(hello: &Hello, shared: &Shared, version: ProtocolVersion) -> Vec<String> {
    let has = |suite: &CipherSuite| {
        shared.settings.suites.iter().any(|own| own.suite() == *suite && own.version().version == version)
    };
    let suites = hello.suites.iter().copied().map(CipherSuite::from);
    suites.filter(has).filter_map(names::suite).map(str::to_owned).collect()
}

fn unknown_ciphers(hello: &Hello) -> Vec<u16> {
    hello.suites.iter().copied().filter(|&suite| names::suite(suite.into()).is_none()).collect()
}

fn supported_ciphers(shared: &Shared) -> Vec<(Cow<'static, str>, Cow<'static, str>)> {
    let suites = shared.settings.suites.iter().map(|suite| suite.suite());
    suites.filter_map(|suite| Some((names::suite_version(suite).into(), names::suite(suite)?.into()))).collect()
}

fn client_ciphers(hello: &Hello) -> Vec<String> {
    let name = |&suite: &u16| names::suite(suite.into()).map_or_else(|| format!("0x{suite:04X}"), str::to_owned);
    hello.suites.iter().map(name).collect()
}

fn shared_schemes(hello: &Hello, shared: &Shared) -> Vec<u16> {
    let own = |&scheme: &u16| match &shared.settings.schemes {
        Some(schemes) => schemes.contains(&SignatureScheme::from(scheme)),
        None => names::scheme(scheme.into()).is_some(),
    };
    hello.schemes.iter().copied().filter(own).collect()
}

fn shared_groups(hello: &Hello, shared: &Shared) -> Vec<String> {
    let own = |group: &NamedGroup| shared.settings.groups.iter().any(|own| own.name() == *group);
    hello.groups.iter().flatten().copied().map(NamedGroup::from).filter(own).map(group_name).collect()
}

fn group_name(group: NamedGroup) -> String {
    names::group(group).into_owned()
}

fn ca_names(hello: &Hello, shared: &Shared) -> Vec<Vec<u8>> {
    let names = hello.authorities.iter().filter_map(|name| Name::from_der(name).ok());
    names.map(|name| shared.names.print(&name).into_bytes()).collect()
}

/// What OpenSSL tells of a key in that group.
fn key_exchange(group: NamedGroup) -> KeyExchange {
    use NamedGroup as Group;
    match group {
        Group::X25519 => KeyExchange::Key { kind: Some("X25519".into()), bits: 253 },
        Group::secp256r1 => KeyExchange::Ecdh { curve: Some("prime256v1".into()), bits: 256 },
        Group::secp384r1 => KeyExchange::Ecdh { curve: Some("secp384r1".into()), bits: 384 },
        Group::secp521r1 => KeyExchange::Ecdh { curve: Some("secp521r1".into()), bits: 521 },
        other => KeyExchange::Share { group: names::group(other) },
    }
}

fn exported(connection: &ServerConnection, export: &Export) -> Exported {
    let material = connection.export_keying_material(vec![0; export.length], &export.label, None);
    let material = material.map_err(|error| failure::of_request(&error.to_string()));
    Exported { label: export.label.clone(), length: export.length, material }
}

fn session(hello: &Hello, shared: &Shared, version: ProtocolVersion) -> SessionFields {
    SessionFields {
        context: shared.context.clone(),
        start: shared.now(),
        timeout: LIFETIME.into(),
        max_early_data: if version == ProtocolVersion::TLSv1_3 { shared.early_data } else { 0 },
        extended_master_secret: hello.extended_master_secret && version == ProtocolVersion::TLSv1_2,
        ..SessionFields::default()
    }
}
