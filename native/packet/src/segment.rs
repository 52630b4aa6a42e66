//! One TUN read (packet or super-packet) → wire payloads.
use crate::{IpPacket, VnetHdr};
use bytes::{Bytes, BytesMut};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SegmentError {
    /// The frame contradicts its virtio header, or is of a kind that was not asked for.
    Malformed,
    /// One packet (or one UDP segment) larger than `max_packet_bytes`: answer with [`crate::clamp::packet_too_big`].
    TooBig,
}

/// Splits super-packets. Holds recycled buffers; one per TUN reader.
#[derive(Debug)]
pub struct Segmenter {}

impl Segmenter {
    pub fn new() -> Self {
        Self {}
    }

    /// Emits the wire payloads of one frame, in order, and returns how many. `ip` is what [`IpPacket::parse`] said of
    /// `packet`. TCP super-packets are cut to fit `max_packet_bytes` whatever size the kernel meant; nothing is emitted on an error.
    /// The payload of a single packet is `packet` itself, not a copy.
    pub fn segment(
        &mut self,
        vnet: &VnetHdr,
        ip: &IpPacket,
        packet: BytesMut,
        max_packet_bytes: usize,
        emit: impl FnMut(Bytes),
    ) -> Result<usize, SegmentError> {
        let _ = (vnet, ip, packet, max_packet_bytes, emit);
        todo!()
    }
}

impl Default for Segmenter {
    fn default() -> Self {
        Self::new()
    }
}
