//! Fitting flows to a path: TCP MSS clamping and synthesised "packet too big".

use crate::checksum;
use crate::ip::{
    IPV4_MIN_HEADER, IPV6_HEADER, PROTO_ICMP, PROTO_ICMPV6, PROTO_TCP, TCP_MIN_HEADER, be16, put16,
};
use crate::{IpPacket, tcp};
use bytes::{Bytes, BytesMut};
use std::net::IpAddr;

const OPTION_END: u8 = 0;
const OPTION_NOP: u8 = 1;
const OPTION_MSS: u8 = 2;
const OPTION_MSS_LEN: usize = 4;

const ICMP_HEADER: usize = 8;
/// An ICMPv4 error is at most this long (RFC 1812 §4.3.2.3).
const ICMPV4_ERROR_BYTES: usize = 576;
/// An ICMPv6 error is at most the minimum MTU (RFC 4443 §2.4(c)).
const ICMPV6_ERROR_BYTES: usize = 1280;
const HOP_LIMIT: u8 = 64;

/// Whether this opens a TCP connection, and so may bear an MSS option.
#[inline]
pub fn is_syn(packet: &[u8], ip: &IpPacket) -> bool {
    ip.transport_offset()
        .filter(|_| ip.protocol == PROTO_TCP)
        .and_then(|offset| packet.get(offset + tcp::FLAGS))
        .is_some_and(|flags| flags & tcp::SYN != 0)
}

/// Lowers the MSS option of a TCP SYN so that full segments fit `mtu_bytes` (RFC 9293 §3.7.1: the
/// option does not count IP and TCP options). Returns whether it changed. `partial_checksum`: the
/// checksum field holds the pseudo-header sum only, which does not cover options.
#[inline]
pub fn clamp_mss(packet: &mut [u8], ip: &IpPacket, mtu_bytes: u16, partial_checksum: bool) -> bool {
    let Some(offset) = ip.transport_offset().filter(|_| ip.protocol == PROTO_TCP) else {
        return false;
    };
    if packet[offset + tcp::FLAGS] & tcp::SYN == 0 {
        return false;
    }
    let ip_header = if ip.version() == 4 {
        IPV4_MIN_HEADER
    } else {
        IPV6_HEADER
    };
    let limit = mtu_bytes.saturating_sub((ip_header + TCP_MIN_HEADER) as u16);
    lower_mss(&mut packet[offset..], limit, partial_checksum)
}

fn lower_mss(segment: &mut [u8], limit: u16, partial_checksum: bool) -> bool {
    let end = tcp::header_len(segment).min(segment.len());
    let mut at = TCP_MIN_HEADER;
    while at < end {
        let length = match segment[at] {
            OPTION_END => return false,
            OPTION_NOP => 1,
            _ => match segment.get(at + 1) {
                Some(&length) if length >= 2 && at + usize::from(length) <= end => {
                    usize::from(length)
                }
                _ => return false,
            },
        };
        if segment[at] == OPTION_MSS && length == OPTION_MSS_LEN {
            let mss = be16(segment, at + 2);
            if mss <= limit {
                return false;
            }
            put16(segment, at + 2, limit);
            if !partial_checksum {
                let before = be16(segment, tcp::CHECKSUM);
                // A word at an odd offset counts with its bytes swapped (RFC 1071 §2(B)).
                let swap = |word: u16| {
                    if at.is_multiple_of(2) {
                        word
                    } else {
                        word.swap_bytes()
                    }
                };
                put16(
                    segment,
                    tcp::CHECKSUM,
                    checksum::updated(before, swap(mss), swap(limit)),
                );
            }
            return true;
        }
        at += length;
    }
    false
}

/// The ICMP "fragmentation needed" (RFC 1191 §4) or ICMPv6 "packet too big" (RFC 4443 §3.2) that a
/// router on the way would send, in the name of the packet's destination. A complete IP packet to
/// write to the TUN with an empty virtio header; `None` for packets that must not be answered (RFC
/// 1122 §3.2.2: ICMP errors, later fragments, multicast).
pub fn packet_too_big(packet: &[u8], ip: &IpPacket, mtu_bytes: u16) -> Option<Bytes> {
    let later_fragment = ip
        .fragment
        .is_some_and(|fragment| fragment.offset_bytes != 0);
    let group = |address: IpAddr| {
        address.is_multicast()
            || address.is_unspecified()
            || matches!(address, IpAddr::V4(v4) if v4.is_broadcast())
    };
    if later_fragment || group(ip.src) || group(ip.dst) || is_icmp_error(packet, ip) {
        return None;
    }
    Some(match (ip.src, ip.dst) {
        (IpAddr::V4(src), IpAddr::V4(dst)) => {
            let quote = &packet[..packet
                .len()
                .min(ICMPV4_ERROR_BYTES - IPV4_MIN_HEADER - ICMP_HEADER)];
            let total = IPV4_MIN_HEADER + ICMP_HEADER + quote.len();
            let mut error = BytesMut::with_capacity(total);
            error.extend_from_slice(&[0x45, 0xc0]);
            error.extend_from_slice(&(total as u16).to_be_bytes());
            error.extend_from_slice(&[0, 0, 0, 0, HOP_LIMIT, PROTO_ICMP, 0, 0]);
            error.extend_from_slice(&dst.octets());
            error.extend_from_slice(&src.octets());
            let header_sum = !checksum::sum(&error, 0);
            put16(&mut error, 10, header_sum);
            error.extend_from_slice(&[3, 4, 0, 0, 0, 0]);
            error.extend_from_slice(&mtu_bytes.to_be_bytes());
            error.extend_from_slice(quote);
            let sum = !checksum::sum(&error[IPV4_MIN_HEADER..], 0);
            put16(&mut error, IPV4_MIN_HEADER + 2, sum);
            error.freeze()
        }
        (IpAddr::V6(src), IpAddr::V6(dst)) => {
            let quote = &packet[..packet
                .len()
                .min(ICMPV6_ERROR_BYTES - IPV6_HEADER - ICMP_HEADER)];
            let length = ICMP_HEADER + quote.len();
            let mut error = BytesMut::with_capacity(IPV6_HEADER + length);
            error.extend_from_slice(&[0x60, 0, 0, 0]);
            error.extend_from_slice(&(length as u16).to_be_bytes());
            error.extend_from_slice(&[PROTO_ICMPV6, HOP_LIMIT]);
            error.extend_from_slice(&dst.octets());
            error.extend_from_slice(&src.octets());
            error.extend_from_slice(&[2, 0, 0, 0]);
            error.extend_from_slice(&u32::from(mtu_bytes).to_be_bytes());
            error.extend_from_slice(quote);
            let pseudo = checksum::pseudo_header(ip.dst, ip.src, PROTO_ICMPV6, length);
            let sum = !checksum::sum(&error[IPV6_HEADER..], pseudo);
            put16(&mut error, IPV6_HEADER + 2, sum);
            error.freeze()
        }
        _ => return None,
    })
}

/// Errors, and whatever of ICMP is too short to tell.
fn is_icmp_error(packet: &[u8], ip: &IpPacket) -> bool {
    let kind = ip
        .l4_offset
        .and_then(|offset| packet.get(usize::from(offset)));
    match (ip.version(), ip.protocol) {
        (4, PROTO_ICMP) => kind.is_none_or(|kind| matches!(kind, 3 | 4 | 5 | 11 | 12)),
        (6, PROTO_ICMPV6) => kind.is_none_or(|kind| *kind < 128),
        _ => false,
    }
}
