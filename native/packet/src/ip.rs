//! Strict parsing of one IP packet as far as routing, filtering and offloads need it.
use std::net::IpAddr;

pub const PROTO_ICMP: u8 = 1;
pub const PROTO_TCP: u8 = 6;
pub const PROTO_UDP: u8 = 17;
pub const PROTO_ICMPV6: u8 = 58;

/// The bytes are not one well-formed IP packet of exactly their length.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Malformed;

impl std::fmt::Display for Malformed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("malformed IP packet")
    }
}

impl std::error::Error for Malformed {}

/// Where a fragment belongs (RFC 791, RFC 8200 §4.5).
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
    /// IPv4 protocol or the last IPv6 next header reached. When `l4_offset` is `None` no header of it is present.
    pub protocol: u8,
    /// Start of the TCP, UDP, ICMP or other upper header; `None` for later fragments and unknown IPv6 extension headers.
    pub l4_offset: Option<u16>,
    pub fragment: Option<Fragment>,
    /// TCP or UDP source and destination port, when their header is present.
    pub ports: Option<(u16, u16)>,
    /// From the wire only: the checksum field holds the pseudo-header sum.
    pub partial_checksum: bool,
}

impl IpPacket {
    /// Parses a packet read from a TUN (bit 7 of the first byte is part of the version and must be clear).
    pub fn parse(packet: &[u8]) -> Result<Self, Malformed> {
        let _ = packet;
        todo!()
    }

    /// Parses a wire payload: bit 7 of the first byte is the partial-checksum mark, allowed only on an unfragmented packet
    /// with a whole TCP or UDP header.
    pub fn parse_wire(payload: &[u8]) -> Result<Self, Malformed> {
        let _ = payload;
        todo!()
    }

    /// 4 or 6.
    pub fn version(&self) -> u8 {
        if self.src.is_ipv4() { 4 } else { 6 }
    }
}
