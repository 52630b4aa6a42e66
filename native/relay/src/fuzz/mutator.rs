//! Turns sound datagrams into nearly sound ones.

use super::chance::Chance;

/// Longer results are cut: one byte more than the longest datagram that any parser here takes.
const MAX_LENGTH: usize = 1300;

/// Values at which lengths and kinds change their meaning.
const TELLING: [u8; 12] = [0, 1, 3, 4, 16, 17, 18, 63, 64, 127, 128, 255];

pub(super) struct Mutator {
    state: u64,
}

impl Mutator {
    pub(super) fn new(seed: u64) -> Self {
        Self { state: seed }
    }

    /// SplitMix64: every seed is a good one.
    pub(super) fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.state ^ (self.state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// One of the corpus with none to six changes.
    pub(super) fn mutate(&mut self, corpus: &[Vec<u8>]) -> Vec<u8> {
        let mut bytes = self.pick(corpus).clone();
        for _ in 0..self.below(7) {
            self.change(&mut bytes, corpus);
        }
        bytes.truncate(MAX_LENGTH);
        bytes
    }

    fn change(&mut self, bytes: &mut Vec<u8>, corpus: &[Vec<u8>]) {
        let at = self.below(bytes.len());
        let value = self.next() as u8;
        let telling = *self.pick(&TELLING);
        match self.below(9) {
            0 => bytes.truncate(at),
            1 => bytes.push(value),
            2 => bytes.extend(std::iter::repeat_n(telling, usize::from(value))),
            3 => bytes
                .splice(at.., self.pick(corpus).iter().skip(at).copied())
                .for_each(drop),
            4 => bytes.extend_from_within(at..),
            5 => bytes
                .drain(at..(at + usize::from(value % 8)).min(bytes.len()))
                .for_each(drop),
            6 => bytes.insert(at, value),
            kind => {
                if let Some(byte) = bytes.get_mut(at) {
                    *byte = if kind == 7 {
                        *byte ^ (1 << (value % 8))
                    } else {
                        telling
                    };
                }
            }
        }
    }
}

impl Chance for Mutator {
    fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound.max(1) as u64) as usize
    }
}
