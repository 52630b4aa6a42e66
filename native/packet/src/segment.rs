//! One TUN read (packet or super-packet) → wire payloads.
//!
//! A single packet passes without a copy. A super-packet is copied once, segment by segment behind
//! rewritten headers, into one recycled buffer of which the payloads are slices. Transport
//! checksums stay partial: the field gets the pseudo-header sum and the wire mark is set, so nobody
//! on the way adds up the data.

use crate::checksum::{self, fold};
use crate::ip::{IPV6_HEADER, PROTO_TCP, PROTO_UDP, UDP_HEADER, be16, be32, put16};
use crate::tcp::{self, CWR, FIN, FLAGS, PSH, SEQUENCE};
use crate::vnet::{GSO_NONE, GSO_TCPV4, GSO_TCPV6, GSO_UDP_L4};
use crate::{BufferPool, IpPacket, MAX_PACKET_BYTES, PARTIAL_CHECKSUM, VnetHdr, udp};
use bytes::{Bytes, BytesMut};

/// A full super-packet and the headers of 48 segments fit; more (a tiny MSS) gets a buffer of its
/// own.
const BUFFER_BYTES: usize = MAX_PACKET_BYTES + 48 * 120;
/// Super-packets whose segments may still be queued somewhere before their buffers are not recycled
/// any more.
const MAX_BUFFERS: usize = 24;
/// IPv4 or IPv6 header without extensions, and a TCP header, each with all its options.
const MAX_HEADER: usize = 120;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SegmentError {
    /// The frame contradicts its virtio header, or is of a kind that was not asked for.
    Malformed,
    /// One packet (or one UDP segment) larger than `max_packet_bytes`: answer with
    /// [`crate::clamp::packet_too_big`].
    TooBig,
}

/// Splits super-packets. Holds recycled buffers; one per TUN reader.
#[derive(Debug)]
pub struct Segmenter {
    pool: BufferPool,
}

impl Segmenter {
    pub fn new() -> Self {
        Self {
            pool: BufferPool::new(BUFFER_BYTES, MAX_BUFFERS),
        }
    }

    /// Emits the wire payloads of one frame, in order, and returns how many. `ip` is what
    /// [`IpPacket::parse`] said of `packet`. TCP super-packets are cut to fit `max_packet_bytes`
    /// whatever size the kernel meant; nothing is emitted on an error. The payload of a single
    /// packet is `packet` itself, not a copy.
    pub fn segment(
        &mut self,
        vnet: &VnetHdr,
        ip: &IpPacket,
        mut packet: BytesMut,
        max_packet_bytes: usize,
        mut emit: impl FnMut(Bytes),
    ) -> Result<usize, SegmentError> {
        if vnet.gso_type == GSO_NONE {
            if packet.len() > max_packet_bytes {
                return Err(SegmentError::TooBig);
            }
            if vnet.needs_checksum() {
                leave_partial(vnet, ip, &mut packet)?;
            }
            emit(packet.freeze());
            return Ok(1);
        }
        let plan = Plan::new(vnet, ip, &packet, max_packet_bytes)?;
        if packet.len() <= plan.header_len + plan.segment_bytes {
            plan.single(&mut packet);
            emit(packet.freeze());
            return Ok(1);
        }
        Ok(self.split(plan, &packet, emit))
    }

    fn split(&mut self, mut plan: Plan, packet: &[u8], mut emit: impl FnMut(Bytes)) -> usize {
        let payload = &packet[plan.header_len..];
        let count = payload.len().div_ceil(plan.segment_bytes);
        let total = payload.len() + count * plan.header_len;
        let mut buffer = if total <= BUFFER_BYTES {
            self.pool.take()
        } else {
            BytesMut::with_capacity(total)
        };
        for (index, data) in payload.chunks(plan.segment_bytes).enumerate() {
            buffer.extend_from_slice(plan.header(index, count, data.len()));
            buffer.extend_from_slice(data);
            emit(buffer.split().freeze());
        }
        if total <= BUFFER_BYTES {
            self.pool.give(buffer);
        }
        count
    }
}

impl Default for Segmenter {
    fn default() -> Self {
        Self::new()
    }
}

/// Marks a single packet whose checksum the kernel left partial; one that the mark cannot express
/// (of another protocol, or inside a tunnel) is completed here.
fn leave_partial(vnet: &VnetHdr, ip: &IpPacket, packet: &mut BytesMut) -> Result<(), SegmentError> {
    let start = usize::from(vnet.csum_start);
    let field = start + usize::from(vnet.csum_offset);
    let headers = match ip.transport_offset() {
        Some(transport) => {
            let own = if ip.protocol == PROTO_TCP {
                tcp::CHECKSUM
            } else {
                udp::CHECKSUM
            };
            if ip.fragment.is_none() && start == transport && field == transport + own {
                packet[0] |= PARTIAL_CHECKSUM;
                return Ok(());
            }
            transport + UDP_HEADER
        }
        None => ip.l4_offset.map_or(IPV6_HEADER, usize::from),
    };
    if start < headers || field + 2 > packet.len() {
        return Err(SegmentError::Malformed);
    }
    let sum = !checksum::sum(&packet[start..], 0);
    // Zero would say "no checksum" in UDP (RFC 768); in the others all ones means the same.
    put16(packet, field, if sum == 0 { 0xffff } else { sum });
    // Of unknown upper headers only the end of the first header is known: a field within an extension header is none.
    if IpPacket::parse(packet) != Ok(*ip) {
        return Err(SegmentError::Malformed);
    }
    Ok(())
}

/// Everything about a super-packet that is the same for its segments.
struct Plan {
    header: [u8; MAX_HEADER],
    header_len: usize,
    transport: usize,
    tcp: bool,
    /// Payload of all segments but the last.
    segment_bytes: usize,
    ipv4: bool,
    ip_id: u16,
    /// Sum of the IPv4 header without length, identification and checksum.
    ip_sum: u64,
    sequence: u32,
    flags: u8,
    /// Sum of the pseudo header without the length.
    pseudo: u64,
}

impl Plan {
    fn new(
        vnet: &VnetHdr,
        ip: &IpPacket,
        packet: &[u8],
        max_packet_bytes: usize,
    ) -> Result<Self, SegmentError> {
        let transport = ip
            .transport_offset()
            .filter(|_| ip.fragment.is_none())
            .ok_or(SegmentError::Malformed)?;
        let ipv4 = ip.src.is_ipv4();
        let is_tcp = match (vnet.gso_kind(), ip.protocol) {
            (GSO_TCPV4, PROTO_TCP) if ipv4 => true,
            (GSO_TCPV6, PROTO_TCP) if !ipv4 => true,
            (GSO_UDP_L4, PROTO_UDP) => false,
            _ => return Err(SegmentError::Malformed),
        };
        // The virtio header's own idea of the header length is only a hint (virtio 1.2 §5.1.6.2):
        // the packet says.
        let header_len = transport
            + if is_tcp {
                tcp::header_len(&packet[transport..])
            } else {
                UDP_HEADER
            };
        if header_len > MAX_HEADER || header_len > packet.len() || vnet.gso_size == 0 {
            return Err(SegmentError::Malformed);
        }
        let room = max_packet_bytes
            .checked_sub(header_len)
            .filter(|&room| room > 0)
            .ok_or(SegmentError::TooBig)?;
        let wanted = usize::from(vnet.gso_size);
        if !is_tcp && wanted.min(packet.len() - header_len) > room {
            // A datagram's length means something to its receiver.
            return Err(SegmentError::TooBig);
        }
        let mut header = [0; MAX_HEADER];
        header[..header_len].copy_from_slice(&packet[..header_len]);
        let mut ip_sum = 0;
        if ipv4 {
            header[2..6].fill(0);
            header[10..12].fill(0);
            ip_sum = checksum::sum(&header[..transport], 0).into();
        }
        header[0] |= PARTIAL_CHECKSUM;
        Ok(Self {
            header,
            header_len,
            transport,
            tcp: is_tcp,
            segment_bytes: wanted.min(room),
            ipv4,
            ip_id: be16(packet, 4),
            ip_sum,
            sequence: if is_tcp {
                be32(packet, transport + SEQUENCE)
            } else {
                0
            },
            flags: if is_tcp { packet[transport + FLAGS] } else { 0 },
            pseudo: checksum::pseudo_header(ip.src, ip.dst, ip.protocol, 0),
        })
    }

    /// Headers of segment `index` of `count`, carrying `data_len` bytes.
    #[inline]
    fn header(&mut self, index: usize, count: usize, data_len: usize) -> &[u8] {
        let header = &mut self.header[..self.header_len];
        let transport_len = self.header_len - self.transport + data_len;
        if self.ipv4 {
            // As Linux does for TSO: a new identification for each (RFC 6864 lets atomic datagrams
            // have any).
            let id = self.ip_id.wrapping_add(index as u16);
            let length = (self.transport + transport_len) as u16;
            put16(header, 2, length);
            put16(header, 4, id);
            put16(
                header,
                10,
                !fold(self.ip_sum + u64::from(length) + u64::from(id)),
            );
        } else {
            put16(
                header,
                4,
                (self.transport - IPV6_HEADER + transport_len) as u16,
            );
        }
        let partial = fold(self.pseudo + transport_len as u64);
        let l4 = &mut header[self.transport..];
        if self.tcp {
            let sequence = self
                .sequence
                .wrapping_add((index * self.segment_bytes) as u32);
            l4[SEQUENCE..SEQUENCE + 4].copy_from_slice(&sequence.to_be_bytes());
            // FIN and PSH belong to the last byte; CWR is said once, on the first new segment (RFC
            // 3168 §6.1.2).
            let mut flags = self.flags;
            if index + 1 < count {
                flags &= !(FIN | PSH);
            }
            if index > 0 {
                flags &= !CWR;
            }
            l4[FLAGS] = flags;
            put16(l4, tcp::CHECKSUM, partial);
        } else {
            put16(l4, udp::LENGTH, transport_len as u16);
            put16(l4, udp::CHECKSUM, partial);
        }
        header
    }

    /// A super-packet of one segment.
    fn single(mut self, packet: &mut [u8]) {
        let data_len = packet.len() - self.header_len;
        let header_len = self.header_len;
        packet[..header_len].copy_from_slice(self.header(0, 1, data_len));
    }
}
