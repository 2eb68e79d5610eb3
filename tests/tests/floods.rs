//! Clients that only mean harm: the memory stays bounded, and the next honest client is answered within two seconds.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use conformance::clients::raw::{self, Profile, fetch};
use conformance::launch::folder::Folder;
use conformance::launch::listening;
use conformance::launch::process::{self, Input, Process};
use conformance::launch::program::Program;
use conformance::launch::server::Server;
use conformance::launch::wait::{LIMIT, wait_until};
use conformance::launch::web::{Place, dead};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

const REQUEST: &[u8] = b"GET / HTTP/1.0\r\n\r\n";
/// What the server may need without clients.
const BASE: u64 = 48 << 20;
/// What one more client may cost that has sent nothing of use.
const EACH: u64 = 64 << 10;

/// Several hundred sockets in this process and as many in the server.
fn allow_many_descriptors() {
    let limit = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, maximum: limit.maximum }).unwrap();
}

/// A page for an honest client, in time, from a server that has not grown.
fn assert_answers(server: &Server, clients: u64) {
    let start = Instant::now();
    let (page, end) = fetch(server.port(), &Profile::default(), REQUEST).unwrap();
    assert!(page.ends_with(b"</BODY></HTML>\r\n\r\n"), "{}", page.escape_ascii());
    assert_eq!(end, "close_notify received");
    assert!(start.elapsed() < Duration::from_secs(2), "{:?}", start.elapsed());
    assert!(server.memory() < BASE + clients * EACH, "{} bytes", server.memory());
    let said = String::from_utf8_lossy(&server.so_far("stderr")).into_owned();
    assert!(!said.contains("panicked"), "{said}");
}

/// 600 clients that have sent nothing, three bytes, or half of their first message.
fn half_open(server: &Server) -> Vec<TcpStream> {
    let hello = raw::client_hello(&Profile::default());
    let half_open = |n: usize| {
        let mut client = raw::connect(server.port()).unwrap();
        // One that had to make room may be closed by then.
        let _ = client.write_all(&hello[..[0, 3, hello.len() / 2][n % 3]]);
        client
    };
    (0..600).map(half_open).collect()
}

/// Early data is taken as far as the limit goes, and no further, from however many clients.
#[test]
fn early_data_beyond_its_limit() {
    // The rustls engine takes what its tickets allow: who keeps to them sends no more. Who does not stands in its own tests.
    if Program::ours().is_sandboxed() {
        return;
    }
    const CLIENTS: usize = 50;
    let mut server = Server::accepting(&["-early_data", "-max_early_data", "16777216", "-no_anti_replay"]).start();
    std::fs::write(server.folder().join("tmp/much"), vec![b'x'; 16 << 20]).unwrap();
    let mut first = server.s_client("-quiet -no_ign_eof -sess_out tmp/s.pem");
    first.write(b"first\n").unwrap();
    server.wait_for("stdout", "first\n", LIMIT).unwrap();
    first.close_input();
    first.wait(LIMIT).unwrap();
    for _ in 0..CLIENTS {
        let mut client = server.s_client("-sess_in tmp/s.pem -early_data tmp/much");
        client.wait(LIMIT).unwrap();
    }
    let mut client = server.client();
    client.write_all(b"honest\n").unwrap();
    server.wait_for("stdout", "honest\n", LIMIT).unwrap();
    assert!(server.memory() < BASE, "{} bytes", server.memory());
    let told = String::from_utf8_lossy(&server.so_far("stderr")).into_owned();
    assert_eq!(told.matches(":too much early data:").count(), CLIENTS, "{told}");
    client.shutdown().unwrap();
}

/// Names of users that nobody has, with a seed, so that each costs the server a key exchange, and without.
#[test]
fn strangers_who_log_in() {
    if Program::ours().is_sandboxed() {
        return;
    }
    for (words, answer) in [(&["-srpuserseed", "seed"][..], [22, 3, 3]), (&[], [21, 3, 3])] {
        let server = Server::accepting(&["-www", "-srpvfile", "srp.vbase"]).words(words).input(Input::Null).start();
        std::thread::scope(|scope| {
            for thread in 0..4 {
                let port = server.port();
                scope.spawn(move || {
                    for number in 0..250 {
                        let mut client = raw::connect(port).unwrap();
                        client.write_all(&hello_of(&format!("{thread}-{number}-{}", "x".repeat(200)))).unwrap();
                        let mut first = [0; 3];
                        client.read_exact(&mut first).unwrap();
                        assert_eq!(first, answer);
                    }
                });
            }
        });
        assert_answers(&server, 4);
        let told = String::from_utf8_lossy(&server.so_far("stderr")).into_owned();
        assert_eq!(told.matches("SRP username = ").count(), 1000);
    }
}

/// A ClientHello of TLS 1.2 by which somebody wants to log in with SRP-AES-128-CBC-SHA, RFC 5054 section 2.3.
fn hello_of(user: &str) -> Vec<u8> {
    let sized = |bytes: usize, content: &[u8]| [&content.len().to_be_bytes()[8 - bytes..], content].concat();
    let extension = [&[0, 12][..], &sized(2, &sized(1, user.as_bytes()))].concat();
    let body = [&[3, 3], &[7; 32][..], &[0], &[0, 2, 0xc0, 0x1d], &[1, 0], &sized(2, &extension)].concat();
    [&[22, 3, 1][..], &sized(2, &[&[1][..], &sized(3, &body)].concat())].concat()
}

/// More than there may be threads for ask for a status, whose responder says nothing, and go away; those who come behind them and
/// stay are all served.
#[test]
fn clients_of_a_slow_responder() {
    // The rustls engine asks no responder.
    if Program::ours().is_sandboxed() {
        return;
    }
    allow_many_descriptors();
    let (hold, held) = mpsc::channel();
    let place = Place::open(move |question| hold.send(question).unwrap());
    let server = asking_of(place.port);
    let hello = raw::client_hello(&ASKING);
    let gone = |_| {
        let mut client = raw::connect(server.port()).unwrap();
        client.write_all(&hello).unwrap();
        client
    };
    let gone: Vec<TcpStream> = (0..300).map(gone).collect();
    wait_until("each thread asks", || place.asked() == THREADS);
    let memory = server.memory();
    assert!(memory < BASE + 300 * EACH, "{memory} bytes");
    drop(gone);
    assert_all_are_served(&server, 100);
    assert_eq!(place.asked(), 300 + 100);
    // The hundred stay, each with a session; what the others held may lie in other arenas.
    let after = server.memory();
    assert!(after < memory + 200 * EACH, "{memory} bytes, and then {after}");
    drop(held);
}

/// There is nobody where the certificate's status would be: each client is told so, and served without.
#[test]
fn clients_of_a_dead_responder() {
    if Program::ours().is_sandboxed() {
        return;
    }
    let server = asking_of(dead());
    let hello = raw::client_hello(&ASKING);
    for _ in 0..300 {
        raw::connect(server.port()).unwrap().write_all(&hello).unwrap();
    }
    assert_all_are_served(&server, 300);
    assert!(server.memory() < BASE, "{} bytes", server.memory());
}

const ASKING: Profile = Profile { tls12: false, certificate: None, name: None, protocols: b"", status: true };

/// So many clients are served at a time where one may have to wait for a responder.
const THREADS: usize = 256;

fn asking_of(port: u16) -> Server {
    let at = format!("http://127.0.0.1:{port}/");
    let words = ["-www", "-CAfile", "root.pem", "-status_url", &at, "-status_timeout", "2"];
    Server::accepting(&words).input(Input::Null).start()
}

/// Each of so many at once gets its page.
fn assert_all_are_served(server: &Server, clients: usize) {
    std::thread::scope(|scope| {
        let clients = (0..clients).map(|_| scope.spawn(|| fetch(server.port(), &ASKING, REQUEST)));
        for client in clients.collect::<Vec<_>>() {
            let (page, end) = client.join().unwrap().unwrap();
            assert!(page.ends_with(b"</BODY></HTML>\r\n\r\n"), "{}", page.escape_ascii());
            assert_eq!(end, "close_notify received");
        }
    });
    assert_answers(server, 0);
}

#[test]
fn half_open_connections() {
    allow_many_descriptors();
    let server = Server::accepting(&["-www"]).input(Input::Null).start();
    let clients = half_open(&server);
    assert_answers(&server, 600);
    drop(clients);
    assert_answers(&server, 0);
}

/// More than may wait: the ones that were silent for longest make room.
#[test]
fn half_open_connections_to_the_interactive_mode() {
    allow_many_descriptors();
    let mut server = Server::accepting(&["-naccept", "1"]).start();
    let silent = half_open(&server);
    let start = Instant::now();
    let mut client = server.client();
    client.write_all(b"honest\n").unwrap();
    server.wait_for("stdout", "honest\n", LIMIT).unwrap();
    assert!(start.elapsed() < Duration::from_secs(2), "{:?}", start.elapsed());
    assert!(server.memory() < BASE + 600 * EACH, "{} bytes", server.memory());
    client.shutdown().unwrap();
    assert_eq!(server.end().0, "0");
    drop(silent);
}

/// Once a waiting client has said enough, what it sends stays in its socket: it takes no memory of the server.
#[test]
fn a_client_that_talks_on_while_it_waits_for_the_seat() {
    let mut server = Server::accepting(&["-naccept", "2"]).start();
    let mut seated = server.client();
    let mut waiting = raw::connect(server.port()).unwrap();
    waiting.write_all(b"x").unwrap();
    wait_until("the first byte is read", || listening::unread(&waiting) == Some(0));
    waiting.write_all(&[b'x'; 1_000]).unwrap();
    // Whatever the server does about these bytes, it does before it hears this.
    seated.write_all(b"honest\n").unwrap();
    server.wait_for("stdout", "honest\n", LIMIT).unwrap();
    assert_eq!(listening::unread(&waiting), Some(1_000));
    seated.shutdown().unwrap();
    drop(waiting);
    assert_eq!(server.end().0, "0");
}

#[test]
fn garbage_from_many_at_once() {
    let server = Server::accepting(&["-www"]).input(Input::Null).start();
    std::thread::scope(|scope| {
        for thread in 1..=8_u64 {
            let port = server.port();
            scope.spawn(move || {
                let mut state = thread.wrapping_mul(0x9e37_79b9_7f4a_7c15);
                for round in 0..100 {
                    let mut client = raw::connect(port).unwrap();
                    let bytes = std::iter::repeat_with(|| {
                        state = state.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(1);
                        (state >> 33) as u8
                    });
                    let mut garbage: Vec<u8> = bytes.take(round * 97 % 5_000).collect();
                    if round % 2 == 0 && garbage.len() > 5 {
                        garbage[..3].copy_from_slice(&[0x16, 3, 1]);
                    }
                    // The server may have closed by then.
                    let _ = client.write_all(&garbage).and_then(|()| client.shutdown(Shutdown::Write));
                    let _ = client.read_to_end(&mut Vec::new());
                }
            });
        }
        assert_answers(&server, 8);
    });
    assert_answers(&server, 0);
}

#[test]
fn a_hello_in_records_of_one_byte() {
    let server = Server::accepting(&["-www"]).input(Input::Null).start();
    let hello = raw::client_hello(&Profile::default());
    let records: Vec<u8> = hello[5..].iter().flat_map(|&byte| [0x16, 3, 1, 0, 1, byte]).collect();
    let mut clients: Vec<TcpStream> = (0..50).map(|_| raw::connect(server.port()).unwrap()).collect();
    for client in &mut clients {
        client.write_all(&records).unwrap();
    }
    for client in &mut clients {
        let mut first = [0; 3];
        client.read_exact(&mut first).unwrap();
        assert_eq!(first, [0x16, 3, 3], "a ServerHello");
    }
    assert_answers(&server, 50);
}

#[test]
fn requests_in_records_of_one_byte() {
    let server = Server::accepting(&["-www"]).input(Input::Null).start();
    let mut client = server.client();
    for _ in 0..100_000 {
        if client.write_all(b"x").is_err() {
            break;
        }
    }
    assert_answers(&server, 1);
}

/// A client that does what no client of Rust's `openssl` can, with the library that Python links. Prints how often.
const CLIENT: &str = r#"
import ctypes, socket, struct, sys
ssl = ctypes.CDLL("libssl.so.3")
for name in ("SSL_CTX_new", "SSL_new", "TLS_client_method"):
    getattr(ssl, name).restype = ctypes.c_void_p
port, kind, count = int(sys.argv[1]), sys.argv[2], int(sys.argv[3])
context = ctypes.c_void_p(ssl.SSL_CTX_new(ctypes.c_void_p(ssl.TLS_client_method())))
version = 0x0303 if kind == "renegotiate" else 0x0304
ssl.SSL_CTX_ctrl(context, 124, ctypes.c_long(version), None)
tcp = socket.socket()
tcp.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
tcp.connect(("127.0.0.1", port))
tls = ctypes.c_void_p(ssl.SSL_new(context))
ssl.SSL_set_fd(tls, tcp.fileno())
if ssl.SSL_connect(tls) != 1:
    sys.exit("no handshake")
tcp.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, struct.pack("ll", 5, 0))
done = 0
while done < count:
    asked = ssl.SSL_renegotiate(tls) if kind == "renegotiate" else ssl.SSL_key_update(tls, 1)
    if asked != 1 or ssl.SSL_do_handshake(tls) != 1:
        break
    done += 1
print(done, flush=True)
if kind == "request":
    ssl.SSL_write(tls, b"GET / HTTP/1.0\r\n\r\n", 18)
    answer = ctypes.create_string_buffer(64)
    ssl.SSL_read(tls, answer, 63)
    print(answer.value.decode().splitlines()[0], flush=True)
sys.stdin.read()
"#;

fn flooding(server: &Server, kind: &str, count: u32) -> Process {
    let mut command = process::command("python3".as_ref(), Folder::empty().unwrap().path().parent().unwrap());
    command.args(["-c", CLIENT, &server.port().to_string(), kind, &count.to_string()]);
    Process::start(command, Input::Pipe).unwrap()
}

fn times(mut client: Process) -> u32 {
    client.wait_for("stdout", "\n", LIMIT).unwrap();
    let said = String::from_utf8(client.so_far("stdout")).unwrap();
    said.lines().next().unwrap().parse().unwrap()
}

#[test]
fn renegotiations_by_clients() {
    let server = Server::accepting(&["-www", "-client_renegotiation"]).input(Input::Null).start();
    let clients: Vec<Process> = (0..4).map(|_| flooding(&server, "renegotiate", 200)).collect();
    assert_answers(&server, 4);
    for client in clients {
        assert_eq!(times(client), 200);
    }
    assert_answers(&server, 4);
}

/// Each asks for an update in return, and reads none of the answers. OpenSSL takes all of them; rustls ends the connection
/// at the 33rd that comes without data between, whatever the client still gets rid of.
#[test]
fn key_updates() {
    let mut server = Server::accepting(&["-www"]).input(Input::Null).start();
    let clients: Vec<Process> = (0..2).map(|_| flooding(&server, "update", 50_000)).collect();
    assert_answers(&server, 2);
    let sandboxed = Program::ours().is_sandboxed();
    for client in clients {
        let done = times(client);
        assert!(sandboxed || done == 50_000, "{done}");
        assert_answers(&server, 2);
    }
    let told = "s_server: rustls: peer misbehaved: TooManyKeyUpdateRequests\n".repeat(if sandboxed { 2 } else { 0 });
    server.wait_for("stderr", &told, LIMIT).unwrap();
    assert_eq!(String::from_utf8(server.so_far("stderr")).unwrap(), told);
}

#[test]
fn as_many_key_updates_as_every_engine_takes() {
    let server = Server::accepting(&["-www"]).input(Input::Null).start();
    let mut client = flooding(&server, "request", 32);
    client.wait_for("stdout", "\nHTTP/1.0 200 ok\n", LIMIT).unwrap();
    assert_eq!(times(client), 32);
}

/// Accepting pauses while there are no descriptors; nobody is lost, and it is told once.
#[test]
fn no_descriptors() {
    let mut server = Server::accepting(&["-www", "-jobs", "2"]).shell("ulimit -n 24; exec \"$@\"").start();
    let clients: Vec<TcpStream> = (0..60).map(|_| raw::connect(server.port()).unwrap()).collect();
    server.wait_for("stderr", "\n", LIMIT).unwrap();
    std::thread::scope(|scope| {
        for client in clients {
            scope.spawn(move || {
                let mut client = raw::handshake(client, &Profile::default()).unwrap();
                client.write_all(REQUEST).unwrap();
                let (page, end) = raw::read_to_end(&mut client);
                assert!(page.ends_with(b"</BODY></HTML>\r\n\r\n"), "{}", page.escape_ascii());
                assert_eq!(end, "close_notify received");
            });
        }
    });
    let said = String::from_utf8(server.so_far("stderr")).unwrap();
    assert_eq!(said, "s_server: clients wait to be accepted: Too many open files (os error 24)\n");
    assert_answers(&server, 0);
}
