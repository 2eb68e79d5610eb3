//! Verification of a client certificate: what is tolerated.
//!
//! The engine's callback asks [`judge`], because the library waits for the answer; the lines about it are rendered later,
//! from the [`VerifyStep`](crate::engine::VerifyStep). Both correspond to `verify_callback` in `apps/lib/s_cb.c`.

/// Which errors of verification do not end the handshake. The default tolerates all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tolerance {
    /// Depth of the chain down to which errors are tolerated, 0 is the client's own certificate; negative is no limit.
    /// Default: -1; `-verify`, `-Verify`.
    pub depth: i32,
    /// No error is tolerated. Default: off; `-verify_return_error`.
    pub strict: bool,
}

impl Default for Tolerance {
    fn default() -> Self {
        Self { depth: -1, strict: false }
    }
}

/// Whether the handshake goes on after a certificate that the library found good (`ok`) or bad, at that depth.
pub fn judge(tolerance: Tolerance, depth: i32, ok: bool) -> bool {
    let within = tolerance.depth < 0 || tolerance.depth >= depth;
    ok || (within && !tolerance.strict)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_are_tolerated_down_to_the_depth() {
        let one = Tolerance { depth: 1, strict: false };
        assert!(judge(one, 1, false));
        assert!(!judge(one, 2, false));
        assert!(judge(one, 2, true));
        let all = Tolerance::default();
        assert!(judge(all, 99, false));
        assert!(!judge(Tolerance { strict: true, ..all }, 0, false));
    }
}
