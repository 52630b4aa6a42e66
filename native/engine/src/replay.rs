//! Replay protection. Of what carries (boot id, counter): a 64-wide window for each of the four most recent boot ids of a peer. Of what
//! carries neither in clear: its authentic tags of late.

use std::collections::VecDeque;

pub type BootId = [u8; 8];

const REMEMBERED_BOOTS: usize = 4;
const WIDTH: u64 = 64;

#[derive(Debug, Clone, Copy)]
struct Window {
    boot: BootId,
    highest: u64,
    /// Bit n: `highest - n` was seen.
    seen: u64,
}

impl Window {
    fn accept(&mut self, counter: u64) -> bool {
        if counter > self.highest {
            let ahead = counter - self.highest;
            self.seen = if ahead >= WIDTH {
                1
            } else {
                (self.seen << ahead) | 1
            };
            self.highest = counter;
            return true;
        }
        let behind = self.highest - counter;
        if behind >= WIDTH || self.seen & (1 << behind) != 0 {
            return false;
        }
        self.seen |= 1 << behind;
        true
    }
}

/// Most recently used boot id first.
#[derive(Debug, Default)]
pub struct ReplayGuard {
    windows: Vec<Window>,
    living: Option<BootId>,
}

impl ReplayGuard {
    /// The peer proved that it lives in this boot: recordings of others do not displace its window.
    pub fn set_living(&mut self, boot: BootId) {
        self.living = Some(boot);
    }

    /// False if the peer is known to have been in another boot lately.
    pub fn may_live(&self, boot: BootId) -> bool {
        self.living.is_none_or(|living| living == boot)
    }

    /// True once for each (boot id, counter) that is not too old.
    pub fn accept(&mut self, boot: BootId, counter: u64) -> bool {
        if let Some(position) = self.windows.iter().position(|w| w.boot == boot) {
            let fresh = self.windows[position].accept(counter);
            if fresh {
                self.windows[..=position].rotate_right(1);
            }
            return fresh;
        }
        if self.windows.len() == REMEMBERED_BOOTS {
            let oldest = self
                .windows
                .iter()
                .rposition(|window| Some(window.boot) != self.living);
            self.windows.remove(oldest.unwrap_or_default());
        }
        self.windows.insert(
            0,
            Window {
                boot,
                highest: counter,
                seen: 1,
            },
        );
        true
    }
}

/// What a flood of recordings has to outdo, each heard once.
const REMEMBERED_TAGS: usize = 512;

/// The last datagrams that were taken, by the beginnings of their tags: authentic ones, so nobody chooses them.
#[derive(Debug, Default)]
pub struct RecentTags(VecDeque<u64>);

impl RecentTags {
    pub fn contains(&self, tag: u64) -> bool {
        self.0.contains(&tag)
    }

    pub fn remember(&mut self, tag: u64) {
        if self.0.len() == REMEMBERED_TAGS {
            self.0.pop_front();
        }
        self.0.push_back(tag);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOOT: BootId = [1; 8];

    #[test]
    fn accepts_each_counter_once_in_any_order_inside_the_window() {
        let mut guard = ReplayGuard::default();
        assert!(guard.accept(BOOT, 100));
        assert!(!guard.accept(BOOT, 100));
        assert!(guard.accept(BOOT, 37));
        assert!(!guard.accept(BOOT, 37));
        assert!(!guard.accept(BOOT, 36));
        assert!(guard.accept(BOOT, 101));
        assert!(!guard.accept(BOOT, 37));
        assert!(guard.accept(BOOT, u64::MAX));
        assert!(!guard.accept(BOOT, 101));
    }

    #[test]
    fn remembers_four_boots() {
        let mut guard = ReplayGuard::default();
        for boot in 0..4 {
            assert!(guard.accept([boot; 8], 5));
        }
        assert!((0..4).all(|boot| !guard.accept([boot; 8], 5)));
        assert!(guard.accept([9; 8], 5));
        assert!(!guard.accept([3; 8], 5));
    }

    #[test]
    fn the_living_boot_is_not_displaced() {
        let mut guard = ReplayGuard::default();
        assert!(guard.accept(BOOT, 5) && guard.may_live([9; 8]));
        guard.set_living(BOOT);
        assert!((10..30).all(|boot| guard.accept([boot; 8], 5)));
        assert!(!guard.accept(BOOT, 5));
        assert_eq!(guard.windows.len(), REMEMBERED_BOOTS);
        assert!(guard.may_live(BOOT) && !guard.may_live([9; 8]));
    }

    #[test]
    fn tags_are_remembered_for_a_while() {
        let mut tags = RecentTags::default();
        for tag in 0..=512 {
            assert!(!tags.contains(tag));
            tags.remember(tag);
        }
        assert!(!tags.contains(0));
        assert!((1..=512).all(|tag| tags.contains(tag)));
    }
}
