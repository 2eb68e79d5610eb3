//! The counters of a context's session cache.
use openssl::ssl::SslContextRef;
use s_server_core::engine::CacheStats;

use super::ffi::ctrl;
use super::sys::conf;

/// Those of this context. Corresponds to `print_stats` in `apps/s_server.c`.
pub fn of(ctx: &SslContextRef) -> CacheStats {
    let counter = |which| conf::counter(ctx, which);
    CacheStats {
        items: counter(ctrl::SESS_NUMBER),
        connects: counter(ctrl::SESS_CONNECT),
        connect_renegotiates: counter(ctrl::SESS_CONNECT_RENEGOTIATE),
        connects_finished: counter(ctrl::SESS_CONNECT_GOOD),
        accepts: counter(ctrl::SESS_ACCEPT),
        accept_renegotiates: counter(ctrl::SESS_ACCEPT_RENEGOTIATE),
        accepts_finished: counter(ctrl::SESS_ACCEPT_GOOD),
        hits: counter(ctrl::SESS_HIT),
        misses: counter(ctrl::SESS_MISSES),
        timeouts: counter(ctrl::SESS_TIMEOUTS),
        callback_hits: counter(ctrl::SESS_CB_HIT),
        full: counter(ctrl::SESS_CACHE_FULL),
        size: ctx.session_cache_size(),
    }
}
