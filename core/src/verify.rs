//! Verification of a client certificate: what is tolerated.
//!
//! The engine's callback asks [`judge`], because the library waits for the answer; the lines about it are rendered later,
//! from the [`VerifyStep`](crate::engine::VerifyStep). Both correspond to `verify_callback` in `apps/lib/s_cb.c`.
use crate::options::plan::TlsPlan;

/// `X509_V_ERR_CERT_CHAIN_TOO_LONG`, the result when an error lies deeper than the `-verify` depth.
pub const CERT_CHAIN_TOO_LONG: i32 = 22;

/// Whether the handshake goes on after a certificate that the library found good (`ok`) or bad.
///
/// Errors are tolerated down to the depth of `-verify`, unless `-verify_return_error` is given.
pub fn judge(plan: &TlsPlan, depth: i32, ok: bool) -> bool {
    let within = plan.verify_depth < 0 || plan.verify_depth >= depth;
    ok || (within && !plan.verify_return_error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_are_tolerated_down_to_the_depth() {
        let mut plan = TlsPlan { verify_depth: 1, ..TlsPlan::default() };
        assert!(judge(&plan, 1, false));
        assert!(!judge(&plan, 2, false));
        assert!(judge(&plan, 2, true));
        plan.verify_depth = -1;
        assert!(judge(&plan, 99, false));
        plan.verify_return_error = true;
        assert!(!judge(&plan, 0, false));
    }
}
