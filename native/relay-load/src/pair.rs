//! One client that sends to another, and what is known of the packets between them.

use std::io;
use std::net::SocketAddr;
use std::ops::Range;
use std::time::{Duration, Instant};

use meshd_netio::{Received, RecvBatch, UdpSocket};

use crate::client::Client;
use crate::figures::Times;

/// Messages of one receive call.
pub const BATCH: usize = 16;

/// How long a sender waits for any of its window to arrive before it counts all of it as lost.
const GIVE_UP_AFTER: Duration = Duration::from_millis(20);

/// Where a datagram says when it was due and when it left, behind the relay's header and the packet's first byte.
const DUE: Range<usize> = 15..23;
const LEFT: Range<usize> = 23..31;

pub struct Pair {
    sender: Client,
    receiver: Client,
    relay: SocketAddr,
    /// The datagrams of one send.
    train: Vec<u8>,
    datagram_bytes: usize,
    train_packets: u64,
    pub sent: u64,
    pub received: u64,
    lost: u64,
    progress_at: Instant,
}

impl Pair {
    pub fn new(
        sender: Client,
        receiver: Client,
        relay: SocketAddr,
        packet_bytes: usize,
        train: usize,
    ) -> Self {
        let header = [
            &[18, 1][..],
            &sender.session.to_be_bytes(),
            &receiver.relay_id,
        ]
        .concat();
        let datagram_bytes = header.len() + packet_bytes;
        let mut datagram = header;
        datagram.resize(datagram_bytes, 0x40);
        Self {
            sender,
            receiver,
            relay,
            train: datagram.repeat(train),
            datagram_bytes,
            train_packets: train as u64,
            sent: 0,
            received: 0,
            lost: 0,
            progress_at: Instant::now(),
        }
    }

    pub fn receiving_socket(&self) -> &UdpSocket {
        &self.receiver.socket
    }

    /// Sends a train that was due at `due` on the clock; how late that is.
    pub fn send(&mut self, clock: Instant, due: Duration) -> io::Result<Duration> {
        let now = clock.elapsed();
        for datagram in self.train.chunks_exact_mut(self.datagram_bytes) {
            datagram[DUE].copy_from_slice(&(due.as_nanos() as u64).to_be_bytes());
            datagram[LEFT].copy_from_slice(&(now.as_nanos() as u64).to_be_bytes());
        }
        // What the host itself does not take counts as lost.
        self.sender
            .socket
            .send(self.relay, &self.train, self.datagram_bytes)?;
        self.sent += self.train_packets;
        Ok(now.saturating_sub(due))
    }

    /// Whether another train fits into the window.
    pub fn has_room(&mut self, window: u64, now: Instant) -> bool {
        let waiting = |pair: &Self| pair.sent.saturating_sub(pair.received + pair.lost);
        if waiting(self) + self.train_packets > window
            && now.duration_since(self.progress_at) > GIVE_UP_AFTER
        {
            self.lost = self.sent.saturating_sub(self.received);
            self.progress_at = now;
        }
        waiting(self) + self.train_packets <= window
    }

    /// Takes one batch of what arrived. True: more may be waiting.
    pub fn receive(
        &mut self,
        clock: Instant,
        batch: &mut RecvBatch,
        space: &mut Vec<Received>,
        times: &mut Times,
    ) -> io::Result<bool> {
        let messages = self.receiver.socket.recv_batch(batch, space)?;
        let now = clock.elapsed();
        let before = self.received;
        for message in space.drain(..) {
            for datagram in message.data.chunks(message.segment_bytes) {
                if let (Some(due), Some(left)) = (stamp(datagram, DUE), stamp(datagram, LEFT)) {
                    self.received += 1;
                    times.due_delays.add(now.saturating_sub(due));
                    times.delays.add(now.saturating_sub(left));
                }
            }
        }
        if self.received > before {
            self.progress_at = clock + now;
        }
        Ok(messages == BATCH)
    }
}

fn stamp(datagram: &[u8], place: Range<usize>) -> Option<Duration> {
    let stamp = datagram.get(place)?.first_chunk()?;
    Some(Duration::from_nanos(u64::from_be_bytes(*stamp)))
}
