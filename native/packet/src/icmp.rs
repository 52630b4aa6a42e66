//! The little of ICMP (RFC 792, RFC 4443) that a stateful filter must understand.

use crate::IpPacket;
use crate::ip::{PROTO_ICMP, PROTO_ICMPV6, PROTO_TCP, PROTO_UDP, be16, be32};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Which of the two echo messages.
pub enum Echo {
    Request,
    Reply,
}

/// The ICMP message, if the protocol belongs to the IP version and its 8-byte header is whole.
fn icmp<'a>(ip: &IpPacket, packet: &'a [u8]) -> Option<&'a [u8]> {
    let fits = ip.protocol
        == if ip.version() == 4 {
            PROTO_ICMP
        } else {
            PROTO_ICMPV6
        };
    let message = packet.get(usize::from(ip.l4_offset.filter(|_| fits)?)..)?;
    (message.len() >= 8).then_some(message)
}

/// Identifier of an echo message (RFC 792, RFC 4443 §4).
pub fn echo(ip: &IpPacket, packet: &[u8]) -> Option<(Echo, u16)> {
    let message = icmp(ip, packet)?;
    let kind = match (ip.version(), message[0]) {
        (4, 8) | (6, 128) => Echo::Request,
        (4, 0) | (6, 129) => Echo::Reply,
        _ => return None,
    };
    Some((kind, be16(message, 4)))
}

/// Of the packet that an ICMP error quotes. Of an echo request, both ports are its identifier.
pub struct Quoted {
    pub src: IpAddr,
    pub dst: IpAddr,
    pub protocol: u8,
    pub ports: (u16, u16),
}

/// What an ICMP error is about: unreachable, time exceeded, parameter problem, and ICMPv6 packet too
/// big.
pub fn quoted(ip: &IpPacket, packet: &[u8]) -> Option<Quoted> {
    let message = icmp(ip, packet)?;
    if !matches!((ip.version(), message[0]), (4, 3 | 11 | 12) | (6, 1..=4)) {
        return None;
    }
    let quote = &message[8..];
    // The quote is cut off somewhere, so it is read by hand: strict parsing wants whole packets.
    let (src, dst, protocol, transport): (IpAddr, IpAddr, u8, &[u8]) = if ip.version() == 4 {
        let header = quote.first_chunk::<20>()?;
        let header_len = usize::from(header[0] & 0x0f) * 4;
        if header[0] >> 4 != 4 || header_len < 20 || be16(header, 6) & 0x1fff != 0 {
            return None;
        }
        let octets = |at: usize| Ipv4Addr::from_bits(be32(header, at));
        (
            octets(12).into(),
            octets(16).into(),
            header[9],
            quote.get(header_len..)?,
        )
    } else {
        let header = quote.first_chunk::<40>()?;
        if header[0] >> 4 != 6 {
            return None;
        }
        let (octets, _) = header[8..].as_chunks::<16>();
        (
            Ipv6Addr::from(octets[0]).into(),
            Ipv6Addr::from(octets[1]).into(),
            header[6],
            &quote[40..],
        )
    };
    // Only to the sender of what it quotes (RFC 1122 §3.2.2).
    if src != ip.dst || transport.len() < 8 {
        return None;
    }
    let ports = match protocol {
        PROTO_TCP | PROTO_UDP => (be16(transport, 0), be16(transport, 2)),
        PROTO_ICMP if ip.version() == 4 && transport[0] == 8 => {
            (be16(transport, 4), be16(transport, 4))
        }
        PROTO_ICMPV6 if ip.version() == 6 && transport[0] == 128 => {
            (be16(transport, 4), be16(transport, 4))
        }
        _ => return None,
    };
    Some(Quoted {
        src,
        dst,
        protocol,
        ports,
    })
}
