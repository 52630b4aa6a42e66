//! Recordings and forgeries.

use super::*;
use crate::disco::Kind as Disco;

#[test]
fn recordings_of_echoes_starve_nobody() {
    let mut world = World::with_paths();
    world.send(0, b"x");
    world.run(ms(1000));
    let peer = &world.sides[1].peer;
    let recorded = [Disco::EchoRequest, Disco::EchoReply, Disco::ConnectRequest]
        .map(|kind| peer.pair.encode(kind, &peer.own_boot, 5));
    for _ in 0..3000 {
        for data in &recorded {
            let replayed = Flying {
                arrives: world.now,
                to: 0,
                way: Way::Direct("198.51.100.66:666".parse().unwrap()),
                data: data.to_vec(),
            };
            world.flying.insert(0, replayed);
        }
        world.send(0, b"x");
        world.run(ms(1));
    }
    let paths = world.sides[0].peer.paths();
    assert!(paths.iter().all(|path| path.alive()));
    assert!(
        paths.active().unwrap().echoes.loss() < 0.1,
        "{}",
        paths.active().unwrap().echoes.loss()
    );
}

fn sealed(peer: &Peer, number: u64) -> [u8; SHORT_BYTES] {
    peer.pair.encode(Disco::Sealed, &peer.own_boot, number)
}

#[test]
fn recordings_of_sealed_messages_starve_nobody_and_name_no_source() {
    let mut world = World::with_paths();
    let forged = Way::Direct("198.51.100.66:666".parse().unwrap());
    let sender = &world.sides[1].peer;
    let recorded: Vec<_> = (0..80).map(|number| sealed(sender, number)).collect();
    let genuine = sealed(sender, 1000);
    let now = world.now;
    let peer = &mut world.sides[0].peer;
    for data in &recorded {
        let outcome = peer.handle_disco(Disco::Sealed, data, Way::Direct(address(1)), now);
        assert_eq!(outcome, DiscoOutcome::Sealed);
    }
    for data in recorded.iter().cycle().take(1000) {
        let outcome = peer.handle_disco(Disco::Sealed, data, forged, now);
        assert_eq!(outcome, DiscoOutcome::Dropped(Drop::Malformed));
    }
    let outcome = peer.handle_disco(Disco::Sealed, &genuine, forged, now);
    assert_eq!(outcome, DiscoOutcome::Sealed);
    // Who sees what is inside knows whether the source means anything.
    let seen = |event| matches!(event, PeerEvent::SourceSeen(..));
    assert!(!std::iter::from_fn(|| peer.poll_event()).any(seen));
}

#[test]
fn recordings_of_many_old_boots_do_not_displace_the_living_one() {
    let mut world = World::with_paths();
    world.send(0, b"x");
    world.run(ms(1000));
    let sender = &world.sides[1].peer;
    let old: Vec<_> = (100..110)
        .map(|boot| sender.pair.encode(Disco::EchoRequest, &[boot; 8], 5))
        .collect();
    let living = sender
        .pair
        .encode(Disco::EchoRequest, &sender.own_boot, 1 << 60);
    let fresh = sender
        .pair
        .encode(Disco::EchoRequest, &sender.own_boot, (1 << 60) + 1);
    let way = Way::Direct(address(1));
    let now = world.now;
    let peer = &mut world.sides[0].peer;
    let mut hear = |data: &[u8]| peer.handle_disco(Disco::EchoRequest, data, way, now);
    assert_eq!(hear(&living), DiscoOutcome::Handled);
    for data in old.iter().cycle().take(1000) {
        hear(data);
    }
    assert_eq!(
        hear(&living),
        DiscoOutcome::Dropped(Drop::Malformed),
        "heard before"
    );
    assert_eq!(hear(&fresh), DiscoOutcome::Handled, "tokens are left");
}

/// A forged packet from the address of a path, which no connection knows.
fn forge(world: &mut World, to: usize) {
    let forged = Flying {
        arrives: world.now,
        to,
        way: Way::Direct(address(1 - to)),
        data: vec![64; 60],
    };
    world.flying.push(forged);
}

#[test]
fn forged_packets_of_a_path_neither_connect_nor_keep_awake() {
    for side in 0..2 {
        let mut world = World::with_paths();
        for _ in 0..1000 {
            forge(&mut world, side);
            world.run(ms(10));
        }
        assert!(world.recorded.is_empty(), "never connected before");
        let awake = |event: &PeerEvent| matches!(event, PeerEvent::Active(_));
        assert!(!world.sides[side].events.iter().any(awake));

        world.send(side, b"x");
        world.run(ms(1000));
        world.sides[side].peer.link.abandon("test");
        world.quic_cut = true;
        world.recorded.clear();
        for _ in 0..800 {
            forge(&mut world, side);
            world.run(ms(100));
        }
        let asleep = |event: &PeerEvent| *event == PeerEvent::Idle;
        assert!(world.sides[side].events.iter().any(asleep));
        let firsts: std::collections::HashSet<_> = world
            .recorded
            .iter()
            .filter(|data| usize::from(data[5]) == crate::quic::FIRST_CID_BYTES)
            .map(|data| data[6..26].to_vec())
            .collect();
        assert!(firsts.len() < 30, "{} handshakes", firsts.len());
    }
}

#[test]
fn a_forgotten_connection_is_made_anew_when_the_peer_talks_to_it() {
    for side in 0..2 {
        let mut world = World::with_paths();
        world.send(side, b"x");
        world.run(ms(1000));
        world.sides[side].peer.link.abandon("test");
        world.send(1 - side, b"x");
        world.run(ms(400));
        assert_eq!(world.connected(side), 2);
    }
}

#[test]
fn packets_of_no_known_connection_say_something_only_while_there_is_none() {
    let mut world = World::with_paths();
    let path = Way::Direct(address(1));
    let elsewhere = Way::Direct("198.51.100.66:666".parse().unwrap());
    assert!(!world.sides[0].peer.heeds_unknown(path), "nobody wants it");
    world.send(0, b"x");
    assert!(world.sides[0].peer.heeds_unknown(path));
    assert!(!world.sides[0].peer.heeds_unknown(elsewhere));
    world.run(ms(1000));
    assert!(!world.sides[0].peer.heeds_unknown(path), "connected");
}
