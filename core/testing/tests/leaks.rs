//! A test suite may start as many servers as it likes: none leaves memory behind.
#![allow(unsafe_code, reason = "an allocator that counts")]
use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicI64, Ordering};

use s_server_testing::InProcess;

/// The system's allocator, which counts the bytes that are in use.
struct Counting;

static LIVE: AtomicI64 = AtomicI64::new(0);

// SAFETY: the system's allocator, called with the same arguments.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        LIVE.fetch_add(layout.size() as i64, Ordering::Relaxed);
        // SAFETY: the caller's promise.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        LIVE.fetch_sub(layout.size() as i64, Ordering::Relaxed);
        // SAFETY: the caller's promise.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

const CERT: &[u8] = include_bytes!("../testdata/server.pem");
const KEY: &[u8] = include_bytes!("../testdata/server.key");

/// Starts servers, each of which gets a client that sends what is no TLS.
fn serve(servers: usize) {
    for _ in 0..servers {
        let options = ["-cert", "cert.pem", "-key", "key.pem", "-www"];
        let mut server = InProcess::start(&options, &[("cert.pem", CERT), ("key.pem", KEY)]).unwrap();
        let mut session = server.connect().unwrap();
        session.client_sends(b"GET / HTTP/1.0\r\n\r\n");
        assert!(session.outcome().is_some());
    }
}

#[test]
fn ten_thousand_servers_leave_nothing_behind() {
    // What is made once.
    serve(10);
    let before = LIVE.load(Ordering::Relaxed);
    serve(10_000);
    assert_eq!(LIVE.load(Ordering::Relaxed) - before, 0);
}
