use crate::engine::{CommandResult, EarlyData, EngineError};
use crate::fact::Fact;
use crate::io::{Input, Outcome, Wait, WireEnd};
use crate::options::plan::{Mode, Plan};
use crate::scripted::{Script, Talk, plan};
use alloc::vec;
use proptest::prelude::*;

const REPORT: &str = "CIPHER is Report\nSecure Renegotiation IS NOT supported\n";
const END: &str = "shutting down SSL\nCONNECTION CLOSED\n";

fn quiet() -> Plan {
    let mut plan = plan();
    plan.text.quiet = true;
    plan
}

#[test]
fn data_goes_both_ways_and_the_client_ends() {
    let mut talk = Talk::new(plan());
    talk.wire("H").operator("from server\n").wire("from client\n").wire("|");
    assert_eq!(talk.out.stdout(), [REPORT, "from client\nDONE\n", END].concat());
    assert_eq!(talk.out.err(), "accepting\n");
    assert_eq!(talk.out.wire(), "<H<from server\n<|");
    assert_eq!(talk.wait, Wait::Closed(Outcome::Next));
}

fn reading_early_data() -> Plan {
    let mut plan = plan();
    plan.tls.early_data.read = true;
    plan
}

#[test]
fn early_data_comes_before_the_handshake_and_the_operator() {
    let mut talk = Talk::on(reading_early_data(), Script { early: EarlyData::Accepted, ..Script::default() });
    assert_eq!(talk.interest().operator, None);
    talk.wire("one\n").wire("two");
    assert_eq!(talk.interest().operator, None);
    talk.wire("Hx");
    let told = ["Early data received:\none\ntwo\nEnd of early data\n", REPORT, "x"].concat();
    assert_eq!((talk.out.stdout(), talk.out.data()), (told, "one\ntwox".into()));
    assert!(talk.interest().operator.is_some());
    let data = |fact: &Fact| matches!(fact, Fact::Data(_));
    let established = talk.out.facts.iter().position(|fact| matches!(fact, Fact::Established(_))).unwrap();
    assert_eq!(talk.out.facts[..established].iter().filter(|fact| data(fact)).count(), 2);
}

#[test]
fn what_became_of_early_data_is_told() {
    for (early, told) in [
        (EarlyData::NotSent, "No early data received\n"),
        (EarlyData::Rejected, "Early data was rejected\n"),
        // Nothing was in it.
        (EarlyData::Accepted, "Early data was rejected\n"),
    ] {
        let mut talk = Talk::on(reading_early_data(), Script { early, ..Script::default() });
        talk.wire("H");
        assert_eq!(talk.out.stdout(), [told, REPORT].concat());
    }
}

#[test]
fn too_much_early_data_ends_the_connection() {
    let mut talk = Talk::new(reading_early_data());
    talk.wire("one!");
    assert_eq!(talk.out.stdout(), ["Early data received:\none", END].concat());
    assert_eq!(talk.out.err(), "Error reading early data\nqueue:too much early data\n");
    assert_eq!(talk.wait, Wait::Closed(Outcome::Next));
}

#[test]
fn a_failed_handshake_is_told_on_stderr() {
    let mut talk = Talk::new(plan());
    talk.wire("GET /");
    assert_eq!(talk.out.err(), "accepting\nERROR\nqueue:no handshake\n");
    assert_eq!(talk.out.stdout(), END);
    assert_eq!(talk.wait, Wait::Closed(Outcome::Next));
}

#[test]
fn a_failure_before_anything_was_read_ends_the_server() {
    let script = Script { misconfigured: true, ..Script::default() };
    let mut talk = Talk::on(plan(), script);
    talk.wire("H");
    assert_eq!(talk.wait, Wait::Closed(Outcome::Misconfigured));
}

#[test]
fn a_broken_session_is_an_error_on_stdout() {
    let mut talk = Talk::new(plan());
    talk.wire("Hx").feed(Input::WireEnd(WireEnd::Closed));
    assert_eq!(talk.out.stdout(), [REPORT, "xERROR\n", END].concat());
    assert_eq!(talk.out.err(), "accepting\nqueue:unexpected eof\n");
    assert_eq!(talk.out.wire(), "<H");
}

#[test]
fn q_ends_the_connection_and_big_q_the_server() {
    for (unit, outcome, err) in [("quit", Outcome::Next, ""), ("Quit now\n", Outcome::Quit, "shutdown accept socket\n")]
    {
        let mut talk = Talk::new(plan());
        talk.wire("H").operator(unit);
        assert_eq!(talk.out.stdout(), [REPORT, "DONE\n", END].concat());
        assert_eq!(talk.out.err(), ["accepting\n", err].concat());
        assert_eq!(talk.out.wire(), "<H<|", "the client is told");
        assert_eq!(talk.wait, Wait::Closed(outcome));
    }
}

#[test]
fn end_of_input_acts_as_big_q_also_before_the_handshake() {
    let mut talk = Talk::new(plan());
    talk.feed(Input::OperatorEnd);
    assert_eq!(talk.out.stdout(), ["DONE\n", END].concat());
    assert_eq!(talk.out.err(), "shutdown accept socket\n");
    assert_eq!(talk.wait, Wait::Closed(Outcome::Quit));
}

#[test]
fn quiet_hangs_up_at_end_of_input_after_the_handshake() {
    let mut talk = Talk::new(quiet());
    talk.feed(Input::OperatorEnd);
    assert_eq!(talk.interest().operator, None);
    talk.wire("Hhello");
    assert_eq!(talk.out.data(), "hello", "what came is not lost");
    assert_eq!(talk.out.out(), "");
    assert_eq!(talk.wait, Wait::Closed(Outcome::Next));
}

#[test]
fn ign_eof_outlives_the_end_of_input() {
    for mut plan in [plan(), quiet()] {
        plan.ign_eof = true;
        let mut talk = Talk::new(plan);
        talk.feed(Input::OperatorEnd).wire("H").wire("data");
        assert_eq!(talk.interest().operator, None);
        assert_eq!(talk.out.data(), "data");
    }
}

#[test]
fn engine_commands_print_what_the_handshake_call_returned() {
    let mut talk = Talk::new(plan());
    talk.wire("H").operator("r\n").operator("R\n").operator("k\n").operator("K\n").operator("c\n");
    assert_eq!(talk.out.stdout(), [REPORT, &"SSL_do_handshake -> 1\n".repeat(5)].concat());
    assert_eq!(
        talk.commands(),
        [
            "Renegotiate { request_certificate: false }",
            "Renegotiate { request_certificate: true }",
            "KeyUpdate { request_peer: false }",
            "KeyUpdate { request_peer: true }",
            "RequestCertificate",
        ]
    );
    assert_eq!(talk.out.wire(), "<H", "the letters are not sent");
}

#[test]
fn a_command_that_the_engine_does_not_have_is_refused_and_nothing_is_said_of_a_handshake() {
    let error = Some(EngineError { queue: vec![b"queue:why\n".to_vec()], ..EngineError::default() });
    let refused = CommandResult { requested: -1, handshake: 1, error };
    let script = Script { results: vec![refused.clone(), refused], ..Script::default() };
    let mut talk = Talk::on(plan(), script);
    talk.wire("H").operator("r\n").operator("c\n");
    assert_eq!(talk.out.stdout(), [REPORT, "Failed to initiate request\n"].concat());
    assert_eq!(talk.out.err(), "accepting\nqueue:why\nqueue:why\n");
}

#[test]
fn a_refused_command_tells_why_at_once_and_the_end_stays_clean() {
    let error = Some(EngineError { queue: vec![b"queue:why\n".to_vec()], ..EngineError::default() });
    let refused = CommandResult { requested: 0, handshake: 1, error };
    let script = Script { results: vec![refused.clone(), refused], ..Script::default() };
    let mut talk = Talk::on(plan(), script);
    talk.wire("H").operator("r\n").operator("c\n").wire("|");
    assert_eq!(talk.out.stdout(), [REPORT, "SSL_do_handshake -> 1\nFailed to initiate request\nDONE\n", END].concat());
    assert_eq!(talk.out.err(), "accepting\nqueue:why\nqueue:why\n");
}

#[test]
fn p_and_s_send_the_unit_as_well() {
    let mut talk = Talk::new(plan());
    talk.wire("H").operator("P\n").operator("S\n");
    assert_eq!(talk.commands().len(), 1);
    assert!(talk.out.stdout().ends_with("   0 cache full overflows (128 allowed)\n"));
    assert_eq!(talk.out.wire(), "<H<P\n<S\n");
}

#[test]
fn debug_brings_back_what_quiet_and_brief_mute_but_not_the_commands() {
    for brief in [false, true] {
        let mut plan = quiet();
        (plan.text.debug, plan.text.brief) = (true, brief);
        let mut talk = Talk::new(plan);
        talk.wire("H").operator("q\n").wire("|");
        assert_eq!(talk.out.stdout(), [REPORT, "DONE\n", END].concat());
        assert_eq!(talk.out.wire(), "<H<q\n<|");
        assert_eq!(talk.out.err().contains("Ciphersuite: Brief\n"), brief);
    }
}

#[test]
fn quiet_makes_letters_data() {
    let mut talk = Talk::new(quiet());
    talk.wire("H").operator("Q\n").operator("S\n").operator("r\n");
    assert_eq!(talk.out.wire(), "<H<Q\n<S\n<r\n");
    assert_eq!(talk.out.out(), "");
}

#[test]
fn brief_prints_the_summary_instead_of_the_report() {
    let mut plan = quiet();
    plan.text.brief = true;
    let mut talk = Talk::new(plan);
    talk.wire("H");
    assert_eq!(talk.out.out(), "");
    assert!(talk.out.err().contains("\nCiphersuite: Brief\nNo peer certificate\n"));
}

#[test]
fn input_that_comes_early_is_sent_after_the_report() {
    let mut talk = Talk::new(plan());
    talk.operator("hello\n");
    assert_eq!(talk.interest().operator, None);
    talk.wire("H");
    assert_eq!(talk.out.stdout(), REPORT);
    assert_eq!(talk.out.wire(), "<H<hello\n");
    assert_eq!(talk.interest().operator, Some(16_384));
}

#[test]
fn crlf_doubles_line_ends_and_halves_the_unit() {
    let mut plan = plan();
    plan.mode = Mode::Interactive { crlf: true };
    let mut talk = Talk::new(plan);
    talk.wire("H");
    assert_eq!(talk.interest().operator, Some(8192));
    talk.operator("a\nb\n");
    assert_eq!(talk.out.wire(), "<H<a\r\nb\r\n");
}

#[test]
fn the_operator_waits_until_the_wire_has_taken_the_last_unit() {
    let mut talk = Talk::new(plan());
    talk.wire("H").feed_only(Input::Operator(b"x"));
    assert_eq!(talk.interest().operator, None);
    assert!(talk.interest().flushed);
    talk.feed(Input::WireFlushed);
    assert_eq!(talk.interest().operator, Some(16_384));
}

#[test]
fn what_the_engine_does_not_take_at_once_is_offered_again() {
    let script = Script { write_limit: 3, ..Script::default() };
    let mut talk = Talk::on(plan(), script);
    talk.wire("H").operator("1234567");
    assert_eq!(talk.out.wire(), "<H<123<456<7");
}

#[test]
fn records_without_data_print_read_block() {
    let mut talk = Talk::new(plan());
    talk.wire("H").wire("K").wire("aKb");
    assert_eq!(talk.out.stdout(), [REPORT, "Read BLOCK\naRead BLOCK\nb"].concat());
}

#[test]
fn nbio_tells_when_it_waits() {
    let mut plan = plan();
    plan.nbio = true;
    let mut talk = Talk::on(plan, Script { wants_more: 1, ..Script::default() });
    talk.wire("h").wire("H").wire("x").wire("p");
    assert_eq!(talk.out.err(), "Turned on non blocking io\naccepting\naccepting\n");
    assert_eq!(talk.out.stdout(), ["DELAY\n", REPORT, "xRead BLOCK\n"].concat());
}

#[test]
fn the_prefix_stands_before_texts_but_not_before_data() {
    let mut plan = plan();
    plan.text.prefix = b"# ".to_vec();
    let mut talk = Talk::new(plan);
    talk.wire("Hdata\n|");
    assert_eq!(
        talk.out.stdout(),
        "# CIPHER is Report\n# Secure Renegotiation IS NOT supported\ndata\n# DONE\n# shutting down SSL\n\
         # CONNECTION CLOSED\n"
    );
}

proptest! {
    /// What a client sends gives the same whatever pieces it comes in.
    #[test]
    fn the_pieces_do_not_matter(text in "H[a-f!KN|]{0,40}", cuts in proptest::collection::vec(1usize..8, 0..20)) {
        let mut whole = Talk::new(plan());
        whole.wire(&text).feed(Input::WireEnd(WireEnd::Closed));
        let mut pieces = Talk::new(plan());
        let mut rest = text.as_str();
        for cut in cuts {
            let (piece, more) = rest.split_at(cut.min(rest.len()));
            if !piece.is_empty() {
                pieces.wire(piece);
            }
            rest = more;
        }
        if !rest.is_empty() {
            pieces.wire(rest);
        }
        pieces.feed(Input::WireEnd(WireEnd::Closed));
        prop_assert_eq!(whole.out.stdout(), pieces.out.stdout());
        prop_assert_eq!(whole.out.err(), pieces.out.err());
        prop_assert_eq!(whole.out.wire(), pieces.out.wire());
        prop_assert_eq!(whole.wait, pieces.wait);
    }
}
