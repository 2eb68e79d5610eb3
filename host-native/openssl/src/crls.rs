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

use super::log::Log;
use super::sys::crls::{Points, points};
use super::{fetch, load};

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

/// The list at the first place that gives one. Each failure is told.
fn fetch(ssl: &SslRef, cert: &X509Ref, which: Points) -> Option<X509Crl> {
    let points = points(cert, which)?;
    let log = Log::of(ssl)?;
    let tell = |message| log.push(Event::Text(Stream::Err, message));
    let words = ssl.ssl_context().ex_data(index()).copied().unwrap_or_default();
    let all: Vec<&str> = points.iter().flat_map(places).collect();
    let fetched: Vec<&str> = all.iter().copied().filter(|url| fetch::is_http(url.as_bytes())).collect();
    if let (None, Some(other)) = (fetched.first(), all.first()) {
        let other = other.escape_debug();
        tell(format!("s_server: -crl_download: {other}: lists are fetched from http:// alone\n").into_bytes());
    }
    let (tried, left_out) = fetched.split_at(fetched.len().min(MOST_PLACES));
    let end = log.patience_ends(PATIENCE);
    for (number, url) in tried.iter().enumerate() {
        let now = Instant::now();
        let end = share(end, now, tried.len() - number)?;
        match load::crl_of_certificate(url, end, words) {
            Ok(list) => return Some(list),
            Err(why) => tell(why.render()),
        }
    }
    if !left_out.is_empty() {
        let count = left_out.len();
        tell(format!("s_server: -crl_download: {count} more places are not tried\n").into_bytes());
    }
    None
}

/// Until when the next of so many places may take; `None` when the time of all is over. A silent one leaves the others
/// their share.
fn share(end: Instant, now: Instant, places: usize) -> Option<Instant> {
    let left = end.checked_duration_since(now).filter(|left| !left.is_zero())?;
    Some(now + left / u32::try_from(places.max(1)).unwrap_or(u32::MAX))
}

/// Where that is: other names for one list.
fn places(point: &DistPointRef) -> Vec<&str> {
    let Some(names) = point.distpoint().and_then(|name| name.fullname()) else { return Vec::new() };
    names.iter().filter_map(|name| name.uri()).filter(|uri| !uri.contains('\0')).collect()
}

/// What a client can have fetched with one certificate.
const MOST_PLACES: usize = 8;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_share_the_time_that_is_left() {
        let now = Instant::now();
        assert_eq!(share(now + PATIENCE, now, 1), Some(now + PATIENCE));
        assert_eq!(share(now + PATIENCE, now, 4), Some(now + Duration::from_millis(2_500)));
        assert_eq!(share(now, now, 1), None);
        assert_eq!(share(now, now + PATIENCE, 2), None);
    }
}
