//! Claims about early data, RFC 8446 section 2.3.
use std::io::Write;
use std::sync::Arc;

use rustls::client::{ClientSessionMemoryCache, Resumption};
use s_server_core::engine::{Detail, EarlyData, EarlyRead, Step, TlsContext};

use crate::Subject;
use crate::client::{Client, ONLY_13, Setup};
use crate::pair::{Pair, STARVED};
use crate::plan::context;

/// A client that sends early data where its ticket allows it.
fn remembering() -> Client {
    let resumption = Some(Resumption::store(Arc::new(ClientSessionMemoryCache::new(8))));
    Setup { resumption, ..Setup::only(ONLY_13) }.client().sending_early()
}

/// One that has a ticket of that server.
fn returning(context: &dyn TlsContext) -> Client {
    let client = remembering();
    let mut first = Pair::of(context, client.connect());
    assert_eq!(early(&mut first), (EarlyData::NotSent, Vec::new()));
    assert_eq!(first.handshake(), Step::Done(()));
    assert_eq!(first.server.info(Detail::Whole).early_data, EarlyData::NotSent);
    // A session that ends otherwise is resumed no more.
    first.server.shutdown();
    first.client_read();
    client
}

/// Reads early data to its end, while everything passes that the sides say.
fn early(pair: &mut Pair) -> (EarlyData, Vec<u8>) {
    let mut data = Vec::new();
    loop {
        let sent = pair.carry_to_server();
        let step = pair.server.read_early(&mut data);
        let received = pair.carry_to_client();
        match step {
            Step::Done(EarlyRead::End(fate)) => return (fate, data),
            Step::Done(EarlyRead::Data) => assert!(!data.is_empty()),
            Step::WantRead { starved: true } if sent + received > 0 => {}
            step => panic!("{step:?} after {data:?}"),
        }
    }
}

/// A client that comes back sends data at once, which is read before the handshake is complete.
pub fn data_comes_before_the_handshake(subject: &dyn Subject) {
    let context = context(subject, "-early_data");
    let client = returning(&*context);
    let mut pair = Pair::of(&*context, client.connect());
    pair.client.early_data().expect("a ticket that allows it").write_all(b"early").unwrap();
    pair.carry_to_server();
    let mut data = Vec::new();
    assert_eq!(pair.server.read_early(&mut data), Step::Done(EarlyRead::Data));
    assert_eq!(data, b"early");
    assert_eq!(pair.server.read_early(&mut data), Step::WantRead { starved: true });
    pair.client.early_data().unwrap().write_all(b"more").unwrap();
    assert_eq!(early(&mut pair), (EarlyData::Accepted, b"more".to_vec()));
    assert_eq!(pair.handshake(), Step::Done(()));
    assert!(pair.client.is_early_data_accepted());
    let info = pair.server.info(Detail::Whole);
    assert_eq!((info.early_data, info.reused), (EarlyData::Accepted, true));
    pair.client_write(b"late");
    assert_eq!(pair.server_read().1, b"late");
}

/// What others have heard and say again is not taken, unless the server is told not to look.
pub fn data_is_taken_once(subject: &dyn Subject) {
    for (line, fate) in [("-early_data", EarlyData::Rejected), ("-early_data -no_anti_replay", EarlyData::Accepted)] {
        let context = context(subject, line);
        let client = returning(&*context);
        let mut pair = Pair::of(&*context, client.connect());
        pair.client.early_data().unwrap().write_all(b"early").unwrap();
        let heard = pair.take_client_output();
        pair.server.hear(&heard);
        assert_eq!(early(&mut pair), (EarlyData::Accepted, b"early".to_vec()), "{line}");
        let mut again = Pair::of(&*context, Setup::only(ONLY_13).connect());
        again.server.hear(&heard);
        let (mut data, mut step) = (Vec::new(), Step::Done(EarlyRead::Data));
        while step == Step::Done(EarlyRead::Data) {
            step = again.server.read_early(&mut data);
        }
        match fate {
            EarlyData::Accepted => assert_eq!(data, b"early", "{line}"),
            _ => assert_eq!(data, b"", "{line}: {step:?}"),
        }
    }
}

/// A server that reads none takes none, whatever its tickets say.
pub fn data_is_taken_where_the_plan_says_so(subject: &dyn Subject) {
    let context = context(subject, "");
    let client = remembering();
    let mut first = Pair::established_by(&*context, client.connect());
    first.server.shutdown();
    first.client_read();
    let mut pair = Pair::of(&*context, client.connect());
    assert!(pair.client.early_data().is_none());
    assert_eq!(pair.handshake(), Step::Done(()));
    assert!(!pair.client.is_early_data_accepted());
}

/// `-max_early_data` is what the client may send.
pub fn tickets_say_how_much(subject: &dyn Subject) {
    let context = context(subject, "-early_data -max_early_data 5");
    let client = returning(&*context);
    let mut pair = Pair::of(&*context, client.connect());
    assert_eq!(pair.client.early_data().unwrap().write(b"early data").unwrap(), 5);
    assert_eq!(early(&mut pair), (EarlyData::Accepted, b"early".to_vec()));
}

/// Without a ticket there is none, and the handshake goes on as always.
pub fn without_a_ticket_there_is_none(subject: &dyn Subject) {
    let context = context(subject, "-early_data");
    let mut pair = Pair::of(&*context, Setup::default().connect());
    let mut data = Vec::new();
    assert_eq!(pair.server.read_early(&mut data), Step::WantRead { starved: true });
    assert_eq!(early(&mut pair), (EarlyData::NotSent, Vec::new()));
    assert_eq!(pair.handshake(), Step::Done(()));
    assert_eq!(pair.server_read().0, STARVED);
}
