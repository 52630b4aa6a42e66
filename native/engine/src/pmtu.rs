//! How large a packet one path bears: discovery by padded echo requests (datagram packetization layer PMTUD, RFC 8899). Without I/O
//! or clock. Nothing is believed of ICMP.
//!
//! A search asks for the largest size first: where the path is wide, that is all. Unanswered for a probe timeout, it asks for all
//! sizes of the ladder at once, and then once more for those above the best that was answered, since a probe may have been lost by
//! chance. Until a new path has answered it is taken for narrow: larger packets travel in parts (`carrier`), so that nothing
//! falls into a black hole meanwhile. The result is looked at again every ten minutes, and at once when full packets vanish.

use std::time::{Duration, Instant};

use crate::quic::{MAX_DATAGRAM_BYTES, PACKET_OVERHEAD_BYTES, UDP_PAYLOAD_BYTES};

/// UDP payloads. Less 28 or 48 bytes of headers: the IPv4 minimum of 576; MTU 1124 by IPv6, 1280 by IPv6 and IPv4, each less a relay's
/// header or not; tunnels of 1400 and 1420; full packets.
const LADDER: [usize; 12] = [
    512, 1024, 1062, 1096, 1180, 1218, 1232, 1252, 1316, 1372, 1392, FULL_BYTES,
];
const FULL_BYTES: usize = UDP_PAYLOAD_BYTES as usize;
/// Presumed to pass before anything is known (RFC 8899 §5.1.2 BASE_PLPMTU).
pub const BASE_BYTES: usize = 1024;
/// RFC 8899 §5.1.1 MAX_PROBES, for each size.
const ROUNDS: u32 = 3;
/// RFC 8899 §5.1.1 PMTU_RAISE_TIMER; also how often a size is confirmed.
const CONFIRM_INTERVAL: Duration = Duration::from_secs(600);
/// After a search that nothing answered.
const RETRY_INTERVAL: Duration = Duration::from_secs(5);
/// Full packets may vanish for other reasons.
const MIN_SUSPICION_INTERVAL: Duration = Duration::from_secs(2);
/// Waited for the first round trip of the path.
const UNKNOWN_PATIENCE: Duration = Duration::from_secs(1);
/// Left free beside a full inner packet, so that the acknowledgements that QUIC adds now and then do not make it too large.
const ACK_RESERVE_BYTES: usize = 32;

/// The largest inner packet that fits into QUIC packets of this size.
const fn inner_bytes(packet_bytes: usize) -> usize {
    if packet_bytes >= FULL_BYTES {
        MAX_DATAGRAM_BYTES
    } else {
        packet_bytes - PACKET_OVERHEAD_BYTES - ACK_RESERVE_BYTES
    }
}

#[derive(Debug, Clone, Copy)]
struct Probe {
    counter: u64,
    bytes: usize,
    sent: Instant,
}

#[derive(Debug)]
struct Search {
    round: u32,
    began: Instant,
    /// The largest size answered.
    answered: Option<usize>,
    /// Sizes from here on were refused by this host.
    refused: Option<usize>,
    /// Index behind the next size of this round on the ladder: from large to small.
    next: usize,
    probes: Vec<Probe>,
}

impl Search {
    fn new(now: Instant) -> Self {
        Self {
            round: 1,
            began: now,
            answered: None,
            refused: None,
            next: LADDER.len(),
            probes: Vec::new(),
        }
    }

    /// The next size to ask for in this round.
    fn next_bytes(&self) -> Option<usize> {
        if self.round == 1 && self.next < LADDER.len() && self.refused.is_none() {
            return None;
        }
        let wanted = |bytes: &usize| {
            self.answered.is_none_or(|answered| *bytes > answered)
                && self.refused.is_none_or(|refused| *bytes < refused)
        };
        LADDER[..self.next].iter().rev().copied().find(wanted)
    }

    /// Whether nothing larger can be found.
    fn complete(&self) -> bool {
        let largest = LADDER
            .iter()
            .rev()
            .find(|&&bytes| self.refused.is_none_or(|refused| bytes < refused));
        self.answered.as_ref() >= largest
    }
}

#[derive(Debug)]
pub struct Pmtu {
    /// What passes whole now.
    bytes: usize,
    /// The result of the last search.
    settled: Option<usize>,
    search: Option<Search>,
    /// When the next search is due; `None` before the first.
    next_search: Option<Instant>,
    last_suspicion: Option<Instant>,
}

impl Default for Pmtu {
    fn default() -> Self {
        Self {
            bytes: BASE_BYTES,
            settled: None,
            search: None,
            next_search: None,
            last_suspicion: None,
        }
    }
}

impl Pmtu {
    /// Packets above this size do not pass whole, as far as is known.
    pub fn packet_bytes(&self) -> usize {
        self.bytes
    }

    /// Largest inner packet that passes whole.
    pub fn inner_bytes(&self) -> usize {
        inner_bytes(self.bytes)
    }

    /// What inner flows are told to keep to. Before the first result, and while it is in doubt, they are not bothered: hosts
    /// remember for minutes what they are told.
    pub fn advised_inner_bytes(&self) -> usize {
        self.settled.map_or(MAX_DATAGRAM_BYTES, inner_bytes)
    }

    /// The next probe: its whole size. `counter` is the echo request's.
    pub fn poll_transmit(
        &mut self,
        now: Instant,
        counter: impl FnOnce() -> u64,
    ) -> Option<(u64, usize)> {
        if self.search.is_none() && self.next_search.is_none_or(|at| at <= now) {
            self.search = Some(Search::new(now));
        }
        let search = self.search.as_mut()?;
        let bytes = search.next_bytes()?;
        search.next = LADDER.iter().position(|&rung| rung == bytes)?;
        let counter = counter();
        search.probes.push(Probe {
            counter,
            bytes,
            sent: now,
        });
        Some((counter, bytes))
    }

    /// When the probe was sent, if the reply answers one of ours.
    pub fn on_reply(&mut self, counter: u64, now: Instant) -> Option<Instant> {
        let search = self.search.as_mut()?;
        let probe = *search
            .probes
            .iter()
            .find(|probe| probe.counter == counter)?;
        search.answered = search.answered.max(Some(probe.bytes));
        self.bytes = self.bytes.max(probe.bytes);
        if search.complete() {
            self.settle(now);
        }
        Some(probe.sent)
    }

    /// The host itself refused a packet of this size (EMSGSIZE).
    pub fn on_refused(&mut self, bytes: usize, now: Instant) {
        match &mut self.search {
            Some(search) => {
                search.refused = Some(search.refused.map_or(bytes, |refused| refused.min(bytes)));
                self.bytes = self.bytes.min(largest_below(bytes));
                search.began = now;
            }
            None if bytes > LADDER[0] => self.restart(now),
            None => {}
        }
    }

    /// Full packets vanish although the path lives.
    pub fn suspect(&mut self, now: Instant) {
        let recently = self
            .last_suspicion
            .is_some_and(|at| at + MIN_SUSPICION_INTERVAL > now);
        if self.search.is_none() && !recently {
            self.last_suspicion = Some(now);
            self.restart(now);
        }
    }

    /// Nothing is known any more.
    pub fn restart(&mut self, now: Instant) {
        self.bytes = self.bytes.min(BASE_BYTES);
        self.search = None;
        self.next_search = Some(now);
    }

    /// `probe_timeout`: the path's, once its round trip is known.
    pub fn handle_timeout(&mut self, now: Instant, probe_timeout: Option<Duration>) {
        let Some(search) = &mut self.search else {
            return;
        };
        if search.began + probe_timeout.unwrap_or(UNKNOWN_PATIENCE) > now {
            return;
        }
        if search.round == ROUNDS {
            self.settle(now);
        } else {
            search.round += 1;
            search.began = now;
            search.next = LADDER.len();
        }
    }

    pub fn poll_timeout(&self, probe_timeout: Option<Duration>) -> Option<Instant> {
        match &self.search {
            Some(search) if search.next_bytes().is_some() => Some(search.began),
            Some(search) => Some(search.began + probe_timeout.unwrap_or(UNKNOWN_PATIENCE)),
            None => self.next_search,
        }
    }

    fn settle(&mut self, now: Instant) {
        let Some(search) = self.search.take() else {
            return;
        };
        match search.answered {
            Some(answered) => {
                self.bytes = answered;
                self.settled = Some(answered);
                self.next_search = Some(now + CONFIRM_INTERVAL);
            }
            // Not a word about sizes: the path may be gone altogether, which its echoes will tell.
            None => {
                self.bytes = self.bytes.min(BASE_BYTES);
                self.next_search = Some(now + RETRY_INTERVAL);
            }
        }
    }
}

/// The largest size below this one, or the smallest there is.
fn largest_below(bytes: usize) -> usize {
    LADDER
        .iter()
        .rev()
        .copied()
        .find(|&rung| rung < bytes)
        .unwrap_or(LADDER[0])
}

#[cfg(test)]
#[path = "pmtu_tests.rs"]
mod tests;
