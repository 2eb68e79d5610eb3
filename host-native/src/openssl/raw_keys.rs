//! Raw public keys in the place of certificates, RFC 7250: `-enable_server_rpk`, `-enable_client_rpk`,
//! `-expected-rpks`.
//!
//! A client's key is trusted when it is one of those that `-expected-rpks` names. Then nothing else is trusted: a
//! certificate must hold one of these keys too.
use std::sync::Arc;

use openssl::pkey::{PKey, Public};
use openssl::ssl::{SslContextBuilder, SslRef};
use openssl::x509::X509StoreContextRef;
use s_server_core::engine::{Detail, RawKeys};
use s_server_core::options::plan::{self, Reference};

use super::load;
#[cfg(ossl320)]
use super::{queue, sys::raw_keys as sys};

/// The keys of clients that are trusted.
pub type Expected = Arc<[PKey<Public>]>;

/// Loads the files of `-expected-rpks`. The original does so for each client, and then ends with status 0.
pub fn load(plan: &plan::RawKeys, words: Reference) -> Result<Expected, Vec<u8>> {
    let mut keys = Vec::new();
    for file in &plan.expected {
        keys.extend(load::public_keys(file, "public key of client", words)?);
    }
    Ok(keys.into())
}

/// Sets what both sides may send.
#[cfg(ossl320)]
pub fn install(ctx: &mut SslContextBuilder, plan: &plan::RawKeys) -> Result<(), Vec<u8>> {
    if plan.server && !sys::allow_from_server(ctx) {
        return Err(queue::message("Error setting server certificate types\n"));
    }
    if plan.client && !sys::allow_from_client(ctx) {
        return Err(queue::message("Error setting client certificate types\n"));
    }
    if !plan.expected.is_empty() && !sys::enable_trust(ctx) {
        return Err(queue::message("Error enabling RPK verification\n"));
    }
    Ok(())
}

/// A new session trusts these keys; false leaves the reason in the queue.
#[cfg(ossl320)]
pub fn expect(ssl: &mut SslRef, keys: &[PKey<Public>]) -> bool {
    keys.is_empty() || (sys::begin_trust(ssl) && keys.iter().all(|key| sys::trust(ssl, key)))
}

/// What was sent. Corresponds to parts of `print_connection_info` in `apps/s_server.c` and of `print_ssl_summary` in
/// `apps/lib/s_cb.c`.
#[cfg(ossl320)]
pub fn describe(ssl: &SslRef, detail: Detail) -> RawKeys {
    RawKeys {
        server: sys::server_sent(ssl),
        client: sys::client_sent(ssl),
        peer: sys::print_peer(ssl, INDENT),
        matched: if detail == Detail::Brief { matched(ssl) } else { None },
    }
}

/// Corresponds to `print_verify_detail` in `apps/lib/s_cb.c`.
#[cfg(ossl320)]
fn matched(ssl: &SslRef) -> Option<String> {
    let record = sys::matched(ssl)?;
    let tail = record.data.len().saturating_sub(TAIL);
    let shown: String = record.data[tail..].iter().map(|byte| format!("{byte:02x}")).collect();
    let dots = if tail > 0 { "..." } else { "" };
    let what = match sys::print_peer(ssl, INDENT) {
        Some(_) => "matched the peer raw public key".to_owned(),
        None => format!("matched the EE certificate at depth {}", record.depth),
    };
    Some(format!("DANE TLSA {} {} {} {dots}{shown} {what}", record.usage, record.selector, record.matching))
}

/// A raw key is verified, not a certificate.
#[cfg(ossl320)]
pub fn is_verified(store: &X509StoreContextRef) -> bool {
    sys::is_verified(store)
}

/// How far the text of a key is indented.
#[cfg(ossl320)]
const INDENT: i32 = 2;

/// Bytes of a record that are shown. Corresponds to `TLSA_TAIL_SIZE`.
#[cfg(ossl320)]
const TAIL: usize = 12;

// Before 3.2 the options are refused.

/// Sets nothing: this release has no raw keys.
#[cfg(not(ossl320))]
pub fn install(_: &mut SslContextBuilder, _: &plan::RawKeys) -> Result<(), Vec<u8>> {
    Ok(())
}

/// Trusts nothing: this release has no raw keys.
#[cfg(not(ossl320))]
pub fn expect(_: &mut SslRef, _: &[PKey<Public>]) -> bool {
    true
}

/// None was sent: this release has no raw keys.
#[cfg(not(ossl320))]
pub fn describe(_: &SslRef, _: Detail) -> RawKeys {
    RawKeys::default()
}

/// None ever is: this release has no raw keys.
#[cfg(not(ossl320))]
pub fn is_verified(_: &X509StoreContextRef) -> bool {
    false
}
