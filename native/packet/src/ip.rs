//! Strict parsing of one IP packet as far as routing, filtering and offloads need it.
use crate::PARTIAL_CHECKSUM;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

pub const PROTO_ICMP: u8 = 1;
pub const PROTO_TCP: u8 = 6;
pub const PROTO_UDP: u8 = 17;
pub const PROTO_ICMPV6: u8 = 58;

pub const IPV4_MIN_HEADER: usize = 20;
pub const IPV6_HEADER: usize = 40;
pub const TCP_MIN_HEADER: usize = 20;
pub const UDP_HEADER: usize = 8;

// IPv6 extension headers (RFC 8200 §4, RFC 4302 §2).
const HOP_BY_HOP: u8 = 0;
const ROUTING: u8 = 43;
const FRAGMENT: u8 = 44;
const AUTHENTICATION: u8 = 51;
const DESTINATION_OPTIONS: u8 = 60;

/// No sane packet has more; a longer chain only costs time (RFC 8504 §5.3 allows a limit).
const MAX_EXTENSION_HEADERS: usize = 8;

/// The bytes are not one well-formed IP packet of exactly their length.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Malformed;

impl std::fmt::Display for Malformed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("malformed IP packet")
    }
}

impl std::error::Error for Malformed {}

/// Where a fragment belongs (RFC 791 §3.2, RFC 8200 §4.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fragment {
    pub id: u32,
    /// Bytes before this fragment; 0 is the first, which has the ports.
    pub offset_bytes: u16,
    pub more: bool,
}

/// What one look at a packet tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IpPacket {
    pub src: IpAddr,
    pub dst: IpAddr,
    /// IPv4 protocol or the last IPv6 next header reached. When `l4_offset` is `None` no header of
    /// it is present.
    pub protocol: u8,
    /// Start of the upper header; `None` for later fragments and, in IPv6, for whatever is not TCP,
    /// UDP or ICMPv6: an unknown next header may be an extension header, behind which anything
    /// could hide.
    pub l4_offset: Option<u16>,
    pub fragment: Option<Fragment>,
    /// TCP or UDP source and destination port, when their whole header is present.
    pub ports: Option<(u16, u16)>,
    /// From the wire only: the checksum field holds the pseudo-header sum.
    pub partial_checksum: bool,
}

impl IpPacket {
    /// Parses a packet read from a TUN (bit 7 of the first byte is part of the version and must be
    /// clear).
    #[inline]
    pub fn parse(packet: &[u8]) -> Result<Self, Malformed> {
        match packet.first().ok_or(Malformed)? >> 4 {
            4 => parse_v4(packet),
            6 => parse_v6(packet),
            _ => Err(Malformed),
        }
    }

    /// Parses a wire payload: bit 7 of the first byte is the partial-checksum mark, allowed only on
    /// an unfragmented packet with a whole TCP or UDP header.
    #[inline]
    pub fn parse_wire(payload: &[u8]) -> Result<Self, Malformed> {
        let first = *payload.first().ok_or(Malformed)?;
        let mut ip = match (first & !PARTIAL_CHECKSUM) >> 4 {
            4 => parse_v4(payload)?,
            6 => parse_v6(payload)?,
            _ => return Err(Malformed),
        };
        ip.partial_checksum = first & PARTIAL_CHECKSUM != 0;
        if ip.partial_checksum && (ip.ports.is_none() || ip.fragment.is_some()) {
            return Err(Malformed);
        }
        Ok(ip)
    }

    /// 4 or 6.
    pub fn version(&self) -> u8 {
        if self.src.is_ipv4() { 4 } else { 6 }
    }

    /// Start of the TCP or UDP header, when it is whole.
    #[inline]
    pub(crate) fn transport_offset(&self) -> Option<usize> {
        self.ports.and(self.l4_offset).map(usize::from)
    }
}

#[inline]
pub(crate) fn be16(bytes: &[u8], offset: usize) -> u16 {
    u16::from_be_bytes([bytes[offset], bytes[offset + 1]])
}

#[inline]
pub(crate) fn be32(bytes: &[u8], offset: usize) -> u32 {
    u32::from_be_bytes([
        bytes[offset],
        bytes[offset + 1],
        bytes[offset + 2],
        bytes[offset + 3],
    ])
}

#[inline]
pub(crate) fn put16(bytes: &mut [u8], offset: usize, value: u16) {
    bytes[offset..offset + 2].copy_from_slice(&value.to_be_bytes());
}

#[inline]
fn parse_v4(packet: &[u8]) -> Result<IpPacket, Malformed> {
    let header = packet.first_chunk::<IPV4_MIN_HEADER>().ok_or(Malformed)?;
    let header_len = usize::from(header[0] & 0x0f) * 4;
    if header_len < IPV4_MIN_HEADER
        || header_len > packet.len()
        || usize::from(be16(header, 2)) != packet.len()
    {
        return Err(Malformed);
    }
    let protocol = header[9];
    let flags_and_offset = be16(header, 6);
    let more = flags_and_offset & 0x2000 != 0;
    let offset_bytes = (flags_and_offset & 0x1fff) * 8;
    let fragment = (more || offset_bytes != 0).then(|| Fragment {
        id: be16(header, 4).into(),
        offset_bytes,
        more,
    });
    let mut ip = IpPacket {
        src: Ipv4Addr::new(header[12], header[13], header[14], header[15]).into(),
        dst: Ipv4Addr::new(header[16], header[17], header[18], header[19]).into(),
        protocol,
        l4_offset: Some(header_len as u16),
        fragment,
        ports: None,
        partial_checksum: false,
    };
    finish(&mut ip, packet, header_len)?;
    Ok(ip)
}

#[inline]
fn parse_v6(packet: &[u8]) -> Result<IpPacket, Malformed> {
    let header = packet.first_chunk::<IPV6_HEADER>().ok_or(Malformed)?;
    if IPV6_HEADER + usize::from(be16(header, 4)) != packet.len() {
        return Err(Malformed);
    }
    let octets = |at: usize| {
        let mut octets = [0u8; 16];
        octets.copy_from_slice(&header[at..at + 16]);
        IpAddr::V6(Ipv6Addr::from(octets))
    };
    let mut ip = IpPacket {
        src: octets(8),
        dst: octets(24),
        protocol: header[6],
        l4_offset: None,
        fragment: None,
        ports: None,
        partial_checksum: false,
    };
    let mut offset = IPV6_HEADER;
    if !is_upper(ip.protocol) {
        offset = skip_extensions(&mut ip, packet)?;
    }
    if is_upper(ip.protocol) {
        ip.l4_offset = Some(u16::try_from(offset).map_err(|_| Malformed)?);
    }
    finish(&mut ip, packet, offset)?;
    Ok(ip)
}

fn is_upper(protocol: u8) -> bool {
    matches!(protocol, PROTO_TCP | PROTO_UDP | PROTO_ICMPV6)
}

/// Walks extension headers until a header that is none of them, or behind the fragment header of a
/// later fragment.
#[cold]
fn skip_extensions(ip: &mut IpPacket, packet: &[u8]) -> Result<usize, Malformed> {
    let mut offset = IPV6_HEADER;
    for index in 0..MAX_EXTENSION_HEADERS {
        let length = match ip.protocol {
            // Only directly behind the IPv6 header (RFC 8200 §4.1).
            HOP_BY_HOP if index > 0 => return Err(Malformed),
            HOP_BY_HOP | ROUTING | DESTINATION_OPTIONS | FRAGMENT | AUTHENTICATION => {
                let (kind, length) = (ip.protocol, *packet.get(offset + 1).ok_or(Malformed)?);
                match kind {
                    FRAGMENT => 8,
                    AUTHENTICATION => (usize::from(length) + 2) * 4,
                    _ => (usize::from(length) + 1) * 8,
                }
            }
            _ => return Ok(offset),
        };
        let header = packet.get(offset..offset + length).ok_or(Malformed)?;
        let kind = std::mem::replace(&mut ip.protocol, header[0]);
        offset += length;
        if kind == FRAGMENT {
            if ip.fragment.is_some() {
                return Err(Malformed);
            }
            let word = be16(header, 2);
            let fragment = Fragment {
                id: be32(header, 4),
                offset_bytes: word & !7,
                more: word & 1 != 0,
            };
            ip.fragment = Some(fragment);
            if fragment.offset_bytes != 0 {
                return Ok(offset);
            }
        }
    }
    Err(Malformed)
}

/// Checks the fragment's extent, then the transport header; `offset` is where the upper header or
/// the fragment's data begin.
#[inline]
fn finish(ip: &mut IpPacket, packet: &[u8], offset: usize) -> Result<(), Malformed> {
    let upper = &packet[offset..];
    if let Some(fragment) = ip.fragment {
        check_fragment(ip.protocol, fragment, upper.len())?;
        if fragment.offset_bytes != 0 {
            ip.l4_offset = None;
            return Ok(());
        }
    }
    let whole = ip.fragment.is_none_or(|fragment| !fragment.more);
    match ip.protocol {
        PROTO_TCP if upper.len() >= TCP_MIN_HEADER => {
            let header_len = usize::from(upper[12] >> 4) * 4;
            if header_len < TCP_MIN_HEADER || (whole && header_len > upper.len()) {
                return Err(Malformed);
            }
        }
        PROTO_UDP if upper.len() >= UDP_HEADER => {
            // Shorter than the IP payload is allowed (RFC 9868 §7: surplus area).
            let length = usize::from(be16(upper, 4));
            if length < UDP_HEADER || (whole && length > upper.len()) {
                return Err(Malformed);
            }
        }
        PROTO_TCP | PROTO_UDP if whole => return Err(Malformed),
        _ => return Ok(()),
    }
    ip.ports = Some((be16(upper, 0), be16(upper, 2)));
    Ok(())
}

#[cold]
fn check_fragment(protocol: u8, fragment: Fragment, length: usize) -> Result<(), Malformed> {
    let too_long = usize::from(fragment.offset_bytes) + length > usize::from(u16::MAX);
    let not_in_units = fragment.more && !length.is_multiple_of(8);
    // Would overwrite ports or flags that the first fragment showed (RFC 3128).
    let overlaps_tcp_header =
        protocol == PROTO_TCP && (1..TCP_MIN_HEADER as u16).contains(&fragment.offset_bytes);
    if length == 0 || too_long || not_in_units || overlaps_tcp_header {
        Err(Malformed)
    } else {
        Ok(())
    }
}
