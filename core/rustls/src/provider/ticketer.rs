//! Session tickets: RFC 8446 section 4.6.1, RFC 5077.
//!
//! ```text
//! key name 16 | nonce 24 | XChaCha20-Poly1305( time of issue 8 | what rustls keeps ) | tag 16
//! ```
//!
//! Key and key name come from a seed that instances share, so each opens what another made; that is what lets every
//! connection have an instance of its own. The nonce comes from the instance's own generator, through HMAC:
//!
//! ```text
//! nonce = HMAC-SHA-256(nonce key, 32 bytes from the generator | plaintext), first 24 bytes
//! ```
//!
//! One key, many instances: a nonce must never meet two plaintexts. Draws of instances with different seeds differ, and
//! so do draws of one instance, so nonces are as good as random; with 24 bytes (the X in XChaCha20) two are equal after
//! about 2^96 tickets, where the 12 bytes of AES-GCM or ChaCha20 reach 2^48. And should a host hand two instances the
//! same seed, as every replay does, the plaintext is in the HMAC as well: equal nonces then mean equal tickets, which is
//! what a replay is for, and tells nobody anything.
use super::hash::HMAC_SHA256;
use chacha20poly1305::aead::{AeadInOut, KeyInit};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use rustls::crypto::SecureRandom;
use rustls::crypto::hmac::{Hmac, Key};
use rustls::server::ProducesTickets;
use rustls::time_provider::TimeProvider;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// Lengths in bytes.
const NAME_LEN: usize = 16;
const NONCE_LEN: usize = 24;
const TIME_LEN: usize = 8;
const TAG_LEN: usize = 16;
/// Tickets travel with a length of 16 bits.
const MAX_LEN: usize = u16::MAX as usize;

/// Makes tickets and opens them, its own and those of instances with the same shared seed.
pub struct Ticketer {
    name: [u8; NAME_LEN],
    cipher: XChaCha20Poly1305,
    nonces: Box<dyn Key>,
    random: &'static dyn SecureRandom,
    clock: Arc<dyn TimeProvider>,
    lifetime: Duration,
}

impl Ticketer {
    /// `shared` is what all instances of a server have in common, `random` the generator of this one
    /// (`secure_random` of its provider). `clock` tells when a ticket was made and whether it is too old. A ticket is good
    /// for `lifetime`, in whole seconds; OpenSSL's default is 7200, RFC 8446 allows at most 604,800 (seven days), and
    /// what is longer is cut to that.
    #[must_use]
    pub fn new(
        shared: [u8; 32],
        random: &'static dyn SecureRandom,
        clock: Arc<dyn TimeProvider>,
        lifetime: Duration,
    ) -> Self {
        // HKDF-Expand of RFC 5869 with one block each: the seed is uniform, so nothing need be extracted.
        let derive = |info: &[u8]| HMAC_SHA256.with_key(&shared).sign(&[info, &[1]]);
        let mut name = [0; NAME_LEN];
        name.copy_from_slice(&derive(b"s_server ticket key name").as_ref()[..NAME_LEN]);
        let key = derive(b"s_server ticket key");
        Self {
            name,
            cipher: XChaCha20Poly1305::new_from_slice(key.as_ref()).expect("SHA-256 gives 32 bytes"),
            nonces: HMAC_SHA256.with_key(derive(b"s_server ticket nonce").as_ref()),
            random,
            clock,
            lifetime: lifetime.min(Duration::from_secs(604_800)),
        }
    }

    fn now(&self) -> Option<u64> {
        self.clock.current_time().map(|now| now.as_secs())
    }

    fn nonce(&self, plain: &[&[u8]]) -> Option<XNonce> {
        let mut drawn = [0; 32];
        self.random.fill(&mut drawn).ok()?;
        let tag = self.nonces.sign_concat(&drawn, plain, &[]);
        XNonce::try_from(&tag.as_ref()[..NONCE_LEN]).ok()
    }
}

impl ProducesTickets for Ticketer {
    fn enabled(&self) -> bool {
        true
    }

    fn lifetime(&self) -> u32 {
        u32::try_from(self.lifetime.as_secs()).expect("at most seven days")
    }

    /// None if the clock tells no time, or the ticket would be too long to travel.
    fn encrypt(&self, plain: &[u8]) -> Option<Vec<u8>> {
        let time = self.now()?.to_be_bytes();
        let nonce = self.nonce(&[&time, plain])?;
        let mut ticket = [&self.name[..], &nonce, &time, plain].concat();
        let text = &mut ticket[NAME_LEN + NONCE_LEN..];
        let tag = self.cipher.encrypt_inout_detached(&nonce, &self.name, text.into()).ok()?;
        ticket.extend_from_slice(&tag);
        (ticket.len() <= MAX_LEN).then_some(ticket)
    }

    /// None if the ticket was made with another shared seed, was changed or cut, or is older than the lifetime.
    fn decrypt(&self, ticket: &[u8]) -> Option<Vec<u8>> {
        let (name, rest) = ticket.split_at_checked(NAME_LEN)?;
        let (nonce, rest) = rest.split_at_checked(NONCE_LEN)?;
        let (text, tag) = rest.split_at_checked(rest.len().checked_sub(TAG_LEN)?)?;
        if name != self.name {
            return None;
        }
        let (nonce, tag) = (XNonce::try_from(nonce).ok()?, tag.try_into().ok()?);
        let mut plain = text.to_vec();
        self.cipher.decrypt_inout_detached(&nonce, name, plain.as_mut_slice().into(), &tag).ok()?;
        let kept = plain.split_off(TIME_LEN.min(plain.len()));
        let made = u64::from_be_bytes(plain.try_into().ok()?);
        // A ticket from the future is one of an instance whose clock runs ahead: young.
        (self.now()?.saturating_sub(made) <= self.lifetime.as_secs()).then_some(kept)
    }
}

impl fmt::Debug for Ticketer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ticketer").field("lifetime", &self.lifetime).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provider::Generator;
    use rustls::pki_types::UnixTime;

    const SHARED: [u8; 32] = [0x5a; 32];

    #[test]
    fn instances_with_the_same_shared_seed_open_each_others_tickets() {
        let [one, other] = [instance(SHARED, 1, 1000), instance(SHARED, 2, 1000)];
        let ticket = one.encrypt(b"what rustls keeps").unwrap();
        assert_eq!(ticket.len(), 16 + 24 + 8 + 17 + 16);
        assert_eq!(other.decrypt(&ticket).unwrap(), b"what rustls keeps");
        assert_eq!(one.decrypt(&ticket).unwrap(), b"what rustls keeps");
        assert_eq!(other.decrypt(&one.encrypt(b"").unwrap()).unwrap(), b"");
        assert_eq!(instance([0x5b; 32], 1, 1000).decrypt(&ticket), None);
    }

    #[test]
    fn the_key_name_does_not_decide_alone() {
        let ours = instance(SHARED, 1, 1000);
        let theirs = instance([0x5b; 32], 1, 1000);
        let mut ticket = theirs.encrypt(b"kept").unwrap();
        ticket[..NAME_LEN].copy_from_slice(&ours.encrypt(b"kept").unwrap()[..NAME_LEN]);
        assert_eq!(ours.decrypt(&ticket), None);
    }

    #[test]
    fn a_ticket_with_any_bit_changed_or_any_byte_lost_is_refused() {
        let ticketer = instance(SHARED, 1, 1000);
        let ticket = ticketer.encrypt(b"kept").unwrap();
        for at in 0..ticket.len() * 8 {
            let mut changed = ticket.clone();
            changed[at / 8] ^= 1 << (at % 8);
            assert_eq!(ticketer.decrypt(&changed), None, "bit {at}");
        }
        for len in 0..ticket.len() {
            assert_eq!(ticketer.decrypt(&ticket[..len]), None, "{len} bytes");
            assert_eq!(ticketer.decrypt(&ticket[ticket.len() - len..]), None, "the last {len} bytes");
        }
        assert_eq!(ticketer.decrypt(&[&ticket[..], &[0]].concat()), None);
    }

    #[test]
    fn a_ticket_is_good_for_its_lifetime() {
        let ticket = instance(SHARED, 1, 1000).encrypt(b"kept").unwrap();
        let at = |now| instance(SHARED, 1, now).decrypt(&ticket).is_some();
        assert_eq!([at(1000), at(8200), at(8201), at(999), at(0)], [true, true, false, true, true]);
        assert_eq!(instance(SHARED, 1, 0).lifetime(), 7200);
        let longer = Ticketer::new(SHARED, leaked(1), Arc::new(At(0)), Duration::from_secs(604_801));
        assert_eq!(longer.lifetime(), 604_800);
    }

    #[test]
    fn the_same_seeds_give_the_same_tickets_and_never_a_nonce_for_two_plaintexts() {
        let [one, again] = [instance(SHARED, 1, 1000), instance(SHARED, 1, 1000)];
        let tickets = [one.encrypt(b"kept").unwrap(), one.encrypt(b"kept").unwrap()];
        assert_eq!(tickets, [again.encrypt(b"kept").unwrap(), again.encrypt(b"kept").unwrap()]);
        let nonce = |ticket: &[u8]| ticket[NAME_LEN..NAME_LEN + NONCE_LEN].to_vec();
        assert_ne!(nonce(&tickets[0]), nonce(&tickets[1]), "drawn anew for each ticket");

        let [one, other] = [instance(SHARED, 1, 1000), instance(SHARED, 1, 1000)];
        let [one, other] = [one.encrypt(b"kept").unwrap(), other.encrypt(b"kepT").unwrap()];
        assert_ne!(nonce(&one), nonce(&other), "the same draw, another plaintext");
        let [one, later] = [instance(SHARED, 1, 1000), instance(SHARED, 1, 1001)];
        let [one, later] = [one.encrypt(b"kept").unwrap(), later.encrypt(b"kept").unwrap()];
        assert_ne!(nonce(&one), nonce(&later), "the same draw, another time");
    }

    #[test]
    fn what_is_too_long_to_travel_is_no_ticket() {
        let ticketer = instance(SHARED, 1, 1000);
        let room = MAX_LEN - NAME_LEN - NONCE_LEN - TIME_LEN - TAG_LEN;
        assert!(ticketer.encrypt(&vec![0; room]).is_some());
        assert_eq!(ticketer.encrypt(&vec![0; room + 1]), None);
    }

    fn instance(shared: [u8; 32], own: u8, now: u64) -> Ticketer {
        Ticketer::new(shared, leaked(own), Arc::new(At(now)), Duration::from_secs(7200))
    }

    fn leaked(own: u8) -> &'static Generator {
        Box::leak(Box::new(Generator::new([own; 32])))
    }

    #[derive(Debug)]
    struct At(u64);

    impl TimeProvider for At {
        fn current_time(&self) -> Option<UnixTime> {
            Some(UnixTime::since_unix_epoch(Duration::from_secs(self.0)))
        }
    }
}
