//! Numbers of sessions: none is given twice for 2^28 admissions, they start at no known place, and carry four bits by which a socket filter
//! tells packets of sessions from junk. That keeps nobody out who has seen a number.

use std::sync::atomic::{AtomicU32, Ordering};

use crate::worker::random_secret;

pub(crate) const CHECK_BITS: u32 = 4;
/// An odd step visits every number once a round; this one (2^32 over the golden ratio) keeps neighbours apart.
const STEP: u32 = 0x9E37_79B1;

/// The last bits of a session, by arithmetic that a filter can do too.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SessionCheck {
    pub(crate) xor: u32,
    /// Odd.
    pub(crate) factor: u32,
}

impl SessionCheck {
    fn of(self, number: u32) -> u32 {
        (number ^ self.xor).wrapping_mul(self.factor) >> (u32::BITS - CHECK_BITS)
    }
}

pub(crate) struct SessionNumbers {
    next: AtomicU32,
    check: SessionCheck,
}

impl SessionNumbers {
    pub(crate) fn new() -> Self {
        let secret = random_secret();
        let word = |at: usize| {
            u32::from_be_bytes([secret[at], secret[at + 1], secret[at + 2], secret[at + 3]])
        };
        let check = SessionCheck {
            xor: word(4),
            factor: word(8) | 1,
        };
        Self {
            next: AtomicU32::new(word(0)),
            check,
        }
    }

    pub(crate) fn check(&self) -> SessionCheck {
        self.check
    }

    /// Never 0.
    pub(crate) fn next(&self) -> u32 {
        match self.number() {
            0 => self.number(),
            session => session,
        }
    }

    fn number(&self) -> u32 {
        let number = self.next.fetch_add(STEP, Ordering::Relaxed) << CHECK_BITS >> CHECK_BITS;
        number << CHECK_BITS | self.check.of(number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn session_numbers_are_not_zero_and_do_not_repeat() {
        let check = SessionCheck {
            xor: 0,
            factor: 0x9E37_79B1,
        };
        let numbers = SessionNumbers {
            next: AtomicU32::new(0),
            check,
        };
        let drawn: Vec<u32> = (0..100_000).map(|_| numbers.next()).collect();
        assert!(!drawn.contains(&0));
        assert_eq!(drawn.iter().collect::<HashSet<_>>().len(), drawn.len());
    }
}
