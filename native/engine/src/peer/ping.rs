//! Pings asked for by the user: wait for the connection, then one echo over the path in use, repeated until answered.

use std::time::{Duration, Instant};

use super::{Direction, Peer, PeerEvent};

const REPEAT: Duration = Duration::from_millis(300);
const MAX_PINGS: usize = 64;

/// Names a ping to whoever asked for it.
pub type PingToken = u64;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PingOutcome {
    Answered { rtt: Duration, path: u32 },
    TimedOut,
}

struct Ping {
    token: PingToken,
    deadline: Instant,
    next: Instant,
    counters: Vec<u64>,
}

#[derive(Default)]
pub struct Pings(Vec<Ping>);

impl Pings {
    /// What was never sent waits for the connection or a path, not for a time.
    pub fn poll_timeout(&self, connected: bool) -> Option<Instant> {
        self.0
            .iter()
            .map(|ping| {
                if ping.counters.is_empty() || !connected {
                    ping.deadline
                } else {
                    ping.deadline.min(ping.next)
                }
            })
            .min()
    }

    pub fn on_reply(&mut self, counter: u64) -> Option<PingToken> {
        let index = self
            .0
            .iter()
            .position(|ping| ping.counters.contains(&counter))?;
        Some(self.0.swap_remove(index).token)
    }
}

impl Peer {
    pub fn ping(&mut self, token: PingToken, timeout: Duration, now: Instant) {
        if self.pings.0.len() >= MAX_PINGS {
            self.events
                .push_back(PeerEvent::Ping(token, PingOutcome::TimedOut));
            return;
        }
        let deadline = now + timeout;
        self.pings.0.push(Ping {
            token,
            deadline,
            next: now,
            counters: Vec::new(),
        });
        self.wake(Direction::Outbound, now);
        self.seek.want(deadline);
        self.drive(now);
    }

    /// Pings that have no answer yet.
    pub fn open_pings(&self) -> impl Iterator<Item = PingToken> {
        self.pings.0.iter().map(|ping| ping.token)
    }

    pub(super) fn advance_pings(&mut self, now: Instant) {
        let mut index = 0;
        while index < self.pings.0.len() {
            if self.pings.0[index].deadline <= now {
                let ping = self.pings.0.swap_remove(index);
                self.events
                    .push_back(PeerEvent::Ping(ping.token, PingOutcome::TimedOut));
                continue;
            }
            if self.link.connected() && self.pings.0[index].next <= now {
                let counter = self.queue_echo(now);
                let ping = &mut self.pings.0[index];
                if counter.is_some() || !ping.counters.is_empty() {
                    ping.next = now + REPEAT;
                }
                ping.counters.extend(counter);
            }
            index += 1;
        }
    }
}
