//! Payloads on their way to QUIC. They wait here only while a socket is full or the last path is gone, and not for long: what inner
//! flows sent a while ago is lost to them already, and would only stand in the way of what they send now.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use bytes::Bytes;

use crate::drops::{Drop, Drops};

const MAX_BYTES: usize = 1 << 20;
const MAX_SOJOURN: Duration = Duration::from_millis(100);

struct Queued {
    since: Instant,
    payload: Bytes,
}

#[derive(Default)]
pub struct SendQueue {
    payloads: VecDeque<Queued>,
    bytes: usize,
}

impl SendQueue {
    pub fn payload_bytes(&self) -> usize {
        self.bytes - self.payloads.len() * size_of::<Queued>()
    }

    /// What finds no room is dropped.
    pub fn push(&mut self, payload: Bytes, now: Instant, drops: &mut Drops) {
        let cost = cost(&payload);
        if self.bytes + cost > MAX_BYTES {
            drops.count(Drop::Queue);
            return;
        }
        self.bytes += cost;
        let since = now;
        self.payloads.push_back(Queued { since, payload });
    }

    /// The oldest that is not stale, and since when it waited.
    pub fn pop(&mut self, now: Instant, drops: &mut Drops) -> Option<(Instant, Bytes)> {
        loop {
            let Queued { since, payload } = self.payloads.pop_front()?;
            self.bytes -= cost(&payload);
            if since + MAX_SOJOURN > now {
                return Some((since, payload));
            }
            drops.count(Drop::Queue);
        }
    }

    /// For another try.
    pub fn put_back(&mut self, since: Instant, payload: Bytes) {
        self.bytes += cost(&payload);
        self.payloads.push_front(Queued { since, payload });
    }

    /// There is nobody to send it to any more.
    pub fn clear(&mut self, drops: &mut Drops) {
        drops.add(Drop::NoConnection, self.payloads.len() as u64);
        self.payloads.clear();
        self.bytes = 0;
    }
}

fn cost(payload: &Bytes) -> usize {
    payload.len() + size_of::<Queued>()
}
