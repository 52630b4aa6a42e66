//! A seeded generator (SplitMix64): every run of the lab can be repeated.

#[derive(Debug)]
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Uniform below `bound` (which is small against 2^64).
    pub fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    /// True with this probability.
    pub fn chance(&mut self, percent: f64) -> bool {
        const RESOLUTION: u64 = 1 << 32;
        percent > 0.0 && (self.below(RESOLUTION) as f64) < percent / 100.0 * RESOLUTION as f64
    }
}
