//! Replay protection of what carries (boot id, counter): a 64-wide window for each of the four most recent boot ids of a peer.

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
}

impl ReplayGuard {
    /// True once for each (boot id, counter) that is not too old.
    pub fn accept(&mut self, boot: BootId, counter: u64) -> bool {
        if let Some(position) = self.windows.iter().position(|w| w.boot == boot) {
            let fresh = self.windows[position].accept(counter);
            if fresh {
                self.windows[..=position].rotate_right(1);
            }
            return fresh;
        }
        self.windows.truncate(REMEMBERED_BOOTS - 1);
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
}
