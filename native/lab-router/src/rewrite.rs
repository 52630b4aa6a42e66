//! IPv4 packets and their endpoints: reading and changing them, with all checksums (RFC 3022 §4.1, RFC 1624), also inside ICMP errors.

use crate::nat::Protocol;
use meshd_packet::IpPacket;
use meshd_packet::checksum;
use meshd_packet::ip::{PROTO_ICMP, PROTO_TCP, PROTO_UDP};
use std::net::{IpAddr, Ipv4Addr, SocketAddrV4};

const ECHO_REQUEST: u8 = 8;
const ECHO_REPLY: u8 = 0;
const ICMP_HEADER: usize = 8;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    Source,
    Destination,
}

/// Who talks to whom. In an echo both ports are the identifier where it stands for the inside host, else 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Flow {
    pub protocol: Protocol,
    pub source: SocketAddrV4,
    pub destination: SocketAddrV4,
}

/// Whether an echo is asked for or answered decides which end has the identifier.
pub fn flow(ip: &IpPacket, packet: &[u8]) -> Option<Flow> {
    let (IpAddr::V4(source), IpAddr::V4(destination)) = (ip.src, ip.dst) else {
        return None;
    };
    let start = usize::from(ip.l4_offset?);
    if ip.fragment.is_some() {
        return None;
    }
    flow_of(ip.protocol, source, destination, packet.get(start..)?)
}

fn flow_of(protocol: u8, source: Ipv4Addr, destination: Ipv4Addr, upper: &[u8]) -> Option<Flow> {
    let header = upper.first_chunk::<ICMP_HEADER>()?;
    let word = |at: usize| u16::from_be_bytes([header[at], header[at + 1]]);
    let (protocol, from, to) = match (protocol, header[0]) {
        (PROTO_TCP, _) => (Protocol::Tcp, word(0), word(2)),
        (PROTO_UDP, _) => (Protocol::Udp, word(0), word(2)),
        (PROTO_ICMP, ECHO_REQUEST) => (Protocol::Echo, word(4), 0),
        (PROTO_ICMP, ECHO_REPLY) => (Protocol::Echo, 0, word(4)),
        _ => return None,
    };
    Some(Flow {
        protocol,
        source: SocketAddrV4::new(source, from),
        destination: SocketAddrV4::new(destination, to),
    })
}

/// Puts another endpoint in the place of one end. The packet must have the flow's protocol and be whole.
pub fn set_end(packet: &mut [u8], protocol: Protocol, end: End, to: SocketAddrV4) {
    let start = header_len(packet);
    let (address_at, port_at) = match (end, protocol) {
        (End::Source, Protocol::Echo) => (12, start + 4),
        (End::Destination, Protocol::Echo) => (16, start + 4),
        (End::Source, _) => (12, start),
        (End::Destination, _) => (16, start + 2),
    };
    let (checksum_at, has_pseudo_header) = match protocol {
        Protocol::Tcp => (start + 16, true),
        Protocol::Udp => (start + 6, true),
        Protocol::Echo => (start + 2, false),
    };
    // An echo reply's source has no port of its own.
    let has_port = protocol != Protocol::Echo || to.port() != 0;
    let covered = checksum_at + 2 <= packet.len();
    let unused = protocol == Protocol::Udp && covered && word(packet, checksum_at) == 0;
    let mut sum = if covered {
        word(packet, checksum_at)
    } else {
        0
    };
    let mut header_sum = word(packet, 10);
    for (at, new) in [address_at, address_at + 2]
        .into_iter()
        .zip(words(*to.ip()))
    {
        let old = word(packet, at);
        header_sum = checksum::updated(header_sum, old, new);
        if has_pseudo_header {
            sum = checksum::updated(sum, old, new);
        }
        put(packet, at, new);
    }
    if has_port {
        sum = checksum::updated(sum, word(packet, port_at), to.port());
        put(packet, port_at, to.port());
    }
    put(packet, 10, header_sum);
    if covered && !unused {
        // Zero would say that there is none (RFC 768).
        let none = protocol == Protocol::Udp && sum == 0;
        put(packet, checksum_at, if none { 0xffff } else { sum });
    }
}

/// What an ICMP error quotes: the flow of the packet that it is about.
pub fn quoted(ip: &IpPacket, packet: &[u8]) -> Option<Flow> {
    let start = usize::from(ip.l4_offset?);
    let message = packet.get(start..)?;
    if !is_icmp_error(ip, packet) || ip.version() != 4 {
        return None;
    }
    let quote = message.get(ICMP_HEADER..)?;
    let header = quote.first_chunk::<20>()?;
    let header_len = usize::from(header[0] & 15) * 4;
    let later_fragment = u16::from_be_bytes([header[6], header[7]]) & 0x1fff != 0;
    if header[0] >> 4 != 4 || header_len < 20 || later_fragment {
        return None;
    }
    let address =
        |at: usize| Ipv4Addr::new(header[at], header[at + 1], header[at + 2], header[at + 3]);
    flow_of(
        header[9],
        address(12),
        address(16),
        quote.get(header_len..)?,
    )
}

/// Puts another endpoint into the quoted packet of an ICMP error, and its address as the error's own source or destination.
pub fn set_quoted_end(packet: &mut [u8], protocol: Protocol, end: End, to: SocketAddrV4) {
    let start = header_len(packet);
    set_end(&mut packet[start + ICMP_HEADER..], protocol, end, to);
    put(packet, start + 2, 0);
    let sum = !checksum::sum(&packet[start..], 0);
    put(packet, start + 2, sum);
    // An error about what somebody sent goes to them; one about what they were sent comes from them.
    let outer = if end == End::Source { 16 } else { 12 };
    let mut header_sum = word(packet, 10);
    for (at, new) in [outer, outer + 2].into_iter().zip(words(*to.ip())) {
        header_sum = checksum::updated(header_sum, word(packet, at), new);
        put(packet, at, new);
    }
    put(packet, 10, header_sum);
}

/// Unreachable, too big, time exceeded, parameter problem (RFC 792, RFC 4443).
pub fn is_icmp_error(ip: &IpPacket, packet: &[u8]) -> bool {
    let kind = ip
        .l4_offset
        .and_then(|start| packet.get(usize::from(start)));
    matches!(
        (ip.version(), ip.protocol, kind),
        (4, PROTO_ICMP, Some(3 | 11 | 12)) | (6, meshd_packet::ip::PROTO_ICMPV6, Some(1..=4))
    )
}

fn header_len(packet: &[u8]) -> usize {
    usize::from(packet[0] & 15) * 4
}

fn words(address: Ipv4Addr) -> [u16; 2] {
    let bits = address.to_bits();
    [(bits >> 16) as u16, bits as u16]
}

fn word(packet: &[u8], at: usize) -> u16 {
    u16::from_be_bytes([packet[at], packet[at + 1]])
}

pub fn put(packet: &mut [u8], at: usize, value: u16) {
    packet[at..at + 2].copy_from_slice(&value.to_be_bytes());
}
