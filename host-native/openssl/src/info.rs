//! A session, described: [`SessionInfo`].
use std::borrow::Cow;

use openssl::nid::Nid;
use openssl::ssl::{SslRef, SslSessionRef};
use openssl::x509::X509Ref;
use s_server_core::engine::{
    Detail, Ech, EngineError, Exported, KeyExchange, PeerCertificate, SessionFields, SessionInfo,
};
use s_server_core::options::NameFormat;
use s_server_core::options::plan::Export;

use super::ffi::SSL_OP_NO_RENEGOTIATION;
use super::session_settings::SessionSettings;
use super::sys::session::{self as sys, Suite};
use super::sys::{certs, hooks};
use super::{nameopt, queue, raw_keys, shared};

/// Describes a session whose handshake is complete, as far as `detail` asks.
///
/// Corresponds to `print_connection_info` in `apps/s_server.c` and `print_ssl_summary` in `apps/lib/s_cb.c`.
pub fn describe(ssl: &SslRef, detail: Detail, settings: &SessionSettings) -> SessionInfo {
    let names = settings.names;
    let session = ssl.session();
    let signatures = Signatures::of(ssl);
    let group_names = |groups: Vec<i32>| groups.into_iter().map(|group| group_name(ssl, group)).collect::<Vec<_>>();
    let full = detail != Detail::Brief;
    let schemes = sys::signature_schemes(ssl, true);
    // Each question about groups is a decision that -security_debug tells.
    let groups = Some(sys::groups(ssl)).filter(|groups| !groups.is_empty()).map(group_names);
    let shared_groups = if full { group_names(sys::shared_groups(ssl)) } else { Vec::new() };
    let offered = if full { sys::suites(ssl) } else { Vec::new() };
    let shared_ciphers = if full { shared_ciphers(ssl, &offered, settings, &schemes, &shared_groups) } else { None };
    SessionInfo {
        protocol: ssl.version_str().to_owned(),
        protocol_number: u16::try_from(sys::version(ssl)).unwrap_or_default(),
        cipher: ssl.current_cipher().map_or("(NONE)", |cipher| cipher.name()).to_owned(),
        cipher_version: ssl.current_cipher().map_or("", |cipher| cipher.version()).to_owned(),
        session_pem: session.filter(|_| detail.has(Detail::Report)).map(sys::session_pem).unwrap_or_default(),
        peer_certificate: ssl.peer_certificate().map(|cert| peer_certificate(&cert, detail, names)),
        raw_keys: raw_keys::describe(ssl, detail),
        shared_ciphers,
        unknown_ciphers: if full { unknown_ciphers(ssl) } else { Vec::new() },
        supported_ciphers: if detail.has(Detail::Page) { supported_ciphers(&offered) } else { Vec::new() },
        client_ciphers: if detail.has(Detail::Brief) { client_ciphers(ssl) } else { Vec::new() },
        signature_algorithms: sys::signature_schemes(ssl, false),
        shared_signature_algorithms: schemes,
        own_signature_type: signatures.own,
        peer_signing_digest: sys::peer_signature_digest(ssl).and_then(|nid| nid.short_name().ok()).map(str::to_owned),
        peer_signature_type: signatures.peer,
        point_formats: sys::point_formats(ssl),
        groups,
        shared_groups,
        key_exchange: if detail.has(Detail::Brief) { key_exchange(ssl) } else { None },
        ca_names: if full { ca_names(ssl, names) } else { Vec::new() },
        alpn: ssl.selected_alpn_protocol().map(<[u8]>::to_vec),
        early_data: sys::early_data(ssl),
        psk_identity: sys::psk_identity(ssl),
        srp_user: session.filter(|_| detail.has(Detail::Page)).and_then(srp_user),
        next_protocol: hooks::next_protocol(ssl),
        srtp: ssl.selected_srtp_profile().map(|profile| profile.name().to_owned()),
        exported: settings.export.as_ref().filter(|_| detail.has(Detail::Report)).map(|export| exported(ssl, export)),
        reused: ssl.session_reused(),
        secure_renegotiation: sys::secure_renegotiation(ssl),
        renegotiation_disabled: sys::has_option(ssl, SSL_OP_NO_RENEGOTIATION),
        verify_result: (ssl.verify_result().as_raw().into(), ssl.verify_result().error_string().to_owned()),
        verified_name: sys::verified_name(ssl),
        ech: if detail.has(Detail::Page) { ech(ssl) } else { None },
        session: session.filter(|_| detail.has(Detail::Page)).map(|s| session_fields(ssl, s)).unwrap_or_default(),
        ..SessionInfo::default()
    }
}

fn peer_certificate(cert: &X509Ref, detail: Detail, names: NameFormat) -> PeerCertificate {
    let print =
        |name| if detail == Detail::Brief { nameopt::print(names, name) } else { nameopt::print_titled(names, name) };
    PeerCertificate {
        pem: cert.to_pem().unwrap_or_default(),
        subject: print(cert.subject_name()),
        issuer: print(cert.issuer_name()),
        text: if detail.has(Detail::Page) { certs::print_certificate(cert) } else { Vec::new() },
    }
}

fn shared_ciphers(
    ssl: &SslRef,
    offered: &[Suite],
    settings: &SessionSettings,
    schemes: &[u16],
    groups: &[String],
) -> Option<Vec<String>> {
    let means = shared::Means {
        version: u16::try_from(sys::version(ssl)).unwrap_or_default(),
        chosen: ssl.current_cipher().map_or("", |cipher| cipher.name()),
        keys: sys::key_kinds(ssl),
        schemes,
        groups,
        dh: settings.dh,
        psk: settings.psk,
        #[cfg(has_srp)]
        srp: settings.logins.is_some(),
        #[cfg(not(has_srp))]
        srp: false,
    };
    shared::suites(ssl, offered, &means)
}

fn supported_ciphers(offered: &[Suite]) -> Vec<(Cow<'static, str>, Cow<'static, str>)> {
    offered.iter().map(|suite| (suite.version.into(), suite.name.into())).collect()
}

/// Suites of the ClientHello without a name in the library. Those of SSL 2.0, which have three bytes, are left out.
fn unknown_ciphers(ssl: &SslRef) -> Vec<u16> {
    let (list, size) = sys::raw_cipher_list(ssl);
    let ids = list.chunks_exact(size.max(1)).filter_map(|id| <[u8; 2]>::try_from(id).ok());
    ids.filter(|&id| sys::cipher_name(ssl, id).is_none()).map(u16::from_be_bytes).collect()
}

fn exported(ssl: &SslRef, export: &Export) -> Exported {
    queue::clear();
    let material = sys::export(ssl, &export.label, export.length)
        .ok_or_else(|| EngineError { queue: queue::lines(), ..EngineError::default() });
    Exported { label: export.label.clone(), length: export.length, material }
}

/// Corresponds to `print_raw_cipherlist` in `apps/lib/s_cb.c`.
fn client_ciphers(ssl: &SslRef) -> Vec<String> {
    let (list, size) = sys::raw_cipher_list(ssl);
    let name = |id: &[u8]| {
        let known = <[u8; 2]>::try_from(id).ok().and_then(|id| sys::cipher_name(ssl, id));
        known.unwrap_or_else(|| id.iter().fold("0x".to_owned(), |text, byte| format!("{text}{byte:02X}")))
    };
    list.chunks_exact(size.max(1)).map(name).collect()
}

/// The library's name of a group; where it knows none, the number in the ClientHello (RFC 8446 section 4.2.7).
fn group_name(ssl: &SslRef, group: i32) -> String {
    sys::group_name(ssl, group).unwrap_or_else(|| format!("0x{:04X}", group & 0xffff))
}

fn ca_names(ssl: &SslRef, names: NameFormat) -> Vec<Vec<u8>> {
    let mut list = Vec::new();
    sys::peer_ca_names(ssl, &mut |name| list.push(nameopt::print(names, name)));
    list
}

/// The user's name, which only the encoding of a session tells: `[12] EXPLICIT OCTET STRING`.
fn srp_user(session: &SslSessionRef) -> Option<Vec<u8>> {
    let der = session.to_der().ok()?;
    let mut fields = der_field(&der)?.1;
    while let Some((tag, content, rest)) = der_field(fields) {
        if tag == 0xac {
            return der_field(content).map(|(_, name, _)| name.to_vec());
        }
        fields = rest;
    }
    None
}

/// Tag, content, and what follows.
fn der_field(der: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&[tag, length], rest) = der.split_first_chunk()?;
    let (length, rest) = match length {
        0x80.. => {
            let (bytes, rest) = rest.split_at_checked(usize::from(length & 0x7f))?;
            (bytes.iter().fold(0, |length, &byte| length << 8 | usize::from(byte)), rest)
        }
        short => (usize::from(short), rest),
    };
    let (content, rest) = rest.split_at_checked(length)?;
    Some((tag, content, rest))
}

fn session_fields(ssl: &SslRef, session: &SslSessionRef) -> SessionFields {
    SessionFields {
        id: session.id().to_vec(),
        context: sys::session_context(session),
        #[allow(clippy::useless_conversion, reason = "a 32 bit number in some releases")]
        start: session.time().into(),
        timeout: session.timeout(),
        extended_master_secret: ssl.extms_support() == Some(true),
        max_early_data: session.max_early_data(),
    }
}

/// Kinds of the two signatures, in the words of the linked release.
struct Signatures {
    own: Option<String>,
    peer: Option<String>,
}

#[cfg(ossl350)]
impl Signatures {
    fn of(ssl: &SslRef) -> Self {
        Self { own: sys::signature_name(ssl, sys::Signer::Own), peer: sys::signature_name(ssl, sys::Signer::Peer) }
    }
}

#[cfg(not(ossl350))]
impl Signatures {
    /// Corresponds to `get_sigtype` in `apps/lib/s_cb.c`.
    fn of(ssl: &SslRef) -> Self {
        let word = |nid: Nid| match nid {
            Nid::RSAENCRYPTION => "RSA",
            Nid::RSASSAPSS => "RSA-PSS",
            Nid::DSA => "DSA",
            Nid::X9_62_ID_ECPUBLICKEY => "ECDSA",
            nid => match nid.short_name() {
                Ok("ED25519") => "ed25519",
                Ok("ED448") => "ed448",
                Ok(name) => name,
                Err(_) => "",
            },
        };
        let peer = sys::peer_signature_type(ssl).map(word).filter(|word| !word.is_empty());
        Self { own: None, peer: peer.map(str::to_owned) }
    }
}

/// Servers are told of it since 3.5. Corresponds to `ssl_print_tmp_key` in `apps/lib/s_cb.c`.
#[cfg(ossl350)]
fn key_exchange(ssl: &SslRef) -> Option<KeyExchange> {
    use openssl::pkey::Id;

    let group = || group_name(ssl, sys::negotiated_group(ssl)).into();
    let Ok(key) = ssl.peer_tmp_key() else {
        return (sys::version(ssl) == 0x0304).then(|| KeyExchange::Negotiated { group: group() });
    };
    let name = |nid: Nid| nid.short_name().ok().map(|name| name.to_owned().into());
    let bits = key.bits();
    Some(match key.id() {
        Id::RSA => KeyExchange::Rsa { bits },
        Id::DH => KeyExchange::Dh { bits },
        Id::EC => {
            let curve = key.ec_key().ok().and_then(|key| key.group().curve_name());
            KeyExchange::Ecdh { curve: curve.and_then(name), bits }
        }
        id if id.as_raw() < 0 => KeyExchange::Share { group: group() },
        id => KeyExchange::Key { kind: name(Nid::from_raw(id.as_raw())), bits },
    })
}

#[cfg(not(ossl350))]
fn key_exchange(_: &SslRef) -> Option<KeyExchange> {
    None
}

#[cfg(has_ech)]
fn ech(ssl: &SslRef) -> Option<Ech> {
    Some(super::ech::attempt(ssl))
}

#[cfg(not(has_ech))]
fn ech(_: &SslRef) -> Option<Ech> {
    None
}

#[cfg(test)]
mod tests {
    use openssl::ssl::{SslContextBuilder, SslVersion};
    use openssl::x509::X509;
    use s_server_core::Plan;
    use s_server_core::options::plan::{ClientAuth, Trust};

    use super::*;
    use crate::pair::{Pair, add_ca_name, context, only, pki, with_certificate};

    fn with_client_certificate(plan: &mut Plan) {
        plan.tls.trust = Trust { file: Some(pki("root.pem")), ..Trust::default() };
        plan.tls.client_auth = ClientAuth::Request;
    }

    fn info(detail: Detail, client: impl FnOnce(&mut SslContextBuilder)) -> SessionInfo {
        Pair::established(&context(with_client_certificate).unwrap(), client).server.info(detail)
    }

    fn tls12(ctx: &mut SslContextBuilder) {
        only(SslVersion::TLS1_2)(ctx);
        ctx.set_cipher_list("ECDHE-RSA-AES256-GCM-SHA384:AES128-SHA256:@SECLEVEL=1").unwrap();
        ctx.set_groups_list("X25519:P-521").unwrap();
        ctx.set_sigalgs_list("RSA-PSS+SHA256:ed25519:ECDSA+SHA384").unwrap();
    }

    #[test]
    fn the_report_of_tls12_has_every_list() {
        let info = info(Detail::Report, tls12);
        assert_eq!((&*info.protocol, info.protocol_number), ("TLSv1.2", 0x0303));
        assert_eq!(info.cipher, "ECDHE-RSA-AES256-GCM-SHA384");
        assert!(info.session_pem.starts_with(b"-----BEGIN SSL SESSION PARAMETERS-----\n"));
        assert_eq!(info.shared_ciphers.unwrap(), ["ECDHE-RSA-AES256-GCM-SHA384", "AES128-SHA256"]);
        assert_eq!(info.signature_algorithms, [0x0804, 0x0807, 0x0503]);
        assert_eq!(info.shared_signature_algorithms, [0x0804, 0x0807, 0x0503]);
        assert_eq!(info.groups.unwrap(), ["x25519", "secp521r1"]);
        assert_eq!(info.shared_groups, ["x25519", "secp521r1"]);
        assert_eq!(info.point_formats.first(), Some(&0));
        assert_eq!((info.peer_certificate, info.peer_signing_digest, info.peer_signature_type), (None, None, None));
        assert_eq!(info.verify_result, (0, "ok".to_owned()));
        assert!(info.secure_renegotiation && !info.renegotiation_disabled && !info.reused);
        assert_eq!((info.client_ciphers, info.supported_ciphers, info.key_exchange), (vec![], vec![], None));
        assert_eq!(info.session, SessionFields::default());
    }

    #[test]
    fn the_summary_has_the_clients_suites_and_names() {
        let info = info(Detail::Brief, |ctx| {
            tls12(ctx);
            ctx.set_sigalgs_list("RSA-PSS+SHA256:ECDSA+SHA256").unwrap();
            ctx.set_groups_list("X25519:P-256").unwrap();
            with_certificate(ctx, "client");
        });
        // Older clients signal RFC 5746 by a suite, newer ones by an extension.
        let mut ciphers = info.client_ciphers;
        ciphers.retain(|name| name != "TLS_EMPTY_RENEGOTIATION_INFO_SCSV");
        assert_eq!(ciphers, ["ECDHE-RSA-AES256-GCM-SHA384", "AES128-SHA256"]);
        assert_eq!(info.peer_certificate.unwrap().subject, b"C = XX, O = Test Org, CN = Test Client");
        assert_eq!(info.peer_signing_digest.as_deref(), Some("SHA256"));
        let newer = cfg!(ossl350);
        assert_eq!(info.peer_signature_type.unwrap(), if newer { "ecdsa_secp256r1_sha256" } else { "ECDSA" });
        assert_eq!(info.own_signature_type.as_deref(), newer.then_some("rsa_pss_rsae_sha256"));
        assert_eq!(info.session_pem, b"");
    }

    #[test]
    fn the_key_exchange_of_tls13_is_described_since_3_5() {
        for (group, exchange) in [
            ("X25519", KeyExchange::Key { kind: Some("X25519".into()), bits: 253 }),
            ("P-256", KeyExchange::Ecdh { curve: Some("prime256v1".into()), bits: 256 }),
            ("ffdhe2048", KeyExchange::Dh { bits: 2048 }),
        ] {
            let info = info(Detail::Brief, |ctx| ctx.set_groups_list(group).unwrap());
            assert_eq!(info.key_exchange, cfg!(ossl350).then_some(exchange));
        }
    }

    #[test]
    fn the_page_has_suites_fields_and_the_certificate_as_text() {
        let info = info(Detail::Page, |ctx| with_certificate(ctx, "client"));
        assert_eq!(info.protocol, "TLSv1.3");
        assert_eq!(info.supported_ciphers[0], ("TLSv1.3".into(), "TLS_AES_256_GCM_SHA384".into()));
        assert!(info.supported_ciphers.iter().any(|(version, _)| version == "TLSv1.2"));
        let cert = info.peer_certificate.unwrap();
        assert!(cert.pem.starts_with(b"-----BEGIN CERTIFICATE-----\n") && cert.pem.ends_with(b"-----\n"));
        let text = String::from_utf8(cert.text).unwrap();
        assert!(
            text.starts_with("Certificate:\n") && text.contains("Subject: C=XX, O=Test Org, CN=Test Client"),
            "{text}"
        );
        assert_eq!(info.session.id.len(), 32);
        assert_eq!(info.session.context, 1_i32.to_ne_bytes());
        assert_eq!((info.session.timeout, info.session.max_early_data), (7200, 0));
        assert!(info.session.start > 1_700_000_000 && !info.session.extended_master_secret);
    }

    #[test]
    fn keying_material_is_that_of_the_client() {
        for version in [SslVersion::TLS1_2, SslVersion::TLS1_3] {
            let context = context(|plan| {
                plan.tls.sessions.export = Some(Export { label: b"label".to_vec(), length: 32 });
            });
            let mut pair = Pair::established(&context.unwrap(), only(version));
            let mut expected = vec![0; 32];
            pair.client.ssl().export_keying_material(&mut expected, "label", None).unwrap();
            let exported = pair.server.info(Detail::Report).exported.unwrap();
            assert_eq!((exported.label, exported.length), (b"label".to_vec(), 32));
            assert_eq!(exported.material.unwrap(), expected);
            assert_eq!(pair.server.info(Detail::Page).exported, None);
        }
    }

    #[test]
    fn an_exporter_that_fails_spoils_nothing() {
        let context = context(|plan| {
            plan.tls.sessions.export = Some(Export { label: b"label".to_vec(), length: 100_000 });
        });
        let mut pair = Pair::established(&context.unwrap(), only(SslVersion::TLS1_3));
        let error = pair.server.info(Detail::Report).exported.unwrap().material.unwrap_err();
        let queue = String::from_utf8_lossy(&error.queue[0]);
        // Releases differ in the name's end.
        assert!(queue.contains(":tls13_hkdf_expand:") || queue.contains(":tls13_hkdf_expand_ex:"), "{queue}");
        pair.client.shutdown().unwrap();
        pair.carry_to_server();
        assert_eq!(pair.server_read().0, s_server_core::engine::Step::Closed);
    }

    #[test]
    fn suites_that_the_library_does_not_know_are_told_apart() {
        let mut pair = Pair::new(&context(|_| {}).unwrap(), |_| {});
        let _ = pair.client.do_handshake();
        let mut hello = pair.take_client_output();
        // The first two suites, behind header, version, random and session id of 32 bytes.
        let at = 5 + 4 + 2 + 32 + 1 + 32 + 2;
        // A value of RFC 8701, and TLS_AEGIS_256_SHA512.
        hello[at..at + 4].copy_from_slice(&[0x0a, 0x0a, 0x13, 0x06]);
        pair.server.hear(&hello);
        pair.server.accept();
        let info = pair.server.info(Detail::Report);
        assert_eq!(info.unknown_ciphers, [0x0a0a, 0x1306]);
        assert_eq!(pair.server.info(Detail::Brief).unknown_ciphers, []);
    }

    #[test]
    fn names_of_authorities_come_in_the_clients_order() {
        let pem = std::fs::read(String::from_utf8(pki("cas.pem")).unwrap()).unwrap();
        let certs = X509::stack_from_pem(&pem).unwrap();
        let info = info(Detail::Report, |ctx| certs.iter().for_each(|cert| add_ca_name(ctx, cert)));
        assert_eq!(
            info.ca_names,
            [
                b"C = XX, O = Test Org, CN = Test Root CA".to_vec(),
                b"C = XX, O = Test Org, CN = Test Intermediate CA".to_vec()
            ]
        );
    }

    #[test]
    fn a_group_without_a_name_is_its_number() {
        let pair = Pair::new(&context(|_| {}).unwrap(), |_| {});
        // 0x0100_0000 is the library's mark for a number that it does not know.
        assert_eq!(group_name(pair.client.ssl(), 0x0100_fefe), "0xFEFE");
    }

    #[test]
    fn a_session_before_its_handshake_can_be_described() {
        let mut pair = Pair::new(&context(|_| {}).unwrap(), |_| {});
        for detail in [Detail::Report, Detail::Brief, Detail::Page] {
            assert_eq!(pair.server.info(detail).cipher, "(NONE)");
        }
    }
}
