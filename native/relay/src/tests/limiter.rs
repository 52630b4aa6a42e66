use super::*;
use proptest::prelude::*;

const LIMIT: Limit = Limit {
    per_second: 10,
    burst: 3,
};

#[test]
fn gives_the_burst_then_the_rate() {
    let mut bucket = TokenBucket::default();
    assert!((0..3).all(|_| bucket.take(LIMIT, 1, 0)));
    assert!(!bucket.take(LIMIT, 1, 0));
    assert!(!bucket.take(LIMIT, 1, 99));
    assert!(bucket.take(LIMIT, 1, 100));
    assert!(!bucket.take(LIMIT, 1, 199));
    assert!(bucket.take(LIMIT, 1, 200));
}

#[test]
fn fills_up_to_the_burst_only() {
    let mut bucket = TokenBucket::default();
    assert!(bucket.take(LIMIT, 3, 0));
    assert!(!bucket.take(LIMIT, 4, 1_000_000));
    assert!(bucket.take(LIMIT, 3, 1_000_000));
}

#[test]
fn a_refusal_costs_nothing() {
    let mut bucket = TokenBucket::default();
    assert!(bucket.take(LIMIT, 2, 0));
    assert!(!bucket.take(LIMIT, 2, 0));
    assert!(bucket.take(LIMIT, 1, 0));
}

#[test]
fn keys_have_budgets_of_their_own() {
    let mut limiter = KeyedLimiter::new(LIMIT);
    assert!((0..3).all(|_| limiter.take(1, 0)));
    assert!(!limiter.take(1, 0));
    // Another key meets this bucket once in 8192.
    assert!((2..10).any(|key| limiter.take(key, 0)));
}

#[test]
fn memory_is_fixed_and_a_flood_of_keys_resets_nobody() {
    let mut limiter = KeyedLimiter::new(LIMIT);
    assert!((0..3).all(|_| limiter.take(u64::MAX, 0)));
    let allowed = (0..100_000u64).filter(|key| limiter.take(key, 0)).count();
    assert!(allowed <= 3 * BUCKETS);
    assert!(!limiter.take(u64::MAX, 0));
}

#[test]
fn networks_are_24_and_56_bits() {
    let of = |text: &str| network_of(text.parse().unwrap()).to_string();
    assert_eq!(of("192.0.2.255"), "192.0.2.0");
    assert_eq!(of("::ffff:192.0.2.255"), "192.0.2.0");
    assert_eq!(of("2001:db8:1:2fff::1"), "2001:db8:1:2f00::");
}

proptest! {
    #[test]
    fn never_exceeds_rate_and_burst(waits in prop::collection::vec(0u64..400, 1..100), rate in 1u64..100, burst in 1u64..20) {
        let limit = Limit { per_second: rate, burst };
        let mut bucket = TokenBucket::default();
        let mut now = 0;
        let mut taken = 0;
        for wait in waits {
            now += wait;
            while bucket.take(limit, 1, now) {
                taken += 1;
            }
            prop_assert!(taken <= burst + rate * now / 1000);
        }
    }
}
