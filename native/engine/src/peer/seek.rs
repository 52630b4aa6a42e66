//! When to shake hands, or to ask for it. The client starts anew every two seconds (the last attempt may have died with its path)
//! as long as a connection is wanted, ever more rarely while it is refused; the server asks, at first quickly, then once a second.
//! A connection that is in use but has not been heard for three seconds, though its path lives, is renewed too.

use std::time::{Duration, Instant};

use super::Peer;
use crate::disco::Kind;
use crate::quic::Role;

const ATTEMPT_INTERVAL: Duration = Duration::from_secs(2);
const REFUSED_MAX_INTERVAL: Duration = Duration::from_secs(16);
const REQUEST_MIN_INTERVAL: Duration = Duration::from_millis(200);
const REQUEST_MAX_INTERVAL: Duration = Duration::from_secs(1);
/// Requests and notices inside this time are about the handshake that runs already.
const ATTEMPT_PATIENCE: Duration = Duration::from_secs(1);
const UNHEARD: Duration = Duration::from_secs(3);
/// How long a renewal that nobody waits for is tried.
const RENEWAL: Duration = Duration::from_secs(6);
/// Between renewals that packets of unknown connections bring about.
const UNKNOWN_PACKET_PATIENCE: Duration = Duration::from_secs(20);

pub struct Seek {
    role: Role,
    wanted_until: Option<Instant>,
    /// Wanted although there is a connection.
    renewing: bool,
    next: Option<Instant>,
    interval: Duration,
    /// When a packet of an unknown connection last mattered.
    unknown_packet_at: Option<Instant>,
    /// Since when sent packets found no echo on the connection in use.
    unheard_since: Option<Instant>,
}

impl Seek {
    pub fn new(role: Role) -> Self {
        Self {
            role,
            wanted_until: None,
            renewing: false,
            next: None,
            interval: first_interval(role),
            unknown_packet_at: None,
            unheard_since: None,
        }
    }

    pub fn want(&mut self, until: Instant) {
        self.wanted_until = self.wanted_until.max(Some(until));
    }

    /// The connection, if any, is no good.
    pub fn renew(&mut self, now: Instant) {
        self.renewing = true;
        self.want(now + RENEWAL);
    }

    /// A packet, true or forged, of a connection that is not known, while there is none. What was never connected waits for the other
    /// side's echoes, which show it the new boot id.
    pub fn on_unknown_packet(&mut self, last_handshake: Option<Instant>, now: Instant) {
        let recent = |at: Instant| at + UNKNOWN_PACKET_PATIENCE > now;
        if last_handshake.is_some() && !self.unknown_packet_at.is_some_and(recent) {
            self.unknown_packet_at = Some(now);
            self.renew(now);
        }
    }

    pub fn on_connected(&mut self) {
        self.renewing = false;
        self.wanted_until = None;
        self.next = None;
        self.interval = first_interval(self.role);
        self.unheard_since = None;
    }

    pub fn on_failed(&mut self, now: Instant) {
        self.interval = (self.interval * 2).min(REFUSED_MAX_INTERVAL);
        self.next = Some(now + self.interval);
    }

    pub fn hurry(&mut self) {
        self.next = None;
    }

    pub fn on_sent(&mut self, now: Instant) {
        self.unheard_since.get_or_insert(now);
    }

    pub fn on_heard(&mut self) {
        self.unheard_since = None;
    }

    fn wanted(&self, connected: bool, now: Instant) -> bool {
        (!connected || self.renewing) && self.wanted_until.is_some_and(|until| until > now)
    }

    pub fn poll_timeout(&self, connected: bool) -> Option<Instant> {
        let unheard = self
            .unheard_since
            .filter(|_| connected)
            .map(|at| at + UNHEARD);
        let next = if !connected || self.renewing {
            self.next
                .filter(|&at| self.wanted_until.is_some_and(|until| until > at))
        } else {
            None
        };
        [unheard, next].into_iter().flatten().min()
    }
}

fn first_interval(role: Role) -> Duration {
    match role {
        Role::Client => ATTEMPT_INTERVAL,
        Role::Server => REQUEST_MIN_INTERVAL,
    }
}

impl Peer {
    /// The peer is said to have restarted. A connection may be with that boot already: word of it comes by the coordinator as well, and
    /// late. The reply to an echo tells; one is asked for, or under way since the handshake.
    pub fn reconnect(&mut self, now: Instant) {
        let is_asked = self.link.connected()
            && match self.peer_boot {
                Some(_) => self.queue_echo(now).is_some(),
                None => self.shook_hands_lately(now),
            };
        if is_asked {
            self.drive(now);
        } else {
            self.on_restarted(now);
        }
    }

    /// The peer is known to have restarted: what there is with the boot of before is void.
    pub(super) fn on_restarted(&mut self, now: Instant) {
        if self.link.connected() || self.link.has_attempts() {
            self.link.abandon("peer restarted");
            self.seek.next = None;
            self.seek.renew(now);
        }
        self.drive(now);
    }

    /// The peer, being the server of us two, asks for a connection.
    pub(super) fn on_connect_request(&mut self, now: Instant) {
        let running = self
            .link
            .attempt_started()
            .is_some_and(|at| at + ATTEMPT_PATIENCE > now);
        let is_new = self.link.connected() && self.shook_hands_lately(now);
        if self.link.role() == Role::Client && !running && !is_new {
            self.seek.next = None;
            self.seek.renew(now);
        }
    }

    fn shook_hands_lately(&self, now: Instant) -> bool {
        self.last_handshake
            .is_some_and(|at| at + ATTEMPT_PATIENCE > now)
    }

    pub(super) fn seek_connection(&mut self, now: Instant) {
        let connected = self.link.connected();
        let Some(path) = self.paths.active() else {
            return;
        };
        let way = path.way;
        let unheard = self.seek.unheard_since;
        if connected && unheard.is_some_and(|at| at + UNHEARD <= now) {
            self.seek.unheard_since = None;
            self.seek.renew(now);
        }
        // A moment that passed is no timer any more, also if nothing was wanted then.
        self.seek.next = self.seek.next.filter(|&at| at > now);
        if !self.seek.wanted(connected, now) || self.seek.next.is_some() {
            return;
        }
        self.wake_for_connection(now);
        match self.seek.role {
            Role::Client => {
                self.link.connect(now);
                self.seek.next = Some(now + self.seek.interval);
            }
            Role::Server => {
                let running = self
                    .link
                    .attempt_started()
                    .is_some_and(|at| at + ATTEMPT_PATIENCE > now);
                if !running {
                    let counter = self.paths.next_counter();
                    let request = self
                        .pair
                        .encode(Kind::ConnectRequest, &self.own_boot, counter);
                    self.outbox.push_back((way, request));
                }
                self.seek.next = Some(now + self.seek.interval);
                self.seek.interval = (self.seek.interval * 2).min(REQUEST_MAX_INTERVAL);
            }
        }
    }

    /// A handshake needs living paths as much as traffic does.
    fn wake_for_connection(&mut self, now: Instant) {
        if !self.awake {
            self.wake(super::Direction::Outbound, now);
        }
    }
}
