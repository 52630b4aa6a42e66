//! The paths of one peer: which one packets take now. Without I/O or clock.
//!
//! TypeScript gives the paths best first; the first that lives is used. A direct path that was given is usable at once (it was
//! validated), a relay path as soon as the relay session stands. Each path is measured by echoes: about ten a second on the path
//! in use while traffic flows, and one every second and a half on the others; once nothing was sent or received for five seconds, only
//! as many as keep the NATs' mappings; none while the peer sleeps.
//!
//! fresh ─ reply ─► alive ─ silence ─► dead ─ two replies in a row (one, if nothing else lives) ─► alive
//! alive ─ the peer slept for long ─► stale (its NAT mapping may be gone: used only if nothing else is there) ─ reply ─► alive

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use crate::path::{Path, State, Way};

const BUSY_INTERVAL: Duration = Duration::from_millis(100);
const REST_INTERVAL: Duration = Duration::from_millis(1500);
/// What is measured more often than this serves the choice of a path, which nobody needs who sends nothing.
const QUIET_AFTER: Duration = Duration::from_secs(5);
/// Nothing holds a mapping by more packets than this, and nothing has to: the shortest-lived ones known last 20 s.
pub const MIN_KEEPALIVE: Duration = Duration::from_secs(15);
const SUSPICIOUS_MIN_INTERVAL: Duration = Duration::from_millis(20);
const DEAD_INTERVAL: Duration = Duration::from_secs(1);
/// Of a dead path while nothing else lives.
const STRANDED_INTERVAL: Duration = Duration::from_millis(200);
const REPLIES_TO_REVIVE: u32 = 2;
/// Many NATs forget a UDP mapping after 30 s (RFC 4787 §4.3 asks for more).
const STALE_AFTER: Duration = Duration::from_secs(20);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChangeReason {
    First,
    Rank,
    Dead,
    Alive,
}

impl ChangeReason {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::First => "first",
            Self::Rank => "rank",
            Self::Dead => "dead",
            Self::Alive => "alive",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub enum PathEvent {
    Changed {
        path: Option<u32>,
        reason: ChangeReason,
    },
    Alive {
        path: u32,
        rtt: Duration,
    },
    Dead {
        path: u32,
    },
}

#[derive(Debug)]
pub struct Paths {
    /// Best first.
    paths: Vec<Path>,
    active: Option<usize>,
    had_active: bool,
    awake: bool,
    last_use: Option<Instant>,
    /// Between the echoes of a quiet path.
    keepalive: Duration,
    usable_relays: Vec<u32>,
    counter: u64,
    events: VecDeque<PathEvent>,
}

impl Paths {
    /// Echoes count up from `first_counter`.
    pub fn new(first_counter: u64) -> Self {
        Self {
            paths: Vec::new(),
            active: None,
            had_active: false,
            awake: false,
            last_use: None,
            keepalive: MIN_KEEPALIVE,
            usable_relays: Vec::new(),
            counter: first_counter,
            events: VecDeque::new(),
        }
    }

    /// Replaces the ranking; paths that stay keep what is known of them.
    pub fn set(&mut self, ranked: impl IntoIterator<Item = (u32, Way)>, now: Instant) {
        let mut old = std::mem::take(&mut self.paths);
        let active_id = self
            .active
            .and_then(|index| old.get(index))
            .map(|path| path.id);
        for (id, way) in ranked {
            let kept = old.iter().position(|path| path.id == id && path.way == way);
            self.paths.push(match kept {
                Some(index) => old.swap_remove(index),
                None => Path::new(id, way, now),
            });
        }
        self.active = active_id.and_then(|id| self.paths.iter().position(|path| path.id == id));
        if self.active.is_none() && active_id.is_some() {
            // The path in use is gone: announce whatever follows, also nothing.
            self.select(ChangeReason::Rank, true, now);
        } else {
            self.select(ChangeReason::Rank, false, now);
        }
    }

    /// Which relay sessions stand.
    pub fn set_usable_relays(&mut self, relays: &[u32], now: Instant) {
        if self.usable_relays == relays {
            return;
        }
        for path in &mut self.paths {
            if let Way::Relay(relay) = path.way
                && relays.contains(&relay)
                && !self.usable_relays.contains(&relay)
            {
                *path = Path::new(path.id, path.way, now);
            }
        }
        self.usable_relays.clear();
        self.usable_relays.extend_from_slice(relays);
        self.select(ChangeReason::Rank, false, now);
    }

    /// How often a path needs a packet so that the NAT in front of this host keeps its mapping.
    pub fn set_keepalive(&mut self, interval: Duration) {
        self.keepalive = interval.max(MIN_KEEPALIVE);
    }

    /// The peer is used now.
    pub fn wake(&mut self, now: Instant) {
        self.last_use = Some(now);
        if self.awake {
            return;
        }
        self.awake = true;
        for path in &mut self.paths {
            path.echoes.forget_outstanding();
            let heard = path
                .echoes
                .last_reply()
                .map_or(path.since, |at| at.max(path.since));
            if path.way.direct().is_some() && path.alive() && heard + STALE_AFTER <= now {
                path.state = State::Stale;
            }
        }
        self.select(ChangeReason::Rank, false, now);
    }

    pub fn sleep(&mut self) {
        self.awake = false;
    }

    pub fn active(&self) -> Option<&Path> {
        self.paths.get(self.active?)
    }

    pub fn iter(&self) -> impl Iterator<Item = &Path> {
        self.paths.iter()
    }

    pub fn is_active(&self, path: &Path) -> bool {
        self.active().is_some_and(|active| active.id == path.id)
    }

    pub fn knows(&self, way: Way) -> bool {
        self.paths.iter().any(|path| path.way == way)
    }

    /// QUIC packets left by the path in use.
    pub fn on_data_sent(&mut self, bytes: usize, now: Instant) {
        if let Some(path) = self.active.and_then(|index| self.paths.get_mut(index)) {
            path.tx_bytes += bytes as u64;
            path.last_data = Some(now);
            path.in_use_since.get_or_insert(now);
        }
    }

    /// Whole QUIC packets that narrow paths would not bear left by the path in use.
    pub fn on_full_sent(&mut self, now: Instant) {
        if let Some(path) = self.active.and_then(|index| self.paths.get_mut(index)) {
            path.full_unheard_since.get_or_insert(now);
        }
    }

    /// One of them, sent at `sent`, was acknowledged.
    pub fn on_full_acknowledged(&mut self, sent: Instant) {
        if let Some(path) = self.active.and_then(|index| self.paths.get_mut(index))
            && path.full_unheard_since.is_some_and(|since| sent >= since)
        {
            path.full_unheard_since = None;
        }
    }

    /// The host has no way there: nothing is gained by waiting for echoes, if there is another path. This one has to prove itself, as
    /// after any death, so that a host that changes its mind does not make packets jump.
    pub fn on_unreachable(&mut self, way: Way, now: Instant) {
        let Some(index) = self.paths.iter().position(|path| path.way == way) else {
            return;
        };
        let alternative = self
            .paths
            .iter()
            .any(|path| path.way != way && path.alive() && self.usable(path));
        let path = &mut self.paths[index];
        if alternative && path.alive() {
            path.state = State::Dead { replies: 0 };
            self.events.push_back(PathEvent::Dead { path: path.id });
            self.select(ChangeReason::Dead, false, now);
        }
    }

    /// The host's network changed: whatever was known of the paths was known of others. Those that live have to answer first.
    pub fn suspect_all(&mut self, now: Instant) {
        for path in &mut self.paths {
            if path.alive() {
                path.state = State::Stale;
            }
            path.echoes.forget_outstanding();
            path.echoes.hurry();
            path.pmtu.restart(now);
            path.full_unheard_since = None;
        }
        self.select(ChangeReason::Rank, false, now);
    }

    /// The host refused a packet of this size: it is larger than the interface's MTU.
    pub fn on_refused(&mut self, way: Way, bytes: usize, now: Instant) {
        if let Some(path) = self.paths.iter_mut().find(|path| path.way == way) {
            path.pmtu.on_refused(bytes, now);
        }
    }

    /// Authentic bytes came by `way`; false if it is no path.
    pub fn on_received(&mut self, way: Way, bytes: usize) -> bool {
        match self.paths.iter_mut().find(|path| path.way == way) {
            Some(path) => {
                path.rx_bytes += bytes as u64;
                true
            }
            None => false,
        }
    }

    /// A QUIC packet sent at `sent` was acknowledged: it took the path in use then.
    pub fn on_acknowledged(&mut self, sent: Instant) {
        if let Some(path) = self.active.and_then(|index| self.paths.get_mut(index))
            && path.in_use_since.is_some_and(|since| sent >= since)
        {
            path.echoes.on_confirmed(sent);
        }
    }

    /// The round trip, if the reply answers an echo sent by that way.
    pub fn on_reply(&mut self, way: Way, counter: u64, now: Instant) -> Option<(u32, Duration)> {
        let alternatives = self
            .paths
            .iter()
            .any(|path| path.alive() && self.usable(path));
        let path = self.paths.iter_mut().find(|path| path.way == way)?;
        if let Some(sent) = path.pmtu.on_reply(counter, now) {
            path.echoes.on_confirmed(sent);
            return Some((path.id, now.saturating_duration_since(sent)));
        }
        let rtt = path.echoes.on_reply(counter, now)?;
        let id = path.id;
        let revived = match &mut path.state {
            State::Alive => false,
            State::Fresh | State::Stale => true,
            State::Dead { replies } => {
                *replies += 1;
                *replies >= REPLIES_TO_REVIVE || !alternatives
            }
        };
        if revived {
            if path.state != State::Stale {
                path.since = now;
            }
            path.state = State::Alive;
            self.events.push_back(PathEvent::Alive { path: id, rtt });
            self.select(ChangeReason::Alive, false, now);
        }
        Some((id, rtt))
    }

    pub fn handle_timeout(&mut self, now: Instant) {
        if !self.awake {
            return;
        }
        let mut died = false;
        for path in &mut self.paths {
            if path.echoes.silent(now) {
                if path.alive() {
                    path.state = State::Dead { replies: 0 };
                    self.events.push_back(PathEvent::Dead { path: path.id });
                    died = true;
                } else {
                    path.state = State::Dead { replies: 0 };
                }
            }
        }
        for path in self.paths.iter_mut().filter(|path| path.alive()) {
            path.pmtu.handle_timeout(now, path.probe_timeout());
            if let Some(since) = path.full_unheard_since
                && path.suspicious_at().is_some_and(|at| at <= now)
            {
                path.full_unheard_since = None;
                if path.echoes.last_reply().is_some_and(|at| at > since) {
                    path.pmtu.suspect(now);
                }
            }
        }
        if died {
            self.select(ChangeReason::Dead, false, now);
        }
    }

    pub fn poll_timeout(&self) -> Option<Instant> {
        if !self.awake {
            return None;
        }
        (0..self.paths.len())
            .flat_map(|index| {
                let path = &self.paths[index];
                let judged = path.alive() && self.usable(path);
                let silent = path.echoes.silent_at().filter(|_| path.alive());
                let probe = judged.then(|| {
                    path.pmtu
                        .poll_timeout(path.probe_timeout())
                        .unwrap_or(path.since)
                });
                let suspicious = path.suspicious_at().filter(|_| judged);
                [self.echo_due(index), silent, probe, suspicious]
            })
            .flatten()
            .min()
    }

    /// The next echo request to send: where, and its counter.
    pub fn poll_transmit(&mut self, now: Instant) -> Option<(Way, u64)> {
        if !self.awake {
            return None;
        }
        let index = (0..self.paths.len())
            .find(|&index| self.echo_due(index).is_some_and(|at| at <= now))?;
        let way = self.paths[index].way;
        Some((way, self.send_echo(index, now)))
    }

    /// The next padded echo request to send: where, its counter and its whole size.
    pub fn poll_probe(&mut self, now: Instant) -> Option<(Way, u64, usize)> {
        if !self.awake {
            return None;
        }
        let Self {
            paths,
            usable_relays,
            counter,
            ..
        } = self;
        paths
            .iter_mut()
            .filter(|path| path.alive() && usable(path.way, usable_relays))
            .find_map(|path| {
                let next = || {
                    *counter += 1;
                    *counter
                };
                let (counter, bytes) = path.pmtu.poll_transmit(now, next)?;
                Some((path.way, counter, bytes))
            })
    }

    /// An echo out of turn over the path in use.
    pub fn echo_now(&mut self, now: Instant) -> Option<(Way, u64)> {
        let index = self.active?;
        let way = self.paths[index].way;
        Some((way, self.send_echo(index, now)))
    }

    fn send_echo(&mut self, index: usize, now: Instant) -> u64 {
        let counter = self.next_counter();
        self.paths[index].echoes.on_sent(counter, now);
        counter
    }

    /// Counters are shared by all requests to the peer.
    pub fn next_counter(&mut self) -> u64 {
        self.counter += 1;
        self.counter
    }

    pub fn poll_event(&mut self) -> Option<PathEvent> {
        self.events.pop_front()
    }

    fn echo_due(&self, index: usize) -> Option<Instant> {
        let path = &self.paths[index];
        if !self.usable(path) {
            return None;
        }
        let Some(last) = path.echoes.last_sent() else {
            return Some(path.since);
        };
        if let State::Dead { .. } = path.state {
            return Some(if self.active.is_none() {
                last + STRANDED_INTERVAL
            } else {
                self.unless_quiet(last, DEAD_INTERVAL)
            });
        }
        let busy = self.active == Some(index) && path.last_data.is_some_and(|at| at >= last);
        let regular = if busy {
            last + BUSY_INTERVAL
        } else {
            self.unless_quiet(last, REST_INTERVAL)
        };
        // An overdue echo hurries the next.
        let quick = last
            + path
                .echoes
                .probe_timeout()
                .clamp(SUSPICIOUS_MIN_INTERVAL, BUSY_INTERVAL);
        Some(match path.echoes.suspicious_at() {
            Some(at) => regular.min(at.max(quick)),
            None => regular,
        })
    }

    /// The time of an echo that follows the one at `last` in `interval`, or as a keepalive if the peer is quiet by then.
    fn unless_quiet(&self, last: Instant, interval: Duration) -> Instant {
        let next = last + interval;
        match self.last_use {
            Some(at) if next < at + QUIET_AFTER => next,
            _ => last + self.keepalive,
        }
    }

    fn usable(&self, path: &Path) -> bool {
        usable(path.way, &self.usable_relays)
    }

    /// Chooses the first path that lives and is not stale, else the first that lives.
    fn select(&mut self, reason: ChangeReason, announce: bool, now: Instant) {
        let candidates = || {
            self.paths
                .iter()
                .enumerate()
                .filter(|(_, path)| self.usable(path) && path.alive())
        };
        let chosen = candidates()
            .find(|(_, path)| path.state != State::Stale)
            .or_else(|| candidates().next())
            .map(|(index, _)| index);
        if chosen == self.active && !announce {
            return;
        }
        if let Some(path) = self.active.and_then(|index| self.paths.get_mut(index)) {
            path.in_use_since = None;
            path.full_unheard_since = None;
        }
        self.active = chosen;
        let path = chosen
            .and_then(|index| self.paths.get_mut(index))
            .map(|path| {
                path.in_use_since = Some(now);
                path.id
            });
        let reason = if self.had_active {
            reason
        } else {
            ChangeReason::First
        };
        self.had_active |= path.is_some();
        self.events.push_back(PathEvent::Changed { path, reason });
    }
}

fn usable(way: Way, usable_relays: &[u32]) -> bool {
    match way {
        Way::Direct(_) | Way::Extra(..) => true,
        Way::Relay(relay) => usable_relays.contains(&relay),
    }
}

#[cfg(test)]
#[path = "paths_tests.rs"]
mod tests;
