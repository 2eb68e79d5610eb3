//! The line about a socket that does not listen: where it was to listen, why it does not, and what helps.
use std::error::Error;
use std::fmt;
use std::io::{self, ErrorKind};
use std::path::Path;

use s_server_core::StartError;
use s_server_core::options::run::{Family, Listen};

use super::lookup::text;
use super::{Failure, SocketCall, Taken};
use crate::{strerror, system};

impl Failure {
    /// Why a server that was to listen there does not start.
    pub fn refusal(&self, wanted: &Listen) -> StartError {
        let cannot = |why: &str| {
            let refused = cannot_listen(wanted, why);
            match self.remedy(wanted) {
                remedy if remedy.is_empty() => refused,
                remedy => refused.with_remedy(remedy),
            }
        };
        match self {
            Self::Socket { taken: Some(taken), .. } => StartError::default().with_hint(taken.hint()),
            Self::Lookup(_) | Self::Socket { .. } => cannot(&self.to_string()),
            Self::Short(shortage) => shortage.into(),
            Self::NoUnixSockets => StartError::of_cause(NO_UNIX_SOCKETS),
        }
    }

    /// What helps; empty where nothing is known.
    fn remedy(&self, wanted: &Listen) -> Vec<u8> {
        match (self, wanted) {
            (Self::Lookup(_), Listen::Tcp { host, service, family } | Listen::Udp { host, service, family }) => {
                unknown(host.as_deref(), service.as_deref(), *family)
            }
            (
                Self::Socket { call, error, .. },
                Listen::Tcp { host, service, .. } | Listen::Udp { host, service, .. },
            ) => {
                let service = service.as_deref().unwrap_or(b"0");
                tcp_hint(*call, error.kind(), host.as_deref(), service)
            }
            (Self::Socket { error, .. }, Listen::Unix { path, .. }) => path_hint(error, path),
            _ => Vec::new(),
        }
    }
}

/// That it cannot listen there, and why.
fn cannot_listen(wanted: &Listen, why: &str) -> StartError {
    let (host, service) = match wanted {
        Listen::Unix { path, .. } => return StartError::of_option("-unix", &path[..], format!("cannot listen: {why}")),
        Listen::Tcp { host, service, .. } | Listen::Udp { host, service, .. } => (host, service),
    };
    let at: &[&[u8]] = match (host, service) {
        (None, None) => &[],
        (None, Some(service)) => &[b" at port ", service],
        (Some(host), None) => &[b" at ", host],
        (Some(host), Some(service)) => &[b" at ", host, b" port ", service],
    };
    StartError::of_cause([b"cannot listen", &at.concat()[..], b": ", why.as_bytes()].concat())
}

/// About a host or a service that has no address. The resolver does not say of which of the two it speaks.
fn unknown(host: Option<&[u8]>, service: Option<&[u8]>, family: Family) -> Vec<u8> {
    let is_port = |service: &[u8]| str::from_utf8(service).is_ok_and(|digits| digits.parse::<u16>().is_ok());
    let numeric = |host: &[u8]| text(Some(host)).ok().flatten().and_then(|host| host.parse::<std::net::IpAddr>().ok());
    match (host, service) {
        (None, None) => b"-accept names neither host nor port".to_vec(),
        (None, Some(name)) => {
            let takes = b"-accept takes PORT or HOST:PORT, and ";
            [takes, name, b" is neither a port nor a service's name; for a host, ", name, b":4433"].concat()
        }
        (Some(host), _) if numeric(host).is_some_and(|at| is_other_family(at, family)) => {
            let option = if family == Family::V4 { b"-4" } else { b"-6" };
            [host, b" is no address for ", option].concat()
        }
        (Some(host), service) if service.is_none_or(is_port) => {
            [b"-accept needs a host name that this machine knows, or an address; ", host, b" is none"].concat()
        }
        (Some(host), service) => {
            let service = service.unwrap_or_default();
            [b"-accept needs a port or a service's name after the host ", host, b"; ", service, b" is none"].concat()
        }
    }
}

fn is_other_family(at: std::net::IpAddr, family: Family) -> bool {
    at.is_ipv6() && family == Family::V4 || at.is_ipv4() && family == Family::V6
}

fn tcp_hint(call: SocketCall, why: ErrorKind, host: Option<&[u8]>, service: &[u8]) -> Vec<u8> {
    match (call, why) {
        (SocketCall::Bind | SocketCall::Listen, ErrorKind::AddrInUse) => {
            [b"another program listens at port ", service, b"; -accept takes another one, and 0 for any that is free"]
                .concat()
        }
        (SocketCall::Bind, ErrorKind::PermissionDenied) => {
            [b"low ports such as ", service, b" are kept for privileged users; -accept takes another one"].concat()
        }
        (SocketCall::Bind, ErrorKind::AddrNotAvailable) => {
            [b"no interface of this machine has the address ", host.unwrap_or_default()].concat()
        }
        (SocketCall::FastOpen, _) => b"this system does not do what -tfo asks for".to_vec(),
        _ => Vec::new(),
    }
}

fn path_hint(error: &io::Error, path: &[u8]) -> Vec<u8> {
    let limit = system::SOCKET_PATH_LIMIT;
    if path.is_empty() {
        return b"the path is empty".to_vec();
    }
    if path.len() > limit {
        return format!("the path has {} bytes, and that of a socket at most {limit}", path.len()).into();
    }
    let at = system::path(path);
    let folder = at.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let folder = folder.to_string_lossy();
    match error.kind() {
        ErrorKind::NotFound => format!("there is no folder {folder}"),
        ErrorKind::NotADirectory => format!("{folder} is not a folder"),
        ErrorKind::PermissionDenied => format!("nothing may be made in the folder {folder}"),
        ErrorKind::ReadOnlyFilesystem => format!("the folder {folder} can only be read"),
        _ => String::new(),
    }
    .into()
}

/// What failed and why, without where it was to listen.
impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Lookup(text) => f.write_str(text),
            Self::Socket { error, .. } => f.write_str(&strerror(error)),
            Self::Short(shortage) => shortage.fmt(f),
            Self::NoUnixSockets => f.write_str(NO_UNIX_SOCKETS),
        }
    }
}

impl Error for Failure {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Socket { error, .. } => Some(error),
            Self::Short(shortage) => Some(shortage),
            Self::Lookup(_) | Self::NoUnixSockets => None,
        }
    }
}

const NO_UNIX_SOCKETS: &str = "this system has no Unix sockets";

impl Taken {
    fn hint(&self) -> Vec<u8> {
        let why: &[u8] = match self.is_socket {
            true => b" is a socket already; -unlink removes it first",
            false => b" is not a socket, so it is left alone",
        };
        [&self.path[..], why].concat()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(failure: &Failure, wanted: &Listen) -> String {
        String::from_utf8(failure.refusal(wanted).render()).unwrap()
    }

    fn tcp(host: &str, service: &str, family: Family) -> Listen {
        let named = |part: &str| (!part.is_empty()).then(|| part.as_bytes().to_vec());
        Listen::Tcp { host: named(host), service: named(service), family }
    }

    fn call(call: SocketCall, kind: ErrorKind) -> Failure {
        Failure::Socket { call, error: kind.into(), taken: None }
    }

    #[test]
    fn an_error_tells_what_failed_and_hands_on_why() {
        let failure = call(SocketCall::Bind, ErrorKind::AddrInUse);
        assert_eq!(failure.to_string(), "address in use");
        assert_eq!(failure.source().unwrap().to_string(), "address in use");
        assert_eq!(Failure::NoUnixSockets.to_string(), "this system has no Unix sockets");
        let refusal = Failure::NoUnixSockets.refusal(&tcp("", "1", Family::Any));
        assert_eq!(refusal.render(), b"s_server: this system has no Unix sockets\n");
    }

    #[test]
    #[cfg_attr(windows, ignore = "no run listens on a Unix socket there")]
    fn option_cause_and_remedy_can_be_read() {
        let wanted = Listen::Unix { path: b"no/s".to_vec(), unlink: false };
        let refusal = call(SocketCall::Bind, ErrorKind::NotFound).refusal(&wanted);
        assert_eq!((refusal.option(), refusal.value()), (Some("-unix"), Some(&b"no/s"[..])));
        assert_eq!(refusal.cause(), Some(&b"cannot listen: entity not found"[..]));
        assert_eq!(refusal.remedy(), Some(&b"there is no folder no"[..]));
    }

    #[test]
    fn a_path_that_is_taken_is_named() {
        let wanted = Listen::Unix { path: b"tmp/s".to_vec(), unlink: false };
        let error = || io::Error::from(ErrorKind::AddrInUse);
        let failure = |taken| Failure::Socket { call: SocketCall::Bind, error: error(), taken: Some(taken) };
        let socket = failure(Taken { path: b"tmp/s".into(), is_socket: true });
        assert_eq!(told(&socket, &wanted), "s_server: hint: tmp/s is a socket already; -unlink removes it first\n");
        let file = failure(Taken { path: b"tmp/s".into(), is_socket: false });
        assert_eq!(told(&file, &wanted), "s_server: hint: tmp/s is not a socket, so it is left alone\n");
    }

    #[test]
    fn a_lookup_that_fails_names_host_and_port_and_what_is_wrong_with_them() {
        let none = || Failure::Lookup("no name".into());
        for (host, service, family, sentence) in [
            ("", "", Family::Any, "cannot listen: no name; -accept names neither host nor port"),
            (
                "",
                "localhost",
                Family::Any,
                "cannot listen at port localhost: no name; -accept takes PORT or HOST:PORT, and localhost is neither a port \
                 nor a service's name; for a host, localhost:4433",
            ),
            (
                "nobody.invalid",
                "5",
                Family::V6,
                "cannot listen at nobody.invalid port 5: no name; -accept needs a host name that this machine knows, or an \
                 address; nobody.invalid is none",
            ),
            (
                "::1",
                "nosuch",
                Family::Any,
                "cannot listen at ::1 port nosuch: no name; -accept needs a port or a service's name after the host ::1; \
                 nosuch is none",
            ),
            ("::1", "5", Family::V4, "cannot listen at ::1 port 5: no name; ::1 is no address for -4"),
            ("127.0.0.1", "", Family::V6, "cannot listen at 127.0.0.1: no name; 127.0.0.1 is no address for -6"),
        ] {
            assert_eq!(told(&none(), &tcp(host, service, family)), format!("s_server: {sentence}\n"));
        }
    }

    #[test]
    fn a_port_that_cannot_be_had_is_named_with_the_way_out() {
        let wanted = tcp("127.0.0.1", "443", Family::Any);
        for (failure, hint) in [
            (
                call(SocketCall::Bind, ErrorKind::AddrInUse),
                "address in use; another program listens at port 443; -accept takes another one, and 0 for any that is free",
            ),
            (
                call(SocketCall::Bind, ErrorKind::PermissionDenied),
                "permission denied; low ports such as 443 are kept for privileged users; -accept takes another one",
            ),
            (
                call(SocketCall::Bind, ErrorKind::AddrNotAvailable),
                "address not available; no interface of this machine has the address 127.0.0.1",
            ),
            (
                call(SocketCall::FastOpen, ErrorKind::Unsupported),
                "unsupported; this system does not do what -tfo asks for",
            ),
            (call(SocketCall::Socket, ErrorKind::Other), "other error"),
        ] {
            assert_eq!(told(&failure, &wanted), format!("s_server: cannot listen at 127.0.0.1 port 443: {hint}\n"));
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_path_where_no_socket_can_be_is_named_with_what_is_wrong() {
        let told = |kind, path: &[u8]| {
            told(&call(SocketCall::Bind, kind), &Listen::Unix { path: path.to_vec(), unlink: false })
        };
        let begin = |path: &str, kind: &str| format!("s_server: -unix {path}: cannot listen: {kind}; ");
        assert_eq!(
            told(ErrorKind::NotFound, b"no/such/s"),
            begin("no/such/s", "entity not found") + "there is no folder no/such\n"
        );
        assert_eq!(told(ErrorKind::NotADirectory, b"f/s"), begin("f/s", "not a directory") + "f is not a folder\n");
        assert_eq!(
            told(ErrorKind::PermissionDenied, b"s"),
            begin("s", "permission denied") + "nothing may be made in the folder .\n"
        );
        assert_eq!(told(ErrorKind::InvalidInput, b""), begin("", "invalid input parameter") + "the path is empty\n");
        let long = "x".repeat(200);
        let limit = system::SOCKET_PATH_LIMIT;
        assert_eq!(
            told(ErrorKind::InvalidInput, long.as_bytes()),
            begin(&long, "invalid input parameter")
                + &format!("the path has 200 bytes, and that of a socket at most {limit}\n")
        );
    }
}
