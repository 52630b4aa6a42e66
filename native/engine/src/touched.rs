//! Peers that something happened to, each once, in order.

use std::collections::VecDeque;

#[derive(Debug, Default)]
pub struct Touched {
    queue: VecDeque<u32>,
    /// By peer: whether it is in the queue.
    queued: Vec<bool>,
}

impl Touched {
    /// To the end, unless it is there already.
    pub fn push(&mut self, peer: u32) {
        let index = peer as usize;
        if index >= self.queued.len() {
            self.queued.resize(index + 1, false);
        }
        if !std::mem::replace(&mut self.queued[index], true) {
            self.queue.push_back(peer);
        }
    }

    pub fn pop(&mut self) -> Option<u32> {
        let peer = self.queue.pop_front()?;
        self.queued[peer as usize] = false;
        Some(peer)
    }

    pub fn iter(&self) -> impl Iterator<Item = u32> + '_ {
        self.queue.iter().copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_there_once_and_in_turn() {
        let mut touched = Touched::default();
        for peer in [3, 1, 3, 2, 1] {
            touched.push(peer);
        }
        assert_eq!(touched.pop(), Some(3));
        touched.push(3);
        assert!(touched.iter().eq([1, 2, 3]));
        assert!(std::iter::from_fn(|| touched.pop()).eq([1, 2, 3]));
    }
}
