//! TUN → QUIC: frames are read in batches, routed, noted by the filter, segmented and queued at their peer.

use std::io::{self, IoSlice};
use std::time::Instant;

use meshd_netio::TunFrame;
use meshd_packet::segment::SegmentError;
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

    fn handle_frame(&mut self, frame: TunFrame, now: Instant) {
        let TunFrame { vnet, mut packet } = frame;
        let Ok(ip) = IpPacket::parse(&packet) else {
            self.drops.count(Drop::Malformed);
            return;
        };
        let Some(index) = self.routes.lookup(ip.dst) else {
            self.drops.count(Drop::NoRoute);
            return;
        };
        clamp::clamp_mss(
            &mut packet,
            &ip,
            MAX_DATAGRAM_BYTES as u16,
            vnet.needs_checksum(),
        );
        let filter_time = self.filter_time(now);
        self.filter.outbound(&ip, &packet, filter_time);
        let too_big = if vnet.gso_size == 0 && packet.len() > MAX_DATAGRAM_BYTES {
            clamp::packet_too_big(&packet, &ip, MAX_DATAGRAM_BYTES as u16)
        } else {
            None
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
        let result = segmenter.segment(&vnet, &ip, packet, MAX_DATAGRAM_BYTES, |payload| {
            peer.handle_inner(payload, now, drops);
        });
        match result {
            Ok(_) => {}
            Err(SegmentError::Malformed) => drops.count(Drop::Malformed),
            Err(SegmentError::TooBig) => drops.count(Drop::TooBig),
        }
        if let (Some(tun), Some(answer)) = (&self.tun, too_big) {
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
