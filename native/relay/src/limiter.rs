//! Token buckets: one by itself, and a fixed array of them for any number of strangers.

use std::hash::{BuildHasher, Hash, RandomState};
use std::net::{IpAddr, Ipv6Addr};

/// A rate, and how much may come at once.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limit {
    pub(crate) per_second: u64,
    pub(crate) burst: u64,
}

/// Counts in thousandths of a token, so that a millisecond refills exactly.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct TokenBucket {
    /// Taken and not yet refilled: a zeroed bucket is a full one.
    owed_milli: u64,
    refilled_at: u64,
}

impl TokenBucket {
    /// Takes `tokens` if they are there. `now` in milliseconds must not fall.
    pub(crate) fn take(&mut self, limit: Limit, tokens: u64, now: u64) -> bool {
        let elapsed = now.saturating_sub(self.refilled_at);
        self.owed_milli = self
            .owed_milli
            .saturating_sub(elapsed.saturating_mul(limit.per_second));
        self.refilled_at = now;
        let owed = self.owed_milli.saturating_add(tokens.saturating_mul(1000));
        let allowed = owed <= limit.burst.saturating_mul(1000);
        if allowed {
            self.owed_milli = owed;
        }
        allowed
    }
}

/// How many buckets strangers share. A flood must exceed its limit in all of them to shut out everyone.
const BUCKETS: usize = 8192;

/// One limit for each of an unbounded number of keys, in fixed memory: a key's bucket is chosen by a keyed hash, and
/// keys that meet in one share it. Nothing is ever evicted, so forged keys cannot reset anybody's budget, and nobody
/// can aim at the bucket of another.
pub(crate) struct KeyedLimiter {
    limit: Limit,
    buckets: Box<[TokenBucket]>,
    hasher: RandomState,
}

impl KeyedLimiter {
    pub(crate) fn new(limit: Limit) -> Self {
        Self {
            limit,
            buckets: vec![TokenBucket::default(); BUCKETS].into(),
            hasher: RandomState::new(),
        }
    }

    pub(crate) fn take(&mut self, key: impl Hash, now: u64) -> bool {
        let index = self.hasher.hash_one(key) as usize % BUCKETS;
        self.buckets[index].take(self.limit, 1, now)
    }
}

/// The network that limits see in place of an address: /24 or /56, what one customer can usually choose from.
pub(crate) fn network_of(ip: IpAddr) -> IpAddr {
    match ip.to_canonical() {
        IpAddr::V4(ip) => IpAddr::V4((u32::from(ip) & 0xFFFF_FF00).into()),
        IpAddr::V6(ip) => IpAddr::V6(Ipv6Addr::from(u128::from(ip) >> 72 << 72)),
    }
}

#[cfg(test)]
#[path = "tests/limiter.rs"]
mod tests;
