//! A unit test of a TLS client.
use std::sync::Arc;

use s_server_testing::InProcess;
use s_server_testing::rustls::{ClientConfig, ClientConnection, RootCertStore};

#[test]
fn the_client_speaks_tls_1_3() -> Result<(), Box<dyn std::error::Error>> {
    let mut server = InProcess::start(&["-selfsigned", "-tls1_3"], &[])?;
    let mut roots = RootCertStore::empty();
    roots.add(server.certificate().ok_or("no certificate")?)?; // valid at any time
    let config = ClientConfig::builder().with_root_certificates(roots).with_no_client_auth();
    let mut client = ClientConnection::new(Arc::new(config), "localhost".try_into()?)?;
    let mut session = server.connect()?;
    session.exchange(&mut client)?; // fails with the client's reason
    let info = session.established().ok_or(session.stderr.clone())?; // fails with the server's
    assert_eq!(info.protocol, "TLSv1.3");
    Ok(())
}
