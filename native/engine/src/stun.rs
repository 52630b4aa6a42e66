//! STUN transactions that TypeScript waits for: everything else with a STUN first byte is noise.

use std::collections::HashMap;
use std::time::{Duration, Instant};

pub type TransactionId = [u8; 12];

const HEADER_BYTES: usize = 20;
/// RFC 8489 §5
const MAGIC_COOKIE: [u8; 4] = [0x21, 0x12, 0xa4, 0x42];
const MAX_EXPECTED: usize = 4096;
const MAX_TTL: Duration = Duration::from_secs(60);

#[derive(Debug, Default)]
pub struct ExpectedStun {
    until: HashMap<TransactionId, Instant>,
}

impl ExpectedStun {
    pub fn expect(&mut self, id: TransactionId, ttl: Duration, now: Instant) {
        if self.until.len() >= MAX_EXPECTED {
            self.until.retain(|_, until| *until > now);
            if self.until.len() >= MAX_EXPECTED {
                return;
            }
        }
        self.until.insert(id, now + ttl.min(MAX_TTL));
    }

    /// True once for each transaction, in time.
    pub fn take(&mut self, datagram: &[u8], now: Instant) -> bool {
        if datagram.len() < HEADER_BYTES || datagram[4..8] != MAGIC_COOKIE {
            return false;
        }
        let Some(id) = datagram[8..].first_chunk() else {
            return false;
        };
        self.until.remove(id).is_some_and(|until| until > now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(id: u8) -> Vec<u8> {
        [&[1, 1, 0, 0][..], &MAGIC_COOKIE, &[id; 12]].concat()
    }

    #[test]
    fn each_answer_passes_once_and_in_time() {
        let now = Instant::now();
        let mut expected = ExpectedStun::default();
        expected.expect([1; 12], Duration::from_secs(1), now);
        expected.expect([2; 12], Duration::from_secs(1), now);
        assert!(!expected.take(&answer(3), now));
        assert!(!expected.take(&answer(1)[..19], now));
        assert!(expected.take(&answer(1), now));
        assert!(!expected.take(&answer(1), now));
        assert!(!expected.take(&answer(2), now + Duration::from_secs(1)));
    }

    #[test]
    fn is_bounded() {
        let now = Instant::now();
        let mut expected = ExpectedStun::default();
        for i in 0..5000u32 {
            let mut id = [0; 12];
            id[..4].copy_from_slice(&i.to_be_bytes());
            expected.expect(id, Duration::from_secs(1), now);
        }
        assert_eq!(expected.until.len(), MAX_EXPECTED);
        expected.expect(
            [9; 12],
            Duration::from_secs(1),
            now + Duration::from_secs(2),
        );
        assert_eq!(expected.until.len(), 1);
    }
}
