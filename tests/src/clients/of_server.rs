//! Clients of a started server.

use std::net::TcpStream;

use openssl::ssl::SslStream;

use crate::clients::raw::{self, Profile, fetch, handshake};
use crate::launch::process::{self, Input, Process};
use crate::launch::server::Server;
use crate::launch::words::words;

impl Server {
    /// A TLS client after its handshake.
    ///
    /// # Panics
    /// When that fails.
    pub fn client(&self) -> SslStream<TcpStream> {
        handshake(raw::connect(self.port()).unwrap(), &Profile::default()).unwrap()
    }

    /// `openssl s_client` with these words, connected to the server's port, in the server's folder.
    ///
    /// # Panics
    /// When it cannot be started.
    pub fn s_client(&self, line: &str) -> Process {
        let mut command = process::command("openssl".as_ref(), self.folder());
        command.args(["s_client", "-connect", &format!("127.0.0.1:{}", self.port())]).args(words(line));
        Process::start(command, Input::Pipe).unwrap()
    }

    /// The page of `-www`.
    ///
    /// # Panics
    /// When it does not come.
    pub fn page(&self) -> String {
        let (page, end) = fetch(self.port(), &Profile::default(), b"GET / HTTP/1.0\r\n\r\n").unwrap();
        assert_eq!(end, "close_notify received");
        String::from_utf8(page).unwrap()
    }
}
