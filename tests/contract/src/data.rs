//! Claims about what passes after the handshake.
use s_server_core::engine::{CommandResult, Detail, EngineCommand, Step};

use crate::Subject;
use crate::client::{ONLY_12, ONLY_13, Setup};
use crate::pair::{INTERRUPTED, Pair, STARVED, records};
use crate::plan::context;

/// Bytes arrive as they were sent, whatever the pieces on the wire.
pub fn passes_both_ways_in_any_pieces(subject: &dyn Subject) {
    let context = context(subject, "");
    let data: Vec<u8> = (0..40_000_u32).map(|n| (n * 7 / 8) as u8).collect();
    for versions in [ONLY_12, ONLY_13] {
        for size in [1, 7, 1000, 60_000] {
            let mut pair = Pair::established(&*context, &Setup::only(versions));
            let (mut got, mut rest) = (Vec::new(), &data[..]);
            while !rest.is_empty() {
                let (now, later) = rest.split_at(rest.len().min(9000));
                rest = later;
                std::io::Write::write_all(&mut pair.client.writer(), now).unwrap();
                let wire = pair.take_client_output();
                for piece in wire.chunks(size) {
                    pair.server.hear(piece);
                    let (step, more) = pair.server_read_all();
                    assert_eq!(step, STARVED);
                    got.extend(more);
                }
            }
            assert!(got == data, "{size}");
            pair.server_write(&data[..20_000]);
            assert!(pair.client_read() == data[..20_000]);
        }
    }
}

/// One read brings one record.
pub fn one_read_is_one_record(subject: &dyn Subject) {
    let mut pair = Pair::established(&*context(subject, ""), &Setup::default());
    let long = vec![b'x'; 20_000];
    pair.client_write(&long);
    assert_eq!(pair.server_read(), (Step::Done(()), long[..16_384].to_vec()));
    assert_eq!(pair.server_read(), (Step::Done(()), long[16_384..].to_vec()));
    assert_eq!(pair.server_read(), (STARVED, Vec::new()));
}

/// Nothing is read of a record that is not all there.
pub fn a_part_of_a_record_starves(subject: &dyn Subject) {
    let mut pair = Pair::established(&*context(subject, ""), &Setup::default());
    std::io::Write::write_all(&mut pair.client.writer(), b"hello").unwrap();
    let wire = pair.take_client_output();
    pair.server.hear(&wire[..wire.len() - 1]);
    assert_eq!(pair.server_read(), (STARVED, Vec::new()));
    pair.server.hear(&wire[wire.len() - 1..]);
    assert_eq!(pair.server_read(), (Step::Done(()), b"hello".to_vec()));
}

/// A record that is no data is told apart from an empty wire.
pub fn a_key_update_of_the_client_interrupts(subject: &dyn Subject) {
    let mut pair = Pair::established(&*context(subject, ""), &Setup::only(ONLY_13));
    pair.client.refresh_traffic_keys().unwrap();
    pair.client_write(b"after");
    assert_eq!(pair.server_read(), (INTERRUPTED, Vec::new()));
    assert_eq!(pair.server_read(), (Step::Done(()), b"after".to_vec()));
    pair.server_write(b"answer");
    assert_eq!(pair.client_read(), b"answer");
}

/// `K`: both sides go on with new keys.
pub fn a_key_update_of_the_server_is_followed(subject: &dyn Subject) {
    let clean = CommandResult { requested: 1, handshake: 1, error: None };
    let mut pair = Pair::established(&*context(subject, ""), &Setup::only(ONLY_13));
    assert_eq!(pair.server.command(EngineCommand::KeyUpdate { request_peer: true }), clean);
    pair.server_write(b"new keys");
    assert_eq!(pair.client_read(), b"new keys");
    pair.client_write(b"too");
    assert_eq!(pair.server_read(), (INTERRUPTED, Vec::new()));
    assert_eq!(pair.server_read(), (Step::Done(()), b"too".to_vec()));

    let mut pair = Pair::established(&*context(subject, ""), &Setup::only(ONLY_12));
    let refused = pair.server.command(EngineCommand::KeyUpdate { request_peer: true });
    assert_eq!((refused.requested, refused.error.is_some()), (0, true));
    pair.client_write(b"unchanged");
    assert_eq!(pair.server_read(), (Step::Done(()), b"unchanged".to_vec()));
}

/// `P`: the bytes go out outside TLS, behind what was written before.
pub fn clear_text_goes_out_as_it_is(subject: &dyn Subject) {
    let mut pair = Pair::established(&*context(subject, ""), &Setup::default());
    assert_eq!(pair.server.write(b"sealed"), Step::Done(6));
    let result = pair.server.command(EngineCommand::ClearText(b"Lets print some clear text\n"));
    assert_eq!(result.error, None);
    let wire = pair.server.take_sent();
    let record = 5 + records(&wire)[0].1;
    assert_eq!(&wire[record..], b"Lets print some clear text\n");
}

/// `-max_send_frag`
pub fn records_are_as_large_as_the_plan_says(subject: &dyn Subject) {
    let sent = |line: &str| {
        let mut pair = Pair::established(&*context(subject, line), &Setup::only(ONLY_13));
        let before = pair.sent.len();
        pair.server_write(&[b'x'; 2001]);
        records(&pair.sent[before..])
    };
    // Beside the data a record has its type and 16 bytes of tag.
    assert_eq!(sent(""), [(23, 2018)]);
    assert_eq!(sent("-max_send_frag 512"), [(23, 529), (23, 529), (23, 529), (23, 482)]);
}

/// `-keymatexport`: both sides export the same.
pub fn the_exporter_is_that_of_the_client(subject: &dyn Subject) {
    let context = context(subject, "-keymatexport EXPERIMENTAL-s_server -keymatexportlen 33");
    for versions in [ONLY_12, ONLY_13] {
        let mut pair = Pair::established(&*context, &Setup::only(versions));
        let ours = pair.client.export_keying_material([0; 33], b"EXPERIMENTAL-s_server", None).unwrap();
        let exported = pair.server.info(Detail::Report).exported.unwrap();
        assert_eq!((exported.label, exported.length), (b"EXPERIMENTAL-s_server".to_vec(), 33));
        assert_eq!(exported.material.unwrap(), ours);
        assert_eq!(pair.server.info(Detail::Page).exported, None);
    }
}

/// Data that comes in one piece with the end of the handshake waits for its read.
pub fn early_bytes_behind_the_finished_message_are_kept(subject: &dyn Subject) {
    for versions in [ONLY_12, ONLY_13] {
        let mut pair = Pair::new(&*context(subject, ""), &Setup::only(versions));
        std::io::Write::write_all(&mut pair.client.writer(), b"early").unwrap();
        assert_eq!(pair.handshake(), Step::Done(()));
        pair.carry_to_server();
        assert_eq!(pair.server_read(), (Step::Done(()), b"early".to_vec()));
    }
}
