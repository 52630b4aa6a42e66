//! Handshakes: who begins, what survives, what is refused, what replaces what.

use super::*;

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

/// One and a half round trips: what waits leaves with the end of the client's handshake, not after the server's word that it was it.
#[test]
fn what_waits_for_a_first_connection_waits_for_no_confirmation() {
    let mut world = World::with_paths();
    world.run(ms(200));
    world.send(0, b"first");
    world.run(3 * LATENCY + ms(4));
    assert_eq!(world.sides[1].received, [Bytes::from_static(b"first")]);
    assert_eq!((world.connected(0), world.connected(1)), (0, 1));
    world.run(LATENCY);
    assert_eq!((world.connected(0), world.connected(1)), (1, 1));
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
    let seen = |event: &PeerEvent| matches!(event, PeerEvent::SourceSeen(..));
    assert!(
        !world.sides[1].events.iter().any(seen),
        "replays are not authentic"
    );
}

#[test]
fn a_genuine_handshake_gets_through_a_flood_of_replayed_ones() {
    let mut world = World::with_paths();
    world.send(0, b"x");
    world.run(ms(500));
    let recorded = std::mem::take(&mut world.recorded);
    // Ids of a connection that lives lead to it: only those of one that is gone begin anew.
    world.sides[0].peer.seek.renew(world.now);
    world.run(ms(5000));
    for round in 0..200 {
        for data in &recorded {
            world.flying.push(Flying {
                arrives: world.now,
                to: 1,
                way: Way::Direct("198.51.100.66:666".parse().unwrap()),
                data: data.clone(),
            });
        }
        if round == 100 {
            world.sides[0].peer.seek.renew(world.now);
        }
        world.send(0, b"x");
        world.run(ms(5));
    }
    assert_eq!((world.connected(0), world.connected(1)), (3, 3));
    assert!(!world.sides[1].peer.link.has_attempts());
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
fn a_handshake_that_was_never_sent_ends_in_time() {
    let mut world = World::with_paths();
    world.send(0, b"x");
    world.sides[0].peer.set_paths([], world.now);
    assert!(world.sides[0].peer.link.has_attempts());
    world.run(ms(5100));
    assert!(!world.sides[0].peer.link.has_attempts());
}

#[test]
fn a_reply_from_another_boot_ends_the_connection() {
    for (boot, connected) in [(2, true), (77, false)] {
        let mut world = World::with_paths();
        world.send(0, b"x");
        world.run(ms(1000));
        let now = world.now;
        let pair = world.sides[1].peer.pair.clone();
        let peer = &mut world.sides[0].peer;
        let counter = peer.queue_echo(now).unwrap();
        let reply = pair.encode(crate::disco::Kind::EchoReply, &[boot; 8], counter);
        let way = Way::Direct(address(1));
        peer.handle_disco(crate::disco::Kind::EchoReply, &reply, way, now);
        assert_eq!(peer.connected(), connected);
    }
}

fn first_ids(world: &World) -> usize {
    let firsts = world
        .recorded
        .iter()
        .filter(|data| usize::from(data[5]) == crate::quic::FIRST_CID_BYTES)
        .map(|data| data[6..26].to_vec());
    firsts.collect::<std::collections::HashSet<_>>().len()
}

/// The coordinator's word of a restart may come when the new boot has long shaken hands: at once, or later.
#[test]
fn late_word_of_a_restart_leaves_the_new_connection() {
    for survivor in [0, 1] {
        for later in [ms(60), ms(150), ms(3000)] {
            let mut world = World::with_paths();
            world.send(0, b"x");
            world.run(ms(1000));
            world.restart(1 - survivor, 7);
            world.set_paths(1 - survivor);
            world.sides[survivor].peer.reconnect(world.now);
            world.send(1 - survivor, b"x");
            while !world.sides[1 - survivor].peer.connected() {
                world.run(ms(1));
            }
            world.run(later);
            let before = world.connected(survivor);
            world.sides[survivor].peer.reconnect(world.now);
            let seen = world.received(survivor);
            for _ in 0..20 {
                world.send(1 - survivor, b"x");
                world.run(ms(20));
            }
            assert_eq!(
                world.connected(survivor),
                before,
                "survivor {survivor}, {later:?}"
            );
            assert!(world.received(survivor) >= seen + 18);
        }
    }
}

/// Where the reply does not come, or tells of another boot, the connection is made anew.
#[test]
fn word_of_a_restart_that_is_true_ends_the_connection() {
    for survivor in [0, 1] {
        let mut world = World::with_paths();
        world.send(0, b"x");
        world.run(ms(1000));
        world.restart(1 - survivor, 7);
        world.set_paths(1 - survivor);
        world.sides[survivor].peer.reconnect(world.now);
        world.send(survivor, b"x");
        world.run(ms(400));
        assert_eq!(world.connected(survivor), 2, "survivor {survivor}");
    }
}

/// The peer restarted while a handshake with its earlier boot was under way.
#[test]
fn a_running_handshake_is_begun_anew_for_a_restarted_peer() {
    let mut world = World::with_paths();
    world.quic_cut = true;
    world.run(ms(1));
    world.sides[0].peer.reconnect(world.now);
    world.run(ms(100));
    assert_eq!(first_ids(&world), 0, "nobody wanted a connection");
    world.send(0, b"x");
    world.run(ms(100));
    assert_eq!(first_ids(&world), 1);
    world.sides[0].peer.reconnect(world.now);
    world.run(ms(100));
    assert_eq!(first_ids(&world), 2);
}

#[test]
fn a_younger_handshake_goes_on_when_an_older_completes() {
    let mut world = World::with_paths();
    world.send(0, b"x");
    world.run(ms(5));
    world.sides[0].peer.link.connect(world.now);
    world.run(ms(300));
    assert_eq!((world.connected(0), world.connected(1)), (2, 2));
    assert!(!world.sides[0].peer.link.has_attempts());
}
