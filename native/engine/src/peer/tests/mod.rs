//! Two peers over a simulated link: loss, dead paths, restarts, wrong keys, replaced connections. Time is simulated; only TLS is real.

mod connections;
mod hostile;
mod liveness;
mod queue;
mod weather;

use std::net::SocketAddr;

use super::*;
use crate::demux::{Destination, Kind, classify, quic_destination};
use crate::disco::parse_header;
use crate::quic::verify_first_cid;

const RELAY: u32 = 5;
const LATENCY: Duration = Duration::from_millis(10);

fn ms(n: u64) -> Duration {
    Duration::from_millis(n)
}

fn address(side: usize) -> SocketAddr {
    format!("192.0.2.{}:41641", side + 1).parse().unwrap()
}

struct Side {
    peer: Peer,
    codec: CidCodec,
    index: u32,
    drops: Drops,
    received: Vec<Bytes>,
    events: Vec<PeerEvent>,
}

struct Flying {
    arrives: Instant,
    to: usize,
    way: Way,
    data: Vec<u8>,
}

struct World {
    began: Instant,
    now: Instant,
    seeds: [[u8; 32]; 2],
    sides: [Side; 2],
    flying: Vec<Flying>,
    loss_percent: u32,
    direct_cut: bool,
    quic_cut: bool,
    all_cut: bool,
    random: u32,
    wake_ups: usize,
    recorded: Vec<Vec<u8>>,
}

/// Side 0 has the smaller node key, so it is the client.
fn seeds() -> [[u8; 32]; 2] {
    let mut seeds = [[1; 32], [2; 32]];
    seeds.sort_by_key(|seed| Identity::new(seed).unwrap().node_key);
    seeds
}

fn make_side(
    seeds: &[[u8; 32]; 2],
    side: usize,
    boot: u8,
    believed_peer: [u8; 32],
    began: Instant,
    now: Instant,
) -> Side {
    let identity = Identity::new(&seeds[side]).unwrap();
    let (codec, index) = (CidCodec::default(), 7 + side as u32);
    let config = PeerConfig {
        node_key: believed_peer,
        tag_key: [3; 32],
        cid_key: [4; 32],
        relay_id: [9; 8],
        prefixes: Vec::new(),
    };
    let mut peer = Peer::new(&identity, &codec, index, [boot; 8], began, config, now).unwrap();
    peer.set_usable_relays(&[RELAY], now);
    Side {
        peer,
        codec,
        index,
        drops: Drops::default(),
        received: Vec::new(),
        events: Vec::new(),
    }
}

impl World {
    fn new() -> Self {
        let seeds = seeds();
        let key = |side: usize| Identity::new(&seeds[side]).unwrap().node_key;
        let now = Instant::now();
        Self {
            began: now,
            now,
            seeds,
            sides: [
                make_side(&seeds, 0, 1, key(1), now, now),
                make_side(&seeds, 1, 2, key(0), now, now),
            ],
            flying: Vec::new(),
            loss_percent: 0,
            direct_cut: false,
            quic_cut: false,
            all_cut: false,
            random: 1,
            wake_ups: 0,
            recorded: Vec::new(),
        }
    }

    fn with_paths() -> Self {
        let mut world = Self::new();
        for side in 0..2 {
            world.set_paths(side);
        }
        world
    }

    fn set_paths(&mut self, side: usize) {
        let ranked = [(1, Way::Direct(address(1 - side))), (2, Way::Relay(RELAY))];
        self.sides[side].peer.set_paths(ranked, self.now);
    }

    fn restart(&mut self, side: usize, boot: u8) {
        let other = Identity::new(&self.seeds[1 - side]).unwrap().node_key;
        self.sides[side] = make_side(&self.seeds, side, boot, other, self.began, self.now);
        self.set_paths(side);
    }

    fn send(&mut self, side: usize, payload: &[u8]) {
        let Side { peer, drops, .. } = &mut self.sides[side];
        peer.handle_inner(Bytes::copy_from_slice(payload), self.now, drops);
    }

    fn lost(&mut self) -> bool {
        self.random = self
            .random
            .wrapping_mul(1_664_525)
            .wrapping_add(1_013_904_223);
        (self.random >> 16) % 100 < self.loss_percent
    }

    fn run(&mut self, time: Duration) {
        let end = self.now + time;
        while self.now < end {
            self.step();
            self.now += ms(1);
        }
    }

    fn step(&mut self) {
        let now = self.now;
        let (due, later) = std::mem::take(&mut self.flying)
            .into_iter()
            .partition(|f| f.arrives <= now);
        self.flying = later;
        let due: Vec<Flying> = due;
        for datagram in due {
            self.arrive(datagram);
        }
        for side in 0..2 {
            let Side {
                peer,
                drops,
                received,
                events,
                ..
            } = &mut self.sides[side];
            if peer.poll_timeout().is_some_and(|at| at <= now) {
                self.wake_ups += 1;
                peer.handle_timeout(now, drops, received);
            }
            let mut sent = Vec::new();
            let mut buf = Vec::new();
            while let Some(transmit) = peer.poll_transmit(now, 10, drops, &mut buf) {
                for segment in buf.chunks(transmit.segment_bytes) {
                    sent.push((transmit.way, segment.to_vec()));
                }
                buf.clear();
            }
            while let Some(event) = peer.poll_event() {
                events.push(event);
            }
            for (way, data) in sent {
                self.fly(side, way, data);
            }
        }
    }

    fn fly(&mut self, from: usize, way: Way, data: Vec<u8>) {
        if data[0] >= 192 {
            self.recorded.push(data.clone());
        }
        if self.all_cut || (self.quic_cut && classify(&data) == Kind::Quic) {
            return;
        }
        let seen = match way {
            Way::Direct(_) if self.direct_cut => return,
            Way::Direct(_) => Way::Direct(address(from)),
            relayed => relayed,
        };
        if !self.lost() {
            self.flying.push(Flying {
                arrives: self.now + LATENCY,
                to: 1 - from,
                way: seen,
                data,
            });
        }
    }

    fn arrive(&mut self, datagram: Flying) {
        let Flying { to, way, data, .. } = datagram;
        let side = &mut self.sides[to];
        let before = side.received.len();
        match classify(&data) {
            Kind::Disco => {
                let kind = parse_header(&data).unwrap().kind;
                side.peer.handle_disco(kind, &data, way, self.now);
            }
            Kind::Quic => {
                let ours = match quic_destination(&data, &side.codec) {
                    Some(Destination::Peer(index)) => index == side.index,
                    Some(Destination::First(id)) => verify_first_cid(&side.peer.pair, id),
                    None => false,
                };
                let known = ours && side.peer.handle_packet(BytesMut::from(&data[..]), self.now);
                side.peer
                    .after_packets(way, data.len(), known, self.now, &mut side.received);
            }
            other => panic!("{other:?} between peers"),
        }
        if side.received.len() > before {
            side.peer.note_received(1, 1, self.now);
        }
    }

    fn connected(&self, side: usize) -> usize {
        let connected = |event: &&PeerEvent| matches!(event, PeerEvent::Connected(_));
        self.sides[side].events.iter().filter(connected).count()
    }

    fn received(&self, side: usize) -> usize {
        self.sides[side].received.len()
    }
}
