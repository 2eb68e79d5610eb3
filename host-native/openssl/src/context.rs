//! From the plan to an `SSL_CTX`, in the order in which the original starts.
use std::sync::Arc;

use openssl::ssl::{SslContext, SslContextBuilder, SslMethod, SslMode, SslOptions};
use openssl::x509::X509Crl;
use s_server_core::endpoint::Opening;
use s_server_core::engine::{CacheStats, EngineError, Gate, Start, TlsContext, TlsEngine};
use s_server_core::io::Stream;
use s_server_core::options::NameFormat;
use s_server_core::options::plan::{Datagrams, Dh, EarlyDataPlan, Identity, Records, TlsPlan};
use s_server_core::sink::Sink;
use s_server_core::wire::dtls;
use s_server_core::{Plan, StartError, text};

#[cfg(has_ech)]
use super::ech;
use super::environment::{Environment, Questions};
use super::extra::{self, Extra};
use super::gate::OpensslGate;
use super::identity::{self, Identities};
use super::jobs::Jobs;
use super::path::c_string;
use super::pem::{Holds, Source};
use super::security::{self, Decisions};
use super::session::OpensslEngine;
use super::session_settings::SessionSettings;
#[cfg(has_srp)]
use super::srp;
use super::sys::conf::{self, Conf};
use super::sys::param;
use super::{
    cookie, counters, crls, keylog, lists, load, params, protocols, psk, queue, raw_keys, servername, sessions,
    stapling, states, trust, verify,
};

/// Certificates, tickets and cache of the server.
pub struct OpensslContext {
    ctx: SslContext,
    settings: SessionSettings,
}

impl OpensslContext {
    /// Loads everything that the plan names.
    ///
    /// `out` gets what is printed on the way: warnings, and lines about Diffie-Hellman parameters. Questions for a
    /// pass phrase are asked here. The error ends the program.
    ///
    /// Corresponds to `s_server_main` in `apps/s_server.c`, between its option loop and `do_server`.
    pub fn new(plan: &Plan, environment: Environment<'_>, out: &mut dyn Sink) -> Result<Self, StartError> {
        queue::clear();
        let tls = &plan.tls;
        let words = plan.text.reference;
        let names = tls.name_format;
        let loaded = Identities::load(tls, &environment, words)?;
        let decisions = Decisions::default();
        let mut ctx = new_context(plan, &decisions)?;
        let expected = loaded.expected.clone();
        let mut settings = session_settings(plan, names, expected);
        let set_up = set_up(&mut ctx, plan, loaded, &mut settings, &decisions, environment, out);
        decisions.print(out);
        set_up?;
        queue::clear();
        Ok(Self { ctx: ctx.build(), settings })
    }

    /// A new session, as what it is.
    pub(crate) fn engine(&self, start: Start) -> Result<OpensslEngine, EngineError> {
        OpensslEngine::new(&self.ctx, start, self.settings.clone())
    }
}

fn new_context(plan: &Plan, decisions: &Decisions) -> Result<SslContextBuilder, StartError> {
    let method = if plan.datagrams.is_some() { SslMethod::dtls_server() } else { SslMethod::tls_server() };
    let mut ctx = conf::new_context(method).ok_or_else(|| queue::failure(""))?;
    if let Some(which) = plan.tls.security_debug {
        security::watch(&mut ctx, which, decisions);
    }
    Ok(ctx)
}

/// Everything that is set once, in the order of the original.
fn set_up(
    ctx: &mut SslContextBuilder,
    plan: &Plan,
    loaded: Identities,
    session: &mut SessionSettings,
    decisions: &Decisions,
    environment: Environment<'_>,
    out: &mut dyn Sink,
) -> Result<(), StartError> {
    let tls = &plan.tls;
    let names = session.names;
    if loaded.have_no_issuers() {
        ctx.set_mode(SslMode::NO_AUTO_CHAIN);
    }
    let extra = (!loaded.extra.is_empty()).then(|| Arc::new(Extra { certificates: loaded.extra, names }));
    settings(ctx, plan, extra.as_ref(), &loaded.crls, out)?;
    #[cfg(has_ech)]
    ech::install(ctx, plan, out)?;
    let mut second = None;
    if let Some(name) = &tls.servername {
        text::out(&plan.text, out, b"Setting secondary ctx parameters\n");
        let mut ctx = new_context(plan, decisions)?;
        settings(&mut ctx, plan, extra.as_ref(), &loaded.crls, out)?;
        second = Some((name, ctx));
    }
    dh(ctx, second.as_mut().map(|(_, ctx)| ctx), plan, environment.questions, out)?;
    if let Some(first) = &loaded.first {
        identity::install(ctx, first)?;
    }
    serverinfo(ctx, tls)?;
    if let (Some((_, ctx)), Some(named)) = (&mut second, &loaded.named) {
        identity::install(ctx, named)?;
        serverinfo(ctx, tls)?;
    }
    if let Some(second) = &loaded.second {
        identity::install(ctx, second)?;
    }
    raw_keys::install(ctx, &tls.raw_keys)?;
    psk::install(ctx, plan, out)?;
    early_data(ctx, tls.early_data);
    if tls.stateless {
        cookie::install_for_streams(ctx);
    }
    finish(ctx, plan, names)?;
    #[cfg(has_srp)]
    srp::install(ctx, plan).map(|logins| session.logins = logins)?;
    if let (Some(file), Some(open)) = (&tls.sessions.key_log, environment.open_key_log) {
        open(file, out)?;
    }
    if let Some((name, mut second)) = second {
        finish(&mut second, plan, names)?;
        #[cfg(has_ech)]
        ech::print_attempts(ctx);
        compress(&mut [("ctx", ctx), ("ctx2", &mut second)], plan, out);
        servername::install(ctx, name, second.build());
    } else {
        compress(&mut [("ctx", ctx)], plan, out);
    }
    Ok(())
}

/// How much early data tickets allow, and how much is taken.
fn early_data(ctx: &mut SslContextBuilder, plan: EarlyDataPlan) {
    ctx.set_max_early_data(plan.announced).expect("a server's context takes every number");
    if let Some(bytes) = plan.limit {
        conf::set_early_data_limit(ctx, bytes);
    }
}

/// Extensions out of a file, for the certificate that the context has by now.
fn serverinfo(ctx: &mut SslContextBuilder, tls: &TlsPlan) -> Result<(), StartError> {
    let Some(file) = &tls.serverinfo else { return Ok(()) };
    let source = Source { option: "-serverinfo", file, holds: Holds::ServerInfo };
    if conf::use_serverinfo(ctx, &c_string(file)) {
        return source.complete();
    }
    let message = queue::message("");
    Err(source.why(&message, None).after(message))
}

/// A context without a certificate has nothing to compress, which is told.
fn compress(contexts: &mut [(&str, &mut SslContextBuilder)], plan: &Plan, out: &mut dyn Sink) {
    if !plan.tls.compress_certificates {
        return;
    }
    text::out(&plan.text, out, b"Compressing certificates\n");
    for (name, ctx) in contexts {
        if !conf::compress_certificates(ctx) {
            text::out(&plan.text, out, format!("Error compressing certs on {name}\n").as_bytes());
        }
    }
}

/// What comes before the certificates.
fn settings(
    ctx: &mut SslContextBuilder,
    plan: &Plan,
    extra: Option<&Arc<Extra>>,
    crls_of_file: &[X509Crl],
    out: &mut dyn Sink,
) -> Result<(), StartError> {
    let tls = &plan.tls;
    conf::clear_mode(ctx, openssl_sys::SSL_MODE_AUTO_RETRY);
    // An idle session keeps no buffers: thousands of them fit into memory.
    ctx.set_mode(SslMode::ACCEPT_MOVING_WRITE_BUFFER | SslMode::RELEASE_BUFFERS);
    if tls.asynchronous {
        Jobs::install(ctx);
    }
    sessions::limit_tickets(ctx, tls);
    configure(ctx, tls)?;
    conf::set_info_callback(ctx, states::info);
    sessions::install(ctx, tls);
    if let Some(prefix) = &tls.sessions.id_prefix {
        sessions::set_id_prefix(ctx, prefix, out);
    }
    records(ctx, &tls.records)?;
    if let Some(profiles) = &tls.srtp
        && !conf::use_srtp(ctx, &c_string(profiles))
    {
        return Err(queue::failure("Error setting SRTP profile\n"));
    }
    if let Some(datagrams) = &plan.datagrams {
        of_datagrams(ctx, datagrams);
    }
    trust::defaults(ctx, &tls.trust)?;
    if let Some(params) = params::parse(&tls.verify_params)?
        && !param::install(ctx, &params)
    {
        return Err(queue::failure(""));
    }
    trust::stores(ctx, tls, crls_of_file)?;
    crls::install(ctx, plan.text.reference);
    protocols::install(ctx, plan);
    if let Some(extra) = extra {
        extra::install(ctx, extra.clone());
    }
    Ok(())
}

/// Without `-listen` the first handshake message of a client is answered with a cookie inside its session.
fn of_datagrams(ctx: &mut SslContextBuilder, datagrams: &Datagrams) {
    cookie::install(ctx);
    if !datagrams.listen {
        ctx.set_options(SslOptions::COOKIE_EXCHANGE);
    }
    if datagrams.mtu.is_some() {
        ctx.set_options(SslOptions::NO_QUERY_MTU);
    }
}

/// What comes after them.
fn finish(ctx: &mut SslContextBuilder, plan: &Plan, names: NameFormat) -> Result<(), StartError> {
    let tls = &plan.tls;
    client_auth(ctx, tls, names)?;
    if let Some(status) = &tls.status {
        stapling::install(ctx, status)?;
    }
    if tls.sessions.key_log.is_some() {
        keylog::install(ctx);
    }
    Ok(())
}

fn session_settings(plan: &Plan, names: NameFormat, expected: raw_keys::Expected) -> SessionSettings {
    SessionSettings {
        states: plan.text.state,
        nbio: plan.nbio,
        nbio_test: plan.nbio_test,
        extensions: plan.text.extensions,
        messages: plan.text.messages,
        transfers: plan.text.debug,
        dh: plan.tls.dh != Dh::Off,
        #[cfg(has_srp)]
        logins: None,
        psk: plan.tls.psk.key.is_some() || plan.tls.psk.list.is_some(),
        export: plan.tls.sessions.export.clone(),
        names,
        expected,
        max_fragment: plan.tls.records.max_fragment,
        stateless: plan.tls.stateless,
        datagrams: plan.datagrams,
        jobs: Jobs::of(plan),
    }
}

impl TlsContext for OpensslContext {
    fn session(&self, start: Start) -> Result<Box<dyn TlsEngine>, EngineError> {
        Ok(Box::new(self.engine(start)?))
    }

    fn stats(&self) -> CacheStats {
        counters::of(&self.ctx)
    }

    fn opening(&self, datagram: &[u8]) -> Option<Opening> {
        self.settings.datagrams.and_then(|_| dtls::opening(datagram))
    }

    fn gate(&self) -> Option<Box<dyn Gate>> {
        let listens = self.settings.datagrams.is_some_and(|datagrams| datagrams.listen);
        listens.then(|| Box::new(OpensslGate::new(self.ctx.clone(), self.settings.clone())) as _)
    }
}

/// The SSL_CONF commands, then the one protocol version. Corresponds to `config_ctx` in `apps/lib/s_cb.c`.
fn configure(ctx: &mut SslContextBuilder, tls: &TlsPlan) -> Result<(), StartError> {
    let mut commands = Conf::new(ctx);
    for (name, value) in &tls.conf {
        let text = value.as_deref().map(c_string);
        if !commands.command(&c_string(name), text.as_deref()) {
            let shown = value.as_deref().unwrap_or(b"<NULL>");
            let call = [b"Call to SSL_CONF_cmd(", &name[..], b", ", shown, b") failed\n"].concat();
            let message = queue::message(call);
            return Err(lists::why(name, shown).unwrap_or_default().after(message));
        }
    }
    if !commands.finish() {
        return Err(queue::failure("Error finishing context\n"));
    }
    if let Some(name) = &tls.section
        && !conf::apply_section(ctx, &c_string(name))
    {
        return Err(queue::failure([b"Error using configuration \"", &name[..], b"\"\n"].concat()));
    }
    match tls.version {
        Some(version) if !conf::set_version(ctx, version) => {
            Err(queue::failure("s_server: this OpenSSL does not have the protocol version\n"))
        }
        None if tls.srp.is_named() && !conf::set_least_version(ctx, TLS1_0) => Err(queue::failure("")),
        _ => Ok(()),
    }
}

/// What `-srpvfile` and `-srpuserseed` allow.
const TLS1_0: u16 = 0x0301;

/// Sizes of records, as far as the library allows them.
fn records(ctx: &mut SslContextBuilder, records: &Records) -> Result<(), StartError> {
    let refused = |what: &str, size: usize| StartError::of_cause(format!("{what} {size} is out of permitted range"));
    if let Some(size) = records.read_buffer {
        conf::set_read_buffer(ctx, size);
    }
    match (records.max_fragment, records.split_fragment, records.pipelines) {
        (Some(size), ..) if !conf::set_max_fragment(ctx, size) => Err(refused("Max send fragment size", size)),
        (_, Some(size), _) if !conf::set_split_fragment(ctx, size) => Err(refused("Split send fragment size", size)),
        (.., Some(number)) if !conf::set_pipelines(ctx, number) => Err(refused("Max pipelines", number)),
        _ => Ok(()),
    }
}

/// For both contexts, told once.
fn dh(
    ctx: &mut SslContextBuilder,
    second: Option<&mut SslContextBuilder>,
    plan: &Plan,
    questions: Questions<'_>,
    out: &mut dyn Sink,
) -> Result<(), StartError> {
    let params = match (&plan.tls.dh, &plan.tls.identity) {
        (Dh::Off, _) => return Ok(()),
        (Dh::File(file), _) => match load::dh_params(file, questions, plan.text.reference) {
            Ok(params) => Some(params),
            Err(warning) => {
                out.print(Stream::Err, &warning.render());
                None
            }
        },
        (Dh::Search, Some(Identity::Loaded { files, .. })) => load::dh_params_beside(&files.cert),
        (Dh::Search, _) => None,
    };
    match params {
        None => {
            text::out(&plan.text, out, b"Using default temp DH parameters\n");
            [Some(ctx), second].into_iter().flatten().for_each(conf::set_dh_auto);
        }
        Some(params) => {
            text::out(&plan.text, out, b"Setting temp DH parameters\n");
            if ![Some(ctx), second].into_iter().flatten().all(|ctx| conf::set_dh(ctx, params.clone())) {
                return Err(queue::failure("Error setting temp DH parameters\n"));
            }
        }
    }
    Ok(())
}

fn client_auth(ctx: &mut SslContextBuilder, tls: &TlsPlan, names: NameFormat) -> Result<(), StartError> {
    let tolerance = tls.tolerance;
    let mode = verify::mode(tls.client_auth);
    ctx.set_verify_callback(mode, move |ok, store| verify::step(tolerance, names, ok, store));
    // Without -context it is an int with the value 1.
    let default = 1_i32.to_ne_bytes();
    if ctx.set_session_id_context(tls.sessions.context.as_deref().unwrap_or(&default)).is_err() {
        return Err(StartError::original("error setting session id context\n"));
    }
    if let Some(names) = trust::ca_names(tls) {
        ctx.set_client_ca_list(names);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use openssl::ssl::SslVersion;
    use s_server_core::options::plan::{ClientAuth, Format, Reference};

    use super::*;
    use crate::pair::{Pair, Printed, context, identity, new, only, pki, plan};

    /// What is printed at the start, and the message when it fails; file and line of the queue left out.
    fn start(change: impl FnOnce(&mut Plan)) -> (String, String) {
        let mut printed = Printed::default();
        let failure = new(&plan(change), &mut printed).err().unwrap_or_default().render();
        let err = printed.err + str::from_utf8(&failure).unwrap();
        (printed.out, err.replace(str::from_utf8(&pki("")).unwrap(), ""))
    }

    /// The identity's fields, to be changed one by one.
    fn with_identity(cert: &str, key: &str, change: impl FnOnce(&mut Identity)) -> impl FnOnce(&mut Plan) {
        let mut identity = identity(cert, key);
        change(&mut identity);
        |plan| plan.tls.identity = Some(identity)
    }

    fn with_pass(cert: &str, key: &str, pass: &str) -> impl FnOnce(&mut Plan) {
        let (identity, pass) = (identity(cert, key), pass.as_bytes().to_vec());
        |plan| (plan.tls.identity, plan.tls.pass) = (Some(identity), Some(pass))
    }

    fn with_chain(name: &str, build: bool) -> impl FnOnce(&mut Identity) {
        let name = pki(name);
        move |identity| {
            let Identity::Loaded { files, .. } = identity else { unreachable!() };
            (files.chain, files.build_chain) = (Some(name), build);
        }
    }

    fn conf(name: &str, value: &str) -> impl FnOnce(&mut Plan) {
        let command = (name.as_bytes().to_vec(), Some(value.as_bytes().to_vec()));
        |plan| plan.tls.conf.push(command)
    }

    const DEFAULT_DH: &str = "Using default temp DH parameters\n";

    #[test]
    fn every_encoding_is_read() {
        let good = (DEFAULT_DH.to_owned(), String::new());
        assert_eq!(start(|_| {}), good);
        assert_eq!(start(with_identity("rsa.der", "rsa.key.der", |_| {})), good);
        assert_eq!(start(with_pass("ec.p12", "ec.p12", "pass:secret")), good);
        assert_eq!(start(with_pass("rsa.pem", "rsa.enc.key", "pass:secret")), good);
        assert_eq!(start(|plan| plan.tls.identity = None), good);
        assert_eq!(start(|plan| plan.tls.identity = Some(Identity::SelfSigned { names: vec![] })), good);
    }

    #[test]
    fn dh_parameters_are_announced() {
        assert_eq!(start(|plan| plan.tls.dh = Dh::Off), (String::new(), String::new()));
        let file = |name: &str| Dh::File(pki(name));
        let setting = ("Setting temp DH parameters\n".to_owned(), String::new());
        assert_eq!(start(|plan| plan.tls.dh = file("dh2048.pem")), setting);
        let (out, err) = start(|plan| plan.tls.dh = file("page.txt"));
        assert_eq!(out, DEFAULT_DH);
        let words = match crate::reference() {
            Reference::V3_0 => "Could not read params of DH parameters from page.txt\n",
            _ => "Could not find or decode key parameters of DH parameters from page.txt\n",
        };
        assert_eq!(err, format!("{words}s_server: -dhparam page.txt: it holds no PEM block\n"));
        assert_eq!(start(|plan| plan.text.quiet = true).0, "");
    }

    #[test]
    fn profiles_of_srtp_are_looked_at_behind_the_sizes_of_records_and_before_trusted_certificates() {
        let said = |profiles: &str, change: fn(&mut Plan)| {
            start(|plan| {
                plan.tls.srtp = Some(profiles.into());
                plan.tls.trust.file = Some(b"nowhere".to_vec());
                change(plan);
            })
            .1
        };
        for (profiles, reason) in [
            ("BAD", "srtp unknown protection profile"),
            ("SRTP_AES128_CM_SHA1_80:", "srtp unknown protection profile"),
            ("SRTP_AES128_CM_SHA1_80:SRTP_AES128_CM_SHA1_80", "bad srtp protection profile list"),
        ] {
            for change in [|_: &mut Plan| {}, |plan: &mut Plan| plan.datagrams = Some(Datagrams::default())] {
                let err = said(profiles, change);
                assert!(
                    err.starts_with("Error setting SRTP profile\n") && err.contains(&format!(":{reason}:")),
                    "{err}"
                );
            }
        }
        assert!(
            said("BAD", |plan| plan.tls.records.max_fragment = Some(1)).contains("Max send fragment size 1 is out")
        );
        assert!(!said("SRTP_AEAD_AES_256_GCM", |_| {}).contains("SRTP"));
    }

    #[test]
    fn a_file_that_holds_something_else_is_named() {
        let words = |text: &str| (String::new(), text.to_owned());
        let old = |plan: &mut Plan| plan.text.reference = Reference::V3_0;
        let without_key = |plan: &mut Plan| {
            old(plan);
            with_identity("rsa.pem", "rsa.pem", |_| {})(plan);
        };
        assert_eq!(
            start(without_key),
            words(
                "Could not read server certificate private key from rsa.pem\n\
                 s_server: -key rsa.pem: it holds no private key, but CERTIFICATE\n"
            )
        );
        let no_certificate = |plan: &mut Plan| {
            old(plan);
            with_identity("page.txt", "rsa.key", |_| {})(plan);
        };
        assert_eq!(
            start(no_certificate),
            words(
                "Could not read server certificate from page.txt\nUnable to load server certificate\n\
                 s_server: -cert page.txt: it holds no PEM block\n"
            )
        );
        let no_chain = |plan: &mut Plan| {
            old(plan);
            with_identity("rsa.pem", "rsa.key", with_chain("page.txt", false))(plan);
        };
        assert_eq!(
            start(no_chain),
            words(
                "Could not read any server certificate chain from page.txt\n\
                 s_server: -cert_chain page.txt: it holds no PEM block\n"
            )
        );
        let wrong_format = |plan: &mut Plan| {
            plan.text.reference = Reference::V4_0;
            with_identity("rsa.pem", "rsa.key", |identity| {
                let Identity::Loaded { files, .. } = identity else { unreachable!() };
                files.cert_format = Some(Format::Der);
            })(plan);
        };
        assert!(start(wrong_format).1.starts_with("Could not find or decode server certificate from rsa.pem\n"));
    }

    #[test]
    fn a_missing_file_has_the_systems_reason() {
        let missing = |reference| {
            start(move |plan| {
                with_identity("rsa.pem", "nosuch", |_| {})(plan);
                plan.text.reference = reference;
            })
            .1
        };
        let old = missing(Reference::V3_0);
        assert!(
            old.starts_with("Could not open file or uri for loading server certificate private key from nosuch\n"),
            "{old}"
        );
        assert!(old.contains(":error:80000002:system library:file_open:No such file or directory:"), "{old}");
        assert_eq!(
            missing(Reference::V4_0),
            "Could not open file or uri for loading server certificate private key from nosuch: No such file or \
             directory\n"
        );
    }

    #[test]
    fn the_missing_default_certificate_gets_a_hint() {
        let (_, err) = start(with_identity("nosuch.pem", "rsa.key", |identity| {
            let Identity::Loaded { files, cert_is_default } = identity else { unreachable!() };
            (files.key, *cert_is_default) = (None, true);
        }));
        let hint =
            "s_server: hint: -selfsigned makes a key and a certificate at the start; -cert and -key name files\n";
        assert!(err.ends_with(hint), "{err}");
        assert_eq!(err.matches("hint").count(), 1);
        assert!(!start(with_identity("nosuch.pem", "rsa.key", |_| {})).1.contains("hint"));
    }

    #[test]
    fn a_wrong_pass_phrase_is_not_asked_for_again() {
        let (_, err) = start(with_pass("rsa.pem", "rsa.enc.key", "pass:wrong"));
        assert!(err.contains(" server certificate private key from rsa.enc.key\n"), "{err}");
        assert!(err.contains(":bad decrypt:"), "{err}");
    }

    #[test]
    fn what_does_not_belong_together_is_refused() {
        assert_eq!(
            start(with_identity("rsa.pem", "ec.key", |_| {})),
            (
                DEFAULT_DH.into(),
                "Private key does not match the certificate public key\n\
                 s_server: -key ec.key is not the key of -cert rsa.pem\n"
                    .into()
            )
        );
        let (_, err) = start(with_identity("weak.pem", "weak.key", |_| {}));
        assert!(err.starts_with("error setting certificate\n") && err.contains(":ee key too small:"), "{err}");
        let hint = "s_server: -cert weak.pem: ee key too small; -cipher DEFAULT:@SECLEVEL=0 lets it pass\n";
        assert!(err.ends_with(hint), "{err}");
        let (_, err) = start(with_identity("ec.pem", "ec.key", with_chain("root.pem", true)));
        assert!(err.starts_with("error building certificate chain\n"), "{err}");
        assert!(err.contains(":Verify error:unable to get local issuer certificate\n"), "{err}");
        assert_eq!(start(with_identity("ec.pem", "ec.key", with_chain("cas.pem", true))).1, "");
    }

    #[test]
    fn a_bad_setting_is_named() {
        let (out, err) = start(conf("-cipher", "bogus"));
        assert_eq!(out, "");
        assert!(err.starts_with("Call to SSL_CONF_cmd(-cipher, bogus) failed\n"), "{err}");
        assert!(err.contains(":no cipher match:"), "{err}");
        let (_, err) = start(conf("-groups", ":"));
        // Since 3.5 the library has an entry about it.
        let lines: Vec<_> = err.lines().filter(|line| !line.contains(":unsupported config value:")).collect();
        assert_eq!(lines, ["Call to SSL_CONF_cmd(-groups, :) failed", "s_server: -groups \":\": it names no group"]);
        assert_eq!(start(|plan| plan.tls.conf.push((b"-bugs".to_vec(), None))).1, "");
        assert_eq!(start(conf("-num_tickets", "3")).1, "");
        let (_, err) = start(|plan| plan.tls.trust.file = Some(pki("nosuch")));
        assert!(err.contains(":system library:BIO_new_file:No such file or directory:"), "{err}");
    }

    #[test]
    fn the_version_flag_overrides_the_settings() {
        let context = context(|plan| {
            conf("-min_protocol", "TLSv1.3")(plan);
            plan.tls.version = Some(0x0303);
        });
        let mut pair = Pair::established(&context.unwrap(), |_| {});
        assert_eq!(pair.server.info(s_server_core::engine::Detail::Brief).protocol, "TLSv1.2");
    }

    #[test]
    fn the_chain_comes_from_the_file_or_the_trust_store_but_not_from_the_certificates_file() {
        let sent = |change: &dyn Fn(&mut Plan)| {
            let pair = Pair::established(&context(change).unwrap(), |_| {});
            pair.client.ssl().peer_cert_chain().unwrap().len()
        };
        let chain = |plan: &mut Plan, name| with_identity(name, "ec.key", |_| {})(plan);
        assert_eq!(sent(&|plan| chain(plan, "ec-chain.pem")), 1);
        assert_eq!(sent(&|plan| with_identity("ec.pem", "ec.key", with_chain("cas.pem", false))(plan)), 3);
        assert_eq!(
            sent(&|plan| {
                chain(plan, "ec.pem");
                plan.tls.trust.file = Some(pki("cas.pem"));
            }),
            3
        );
    }

    #[test]
    fn a_client_without_a_certificate_is_refused_only_where_one_is_required() {
        let handshake = |auth| {
            let context = context(|plan| plan.tls.client_auth = auth).unwrap();
            Pair::new(&context, only(SslVersion::TLS1_2)).handshake()
        };
        use s_server_core::engine::Step;
        assert_eq!(handshake(ClientAuth::Request), Step::Done(()));
        let Step::Failed(error) = handshake(ClientAuth::Require) else { panic!() };
        assert!(String::from_utf8_lossy(&error.queue[0]).contains(":peer did not return a certificate:"));
        assert_eq!(error.verify, None);
    }

    #[test]
    fn the_counters_count() {
        let context = context(|_| {}).unwrap();
        let fresh = CacheStats { size: 128, ..CacheStats::default() };
        assert_eq!(context.stats(), fresh);
        let mut pair = Pair::established(&context, only(SslVersion::TLS1_2));
        assert_eq!(context.stats(), CacheStats { accepts: 1, accepts_finished: 1, ..fresh });
        pair.server.command(s_server_core::engine::EngineCommand::Renegotiate { request_certificate: false });
        assert_eq!(context.stats().accept_renegotiates, 1);
        let uncached = super::super::pair::context(|plan| plan.tls.no_cache = true).unwrap();
        assert_eq!(uncached.stats().size, 20_480);
    }
}
