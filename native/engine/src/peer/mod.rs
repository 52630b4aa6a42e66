//! One peer: its connection, its paths, and what waits for them. Without I/O or clock; the loop around it moves bytes.
//!
//! The peer is awake from its first inner packet (either way) until 60 s after the last. Only an awake peer is probed, and only
//! while somebody waits - packets, a ping - is a connection sought: the side with the smaller key shakes hands, the other asks
//! it to. What finds no connection or no path waits for three seconds, 64 packets at most, the newest win.

mod boundary;
mod disco;
mod ping;
mod queue;
mod seek;

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use bytes::{Bytes, BytesMut};
use meshd_packet::Prefix;
use quinn_proto::SendDatagramError;

use crate::bucket::TokenBucket;
use crate::disco::{PairKeys, SHORT_BYTES};
use crate::drops::{Drop, Drops};
use crate::path::Way;
use crate::paths::{ChangeReason, PathEvent, Paths};
use crate::pmtu::BASE_BYTES;
use crate::quic::{CidCodec, Identity, Link, LinkEvent, MAX_DATAGRAM_BYTES, Negotiated};
use crate::replay::{BootId, RecentTags, ReplayGuard};

pub use boundary::{Direction, PeerConfig, PeerEvent, Traffic, Transmit};
pub use disco::DiscoOutcome;
pub use ping::{PingOutcome, PingToken};

use ping::Pings;
use queue::SendQueue;
use seek::Seek;

const IDLE_AFTER: Duration = Duration::from_secs(60);
const MAX_WAITING: usize = 64;
const MAX_WAIT: Duration = Duration::from_secs(3);
const SOURCE_SEEN_INTERVAL: Duration = Duration::from_secs(1);
/// docs/protocol.md "Disco".
const ECHO_RATE: u32 = 200;
const OTHER_BOOTS_RATE: u32 = 20;
const SEALED_RATE: u32 = 50;
const SEALED_BURST: u32 = 100;
const CONNECT_REQUEST_RATE: u32 = 5;

struct Waiting {
    since: Instant,
    payload: Bytes,
}

pub struct Peer {
    pub node_key: [u8; 32],
    pub relay_id: [u8; 8],
    pub prefixes: Vec<Prefix>,
    pub pair: PairKeys,
    pub traffic: Traffic,
    own_boot: BootId,
    link: Link,
    paths: Paths,
    seek: Seek,
    pings: Pings,
    waiting: VecDeque<Waiting>,
    guard: ReplayGuard,
    echo_bucket: TokenBucket,
    /// Of echo and connect requests in boots that the peer is not known to live in.
    other_boots_bucket: TokenBucket,
    sealed_bucket: TokenBucket,
    recent_sealed: RecentTags,
    connect_bucket: TokenBucket,
    /// The peer's boot id, from a reply to an echo sent over the connection in use.
    peer_boot: Option<BootId>,
    awake: bool,
    last_activity: Option<Instant>,
    last_inner: Option<Instant>,
    last_handshake: Option<Instant>,
    last_source_seen: Option<Instant>,
    outbox: VecDeque<(Way, [u8; SHORT_BYTES])>,
    events: VecDeque<PeerEvent>,
    queue: SendQueue,
}

impl Peer {
    /// `began`: when this boot did.
    pub fn new(
        identity: &Identity,
        codec: &CidCodec,
        index: u32,
        own_boot: BootId,
        began: Instant,
        config: PeerConfig,
        now: Instant,
    ) -> Result<Self, rustls::Error> {
        let pair = PairKeys::new(
            config.tag_key,
            config.cid_key,
            &identity.node_key,
            &config.node_key,
        );
        let link = Link::new(identity, codec, index, &config.node_key, &pair, now)?;
        Ok(Self {
            node_key: config.node_key,
            relay_id: config.relay_id,
            prefixes: config.prefixes,
            seek: Seek::new(link.role()),
            pair,
            traffic: Traffic::default(),
            own_boot,
            link,
            paths: Paths::new(first_counter(
                &own_boot,
                now.saturating_duration_since(began),
            )),
            pings: Pings::default(),
            waiting: VecDeque::new(),
            guard: ReplayGuard::default(),
            echo_bucket: TokenBucket::new(ECHO_RATE, ECHO_RATE),
            other_boots_bucket: TokenBucket::new(OTHER_BOOTS_RATE, OTHER_BOOTS_RATE),
            sealed_bucket: TokenBucket::new(SEALED_RATE, SEALED_BURST),
            recent_sealed: RecentTags::default(),
            connect_bucket: TokenBucket::new(CONNECT_REQUEST_RATE, CONNECT_REQUEST_RATE),
            peer_boot: None,
            awake: false,
            last_activity: None,
            last_inner: None,
            last_handshake: None,
            last_source_seen: None,
            outbox: VecDeque::new(),
            events: VecDeque::new(),
            queue: SendQueue::default(),
        })
    }

    /// Whether only prefixes differ from what this peer was made of.
    pub fn has_keys_of(&self, config: &PeerConfig) -> bool {
        self.node_key == config.node_key
            && self.relay_id == config.relay_id
            && self.pair.made_of(&config.tag_key, &config.cid_key)
    }

    /// Of payloads that wait for QUIC.
    pub fn queued_bytes(&self) -> usize {
        self.queue.payload_bytes()
    }

    pub fn connected(&self) -> bool {
        self.link.connected()
    }

    pub fn negotiated(&self) -> Option<Negotiated> {
        self.link.negotiated()
    }

    pub fn paths(&self) -> &Paths {
        &self.paths
    }

    /// The host refused a datagram of this size.
    pub fn on_refused(&mut self, way: Way, bytes: usize, now: Instant) {
        self.paths.on_refused(way, bytes, now);
    }

    /// The host has no way there.
    pub fn on_unreachable(&mut self, way: Way, now: Instant) {
        self.paths.on_unreachable(way, now);
        self.drive(now);
    }

    pub fn set_keepalive(&mut self, interval: Duration) {
        self.paths.set_keepalive(interval);
    }

    /// The host's network changed.
    pub fn suspect_paths(&mut self, now: Instant) {
        self.paths.suspect_all(now);
        self.drive(now);
    }

    /// What inner flows should keep to on the path in use.
    pub fn inner_bytes(&self) -> usize {
        self.paths
            .active()
            .map_or(MAX_DATAGRAM_BYTES, |path| path.pmtu.advised_inner_bytes())
    }

    pub fn last_inner(&self) -> Option<Instant> {
        self.last_inner
    }

    pub fn last_handshake(&self) -> Option<Instant> {
        self.last_handshake
    }

    pub fn set_paths(&mut self, ranked: impl IntoIterator<Item = (u32, Way)>, now: Instant) {
        self.paths.set(ranked, now);
        self.drive(now);
    }

    pub fn set_usable_relays(&mut self, relays: &[u32], now: Instant) {
        self.paths.set_usable_relays(relays, now);
        self.drive(now);
    }

    /// Closes what is open; `buf` gets the last datagram, if there is a path for it.
    pub fn close(
        &mut self,
        reason: &'static str,
        now: Instant,
        buf: &mut Vec<u8>,
    ) -> Option<Transmit> {
        self.link.close(reason, now, buf);
        let path = self.paths.active()?;
        (!buf.is_empty()).then_some(Transmit {
            way: path.way,
            segment_bytes: buf.len(),
            whole_bytes: path.pmtu.packet_bytes(),
        })
    }

    /// An inner packet (wire payload) for the peer.
    pub fn handle_inner(&mut self, payload: Bytes, now: Instant, drops: &mut Drops) {
        self.note_inner(Direction::Outbound, now);
        if self.link.writable() && self.paths.active().is_some() {
            self.flush_waiting(now, drops);
            self.queue.push(payload, now, drops);
            return;
        }
        self.seek.want(now + MAX_WAIT);
        if self.waiting.len() == MAX_WAITING {
            self.waiting.pop_front();
            drops.count(Drop::NoConnection);
        }
        self.waiting.push_back(Waiting {
            since: now,
            payload,
        });
        self.drive(now);
    }

    /// Hands QUIC as much as one send takes.
    fn feed(&mut self, now: Instant, drops: &mut Drops) {
        while let Some((since, payload)) = self.queue.pop(now, drops) {
            let bytes = payload.len() as u64;
            match self.link.send(payload) {
                Ok(()) => {
                    self.traffic.tx_packets += 1;
                    self.traffic.tx_bytes += bytes;
                    self.seek.on_sent(now);
                }
                Err(SendDatagramError::TooLarge) => drops.count(Drop::TooBig),
                Err(SendDatagramError::Blocked(payload)) => {
                    self.queue.put_back(since, payload);
                    return;
                }
                Err(SendDatagramError::Disabled | SendDatagramError::UnsupportedByPeer) => {
                    drops.count(Drop::NoConnection)
                }
            }
        }
    }

    /// A QUIC datagram attributed to this peer by its connection id.
    pub fn handle_packet(&mut self, data: BytesMut, now: Instant) -> bool {
        self.link.handle_packet(data, now)
    }

    /// Whether a packet of no known connection says anything: perhaps the peer talks to one that only this side lost.
    pub fn heeds_unknown(&self, way: Way) -> bool {
        self.awake && !self.link.connected() && self.paths.knows(way)
    }

    /// After the packets of a batch, all by one way: hands out inner payloads, takes notice of everything else.
    pub fn after_packets(
        &mut self,
        way: Way,
        bytes: usize,
        known: bool,
        now: Instant,
        received: &mut Vec<Bytes>,
    ) {
        let heard = self.process(now, received);
        if known {
            if !self.paths.on_received(way, bytes) && heard {
                self.note_source(way, now);
            }
            if heard {
                self.seek.on_heard();
            }
            if self.link.has_attempts() {
                self.wake(Direction::Inbound, now);
            }
        } else if self.heeds_unknown(way) {
            // Anybody may have made the packet up: it is no activity.
            self.seek.on_unknown_packet(self.last_handshake, now);
        }
        self.drive(now);
    }

    fn process(&mut self, now: Instant, received: &mut Vec<Bytes>) -> bool {
        let heard = self.link.process(now, received);
        if let Some(sent) = self.link.newest_acknowledged() {
            self.paths.on_acknowledged(sent);
        }
        if let Some(sent) = self.link.newest_full_acknowledged() {
            self.paths.on_full_acknowledged(sent);
        }
        while let Some(event) = self.link.poll_event() {
            match event {
                LinkEvent::Connected(negotiated) => {
                    self.last_handshake = Some(now);
                    self.peer_boot = None;
                    self.seek.on_connected();
                    self.wake(Direction::Inbound, now);
                    self.queue_echo(now);
                    self.events.push_back(PeerEvent::Connected(negotiated));
                }
                LinkEvent::Disconnected(reason) => {
                    self.events.push_back(PeerEvent::Disconnected(reason))
                }
                LinkEvent::AttemptFailed(_) => self.seek.on_failed(now),
            }
        }
        heard
    }

    /// An inner packet of the peer's was accepted.
    pub fn note_received(&mut self, packets: u64, bytes: u64, now: Instant) {
        self.traffic.rx_packets += packets;
        self.traffic.rx_bytes += bytes;
        self.note_inner(Direction::Inbound, now);
    }

    fn note_inner(&mut self, direction: Direction, now: Instant) {
        self.last_inner = Some(now);
        self.wake(direction, now);
    }

    fn wake(&mut self, direction: Direction, now: Instant) {
        self.last_activity = Some(now);
        self.paths.wake(now);
        if !self.awake {
            self.awake = true;
            self.events.push_back(PeerEvent::Active(direction));
        }
    }

    fn note_source(&mut self, way: Way, now: Instant) {
        let Some((address, socket)) = way.direct() else {
            return;
        };
        if self
            .last_source_seen
            .is_some_and(|at| at + SOURCE_SEEN_INTERVAL > now)
        {
            return;
        }
        self.last_source_seen = Some(now);
        self.events
            .push_back(PeerEvent::SourceSeen(address, socket));
    }

    /// Moves everything on that may have become possible: paths' news, handshakes, pings.
    fn drive(&mut self, now: Instant) {
        while let Some(event) = self.paths.poll_event() {
            self.events.push_back(match event {
                PathEvent::Changed { path, reason } => {
                    // A handshake that lost its path has backed off: a new one is quicker.
                    if reason == ChangeReason::Dead {
                        self.seek.hurry();
                    }
                    PeerEvent::PathChanged { path, reason }
                }
                PathEvent::Alive { path, rtt } => PeerEvent::PathAlive { path, rtt },
                PathEvent::Dead { path } => PeerEvent::PathDead { path },
            });
        }
        self.seek_connection(now);
        self.advance_pings(now);
    }

    /// Sends what waited for the connection.
    fn flush_waiting(&mut self, now: Instant, drops: &mut Drops) {
        while let Some(waiting) = self.waiting.pop_front() {
            self.queue.push(waiting.payload, now, drops);
        }
    }

    pub fn handle_timeout(&mut self, now: Instant, drops: &mut Drops, received: &mut Vec<Bytes>) {
        self.link.handle_timeout(now);
        self.process(now, received);
        self.paths.handle_timeout(now);
        while self
            .waiting
            .front()
            .is_some_and(|waiting| waiting.since + MAX_WAIT <= now)
        {
            self.waiting.pop_front();
            drops.count(Drop::NoConnection);
        }
        if self.awake && self.last_activity.is_none_or(|at| at + IDLE_AFTER <= now) {
            self.awake = false;
            self.paths.sleep();
            self.events.push_back(PeerEvent::Idle);
        }
        self.drive(now);
    }

    pub fn poll_timeout(&mut self) -> Option<Instant> {
        let idle = self
            .last_activity
            .filter(|_| self.awake)
            .map(|at| at + IDLE_AFTER);
        let waiting = self.waiting.front().map(|waiting| waiting.since + MAX_WAIT);
        let seek = if self.paths.active().is_some() {
            self.seek.poll_timeout(self.link.connected())
        } else {
            None
        };
        [
            self.link.poll_timeout(),
            self.paths.poll_timeout(),
            self.pings.poll_timeout(self.link.connected()),
            seek,
            idle,
            waiting,
        ]
        .into_iter()
        .flatten()
        .min()
    }

    /// Appends datagrams to the empty `buf`; call until `None`.
    pub fn poll_transmit(
        &mut self,
        now: Instant,
        max_datagrams: usize,
        drops: &mut Drops,
        buf: &mut Vec<u8>,
    ) -> Option<Transmit> {
        if let Some((way, datagram)) = self.outbox.pop_front() {
            buf.extend_from_slice(&datagram);
            return Some(Transmit::whole(way, datagram.len()));
        }
        if let Some((way, counter)) = self.paths.poll_transmit(now) {
            buf.extend_from_slice(&self.echo_request(counter));
            return Some(Transmit::whole(way, buf.len()));
        }
        if let Some((way, counter, bytes)) = self.paths.poll_probe(now) {
            self.pair
                .encode_padded_echo(&self.own_boot, counter, bytes, buf);
            return Some(Transmit::whole(way, bytes));
        }
        if !self.link.writable() {
            self.queue.clear(drops);
        }
        let path = self.paths.active()?;
        let (way, whole_bytes) = (path.way, path.pmtu.packet_bytes());
        if self.link.writable() {
            self.flush_waiting(now, drops);
            self.feed(now, drops);
        }
        let segment_bytes = self.link.poll_transmit(now, max_datagrams, buf)?;
        self.paths.on_data_sent(buf.len(), now);
        if self.link.connected() && (BASE_BYTES + 1..=whole_bytes).contains(&segment_bytes) {
            self.paths.on_full_sent(now);
        }
        Some(Transmit {
            way,
            segment_bytes,
            whole_bytes,
        })
    }

    pub fn poll_event(&mut self) -> Option<PeerEvent> {
        self.events.pop_front()
    }
}

/// Where a peer's echo counter starts: beyond what the same peer, added earlier in this boot, can have used (the other side may
/// remember that), and somewhere else in every boot, so that replies recorded in an earlier one answer nothing.
fn first_counter(boot: &BootId, uptime: Duration) -> u64 {
    (u64::from_be_bytes(*boot) >> 2).saturating_add(uptime.as_nanos() as u64)
}

#[cfg(test)]
mod tests;
