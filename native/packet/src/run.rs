//! One growing super-packet: which packets may join it, and how it is written.

use crate::candidate::Candidate;
use crate::checksum::{self, fold};
use crate::ip::{IPV6_HEADER, be16, put16};
use crate::vnet::{
    F_NEEDS_CSUM, GSO_ECN, GSO_TCPV4, GSO_TCPV6, GSO_UDP_L4, VNET_HDR_BYTES, VnetHdr,
};
use crate::{IpPacket, MAX_PACKET_BYTES, PARTIAL_CHECKSUM, tcp, udp};
use bytes::{Buf, Bytes};
use std::io::IoSlice;

/// IPv4 with options, or IPv6 without extensions, and TCP with options.
const MAX_HEADER: usize = 120;
/// Packets of one super-packet: 64 KB of a 536-byte MSS. More parts would cost the kernel more than
/// a second write.
const MAX_PARTS: usize = 128;
/// Linux' own receive path joins no more datagrams (`UDP_GRO_CNT_MAX`); applications size their
/// buffers by it.
const MAX_UDP_PARTS: usize = 64;

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
