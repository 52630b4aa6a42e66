//! The QUIC side of one peer, without I/O: an endpoint, the connection in use, and handshakes that may replace it.
//!
//! A handshake never disturbs the connection in use: the newer authenticated connection takes over when it is complete - for
//! the client when the server has confirmed it (RFC 9001 §4.1.2: a server may still refuse), for the server when the client's
//! key was verified. The replaced one only listens for a while, so that nothing in flight is lost.
//! At most four handshakes run at once and each has five seconds, so that replayed first packets neither pile up nor push out a genuine one.

use std::collections::VecDeque;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::{Bytes, BytesMut};
use quinn_proto::{
    ClientConfig, Connection, ConnectionError, ConnectionHandle, ConnectionId, DatagramEvent,
    Endpoint, Event, Incoming, SendDatagramError, VarInt,
};

use super::cid::{CidCodec, verify_first_cid};
use super::config::Identity;
use super::congestion::AckWatch;
use super::live::Live;
use super::session::Negotiated;
use crate::bucket::TokenBucket;
use crate::disco::PairKeys;

/// The address QUIC sees for every peer, always: paths lie below it. From the discard prefix (RFC 6666).
const FACELESS: SocketAddr =
    SocketAddr::new(IpAddr::V6(Ipv6Addr::new(0x100, 0, 0, 0, 0, 0, 0, 1)), 1);
const MAX_ATTEMPTS: usize = 4;
const ATTEMPT_LIFETIME: Duration = Duration::from_secs(5);
/// By this the client closes a handshake that a later one overtook. To the server they may have ended the other way round: then the one that
/// it replaced by this one is the one in use.
const OVERTAKEN: VarInt = VarInt::from_u32(1);
const RETIRING: Duration = Duration::from_secs(3);
/// Handshakes accepted from a peer: each costs a signature and a key encapsulation.
const ACCEPTS_PER_SECOND: u32 = 4;
const ACCEPT_BURST: u32 = 8;
/// First connection ids that bought a handshake already: played again they buy none, so that recordings cannot use up the bucket.
const REMEMBERED_FIRST_CIDS: usize = 64;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    Client,
    Server,
}

#[derive(Debug, PartialEq, Eq)]
pub enum LinkEvent {
    /// A new connection is in use.
    Connected(Negotiated),
    /// The connection in use is gone.
    Disconnected(String),
    /// A handshake was refused.
    AttemptFailed(String),
}

pub struct Link {
    role: Role,
    pair: PairKeys,
    endpoint: Endpoint,
    client: Option<ClientConfig>,
    watch: Arc<AckWatch>,
    current: Option<Live>,
    retiring: Option<Live>,
    attempts: Vec<Live>,
    accepts: TokenBucket,
    accepted: VecDeque<ConnectionId>,
    scratch: Vec<u8>,
    events: VecDeque<LinkEvent>,
    /// Last words of a refused handshake.
    farewells: Vec<Vec<u8>>,
    /// Frames that the connection in use had received when last looked at.
    frames_received: u64,
}

impl Link {
    pub fn new(
        identity: &Identity,
        codec: &CidCodec,
        index: u32,
        peer: &[u8; 32],
        pair: &PairKeys,
        now: Instant,
    ) -> Result<Self, rustls::Error> {
        let role = if identity.node_key < *peer {
            Role::Client
        } else {
            Role::Server
        };
        let watch = AckWatch::new(now);
        let (client, server) = match role {
            Role::Client => (
                Some(identity.client_config(peer, pair, watch.clone())?),
                None,
            ),
            Role::Server => (
                None,
                Some(Arc::new(identity.server_config(peer, watch.clone())?)),
            ),
        };
        Ok(Self {
            role,
            pair: pair.clone(),
            endpoint: Endpoint::new(identity.endpoint_config(codec, index), server, false, None),
            client,
            watch,
            current: None,
            retiring: None,
            attempts: Vec::new(),
            accepts: TokenBucket::new(ACCEPTS_PER_SECOND, ACCEPT_BURST),
            accepted: VecDeque::new(),
            scratch: Vec::new(),
            events: VecDeque::new(),
            farewells: Vec::new(),
            frames_received: 0,
        })
    }

    pub fn role(&self) -> Role {
        self.role
    }

    pub fn connected(&self) -> bool {
        self.current.is_some()
    }

    /// Whether payloads can leave. The client's can with the end of its first handshake, which has proven the server to it; that the
    /// server took it is known a round trip later.
    pub fn writable(&self) -> bool {
        self.current.is_some() || self.attempts.iter().any(Live::proven)
    }

    /// When the youngest handshake began.
    pub fn attempt_started(&self) -> Option<Instant> {
        self.attempts.iter().map(|live| live.started).max()
    }

    pub fn has_attempts(&self) -> bool {
        !self.attempts.is_empty()
    }

    pub fn negotiated(&self) -> Option<Negotiated> {
        self.current.as_ref().map(Live::negotiated)
    }

    /// Send time of the newest acknowledged packet.
    pub fn newest_acknowledged(&self) -> Option<Instant> {
        self.watch.newest()
    }

    /// Send time of the newest acknowledged packet that a narrow path would not have borne.
    pub fn newest_full_acknowledged(&self) -> Option<Instant> {
        self.watch.newest_full()
    }

    /// Begins a handshake (client only); the connection in use stays until it is complete.
    pub fn connect(&mut self, now: Instant) {
        let Some(config) = self.client.clone() else {
            return;
        };
        self.make_room();
        if let Ok((handle, connection)) = self.endpoint.connect(now, config, FACELESS, "peer") {
            self.adopt(handle, connection, now);
        }
    }

    /// Forgets the connection in use without a word: the peer no longer knows it.
    pub fn abandon(&mut self, reason: &str) {
        if let Some(live) = self.current.take() {
            live.drain(&mut self.endpoint);
            self.events
                .push_back(LinkEvent::Disconnected(reason.to_owned()));
        }
    }

    /// Closes everything; what is to be said goes into `buf` as one datagram.
    pub fn close(&mut self, reason: &'static str, now: Instant, buf: &mut Vec<u8>) {
        if let Some(mut live) = self.current.take() {
            live.connection.close(
                now,
                VarInt::from_u32(0),
                Bytes::from_static(reason.as_bytes()),
            );
            let _ = live.connection.poll_transmit(now, 1, buf);
            live.drain(&mut self.endpoint);
        }
        for live in self.attempts.drain(..).chain(self.retiring.take()) {
            live.drain(&mut self.endpoint);
        }
    }

    /// One QUIC datagram that was attributed to this peer. False when no connection knew it.
    pub fn handle_packet(&mut self, data: BytesMut, now: Instant) -> bool {
        self.scratch.clear();
        match self
            .endpoint
            .handle(now, FACELESS, None, None, data, &mut self.scratch)
        {
            Some(DatagramEvent::ConnectionEvent(handle, event)) => {
                let Some(live) = [&mut self.current, &mut self.retiring]
                    .into_iter()
                    .flatten()
                    .chain(&mut self.attempts)
                    .find(|live| live.handle == handle)
                else {
                    return false;
                };
                live.connection.handle_event(event);
                true
            }
            Some(DatagramEvent::NewConnection(incoming)) => {
                self.accept(incoming, now);
                true
            }
            // Version negotiation and stateless resets: strangers get no answer, and the peer is told in other ways.
            Some(DatagramEvent::Response(_)) | None => false,
        }
    }

    fn accept(&mut self, incoming: Incoming, now: Instant) {
        // The demultiplexer let an 8-byte id through because it looked like one of ours: only proven first ids get TLS.
        let first = *incoming.orig_dst_cid();
        if !verify_first_cid(&self.pair, &first)
            || self.accepted.contains(&first)
            || !self.accepts.take(now)
        {
            self.endpoint.ignore(incoming);
            return;
        }
        if self.accepted.len() == REMEMBERED_FIRST_CIDS {
            self.accepted.pop_front();
        }
        self.accepted.push_back(first);
        self.make_room();
        self.scratch.clear();
        match self.endpoint.accept(incoming, now, &mut self.scratch, None) {
            Ok((handle, connection)) => self.adopt(handle, connection, now),
            Err(error) => self
                .events
                .push_back(LinkEvent::AttemptFailed(error.cause.to_string())),
        }
    }

    fn adopt(&mut self, handle: ConnectionHandle, connection: Connection, now: Instant) {
        self.attempts.push(Live {
            handle,
            connection,
            started: now,
            expires: now + ATTEMPT_LIFETIME,
        });
    }

    fn make_room(&mut self) {
        if self.attempts.len() >= MAX_ATTEMPTS {
            let oldest = self.attempts.remove(0);
            oldest.drain(&mut self.endpoint);
        }
    }

    pub fn handle_timeout(&mut self, now: Instant) {
        if self
            .retiring
            .as_ref()
            .is_some_and(|live| live.expires <= now)
            && let Some(live) = self.retiring.take()
        {
            live.drain(&mut self.endpoint);
        }
        if let Some(live) = &mut self.current
            && live.connection.poll_timeout().is_some_and(|at| at <= now)
        {
            live.connection.handle_timeout(now);
        }
        let mut index = 0;
        while index < self.attempts.len() {
            if self.attempts[index].expires <= now {
                let live = self.attempts.remove(index);
                live.drain(&mut self.endpoint);
                continue;
            }
            self.attempts[index].connection.handle_timeout(now);
            index += 1;
        }
    }

    pub fn poll_timeout(&mut self) -> Option<Instant> {
        let current = self
            .current
            .as_mut()
            .and_then(|live| live.connection.poll_timeout());
        let retiring = self.retiring.as_ref().map(|live| live.expires);
        let attempts = self
            .attempts
            .iter_mut()
            .map(|live| {
                let timeout = live.connection.poll_timeout();
                timeout.map_or(live.expires, |at| at.min(live.expires))
            })
            .min();
        [current, retiring, attempts].into_iter().flatten().min()
    }

    /// Lets connections and endpoint talk, promotes a complete handshake, hands out received payloads. Call after a batch of
    /// packets and after a timeout. Whether the connection in use has opened a packet since the last call.
    pub fn process(&mut self, now: Instant, received: &mut Vec<Bytes>) -> bool {
        if let Some(live) = &mut self.retiring {
            live.settle(&mut self.endpoint);
            while let Some(payload) = live.connection.datagrams().recv() {
                received.push(payload);
            }
            while live.connection.poll().is_some() {}
        }
        self.process_attempts(now);
        self.process_current(received)
    }

    fn process_attempts(&mut self, now: Instant) {
        let mut index = 0;
        while index < self.attempts.len() {
            let live = &mut self.attempts[index];
            live.settle(&mut self.endpoint);
            let mut failure = None;
            while let Some(event) = live.connection.poll() {
                if let Event::ConnectionLost { reason } = event {
                    failure = Some(reason.to_string());
                }
            }
            if let Some(reason) = failure {
                let live = self.attempts.remove(index);
                // A refusal is worth a packet: else the other side tries until it times out.
                self.say_farewell(live, now);
                self.events.push_back(LinkEvent::AttemptFailed(reason));
                continue;
            }
            if live.confirmed(self.role) {
                let live = self.attempts.remove(index);
                self.promote(live, now);
                // Younger attempts go on: should one complete, it is the newer connection.
                continue;
            }
            index += 1;
        }
    }

    fn promote(&mut self, live: Live, now: Instant) {
        let started = live.started;
        self.events
            .push_back(LinkEvent::Connected(live.negotiated()));
        if let Some(mut replaced) = self.current.replace(live) {
            replaced.expires = now + RETIRING;
            if let Some(older) = self.retiring.replace(replaced) {
                older.drain(&mut self.endpoint);
            }
        }
        self.frames_received = 0;
        let (obsolete, younger) = std::mem::take(&mut self.attempts)
            .into_iter()
            .partition(|attempt| attempt.started <= started);
        self.attempts = younger;
        let obsolete: Vec<Live> = obsolete;
        for mut attempt in obsolete {
            // The server has, or soon has, all that it needs to take this one for the newer.
            if self.role == Role::Client && attempt.proven() {
                attempt.connection.close(now, OVERTAKEN, Bytes::new());
                self.say_farewell(attempt, now);
            } else {
                attempt.drain(&mut self.endpoint);
            }
        }
    }

    /// Whatever it still has to say, as one datagram.
    fn say_farewell(&mut self, mut live: Live, now: Instant) {
        let mut farewell = Vec::new();
        if live
            .connection
            .poll_transmit(now, 1, &mut farewell)
            .is_some()
        {
            self.farewells.push(farewell);
        }
        live.drain(&mut self.endpoint);
    }

    fn process_current(&mut self, received: &mut Vec<Bytes>) -> bool {
        let Some(live) = &mut self.current else {
            return false;
        };
        live.settle(&mut self.endpoint);
        while let Some(payload) = live.connection.datagrams().recv() {
            received.push(payload);
        }
        let frames = live.frames_received();
        let heard = std::mem::replace(&mut self.frames_received, frames) != frames;
        let mut lost = None;
        while let Some(event) = live.connection.poll() {
            if let Event::ConnectionLost { reason } = event {
                lost = Some(reason);
            }
        }
        if let Some(reason) = lost
            && let Some(live) = self.current.take()
        {
            live.drain(&mut self.endpoint);
            if is_overtaken(&reason) {
                self.current = self.retiring.take();
            }
            if self.current.is_none() {
                self.events
                    .push_back(LinkEvent::Disconnected(reason.to_string()));
            }
        }
        heard
    }

    /// Queues one payload on the connection in use, before the first one on that which will be.
    pub fn send(&mut self, payload: Bytes) -> Result<(), SendDatagramError> {
        let proven = self.attempts.iter_mut().rev().find(|live| live.proven());
        match self.current.as_mut().or(proven) {
            Some(live) => live.connection.datagrams().send(payload, false),
            None => Err(SendDatagramError::Disabled),
        }
    }

    /// Appends up to `max_datagrams` of equal size to the empty `buf`; returns their size (the last may be shorter).
    pub fn poll_transmit(
        &mut self,
        now: Instant,
        max_datagrams: usize,
        buf: &mut Vec<u8>,
    ) -> Option<usize> {
        if let Some(farewell) = self.farewells.pop() {
            buf.extend(farewell);
            return Some(buf.len());
        }
        // The replaced connection sends what was queued when it was replaced.
        let in_order = self
            .attempts
            .iter_mut()
            .rev()
            .chain(&mut self.retiring)
            .chain(&mut self.current);
        for live in in_order {
            if let Some(transmit) = live.connection.poll_transmit(now, max_datagrams, buf) {
                return Some(transmit.segment_size.unwrap_or(transmit.size));
            }
        }
        None
    }

    pub fn poll_event(&mut self) -> Option<LinkEvent> {
        self.events.pop_front()
    }
}

fn is_overtaken(reason: &ConnectionError) -> bool {
    matches!(reason, ConnectionError::ApplicationClosed(close) if close.error_code == OVERTAKEN)
}

#[cfg(test)]
#[path = "link_tests.rs"]
mod tests;
