//! Claims about alerts: whatever passes is told, with the number that it has on the wire.
use rustls::{AlertDescription, Error};
use s_server_core::engine::{Event, Step};
use s_server_core::fact::Alert;

use crate::Subject;
use crate::client::{ONLY_12, ONLY_13, Setup};
use crate::pair::Pair;
use crate::plan::context;

fn told(pair: &Pair) -> Vec<Alert> {
    let alert = |event: &Event| if let Event::Alert(alert) = event { Some(*alert) } else { None };
    pair.events.iter().filter_map(alert).collect()
}

/// The one alert is that which the client got.
fn is_what_the_client_got(pair: &Pair, why: &str) {
    let Some(Error::AlertReceived(description)) = pair.client_error else { panic!("{why}: {:?}", pair.client_error) };
    assert_eq!(told(pair), [Alert { sent: true, level: 2, description: description.into() }], "{why}");
}

/// Of a handshake that the server refuses.
pub fn what_is_sent_in_a_handshake_is_told(subject: &dyn Subject) {
    let refused = [
        ("-tls1_3", ONLY_12, None),
        ("-tls1_2", ONLY_13, None),
        ("-Verify 3 -CAfile root.pem", ONLY_12, None),
        ("-Verify 3 -CAfile root.pem", ONLY_13, None),
        ("-Verify 3 -verify_return_error -CAfile root.pem", ONLY_12, Some("self")),
        ("-Verify 3 -verify_return_error -CAfile root.pem", ONLY_13, Some("self")),
    ];
    for (line, versions, certificate) in refused {
        let setup = Setup { certificate, ..Setup::only(versions) };
        let mut pair = Pair::new(&*context(subject, line), &setup);
        assert!(matches!(pair.handshake(), Step::Failed(_)), "{line}");
        pair.carry_to_client();
        is_what_the_client_got(&pair, line);
    }
}

/// Of a record that nobody sealed.
pub fn what_is_sent_later_is_told(subject: &dyn Subject) {
    for versions in [ONLY_12, ONLY_13] {
        let mut pair = Pair::established(&*context(subject, ""), &Setup::only(versions));
        pair.server.hear(&[&[23, 3, 3, 0, 40][..], &[7; 40]].concat());
        assert!(matches!(pair.server_read().0, Step::Failed(_)));
        pair.carry_to_client();
        is_what_the_client_got(&pair, "a broken record");
    }
}

/// Of a client that does not trust the server's certificate.
pub fn what_comes_is_told(subject: &dyn Subject) {
    for versions in [ONLY_12, ONLY_13] {
        let mut pair = Pair::new(&*context(subject, ""), &Setup { refuses: true, ..Setup::only(versions) });
        assert!(matches!(pair.handshake(), Step::Failed(_)));
        let unknown_ca = AlertDescription::UnknownCA.into();
        assert_eq!(told(&pair), [Alert { sent: false, level: 2, description: unknown_ca }]);
    }
}

/// close_notify of either side, once each.
pub fn the_end_is_told_both_ways(subject: &dyn Subject) {
    for versions in [ONLY_12, ONLY_13] {
        let mut pair = Pair::established(&*context(subject, ""), &Setup::only(versions));
        assert_eq!(told(&pair), []);
        pair.client.send_close_notify();
        pair.carry_to_server();
        assert_eq!(pair.server_read().0, Step::Closed);
        for _ in 0..2 {
            assert_eq!(pair.server.shutdown(), Step::Done(()));
            pair.collect();
        }
        let close = |sent| Alert { sent, level: 1, description: 0 };
        assert_eq!(told(&pair), [close(false), close(true)]);
    }
}
