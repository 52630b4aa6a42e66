//! Fitting flows to a path: TCP MSS clamping and synthesised "packet too big".
use crate::IpPacket;
use bytes::Bytes;

/// Lowers the MSS option of a TCP SYN so that full segments fit `mtu_bytes` (RFC 9293 §3.7.1). Returns whether it changed.
/// `partial_checksum`: the checksum field holds the pseudo-header sum only, which does not cover options.
pub fn clamp_mss(packet: &mut [u8], ip: &IpPacket, mtu_bytes: u16, partial_checksum: bool) -> bool {
    let _ = (packet, ip, mtu_bytes, partial_checksum);
    todo!()
}

/// The ICMP "fragmentation needed" (RFC 1191 §4) or ICMPv6 "packet too big" (RFC 4443 §3.2) that a router on the way to
/// the packet's destination would send. A complete IP packet to write to the TUN with an empty virtio header; `None` for packets
/// that must not be answered (RFC 1122 §3.2.2: ICMP errors, later fragments, multicast).
pub fn packet_too_big(packet: &[u8], ip: &IpPacket, mtu_bytes: u16) -> Option<Bytes> {
    let _ = (packet, ip, mtu_bytes);
    todo!()
}
