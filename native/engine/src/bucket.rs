//! A token bucket: `rate` a second, at most `burst` saved up. Time is passed in.

use std::time::{Duration, Instant};

#[derive(Debug, Clone)]
pub struct TokenBucket {
    interval: Duration,
    burst: u32,
    /// When the bucket was or will be empty: each token in it stands for one interval since then.
    empty_at: Option<Instant>,
}

impl TokenBucket {
    /// `rate` tokens a second (at least 1), `burst` at once. Starts full.
    pub fn new(rate: u32, burst: u32) -> Self {
        Self {
            interval: Duration::from_secs(1) / rate.max(1),
            burst,
            empty_at: None,
        }
    }

    /// Takes one token; false when there is none.
    pub fn take(&mut self, now: Instant) -> bool {
        let full_since = now.checked_sub(self.interval * self.burst).unwrap_or(now);
        let empty_at = self.empty_at.map_or(full_since, |at| at.max(full_since));
        let next = empty_at + self.interval;
        if next > now {
            return false;
        }
        self.empty_at = Some(next);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn allows_the_burst_then_the_rate() {
        let start = Instant::now() + Duration::from_secs(1000);
        let mut bucket = TokenBucket::new(50, 100);
        assert_eq!((0..200).filter(|_| bucket.take(start)).count(), 100);
        assert!(!bucket.take(start + Duration::from_millis(19)));
        assert!(bucket.take(start + Duration::from_millis(20)));
        let later = start + Duration::from_secs(1);
        assert_eq!((0..200).filter(|_| bucket.take(later)).count(), 49);
    }

    #[test]
    fn saves_no_more_than_the_burst() {
        let start = Instant::now() + Duration::from_secs(1000);
        let mut bucket = TokenBucket::new(10, 3);
        assert!(bucket.take(start));
        let later = start + Duration::from_secs(3600);
        assert_eq!((0..100).filter(|_| bucket.take(later)).count(), 3);
    }
}
