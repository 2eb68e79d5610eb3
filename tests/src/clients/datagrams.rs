//! DTLS clients on sockets of this process.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, UdpSocket};
use std::time::{Duration, Instant};

use openssl::ssl::{ErrorCode, Ssl, SslContext, SslMethod, SslStream, SslVerifyMode};

use crate::clients::raw::PATIENCE;

/// A read that brings nothing in this time lets OpenSSL look at its timer.
const LOOK: Duration = Duration::from_millis(100);

/// A connected socket as OpenSSL's stream: one read, one write is one datagram.
#[derive(Debug)]
pub struct Datagrams(pub UdpSocket);

impl Read for Datagrams {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        self.0.recv(to)
    }
}

impl Write for Datagrams {
    fn write(&mut self, datagram: &[u8]) -> io::Result<usize> {
        self.0.send(datagram)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A client of DTLS after its handshake.
#[derive(Debug)]
pub struct DtlsClient(SslStream<Datagrams>);

impl DtlsClient {
    /// Shakes hands with the server at that address; no certificate is checked.
    pub fn connect(to: SocketAddr) -> Result<DtlsClient, String> {
        let any: SocketAddr = if to.is_ipv4() { ([127, 0, 0, 1], 0).into() } else { ([0_u16; 8], 0).into() };
        let socket = UdpSocket::bind(any).and_then(|socket| {
            socket.connect(to)?;
            socket.set_read_timeout(Some(LOOK))?;
            Ok(socket)
        });
        DtlsClient::over(socket.map_err(|e| e.to_string())?)
    }

    /// The same over a socket that is connected already.
    pub fn over(socket: UdpSocket) -> Result<DtlsClient, String> {
        let ssl = || {
            let mut context = SslContext::builder(SslMethod::dtls_client())?;
            context.set_verify(SslVerifyMode::NONE);
            let mut ssl = Ssl::new(&context.build())?;
            ssl.set_mtu(1400)?;
            Ok(ssl)
        };
        let ssl: Ssl = ssl().map_err(|e: openssl::error::ErrorStack| e.to_string())?;
        let mut stream = SslStream::new(ssl, Datagrams(socket)).map_err(|e| e.to_string())?;
        patiently(|| stream.connect())?;
        Ok(DtlsClient(stream))
    }

    /// Sends one record.
    pub fn send(&mut self, data: &[u8]) -> Result<(), String> {
        patiently(|| self.0.ssl_write(data)).map(drop)
    }

    /// The next record.
    pub fn receive(&mut self) -> Result<Vec<u8>, String> {
        let mut buffer = vec![0; 16_384];
        let length = patiently(|| self.0.ssl_read(&mut buffer))?;
        buffer.truncate(length);
        Ok(buffer)
    }

    /// Whether a record comes within a moment.
    pub fn receives(&mut self) -> bool {
        self.0.ssl_read(&mut [0; 16_384]).is_ok()
    }

    /// Sends one record, and receives the same.
    pub fn echo(&mut self, data: &[u8]) -> Result<(), String> {
        self.send(data)?;
        let came = self.receive()?;
        if came == data { Ok(()) } else { Err(format!("{} came back", came.escape_ascii())) }
    }

    /// The same where datagrams may be lost: what does not come back within a while is sent again.
    pub fn echo_patiently(&mut self, data: &[u8]) -> Result<(), String> {
        let deadline = Instant::now() + PATIENCE;
        let mut buffer = vec![0; 16_384];
        while Instant::now() < deadline {
            self.send(data)?;
            // Answers to what was sent twice come late.
            while let Ok(length) = self.0.ssl_read(&mut buffer) {
                if buffer[..length] == *data {
                    return Ok(());
                }
            }
        }
        Err("no echo".into())
    }

    /// Tells the server that it goes.
    pub fn close(mut self) {
        // A datagram may be lost: nobody waits for the answer.
        let _ = self.0.shutdown();
    }
}

/// Calls again until it is done, for a while.
fn patiently<T>(mut call: impl FnMut() -> Result<T, openssl::ssl::Error>) -> Result<T, String> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        match call() {
            Ok(value) => return Ok(value),
            Err(e) if e.code() == ErrorCode::ZERO_RETURN => return Err("close_notify".into()),
            Err(e)
                if [ErrorCode::WANT_READ, ErrorCode::WANT_WRITE].contains(&e.code()) && Instant::now() < deadline => {}
            Err(e) => return Err(e.to_string()),
        }
    }
}
