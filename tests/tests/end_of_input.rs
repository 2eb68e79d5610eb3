//! What the end of the operator's input does.

use conformance::clients::raw;
use conformance::launch::process::Input;
use conformance::launch::server::Server;
use conformance::launch::wait::wait_until;

#[test]
fn it_ends_the_server_as_soon_as_there_is_a_client() {
    for words in [&[][..], &["-ign_eof", "-no_ign_eof"]] {
        let mut server = Server::accepting(words).input(Input::Null).start();
        let _client = raw::connect(server.port()).unwrap();
        wait_until("the server ends", || server.status().is_some());
        assert_eq!(server.end().0, "0", "{words:?}");
    }
}

#[test]
fn ign_eof_keeps_the_server() {
    let server = Server::accepting(&["-ign_eof", "-naccept", "2"]).input(Input::Null).start();
    for _ in 0..2 {
        let mut client = server.client();
        client.shutdown().unwrap();
    }
    assert_eq!(server.end().0, "0");
}
