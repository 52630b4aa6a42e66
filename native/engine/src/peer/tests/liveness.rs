//! Paths, waiting, sleep and pings.

use super::*;
use crate::disco::Kind as Disco;

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
        .filter(|event| **event == PeerEvent::SourceSeen(elsewhere, None));
    assert!((1..=2).contains(&seen.count()));
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

/// Whoever was stopped, or slept, is late for everything at once.
#[test]
fn a_late_wake_up_leaves_no_timer_in_the_past() {
    for side in 0..2 {
        let mut world = World::with_paths();
        world.all_cut = true;
        world.send(side, b"x");
        world.run(ms(10));
        world.now += ms(10_000);
        world.step();
        world.wake_ups = 0;
        world.run(ms(100));
        assert!(world.wake_ups < 20, "side {side}: {}", world.wake_ups);
    }
}

#[test]
fn an_echo_request_is_answered_once() {
    let mut world = World::with_paths();
    let (now, sender) = (world.now, &world.sides[1].peer);
    let request = sender
        .pair
        .encode(Disco::EchoRequest, &sender.own_boot, 1 << 40);
    let way = Way::Direct(address(1));
    let Side { peer, drops, .. } = &mut world.sides[0];
    for (outcome, replies) in [
        (DiscoOutcome::Handled, 1),
        (DiscoOutcome::Dropped(Drop::Malformed), 0),
    ] {
        assert_eq!(
            peer.handle_disco(Disco::EchoRequest, &request, way, now),
            outcome
        );
        let mut buf = Vec::new();
        let mut sent = 0;
        while peer.poll_transmit(now, 1, drops, &mut buf).is_some() {
            sent += 1;
            buf.clear();
        }
        assert_eq!(sent, replies);
    }
}

/// Removed and added again within one boot, while the other side noticed nothing.
#[test]
fn a_peer_added_again_is_answered() {
    for round in 0..8 {
        let mut world = World::with_paths();
        world.send(0, b"x");
        world.run(ms(1000 + round));
        world.restart(0, 1);
        for _ in 0..100 {
            world.send(0, b"x");
            world.run(ms(10));
        }
        let path = world.sides[0].peer.paths().active();
        assert!(path.is_some_and(|path| path.echoes.rtt().is_some()));
    }
}
