//! Plays a script: starts server and clients, takes the steps, collects every stream.

use std::collections::BTreeMap;
use std::net::TcpListener;
use std::os::unix::net::UnixListener;
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use rustix::process::Signal;

use crate::Streams;
use crate::clients::raw::{self, RawClient};
use crate::launch::folder::Folder;
use crate::launch::listening::{self, Listening};
use crate::launch::port::{self, Port};
use crate::launch::process::{self, Input, Process, describe};
use crate::launch::program::Program;
use crate::launch::quiet::{self, Party, settle};
use crate::launch::responder::Responder;
use crate::launch::wait::LIMIT;
use crate::scripts::scope;
use crate::scripts::script::{Script, Step, Who};

/// Who sleeps that long after the last step does not end by itself; the original's longest pause is half a second.
const REST: Duration = Duration::from_secs(3);

/// The port that scripts name.
const WRITTEN_PORT: &str = "4433";

/// The port of the responder that they name.
const RESPONDERS_PORT: &str = "8888";

/// Plays `script` as [`replay`] does until `good` accepts the outcome, where the original's outcome is a matter of luck.
pub fn replay_until(
    script: &Script,
    program: &Program,
    good: impl Fn(&Streams) -> Result<(), String>,
) -> Result<(), String> {
    let attempts = if *program == Program::reference() && scope::is_race(&script.name) { 12 } else { 1 };
    let mut outcome = Err("never played".to_owned());
    for _ in 0..attempts {
        outcome = replay(script, program).and_then(|streams| good(&streams));
        if outcome.is_ok() {
            break;
        }
    }
    outcome
}

/// Plays `script` with `program` as the server; the clients are the distribution's `openssl`, or the reference's.
pub fn replay(script: &Script, program: &Program) -> Result<Streams, String> {
    let folder = Folder::pki().map_err(|e| format!("no folder: {e}"))?;
    let directory = folder.path().join(script.directory.strip_prefix("pki").unwrap_or("").trim_start_matches('/'));
    let mut run = Run {
        script,
        program,
        directory,
        port: port::reserve(),
        server: None,
        clients: BTreeMap::new(),
        raw: BTreeMap::new(),
        occupied: Vec::new(),
        responder: None,
        paths: Vec::new(),
        streams: Streams::new(),
    };
    for (index, step) in script.steps.iter().enumerate() {
        run.take(step).and_then(|()| run.settle()).map_err(|e| format!("step {} ({step:?}): {e}", index + 1))?;
    }
    run.finish()?;
    Ok(run.streams)
}

struct Run<'a> {
    script: &'a Script,
    program: &'a Program,
    directory: PathBuf,
    port: Port,
    server: Option<Process>,
    clients: BTreeMap<char, Process>,
    raw: BTreeMap<char, RawClient>,
    occupied: Vec<Occupied>,
    responder: Option<Responder>,
    paths: Vec<&'a str>,
    streams: Streams,
}

/// Held for the sake of being there.
#[derive(Debug)]
enum Occupied {
    Port { _listener: TcpListener },
    Path { _listener: UnixListener },
}

impl<'a> Run<'a> {
    fn take(&mut self, step: &'a Step) -> Result<(), String> {
        match step {
            Step::StartServer(input) => self.start_server(*input)?,
            Step::StartClient(name, words) => self.start_client(*name, words)?,
            Step::Write(who, bytes) => self.process(*who)?.write(bytes).map_err(|e| e.to_string())?,
            Step::Close(who) => self.process(*who)?.close_input(),
            Step::Terminate(who) => self.process(*who)?.signal(Signal::TERM),
            Step::RawTls(name, request) => {
                let mut profile = scope::raw_client(&self.script.name);
                if let Some((certificate, key)) = &mut profile.certificate {
                    *certificate = self.directory.join(&certificate);
                    *key = self.directory.join(&key);
                }
                let client = RawClient::tls(self.server_port()?, &profile, request.clone())?;
                self.read_to_the_end(*name, client)?;
            }
            Step::RawTcp(name, request) => {
                let client = RawClient::tcp(self.server_port()?, request.clone())?;
                self.read_to_the_end(*name, client)?;
            }
            Step::Reset => raw::reset(self.server_port()?, || self.settle())?,
            Step::OccupyPort => {
                let listener = TcpListener::bind(("::", self.port.number)).map_err(|e| e.to_string())?;
                self.occupied.push(Occupied::Port { _listener: listener });
            }
            Step::OccupyPath(path) => {
                let listener = UnixListener::bind(self.directory.join(path)).map_err(|e| e.to_string())?;
                self.occupied.push(Occupied::Path { _listener: listener });
            }
            Step::Responder => self.responder = Some(Responder::start(&self.directory)?),
            Step::Exists(path) => self.paths.push(path),
        }
        Ok(())
    }

    /// Until it listens, has ended, or asks for a pass phrase.
    fn start_server(&mut self, input: Input) -> Result<(), String> {
        let mut command = self.program.command(&self.directory);
        let ports = self.ports();
        let real = |word: &String| ports.iter().fold(word.clone(), |word, (real, written)| word.replace(written, real));
        command.args(self.script.arguments.iter().map(real));
        command.envs(self.script.environment.iter().map(|(name, value)| (name, value)));
        if *self.program == Program::reference() {
            self.preload(&mut command);
        }
        let server = start(command, input)?;
        let deadline = Instant::now() + LIMIT;
        let server = self.server.insert(server);
        let asks = |server: &Process| process::contains(&server.so_far("output"), b"Enter pass phrase");
        while listening::find(server.pid()).is_none() && server.status().is_none() && !asks(server) {
            if Instant::now() > deadline {
                return Err(format!("the server neither listens nor ends: {}", all_text(server)));
            }
            std::thread::sleep(Duration::from_millis(2));
        }
        Ok(())
    }

    fn start_client(&mut self, name: char, words: &[String]) -> Result<(), String> {
        let newer = self.script.newer_clients.then(Program::reference);
        let program = newer.as_ref().map_or("openssl".as_ref(), Program::path);
        let mut command = process::command(program, &self.directory);
        let mut before = "";
        for word in words {
            match (before, word.rsplit_once(':')) {
                ("-connect", Some((host, _))) => command.arg(format!("{host}:{}", self.server_port()?)),
                _ => command.arg(word),
            };
            before = word;
        }
        self.preload(&mut command);
        self.clients.insert(name, start(command, Input::Pipe)?);
        Ok(())
    }

    fn preload(&self, command: &mut Command) {
        command.envs(self.script.preloaded.iter().map(|library| ("LD_PRELOAD", library)));
    }

    /// A client that is still open when everybody is quiet would wait for ever.
    fn read_to_the_end(&mut self, name: char, client: RawClient) -> Result<(), String> {
        let mut parties = self.parties();
        parties.push(client.party());
        settle(&parties, self.server_port()?, LIMIT, || client.is_finished())?;
        self.raw.insert(name, client);
        self.finish_raw(name);
        Ok(())
    }

    fn finish_raw(&mut self, name: char) {
        if let Some(client) = self.raw.remove(&name) {
            let (received, end) = client.finish();
            self.put(&format!("client {name} received"), received);
            self.put(&format!("client {name} end"), end.into());
        }
    }

    fn process(&mut self, who: Who) -> Result<&mut Process, String> {
        match who {
            Who::Server => self.server.as_mut(),
            Who::Client(name) => self.clients.get_mut(&name),
        }
        .ok_or_else(|| format!("{who:?} was not started"))
    }

    /// The port on which the server listens; the reserved one when it has ended already.
    fn server_port(&self) -> Result<u16, String> {
        match self.server.as_ref().and_then(|server| listening::find(server.pid())) {
            Some(Listening::Port(port)) => Ok(port),
            Some(Listening::Path(path)) => Err(format!("the server listens on {}", path.display())),
            None => Ok(self.port.number),
        }
    }

    fn parties(&self) -> Vec<Party> {
        let responder = self.responder.iter().map(Responder::process);
        self.server.iter().chain(self.clients.values()).chain(responder).map(Process::party).collect()
    }

    fn settle(&self) -> Result<(), String> {
        settle(&self.parties(), self.server_port().unwrap_or(self.port.number), LIMIT, || false)
    }

    /// Waits for the server, then for the clients, and collects what they printed.
    fn finish(&mut self) -> Result<(), String> {
        self.wait_for_the_end()?;
        let server = self.server.take().ok_or("no server was started")?;
        self.collect("server", server)?;
        for (name, client) in std::mem::take(&mut self.clients) {
            self.collect(&format!("client {name}"), client)?;
        }
        for path in std::mem::take(&mut self.paths) {
            let exists = if self.directory.join(path).exists() { "True" } else { "False" };
            self.put(&format!("{path} exists afterwards"), exists.into());
        }
        for file in &self.script.files {
            let content = std::fs::read(self.directory.join(file)).map_err(|e| format!("{file}: {e}"))?;
            self.streams.insert(format!("file {file}"), content);
        }
        Ok(())
    }

    /// Until server and clients have ended, or none has run for [`REST`].
    fn wait_for_the_end(&mut self) -> Result<(), String> {
        let mut rested = Instant::now();
        let mut before = None;
        while self.server.iter_mut().chain(self.clients.values_mut()).any(|process| process.status().is_none()) {
            let now = quiet::rest_of(&self.parties());
            if now.is_none() || now != before {
                rested = Instant::now();
                before = now;
            } else if rested.elapsed() > REST {
                return Err(self.who_is_left());
            }
            std::thread::sleep(Duration::from_millis(2));
        }
        Ok(())
    }

    fn who_is_left(&mut self) -> String {
        let server = self.server.iter_mut().map(|server| ("server".to_owned(), server));
        let clients = self.clients.iter_mut().map(|(name, client)| (format!("client {name}"), client));
        let left = server.chain(clients).filter_map(|(name, process)| {
            process.status().is_none().then(|| format!("{name} does not end: {}\n", all_text(process)))
        });
        left.collect()
    }

    fn collect(&mut self, title: &str, mut process: Process) -> Result<(), String> {
        let status = process.wait(LIMIT)?;
        self.put(&format!("{title} exit"), describe(status).into());
        for (stream, bytes) in process.finish() {
            let title = if stream == "output" { "terminal output".to_owned() } else { format!("{title} {stream}") };
            self.put(&title, bytes);
        }
        Ok(())
    }

    /// Ports of this run, each with the one that stands for it in scripts.
    fn ports(&self) -> Vec<(String, &'static str)> {
        let responder = self.responder.iter().map(|responder| (responder.port().to_string(), RESPONDERS_PORT));
        [(self.port.number.to_string(), WRITTEN_PORT)].into_iter().chain(responder).collect()
    }

    /// Keeps a stream, with the ports that the script names.
    fn put(&mut self, title: &str, bytes: Vec<u8>) {
        let bytes = self.ports().iter().fold(bytes, |bytes, (real, written)| replace_number(&bytes, real, written));
        self.streams.insert(title.to_owned(), bytes);
    }
}

fn start(command: Command, input: Input) -> Result<Process, String> {
    let line = format!("{command:?}");
    Process::start(command, input).map_err(|e| format!("{line}: {e}"))
}

fn all_text(process: &Process) -> String {
    let streams = ["stdout", "stderr", "output"].map(|stream| process.so_far(stream));
    String::from_utf8_lossy(&streams.concat()).into_owned()
}

/// Replaces a decimal number where it stands alone.
fn replace_number(bytes: &[u8], from: &str, to: &str) -> Vec<u8> {
    let whole = regex::bytes::Regex::new(&format!(r"(?-u)\b{from}\b")).expect("digits are a pattern");
    whole.replace_all(bytes, to.as_bytes()).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_is_replaced_only_where_it_stands_alone() {
        assert_eq!(
            replace_number(b"-accept 20001 120001 ::1:20001\xff", "20001", "4433"),
            b"-accept 4433 120001 ::1:4433\xff"
        );
    }
}
