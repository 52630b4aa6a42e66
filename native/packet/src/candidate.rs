//! Which flow a wire payload belongs to, and what of it decides whether it may be merged.

use crate::ip::{IPV6_HEADER, PROTO_TCP, UDP_HEADER, be16, be32};
use crate::{IpPacket, tcp, udp};
use std::net::IpAddr;

/// The 5-tuple in 128 bits: exact for IPv4, mixed for IPv6, where a run compares the
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
    pub ipv4: bool,
    pub tcp: bool,
    pub transport: usize,
    pub header_len: usize,
    pub data_len: usize,
    pub sequence: u32,
    pub flags: u8,
    pub partial: bool,
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
    pub fn next_sequence(&self) -> u32 {
        if self.tcp {
            self.sequence.wrapping_add(self.data_len as u32)
        } else {
            0
        }
    }
}
