//! What a full socket did not take. While there is some, nothing is read from the TUN and no timer runs: the queue then grows where it
//! is managed best, in the kernel before the TUN.

use std::collections::VecDeque;
use std::io::IoSlice;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use meshd_netio::{Interest, SendOutcome};

use crate::node::Node;
use crate::sockets::Local;
use crate::thread::TUN;

/// A full socket is tried again at the latest after this.
pub const MAX_BLOCKED: Duration = Duration::from_millis(5);

/// Datagrams of `segment_bytes`; the last may be shorter.
struct Rest {
    data: Vec<u8>,
    segment_bytes: usize,
}

pub struct Backlog {
    local: Local,
    destination: SocketAddr,
    since: Instant,
    rests: VecDeque<Rest>,
}

/// What is left of `parts` when `sent` bytes of them have left.
pub fn unsent(parts: &[IoSlice<'_>], sent: usize) -> Vec<u8> {
    let bytes = parts.iter().flat_map(|part| part.iter().copied());
    bytes.skip(sent).collect()
}

impl Node {
    /// There is at most one, since nothing is sent while there is one; TypeScript's own datagrams then count as lost.
    pub fn keep_for_later(
        &mut self,
        local: Local,
        destination: SocketAddr,
        data: Vec<u8>,
        segment_bytes: usize,
    ) {
        if self.backlog.is_some() {
            return;
        }
        let rest = Rest {
            data,
            segment_bytes,
        };
        self.backlog = Some(Backlog {
            local,
            destination,
            since: Instant::now(),
            rests: VecDeque::from([rest]),
        });
        self.watch_writable(local, Interest::ReadableWritable);
        if let Some(tun) = &self.tun {
            let _ = self.poller.remove(tun);
        }
    }

    /// What belongs behind the backlog, to the same destination.
    pub fn keep_behind(&mut self, data: Vec<u8>, segment_bytes: usize) {
        if let Some(backlog) = &mut self.backlog {
            backlog.rests.push_back(Rest {
                data,
                segment_bytes,
            });
        }
    }

    fn watch_writable(&self, local: Local, interest: Interest) {
        if let Some(socket) = self.sockets.get(local) {
            let _ = self.poller.modify(socket, local.token(), interest);
        }
    }

    /// Takes the backlog, and goes back to reading.
    pub fn take_backlog(&mut self) -> Option<Backlog> {
        let backlog = self.backlog.take()?;
        self.watch_writable(backlog.local, Interest::Readable);
        if let Some(tun) = &self.tun {
            let _ = self.poller.add(tun, TUN, Interest::Readable);
        }
        Some(backlog)
    }

    /// Whether the backlog has waited long enough to be tried without a word from its socket.
    pub fn backlog_due(&self, now: Instant) -> bool {
        self.backlog
            .as_ref()
            .is_some_and(|backlog| backlog.since + MAX_BLOCKED <= now)
    }

    /// Tries the backlog again; what is still not taken is a new one.
    pub fn retry_backlog(&mut self) {
        let Some(Backlog {
            local,
            destination,
            mut rests,
            ..
        }) = self.take_backlog()
        else {
            return;
        };
        while let Some(Rest {
            data,
            segment_bytes,
        }) = rests.pop_front()
        {
            let outcome = self.send_to(local, destination, &data, segment_bytes);
            if let (SendOutcome::WouldBlock(_), Some(backlog)) = (outcome, &mut self.backlog) {
                backlog.rests.append(&mut rests);
            }
        }
    }

    /// Drops a backlog whose socket is closed.
    pub fn drop_orphaned_backlog(&mut self) {
        let orphaned = |backlog: &Backlog| self.sockets.get(backlog.local).is_none();
        if self.backlog.as_ref().is_some_and(orphaned) {
            drop(self.take_backlog());
        }
    }
}

#[cfg(test)]
#[path = "backlog_tests.rs"]
mod tests;
