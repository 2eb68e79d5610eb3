//! A child process with its three streams, on pipes or on one pseudo-terminal.

use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use rustix::io::Errno;
use rustix::process::{Pid, Signal, kill_process};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

use crate::launch::quiet::Party;

/// Where a program's standard input comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Input {
    /// A pipe that the test writes to; output and error are pipes as well.
    Pipe,
    /// `/dev/null`.
    Null,
    /// One pseudo-terminal for input, output and error.
    Terminal,
}

/// A started program. It is killed when this is dropped.
#[derive(Debug)]
pub struct Process {
    child: Child,
    status: Option<ExitStatus>,
    input: Option<File>,
    captures: Vec<Capture>,
}

/// One stream, read to its end by a thread.
#[derive(Debug)]
struct Capture {
    title: &'static str,
    bytes: Arc<Mutex<Vec<u8>>>,
    reader: JoinHandle<()>,
}

/// A command in `folder` with a small, known environment, and with all signals as they are by default: whoever started the
/// tests may ignore some (`nohup`, `trap '' INT`, a shell's `&`), and what is ignored is handed down.
///
/// # Panics
/// When whoever started the tests blocks signals: that is handed down too, and nothing here can undo it.
pub fn command(program: &Path, folder: &Path) -> Command {
    assert!(!signals_are_blocked(), "the tests were started with signals blocked, which the server's would be, too");
    let mut command = Command::new("env");
    command.args(["--default-signal", "--"]).arg(program);
    command.current_dir(folder).env_clear().env("HOME", folder).env("LANG", "C.UTF-8");
    command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
    // tests/noop: the option that a build for it takes its effect. The other: where s_server_wasm keeps its guest
    // compiled, which takes seconds.
    for name in ["S_SERVER_NOOP", "XDG_CACHE_HOME"] {
        command.envs(std::env::var_os(name).map(|value| (name, value)));
    }
    command
}

/// Whether signals that the tests send are blocked in this thread, and so in what it starts.
fn signals_are_blocked() -> bool {
    let status = std::fs::read_to_string("/proc/thread-self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| u64::from_str_radix(line.strip_prefix("SigBlk:")?.trim(), 16).ok());
    let sent = [Signal::TERM, Signal::INT, Signal::HUP].map(|signal| 1 << (signal.as_raw() - 1));
    mask.is_some_and(|mask| sent.iter().any(|signal: &u64| mask & signal != 0))
}

impl Process {
    /// Starts `command` with standard input from `input`.
    pub fn start(command: Command, input: Input) -> io::Result<Process> {
        match input {
            Input::Terminal => Process::start_on_terminal(&command),
            Input::Pipe | Input::Null => Process::start_with_output(command, input, Stdio::piped()),
        }
    }

    /// Starts `command` with a standard output that the caller has chosen.
    pub fn start_with_output(mut command: Command, input: Input, output: Stdio) -> io::Result<Process> {
        command.stdin(if input == Input::Null { Stdio::null() } else { Stdio::piped() });
        let mut child = command.stdout(output).stderr(Stdio::piped()).spawn()?;
        let stdout = child.stdout.take().map(OwnedFd::from);
        let stderr = child.stderr.take().map(OwnedFd::from);
        let input = child.stdin.take().map(|stdin| File::from(OwnedFd::from(stdin)));
        let streams = [("stdout", stdout), ("stderr", stderr)].into_iter();
        let captures = streams.filter_map(|(title, fd)| Some(Capture::start(title, File::from(fd?)))).collect();
        Ok(Process { child, status: None, input, captures })
    }

    /// `setsid -c` makes the terminal the controlling one of the program, without code of ours between fork and exec.
    fn start_on_terminal(command: &Command) -> io::Result<Process> {
        let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC)?;
        grantpt(&master)?;
        unlockpt(&master)?;
        let name = ptsname(&master, Vec::new())?;
        let name = name.to_str().map_err(io::Error::other)?;
        let open = || File::options().read(true).write(true).open(name);
        let mut terminal = Command::new("setsid");
        terminal.arg("-c").arg(command.get_program()).args(command.get_args()).env_clear();
        terminal.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
        terminal.current_dir(command.get_current_dir().unwrap_or(Path::new(".")));
        let child = terminal.stdin(open()?).stdout(open()?).stderr(open()?).spawn()?;
        drop(terminal);
        let input = File::from(master);
        let captures = vec![Capture::start("output", input.try_clone()?)];
        Ok(Process { child, status: None, input: Some(input), captures })
    }

    /// For [`crate::launch::quiet::settle`].
    pub fn party(&self) -> Party {
        Party::Process(self.child.id())
    }

    /// The process number.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Writes to standard input; that nobody reads it any more is not an error.
    pub fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        let gone =
            |e: &io::Error| e.kind() == io::ErrorKind::BrokenPipe || e.raw_os_error() == Some(Errno::IO.raw_os_error());
        match self.input.as_mut().map(|input| input.write_all(bytes)) {
            Some(Err(e)) if !gone(&e) => Err(e),
            _ => Ok(()),
        }
    }

    /// Ends standard input.
    pub fn close_input(&mut self) {
        self.input = None;
    }

    /// Sends a signal, unless the process has ended.
    pub fn signal(&mut self, signal: Signal) {
        if self.status().is_none()
            && let Some(pid) = i32::try_from(self.pid()).ok().and_then(Pid::from_raw)
        {
            let _ = kill_process(pid, signal);
        }
    }

    /// The exit status, if the process has ended.
    pub fn status(&mut self) -> Option<ExitStatus> {
        if self.status.is_none() {
            self.status = self.child.try_wait().ok().flatten();
        }
        self.status
    }

    /// Waits for the end.
    pub fn wait(&mut self, limit: Duration) -> Result<ExitStatus, String> {
        let deadline = Instant::now() + limit;
        loop {
            if let Some(status) = self.status() {
                return Ok(status);
            }
            if Instant::now() > deadline {
                return Err(format!("did not end within {limit:?}"));
            }
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    /// Waits until `stream` (`stdout`, `stderr`, `output`) holds `text`, or the process has ended; tells which.
    pub fn wait_for(&mut self, stream: &str, text: &str, limit: Duration) -> Result<(), String> {
        let deadline = Instant::now() + limit;
        loop {
            // What it printed last may still be in the pipe.
            let ended = self.status().is_some() && self.captures.iter().all(|capture| capture.reader.is_finished());
            if contains(&self.so_far(stream), text.as_bytes()) {
                return Ok(());
            }
            if ended || Instant::now() > deadline {
                let said = String::from_utf8_lossy(&self.so_far(stream)).into_owned();
                return Err(format!("no {text:?} on {stream} ({:?}): {said}", self.status));
            }
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    /// What `stream` holds by now.
    pub fn so_far(&self, stream: &str) -> Vec<u8> {
        let capture = self.captures.iter().find(|capture| capture.title == stream);
        capture.map(Capture::bytes).unwrap_or_default()
    }

    /// The streams after the end, by name.
    pub fn finish(mut self) -> Vec<(&'static str, Vec<u8>)> {
        self.input = None;
        let captures = std::mem::take(&mut self.captures);
        captures.into_iter().map(|capture| (capture.title, capture.finish())).collect()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if self.status().is_none() {
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}

impl Capture {
    fn start(title: &'static str, mut from: File) -> Capture {
        let bytes = Arc::new(Mutex::new(Vec::new()));
        let to = Arc::clone(&bytes);
        let reader = std::thread::spawn(move || {
            let mut buffer = [0; 16_384];
            // A terminal without a program reports an error instead of the end.
            while let Ok(count @ 1..) = from.read(&mut buffer) {
                lock(&to).extend_from_slice(&buffer[..count]);
            }
        });
        Capture { title, bytes, reader }
    }

    fn bytes(&self) -> Vec<u8> {
        lock(&self.bytes).clone()
    }

    fn finish(self) -> Vec<u8> {
        let _ = self.reader.join();
        std::mem::take(&mut lock(&self.bytes))
    }
}

fn lock(bytes: &Mutex<Vec<u8>>) -> std::sync::MutexGuard<'_, Vec<u8>> {
    bytes.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// `1`, or `signal SIGTERM`, as the transcripts write it.
pub fn describe(status: ExitStatus) -> String {
    match (status.code(), status.signal()) {
        (Some(code), _) => code.to_string(),
        (None, Some(number)) => match Signal::from_named_raw(number) {
            Some(Signal::TERM) => "signal SIGTERM".to_owned(),
            Some(Signal::KILL) => "signal SIGKILL".to_owned(),
            Some(Signal::SEGV) => "signal SIGSEGV".to_owned(),
            Some(Signal::ABORT) => "signal SIGABRT".to_owned(),
            Some(Signal::PIPE) => "signal SIGPIPE".to_owned(),
            Some(Signal::INT) => "signal SIGINT".to_owned(),
            Some(Signal::HUP) => "signal SIGHUP".to_owned(),
            _ => format!("signal {number}"),
        },
        (None, None) => "unknown".to_owned(),
    }
}

/// Whether `part` stands somewhere in `whole`.
pub fn contains(whole: &[u8], part: &[u8]) -> bool {
    part.is_empty() || whole.windows(part.len()).any(|window| window == part)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: Duration = Duration::from_secs(10);

    #[test]
    fn a_terminal_echoes_and_is_the_controlling_one() {
        let mut sh = command(Path::new("sh"), Path::new("/"));
        sh.args(["-c", "read x </dev/tty; echo got $x; tty"]);
        let mut process = Process::start(sh, Input::Terminal).unwrap();
        process.write(b"hi\n").unwrap();
        assert_eq!(describe(process.wait(LIMIT).unwrap()), "0");
        let output = String::from_utf8(process.finish().remove(0).1).unwrap();
        assert!(output.starts_with("hi\r\ngot hi\r\n/dev/pts/"), "{output}");
    }

    #[test]
    fn a_signal_is_named() {
        let mut cat = Process::start(command(Path::new("cat"), Path::new("/")), Input::Pipe).unwrap();
        cat.signal(Signal::TERM);
        assert_eq!(describe(cat.wait(LIMIT).unwrap()), "signal SIGTERM");
    }

    /// What the process of the test below does.
    #[test]
    #[ignore = "only in a process that ignores signals"]
    fn inside_a_process_that_ignores_signals() {
        for (signal, told) in [(Signal::TERM, "SIGTERM"), (Signal::INT, "SIGINT"), (Signal::HUP, "SIGHUP")] {
            for input in [Input::Pipe, Input::Terminal] {
                let mut sh = command(Path::new("sh"), Path::new("/"));
                sh.args(["-c", "echo ready; exec cat"]);
                let mut sh = Process::start(sh, input).unwrap();
                let stream = if input == Input::Terminal { "output" } else { "stdout" };
                sh.wait_for(stream, "ready", LIMIT).unwrap();
                sh.signal(signal);
                assert_eq!(describe(sh.wait(LIMIT).unwrap()), format!("signal {told}"));
            }
        }
    }

    #[test]
    fn signals_that_are_ignored_here_kill_what_is_started() {
        let script = "trap '' TERM INT HUP QUIT; exec \"$0\" \"$@\"";
        let inside = "launch::process::tests::inside_a_process_that_ignores_signals";
        let output = Command::new("sh")
            .args(["-c", script])
            .arg(std::env::current_exe().unwrap())
            .args(["--exact", inside, "--ignored"])
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    }

    #[test]
    fn both_pipes_are_read_to_the_end() {
        let mut sh = command(Path::new("sh"), Path::new("/"));
        sh.args(["-c", "cat; echo err >&2; exit 3"]);
        let mut process = Process::start(sh, Input::Pipe).unwrap();
        process.write(&[b'x'; 100_000]).unwrap();
        process.close_input();
        assert_eq!(describe(process.wait(LIMIT).unwrap()), "3");
        assert_eq!(process.finish(), [("stdout", vec![b'x'; 100_000]), ("stderr", b"err\n".to_vec())]);
    }
}
