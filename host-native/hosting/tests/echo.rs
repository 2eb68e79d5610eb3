//! The example, and that the README shows it whole.
#[path = "../examples/echo.rs"]
#[allow(dead_code, reason = "main is the example's own")]
mod echo;

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::num::NonZeroU64;
use std::sync::Arc;
use std::sync::mpsc::channel;
use std::thread;

use s_server_core::RunPlan;
use s_server_core::options::plan::{Mode, Plan};
use s_server_core::options::run::{Family, Listen};
use s_server_hosting::listen::At;

/// Serves so many clients at a free port.
fn plan(clients: u64) -> RunPlan {
    RunPlan {
        connection: Arc::new(Plan { mode: Mode::Status, ..Plan::default() }),
        listen: Listen::Tcp { host: Some(b"127.0.0.1".to_vec()), service: None, family: Family::Any },
        naccept: NonZeroU64::new(clients),
        ..RunPlan::default()
    }
}

#[test]
fn two_clients_at_a_time_hear_what_they_say_and_the_host_ends_with_them() {
    let (told, listening) = channel::<SocketAddr>();
    let host = thread::spawn(move || {
        let tell = |at: &At| told.send(at.to_string().parse().unwrap()).unwrap();
        echo::serve(&plan(2), tell).map_err(|why| why.to_string())
    });
    let at = listening.recv().unwrap();
    let mut clients = [b"one", b"two"].map(|word| (TcpStream::connect(at).unwrap(), word));
    for (client, word) in clients.iter_mut().rev() {
        client.write_all(*word).unwrap();
        client.shutdown(Shutdown::Write).unwrap();
    }
    for (mut client, word) in clients {
        let mut heard = Vec::new();
        client.read_to_end(&mut heard).unwrap();
        assert_eq!(heard, word);
    }
    assert_eq!(host.join().unwrap(), Ok(()));
}

#[test]
fn the_readme_shows_it_whole() {
    let (readme, example) = (include_str!("../README.md"), include_str!("../examples/echo.rs"));
    assert!(readme.contains(&format!("\n```rust,no_run\n{example}```\n")));
}
