//! Relays over a stream that TypeScript holds (TCP, where UDP is blocked): packets to them wait in a bounded queue until it takes
//! them, packets from them come as it hands them in. Otherwise these relays are like others.

use std::time::Instant;

use bytes::BytesMut;
use meshd_netio::{SendOutcome, framed_packets};

use crate::carrier::{self, Cut};
use crate::drops::Drop;
use crate::events::Event;
use crate::node::Node;
use crate::peer::Transmit;
use crate::relays::HEADER_BYTES;

impl Node {
    /// A stream bears packets of any size, but what the relay makes of them again need not get through to the peer.
    pub fn send_into_stream(
        &mut self,
        relay: u32,
        header: [u8; HEADER_BYTES],
        transmit: Transmit,
        data: &[u8],
    ) -> SendOutcome {
        let packets = data.chunks(transmit.segment_bytes.max(1));
        if transmit.segment_bytes <= transmit.whole_bytes {
            return self.push_all(relay, packets.map(|packet| [&header[..], &[], packet]));
        }
        let cut = Cut::new(transmit.segment_bytes, transmit.whole_bytes);
        for packet in packets {
            let number = self.next_carried;
            self.next_carried = number.wrapping_add(1);
            for index in 0..cut.parts {
                let Some((part, parts)) = cut.part(packet, index) else {
                    break;
                };
                let carrier = carrier::header(number, index, parts);
                let outcome = self.push_all(relay, [[&header[..], &carrier, part]]);
                if outcome != SendOutcome::Sent {
                    return outcome;
                }
            }
        }
        SendOutcome::Sent
    }

    fn push_all<'a>(
        &mut self,
        relay: u32,
        packets: impl IntoIterator<Item = [&'a [u8]; 3]>,
    ) -> SendOutcome {
        for packet in packets {
            let Some(queued) = self.streams.push(relay, &packet) else {
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
