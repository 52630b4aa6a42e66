//! The data path without QUIC: what a tunnel could do at most.
//!
//! `plaintext_tunnel NAME LOCAL_ADDRESS:PORT REMOTE_ADDRESS:PORT` joins the TUN interface NAME to a
//! peer that runs the same. Inner packets travel in the clear, several segments to a datagram
//! batch: for measurements only.

use bytes::Bytes;
use meshd_netio::{Interest, Poller, RecvBatch, Tun, UdpSocket};
use meshd_packet::{Coalescer, IpPacket, Segmenter};
use std::io::{self, IoSlice};
use std::net::SocketAddr;

const MTU: usize = 1400;
const TUN: u64 = 0;
const UDP: u64 = 1;
const FRAMES_PER_TURN: usize = 64;

struct Tunnel {
    tun: Tun,
    socket: UdpSocket,
    remote: SocketAddr,
    segmenter: Segmenter,
    coalescer: Coalescer,
    batch: RecvBatch,
    queue: Vec<Bytes>,
}

impl Tunnel {
    fn outbound(&mut self) -> io::Result<bool> {
        for _ in 0..FRAMES_PER_TURN {
            let Some(frame) = self.tun.read()? else {
                return self.send().map(|()| false);
            };
            if let Ok(ip) = IpPacket::parse(&frame.packet) {
                let queue = &mut self.queue;
                let _ = self
                    .segmenter
                    .segment(&frame.vnet, &ip, frame.packet, MTU, |payload| {
                        queue.push(payload)
                    });
            }
            if self.queue.len() >= 45 {
                self.send()?;
            }
        }
        self.send().map(|()| true)
    }

    /// Runs of equal length, the last of a run possibly shorter, as QUIC's full packets would be.
    fn send(&mut self) -> io::Result<()> {
        let mut rest = &self.queue[..];
        while let [first, ..] = rest {
            let equal = rest
                .iter()
                .take(45)
                .take_while(|payload| payload.len() == first.len())
                .count();
            let count = equal
                + usize::from(
                    equal < 45 && rest.get(equal).is_some_and(|next| next.len() < first.len()),
                );
            let parts: Vec<IoSlice<'_>> = rest[..count]
                .iter()
                .map(|payload| IoSlice::new(payload))
                .collect();
            self.socket.send_parts(self.remote, &parts, first.len())?;
            rest = &rest[count..];
        }
        self.queue.clear();
        Ok(())
    }

    fn inbound(&mut self, received: &mut Vec<meshd_netio::Received>) -> io::Result<bool> {
        let more = self.socket.recv_batch(&mut self.batch, received)? > 0;
        let tun = &self.tun;
        let mut write = |parts: &[IoSlice<'_>]| {
            let _ = tun.write(parts);
        };
        for message in received.drain(..) {
            let mut data = message.data.freeze();
            while !data.is_empty() {
                let payload = data.split_to(message.segment_bytes.min(data.len()));
                if let Ok(ip) = IpPacket::parse_wire(&payload) {
                    self.coalescer.push(payload, &ip, &mut write);
                }
            }
        }
        self.coalescer.flush(&mut write);
        Ok(more)
    }
}

fn main() -> io::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [name, local, remote] = &arguments[..] else {
        eprintln!("usage: plaintext_tunnel NAME LOCAL REMOTE");
        std::process::exit(2);
    };
    let address = |text: &str| {
        text.parse::<SocketAddr>()
            .map_err(|error| io::Error::other(format!("{text}: {error}")))
    };
    let tun = Tun::open(name)?;
    let mut tunnel = Tunnel {
        coalescer: Coalescer::new(tun.udp_segmentation()),
        tun,
        socket: UdpSocket::bind(address(local)?)?,
        remote: address(remote)?,
        segmenter: Segmenter::new(),
        batch: RecvBatch::new(8),
        queue: Vec::new(),
    };
    let poller = Poller::new()?;
    poller.add(&tunnel.tun, TUN, Interest::Readable)?;
    poller.add(&tunnel.socket, UDP, Interest::Readable)?;
    let (mut events, mut received) = (Vec::new(), Vec::new());
    let mut busy = false;
    loop {
        if !busy {
            poller.wait(&mut events, None)?;
        }
        let inbound = tunnel.inbound(&mut received)?;
        let outbound = tunnel.outbound()?;
        busy = inbound || outbound;
    }
}
