//! What a test learns of a session, in whatever mode the server is.
use std::sync::Arc;

use s_server_testing::InProcess;
use s_server_testing::rustls::{ClientConfig, ClientConnection, RootCertStore};

#[test]
fn the_established_session_is_known_under_every_mode() {
    for mode in [&[][..], &["-brief"], &["-quiet"], &["-www"], &["-WWW"], &["-HTTP"], &["-rev"], &["-echo"]] {
        let mut server = InProcess::start(&[&["-selfsigned", "-alpn", "h2"], mode].concat(), &[]).unwrap();
        let mut roots = RootCertStore::empty();
        roots.add(server.certificate().unwrap()).unwrap();
        let mut config = ClientConfig::builder().with_root_certificates(roots).with_no_client_auth();
        config.alpn_protocols = vec![b"h2".to_vec()];
        let mut client = ClientConnection::new(Arc::new(config), "localhost".try_into().unwrap()).unwrap();
        let mut session = server.connect().unwrap();
        assert!(session.established().is_none(), "{mode:?}");
        session.exchange(&mut client).unwrap();
        let info = session.established().unwrap_or_else(|| panic!("{mode:?}: {}", session.stderr));
        assert_eq!((&*info.protocol, info.alpn.as_deref()), ("TLSv1.3", Some(&b"h2"[..])), "{mode:?}");
    }
}
