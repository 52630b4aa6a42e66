//! Two peers over a simulated link: loss, dead paths, restarts, wrong keys, replaced connections. Time is simulated; only TLS is real.

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
    let mut peer = Peer::new(&identity, &codec, index, [boot; 8], config, now).unwrap();
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
            now,
            seeds,
            sides: [
                make_side(&seeds, 0, 1, key(1), now),
                make_side(&seeds, 1, 2, key(0), now),
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
        self.sides[side] = make_side(&self.seeds, side, boot, other, self.now);
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

#[test]
fn either_side_can_begin() {
    for beginner in 0..2 {
        let mut world = World::with_paths();
        world.send(beginner, b"first");
        world.run(ms(100));
        assert_eq!(
            world.sides[1 - beginner].received,
            [Bytes::from_static(b"first")]
        );
        assert_eq!((world.connected(0), world.connected(1)), (1, 1));
        let tls = world.sides[0].peer.negotiated().unwrap();
        assert_eq!(tls.kx, "X25519MLKEM768");
        assert_eq!(world.sides[1].peer.negotiated().unwrap(), tls);
        world.send(1 - beginner, b"back");
        world.run(ms(20));
        assert_eq!(
            world.sides[beginner].received,
            [Bytes::from_static(b"back")]
        );
    }
}

#[test]
fn connects_through_heavy_loss() {
    for beginner in 0..2 {
        let mut world = World::with_paths();
        world.loss_percent = 30;
        for _ in 0..100 {
            world.send(beginner, b"again");
            world.run(ms(100));
        }
        assert!(
            world.received(1 - beginner) > 40,
            "{}",
            world.received(1 - beginner)
        );
    }
}

#[test]
fn a_dead_path_is_left_under_traffic() {
    let mut world = World::with_paths();
    world.send(0, b"x");
    world.run(ms(3000));
    let mut gap = 0;
    world.direct_cut = true;
    for _ in 0..200 {
        let before = world.received(1);
        world.send(0, b"x");
        world.run(ms(10));
        gap += u32::from(world.received(1) == before);
    }
    assert!(gap <= 30, "{gap} × 10 ms without a packet");
    assert_eq!(world.sides[0].peer.paths().active().unwrap().id, 2);
    assert_eq!(
        (world.connected(0), world.connected(1)),
        (1, 1),
        "the connection stays"
    );
    world.direct_cut = false;
    for _ in 0..300 {
        world.send(0, b"x");
        world.run(ms(10));
    }
    assert_eq!(world.sides[0].peer.paths().active().unwrap().id, 1);
}

#[test]
fn a_handshake_survives_the_death_of_its_path() {
    let mut world = World::with_paths();
    world.direct_cut = true;
    world.send(0, b"x");
    world.run(ms(1500));
    assert_eq!(world.received(1), 1);
}

#[test]
fn a_restarted_peer_is_met_again_at_once() {
    for (restarted, sender) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
        let mut world = World::with_paths();
        world.send(0, b"before");
        world.run(ms(1000));
        assert_eq!(world.received(1), 1);
        world.restart(restarted, 77);
        world.sides[1 - restarted].received.clear();
        for _ in 0..100 {
            world.send(sender, b"after");
            world.run(ms(10));
        }
        let arrived = world.received(1 - sender);
        assert!(
            arrived > 60,
            "{restarted} restarted, {sender} sent: {arrived} of 100"
        );
    }
}

/// Somebody with the pair's secrets but another node key: only TLS can tell.
#[test]
fn a_wrong_key_never_connects() {
    for liar in 0..2 {
        let mut world = World::with_paths();
        let [own, honest] =
            [liar, 1 - liar].map(|side| Identity::new(&world.seeds[side]).unwrap().node_key);
        let same_role = |key: [u8; 32]| (key < honest) == (own < honest);
        let imposter = (100..)
            .map(|n| [n; 32])
            .find(|seed| same_role(Identity::new(seed).unwrap().node_key));
        let identity = Identity::new(&imposter.unwrap()).unwrap();
        let pair = PairKeys::new([3; 32], [4; 32], &own, &honest);
        let side = &mut world.sides[liar];
        side.peer.link = Link::new(
            &identity,
            &side.codec,
            side.index,
            &honest,
            &pair,
            world.now,
        )
        .unwrap();
        for _ in 0..50 {
            world.send(0, b"x");
            world.send(1, b"x");
            world.run(ms(100));
        }
        assert_eq!((world.received(0), world.received(1)), (0, 0));
        assert_eq!((world.connected(0), world.connected(1)), (0, 0));
        assert!(world.recorded.len() > 4, "handshakes were tried");
    }
}

#[test]
fn a_newer_connection_replaces_the_older_without_loss() {
    let mut world = World::with_paths();
    world.send(0, b"x");
    world.run(ms(500));
    world.sides[1].received.clear();
    world.sides[0].peer.seek.renew(world.now);
    for _ in 0..200 {
        world.send(0, b"x");
        world.send(1, b"x");
        world.run(ms(1));
    }
    world.run(ms(100));
    assert_eq!((world.connected(0), world.connected(1)), (2, 2));
    assert_eq!((world.received(0), world.received(1)), (200, 200));
    let lost = |event: &PeerEvent| matches!(event, PeerEvent::Disconnected(_));
    assert!(!world.sides.iter().any(|side| side.events.iter().any(lost)));
}

#[test]
fn replayed_handshakes_disturb_nothing() {
    let mut world = World::with_paths();
    world.send(0, b"x");
    world.run(ms(500));
    let recorded = std::mem::take(&mut world.recorded);
    assert!(!recorded.is_empty());
    world.sides[1].received.clear();
    for round in 0..100 {
        for data in &recorded {
            world.flying.push(Flying {
                arrives: world.now,
                to: 1,
                way: Way::Direct("198.51.100.66:666".parse().unwrap()),
                data: data.clone(),
            });
        }
        world.send(0, b"x");
        world.run(ms(20));
        assert_eq!(world.received(1), round + 1);
    }
    assert_eq!(world.connected(1), 1);
    let seen = |event: &PeerEvent| matches!(event, PeerEvent::SourceSeen(_));
    assert!(
        !world.sides[1].events.iter().any(seen),
        "replays are not authentic"
    );
}

#[test]
fn a_genuine_packet_from_elsewhere_is_reported_once_a_second() {
    let mut world = World::with_paths();
    world.send(0, b"x");
    world.run(ms(500));
    let elsewhere: SocketAddr = "198.51.100.9:9".parse().unwrap();
    for _ in 0..150 {
        world.send(0, b"x");
        world.step();
        for flying in &mut world.flying {
            if flying.to == 1 && classify(&flying.data) == Kind::Quic {
                flying.way = Way::Direct(elsewhere);
            }
        }
        world.run(ms(10));
    }
    let seen = world.sides[1]
        .events
        .iter()
        .filter(|event| **event == PeerEvent::SourceSeen(elsewhere));
    assert!((1..=2).contains(&seen.count()));
}

#[test]
fn removal_closes_the_other_side() {
    let mut world = World::with_paths();
    world.send(0, b"x");
    world.run(ms(500));
    let mut farewell = Vec::new();
    let transmit = world.sides[0]
        .peer
        .close("removed", world.now, &mut farewell)
        .unwrap();
    world.fly(0, transmit.way, farewell);
    world.run(ms(20));
    let closed = |event: &PeerEvent| matches!(event, PeerEvent::Disconnected(reason) if reason.contains("removed"));
    assert!(
        world.sides[1].events.iter().any(closed),
        "{:?}",
        world.sides[1].events
    );
}

#[test]
fn what_comes_too_early_waits_and_the_newest_win() {
    let mut world = World::new();
    for n in 0..100u8 {
        world.send(0, &[n]);
    }
    assert_eq!(world.sides[0].drops.get(Drop::NoConnection), 36);
    world.run(ms(2500));
    world.set_paths(0);
    world.set_paths(1);
    world.run(ms(200));
    assert_eq!(world.received(1), 64);
    assert_eq!(world.sides[1].received[0][..], [36]);

    let mut world = World::new();
    world.send(0, b"x");
    world.run(ms(3100));
    assert_eq!(world.sides[0].drops.get(Drop::NoConnection), 1);
}

#[test]
fn idle_peers_are_left_alone_and_wake_quickly() {
    let mut world = World::with_paths();
    world.send(0, b"x");
    world.run(ms(61_000));
    for side in &mut world.sides {
        assert!(side.events.contains(&PeerEvent::Idle));
        side.events.clear();
    }
    world.flying.clear();
    world.wake_ups = 0;
    for _ in 0..300 {
        world.run(ms(100));
        assert!(world.flying.is_empty(), "an idle peer is quiet");
    }
    assert!(world.wake_ups <= 2, "{} in 30 s", world.wake_ups);
    world.sides[1].received.clear();
    world.send(0, b"x");
    world.run(ms(15));
    assert_eq!(world.received(1), 1);
    let by_relay = PeerEvent::PathChanged {
        path: Some(2),
        reason: ChangeReason::Rank,
    };
    assert!(world.sides[0].events.contains(&by_relay));
    assert!(
        world.sides[0]
            .events
            .contains(&PeerEvent::Active(Direction::Outbound))
    );
    assert!(
        world.sides[1]
            .events
            .contains(&PeerEvent::Active(Direction::Inbound))
    );
}

#[test]
fn pings_make_the_connection_they_need() {
    for pinger in 0..2 {
        let mut world = World::with_paths();
        world.sides[pinger].peer.ping(1, ms(1000), world.now);
        world.run(ms(200));
        let answered = |event: &PeerEvent| matches!(event, PeerEvent::Ping(1, PingOutcome::Answered { path: 1, rtt }) if *rtt >= LATENCY * 2);
        assert!(
            world.sides[pinger].events.iter().any(answered),
            "{:?}",
            world.sides[pinger].events
        );
    }
    let mut world = World::new();
    world.sides[0].peer.ping(2, ms(1000), world.now);
    world.run(ms(1100));
    assert!(
        world.sides[0]
            .events
            .contains(&PeerEvent::Ping(2, PingOutcome::TimedOut))
    );
}

#[test]
fn an_unheard_connection_is_renewed_for_as_long_as_it_takes() {
    for sender in 0..2 {
        let mut world = World::with_paths();
        world.send(sender, b"x");
        world.run(ms(1000));
        world.quic_cut = true;
        for _ in 0..200 {
            world.send(sender, b"x");
            world.run(ms(100));
        }
        world.sides[1 - sender].received.clear();
        // The other side has forgotten the connection meanwhile, which nobody could tell this side.
        world.sides[1 - sender].peer.link.abandon("test");
        world.quic_cut = false;
        for _ in 0..30 {
            world.send(sender, b"x");
            world.run(ms(100));
        }
        assert!(world.received(1 - sender) > 0, "sender {sender}");
    }
}

#[test]
fn waiting_pings_do_not_spin() {
    let mut world = World::with_paths();
    world.send(0, b"x");
    world.run(ms(1000));
    world.all_cut = true;
    world.sides[0].peer.ping(1, ms(3000), world.now);
    world.run(ms(500));
    world.sides[0].peer.link.abandon("test");
    world.wake_ups = 0;
    world.run(ms(4000));
    assert!(world.wake_ups < 300, "{}", world.wake_ups);
    assert!(
        world.sides[0]
            .events
            .contains(&PeerEvent::Ping(1, PingOutcome::TimedOut))
    );
}

/// Anything may happen in any order; when the weather clears, packets arrive again, and no timer has spun meanwhile.
#[test]
fn survives_any_weather() {
    for seed in 1..=12 {
        let mut world = World::with_paths();
        world.random = seed;
        let mut boot = 100;
        for round in 0..120u32 {
            world.random = world
                .random
                .wrapping_mul(1_664_525)
                .wrapping_add(1_013_904_223);
            let dice = world.random >> 20;
            let side = (dice & 1) as usize;
            match (dice >> 1) % 10 {
                0 => world.direct_cut = !world.direct_cut,
                1 => world.quic_cut = !world.quic_cut,
                2 => world.all_cut = !world.all_cut,
                3 => world.loss_percent = (dice >> 5) % 50,
                4 => {
                    boot += 1;
                    world.restart(side, boot);
                }
                5 => world.sides[side]
                    .peer
                    .ping(round.into(), ms(2000), world.now),
                6 => world.sides[side].peer.set_paths([], world.now),
                7 => world.set_paths(side),
                8 => world.sides[side].peer.reconnect(world.now),
                _ => world.sides[side].peer.set_usable_relays(&[], world.now),
            }
            world.wake_ups = 0;
            for _ in 0..20 {
                world.send(side, b"x");
                world.run(ms(20));
            }
            assert!(
                world.wake_ups < 400,
                "seed {seed} round {round}: {} wake-ups",
                world.wake_ups
            );
        }
        (world.direct_cut, world.quic_cut, world.all_cut) = (false, false, false);
        world.loss_percent = 0;
        for side in 0..2 {
            let now = world.now;
            world.sides[side].peer.set_usable_relays(&[RELAY], now);
            world.set_paths(side);
        }
        // Refused or lost handshakes may have backed off.
        for _ in 0..200 {
            world.send(0, b"x");
            world.send(1, b"x");
            world.run(ms(20));
        }
        for side in &mut world.sides {
            side.received.clear();
        }
        world.send(0, b"x");
        world.send(1, b"x");
        world.run(ms(50));
        assert_eq!(
            (world.received(0), world.received(1)),
            (1, 1),
            "seed {seed}"
        );
    }
}
