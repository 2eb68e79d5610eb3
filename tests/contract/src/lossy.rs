//! A link that loses, doubles, reorders, damages and cuts off datagrams, always in the same way.
//!
//! ```text
//!   carry(direction, datagram) --> fate of (seed, direction, index) --> arrive(datagram), none to three times
//! ```
//!
//! What happens to a datagram depends on the seed, its direction and its index in that direction, never on time: two runs in
//! which the same datagrams are sent lose the same.
use std::fmt;

/// How often what happens to a datagram, in thousandths. The default is a good link.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Faults {
    /// It does not arrive.
    pub loss: u16,
    /// It arrives twice.
    pub doubling: u16,
    /// It arrives behind the next one of its direction that arrives.
    pub reordering: u16,
    /// One of its bits is another.
    pub corruption: u16,
    /// What is longer than that many bytes does not arrive.
    pub mtu: Option<usize>,
}

/// Which way a datagram goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// From the client.
    ToServer,
    /// From the server.
    ToClient,
}

/// The link between one client and one server.
#[derive(Clone)]
pub struct LossyLink {
    seed: u64,
    faults: Faults,
    /// Datagrams so far, for each direction.
    counts: [u64; 2],
    /// One that arrives behind the next, for each direction.
    held: [Option<Vec<u8>>; 2],
}

/// Seed and counts: with them a run is repeated.
impl fmt::Debug for LossyLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { seed, faults, counts, .. } = self;
        f.debug_struct("LossyLink").field("seed", seed).field("faults", faults).field("counts", counts).finish()
    }
}

impl LossyLink {
    /// Nothing was carried yet.
    pub fn new(seed: u64, faults: Faults) -> Self {
        Self { seed, faults, counts: [0; 2], held: [None, None] }
    }

    /// Carries a datagram: hands over what arrives because of it, in order.
    pub fn carry(&mut self, direction: Direction, datagram: &[u8], mut arrive: impl FnMut(&[u8])) {
        let way = direction as usize;
        let mut dice = Dice(self.seed ^ mixed((self.counts[way] << 1) | way as u64));
        self.counts[way] += 1;
        let Faults { loss, doubling, reordering, corruption, mtu } = self.faults;
        // All are rolled, so that one rate does not change what another does.
        let [lost, doubled, late, damaged] = [loss, doubling, reordering, corruption].map(|rate| dice.comes(rate));
        if lost || mtu.is_some_and(|mtu| datagram.len() > mtu) {
            return;
        }
        let mut datagram = datagram.to_vec();
        if damaged && !datagram.is_empty() {
            let bit = dice.next() as usize % (datagram.len() * 8);
            datagram[bit / 8] ^= 1 << (bit % 8);
        }
        if late && self.held[way].is_none() {
            self.held[way] = Some(datagram);
            return;
        }
        arrive(&datagram);
        if doubled {
            arrive(&datagram);
        }
        if let Some(held) = self.held[way].take() {
            arrive(&held);
        }
    }
}

/// SplitMix64: every seed gives a full sequence.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        mixed(self.0)
    }

    /// Whether something comes that comes so often in a thousand.
    fn comes(&mut self, rate: u16) -> bool {
        self.next() % 1000 < rate.into()
    }
}

fn mixed(mut word: u64) -> u64 {
    word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    word ^ (word >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;
    use Direction::{ToClient, ToServer};

    const BAD: Faults = Faults { loss: 100, doubling: 100, reordering: 100, corruption: 100, mtu: None };

    /// What arrives of so many datagrams, each of which is its index twice.
    fn arrived(link: &mut LossyLink, direction: Direction, count: u32) -> Vec<Vec<u8>> {
        let mut arrived = Vec::new();
        for index in 0..count {
            link.carry(direction, &[index.to_be_bytes(), index.to_be_bytes()].concat(), |datagram| {
                arrived.push(datagram.to_vec());
            });
        }
        arrived
    }

    #[test]
    fn the_same_seed_does_the_same_and_the_directions_do_not_touch_each_other() {
        let alone = arrived(&mut LossyLink::new(7, BAD), ToServer, 200);
        let mut both = LossyLink::new(7, BAD);
        let other_way = arrived(&mut both, ToClient, 50);
        assert_eq!(arrived(&mut both, ToServer, 200), alone);
        assert_ne!(other_way[..30], alone[..30]);
        assert_ne!(arrived(&mut LossyLink::new(8, BAD), ToServer, 200), alone);
    }

    #[test]
    fn each_fault_comes_as_often_as_it_should_and_alone() {
        let count = 10_000_u32;
        let numbers = |faults| {
            let arrived = arrived(&mut LossyLink::new(1, faults), ToServer, count);
            let number = |datagram: &Vec<u8>| u32::from_be_bytes(datagram[..4].try_into().unwrap());
            (arrived.iter().map(number).collect::<Vec<_>>(), arrived)
        };
        let about_a_tenth = |n: usize| assert!((900..1_100).contains(&n), "{n}");
        let good = Faults::default();
        let all: Vec<u32> = (0..count).collect();
        assert_eq!(numbers(good).0, all);

        let (some, _) = numbers(Faults { loss: 100, ..good });
        assert!(some.is_sorted());
        about_a_tenth(count as usize - some.len());

        let (mut twice, _) = numbers(Faults { doubling: 100, ..good });
        about_a_tenth(twice.len() - count as usize);
        twice.dedup();
        assert_eq!(twice, all);

        let (mut late, _) = numbers(Faults { reordering: 100, ..good });
        let overtaken = late.windows(2).filter(|pair| pair[0] == pair[1] + 1).count();
        assert!((800..1_000).contains(&overtaken), "{overtaken}");
        late.sort_unstable();
        assert_eq!(late[..late.len() - 1], all[..late.len() - 1]);

        let (_, damaged) = numbers(Faults { corruption: 100, ..good });
        assert_eq!(damaged.len(), count as usize);
        let differ = |datagram: &&Vec<u8>| datagram[..4] != datagram[4..];
        about_a_tenth(damaged.iter().filter(differ).count());
    }

    #[test]
    fn what_is_longer_than_the_mtu_does_not_arrive() {
        let mut link = LossyLink::new(1, Faults { mtu: Some(4), ..Faults::default() });
        let mut lengths = Vec::new();
        for datagram in [&b"1234"[..], b"12345", b"", b"1"] {
            link.carry(ToClient, datagram, |datagram| lengths.push(datagram.len()));
        }
        assert_eq!(lengths, [4, 0, 1]);
    }

    #[test]
    fn another_rate_leaves_the_other_faults_as_they_are() {
        let lost = |faults| {
            let mut link = LossyLink::new(3, faults);
            (0..500_u32)
                .filter(|index| {
                    let mut came = false;
                    link.carry(ToServer, &index.to_be_bytes(), |_| came = true);
                    !came
                })
                .collect::<Vec<_>>()
        };
        let only = Faults { loss: 100, ..Faults::default() };
        assert_eq!(lost(only), lost(Faults { doubling: 500, corruption: 500, ..only }));
    }
}
