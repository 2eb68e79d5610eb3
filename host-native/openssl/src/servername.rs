//! `-servername`: a client that names that server gets another certificate.
use openssl::ssl::{NameType, SniError, SslContext, SslContextBuilder, SslRef};
use s_server_core::engine::{Ech, Event};
use s_server_core::host_name;
use s_server_core::io::Stream;
use s_server_core::options::plan::ServerName;
use s_server_core::render::{self, negotiation};

use super::log::Log;

/// Connections of `ctx` go on with `second` when the client names that server.
pub fn install(ctx: &mut SslContextBuilder, name: &ServerName, second: SslContext) {
    let wanted = name.name.clone();
    let mismatch = if name.fatal { SniError::ALERT_FATAL } else { SniError::ALERT_WARNING };
    ctx.set_servername_callback(move |ssl, _| {
        let asked = ssl.servername_raw(NameType::HOST_NAME).map(<[u8]>::to_vec);
        let ech = encrypted(ssl, asked.as_deref(), &second);
        tell(ssl, lines(asked.as_deref(), &wanted, ech.as_ref()));
        let Some(asked) = asked else { return Ok(()) };
        match ech.and_then(|ech| ech.fit) {
            Some(1..) => {}
            _ if !host_name::is_same(&asked, &wanted) => return Err(mismatch),
            Some(_) => return Ok(()),
            None => tell(ssl, negotiation::SWITCHING.into()),
        }
        ssl.set_ssl_context(&second).map_err(|_| SniError::ALERT_FATAL)
    });
}

/// What became of Encrypted Client Hello.
struct Encrypted {
    attempt: Ech,
    /// The name came encrypted: how well the second certificate fits it, as `X509_check_host` says. That decides then,
    /// not the name of `-servername`.
    fit: Option<i32>,
}

#[cfg(has_ech)]
fn encrypted(ssl: &SslRef, asked: Option<&[u8]>, second: &SslContext) -> Option<Encrypted> {
    let attempt = super::ech::attempt(ssl);
    let asked = asked.filter(|_| attempt.status == s_server_core::engine::EchStatus::Success);
    let fit = asked.zip(second.certificate()).map(|(asked, cert)| super::sys::certs::check_host(cert, asked));
    Some(Encrypted { attempt, fit })
}

#[cfg(not(has_ech))]
fn encrypted(_: &SslRef, _: Option<&[u8]>, _: &SslContext) -> Option<Encrypted> {
    None
}

/// The lines about the client's name; `ech` where the library has that.
fn lines(asked: Option<&[u8]>, wanted: &[u8], ech: Option<&Encrypted>) -> Vec<u8> {
    match ech {
        Some(ech) => render::ech::server_name(asked, wanted, &ech.attempt, ech.fit),
        None => asked.map(negotiation::server_name).unwrap_or_default().into_bytes(),
    }
}

fn tell(ssl: &SslRef, lines: Vec<u8>) {
    if let Some(log) = Log::of(ssl).filter(|_| !lines.is_empty()) {
        log.push(Event::Text(Stream::Out, lines));
    }
}

#[cfg(test)]
mod tests {
    use openssl::ssl::SslVersion;
    use s_server_core::Plan;
    use s_server_core::engine::{Step, TlsContext};
    use s_server_core::options::plan::{ClientAuth, Identity, Trust};

    use super::*;
    use crate::pair::{Pair, context, files, only, pki, with_certificate};

    fn named(fatal: bool) -> impl FnOnce(&mut Plan) {
        let name = ServerName { name: b"ec.example".to_vec(), fatal, files: files("ec.pem", "ec.key") };
        move |plan| plan.tls.servername = Some(name)
    }

    /// Whether the handshake was completed, the subject that the client saw, and the lines.
    fn connect(fatal: bool, host: &str) -> (bool, String, String) {
        let mut pair = Pair::new(&context(named(fatal)).unwrap(), only(SslVersion::TLS1_2));
        pair.name_server(host);
        let done = pair.handshake() == Step::Done(());
        let subject = pair.client.ssl().peer_certificate().map(|cert| format!("{:?}", cert.subject_name()));
        (done, subject.unwrap_or_default(), pair.texts(Stream::Out))
    }

    #[test]
    fn the_name_selects_the_certificate_whatever_its_case_and_final_dot() {
        for host in ["ec.example", "EC.Example", "ec.example.", "EC.EXAMPLE."] {
            let (done, subject, lines) = connect(false, host);
            assert!(done && subject.contains("ec.example"), "{host}: {subject}");
            assert!(lines.contains(&format!("Hostname in TLS extension: \"{host}\"\n")), "{lines}");
            assert!(lines.ends_with("\nSwitching server context.\n"), "{lines}");
        }
    }

    #[test]
    fn another_name_keeps_the_first_certificate_or_is_refused() {
        for host in ["other.example", "ec.example..", "x.ec.example"] {
            let (done, subject, lines) = connect(false, host);
            assert!(done && subject.contains("rsa.example"), "{host}: {subject}");
            assert!(lines.contains(&format!("Hostname in TLS extension: \"{host}\"\n")), "{lines}");
            assert!(!lines.contains("Switching"), "{lines}");
        }
        assert!(!connect(true, "other.example").0);
        assert!(connect(true, "ec.example").0);
    }

    #[test]
    fn no_name_is_no_mismatch() {
        let pair = Pair::established(&context(named(true)).unwrap(), only(SslVersion::TLS1_2));
        assert!(!pair.texts(Stream::Out).contains("Hostname"));
    }

    #[test]
    fn the_second_context_verifies_clients_like_the_first() {
        let context = context(|plan| {
            named(false)(plan);
            plan.tls.client_auth = ClientAuth::Require;
            plan.tls.tolerance.strict = true;
            plan.tls.verify_trust.file = Some(pki("root.pem"));
        });
        let context = context.unwrap();
        for host in ["ec.example", "other.example"] {
            let handshake = |certificate| {
                let mut pair = Pair::new(&context, |ctx| {
                    only(SslVersion::TLS1_2)(ctx);
                    with_certificate(ctx, certificate);
                });
                pair.name_server(host);
                pair.handshake()
            };
            assert_eq!(handshake("client"), Step::Done(()), "{host}");
            assert!(matches!(handshake("self"), Step::Failed(_)), "{host}");
        }
    }

    #[test]
    fn the_chain_of_the_first_certificate_goes_with_the_second_where_it_fits() {
        let chain = |second: &'static str, chained: &'static str, host: &str| {
            let context = context(|plan| {
                let files = files(&format!("{second}.pem"), &format!("{second}.key"));
                plan.tls.servername = Some(ServerName { name: b"ec.example".to_vec(), fatal: false, files });
                plan.tls.trust = Trust { no_file: true, no_path: true, no_store: true, ..Trust::default() };
                let Some(Identity::Loaded { files, .. }) = &mut plan.tls.identity else { panic!() };
                files.chain = Some(pki(chained));
            });
            let mut pair = Pair::new(&context.unwrap(), only(SslVersion::TLS1_2));
            pair.name_server(host);
            assert_eq!(pair.handshake(), Step::Done(()));
            pair.client.ssl().peer_cert_chain().unwrap().len()
        };
        assert_eq!(chain("ec", "inter.pem", "ec.example"), 2);
        assert_eq!(chain("ec", "cas.pem", "ec.example"), 3);
        assert_eq!(chain("self", "inter.pem", "ec.example"), 1);
        assert_eq!(chain("self", "inter.pem", "other.example"), 2);
    }

    #[test]
    fn the_counters_are_those_of_the_context_that_a_connection_came_to() {
        // Since 3.2 the library leaves the beginning with the context that the connection began with.
        let moved = i64::from(openssl::version::number() < 0x3020_0000);
        for (host, own_counts, counts) in
            [("ec.example", [moved, 1], [1 - moved, 0]), ("other.example", [1, 1], [1, 1])]
        {
            let context = context(named(false)).unwrap();
            let mut pair = Pair::new(&context, only(SslVersion::TLS1_2));
            pair.name_server(host);
            assert_eq!(pair.handshake(), Step::Done(()));
            let own = pair.server.stats().unwrap();
            assert_eq!([own.accepts, own.accepts_finished], own_counts, "{host}");
            let first = context.stats();
            assert_eq!([first.accepts, first.accepts_finished], counts, "{host}");
        }
    }

    #[test]
    fn the_second_context_chooses_protocols_and_logs_keys() {
        let context = context(|plan| {
            named(false)(plan);
            plan.tls.protocols.alpn = vec![b"h2".to_vec()];
            plan.tls.sessions.key_log = Some(b"keys".to_vec());
        });
        let mut pair = Pair::new(&context.unwrap(), |ctx| {
            only(SslVersion::TLS1_2)(ctx);
            ctx.set_alpn_protos(b"\x02h2").unwrap();
        });
        pair.name_server("ec.example");
        assert_eq!(pair.handshake(), Step::Done(()));
        assert_eq!(pair.client.ssl().selected_alpn_protocol(), Some(&b"h2"[..]));
        let is_secret = |event: &&Event| matches!(event, Event::KeyLog(line) if line.starts_with("CLIENT_RANDOM "));
        assert_eq!(pair.events.iter().filter(is_secret).count(), 1);
    }
}
