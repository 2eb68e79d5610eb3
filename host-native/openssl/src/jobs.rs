//! Jobs: what an asynchronous engine or provider computes elsewhere, while the call of OpenSSL that wants it is interrupted.
//!
//! OpenSSL runs such a call on a stack of its own, of 32 KiB and without a guard. Callbacks are called there as well, so they
//! store what they are told and decide little; bytes for the peer wait until the call is over ([`Watch::hold`]). What blocks there
//! as in the original (`-status`, `-crl_download`) took half of it when a name had to be resolved, 16,056 bytes. The engine waits
//! for the job itself, as the original does, and calls again: [`Plan::blocks`] says so.
//!
//! [`Watch::hold`]: super::wire::Watch::hold
use openssl::ssl::{SslContextBuilder, SslMode};
use s_server_core::Plan;
use s_server_core::options::plan::Mode;

/// `SSL_MODE_ASYNC`, which the openssl crate does not name.
const ASYNC: SslMode = SslMode::from_bits_retain(0x100);

/// How the sessions of a context wait for jobs. `-async`.
#[derive(Clone, Copy)]
pub struct Jobs {
    /// Each interruption of a read or write is told, as the original does where it talks to an operator.
    pub told: bool,
}

impl Jobs {
    /// What the plan says of them.
    pub fn of(plan: &Plan) -> Option<Self> {
        plan.tls.asynchronous.then_some(Self { told: matches!(plan.mode, Mode::Interactive { .. }) })
    }

    /// Sessions of `ctx` work in jobs.
    pub fn install(ctx: &mut SslContextBuilder) {
        ctx.set_mode(ASYNC);
    }
}
