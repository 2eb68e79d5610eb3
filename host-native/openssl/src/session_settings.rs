//! What the sessions of a context need of the plan.
use s_server_core::options::NameFormat;
use s_server_core::options::plan::{Datagrams, Export, Messages};

use super::jobs::Jobs;
use super::raw_keys;
#[cfg(has_srp)]
use super::srp::Logins;

/// What all sessions of a context share.
#[derive(Clone)]
pub struct SessionSettings {
    /// `-state`
    pub states: bool,
    /// `-nbio`: waiting is reported like any other interruption.
    pub nbio: bool,
    /// `-nbio_test`
    pub nbio_test: bool,
    /// `-tlsextdebug`
    pub extensions: bool,
    /// `-msg`, `-trace`
    pub messages: Option<Messages>,
    /// `-debug`
    pub transfers: bool,
    /// The server has Diffie-Hellman parameters.
    pub dh: bool,
    /// `-async`
    pub jobs: Option<Jobs>,
    /// `-psk`, `-psk_list`
    pub psk: bool,
    /// `-srpvfile`
    #[cfg(has_srp)]
    pub logins: Option<Logins>,
    /// `-keymatexport`
    pub export: Option<Export>,
    /// `-nameopt`
    pub names: NameFormat,
    /// `-expected-rpks`
    pub expected: raw_keys::Expected,
    /// `-max_send_frag`
    pub max_fragment: Option<usize>,
    /// `-stateless`
    pub stateless: bool,
    /// `-dtls`, `-dtls1`, `-dtls1_2`
    pub datagrams: Option<Datagrams>,
}
