//! What waits for a socket that is full.

use super::*;

#[test]
fn what_waited_too_long_for_the_socket_is_dropped() {
    let mut world = World::with_paths();
    world.send(0, b"x");
    world.run(ms(1000));
    for (pause, arrived) in [(ms(5), 1 + 400), (ms(150), 1 + 400)] {
        for _ in 0..400 {
            world.send(0, &[7; 1000]);
        }
        // A full socket stops the loop: nobody polls.
        world.now += pause;
        world.run(ms(100));
        assert_eq!(world.received(1), arrived);
    }
    assert_eq!(world.sides[0].drops.get(Drop::Queue), 400);
}

#[test]
fn the_queue_for_the_socket_is_bounded() {
    let mut world = World::with_paths();
    world.send(0, b"x");
    world.run(ms(1000));
    for _ in 0..2000 {
        world.send(0, &[7; 1000]);
    }
    world.run(ms(100));
    assert!(
        (900..1100).contains(&world.received(1)),
        "{}",
        world.received(1)
    );
}
