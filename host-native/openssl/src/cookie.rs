//! Cookies: what a client has to bring back before anything is done for it, RFC 6347 section 4.2.1.
//!
//! They are made of its address and a key of this process, so that nothing is kept about who was sent one.
use std::net::IpAddr;
use std::sync::OnceLock;

use openssl::error::ErrorStack;
use openssl::ex_data::Index;
use openssl::memcmp;
use openssl::ssl::{Ssl, SslContextBuilder, SslRef};
use s_server_core::endpoint::Path;

use super::sys::mac::hmac_sha256;

/// Length of a cookie, in bytes: that of the original.
const LENGTH: usize = 20;

/// Sessions of `ctx` have cookies. Corresponds to `generate_cookie_callback` and `verify_cookie_callback` in
/// `apps/lib/s_cb.c`.
pub fn install(ctx: &mut SslContextBuilder) {
    ctx.set_cookie_generate_cb(generate);
    ctx.set_cookie_verify_cb(is_right);
}

/// The same for TLS 1.3, RFC 8446 section 4.2.2. Where a client has its stream from is not known to its session: a cookie says
/// only that this process has sent it. Corresponds to `generate_stateless_cookie_callback` and
/// `verify_stateless_cookie_callback`.
pub fn install_for_streams(ctx: &mut SslContextBuilder) {
    ctx.set_stateless_cookie_generate_cb(generate);
    ctx.set_stateless_cookie_verify_cb(is_right);
}

fn generate(ssl: &mut SslRef, to: &mut [u8]) -> Result<usize, ErrorStack> {
    to[..LENGTH].copy_from_slice(&cookie(path(ssl))?);
    Ok(LENGTH)
}

fn is_right(ssl: &mut SslRef, given: &[u8]) -> bool {
    cookie(path(ssl)).is_ok_and(|right| given.len() == LENGTH && memcmp::eq(&right, given))
}

/// The client of `ssl` is at the other end of that path.
pub fn expect_from(ssl: &mut SslRef, path: Path) {
    ssl.set_ex_data(index(), path);
}

fn path(ssl: &SslRef) -> Option<Path> {
    ssl.ex_data(index()).copied()
}

fn cookie(path: Option<Path>) -> Result<[u8; LENGTH], ErrorStack> {
    let mut address = [0; 18];
    let length = path.map_or(0, |Path { peer, .. }| {
        let (port, ip) = address.split_at_mut(2);
        port.copy_from_slice(&peer.port().to_be_bytes());
        2 + match peer.ip() {
            IpAddr::V4(v4) => put(ip, &v4.octets()),
            IpAddr::V6(v6) => put(ip, &v6.octets()),
        }
    });
    let whole = hmac_sha256(key()?, &address[..length])?;
    let (cookie, _) = whole.split_first_chunk().expect("the digest is longer than a cookie");
    Ok(*cookie)
}

/// Writes that, and says how long it is.
fn put(to: &mut [u8], bytes: &[u8]) -> usize {
    to[..bytes.len()].copy_from_slice(bytes);
    bytes.len()
}

/// Drawn once.
fn key() -> Result<&'static [u8; 32], ErrorStack> {
    static KEY: OnceLock<[u8; 32]> = OnceLock::new();
    if let Some(key) = KEY.get() {
        return Ok(key);
    }
    let mut drawn = [0; 32];
    openssl::rand::rand_bytes(&mut drawn)?;
    Ok(KEY.get_or_init(|| drawn))
}

fn index() -> Index<Ssl, Path> {
    static INDEX: OnceLock<Index<Ssl, Path>> = OnceLock::new();
    *INDEX.get_or_init(|| Ssl::new_ex_index().expect("OpenSSL numbers application data without limit"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_is_that_of_one_address_and_port() {
        let of = |peer: &str| cookie(Some(Path { peer: peer.parse().unwrap(), local: None })).unwrap();
        assert_eq!(of("127.0.0.1:7"), of("127.0.0.1:7"));
        let all = [of("127.0.0.1:7"), of("127.0.0.1:8"), of("127.0.0.2:7"), of("[::1]:7"), cookie(None).unwrap()];
        for (n, one) in all.iter().enumerate() {
            assert!(!all[..n].contains(one) && one != &[0; LENGTH], "{n}");
        }
    }
}
