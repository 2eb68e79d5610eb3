//! The twelve lines of statistics: at the end of a run, on `S`, on the page.
use alloc::string::String;
use core::fmt::Write;

use crate::engine::CacheStats;

/// The lines. Corresponds to `print_stats` in `apps/s_server.c`.
pub fn lines(s: &CacheStats) -> String {
    let rows = [
        (s.items, "items in the session cache"),
        (s.connects, "client connects (SSL_connect())"),
        (s.connect_renegotiates, "client renegotiates (SSL_connect())"),
        (s.connects_finished, "client connects that finished"),
        (s.accepts, "server accepts (SSL_accept())"),
        (s.accept_renegotiates, "server renegotiates (SSL_accept())"),
        (s.accepts_finished, "server accepts that finished"),
        (s.hits, "session cache hits"),
        (s.misses, "session cache misses"),
        (s.timeouts, "session cache timeouts"),
        (s.callback_hits, "callback cache hits"),
    ];
    let mut text = String::with_capacity(512);
    for (n, what) in rows {
        // A String takes everything.
        let _ = writeln!(text, "{n:4} {what}");
    }
    let _ = writeln!(text, "{:4} cache full overflows ({} allowed)", s.full, s.size);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_stand_right_in_four_columns() {
        let stats = CacheStats {
            items: 1,
            accepts: 23_456,
            accept_renegotiates: 3,
            hits: 7,
            misses: 8,
            size: 128,
            ..CacheStats::default()
        };
        assert_eq!(
            lines(&stats),
            "   1 items in the session cache
   0 client connects (SSL_connect())
   0 client renegotiates (SSL_connect())
   0 client connects that finished
23456 server accepts (SSL_accept())
   3 server renegotiates (SSL_accept())
   0 server accepts that finished
   7 session cache hits
   8 session cache misses
   0 session cache timeouts
   0 callback cache hits
   0 cache full overflows (128 allowed)
"
        );
    }
}
