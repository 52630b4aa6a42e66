//! Packets on their way into byte streams that somebody else writes: each stream has a bounded queue of its own from which the oldest
//! packets go first when its reader is slow, so that it costs nobody but itself. A packet is framed by its length (u16).

use std::collections::{HashMap, VecDeque};
use std::io::Read;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// What may wait for one stream: a tenth of a second at 20 Mbit/s, and room for a burst.
const MAX_QUEUED_BYTES: usize = 256 * 1024;
/// What is taken at a time.
const MAX_BATCH_BYTES: usize = 64 * 1024;
const LENGTH_BYTES: usize = 2;
/// Packets of relays, headers included, are smaller.
pub const MAX_FRAMED_BYTES: usize = 2048;

#[derive(Default)]
struct Queue {
    /// Whole frames.
    bytes: VecDeque<u8>,
    /// Somebody was told and has not found it empty yet.
    announced: bool,
}

/// What a packet met.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Queued {
    /// The stream was idle: somebody has to be told that there is something to take.
    pub announce: bool,
    /// Older packets that had to go.
    pub dropped: usize,
}

/// Queues by stream.
#[derive(Default)]
pub struct StreamQueues(Mutex<HashMap<u32, Queue>>);

impl StreamQueues {
    fn lock(&self) -> MutexGuard<'_, HashMap<u32, Queue>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn open(&self, stream: u32) {
        self.lock().entry(stream).or_default();
    }

    pub fn close(&self, stream: u32) {
        self.lock().remove(&stream);
    }

    /// `None` without such a stream. A packet that is empty or too large is dropped.
    pub fn push(&self, stream: u32, parts: &[&[u8]]) -> Option<Queued> {
        let mut queues = self.lock();
        let queue = queues.get_mut(&stream)?;
        let length: usize = parts.iter().map(|part| part.len()).sum();
        if length == 0 || length > MAX_FRAMED_BYTES {
            return Some(Queued {
                announce: false,
                dropped: 1,
            });
        }
        let mut dropped = 0;
        while queue.bytes.len() + LENGTH_BYTES + length > MAX_QUEUED_BYTES {
            let oldest = frame_bytes(&queue.bytes, 0)?;
            queue.bytes.drain(..oldest);
            dropped += 1;
        }
        queue.bytes.extend((length as u16).to_be_bytes());
        for part in parts {
            queue.bytes.extend(*part);
        }
        let announce = !std::mem::replace(&mut queue.announced, true);
        Some(Queued { announce, dropped })
    }

    /// Whole frames; `None` when nothing waits, and the next packet is announced again.
    pub fn take(&self, stream: u32) -> Option<Vec<u8>> {
        let mut queues = self.lock();
        let queue = queues.get_mut(&stream)?;
        let mut length = 0;
        while let Some(frame) = frame_bytes(&queue.bytes, length)
            && length + frame <= MAX_BATCH_BYTES
        {
            length += frame;
        }
        if length == 0 {
            queue.announced = false;
            return None;
        }
        let mut batch = vec![0; length];
        // Reading from a VecDeque cannot fail.
        let _ = queue.bytes.read_exact(&mut batch);
        Some(batch)
    }
}

/// Size of the frame that begins at `at`, its length included.
fn frame_bytes(bytes: &VecDeque<u8>, at: usize) -> Option<usize> {
    let length = u16::from_be_bytes([*bytes.get(at)?, *bytes.get(at + 1)?]);
    Some(LENGTH_BYTES + usize::from(length))
}

/// The packets of whole frames. Ends at the first that is none; empty ones are skipped (they keep streams alive).
pub fn framed_packets(mut bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    std::iter::from_fn(move || {
        loop {
            let (length, rest) = bytes.split_first_chunk()?;
            let length = usize::from(u16::from_be_bytes(*length));
            if length > MAX_FRAMED_BYTES {
                return None;
            }
            let (packet, rest) = rest.split_at_checked(length)?;
            bytes = rest;
            if !packet.is_empty() {
                return Some(packet);
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_goes_in_comes_out_in_order_and_is_announced_once() {
        let queues = StreamQueues::default();
        assert_eq!(queues.push(1, &[b"a"]), None);
        queues.open(1);
        let news = |announce| {
            Some(Queued {
                announce,
                dropped: 0,
            })
        };
        assert_eq!(queues.push(1, &[b"a", b"bc"]), news(true));
        assert_eq!(queues.push(1, &[b"d"]), news(false));
        let batch = queues.take(1).unwrap();
        assert_eq!(
            framed_packets(&batch).collect::<Vec<_>>(),
            [&b"abc"[..], b"d"]
        );
        assert_eq!(queues.push(1, &[b"e"]), news(false));
        assert!(queues.take(1).is_some());
        assert!(queues.take(1).is_none());
        assert_eq!(queues.push(1, &[b"f"]), news(true));
    }

    #[test]
    fn the_oldest_give_way_and_other_streams_do_not_notice() {
        let queues = StreamQueues::default();
        queues.open(1);
        queues.open(2);
        queues.push(2, &[b"other"]);
        let mut dropped = 0;
        for number in 0..1000u32 {
            let queued = queues.push(1, &[&number.to_be_bytes(), &[0; 996]]).unwrap();
            dropped += queued.dropped;
        }
        let mut kept = Vec::new();
        while let Some(batch) = queues.take(1) {
            assert!(batch.len() <= MAX_BATCH_BYTES);
            kept.extend(
                framed_packets(&batch)
                    .map(|packet| u32::from_be_bytes(*packet.first_chunk().unwrap())),
            );
        }
        assert_eq!(kept.len() + dropped, 1000);
        assert_eq!(kept, (dropped as u32..1000).collect::<Vec<_>>());
        assert!(kept.len() * 1002 <= MAX_QUEUED_BYTES);
        assert!(queues.take(2).is_some());
    }

    #[test]
    fn frames_that_are_none_end_the_batch() {
        assert_eq!(
            framed_packets(&[0, 0, 0, 1, 7, 0]).collect::<Vec<_>>(),
            [&[7][..]]
        );
        assert_eq!(framed_packets(&[0, 2, 1]).count(), 0);
        assert_eq!(framed_packets(&[255, 255, 1, 1]).count(), 0);
    }
}
