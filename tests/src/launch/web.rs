//! A place of HTTP on loopback, whose answers the test makes.

use std::io::Read;
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// A place that is there until the test ends.
#[derive(Debug)]
pub struct Place {
    /// Its port.
    pub port: u16,
    asked: Arc<AtomicUsize>,
}

impl Place {
    /// Each connection goes to `answer`, one after the other.
    ///
    /// # Panics
    /// When there is no port.
    pub fn open(mut answer: impl FnMut(TcpStream) + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = listener.local_addr().expect("its address").port();
        let asked = Arc::new(AtomicUsize::new(0));
        let counter = asked.clone();
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                counter.fetch_add(1, Ordering::SeqCst);
                answer(client);
            }
        });
        Self { port, asked }
    }

    /// How many have come.
    pub fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

/// The head of a request, or what came of it.
pub fn request_head(client: &mut impl Read) -> Vec<u8> {
    let mut request = Vec::new();
    let mut byte = [0];
    while !request.ends_with(b"\r\n\r\n") && client.read(&mut byte).unwrap_or(0) > 0 {
        request.push(byte[0]);
    }
    request
}

/// A request with the body whose length it says.
pub fn request(client: &mut impl Read) -> Vec<u8> {
    let mut request = request_head(client);
    let head = String::from_utf8_lossy(&request).into_owned();
    let length = head.lines().find_map(|line| line.strip_prefix("Content-Length: ")?.parse().ok()).unwrap_or(0);
    let _ = client.take(length).read_to_end(&mut request);
    request
}

/// A port of loopback that nobody listens on.
///
/// # Panics
/// When there is none.
pub fn dead() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("its address").port()
}
