//! The link that the datagrams of a session go over: what OpenSSL asks a BIO about it.
//!
//! A BIO that does not answer gets flights in datagrams of 256 bytes. Nobody looks for the narrowest place of the way:
//! the socket is not connected to the peer, so that the system could not tell. Ethernet's size is assumed, and after the third
//! flight that is lost what every way carries.
use std::ffi::{c_int, c_long};
use std::net::IpAddr;

use super::ffi::dgram_ctrl;

/// The longest packet of Ethernet, in bytes.
const ETHERNET: c_long = 1500;

/// What OpenSSL gathers of a flight before it writes, in bytes; what is longer it cuts inside of a record, which the peer drops.
const GATHERED: c_long = 4096;

/// Header of UDP, in bytes.
const UDP: c_long = 8;

/// See the module.
#[derive(Clone, Copy, Debug)]
pub struct Link {
    /// Headers in front of each datagram, in bytes.
    overhead: c_long,
    /// The longest packet that every link of this family carries, in bytes.
    least: c_long,
    /// The longest datagram that OpenSSL has chosen, in bytes; 0 before.
    mtu: c_long,
}

impl Link {
    /// The link to that peer; to one that is not known as to one of IPv4.
    pub fn to(peer: Option<IpAddr>) -> Self {
        match peer.map(|peer| peer.to_canonical()) {
            // RFC 8200 section 5.
            Some(IpAddr::V6(_)) => Self { overhead: 40 + UDP, least: 1280, mtu: 0 },
            // RFC 791 section 3.1.
            Some(IpAddr::V4(_)) | None => Self { overhead: 20 + UDP, least: 576, mtu: 0 },
        }
    }

    /// The MTU of a link for which the plan has one, in bytes: no longer than OpenSSL can make use of.
    pub fn usable_mtu(&self, planned: u32) -> c_long {
        c_long::from(u16::try_from(planned).unwrap_or(u16::MAX)).min(GATHERED + self.overhead)
    }

    /// The answer to a control command of `BIO_ctrl`; 0 where there is none. Corresponds to `dgram_ctrl` in
    /// `crypto/bio/bss_dgram.c`.
    pub fn answer(&mut self, command: c_int, number: c_long) -> c_long {
        match command {
            dgram_ctrl::QUERY_MTU => {
                self.mtu = ETHERNET - self.overhead;
                self.mtu
            }
            dgram_ctrl::GET_MTU_OVERHEAD => self.overhead,
            dgram_ctrl::GET_FALLBACK_MTU => self.least - self.overhead,
            dgram_ctrl::SET_MTU => {
                self.mtu = number;
                number
            }
            dgram_ctrl::GET_MTU => self.mtu,
            _ => 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn datagrams_are_as_long_as_the_headers_of_the_family_leave_room() {
        let sizes = |peer: Option<&str>| {
            let mut link = Link::to(peer.map(|peer| peer.parse().unwrap()));
            [dgram_ctrl::QUERY_MTU, dgram_ctrl::GET_MTU_OVERHEAD, dgram_ctrl::GET_FALLBACK_MTU]
                .map(|command| link.answer(command, 0))
        };
        assert_eq!(sizes(Some("127.0.0.1")), [1472, 28, 548]);
        assert_eq!(sizes(Some("::ffff:127.0.0.1")), [1472, 28, 548]);
        assert_eq!(sizes(Some("::1")), [1452, 48, 1232]);
        assert_eq!(sizes(None), [1472, 28, 548]);
    }

    #[test]
    fn the_size_that_is_set_is_remembered_and_no_datagram_was_too_long() {
        let mut link = Link::to(None);
        assert_eq!((link.answer(dgram_ctrl::SET_MTU, 228), link.answer(dgram_ctrl::GET_MTU, 0)), (228, 228));
        // BIO_CTRL_DGRAM_MTU_EXCEEDED
        assert_eq!(link.answer(43, 0), 0);
    }
}
