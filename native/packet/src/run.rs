//! One growing super-packet: which packets may join it, and how it is written.

use crate::checksum::{self, fold};
use crate::ip::{IPV6_HEADER, PROTO_TCP, UDP_HEADER, be16, be32, put16};
use crate::vnet::{
    F_NEEDS_CSUM, GSO_ECN, GSO_TCPV4, GSO_TCPV6, GSO_UDP_L4, VNET_HDR_BYTES, VnetHdr,
};
use crate::{IpPacket, MAX_PACKET_BYTES, PARTIAL_CHECKSUM, tcp, udp};
use bytes::{Buf, Bytes};
use std::io::IoSlice;
use std::net::IpAddr;

/// IPv4 with options, or IPv6 without extensions, and TCP with options.
const MAX_HEADER: usize = 120;
/// Packets of one super-packet: 64 KB of a 536-byte MSS. More parts would cost the kernel more than
/// a second write.
const MAX_PARTS: usize = 128;
/// Linux' own receive path joins no more datagrams (`UDP_GRO_CNT_MAX`); applications size their
/// buffers by it.
const MAX_UDP_PARTS: usize = 64;

/// The 5-tuple in 128 bits: exact for IPv4, mixed for IPv6, where [`Run::accepts`] compares the
/// addresses themselves. Two flows that share a key only hinder each other's merging.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FlowKey {
    addresses: u64,
    ports: u64,
}

impl FlowKey {
    /// Of an unfragmented TCP or UDP packet.
    #[inline]
    pub fn of(ip: &IpPacket) -> Option<Self> {
        let (src_port, dst_port) = ip.ports?;
        let ports = u64::from(src_port) << 32 | u64::from(dst_port) << 16 | u64::from(ip.protocol);
        Some(match (ip.src, ip.dst) {
            (IpAddr::V4(src), IpAddr::V4(dst)) => Self {
                addresses: u64::from(src.to_bits()) << 32 | u64::from(dst.to_bits()),
                ports,
            },
            (IpAddr::V6(src), IpAddr::V6(dst)) => {
                let mixed = src.to_bits() ^ dst.to_bits().rotate_left(61);
                Self {
                    addresses: (mixed >> 64) as u64 ^ (mixed as u64).rotate_left(32),
                    ports: ports | 0x100,
                }
            }
            _ => return None,
        })
    }

    #[inline]
    pub fn is_tcp(&self) -> bool {
        self.ports as u8 == PROTO_TCP
    }
}

/// What decides whether a packet may be part of a super-packet.
#[derive(Debug, Clone, Copy)]
pub struct Candidate {
    ipv4: bool,
    tcp: bool,
    transport: usize,
    header_len: usize,
    data_len: usize,
    sequence: u32,
    flags: u8,
    partial: bool,
}

impl Candidate {
    /// `None`: carries no data, or something that segmentation would not give back.
    #[inline]
    pub fn of(packet: &[u8], ip: &IpPacket) -> Option<Self> {
        let transport = ip.transport_offset()?;
        let ipv4 = ip.src.is_ipv4();
        if !ipv4 && transport != IPV6_HEADER {
            return None;
        }
        let l4 = &packet[transport..];
        let tcp = ip.protocol == PROTO_TCP;
        let (l4_header, sequence, flags) = if tcp {
            let flags = l4[tcp::FLAGS];
            if flags & (tcp::SYN | tcp::RST | tcp::URG | tcp::ACK) != tcp::ACK {
                return None;
            }
            (tcp::header_len(l4), be32(l4, tcp::SEQUENCE), flags)
        } else {
            let no_checksum = !ip.partial_checksum && be16(l4, udp::CHECKSUM) == 0;
            if usize::from(be16(l4, udp::LENGTH)) != l4.len() || no_checksum {
                return None;
            }
            (UDP_HEADER, 0, 0)
        };
        let header_len = transport + l4_header;
        let data_len = packet
            .len()
            .checked_sub(header_len)
            .filter(|&len| len > 0)?;
        let partial = ip.partial_checksum;
        Some(Self {
            ipv4,
            tcp,
            transport,
            header_len,
            data_len,
            sequence,
            flags,
            partial,
        })
    }

    /// Sequence number that follows; datagrams have none.
    #[inline]
    fn next_sequence(&self) -> u32 {
        if self.tcp {
            self.sequence.wrapping_add(self.data_len as u32)
        } else {
            0
        }
    }
}

/// A super-packet in the making. `parts` is empty when there is none.
#[derive(Debug)]
pub struct Run {
    /// Virtio header, then the first packet's headers without the wire mark.
    head: [u8; VNET_HDR_BYTES + MAX_HEADER],
    first: Candidate,
    /// Sum of the pseudo header without the length.
    pseudo: u64,
    /// Payloads in order, headers cut off.
    parts: Vec<Bytes>,
    data_len: usize,
    next_sequence: u32,
    /// FIN and PSH of the last packet.
    last_flags: u8,
    /// The first packet's complete checksum was found right (or is partial).
    verified: bool,
    /// Nothing may follow: the last packet was short, or pushed.
    complete: bool,
}

impl Run {
    pub fn new() -> Self {
        Self {
            head: [0; VNET_HDR_BYTES + MAX_HEADER],
            first: Candidate {
                ipv4: true,
                tcp: true,
                transport: 0,
                header_len: 0,
                data_len: 0,
                sequence: 0,
                flags: 0,
                partial: false,
            },
            pseudo: 0,
            parts: Vec::with_capacity(MAX_PARTS),
            data_len: 0,
            next_sequence: 0,
            last_flags: 0,
            verified: false,
            complete: false,
        }
    }

    #[inline]
    pub fn is_complete(&self) -> bool {
        self.complete
    }

    /// Begins with a packet.
    pub fn start(&mut self, packet: &Candidate, mut payload: Bytes, ip: &IpPacket) {
        self.head[VNET_HDR_BYTES..VNET_HDR_BYTES + packet.header_len]
            .copy_from_slice(&payload[..packet.header_len]);
        self.head[VNET_HDR_BYTES] &= !PARTIAL_CHECKSUM;
        self.first = *packet;
        self.pseudo = checksum::pseudo_header(ip.src, ip.dst, ip.protocol, 0);
        self.verified = packet.partial;
        payload.advance(packet.header_len);
        self.parts.push(payload);
        self.data_len = packet.data_len;
        self.next_sequence = packet.next_sequence();
        self.last_flags = packet.flags & (tcp::FIN | tcp::PSH);
        self.complete = self.last_flags != 0;
    }

    /// Whether segmentation would make exactly this packet out of the run extended by it.
    #[inline]
    pub fn accepts(&mut self, packet: &Candidate, bytes: &[u8]) -> bool {
        let first = &self.first;
        let limit = if first.tcp { MAX_PARTS } else { MAX_UDP_PARTS };
        packet.header_len == first.header_len
            && packet.transport == first.transport
            && packet.data_len <= first.data_len
            && packet.sequence == self.next_sequence
            && self.parts.len() < limit
            && first.header_len + self.data_len + packet.data_len <= MAX_PACKET_BYTES
            && self.same_ip_header(packet, bytes)
            && (!first.tcp || self.same_tcp_header(packet, bytes))
            && self.checksums_right(packet, bytes)
    }

    pub fn extend(&mut self, packet: &Candidate, mut payload: Bytes) {
        payload.advance(packet.header_len);
        self.parts.push(payload);
        self.data_len += packet.data_len;
        self.next_sequence = packet.next_sequence();
        self.last_flags = packet.flags & (tcp::FIN | tcp::PSH);
        self.complete = self.last_flags != 0 || packet.data_len < self.first.data_len;
    }

    /// Writes the frame and is empty again.
    pub fn write(&mut self, write: &mut impl FnMut(&[IoSlice<'_>])) {
        let vnet = if self.parts.len() > 1 {
            self.finish_merged()
        } else {
            self.finish_alone()
        };
        self.head[..VNET_HDR_BYTES].copy_from_slice(&vnet.encode());
        let head = &self.head[..VNET_HDR_BYTES + self.first.header_len];
        if let [only] = &self.parts[..] {
            write(&[IoSlice::new(head), IoSlice::new(only)]);
        } else {
            let mut slices = [IoSlice::new(&[]); 1 + MAX_PARTS];
            slices[0] = IoSlice::new(head);
            for (slice, part) in slices[1..].iter_mut().zip(&self.parts) {
                *slice = IoSlice::new(part);
            }
            write(&slices[..=self.parts.len()]);
        }
        self.parts.clear();
    }

    #[inline]
    fn same_ip_header(&self, packet: &Candidate, bytes: &[u8]) -> bool {
        let head = &self.head[VNET_HDR_BYTES..];
        if (bytes[0] & !PARTIAL_CHECKSUM) != head[0] || bytes[1] != head[1] {
            return false;
        }
        if !packet.ipv4 {
            // Flow label; next header, hop limit and addresses.
            return bytes[2..4] == head[2..4] && bytes[6..40] == head[6..40];
        }
        // A sender's own segments count up; with DF set the field means nothing, and some leave it
        // (RFC 6864 §4).
        let dont_fragment = head[6] & 0x40 != 0;
        let (id, first_id) = (be16(bytes, 4), be16(head, 4));
        let id_fits = id == first_id.wrapping_add(self.parts.len() as u16)
            || (dont_fragment && id == first_id);
        // Flags, TTL, protocol, then addresses and options.
        id_fits
            && bytes[6..10] == head[6..10]
            && bytes[12..packet.transport] == head[12..packet.transport]
    }

    #[inline]
    fn same_tcp_header(&self, packet: &Candidate, bytes: &[u8]) -> bool {
        let l4 = &bytes[packet.transport..packet.header_len];
        let first =
            &self.head[VNET_HDR_BYTES + packet.transport..VNET_HDR_BYTES + packet.header_len];
        // CWR may only begin a run, FIN and PSH end one; the reserved bits and AE sit beside the
        // data offset.
        let flags_fit = (l4[tcp::FLAGS] ^ first[tcp::FLAGS]) & !(tcp::FIN | tcp::PSH | tcp::CWR)
            == 0
            && l4[tcp::FLAGS] & tcp::CWR == 0;
        flags_fit
            && l4[tcp::ACKNOWLEDGEMENT..tcp::FLAGS] == first[tcp::ACKNOWLEDGEMENT..tcp::FLAGS]
            && l4[tcp::WINDOW..tcp::CHECKSUM] == first[tcp::WINDOW..tcp::CHECKSUM]
            && l4[tcp::URGENT..] == first[tcp::URGENT..]
    }

    /// The headers' and, where they are complete, the transports' checksums of the first and the
    /// new packet.
    fn checksums_right(&mut self, packet: &Candidate, bytes: &[u8]) -> bool {
        let head = &self.head[VNET_HDR_BYTES..VNET_HDR_BYTES + self.first.header_len];
        if packet.ipv4 {
            let mark = u64::from(bytes[0] & PARTIAL_CHECKSUM) << 8;
            let sum = checksum::sum(&bytes[..packet.transport], 0xffff - mark);
            let right = sum == 0xffff;
            if !right
                || (self.parts.len() == 1
                    && !checksum::ipv4_header_valid(&head[..packet.transport]))
            {
                return false;
            }
        }
        if !self.verified {
            let transport = &head[self.first.transport..];
            let length = transport.len() + self.data_len;
            let sum = checksum::sum(transport, self.pseudo + length as u64);
            if checksum::sum(&self.parts[0], sum.into()) != 0xffff {
                return false;
            }
            self.verified = true;
        }
        let transport = &bytes[packet.transport..];
        packet.partial || checksum::sum(transport, self.pseudo + transport.len() as u64) == 0xffff
    }

    /// One packet: as it came, but for the wire mark.
    fn finish_alone(&self) -> VnetHdr {
        if !self.first.partial {
            return VnetHdr::default();
        }
        self.partial_checksum()
    }

    fn finish_merged(&mut self) -> VnetHdr {
        let first = self.first;
        let head = &mut self.head[VNET_HDR_BYTES..VNET_HDR_BYTES + first.header_len];
        let total = first.header_len + self.data_len;
        if first.ipv4 {
            put16(head, 2, total as u16);
            put16(head, 10, 0);
            let sum = checksum::sum(&head[..first.transport], 0);
            put16(head, 10, !sum);
        } else {
            put16(head, 4, (total - IPV6_HEADER) as u16);
        }
        let l4 = &mut head[first.transport..];
        let l4_len = total - first.transport;
        let partial = fold(self.pseudo + l4_len as u64);
        let gso_type = if first.tcp {
            l4[tcp::FLAGS] |= self.last_flags;
            put16(l4, tcp::CHECKSUM, partial);
            let ecn = if first.flags & tcp::CWR != 0 {
                GSO_ECN
            } else {
                0
            };
            ecn | if first.ipv4 { GSO_TCPV4 } else { GSO_TCPV6 }
        } else {
            put16(l4, udp::LENGTH, l4_len as u16);
            put16(l4, udp::CHECKSUM, partial);
            GSO_UDP_L4
        };
        VnetHdr {
            gso_type,
            hdr_len: first.header_len as u16,
            gso_size: first.data_len as u16,
            ..self.partial_checksum()
        }
    }

    fn partial_checksum(&self) -> VnetHdr {
        VnetHdr {
            flags: F_NEEDS_CSUM,
            csum_start: self.first.transport as u16,
            csum_offset: if self.first.tcp {
                tcp::CHECKSUM as u16
            } else {
                udp::CHECKSUM as u16
            },
            ..VnetHdr::default()
        }
    }
}
