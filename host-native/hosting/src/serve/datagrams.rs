//! Whole runs over sockets for datagrams, with sessions that need no DTLS.
mod greeting;

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::num::NonZeroU64;
use std::sync::Arc;

use s_server_core::options::plan::{Datagrams, Mode, Plan};
use s_server_core::options::run::{Family, Listen, RunPlan};

use super::tests::{INTERACTIVE, PATIENCE, Run};
use crate::scripted;
use greeting::Greeting;

/// Where runs are that are about something else. Wine does not know of a socket of IPv4 alone what quinn-udp asks it.
const HOST: Option<&str> = if cfg!(windows) { None } else { Some("127.0.0.1") };

/// A run on a free port, of this host and family, for so many clients.
fn plan(mode: Mode, host: Option<&str>, family: Family, naccept: u64) -> RunPlan {
    let run = scripted::plan(mode);
    let connection = Plan { datagrams: Some(Datagrams::default()), ..Plan::clone(&run.connection) };
    let host = host.map(|host| host.as_bytes().to_vec());
    let listen = Listen::Udp { host, service: Some(b"0".to_vec()), family };
    RunPlan { connection: Arc::new(connection), listen, naccept: NonZeroU64::new(naccept), ..run }
}

fn start(plan: RunPlan) -> Run {
    Run::of(plan, None, Greeting)
}

fn echo(naccept: u64) -> Run {
    start(plan(Mode::Echo, HOST, Family::Any, naccept))
}

fn interactive() -> Run {
    start(plan(INTERACTIVE, HOST, Family::Any, 0))
}

/// A client that talks to this address alone.
struct Client(UdpSocket);

impl Client {
    fn of(run: &Run) -> Self {
        Self::at((Ipv4Addr::LOCALHOST, run.at.port()).into())
    }

    fn at(server: SocketAddr) -> Self {
        let any: IpAddr = if server.is_ipv4() { Ipv4Addr::UNSPECIFIED.into() } else { Ipv6Addr::UNSPECIFIED.into() };
        let socket = UdpSocket::bind((any, 0)).unwrap();
        socket.connect(server).unwrap();
        socket.set_read_timeout(Some(PATIENCE)).unwrap();
        Self(socket)
    }

    fn says(&self, text: &str) -> &Self {
        self.0.send(text.as_bytes()).unwrap();
        self
    }

    fn hears(&self, text: &str) -> &Self {
        assert_eq!(self.next(), text);
        self
    }

    fn next(&self) -> String {
        let mut buffer = [0; 65_536];
        let length = self.0.recv(&mut buffer).unwrap();
        String::from_utf8_lossy(&buffer[..length]).into_owned()
    }

    /// What is there already.
    fn has(&self) -> Option<String> {
        self.0.set_nonblocking(true).unwrap();
        let mut buffer = [0; 100];
        let length = self.0.recv(&mut buffer);
        self.0.set_nonblocking(false).unwrap();
        length.ok().map(|length| String::from_utf8_lossy(&buffer[..length]).into_owned())
    }
}

#[test]
fn any_number_of_peers_is_served_side_by_side() {
    let run = echo(64);
    let clients: Vec<_> = (0..64).map(|_| Client::of(&run)).collect();
    for client in &clients {
        client.says("Ha");
    }
    for client in &clients {
        client.hears("Wa");
    }
    for round in 0..20 {
        let text = |n: usize| format!("{round} of {n}");
        for (n, client) in clients.iter().enumerate() {
            client.says(&text(n));
        }
        for (n, client) in clients.iter().enumerate() {
            client.hears(&text(n));
        }
    }
    for client in &clients {
        client.says("bye").hears("closed");
    }
    run.end();
}

/// As many at a time as a socket has room for that nobody gave more.
#[test]
fn a_thousand_peers_are_echoed_without_a_loss() {
    let run = echo(1_000);
    let clients: Vec<_> = (0..1_000).map(|_| Client::of(&run)).collect();
    let text = "x".repeat(1_000);
    for (says, hears) in [("Ha", "Wa"), (&text, &text), (&text, &text), ("bye", "closed")] {
        for some in clients.chunks(100) {
            for client in some {
                client.says(says);
            }
            for client in some {
                client.hears(hears);
            }
        }
    }
    run.end();
}

#[test]
fn datagrams_of_one_peer_are_neither_joined_nor_cut_nor_lost() {
    let run = echo(1);
    let client = Client::of(&run);
    client.says("Ha").hears("Wa");
    let texts: Vec<_> = (0..100).map(|n| format!("{n}").repeat(1 + n % 7)).chain(["y".repeat(16_000)]).collect();
    for text in &texts {
        client.says(text);
    }
    for text in &texts {
        client.hears(text);
    }
    client.says("bye").hears("closed");
    run.end();
}

#[test]
fn what_begins_no_session_is_not_answered_and_keeps_nobody_waiting() {
    let run = echo(1);
    let (client, other) = (Client::of(&run), Client::of(&run));
    other.says("Ha").hears("Wa");
    for round in 0..100 {
        for _ in 0..100 {
            client.says("nothing");
        }
        let text = round.to_string();
        other.says(&text).hears(&text);
    }
    assert_eq!(client.has(), None);
    other.says("bye").hears("closed");
    run.end();
}

#[test]
fn a_peer_that_begins_anew_gets_another_session_and_one_that_repeats_itself_does_not() {
    let run = echo(2);
    let client = Client::of(&run);
    client.says("Ha").hears("Wa");
    // What begins the session that is there comes to it.
    client.says("Ha").hears("Ha");
    client.says("Hb").hears("Wb").says("new").hears("new").says("bye").hears("closed");
    let (_, err) = run.rest();
    assert!(err.contains("s_server: the client began another session\n"), "{err}");
}

#[test]
fn what_comes_after_the_end_is_nothing() {
    let run = echo(2);
    let client = Client::of(&run);
    client.says("Ha").hears("Wa").says("bye").hears("closed");
    client.says("late");
    // From the same address a session may begin again, with the same words too.
    client.says("Ha").hears("Wa").says("again").hears("again").says("bye").hears("closed");
    run.end();
}

#[test]
fn a_peer_that_vanished_disturbs_nobody() {
    let run = echo(2);
    let (gone, there) = (Client::of(&run), Client::of(&run));
    gone.says("Ha").hears("Wa");
    there.says("Ha").hears("Wa");
    gone.says("more");
    drop(gone);
    for round in 0..50 {
        let text = round.to_string();
        there.says(&text).hears(&text);
    }
    there.says("bye").hears("closed");
    // The run does not end: the one that vanished is served for as long as it is silent.
    drop(run);
}

/// The addresses of one peer that asks all of these.
fn asked(server: SocketAddr, asked: &[&str]) -> Vec<String> {
    asked
        .iter()
        .map(|&host| {
            let client = Client::at(SocketAddr::new(host.parse().unwrap(), server.port()));
            client.says("Ha").hears("Wa").says(host).hears(host).says("bye").hears("closed");
            // A socket that is connected takes nothing from another address.
            client.0.peer_addr().unwrap().ip().to_string()
        })
        .collect()
}

#[test]
#[cfg_attr(windows, ignore = "Wine does not know of a socket of IPv4 alone what quinn-udp asks it")]
fn answers_leave_from_the_address_that_was_asked() {
    let v4 = start(plan(Mode::Echo, Some("0.0.0.0"), Family::V4, 2));
    assert_eq!(asked(v4.at, &["127.0.0.1", "127.0.0.2"]), ["127.0.0.1", "127.0.0.2"]);
    v4.end();
    let both = start(plan(Mode::Echo, None, Family::Any, 3));
    assert!(both.at.is_ipv6());
    assert_eq!(asked(both.at, &["127.0.0.1", "127.0.0.2", "::1"]), ["127.0.0.1", "127.0.0.2", "::1"]);
    both.end();
    let v6 = start(plan(Mode::Echo, Some("::"), Family::V6, 1));
    assert_eq!(asked(v6.at, &["::1"]), ["::1"]);
    v6.end();
}

#[test]
#[cfg_attr(windows, ignore = "Wine does not know of a socket of IPv4 alone what quinn-udp asks it")]
fn one_peer_that_asks_two_addresses_has_two_sessions() {
    let run = start(plan(Mode::Echo, Some("0.0.0.0"), Family::V4, 2));
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    let ask = |host: &str, text: &str| {
        socket.send_to(text.as_bytes(), (host, run.at.port())).unwrap();
        let mut buffer = [0; 100];
        let (length, from) = socket.recv_from(&mut buffer).unwrap();
        (String::from_utf8_lossy(&buffer[..length]).into_owned(), from.ip().to_string())
    };
    for host in ["127.0.0.1", "127.0.0.2"] {
        assert_eq!(ask(host, "Ha"), ("Wa".into(), host.into()));
    }
    for host in ["127.0.0.1", "127.0.0.2"] {
        assert_eq!(ask(host, host), (host.into(), host.into()));
        assert_eq!(ask(host, "bye"), ("closed".into(), host.into()));
    }
    run.end();
}

#[test]
fn so_many_sessions_begin_as_naccept_says() {
    let run = echo(2);
    let (one, other, late) = (Client::of(&run), Client::of(&run), Client::of(&run));
    one.says("Ha").hears("Wa");
    other.says("Hb").hears("Wb");
    late.says("Hc");
    one.says("bye").hears("closed");
    other.says("there").hears("there").says("bye").hears("closed");
    assert_eq!(late.has(), None);
    run.end();
}

#[test]
fn a_gate_keeps_out_who_cannot_be_reached_where_he_says() {
    let mut plan = plan(Mode::Echo, HOST, Family::Any, 1);
    let connection = Arc::make_mut(&mut plan.connection);
    connection.datagrams = Some(Datagrams { listen: true, ..Datagrams::default() });
    let run = start(plan);
    let (spoofed, client) = (Client::of(&run), Client::of(&run));
    spoofed.says("Ha").next();
    client.says("Ha");
    let cookie = client.next();
    assert_eq!(cookie, client.0.local_addr().unwrap().port().to_string());
    client.says(&format!("Ha{cookie}")).hears("Wa").says("in").hears("in").says("bye").hears("closed");
    run.end();
}

#[test]
fn a_peer_that_waits_is_neither_lost_nor_heard_by_the_one_before_it() {
    let mut run = interactive();
    let (first, second) = (Client::of(&run), Client::of(&run));
    first.says("Ha").hears("Wa");
    second.says("Hb");
    second.says("I wait\n");
    first.says("I talk\n");
    run.expect("I talk\n");
    run.type_in("to the first\n");
    first.hears("to the first\n");
    assert_eq!(second.has(), None);
    first.says("bye").hears("closed");
    second.hears("Wb");
    let seen = run.expect("I wait\n");
    assert!(seen.contains("DONE\n") && !seen.contains("I talk"), "{seen}");
    run.type_in("Q\n");
    second.hears("closed");
    run.end();
}

#[test]
fn a_waiting_peer_that_begins_anew_waits_once() {
    let mut run = interactive();
    let (first, second) = (Client::of(&run), Client::of(&run));
    first.says("Ha").hears("Wa");
    second.says("Hb").says("old\n").says("Hc").says("new\n");
    first.says("after that\n");
    run.expect("after that\n");
    first.says("bye").hears("closed");
    second.hears("Wc");
    let seen = run.expect("new\n");
    assert!(!seen.contains("old"), "{seen}");
    run.type_in("Q\n");
    second.hears("closed");
    let (_, err) = run.rest();
    assert!(!err.contains("another session"), "{err}");
}

#[test]
fn end_of_input_and_commands_that_end_act_with_nobody_there() {
    for typed in [None, Some("Q\n")] {
        let mut run = interactive();
        match typed {
            Some(text) => run.type_in(text),
            None => drop(run.stdin.take()),
        }
        let expected = ("DONE\nshutting down SSL\nCONNECTION CLOSED\n".into(), "shutdown accept socket\n".into());
        assert_eq!(run.rest(), expected, "{typed:?}");
    }
    let mut run = start(plan(INTERACTIVE, HOST, Family::Any, 1));
    run.type_in("q\n");
    assert_eq!(run.rest(), ("DONE\nshutting down SSL\nCONNECTION CLOSED\n".into(), String::new()), "it counts");
}

#[test]
fn after_q_with_nobody_there_others_are_served_and_other_text_is_for_them() {
    let mut run = interactive();
    run.type_in("q\n");
    run.expect("CONNECTION CLOSED\n");
    run.type_in("hello\n");
    let client = Client::of(&run);
    client.says("Ha").hears("Wa").hears("hello\n");
    run.type_in("Q\n");
    client.hears("closed");
    run.end();
}

#[test]
fn a_quiet_server_outlives_its_input_until_a_peer_has_a_session() {
    let mut plan = plan(INTERACTIVE, HOST, Family::Any, 1);
    Arc::make_mut(&mut plan.connection).text.quiet = true;
    let mut run = start(plan);
    drop(run.stdin.take());
    Client::of(&run).says("Ha").hears("Wa").hears("closed");
    assert_eq!(run.rest(), (String::new(), String::new()));
}

#[test]
fn a_port_in_use_is_refused() {
    let other = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let service = other.local_addr().unwrap().port().to_string().into_bytes();
    let wanted = Listen::Udp { host: Some(b"127.0.0.1".to_vec()), service: Some(service), family: Family::Any };
    match crate::listen::listen(&wanted) {
        Err(crate::listen::Failure::Socket { call: crate::listen::SocketCall::Bind, error, taken: None }) => {
            assert_eq!(error.kind(), io::ErrorKind::AddrInUse);
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_flood_of_openings_costs_the_honest_nothing() {
    let run = echo(0);
    let honest = Client::of(&run);
    honest.says("Ha").hears("Wa");
    for round in 0..60 {
        for _ in 0..50 {
            // It is gone before it is answered.
            Client::of(&run).says("Hx");
        }
        let text = round.to_string();
        honest.says(&text).hears(&text);
    }
    honest.says("bye").hears("closed");
}
