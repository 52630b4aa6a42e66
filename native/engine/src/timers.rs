//! The next moment each peer wants to be woken at.

use std::collections::BTreeSet;
use std::time::Instant;

#[derive(Debug, Default)]
pub struct Timers {
    at: Vec<Option<Instant>>,
    queue: BTreeSet<(Instant, u32)>,
}

impl Timers {
    pub fn set(&mut self, peer: u32, at: Option<Instant>) {
        let index = peer as usize;
        if index >= self.at.len() {
            self.at.resize(index + 1, None);
        }
        let old = std::mem::replace(&mut self.at[index], at);
        if old == at {
            return;
        }
        if let Some(old) = old {
            self.queue.remove(&(old, peer));
        }
        if let Some(at) = at {
            self.queue.insert((at, peer));
        }
    }

    pub fn next(&self) -> Option<Instant> {
        self.queue.first().map(|&(at, _)| at)
    }

    /// A peer whose time has come; it has no timer until set again.
    pub fn pop_due(&mut self, now: Instant) -> Option<u32> {
        let &(at, peer) = self.queue.first()?;
        if at > now {
            return None;
        }
        self.queue.pop_first();
        self.at[peer as usize] = None;
        Some(peer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn pops_in_order_and_forgets_the_replaced() {
        let now = Instant::now();
        let at = |ms| Some(now + Duration::from_millis(ms));
        let mut timers = Timers::default();
        timers.set(1, at(30));
        timers.set(2, at(20));
        timers.set(1, at(10));
        timers.set(3, at(5));
        timers.set(3, None);
        assert_eq!(timers.next(), at(10));
        assert_eq!(timers.pop_due(now), None);
        let later = now + Duration::from_millis(25);
        assert_eq!(timers.pop_due(later), Some(1));
        assert_eq!(timers.pop_due(later), Some(2));
        assert_eq!(timers.pop_due(later), None);
        assert_eq!(timers.next(), None);
    }
}
