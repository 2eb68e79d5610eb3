//! Application protocols: ALPN (RFC 7301), and NPN up to TLS 1.2.
use std::sync::OnceLock;

use openssl::ex_data::Index;
use openssl::ssl::{AlpnError, SslContext, SslContextBuilder, SslRef};
use s_server_core::engine::Event;
use s_server_core::io::Stream;
use s_server_core::options::plan::Plan;
use s_server_core::render::negotiation;

use super::log::Log;
use super::sys::hooks;

/// Has `ctx` negotiate what the plan names.
pub fn install(ctx: &mut SslContextBuilder, plan: &Plan) {
    let protocols = &plan.tls.protocols;
    if !protocols.npn.is_empty() {
        let list = protocols.npn.iter().flat_map(|name| length(name).into_iter().chain(name.iter().copied())).collect();
        ctx.set_ex_data(index(), Advertised(list));
        hooks::set_advertised(ctx, advertised);
    }
    if !protocols.alpn.is_empty() {
        // Of these lines -debug brings none back.
        let (ours, quiet) = (protocols.alpn.clone(), plan.text.quiet);
        ctx.set_alpn_select_callback(move |ssl, list| {
            select(&ours, list, |line| {
                if !quiet {
                    tell(ssl, line)
                }
            })
        });
    }
}

/// The order of the server decides. Corresponds to `alpn_cb` in `apps/s_server.c`.
fn select<'a>(ours: &[Vec<u8>], list: &'a [u8], tell: impl Fn(String)) -> Result<&'a [u8], AlpnError> {
    let theirs = names(list);
    tell(negotiation::protocols_advertised(&theirs));
    let chosen = ours.iter().find_map(|our| theirs.iter().find(|their| *their == our)).copied();
    if let Some(name) = chosen {
        tell(negotiation::protocol_selected(name));
    }
    chosen.ok_or(AlpnError::ALERT_FATAL)
}

fn tell(ssl: &SslRef, line: String) {
    if let Some(log) = Log::of(ssl) {
        log.push(Event::Text(Stream::Out, line.into_bytes()));
    }
}

/// The names of a list on the wire, each behind its length. OpenSSL has looked at its form.
fn names(mut list: &[u8]) -> Vec<&[u8]> {
    let mut names = Vec::new();
    while let Some((&len, rest)) = list.split_first() {
        let Some((name, rest)) = rest.split_at_checked(len.into()) else { break };
        names.push(name);
        list = rest;
    }
    names
}

/// No name of the plan is longer than a length can say.
fn length(name: &[u8]) -> Option<u8> {
    u8::try_from(name.len()).ok()
}

/// The list of NPN on the wire.
struct Advertised(Vec<u8>);

/// What NPN offers on a session.
pub fn advertised(ssl: &SslRef) -> Option<&[u8]> {
    ssl.ssl_context().ex_data(index()).map(|list| list.0.as_slice())
}

fn index() -> Index<SslContext, Advertised> {
    static INDEX: OnceLock<Index<SslContext, Advertised>> = OnceLock::new();
    *INDEX.get_or_init(|| SslContext::new_ex_index().expect("OpenSSL numbers application data without limit"))
}

#[cfg(test)]
mod tests {
    use s_server_core::engine::Step;

    use super::*;
    use crate::pair::{Pair, context};

    fn told(pair: &Pair) -> String {
        let line = |event: &Event| match event {
            Event::Text(Stream::Out, line) => Some(String::from_utf8(line.clone()).unwrap()),
            _ => None,
        };
        pair.events.iter().filter_map(line).collect()
    }

    fn pair(list: &'static [u8]) -> Pair {
        let names = vec![b"http/1.1".to_vec(), b"h2".to_vec()];
        let context = context(|plan| plan.tls.protocols.alpn = names).unwrap();
        Pair::new(&context, |ctx| ctx.set_alpn_protos(list).unwrap())
    }

    #[test]
    fn the_servers_order_decides() {
        let mut pair = pair(b"\x02h2\x08http/1.1\x03\x1b[m");
        assert_eq!(pair.handshake(), Step::Done(()));
        assert_eq!(pair.client.ssl().selected_alpn_protocol(), Some(&b"http/1.1"[..]));
        assert_eq!(
            told(&pair),
            "ALPN protocols advertised by the client: h2, http/1.1, \\x1b[m\nALPN protocols selected: http/1.1\n"
        );
    }

    #[test]
    fn nothing_in_common_is_fatal() {
        let mut pair = pair(b"\x02h3");
        let Step::Failed(error) = pair.handshake() else { panic!() };
        assert!(String::from_utf8_lossy(&error.queue[0]).contains(":no application protocol:"));
        assert_eq!(told(&pair), "ALPN protocols advertised by the client: h3\n");
    }

    #[test]
    fn a_broken_list_is_read_as_far_as_it_goes() {
        assert_eq!(names(b"\x02h2\x05ab"), [b"h2"]);
        assert!(names(b"\x01").is_empty());
    }
}
