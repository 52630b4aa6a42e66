//! TUN → QUIC: frames are read in batches, routed, noted by the filter, segmented and queued at their peer.

use std::io::{self, IoSlice};
use std::time::Instant;

use bytes::Bytes;
use meshd_netio::TunFrame;
use meshd_packet::segment::SegmentError;
use meshd_packet::vnet::{GSO_TCPV4, GSO_TCPV6};
use meshd_packet::{IpPacket, VnetHdr, clamp};

use crate::drops::Drop;
use crate::node::Node;
use crate::quic::MAX_DATAGRAM_BYTES;

/// Small packets come one a read: many of them share a turn of the loop.
const FRAMES_PER_TURN: usize = 64;
/// Super-packets share it with fewer, so that received packets do not wait for long.
const BYTES_PER_TURN: usize = 512 * 1024;

impl Node {
    /// One turn of reading.
    pub fn read_tun(&mut self, now: Instant) -> io::Result<()> {
        let mut bytes = 0;
        for _ in 0..FRAMES_PER_TURN {
            if bytes >= BYTES_PER_TURN || self.backlog.is_some() {
                break;
            }
            let Some(frame) = self.tun.as_mut().map_or(Ok(None), |tun| tun.read())? else {
                break;
            };
            bytes += frame.packet.len();
            self.handle_frame(frame, now);
        }
        Ok(())
    }

    pub fn handle_frame(&mut self, frame: TunFrame, now: Instant) {
        let TunFrame { vnet, mut packet } = frame;
        let Ok(ip) = IpPacket::parse(&packet) else {
            self.drops.count(Drop::Malformed);
            return;
        };
        let peer = self
            .routes
            .lookup(ip.dst)
            .and_then(|index| Some((index, self.peers.get(index)?.inner_bytes())));
        let Some((index, inner_bytes)) = peer else {
            self.drops.count(Drop::NoRoute);
            return;
        };
        clamp::clamp_mss(&mut packet, &ip, inner_bytes as u16, vnet.needs_checksum());
        let filter_time = self.filter_time(now);
        self.filter.outbound(&ip, &packet, filter_time);
        let advice = advice(&vnet, &ip, &packet, inner_bytes);
        // TCP super-packets are cut to what the path bears; all else travels in parts if need be.
        let max_bytes = if matches!(vnet.gso_kind(), GSO_TCPV4 | GSO_TCPV6) {
            inner_bytes
        } else {
            MAX_DATAGRAM_BYTES
        };
        let Self {
            peers,
            segmenter,
            drops,
            ..
        } = self;
        let Some(peer) = peers.get_mut(index) else {
            drops.count(Drop::NoRoute);
            return;
        };
        let result = segmenter.segment(&vnet, &ip, packet, max_bytes, |payload| {
            peer.handle_inner(payload, now, drops);
        });
        match result {
            Ok(_) => {}
            Err(SegmentError::Malformed) => drops.count(Drop::Malformed),
            Err(SegmentError::TooBig) => drops.count(Drop::TooBig),
        }
        if let (Some(tun), Some(answer)) = (&self.tun, advice) {
            // Advice to the sender: lost, it is given again.
            let _ = tun.write(&[
                IoSlice::new(&VnetHdr::default().encode()),
                IoSlice::new(&answer),
            ]);
        }
        self.touch(index);
        self.flush_full_batches(index, now);
    }
}

/// "Packet too big" for a packet that the path does not bear whole, if its sender may be told: IPv4 with DF set, IPv6 above the minimum
/// that every link has to bear (RFC 8200 §5). The packet itself goes on in parts all the same, unless it is too big even for that.
fn advice(vnet: &VnetHdr, ip: &IpPacket, packet: &[u8], inner_bytes: usize) -> Option<Bytes> {
    const IPV6_MIN_MTU: usize = 1280;
    const DONT_FRAGMENT: u8 = 0x40;
    let (limit, told) = if ip.version() == 4 {
        (inner_bytes, packet[6] & DONT_FRAGMENT != 0)
    } else {
        (inner_bytes.max(IPV6_MIN_MTU), true)
    };
    let too_big = vnet.gso_size == 0 && packet.len() > limit;
    if !too_big || !(told || packet.len() > MAX_DATAGRAM_BYTES) {
        return None;
    }
    clamp::packet_too_big(packet, ip, limit as u16)
}
