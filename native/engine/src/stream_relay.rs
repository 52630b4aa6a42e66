//! Relays over a stream that TypeScript holds (TCP, where UDP is blocked): packets to them wait in a bounded queue until it takes
//! them, packets from them come as it hands them in. Otherwise these relays are like others.

use std::time::Instant;

use bytes::BytesMut;
use meshd_netio::{SendOutcome, framed_packets};

use crate::drops::Drop;
use crate::events::Event;
use crate::node::Node;
use crate::peer::Transmit;
use crate::relays::HEADER_BYTES;

impl Node {
    /// A stream bears packets of any size.
    pub fn send_into_stream(
        &mut self,
        relay: u32,
        header: [u8; HEADER_BYTES],
        transmit: Transmit,
        data: &[u8],
    ) -> SendOutcome {
        for packet in data.chunks(transmit.segment_bytes.max(1)) {
            let Some(queued) = self.streams.push(relay, &[&header, packet]) else {
                return SendOutcome::Unreachable;
            };
            for _ in 0..queued.dropped {
                self.drops.count(Drop::Queue);
            }
            if queued.announce {
                self.events.push(Event::RelayTransmit { relay });
            }
        }
        SendOutcome::Sent
    }

    pub fn receive_stream(&mut self, relay: u32, frames: &[u8], now: Instant) {
        let mut run = None;
        for packet in framed_packets(frames) {
            let sender = self.relays.stream_sender(relay, packet);
            self.handle_relayed(BytesMut::from(packet), relay, sender, &mut run, now);
        }
        self.finish_run(&mut run, now);
    }

    /// A session at a relay came or went.
    pub fn relays_changed(&mut self, now: Instant) {
        let usable = self.relays.usable();
        for index in self.peers.indices().collect::<Vec<_>>() {
            if let Some(peer) = self.peers.get_mut(index) {
                peer.set_usable_relays(&usable, now);
                self.touch(index);
            }
        }
    }
}
