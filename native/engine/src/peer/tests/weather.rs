//! Everything at once.

use super::*;

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
