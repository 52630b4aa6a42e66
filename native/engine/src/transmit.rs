//! Peers' packets → UDP, one segmented send for a batch. A full socket stops all reading until it takes the rest: the queue then
//! grows where it is managed best, in the kernel before the TUN.

use std::io::IoSlice;
use std::net::SocketAddr;
use std::time::Instant;

use meshd_netio::{Interest, SendOutcome};

use crate::commands::Target;
use crate::node::Node;
use crate::path::Way;
use crate::peer::Transmit;
use crate::relays::{HEADER_BYTES, RelayId};
use crate::sockets::Local;
use crate::thread::TUN;

/// Datagrams of one send: 45 × (1424 + 14) stays below the 65,507 bytes that UDP takes.
pub const MAX_SEGMENTS: usize = 45;

/// What a full socket did not take.
pub struct Backlog {
    local: Local,
    destination: SocketAddr,
    data: Vec<u8>,
    segment_bytes: usize,
}

impl Node {
    /// Sends everything the peer has to send.
    pub fn flush(&mut self, index: u32, now: Instant) {
        while self.backlog.is_none() && self.transmit_batch(index, now) {}
    }

    /// While a long read goes on: what fills a send leaves at once, the rest waits for company.
    pub fn flush_full_batches(&mut self, index: u32, now: Instant) {
        while self.backlog.is_none()
            && self
                .peers
                .get(index)
                .is_some_and(|peer| peer.queued() >= MAX_SEGMENTS)
            && self.transmit_batch(index, now)
        {}
    }

    fn transmit_batch(&mut self, index: u32, now: Instant) -> bool {
        let mut buffer = std::mem::take(&mut self.transmit);
        buffer.clear();
        let transmit = self.peers.get_mut(index).and_then(|peer| {
            let transmit = peer.poll_transmit(now, MAX_SEGMENTS, &mut self.drops, &mut buffer)?;
            Some((transmit, peer.relay_id))
        });
        if let Some((transmit, relay_id)) = transmit {
            self.send(transmit, &relay_id, &buffer);
        }
        self.transmit = buffer;
        transmit.is_some()
    }

    pub fn send(&mut self, transmit: Transmit, relay_id: &RelayId, data: &[u8]) {
        match transmit.way {
            Way::Direct(address) => {
                let local = Local::for_destination(None, address);
                self.send_to(local, address, data, transmit.segment_bytes);
            }
            Way::Extra(socket, address) => {
                let local = Local::Extra(socket);
                self.send_to(local, address, data, transmit.segment_bytes);
            }
            Way::Relay(handle) => {
                if let Some(relay) = self.relays.get(handle) {
                    let (header, address) = (relay.header_to(relay_id), relay.address);
                    self.send_relayed(address, &header, data, transmit.segment_bytes);
                }
            }
        }
    }

    fn send_relayed(
        &mut self,
        relay: SocketAddr,
        header: &[u8; HEADER_BYTES],
        data: &[u8],
        segment_bytes: usize,
    ) {
        let mut parts = [IoSlice::new(&[]); 2 * MAX_SEGMENTS];
        let mut count = 0;
        for segment in data.chunks(segment_bytes.max(1)).take(MAX_SEGMENTS) {
            parts[count] = IoSlice::new(header);
            parts[count + 1] = IoSlice::new(segment);
            count += 2;
        }
        let with_header = segment_bytes + HEADER_BYTES;
        let local = Local::for_destination(None, relay);
        let Some(socket) = self.sockets.get(local) else {
            return;
        };
        if let Ok(SendOutcome::WouldBlock(sent)) =
            socket.send_parts(relay, &parts[..count], with_header)
        {
            let rest: Vec<u8> = parts[..count]
                .iter()
                .flat_map(|part| part.iter().copied())
                .skip(sent)
                .collect();
            self.keep_for_later(local, relay, &rest, with_header);
        }
    }

    fn send_to(
        &mut self,
        local: Local,
        destination: SocketAddr,
        data: &[u8],
        segment_bytes: usize,
    ) {
        let Some(socket) = self.sockets.get(local) else {
            return;
        };
        // A destination that cannot be reached is noticed by echoes like any other silence.
        if let Ok(SendOutcome::WouldBlock(sent)) = socket.send(destination, data, segment_bytes) {
            self.keep_for_later(local, destination, &data[sent..], segment_bytes);
        }
    }

    fn keep_for_later(
        &mut self,
        local: Local,
        destination: SocketAddr,
        data: &[u8],
        segment_bytes: usize,
    ) {
        // At most one, since nothing is sent while there is one; TypeScript's own datagrams then count as lost.
        if self.backlog.is_none() {
            self.backlog = Some(Backlog {
                local,
                destination,
                data: data.to_vec(),
                segment_bytes,
            });
            self.watch_writable(local, Interest::ReadableWritable);
            if let Some(tun) = &self.tun {
                let _ = self.poller.remove(tun);
            }
        }
    }

    fn watch_writable(&self, local: Local, interest: Interest) {
        if let Some(socket) = self.sockets.get(local) {
            let _ = self.poller.modify(socket, local.token(), interest);
        }
    }

    /// Tries again what a full socket did not take.
    pub fn retry_backlog(&mut self) {
        let Some(backlog) = self.backlog.take() else {
            return;
        };
        self.watch_writable(backlog.local, Interest::Readable);
        if let Some(tun) = &self.tun {
            let _ = self.poller.add(tun, TUN, Interest::Readable);
        }
        let Backlog {
            local,
            destination,
            data,
            segment_bytes,
        } = backlog;
        self.send_to(local, destination, &data, segment_bytes);
    }

    /// A datagram of TypeScript's making.
    pub fn send_for_control(&mut self, target: Target, data: &[u8]) {
        match target {
            Target::Address(address, socket) => {
                let local = Local::for_destination(socket, address);
                self.send_to(local, address, data, data.len());
            }
            Target::Relay(handle) => {
                if let Some(address) = self.relays.get(handle).map(|relay| relay.address) {
                    let local = Local::for_destination(None, address);
                    self.send_to(local, address, data, data.len());
                }
            }
            Target::Relayed { relay, peer } => {
                let Some(relay_id) = self.peers.get(peer).map(|peer| peer.relay_id) else {
                    return;
                };
                let transmit = Transmit {
                    way: Way::Relay(relay),
                    segment_bytes: data.len(),
                };
                if self
                    .relays
                    .get(relay)
                    .is_some_and(|relay| relay.session != 0)
                {
                    self.send(transmit, &relay_id, data);
                }
            }
        }
    }
}
