//! Where to listen: the addresses of a host and a service, by the resolver.
use std::io;
use std::net::SocketAddr;

use dns_lookup::{AddrInfoHints, LookupError, LookupErrorKind};
use s_server_core::options::run::Family;
use socket2::{Domain, Type};

use super::{Failure, SocketCall};
use crate::gai_strerror;
use crate::system;

/// What `gai_strerror` says about a name that nobody knows; also when neither host nor service was given.
pub const NO_NAME: &str = "Name or service not known";

/// The addresses of host and service, in the resolver's order.
pub fn lookup(
    host: Option<&[u8]>,
    service: Option<&[u8]>,
    family: Family,
    kind: Type,
) -> Result<Vec<SocketAddr>, Failure> {
    if host.is_none() && service.is_none() {
        return Err(Failure::Lookup(NO_NAME.into()));
    }
    let (domain, flags) = match family {
        Family::Any => (0, system::AI_PASSIVE | system::AI_ADDRCONFIG),
        Family::V4 => (Domain::IPV4.into(), system::AI_PASSIVE),
        Family::V6 => (Domain::IPV6.into(), system::AI_PASSIVE),
    };
    let ask = |flags| ask(host, service, (domain, kind.into()), flags);
    let found = ask(flags);
    if found.is_ok() || family != Family::Any {
        return found;
    }
    // An address of a family that this machine has no address of is still an address. The first error is the one to tell.
    ask(system::AI_PASSIVE | system::AI_NUMERICHOST).or(found)
}

fn ask(
    host: Option<&[u8]>,
    service: Option<&[u8]>,
    (address, socktype): (i32, i32),
    flags: i32,
) -> Result<Vec<SocketAddr>, Failure> {
    let (Ok(host), Ok(service)) = (text(host), text(service)) else { return Err(Failure::Lookup(NO_NAME.into())) };
    let hints = AddrInfoHints { flags, address, socktype, protocol: 0 };
    match dns_lookup::getaddrinfo(host, service, Some(hints)) {
        Ok(found) => Ok(found.filter_map(|info| Some(info.ok()?.sockaddr)).collect()),
        Err(error) => Err(failure(error)),
    }
}

/// No name of the resolver is anything but UTF-8.
pub fn text(name: Option<&[u8]>) -> Result<Option<&str>, std::str::Utf8Error> {
    name.map(str::from_utf8).transpose()
}

fn failure(error: LookupError) -> Failure {
    let of_the_system = matches!(error.kind(), LookupErrorKind::System);
    let error = io::Error::from(error);
    if of_the_system {
        return Failure::Socket { call: SocketCall::Resolve, error, taken: None };
    }
    Failure::Lookup(gai_strerror(&error))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(host: Option<&str>, service: Option<&str>, family: Family) -> String {
        match lookup(host.map(str::as_bytes), service.map(str::as_bytes), family, Type::STREAM) {
            Err(Failure::Lookup(text)) => text,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn service_names_are_looked_up() {
        let found = lookup(Some(b"127.0.0.1"), Some(b"https"), Family::Any, Type::STREAM).unwrap();
        assert_eq!(found, ["127.0.0.1:443".parse().unwrap()]);
    }

    #[test]
    #[cfg_attr(not(all(target_os = "linux", target_env = "gnu")), ignore = "the words are those of glibc")]
    fn lookups_fail_in_the_words_of_the_resolver() {
        for (host, service, family, text) in [
            (None, None, Family::Any, "Name or service not known"),
            (None, Some("127.0.0.1"), Family::Any, "Servname not supported for ai_socktype"),
            (None, Some("-1"), Family::Any, "Servname not supported for ai_socktype"),
            (None, Some("0 "), Family::Any, "Servname not supported for ai_socktype"),
            (Some("::1"), Some("0"), Family::V4, "Address family for hostname not supported"),
            (Some("127.0.0.1"), Some("0"), Family::V6, "Address family for hostname not supported"),
        ] {
            assert_eq!(refused(host, service, family), text, "{host:?} {service:?}");
        }
        assert!(
            matches!(lookup(Some(b"\xff"), Some(b"0"), Family::Any, Type::DGRAM), Err(Failure::Lookup(text)) if text == NO_NAME)
        );
    }
}
