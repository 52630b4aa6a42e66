//! Wire payloads of one receive batch → TUN frames, runs of one flow merged into super-packets without moving payloads.
use crate::IpPacket;
use bytes::Bytes;
use std::io::IoSlice;

/// Collects runs of TCP and UDP segments. Frames are handed to `write` as the parts of one `writev`: virtio header, packet
/// headers, payloads. Order within a flow is kept; `flush` must follow the last `push` of a batch.
#[derive(Debug)]
pub struct Coalescer {}

impl Coalescer {
    /// `udp`: the TUN takes `GSO_UDP_L4` super-packets ([`meshd-netio`'s `Tun::udp_segmentation`]).
    pub fn new(udp: bool) -> Self {
        let _ = udp;
        Self {}
    }

    /// Adds one wire payload; `ip` is what [`IpPacket::parse_wire`] said of it.
    pub fn push(&mut self, payload: Bytes, ip: &IpPacket, write: &mut impl FnMut(&[IoSlice<'_>])) {
        let _ = (payload, ip, write);
        todo!()
    }

    /// Writes everything still held.
    pub fn flush(&mut self, write: &mut impl FnMut(&[IoSlice<'_>])) {
        let _ = write;
        todo!()
    }
}
