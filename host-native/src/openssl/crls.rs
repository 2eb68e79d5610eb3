//! `-crl_download`: revocation lists from where the certificate says that they are, fetched while it is verified.
//!
//! Fetching blocks the thread: [`s_server_core::options::plan::Plan::blocks`] says so, and such connections have threads
//! of their own.
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use openssl::ex_data::Index;
use openssl::ssl::{SslContext, SslContextBuilder, SslRef};
use openssl::x509::{DistPointRef, X509Crl, X509Ref, X509StoreContext, X509StoreContextRef};
use s_server_core::engine::Event;
use s_server_core::io::Stream;
use s_server_core::options::plan::Reference;

use super::callbacks::Log;
use super::load;
use super::sys::crls::{Points, points};

/// The longest that all fetches of one handshake may take together.
pub const PATIENCE: Duration = Duration::from_secs(10);

/// Failures are told in these words.
pub fn install(ctx: &mut SslContextBuilder, words: Reference) {
    ctx.set_ex_data(index(), words);
}

fn index() -> Index<SslContext, Reference> {
    static INDEX: OnceLock<Index<SslContext, Reference>> = OnceLock::new();
    *INDEX.get_or_init(|| SslContext::new_ex_index().expect("OpenSSL numbers application data without limit"))
}

/// The whole list for the certificate that is being verified, and what changed since then. None at all without a whole
/// list. Corresponds to `crls_http_cb` in `apps/lib/apps.c`.
pub fn lookup(verification: &X509StoreContextRef) -> Vec<X509Crl> {
    let ssl = X509StoreContext::ssl_idx().ok().and_then(|index| verification.ex_data(index));
    let (Some(cert), Some(ssl)) = (verification.current_cert(), ssl) else { return Vec::new() };
    let Some(whole) = fetch(ssl, cert, Points::Whole) else { return Vec::new() };
    [Some(whole), fetch(ssl, cert, Points::Freshest)].into_iter().flatten().collect()
}

/// The list at the first place that can be fetched from.
fn fetch(ssl: &SslRef, cert: &X509Ref, which: Points) -> Option<X509Crl> {
    let points = points(cert, which)?;
    let url = points.iter().find_map(place)?;
    let log = Log::of(ssl)?;
    let seconds = seconds_until(log.patience_ends(PATIENCE), Instant::now())?;
    let words = ssl.ssl_context().ex_data(index()).copied().unwrap_or_default();
    load::crl_of_certificate(url.as_bytes(), seconds, words)
        .map_err(|message| log.push(Event::Text(Stream::Err, message)))
        .ok()
}

/// Where that is, when it is fetched by HTTP.
fn place(point: &DistPointRef) -> Option<&str> {
    let names = point.distpoint()?.fullname()?;
    names.iter().filter_map(|name| name.uri()).find(|uri| uri.starts_with("http://") && !uri.contains('\0'))
}

/// What is left, in begun seconds; `None` when nothing is. Zero would be without end for OpenSSL.
fn seconds_until(end: Instant, now: Instant) -> Option<i32> {
    let left = end.checked_duration_since(now).filter(|left| !left.is_zero())?;
    i32::try_from(left.as_millis().div_ceil(1_000)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_is_never_without_end() {
        let now = Instant::now();
        assert_eq!(seconds_until(now + PATIENCE, now), Some(10));
        assert_eq!(seconds_until(now + Duration::from_millis(1_001), now), Some(2));
        assert_eq!(seconds_until(now + Duration::from_nanos(2_000_000), now), Some(1));
        assert_eq!(seconds_until(now, now), None);
        assert_eq!(seconds_until(now, now + PATIENCE), None);
    }
}
