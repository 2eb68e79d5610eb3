//! The contract of [`TlsEngine`](s_server_core::engine::TlsEngine): what the core expects of every engine.
//!
//! ```text
//!   Subject::context(plan)          [engine under test] <--LentWire--> rustls client on ring
//! ```
//!
//! An engine runs the suite with [`suite!`]: one `#[test]` for each [`Claim`]. The claims are about what the core can see:
//! steps, events, bytes on the wire, descriptions; words that differ from engine to engine are left out.
use std::sync::Arc;

use s_server_core::engine::TlsContext;
use s_server_core::{Plan, StartError};

pub mod alerts;
pub mod client;
pub mod clients;
pub mod data;
pub mod early;
pub mod ends;
pub mod handshake;
pub mod identity;
pub mod lossy;
pub mod pair;
pub mod pki;
pub mod plan;
pub mod replayed;
pub mod resumption;
pub mod server;

/// An engine under test.
pub trait Subject {
    /// How command lines are read for it.
    fn build(&self) -> s_server_core::options::Build;

    /// A context for the plan; the error is the message that ends the program.
    fn context(&self, plan: &Plan) -> Result<Arc<dyn TlsContext>, StartError>;
}

/// A claim about an engine; it panics where it does not hold.
pub type Claim = fn(&dyn Subject);

/// Makes a `#[test]` of each [`Claim`], which the named function runs: `fn(Claim)`.
#[macro_export]
macro_rules! suite {
    ($run:path) => {
        $crate::tests! { $run;
            handshake: completes_in_both_versions, takes_any_pieces, waits_starved_for_the_client,
                describes_the_session, lists_what_the_client_offers, tells_the_extensions, retries_with_a_group_of_the_server, shares_no_version, shares_no_suite,
                garbage_is_answered_with_an_alert, an_oversize_record_is_refused, an_end_before_the_hello_is_the_wires_fault,
                a_client_that_refuses_the_certificate_is_told;
            data: passes_both_ways_in_any_pieces, one_read_is_one_record, a_part_of_a_record_starves,
                a_key_update_of_the_client_interrupts, a_key_update_of_the_server_is_followed,
                clear_text_goes_out_as_it_is, records_are_as_large_as_the_plan_says,
                the_exporter_is_that_of_the_client, early_bytes_behind_the_finished_message_are_kept;
            ends: close_notify_closes, shutdown_tells_the_client_once, data_before_the_end_is_not_lost,
                truncation_is_the_wires_fault, truncation_may_be_ignored, a_reset_is_the_wires_fault,
                a_broken_record_breaks_the_session, a_broken_session_stays_broken, the_server_may_write_after_close_notify;
            identity: each_kind_of_key_signs, encodings_and_pass_phrases, a_key_of_another_certificate_is_refused,
                the_second_kind_serves_those_who_need_it, the_name_selects_the_certificate, another_name_may_be_fatal,
                a_protocol_is_chosen_in_the_servers_order, no_common_protocol_is_fatal, chains_are_sent;
            clients: a_good_certificate_is_told_from_the_top, a_bad_one_is_tolerated, a_bad_one_may_be_refused,
                none_is_fine_when_only_asked_for, none_is_fatal_when_required, events_come_in_order,
                a_revoked_one_is_found, an_expired_one_is_told_with_its_time, authorities_are_named,
                depth_limits_tolerance;
            alerts: what_is_sent_in_a_handshake_is_told, what_is_sent_later_is_told, what_comes_is_told,
                the_end_is_told_both_ways;
            resumption: tickets_resume, the_cache_resumes, without_either_nothing_resumes, no_tickets_when_none_are_asked_for,
                the_certificate_is_resumed_too,
                the_counters_count;
            early: data_comes_before_the_handshake, data_is_taken_once, data_is_taken_where_the_plan_says_so,
                tickets_say_how_much, without_a_ticket_there_is_none;
        }
    };
}

/// The engine room of [`suite!`].
#[macro_export]
macro_rules! tests {
    ($run:path; $($module:ident: $($claim:ident),+;)+) => {
        $(mod $module {
            use super::*;
            $(#[test]
            fn $claim() {
                $run($crate::$module::$claim);
            })+
        })+
    };
}
