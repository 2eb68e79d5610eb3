//! `-nbio_test`: reads and writes of the wire are cut at random, from a seed.

/// Lets 0 to 7 bytes through at a time. Corresponds to `BIO_f_nbio_test`.
#[derive(Clone, Debug)]
pub struct Throttle(u64);

impl Throttle {
    /// The same seed throttles in the same way.
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// How many of `wanted` bytes pass.
    pub fn allow(&mut self, wanted: usize) -> usize {
        // SplitMix64: every seed gives a full sequence.
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        wanted.min(((mixed ^ (mixed >> 31)) & 7) as usize)
    }
}

#[cfg(test)]
mod tests {
    use std::vec::Vec;

    use super::*;

    #[test]
    fn the_same_seed_throttles_the_same_way() {
        let lengths = |seed| {
            let mut throttle = Throttle::new(seed);
            (0..20).map(|_| throttle.allow(9)).collect::<Vec<_>>()
        };
        assert_eq!(lengths(7), lengths(7));
        assert_ne!(lengths(7), lengths(8));
        assert!(lengths(7).contains(&0) && lengths(7).iter().all(|&len| len <= 7));
        assert_eq!(Throttle::new(1).allow(0), 0);
    }
}
