//! Packets too large for a path travel in parts (docs/protocol.md "Carrier"). Without I/O or clock.
//!
//! Parts are taken only from paths, which have proved themselves; what they add up to is opened like any other packet. What does not
//! add up is bounded in number, bytes and time.

use std::collections::{HashMap, VecDeque};
use std::time::{Duration, Instant};

use bytes::{Bytes, BytesMut};

use crate::drops::{Drop, Drops};
use crate::path::Way;
use crate::quic::UDP_PAYLOAD_BYTES;

pub const FIRST_BYTE: u8 = 19;
const VERSION: u8 = 1;
pub const HEADER_BYTES: usize = 8;
pub const MAX_PARTS: usize = 4;
const MAX_PACKET_BYTES: usize = UDP_PAYLOAD_BYTES as usize;
/// By one way: a batch of 45 arrives with the first parts of all before the second ones.
const MAX_INCOMPLETE: usize = 64;
/// By all ways of a peer.
const MAX_INCOMPLETE_OF_PEER: usize = 128;
const LIFETIME: Duration = Duration::from_secs(1);
/// Of all peers together.
const MAX_BYTES: usize = 1 << 20;

/// How packets of one size are cut: all parts of a packet but the last have `part_bytes`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cut {
    pub parts: usize,
    pub part_bytes: usize,
}

/// What is sent at once of a batch that is sent in parts.
#[derive(Debug, Clone, Copy)]
pub struct Round<'a> {
    pub packets: &'a [u8],
    /// The number of the first of them in the batch.
    pub first: usize,
    /// Of the part of each.
    pub index: usize,
}

impl Cut {
    /// As few parts as fit `max_bytes`, as equal as can be.
    pub fn new(packet_bytes: usize, max_bytes: usize) -> Self {
        let room = max_bytes.saturating_sub(HEADER_BYTES).max(1);
        let parts = packet_bytes.div_ceil(room).clamp(1, MAX_PARTS);
        Self {
            parts,
            part_bytes: packet_bytes.div_ceil(parts).max(1),
        }
    }

    /// A batch in the order in which its parts are sent: the first part of each packet, then the second of each, and so on, so that
    /// every send is of one size. A last packet of fewer parts than the others comes after them: it would be complete before them, and
    /// QUIC cannot open a handshake packet that overtakes what its keys are in.
    pub fn rounds<'a>(
        &self,
        batch: &'a [u8],
        packet_bytes: usize,
    ) -> impl Iterator<Item = Round<'a>> {
        let last_bytes = batch.len() % packet_bytes;
        let last_parts = last_bytes.div_ceil(self.part_bytes);
        let step = if last_parts == self.parts {
            0
        } else {
            last_bytes
        };
        let (packets, last) = batch.split_at(batch.len() - step);
        let together = (0..self.parts).map(move |index| Round {
            packets,
            first: 0,
            index,
        });
        let first = packets.len() / packet_bytes;
        let alone = last.chunks(self.part_bytes).enumerate();
        together.chain(alone.map(move |(index, _)| Round {
            packets: last,
            first,
            index,
        }))
    }

    /// The length of part `index` of a packet.
    pub fn length(&self, packet_bytes: usize, index: usize) -> usize {
        packet_bytes
            .saturating_sub(index * self.part_bytes)
            .min(self.part_bytes)
    }

    /// Part `index` of a packet that is no larger than those this was made for, and the number of its parts.
    pub fn part<'a>(&self, packet: &'a [u8], index: usize) -> Option<(&'a [u8], usize)> {
        let part = packet.chunks(self.part_bytes).nth(index)?;
        Some((part, packet.len().div_ceil(self.part_bytes)))
    }
}

/// 19 ‖ version ‖ packet(4) ‖ index ‖ parts
pub fn header(packet: u32, index: usize, parts: usize) -> [u8; HEADER_BYTES] {
    let [a, b, c, d] = packet.to_be_bytes();
    [FIRST_BYTE, VERSION, a, b, c, d, index as u8, parts as u8]
}

struct Part<'a> {
    packet: u32,
    index: usize,
    parts: usize,
    data: &'a [u8],
}

fn parse(datagram: &[u8]) -> Option<Part<'_>> {
    let (header, data) = datagram.split_first_chunk::<HEADER_BYTES>()?;
    let [FIRST_BYTE, VERSION, a, b, c, d, index, parts] = *header else {
        return None;
    };
    let (index, parts) = (usize::from(index), usize::from(parts));
    let sound = parts <= MAX_PARTS && index < parts && !data.is_empty();
    sound.then_some(Part {
        packet: u32::from_be_bytes([a, b, c, d]),
        index,
        parts,
        data,
    })
}

struct Incomplete {
    packet: u32,
    since: Instant,
    parts: usize,
    received: [Option<Bytes>; MAX_PARTS],
    bytes: usize,
}

impl Incomplete {
    fn joined(&self) -> Option<BytesMut> {
        let mut packet = BytesMut::with_capacity(self.bytes);
        for part in &self.received[..self.parts] {
            packet.extend_from_slice(part.as_ref()?);
        }
        Some(packet)
    }

    fn old(&self, now: Instant) -> bool {
        self.since + LIFETIME <= now
    }
}

/// What came by one way, oldest first.
struct Queue {
    way: Way,
    packets: VecDeque<Incomplete>,
}

impl Queue {
    /// The bytes that makes free.
    fn drop_oldest(&mut self, drops: &mut Drops) -> usize {
        drops.count(Drop::Incomplete);
        self.packets.pop_front().map_or(0, |oldest| oldest.bytes)
    }
}

/// Packets of which not all parts have come yet. Nothing but its way names a part's sender, and addresses can be forged: where there is
/// too much, the longest queue makes room.
#[derive(Default)]
pub struct Joiner {
    peers: HashMap<u32, Vec<Queue>>,
    bytes: usize,
}

impl Joiner {
    /// The packet that this part of the peer's completes.
    pub fn accept(
        &mut self,
        peer: u32,
        way: Way,
        datagram: &[u8],
        now: Instant,
        drops: &mut Drops,
    ) -> Option<BytesMut> {
        let Some(part) = parse(datagram) else {
            drops.count(Drop::Malformed);
            return None;
        };
        if part.parts == 1 {
            return Some(BytesMut::from(part.data));
        }
        self.make_room(peer, way, part.data.len(), now, drops);
        let queues = self.peers.entry(peer).or_default();
        let at = queues.iter().position(|queue| queue.way == way);
        let at = at.unwrap_or_else(|| {
            let packets = VecDeque::new();
            queues.push(Queue { way, packets });
            queues.len() - 1
        });
        let packets = &mut queues[at].packets;
        let known = packets
            .iter()
            .rposition(|known| known.packet == part.packet);
        let at = known.unwrap_or_else(|| {
            packets.push_back(Incomplete {
                packet: part.packet,
                since: now,
                parts: part.parts,
                received: Default::default(),
                bytes: 0,
            });
            packets.len() - 1
        });
        let incomplete = &mut packets[at];
        let fits = incomplete.parts == part.parts
            && incomplete.received[part.index].is_none()
            && incomplete.bytes + part.data.len() <= MAX_PACKET_BYTES;
        if !fits {
            drops.count(Drop::Malformed);
            return None;
        }
        incomplete.received[part.index] = Some(Bytes::copy_from_slice(part.data));
        incomplete.bytes += part.data.len();
        self.bytes += part.data.len();
        let packet = incomplete.joined()?;
        packets.remove(at);
        self.bytes -= packet.len();
        Some(packet)
    }

    /// For a part that comes by this way.
    fn make_room(&mut self, peer: u32, way: Way, bytes: usize, now: Instant, drops: &mut Drops) {
        if let Some(queues) = self.peers.get_mut(&peer) {
            for queue in queues.iter_mut() {
                while queue.packets.front().is_some_and(|oldest| oldest.old(now))
                    || (queue.way == way && queue.packets.len() >= MAX_INCOMPLETE)
                {
                    self.bytes -= queue.drop_oldest(drops);
                }
            }
            queues.retain(|queue| !queue.packets.is_empty());
            if queues
                .iter()
                .map(|queue| queue.packets.len())
                .sum::<usize>()
                >= MAX_INCOMPLETE_OF_PEER
                && let Some(queue) = longest(queues)
            {
                self.bytes -= queue.drop_oldest(drops);
            }
        }
        if self.bytes + bytes > MAX_BYTES {
            self.expire(now, drops);
        }
        while self.bytes + bytes > MAX_BYTES
            && let Some(queue) = longest(self.peers.values_mut().flatten())
        {
            self.bytes -= queue.drop_oldest(drops);
        }
    }

    fn expire(&mut self, now: Instant, drops: &mut Drops) {
        let bytes = &mut self.bytes;
        self.peers.retain(|_, queues| {
            for queue in queues.iter_mut() {
                while queue.packets.front().is_some_and(|oldest| oldest.old(now)) {
                    *bytes -= queue.drop_oldest(drops);
                }
            }
            queues.retain(|queue| !queue.packets.is_empty());
            !queues.is_empty()
        });
    }

    pub fn forget(&mut self, peer: u32) {
        let queues = self.peers.remove(&peer).unwrap_or_default();
        for incomplete in queues.iter().flat_map(|queue| &queue.packets) {
            self.bytes -= incomplete.bytes;
        }
    }
}

fn longest<'a>(queues: impl IntoIterator<Item = &'a mut Queue>) -> Option<&'a mut Queue> {
    queues.into_iter().max_by_key(|queue| queue.packets.len())
}

#[cfg(test)]
#[path = "carrier_tests.rs"]
mod tests;
