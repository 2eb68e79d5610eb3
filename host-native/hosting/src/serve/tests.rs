//! Whole runs over loopback sockets, with sessions that need no TLS.
#![cfg_attr(windows, allow(irrefutable_let_patterns, unused_imports, reason = "no Unix sockets, no limits of a shell"))]
use std::io::{BufRead, PipeReader, PipeWriter, Read, Write, pipe};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::num::NonZeroU64;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::*;
use crate::files::Folder;
use crate::listen::{At, listen};
use crate::output::Output;
use crate::scripted::{Context, plan};
use crate::system;
use s_server_core::engine::TlsContext;
use s_server_core::io::Stream;
use s_server_core::options::plan::ClientAuth;
use s_server_core::{AcceptCount, Server};

pub(super) const INTERACTIVE: Mode = Mode::Interactive { crlf: false };
pub(super) const PATIENCE: Duration = Duration::from_secs(20);

/// A run in threads of this process.
pub(super) struct Run {
    pub at: SocketAddr,
    pub stdin: Option<PipeWriter>,
    stdout: PipeReader,
    stderr: PipeReader,
    output: Output,
    thread: JoinHandle<io::Result<()>>,
}

impl Run {
    fn start(plan: RunPlan) -> Self {
        Self::serving(plan, None)
    }

    fn serving(plan: RunPlan, folder: Option<Folder>) -> Self {
        Self::of(plan, folder, Context)
    }

    /// With sessions of this context.
    pub fn of(plan: RunPlan, folder: Option<Folder>, context: impl TlsContext + 'static) -> Self {
        let ((stdin_reader, stdin), (stdout, out), (stderr, err)) = (pipe().unwrap(), pipe().unwrap(), pipe().unwrap());
        let bound = listen(&plan.listen).unwrap();
        let (At::Tcp { at, .. } | At::Udp { at, .. }) = bound.at else { unreachable!("asked for a port") };
        let output = Output::new(system::file(out), system::file(err));
        let printed = output.clone();
        let thread = thread::spawn(move || {
            let plan = Arc::new(plan);
            let server = Server::new(plan.clone(), Arc::new(context));
            let host = Host::new(server, AcceptCount::new(plan.naccept), output.clone(), folder);
            let ready = Ready::at(&plan, 2, bound.socket, OperatorInput::Pipe(stdin_reader)).unwrap();
            let result = ready.serve(&host);
            output.finish();
            result
        });
        Self { at, stdin: Some(stdin), stdout, stderr, output: printed, thread }
    }

    fn interactive() -> Self {
        Self::start(plan(INTERACTIVE))
    }

    fn connect(&self) -> TcpStream {
        let client = TcpStream::connect(self.at).unwrap();
        client.set_read_timeout(Some(PATIENCE)).unwrap();
        client.set_write_timeout(Some(PATIENCE)).unwrap();
        client
    }

    pub fn type_in(&mut self, text: &str) {
        self.stdin.as_mut().unwrap().write_all(text.as_bytes()).unwrap();
    }

    /// Reads standard output up to this text.
    pub fn expect(&mut self, text: &str) -> String {
        read_up_to(&mut self.stdout, text)
    }

    /// What is left of standard output and standard error, once it has ended by itself.
    pub fn rest(mut self) -> (String, String) {
        self.thread.join().unwrap().unwrap();
        let rest = |stream, reader: &mut PipeReader| {
            self.output.print(stream, b"\0");
            let text = read_up_to(reader, "\0");
            text.trim_end_matches('\0').to_owned()
        };
        (rest(Stream::Out, &mut self.stdout), rest(Stream::Err, &mut self.stderr))
    }

    pub fn end(self) {
        self.thread.join().unwrap().unwrap();
    }
}

fn read_up_to(reader: &mut PipeReader, text: &str) -> String {
    let mut seen = String::new();
    while !seen.ends_with(text) {
        let mut byte = [0];
        reader.read_exact(&mut byte).unwrap_or_else(|e| panic!("{e} after {seen:?}"));
        seen.push(byte[0].into());
    }
    seen
}

fn silent(run: &Run, count: usize) -> Vec<TcpStream> {
    (0..count).map(|_| run.connect()).collect()
}

fn page(mut client: TcpStream) -> io::Result<String> {
    client.write_all(b"GET / HTTP/1.0\r\n\r\n")?;
    let mut page = String::new();
    client.read_to_string(&mut page)?;
    Ok(page)
}

fn read_all(mut client: &TcpStream) -> Vec<u8> {
    let mut bytes = Vec::new();
    client.read_to_end(&mut bytes).unwrap();
    bytes
}

fn background<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Receiver<T> {
    let (done, result) = channel();
    thread::spawn(move || done.send(work()).unwrap_or_default());
    result
}

#[test]
fn silent_clients_keep_nobody_from_the_operator() {
    let mut run = Run::interactive();
    let _silent = silent(&run, 64);
    let mut client = run.connect();
    client.write_all(b"I talk\n").unwrap();
    run.expect("I talk\n");
    run.type_in("so do I\n");
    let mut answer = [0; 8];
    client.read_exact(&mut answer).unwrap();
    assert_eq!(&answer, b"so do I\n");
    run.type_in("Q\n");
    run.expect("CONNECTION CLOSED\n");
    run.end();
}

#[test]
fn silent_clients_keep_nobody_from_the_page() {
    let mut plan = plan(Mode::Status);
    plan.naccept = NonZeroU64::new(65);
    let run = Run::start(plan);
    let silent = silent(&run, 64);
    let start = Instant::now();
    assert!(page(run.connect()).unwrap().starts_with("HTTP/1.0 200 ok\r\n"));
    assert!(start.elapsed() < Duration::from_secs(5));
    drop(silent);
    run.end();
}

#[test]
fn clients_are_served_one_by_one_in_the_order_in_which_they_talk() {
    let mut run = Run::interactive();
    let (mut first, mut second) = (run.connect(), run.connect());
    second.write_all(b"second\n").unwrap();
    run.expect("second\n");
    first.write_all(b"first\n").unwrap();
    second.write_all(b"still second\n").unwrap();
    run.expect("still second\n");
    second.shutdown(Shutdown::Write).unwrap();
    let between = run.expect("first\n");
    assert!(between.starts_with("DONE\nshutting down SSL\nCONNECTION CLOSED\n"), "{between}");
    run.type_in("Q");
    run.end();
}

#[test]
fn end_of_input_ends_the_server_at_the_first_client_even_a_silent_one() {
    let mut run = Run::interactive();
    run.stdin = None;
    let client = run.connect();
    assert_eq!(run.expect("CLOSED\n"), "DONE\nshutting down SSL\nCONNECTION CLOSED\n");
    assert_eq!(read_all(&client), b"");
    let mut errors = [0; 23];
    run.stderr.read_exact(&mut errors).unwrap();
    assert_eq!(&errors, b"shutdown accept socket\n");
    run.end();
}

#[test]
fn without_a_client_end_of_input_ends_nothing() {
    let mut run = Run::interactive();
    run.stdin = None;
    thread::sleep(Duration::from_millis(50));
    assert!(!run.thread.is_finished());
    drop(run.connect());
    run.end();
}

#[test]
fn quiet_hangs_up_on_everyone_after_the_end_of_input() {
    let mut plan = plan(INTERACTIVE);
    Arc::make_mut(&mut plan.connection).text.quiet = true;
    plan.naccept = NonZeroU64::new(2);
    let mut run = Run::start(plan);
    run.stdin = None;
    for _ in 0..2 {
        let mut client = run.connect();
        client.write_all(b"x").unwrap();
        assert_eq!(read_all(&client), b"");
    }
    run.end();
}

#[test]
fn the_operator_comes_before_the_wire() {
    let mut run = Run::interactive();
    run.type_in("Q\n");
    let mut client = run.connect();
    client.write_all(b"never shown").unwrap();
    assert_eq!(run.expect("CLOSED\n"), "DONE\nshutting down SSL\nCONNECTION CLOSED\n");
    run.end();
}

#[test]
fn input_before_the_first_client_is_kept_for_it() {
    let mut run = Run::interactive();
    run.type_in("early\n");
    let silent = run.connect();
    let mut client = run.connect();
    client.write_all(b"x").unwrap();
    let mut answer = [0; 6];
    client.read_exact(&mut answer).unwrap();
    assert_eq!(&answer, b"early\n");
    drop(silent);
    run.type_in("Q");
    run.end();
}

#[test]
fn naccept_is_exact_under_parallel_clients() {
    let mut plan = plan(Mode::Status);
    plan.naccept = NonZeroU64::new(100);
    plan.jobs = Some(4);
    let run = Run::start(plan);
    let at = run.at;
    let clients: Vec<_> = (0..32)
        .map(|_| {
            thread::spawn(move || {
                let served = (0..10).filter(|_| TcpStream::connect(at).and_then(page).is_ok_and(|p| !p.is_empty()));
                served.count()
            })
        })
        .collect();
    run.end();
    assert_eq!(clients.into_iter().map(|client| client.join().unwrap()).sum::<usize>(), 100);
}

#[test]
fn many_clients_get_their_page_at_once() {
    let mut plan = plan(Mode::Status);
    plan.naccept = NonZeroU64::new(200);
    plan.jobs = Some(2);
    let run = Run::start(plan);
    // All are connected before the first asks.
    let clients = silent(&run, 200);
    for client in clients {
        assert!(page(client).unwrap().ends_with("</BODY></HTML>\r\n\r\n"));
    }
    run.end();
}

#[test]
fn a_large_file_arrives_whole_at_a_client_that_reads_late() {
    const LENGTH: usize = 8_000_000;
    let bytes: Vec<u8> = (0..LENGTH).map(|n| (n / 251) as u8).collect();
    let path = std::env::temp_dir().join(format!("s_server-{}-large", std::process::id()));
    std::fs::create_dir(&path).unwrap();
    std::fs::write(path.join("large"), &bytes).unwrap();
    let mut plan = plan(Mode::Files { heads_in_files: true, binary: false });
    plan.naccept = NonZeroU64::new(3);
    let run = Run::serving(plan, Some(Folder::at(&path)));
    let (mut late, mut early, mut none) = (run.connect(), run.connect(), run.connect());
    for client in [&mut late, &mut early] {
        client.write_all(b"GET /large HTTP/1.0\r\n\r\n").unwrap();
    }
    none.write_all(b"GET /none HTTP/1.0\r\n\r\n").unwrap();
    assert!(read_all(&early) == bytes);
    assert!(read_all(&none).starts_with(b"HTTP/1.0 404 "));
    assert!(read_all(&late) == bytes);
    run.end();
    std::fs::remove_dir_all(path).unwrap();
}

#[test]
#[cfg_attr(windows, ignore = "under Wine on a busy machine the client's connection at times ends before all is sent")]
fn an_unread_output_stops_the_client_and_loses_nothing() {
    const LENGTH: usize = 16_000_000;
    let mut run = Run::interactive();
    let mut client = run.connect();
    client.write_all(b"start\n").unwrap();
    run.expect("start\n");
    let bytes: Vec<u8> = (0..LENGTH).map(|n| (n / 251) as u8).collect();
    let sent = bytes.clone();
    // In pieces: on Windows the time limit is that of a whole write, however far it has come.
    let done = background(move || {
        sent.chunks(65_536).for_each(|piece| client.write_all(piece).unwrap());
        client
    });
    // It cannot be done: nobody reads, and the buffers in between are smaller.
    assert!(done.recv_timeout(Duration::from_millis(300)).is_err());
    let mut seen = vec![0; LENGTH];
    run.stdout.read_exact(&mut seen).unwrap();
    assert!(seen == bytes);
    drop(done.recv_timeout(PATIENCE).unwrap());
    run.expect("CONNECTION CLOSED\n");
    run.stdin = None;
    drop(run.connect());
    run.end();
}

#[test]
fn a_client_that_does_not_read_stops_the_operator_and_loses_nothing() {
    const LENGTH: usize = 16_000_000;
    let mut run = Run::interactive();
    let mut client = run.connect();
    client.write_all(b"start\n").unwrap();
    run.expect("start\n");
    let mut stdin = run.stdin.take().unwrap();
    let bytes: Vec<u8> = (0..LENGTH).map(|n| (n / 251) as u8 | 0x80).collect();
    let typed = bytes.clone();
    let done = background(move || stdin.write_all(&typed).map(|()| stdin).unwrap());
    assert!(done.recv_timeout(Duration::from_millis(300)).is_err());
    let mut seen = vec![0; LENGTH];
    client.read_exact(&mut seen).unwrap();
    assert!(seen == bytes);
    drop(done.recv_timeout(PATIENCE).unwrap());
    run.end();
}

#[test]
fn what_a_client_still_sends_after_the_end_is_no_reset_for_it() {
    let mut run = Run::interactive();
    let mut client = run.connect();
    client.write_all(b"hello\n").unwrap();
    run.expect("hello\n");
    run.type_in("last words\n");
    let mut last = [0; 11];
    client.read_exact(&mut last).unwrap();
    run.type_in("q\n");
    run.expect("CONNECTION CLOSED\n");
    for _ in 0..10 {
        client.write_all(b"more").unwrap();
    }
    assert_eq!(read_all(&client), b"");
    run.type_in("Q\n");
    drop(run.connect());
    run.end();
}

#[test]
fn a_client_that_goes_without_a_word_is_seated_and_does_no_harm() {
    let mut run = Run::interactive();
    drop(run.connect());
    run.expect("CONNECTION CLOSED\n");
    let mut client = run.connect();
    client.write_all(b"after it\n").unwrap();
    run.expect("after it\n");
    run.type_in("Q");
    run.end();
}

/// What the processes of the tests below do: 60 clients are served.
fn inside_a_process_that_lacks_something(plan: RunPlan) {
    let plan = RunPlan { naccept: NonZeroU64::new(60), ..plan };
    let bound = listen(&plan.listen).unwrap();
    let At::Tcp { at, .. } = bound.at else { unreachable!("asked for TCP") };
    let output = Output::of_process().unwrap();
    let ready = Ready::at(&plan, 1, bound.socket, OperatorInput::Stdin).unwrap();
    let count = AcceptCount::new(plan.naccept);
    let host = Host::new(Server::new(Arc::new(plan), Arc::new(Context)), count, output.clone(), None);
    output.print(Stream::Out, format!("\nserver at {at}\n").as_bytes());
    ready.serve(&host).unwrap();
    output.finish();
}

#[test]
#[ignore = "only in a process with few descriptors"]
fn inside_a_process_with_few_descriptors() {
    inside_a_process_that_lacks_something(plan(Mode::Status));
}

#[test]
#[ignore = "only in a process with few descriptors or threads"]
fn inside_a_process_with_a_thread_each() {
    inside_a_process_that_lacks_something(blocking_plan());
}

/// Served by that test's process under this limit of the shell: the 60 clients, and what standard error says.
#[cfg(unix)]
fn serves_all_under(limit: &str, inside: &str) -> Vec<String> {
    let mut child = Command::new("sh")
        .args(["-c", &format!("{limit} && exec \"$0\" \"$@\"")])
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", &format!("serve::tests::{inside}"), "--ignored", "--nocapture"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = io::BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
    let at: SocketAddr = lines.find_map(|line| line.strip_prefix("server at ")?.parse().ok()).unwrap();
    let clients: Vec<_> = (0..60).map(|_| TcpStream::connect(at).unwrap()).collect();

    let mut errors = io::BufReader::new(child.stderr.take().unwrap()).lines().map_while(Result::ok);
    let mut told = vec![errors.next().unwrap()];
    for client in clients {
        client.set_read_timeout(Some(PATIENCE)).unwrap();
        assert!(page(client).unwrap().starts_with("HTTP/1.0 200 ok\r\n"));
    }
    assert!(child.wait().unwrap().success());
    told.extend(errors);
    told
}

#[cfg(unix)]
#[test]
fn want_of_descriptors_is_told_once_and_survived() {
    for inside in ["inside_a_process_with_few_descriptors", "inside_a_process_with_a_thread_each"] {
        assert_eq!(
            serves_all_under("ulimit -n 32", inside),
            ["s_server: clients wait to be accepted: Too many open files (os error 24)"],
            "{inside}"
        );
    }
}

/// Stacks of 64 MiB: there is none left for another thread long before anything else is short.
#[cfg(target_os = "linux")]
#[test]
fn want_of_threads_is_told_once_and_survived() {
    assert_eq!(
        serves_all_under("ulimit -v 1500000 && export RUST_MIN_STACK=67108864", "inside_a_process_with_a_thread_each"),
        ["s_server: clients wait to be accepted: Resource temporarily unavailable (os error 11)"]
    );
}

/// Each client has a thread.
fn blocking_plan() -> RunPlan {
    let mut plan = plan(Mode::Status);
    let connection = Arc::make_mut(&mut plan.connection);
    connection.tls.crl_download = true;
    connection.tls.client_auth = ClientAuth::Request;
    assert!(connection.blocks());
    plan
}

fn blocking(naccept: usize) -> Run {
    Run::start(RunPlan { naccept: NonZeroU64::new(naccept as u64), ..blocking_plan() })
}

#[test]
fn with_a_thread_each_the_count_is_exact() {
    let run = blocking(3);
    let silent = silent(&run, 2);
    assert!(page(run.connect()).unwrap().starts_with("HTTP/1.0 200 ok\r\n"));
    drop(silent);
    run.end();
}

#[test]
fn with_a_thread_each_more_than_the_most_wait_for_one_to_go() {
    let run = blocking(alone::MOST + 1);
    let mut silent = silent(&run, alone::MOST);
    let last = run.connect();
    let last = background(move || page(last));
    assert!(last.recv_timeout(Duration::from_millis(500)).is_err());
    silent.pop();
    assert!(last.recv_timeout(PATIENCE).unwrap().unwrap().starts_with("HTTP/1.0 200 ok\r\n"));
    drop(silent);
    run.end();
}
