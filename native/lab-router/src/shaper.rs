//! One direction of a line: a token bucket with a bounded queue before it, then delay; packets may get lost, overtaken or doubled.
//! `now` is the time since the start of the program; packets come out by `pop` when `next_release` has come.

use crate::random::Random;
use std::cmp::Ordering;
use std::collections::BinaryHeap;
use std::time::Duration;

/// What a packet that is overtaken waits longer.
const OVERTAKEN_BY: Duration = Duration::from_millis(5);
/// The longest a packet waits for its turn at a limited rate; what would wait longer is dropped (tail drop).
pub const MAX_QUEUE_DELAY: Duration = Duration::from_millis(100);
/// Packets on the way at a time: 0.8 s of a gigabit.
pub const MAX_PACKETS: usize = 65_536;

#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Line {
    pub delay: Duration,
    pub loss_percent: f64,
    pub reorder_percent: f64,
    pub duplicate_percent: f64,
    /// 0: unlimited.
    pub rate_bits: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pushed {
    Queued,
    Lost,
    QueueFull,
}

#[derive(Debug)]
struct Travelling<P> {
    release: Duration,
    /// First in, first out among equals.
    number: u64,
    packet: P,
}

impl<P> PartialEq for Travelling<P> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}
impl<P> Eq for Travelling<P> {}
impl<P> PartialOrd for Travelling<P> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl<P> Ord for Travelling<P> {
    /// Earliest greatest: `BinaryHeap` hands out the greatest.
    fn cmp(&self, other: &Self) -> Ordering {
        (other.release, other.number).cmp(&(self.release, self.number))
    }
}

#[derive(Debug)]
pub struct Shaper<P> {
    random: Random,
    travelling: BinaryHeap<Travelling<P>>,
    pushed: u64,
    /// When the line has sent what was queued before.
    line_free: Duration,
}

impl<P: Clone> Shaper<P> {
    pub fn new(seed: u64) -> Self {
        Self {
            random: Random::new(seed),
            travelling: BinaryHeap::new(),
            pushed: 0,
            line_free: Duration::ZERO,
        }
    }

    pub fn push(&mut self, packet: P, bytes: usize, line: &Line, now: Duration) -> Pushed {
        if self.travelling.len() >= MAX_PACKETS {
            return Pushed::QueueFull;
        }
        let on_the_line = (bytes as u64 * 8 * 1_000_000_000).checked_div(line.rate_bits);
        let sent = match on_the_line {
            None => now,
            Some(nanoseconds) => {
                let start = self.line_free.max(now);
                if start - now > MAX_QUEUE_DELAY {
                    return Pushed::QueueFull;
                }
                self.line_free = start + Duration::from_nanos(nanoseconds);
                self.line_free
            }
        };
        // Lost on the way: it has used the line.
        if self.random.chance(line.loss_percent) {
            return Pushed::Lost;
        }
        let overtaken = self.random.chance(line.reorder_percent);
        let release = sent
            + line.delay
            + if overtaken {
                OVERTAKEN_BY
            } else {
                Duration::ZERO
            };
        // No draw where nothing is doubled: the same packets get lost for a seed as ever.
        if line.duplicate_percent > 0.0 && self.random.chance(line.duplicate_percent) {
            self.travel(release, packet.clone());
        }
        self.travel(release, packet);
        Pushed::Queued
    }

    fn travel(&mut self, release: Duration, packet: P) {
        self.pushed += 1;
        self.travelling.push(Travelling {
            release,
            number: self.pushed,
            packet,
        });
    }

    pub fn next_release(&self) -> Option<Duration> {
        self.travelling.peek().map(|first| first.release)
    }

    /// The next packet that has arrived by now.
    pub fn pop(&mut self, now: Duration) -> Option<P> {
        if self.next_release()? > now {
            return None;
        }
        self.travelling.pop().map(|first| first.packet)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    fn drain(shaper: &mut Shaper<u32>, now: Duration) -> Vec<u32> {
        std::iter::from_fn(|| shaper.pop(now)).collect()
    }

    #[test]
    fn delays_and_keeps_order() {
        let line = Line {
            delay: ms(10),
            ..Line::default()
        };
        let mut shaper = Shaper::new(1);
        for number in 0..5 {
            assert_eq!(shaper.push(number, 100, &line, ms(1)), Pushed::Queued);
        }
        assert_eq!(shaper.next_release(), Some(ms(11)));
        assert_eq!(drain(&mut shaper, ms(10)), []);
        assert_eq!(drain(&mut shaper, ms(11)), [0, 1, 2, 3, 4]);
        assert_eq!(shaper.next_release(), None);
    }

    #[test]
    fn loses_its_percentage_and_the_same_packets_for_the_same_seed() {
        let line = Line {
            loss_percent: 5.0,
            ..Line::default()
        };
        let run = |seed| {
            let mut shaper = Shaper::new(seed);
            for number in 0..10_000 {
                shaper.push(number, 100, &line, ms(0));
                if number % 100 == 0 {
                    drain(&mut shaper, ms(0));
                }
            }
            let mut kept = Shaper::new(seed);
            (0..10_000u32)
                .filter(|&number| kept.push(number, 100, &line, ms(0)) == Pushed::Queued)
                .collect::<Vec<_>>()
        };
        let kept = run(7);
        assert!((9_400..9_600).contains(&kept.len()), "{}", kept.len());
        assert_eq!(kept, run(7));
        assert_ne!(kept, run(8));
    }

    #[test]
    fn reordering_lets_later_packets_overtake() {
        let line = Line {
            reorder_percent: 20.0,
            ..Line::default()
        };
        let mut shaper = Shaper::new(3);
        for number in 0..100 {
            shaper.push(number, 100, &line, ms(0));
        }
        let order = drain(&mut shaper, ms(1000));
        assert_eq!(order.len(), 100);
        assert!(!order.is_sorted());
    }

    #[test]
    fn duplication_delivers_its_percentage_twice_one_behind_the_other() {
        let line = Line {
            duplicate_percent: 10.0,
            ..Line::default()
        };
        let mut shaper = Shaper::new(5);
        for number in 0..1000 {
            shaper.push(number, 100, &line, ms(0));
        }
        let mut arrived = drain(&mut shaper, ms(1000));
        assert!((1_070..1_130).contains(&arrived.len()), "{}", arrived.len());
        assert!(arrived.is_sorted());
        arrived.dedup();
        assert_eq!(arrived.len(), 1000);
    }

    #[test]
    fn rate_spaces_packets_and_a_full_queue_drops() {
        // 1,250 bytes at 10 Mbit/s: one packet a millisecond.
        let line = Line {
            rate_bits: 10_000_000,
            ..Line::default()
        };
        let mut shaper = Shaper::new(1);
        let queued = (0..500)
            .take_while(|&number| shaper.push(number, 1250, &line, ms(0)) == Pushed::Queued)
            .count();
        assert_eq!(queued, 101, "100 ms wait before the last one");
        assert_eq!(drain(&mut shaper, ms(3)), [0, 1, 2]);
        assert_eq!(shaper.push(1, 1250, &line, ms(2)), Pushed::Queued);
    }

    #[test]
    fn packets_on_the_way_are_bounded() {
        let line = Line {
            delay: ms(200),
            ..Line::default()
        };
        let mut shaper = Shaper::new(1);
        for _ in 0..MAX_PACKETS {
            assert_eq!(shaper.push(0, 100, &line, ms(0)), Pushed::Queued);
        }
        assert_eq!(shaper.push(0, 100, &line, ms(0)), Pushed::QueueFull);
    }
}
