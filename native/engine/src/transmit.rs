//! Peers' packets → UDP, one segmented send for a batch.

use std::io::IoSlice;
use std::net::SocketAddr;
use std::time::Instant;

use meshd_netio::SendOutcome;

use crate::backlog::unsent;
use crate::carrier::{self, Cut};
use crate::commands::Target;
use crate::node::Node;
use crate::path::Way;
use crate::peer::Transmit;
use crate::quic::MAX_DATAGRAM_BYTES;
use crate::relays::{HEADER_BYTES, RelayId};
use crate::sockets::Local;

/// Datagrams of one send: 45 × (1424 + 14) stays below the 65,507 bytes that UDP takes.
pub const MAX_SEGMENTS: usize = 45;

/// Where datagrams of a way leave and go to, and what goes in front of them.
struct WireTarget {
    local: Local,
    destination: SocketAddr,
    header: Option<[u8; HEADER_BYTES]>,
}

fn joined(
    relay: [u8; HEADER_BYTES],
    carrier: [u8; carrier::HEADER_BYTES],
) -> [u8; HEADER_BYTES + carrier::HEADER_BYTES] {
    let mut header = [0; HEADER_BYTES + carrier::HEADER_BYTES];
    header[..HEADER_BYTES].copy_from_slice(&relay);
    header[HEADER_BYTES..].copy_from_slice(&carrier);
    header
}

impl Node {
    /// While a long read goes on: what fills a send leaves at once, the rest waits for company.
    pub fn flush_full_batches(&mut self, index: u32, now: Instant) {
        while self.backlog.is_none()
            && self
                .peers
                .get(index)
                .is_some_and(|peer| peer.queued_bytes() >= MAX_SEGMENTS * MAX_DATAGRAM_BYTES)
            && self.transmit_batch(index, now)
        {}
    }

    /// One send of the peer's; false when it has nothing more to send.
    pub fn transmit_batch(&mut self, index: u32, now: Instant) -> bool {
        let mut buffer = std::mem::take(&mut self.transmit);
        buffer.clear();
        let transmit = self.peers.get_mut(index).and_then(|peer| {
            let transmit = peer.poll_transmit(now, MAX_SEGMENTS, &mut self.drops, &mut buffer)?;
            Some((transmit, peer.relay_id))
        });
        if let Some((transmit, relay_id)) = transmit {
            let outcome = self.send(transmit, &relay_id, &buffer);
            if let Some(peer) = self.peers.get_mut(index) {
                match outcome {
                    SendOutcome::TooBig => {
                        peer.on_refused(transmit.way, transmit.segment_bytes, now)
                    }
                    SendOutcome::Unreachable => peer.on_unreachable(transmit.way, now),
                    SendOutcome::Sent | SendOutcome::WouldBlock(_) | SendOutcome::NoBuffers => {}
                }
            }
        }
        self.transmit = buffer;
        transmit.is_some()
    }

    pub fn send(&mut self, transmit: Transmit, relay_id: &RelayId, data: &[u8]) -> SendOutcome {
        if let Way::Relay(relay) = transmit.way
            && let Some(header) = self.relays.stream_header(relay, relay_id)
        {
            return self.send_into_stream(relay, header, transmit, data);
        }
        let Some(target) = self.target(transmit.way, relay_id) else {
            return SendOutcome::Unreachable;
        };
        if transmit.segment_bytes > transmit.whole_bytes {
            return self.send_in_parts(&target, data, transmit);
        }
        match target.header {
            None => self.send_to(
                target.local,
                target.destination,
                data,
                transmit.segment_bytes,
            ),
            Some(header) => self.send_behind(
                &target,
                data.chunks(transmit.segment_bytes.max(1))
                    .map(|segment| (header, segment)),
                transmit.segment_bytes + HEADER_BYTES,
                false,
            ),
        }
    }

    fn target(&self, way: Way, relay_id: &RelayId) -> Option<WireTarget> {
        Some(match way {
            Way::Direct(destination) => WireTarget {
                local: Local::for_destination(None, destination),
                destination,
                header: None,
            },
            Way::Extra(socket, destination) => WireTarget {
                local: Local::Extra(socket),
                destination,
                header: None,
            },
            Way::Relay(handle) => {
                let relay = self.relays.get(handle)?;
                WireTarget {
                    local: Local::for_destination(None, relay.address),
                    destination: relay.address,
                    header: Some(relay.header_to(relay_id)),
                }
            }
        })
    }

    /// Packets that the path does not bear.
    fn send_in_parts(
        &mut self,
        target: &WireTarget,
        data: &[u8],
        transmit: Transmit,
    ) -> SendOutcome {
        let packet_bytes = transmit.segment_bytes;
        let cut = Cut::new(packet_bytes, transmit.whole_bytes);
        let number = self.next_carried;
        let may_wait = self.backlog.is_none();
        self.next_carried = number.wrapping_add(data.len().div_ceil(packet_bytes) as u32);
        for round in cut.rounds(data, packet_bytes) {
            let packets = round.packets.chunks(packet_bytes);
            let parts = packets
                .zip(round.first as u32..)
                .filter_map(|(packet, at)| {
                    let (part, parts) = cut.part(packet, round.index)?;
                    Some((
                        carrier::header(number.wrapping_add(at), round.index, parts),
                        part,
                    ))
                });
            let behind = may_wait && self.backlog.is_some();
            // The last parts may be shorter than the others.
            let longest = round.packets.len().min(packet_bytes);
            let part_bytes = cut.length(longest, round.index) + carrier::HEADER_BYTES;
            let outcome = match target.header {
                None => self.send_behind(target, parts, part_bytes, behind),
                Some(header) => {
                    let parts = parts.map(|(carrier, part)| (joined(header, carrier), part));
                    self.send_behind(target, parts, part_bytes + HEADER_BYTES, behind)
                }
            };
            match outcome {
                SendOutcome::Sent => {}
                // The other parts wait too: a packet is of use only if it is complete.
                SendOutcome::WouldBlock(_) if may_wait => {}
                outcome => return outcome,
            }
        }
        SendOutcome::Sent
    }

    /// Sends each payload behind its header, as datagrams of `segment_bytes`; or keeps them, when what goes before them was not taken.
    fn send_behind<'a, const N: usize>(
        &mut self,
        target: &WireTarget,
        datagrams: impl Iterator<Item = ([u8; N], &'a [u8])>,
        segment_bytes: usize,
        behind_backlog: bool,
    ) -> SendOutcome {
        let Some(socket) = self.sockets.get(target.local) else {
            return SendOutcome::Unreachable;
        };
        let mut headers = [[0; N]; MAX_SEGMENTS];
        let mut payloads: [&[u8]; MAX_SEGMENTS] = [&[]; MAX_SEGMENTS];
        let mut count = 0;
        for (header, payload) in datagrams.take(MAX_SEGMENTS) {
            headers[count] = header;
            payloads[count] = payload;
            count += 1;
        }
        let mut parts = [IoSlice::new(&[]); 2 * MAX_SEGMENTS];
        for index in 0..count {
            parts[2 * index] = IoSlice::new(&headers[index]);
            parts[2 * index + 1] = IoSlice::new(payloads[index]);
        }
        let parts = &parts[..2 * count];
        if behind_backlog {
            self.keep_behind(unsent(parts, 0), segment_bytes);
            return SendOutcome::WouldBlock(0);
        }
        let outcome = socket
            .send_parts(target.destination, parts, segment_bytes)
            .unwrap_or(SendOutcome::Unreachable);
        if let SendOutcome::WouldBlock(sent) = outcome {
            let rest = unsent(parts, sent);
            self.keep_for_later(target.local, target.destination, rest, segment_bytes);
        }
        outcome
    }

    pub fn send_to(
        &mut self,
        local: Local,
        destination: SocketAddr,
        data: &[u8],
        segment_bytes: usize,
    ) -> SendOutcome {
        let Some(socket) = self.sockets.get(local) else {
            return SendOutcome::Unreachable;
        };
        // An error is about this destination: an address of the other family, say. Receiving finds out whether a socket is dead.
        let outcome = socket
            .send(destination, data, segment_bytes)
            .unwrap_or(SendOutcome::Unreachable);
        if let SendOutcome::WouldBlock(sent) = outcome {
            let rest = unsent(&[IoSlice::new(data)], sent);
            self.keep_for_later(local, destination, rest, segment_bytes);
        }
        outcome
    }

    /// A datagram of TypeScript's making.
    pub fn send_for_control(&mut self, target: Target, data: &[u8]) {
        match target {
            Target::Address(address, socket) => {
                let local = Local::for_destination(socket, address);
                let _ = self.send_to(local, address, data, data.len());
            }
            Target::Relay(handle) => {
                if let Some(address) = self.relays.get(handle).map(|relay| relay.address) {
                    let local = Local::for_destination(None, address);
                    let _ = self.send_to(local, address, data, data.len());
                }
            }
            Target::Relayed { relay, peer } => {
                let Some(relay_id) = self.peers.get(peer).map(|peer| peer.relay_id) else {
                    return;
                };
                let transmit = Transmit::whole(Way::Relay(relay), data.len());
                if self.relays.stands(relay) {
                    let _ = self.send(transmit, &relay_id, data);
                }
            }
        }
    }
}
