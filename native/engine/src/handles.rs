//! Numbers for peers, small and dense: they index tables and travel in connection ids.

use std::collections::{HashMap, VecDeque};

/// Connection ids hold 24 bits of them.
const MAX_HANDLES: u32 = 1 << 24;
/// A handle waits for as many others to be freed before it names another peer, so that what is still under way about the old one - events,
/// commands, packets - is not taken for the new one's. Until then its peer gets it back.
const REST: usize = 1024;

#[derive(Debug, Default)]
pub struct Handles {
    by_key: HashMap<[u8; 32], u32>,
    keys: Vec<[u8; 32]>,
    /// Of removed peers, the longest removed first.
    resting: VecDeque<u32>,
}

impl Handles {
    /// The handle of this node key, if there is one left.
    pub fn take(&mut self, key: [u8; 32]) -> Option<u32> {
        if let Some(&handle) = self.by_key.get(&key) {
            self.resting.retain(|&resting| resting != handle);
            return Some(handle);
        }
        let handle = if self.resting.len() > REST {
            let handle = self.resting.pop_front()?;
            let old = std::mem::replace(&mut self.keys[handle as usize], key);
            self.by_key.remove(&old);
            handle
        } else {
            let next = u32::try_from(self.keys.len()).ok();
            let handle = next.filter(|&next| next < MAX_HANDLES)?;
            self.keys.push(key);
            handle
        };
        self.by_key.insert(key, handle);
        Some(handle)
    }

    /// The peer is removed.
    pub fn give_back(&mut self, handle: u32) {
        if (handle as usize) < self.keys.len() && !self.resting.contains(&handle) {
            self.resting.push_back(handle);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(n: u32) -> [u8; 32] {
        let mut key = [0; 32];
        key[..4].copy_from_slice(&n.to_be_bytes());
        key
    }

    #[test]
    fn a_peer_gets_its_handle_back() {
        let mut handles = Handles::default();
        assert_eq!((0..5).map(|n| handles.take(key(n))).last(), Some(Some(4)));
        handles.give_back(2);
        handles.give_back(2);
        handles.give_back(99);
        assert_eq!(handles.resting, [2]);
        assert_eq!(handles.take(key(2)), Some(2));
        assert!(handles.resting.is_empty());
    }

    #[test]
    fn peers_that_come_and_go_need_few_handles() {
        let mut handles = Handles::default();
        let stays = handles.take(key(u32::MAX));
        for n in 0..20_000 {
            let handle = handles.take(key(n)).unwrap();
            assert!(handle as usize <= REST + 1 && Some(handle) != stays);
            handles.give_back(handle);
        }
        assert_eq!(handles.take(key(u32::MAX)), stays);
        assert_eq!(handles.by_key.len(), handles.keys.len());
    }
}
