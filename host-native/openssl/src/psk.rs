//! External pre-shared keys: `-psk`, `-psk_identity`, `-psk_hint`, `-psk_session`, and `-psk_list`, which is looked at first.
use std::ffi::CString;
use std::sync::OnceLock;

use openssl::error::ErrorStack;
use openssl::ex_data::Index;
use openssl::ssl::{SslContext, SslContextBuilder, SslRef, SslSession};
use s_server_core::engine::Event;
use s_server_core::io::Stream;
use s_server_core::options::plan::PreSharedKey;
use s_server_core::sink::Sink;
use s_server_core::{Plan, StartError, text};

use super::log::Log;
use super::path::c_string;
use super::pem::{Holds, Source};
use super::psk_list::{self, PskList};
use super::queue;
use super::sys::psk::{self as sys, Found, NoSession, Unmade};

/// What the callbacks of a context need.
struct Keys {
    plan: PreSharedKey,
    /// `-psk_session`
    session: Option<SslSession>,
    /// `-psk_list`
    list: PskList,
    /// `-debug`
    debug: bool,
}

/// Sets up what the plan asks for. Corresponds to the lines about `psk_key` in `s_server_main`.
pub fn install(ctx: &mut SslContextBuilder, plan: &Plan, out: &mut dyn Sink) -> Result<(), StartError> {
    let psk = &plan.tls.psk;
    if psk.key.is_some() && plan.text.debug {
        text::out(&plan.text, out, b"PSK key given, setting server callback\n");
    }
    let list = psk.list.as_deref().map(psk_list::read).transpose()?.unwrap_or_default();
    if psk.key.is_some() || !list.is_empty() {
        ctx.set_psk_server_callback(key_up_to_tls12);
    }
    if let Some(hint) = &psk.hint {
        if plan.tls.version == Some(0x0304) {
            text::out(&plan.text, out, b"PSK warning: there is NO identity hint in TLSv1.3\n");
        } else if !sys::set_hint(ctx, &c_string(hint)) {
            return Err(queue::failure("error setting PSK identity hint to context\n"));
        }
    }
    let session = psk.session.as_deref().map(read_session).transpose()?;
    if psk.key.is_some() || session.is_some() || !list.is_empty() {
        ctx.set_ex_data(index(), Keys { plan: psk.clone(), session, list, debug: plan.text.debug });
        sys::set_find_session(ctx, session_of_tls13);
    }
    Ok(())
}

fn read_session(file: &[u8]) -> Result<SslSession, StartError> {
    sys::session_of_file(&c_string(file)).map_err(|why| {
        let what = match why {
            NoSession::Closed => "Can't open PSK session file ",
            NoSession::Unread => "Can't read PSK session file ",
        };
        let message = queue::message([what.as_bytes(), file, b"\n"].concat());
        let source = Source { option: "-psk_session", file, holds: Holds::Session };
        source.why(&message, None).after(message)
    })
}

/// The key for a client up to TLS 1.2, and its length; 0 ends the handshake. Corresponds to `psk_server_cb` in
/// `apps/s_server.c`.
fn key_up_to_tls12(ssl: &mut SslRef, identity: Option<&[u8]>, place: &mut [u8]) -> Result<usize, ErrorStack> {
    let context = ssl.ssl_context().to_owned();
    let Some(keys) = context.ex_data(index()) else { return Ok(0) };
    let debug = |line: &[u8]| {
        if keys.debug {
            tell(ssl, Stream::Out, &[line]);
        }
    };
    debug(b"psk_server_cb\n");
    if !sys::is_before_tls13(ssl) {
        // There the other callback has found what there is.
        return Ok(0);
    }
    let Some(identity) = identity else {
        tell(ssl, Stream::Err, &[b"Error: client did not send PSK identity\n"]);
        return Ok(0);
    };
    debug(&[format!("identity_len={} identity=", identity.len()).as_bytes(), identity, b"\n"].concat());
    let listed = listed(ssl, keys, identity);
    if listed.is_none() && keys.plan.key.is_none() {
        return Ok(0);
    }
    if listed.is_some() || identity == keys.plan.identity() {
        debug(b"PSK client identity found\n");
    } else {
        let expected = keys.plan.identity();
        let got = b"PSK warning: client identity not what we expected (got '";
        tell(ssl, Stream::Out, &[got, identity, b"' expected '", expected, b"')\n"]);
    }
    let Some(key) = listed.or_else(|| key(ssl, keys)) else { return Ok(0) };
    let Some(place) = place.get_mut(..key.len()) else {
        let line = format!("psk buffer of callback is too small ({}) for key ({})\n", place.len(), key.len());
        tell(ssl, Stream::Err, &[line.as_bytes()]);
        return Ok(0);
    };
    place.copy_from_slice(&key);
    debug(format!("fetched PSK len={}\n", key.len()).as_bytes());
    Ok(key.len())
}

/// The session of a client of TLS 1.3. Corresponds to `psk_find_session_cb` in `apps/s_server.c`.
fn session_of_tls13(ssl: &SslRef, identity: &[u8]) -> Found {
    let Some(keys) = ssl.ssl_context().ex_data(index()) else { return Found::Nothing };
    let listed = listed(ssl, keys, identity);
    let others = keys.plan.key.is_some() || keys.session.is_some();
    if listed.is_none() && !(others && keys.plan.identity() == identity) {
        return Found::Nothing;
    }
    if let (None, Some(session)) = (&listed, &keys.session) {
        return Found::Session(session.clone());
    }
    let Some(key) = listed.or_else(|| key(ssl, keys)) else { return Found::Failed };
    match sys::session_of_key(ssl, &key) {
        Ok(session) => Found::Session(session),
        Err(Unmade::NoSuite) => {
            tell(ssl, Stream::Err, &[b"Error finding suitable ciphersuite\n"]);
            Found::Failed
        }
        Err(Unmade::Refused) => Found::Failed,
    }
}

/// The key that `-psk_list` has for that identity. Which one came is told, and that it is unknown, where nothing else may know
/// it; not so of what is no text, for tickets come this way as well.
fn listed(ssl: &SslRef, keys: &Keys, identity: &[u8]) -> Option<Vec<u8>> {
    if keys.list.is_empty() {
        return None;
    }
    let key = keys.list.get(identity);
    let shown = identity.escape_ascii().to_string();
    if key.is_some() {
        tell(ssl, Stream::Out, &[format!("PSK identity: {shown}\n").as_bytes()]);
    } else if keys.plan.identity() != identity && identity.iter().all(|byte| (b' '..=b'~').contains(byte)) {
        tell(ssl, Stream::Err, &[format!("s_server: -psk_list: it has no key for the identity {shown}\n").as_bytes()]);
    }
    key.cloned()
}

/// The key's bytes; without them that is told.
fn key(ssl: &SslRef, keys: &Keys) -> Option<Vec<u8>> {
    let digits = keys.plan.key.as_deref()?;
    let key = sys::key_of_hex(&CString::new(digits).ok()?);
    if key.is_none() {
        tell(ssl, Stream::Err, &[b"Could not convert PSK key '", digits, b"' to buffer\n"]);
    }
    key
}

fn tell(ssl: &SslRef, stream: Stream, parts: &[&[u8]]) {
    if let Some(log) = Log::of(ssl) {
        log.push(Event::Text(stream, parts.concat()));
    }
}

fn index() -> Index<SslContext, Keys> {
    static INDEX: OnceLock<Index<SslContext, Keys>> = OnceLock::new();
    *INDEX.get_or_init(|| SslContext::new_ex_index().expect("OpenSSL numbers application data without limit"))
}
