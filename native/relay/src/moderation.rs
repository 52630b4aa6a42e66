//! When to wait a moment before looking for packets again, as network cards moderate their interrupts.
//!
//! A packet that comes alone costs a wake-up, a receive and a send. Where such packets follow each other closely, those that
//! gather in a short pause share the first two, and those for one destination the third. Packets that come rarely, or
//! already joined, are not kept waiting.

use std::time::{Duration, Instant};

/// Small beside any path's round trip; the kernel's timers add as much again.
const PAUSE: Duration = Duration::from_micros(50);

/// Turns that follow each other faster than this show single packets in a row.
const CLOSE: Duration = Duration::from_micros(50);

/// What a pause has to gather for another to be worth it.
const WORTH_MESSAGES: usize = 4;

/// So many wait that there is no need to gather more.
const PLENTY_MESSAGES: usize = 64;

/// Messages of more than this on average were joined on their way.
const SINGLE_BYTES: usize = 2048;

#[derive(Debug)]
pub(crate) struct Moderation {
    /// When the latest turn ended.
    ended: Instant,
    paused: bool,
}

/// What the sockets gave in one turn.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Turn {
    pub(crate) messages: usize,
    pub(crate) bytes: usize,
}

impl Moderation {
    pub(crate) fn new(now: Instant) -> Self {
        Self {
            ended: now,
            paused: false,
        }
    }

    /// How long to pause after a turn that ends now.
    pub(crate) fn pause_after(&mut self, turn: Turn, now: Instant) -> Option<Duration> {
        let singles = turn.messages > 0 && turn.bytes <= turn.messages * SINGLE_BYTES;
        let in_a_row = if self.paused {
            turn.messages >= WORTH_MESSAGES
        } else {
            now.duration_since(self.ended) < CLOSE
        };
        self.ended = now;
        self.paused = singles && in_a_row && turn.messages < PLENTY_MESSAGES;
        self.paused.then_some(PAUSE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MICROSECOND: Duration = Duration::from_micros(1);

    fn singles(messages: usize) -> Turn {
        Turn {
            messages,
            bytes: messages * 1200,
        }
    }

    #[test]
    fn single_packets_in_a_row_are_gathered_for_as_long_as_that_pays() {
        let start = Instant::now();
        let mut moderation = Moderation::new(start);
        let mut now = start + 1000 * MICROSECOND;
        assert_eq!(moderation.pause_after(singles(1), now), None);
        now += 10 * MICROSECOND;
        assert_eq!(moderation.pause_after(singles(1), now), Some(PAUSE));
        now += 120 * MICROSECOND;
        assert_eq!(moderation.pause_after(singles(8), now), Some(PAUSE));
        now += 120 * MICROSECOND;
        assert_eq!(moderation.pause_after(singles(3), now), None);
    }

    #[test]
    fn a_backlog_is_not_kept_waiting() {
        let now = Instant::now();
        let mut moderation = Moderation::new(now);
        assert_eq!(moderation.pause_after(singles(PLENTY_MESSAGES), now), None);
    }

    #[test]
    fn rare_packets_are_not_kept_waiting() {
        let mut now = Instant::now();
        let mut moderation = Moderation::new(now);
        for _ in 0..10 {
            now += CLOSE;
            assert_eq!(moderation.pause_after(singles(1), now), None);
        }
    }

    #[test]
    fn joined_packets_and_idle_turns_are_not_kept_waiting() {
        let now = Instant::now();
        let mut moderation = Moderation::new(now);
        let train = Turn {
            messages: 2,
            bytes: 100_000,
        };
        assert_eq!(moderation.pause_after(train, now), None);
        assert_eq!(moderation.pause_after(Turn::default(), now), None);
    }
}
