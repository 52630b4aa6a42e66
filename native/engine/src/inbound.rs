//! UDP → QUIC → TUN: a batch of datagrams is attributed to peers, opened, checked, coalesced and written.

use std::net::{IpAddr, SocketAddr};
use std::time::Instant;

use bytes::{Buf, Bytes, BytesMut};
use meshd_netio::Received;
use meshd_packet::{IpPacket, PARTIAL_CHECKSUM, clamp};

use crate::demux::{Destination, Kind, classify, quic_destination};
use crate::disco;
use crate::drops::Drop;
use crate::events::{DatagramKind, Event, Source};
use crate::node::{Node, RECEIVE_MESSAGES};
use crate::path::Way;
use crate::peer::DiscoOutcome;
use crate::quic::{MAX_DATAGRAM_BYTES, verify_first_cid};
use crate::relays::{HEADER_BYTES, RelayId};
use crate::sockets::{Local, SocketHandle};

/// What is gathered before it is handled: little enough to stay in the cache, and not to keep the other sockets waiting.
const MAX_GATHERED_MESSAGES: usize = 256;
const MAX_GATHERED_BYTES: usize = 512 * 1024;

/// Consecutive QUIC packets of one peer by one way: looked after together.
pub struct Run {
    peer: u32,
    way: Way,
    bytes: usize,
    known: bool,
}

impl Node {
    /// Receives what waits at one socket: one call's worth, or several of small messages, which cost a turn of the loop only once.
    pub fn receive_batch(&mut self, local: Local, now: Instant) -> std::io::Result<()> {
        if let Some(socket) = self.sockets.get(local) {
            let mut received = std::mem::take(&mut self.received);
            let mut bytes = 0;
            let mut more = true;
            while more {
                let before = received.len();
                let count = socket.recv_batch(&mut self.receive, &mut received)?;
                bytes += received[before..]
                    .iter()
                    .map(|message| message.data.len())
                    .sum::<usize>();
                more = count == RECEIVE_MESSAGES
                    && received.len() < MAX_GATHERED_MESSAGES
                    && bytes < MAX_GATHERED_BYTES;
            }
            self.handle_messages(received.drain(..), local.extra(), now);
            self.received = received;
        }
        Ok(())
    }

    /// `socket`: the extra socket that they came to.
    pub fn handle_messages(
        &mut self,
        messages: impl IntoIterator<Item = Received>,
        socket: Option<SocketHandle>,
        now: Instant,
    ) {
        let mut run = None;
        for message in messages {
            self.handle_message(message, socket, &mut run, now);
        }
        self.finish_run(&mut run, now);
    }

    fn handle_message(
        &mut self,
        message: Received,
        socket: Option<SocketHandle>,
        run: &mut Option<Run>,
        now: Instant,
    ) {
        let Received {
            source,
            segment_bytes,
            mut data,
            ..
        } = message;
        let way = Way::from(socket, source);
        while !data.is_empty() {
            let length = data.len().min(segment_bytes.max(1));
            let datagram = data.split_to(length);
            match classify(&datagram) {
                Kind::Quic => self.handle_quic(datagram, way, None, run, now),
                Kind::Carrier => {
                    let peer = self.peers.by_way(way);
                    self.handle_carrier(&datagram, way, peer, run, now);
                }
                Kind::RelayData => {
                    let relay = self.relays.at(source);
                    let (handle, sender) =
                        relay.map_or((0, None), |relay| (relay.handle, relay.sender(&datagram)));
                    self.handle_relayed(datagram, handle, sender, run, now);
                }
                Kind::Disco => self.handle_disco(&datagram, way, None, run, now),
                Kind::RelayControl => {
                    self.hand_up_relay_control(&datagram, source, socket, now);
                }
                Kind::Stun => {
                    if self.stun.take(&datagram, now) {
                        let source = Source::Address(source, socket);
                        self.hand_up(DatagramKind::Stun, source, None, &datagram);
                    }
                }
                Kind::Unknown => self.drops.count(Drop::Malformed),
            }
        }
    }

    /// `sender`: as the relay says, if the packet belongs to a session of ours.
    pub fn handle_relayed(
        &mut self,
        mut datagram: BytesMut,
        handle: u32,
        sender: Option<RelayId>,
        run: &mut Option<Run>,
        now: Instant,
    ) {
        let Some(peer) = sender.and_then(|sender| self.peers.by_relay_id(&sender)) else {
            self.drops.count(Drop::UnknownSender);
            return;
        };
        datagram.advance(HEADER_BYTES);
        let way = Way::Relay(handle);
        match classify(&datagram) {
            Kind::Quic => self.handle_quic(datagram, way, Some(peer), run, now),
            Kind::Carrier => self.handle_carrier(&datagram, way, Some(peer), run, now),
            Kind::Disco => self.handle_disco(&datagram, way, Some(peer), run, now),
            _ => self.drops.count(Drop::Malformed),
        }
    }

    /// `peer`: whose path this is.
    fn handle_carrier(
        &mut self,
        datagram: &[u8],
        way: Way,
        peer: Option<u32>,
        run: &mut Option<Run>,
        now: Instant,
    ) {
        let Some(peer) = peer else {
            self.drops.count(Drop::UnknownSender);
            return;
        };
        let joined = self
            .joiner
            .accept(peer, way, datagram, now, &mut self.drops);
        match joined {
            Some(packet) if classify(&packet) == Kind::Quic => {
                self.handle_quic(packet, way, Some(peer), run, now);
            }
            Some(_) => self.drops.count(Drop::Malformed),
            None => {}
        }
    }

    /// `expected`: whose the way is, if that is known already.
    fn handle_quic(
        &mut self,
        datagram: BytesMut,
        way: Way,
        expected: Option<u32>,
        run: &mut Option<Run>,
        now: Instant,
    ) {
        let owner = match quic_destination(&datagram, &self.codec) {
            Some(Destination::Peer(index)) => Some(index),
            Some(Destination::First(id)) => {
                let hint = id.first_chunk().and_then(|hint| self.peers.by_hint(hint));
                hint.filter(|&index| {
                    self.peers
                        .get(index)
                        .is_some_and(|peer| verify_first_cid(&peer.pair, id))
                })
            }
            None => None,
        };
        let owner = owner.filter(|&index| {
            self.peers.get(index).is_some() && expected.is_none_or(|peer| peer == index)
        });
        // An id of an earlier boot says nothing; the way may tell who still uses it.
        let from = match (owner, way) {
            (Some(index), _) => Some((index, true)),
            (None, Way::Relay(_)) => expected.map(|index| (index, false)),
            (None, way) => self.peers.by_way(way).map(|index| (index, false)),
        };
        let Some((index, ours)) = from else {
            self.drops.count(Drop::UnknownSender);
            return;
        };
        let bytes = datagram.len();
        let known = ours
            && self
                .peers
                .get_mut(index)
                .is_some_and(|peer| peer.handle_packet(datagram, now));
        if !known {
            self.drops.count(Drop::UnknownSender);
            // Junk that claims a peer's address shall cost no more than other junk, and not cut that peer's runs into pieces.
            if !self
                .peers
                .get(index)
                .is_some_and(|peer| peer.heeds_unknown(way))
            {
                return;
            }
        }
        match run {
            Some(current)
                if current.peer == index && current.way == way && current.known == known =>
            {
                current.bytes += bytes
            }
            _ => {
                self.finish_run(run, now);
                *run = Some(Run {
                    peer: index,
                    way,
                    bytes,
                    known,
                });
            }
        }
    }

    pub fn finish_run(&mut self, run: &mut Option<Run>, now: Instant) {
        let Some(run) = run.take() else {
            return;
        };
        if let Some(peer) = self.peers.get_mut(run.peer) {
            peer.after_packets(run.way, run.bytes, run.known, now, &mut self.payloads);
        }
        self.deliver(run.peer, now);
        self.touch(run.peer);
    }

    /// Inner packets of one peer on their way to the TUN: strict checks, then coalescing. `flush_tun` ends the batch.
    pub fn deliver(&mut self, index: u32, now: Instant) {
        if self.payloads.is_empty() {
            return;
        }
        let filter_time = self.filter_time(now);
        let Self {
            payloads,
            routes,
            own,
            filter,
            coalescer,
            tun,
            drops,
            peers,
            ..
        } = self;
        let inner_bytes = peers
            .get(index)
            .map_or(MAX_DATAGRAM_BYTES, |peer| peer.inner_bytes());
        let mut accepted = (0, 0);
        let mut last_checked: Option<(IpAddr, IpAddr)> = None;
        for mut payload in payloads.drain(..) {
            let Ok(ip) = IpPacket::parse_wire(&payload) else {
                drops.count(Drop::Malformed);
                continue;
            };
            if last_checked != Some((ip.src, ip.dst)) {
                if routes.lookup(ip.src) != Some(index) {
                    drops.count(Drop::SpoofedSource);
                    continue;
                }
                if own.lookup(ip.dst).is_none() {
                    drops.count(Drop::WrongDestination);
                    continue;
                }
                last_checked = Some((ip.src, ip.dst));
            }
            if !filter.inbound(&ip, &payload, filter_time) {
                drops.count(Drop::Filtered);
                continue;
            }
            if inner_bytes < MAX_DATAGRAM_BYTES && clamp::is_syn(&payload, &ip) {
                // What the other side announces is what this side sends.
                payload = clamped(&payload, &ip, inner_bytes);
            }
            accepted.0 += 1;
            accepted.1 += payload.len() as u64;
            if let Some(tun) = tun {
                coalescer.push(payload, &ip, &mut |parts| write_tun(tun, parts, drops));
            }
        }
        if let Some(peer) = self.peers.get_mut(index)
            && accepted.0 > 0
        {
            peer.note_received(accepted.0, accepted.1, now);
        }
    }

    pub fn flush_tun(&mut self) {
        let Self {
            coalescer,
            tun,
            drops,
            ..
        } = self;
        if let Some(tun) = tun {
            coalescer.flush(&mut |parts| write_tun(tun, parts, drops));
        }
    }

    fn handle_disco(
        &mut self,
        datagram: &[u8],
        way: Way,
        expected: Option<u32>,
        run: &mut Option<Run>,
        now: Instant,
    ) {
        let Some(header) = disco::parse_header(datagram) else {
            self.drops.count(Drop::Malformed);
            return;
        };
        let index = self
            .peers
            .by_hint(&header.hint)
            .filter(|&index| expected.is_none_or(|peer| peer == index));
        let Some(index) = index else {
            self.drops.count(Drop::UnknownSender);
            return;
        };
        // Packets that came before it count before it.
        self.finish_run(run, now);
        let Some(peer) = self.peers.get_mut(index) else {
            return;
        };
        match peer.handle_disco(header.kind, datagram, way, now) {
            DiscoOutcome::Handled => {}
            DiscoOutcome::Sealed => {
                let source = match way {
                    Way::Direct(address) => Source::Address(address, None),
                    Way::Extra(socket, address) => Source::Address(address, Some(socket)),
                    Way::Relay(relay) => Source::Relay(relay),
                };
                self.hand_up(DatagramKind::Disco, source, Some(index), datagram);
            }
            DiscoOutcome::Dropped(reason) => self.drops.count(reason),
        }
        self.touch(index);
    }

    fn hand_up_relay_control(
        &mut self,
        datagram: &[u8],
        source: SocketAddr,
        socket: Option<SocketHandle>,
        now: Instant,
    ) {
        match self.relays.take_control(source, datagram, now) {
            Ok(()) => self.hand_up(
                DatagramKind::RelayControl,
                Source::Address(source, socket),
                None,
                datagram,
            ),
            Err(reason) => self.drops.count(reason),
        }
    }

    fn hand_up(&mut self, kind: DatagramKind, source: Source, peer: Option<u32>, data: &[u8]) {
        self.events.push(Event::Datagram {
            kind,
            source,
            peer,
            data: data.to_vec(),
        });
    }
}

/// A SYN whose MSS fits `inner_bytes`.
fn clamped(payload: &[u8], ip: &IpPacket, inner_bytes: usize) -> Bytes {
    let mut packet = BytesMut::from(payload);
    let partial = payload[0] & PARTIAL_CHECKSUM != 0;
    clamp::clamp_mss(&mut packet, ip, inner_bytes as u16, partial);
    packet.freeze()
}

fn write_tun(
    tun: &meshd_netio::Tun,
    parts: &[std::io::IoSlice<'_>],
    drops: &mut crate::drops::Drops,
) {
    if !matches!(tun.write(parts), Ok(true)) {
        drops.count(Drop::Queue);
    }
}
