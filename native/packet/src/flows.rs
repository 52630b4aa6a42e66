//! A bounded table of flows in order of use.

use crate::hash::{FastMap, Seed};
use std::hash::Hash;

/// Index that stands for "none" in the list.
const NONE: u32 = u32::MAX;
/// A flow used again within this time keeps its place in the order, which spares moving it for each
/// packet.
const TOUCH_INTERVAL_MS: u64 = 1_000;

#[derive(Debug)]
struct Entry<K, V> {
    key: K,
    value: V,
    used_ms: u64,
    expires_ms: u64,
    newer: u32,
    older: u32,
}

/// Key → value with expiry; when full the flow unused for longest makes room. Entries live in a
/// slab, linked by index.
#[derive(Debug)]
pub struct FlowTable<K, V> {
    index: FastMap<K, u32>,
    entries: Vec<Entry<K, V>>,
    free: Vec<u32>,
    newest: u32,
    oldest: u32,
    capacity: usize,
}

impl<K: Copy + Eq + Hash, V> FlowTable<K, V> {
    /// `seed`: random where others choose keys.
    pub fn new(capacity: usize, seed: u64) -> Self {
        Self {
            index: FastMap::with_hasher(Seed(seed)),
            entries: Vec::new(),
            free: Vec::new(),
            newest: NONE,
            oldest: NONE,
            capacity,
        }
    }

    pub fn len(&self) -> usize {
        self.index.len()
    }

    pub fn clear(&mut self) {
        self.index = FastMap::with_hasher(*self.index.hasher());
        self.entries = Vec::new();
        self.free = Vec::new();
        self.newest = NONE;
        self.oldest = NONE;
    }

    /// The flow, unless it has expired. Its expiry is the caller's to extend.
    #[inline]
    pub fn get(&mut self, key: &K, now_ms: u64) -> Option<&mut V> {
        let slot = *self.index.get(key)?;
        if self.entries[slot as usize].expires_ms <= now_ms {
            self.remove_slot(slot);
            return None;
        }
        Some(&mut self.entries[slot as usize].value)
    }

    /// Inserts or replaces; the flow is now the newest.
    pub fn insert(&mut self, key: K, value: V, now_ms: u64, timeout_ms: u64) {
        if let Some(&slot) = self.index.get(&key) {
            self.entries[slot as usize].value = value;
            self.extend_slot(slot, now_ms, timeout_ms);
            return;
        }
        self.make_room(now_ms);
        let entry = Entry {
            key,
            value,
            used_ms: now_ms,
            expires_ms: now_ms + timeout_ms,
            newer: NONE,
            older: NONE,
        };
        let slot = match self.free.pop() {
            Some(slot) => {
                self.entries[slot as usize] = entry;
                slot
            }
            None => {
                self.entries.push(entry);
                (self.entries.len() - 1) as u32
            }
        };
        self.index.insert(key, slot);
        self.link_newest(slot);
    }

    /// The flow was used: it lives until `now_ms + timeout_ms`.
    #[inline]
    pub fn extend(&mut self, key: &K, now_ms: u64, timeout_ms: u64) {
        if let Some(&slot) = self.index.get(key) {
            self.extend_slot(slot, now_ms, timeout_ms);
        }
    }

    fn extend_slot(&mut self, slot: u32, now_ms: u64, timeout_ms: u64) {
        let entry = &mut self.entries[slot as usize];
        entry.expires_ms = now_ms + timeout_ms;
        if now_ms >= entry.used_ms + TOUCH_INTERVAL_MS {
            entry.used_ms = now_ms;
            self.unlink(slot);
            self.link_newest(slot);
        }
    }

    /// Drops what has expired at the old end, and one more if the table is still full.
    fn make_room(&mut self, now_ms: u64) {
        while self.oldest != NONE && self.entries[self.oldest as usize].expires_ms <= now_ms {
            self.remove_slot(self.oldest);
        }
        if self.len() >= self.capacity {
            self.remove_slot(self.oldest);
        }
    }

    fn remove_slot(&mut self, slot: u32) {
        self.unlink(slot);
        self.index.remove(&self.entries[slot as usize].key);
        self.free.push(slot);
    }

    fn unlink(&mut self, slot: u32) {
        let Entry { newer, older, .. } = self.entries[slot as usize];
        match newer {
            NONE => self.newest = older,
            _ => self.entries[newer as usize].older = older,
        }
        match older {
            NONE => self.oldest = newer,
            _ => self.entries[older as usize].newer = newer,
        }
    }

    fn link_newest(&mut self, slot: u32) {
        let before = std::mem::replace(&mut self.newest, slot);
        let entry = &mut self.entries[slot as usize];
        entry.newer = NONE;
        entry.older = before;
        match before {
            NONE => self.oldest = slot,
            _ => self.entries[before as usize].newer = slot,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_oldest_makes_room_and_expiry_is_exact() {
        let mut table = FlowTable::new(2, 7);
        table.insert(1, 'a', 0, 10_000);
        table.insert(2, 'b', 0, 10_000);
        table.extend(&1, TOUCH_INTERVAL_MS, 10_000);
        table.insert(3, 'c', TOUCH_INTERVAL_MS, 10_000);
        assert_eq!(table.get(&2, TOUCH_INTERVAL_MS), None);
        assert_eq!(table.get(&1, 10_999), Some(&mut 'a'));
        assert_eq!(table.get(&1, 11_000), None);
        assert_eq!(table.len(), 1);
        table.clear();
        assert_eq!(table.len(), 0);
        assert_eq!(table.get(&3, 0), None);
    }

    proptest! {
        /// Against a list in order of use (times far enough apart that every use counts).
        #[test]
        fn equals_a_model(steps in proptest::collection::vec((0u8..3, 0u8..12, 1u64..20), 1..200)) {
            let mut table = FlowTable::new(6, 1);
            let mut model: Vec<(u8, u64, u64)> = Vec::new();
            let mut now = 0;
            for (number, (verb, key, timeout)) in steps.into_iter().enumerate() {
                now += TOUCH_INTERVAL_MS;
                let timeout = timeout * TOUCH_INTERVAL_MS;
                let number = number as u64;
                let position = model.iter().position(|(k, ..)| *k == key);
                match verb {
                    0 => {
                        table.insert(key, number, now, timeout);
                        match position {
                            Some(position) => { model.remove(position); }
                            None => {
                                while model.first().is_some_and(|first| first.2 <= now) { model.remove(0); }
                                if model.len() == 6 { model.remove(0); }
                            }
                        }
                        model.push((key, number, now + timeout));
                    }
                    1 => {
                        table.extend(&key, now, timeout);
                        if let Some(position) = position {
                            let (key, value, _) = model.remove(position);
                            model.push((key, value, now + timeout));
                        }
                    }
                    _ => {
                        let expected = position.map(|position| model[position]).filter(|entry| entry.2 > now);
                        if expected.is_none() && let Some(position) = position { model.remove(position); }
                        prop_assert_eq!(table.get(&key, now).map(|value| *value), expected.map(|entry| entry.1));
                    }
                }
                prop_assert_eq!(table.len(), model.len());
            }
        }
    }
}
