use super::*;

const DIRECT: u32 = 1;
const RELAYED: u32 = 2;

fn ms(n: u64) -> Duration {
    Duration::from_millis(n)
}

fn direct() -> Way {
    Way::Direct("203.0.113.7:41641".parse().unwrap())
}

/// Two paths under test; `alive` says which answer echoes, `rtt` after what time.
struct World {
    now: Instant,
    paths: Paths,
    replies: Vec<(Instant, Way, u64)>,
    direct_alive: bool,
    relay_alive: bool,
    rtt: Duration,
    traffic: bool,
    echoes_sent: usize,
    log: Vec<PathEvent>,
}

impl World {
    fn new() -> Self {
        let now = Instant::now();
        let mut paths = Paths::new(0);
        paths.set_usable_relays(&[9], now);
        paths.set([(DIRECT, direct()), (RELAYED, Way::Relay(9))], now);
        paths.wake(now);
        Self {
            now,
            paths,
            replies: Vec::new(),
            direct_alive: true,
            relay_alive: true,
            rtt: ms(10),
            traffic: true,
            echoes_sent: 0,
            log: Vec::new(),
        }
    }

    fn run(&mut self, time: Duration) {
        let end = self.now + time;
        while self.now < end {
            if self.traffic {
                self.paths.wake(self.now);
                self.paths.on_data_sent(1400, self.now);
            }
            self.paths.handle_timeout(self.now);
            while let Some((way, counter)) = self.paths.poll_transmit(self.now) {
                self.echoes_sent += 1;
                let alive = if way == direct() {
                    self.direct_alive
                } else {
                    self.relay_alive
                };
                if alive {
                    self.replies.push((self.now + self.rtt, way, counter));
                }
            }
            let (due, later) = std::mem::take(&mut self.replies)
                .into_iter()
                .partition(|reply| reply.0 <= self.now);
            self.replies = later;
            let due: Vec<_> = due;
            for (_, way, counter) in due {
                self.paths.on_reply(way, counter, self.now);
            }
            while let Some(event) = self.paths.poll_event() {
                self.log.push(event);
            }
            self.now += ms(5);
        }
    }

    fn active(&self) -> Option<u32> {
        self.paths.active().map(|path| path.id)
    }
}

#[test]
fn uses_the_best_at_once_and_measures_it() {
    let mut world = World::new();
    assert_eq!(world.active(), Some(DIRECT));
    world.run(ms(1000));
    assert_eq!(world.active(), Some(DIRECT));
    assert_eq!(
        world.log[0],
        PathEvent::Changed {
            path: Some(DIRECT),
            reason: ChangeReason::First
        }
    );
    let rtt = world.paths.active().unwrap().echoes.rtt().unwrap();
    assert!(rtt >= ms(10) && rtt <= ms(15), "{rtt:?}");
}

#[test]
fn leaves_a_dead_path_within_half_a_second_and_comes_back() {
    for rtt in [1, 10, 60, 140] {
        let mut world = World::new();
        world.rtt = ms(rtt);
        world.run(ms(5000));
        world.direct_alive = false;
        world.log.clear();
        // Until the next echo and from its loss.
        world.run(ms(100 + 500));
        assert_eq!(world.active(), Some(RELAYED), "rtt {rtt}");
        assert!(world.log.contains(&PathEvent::Dead { path: DIRECT }));
        world.run(ms(5000));
        assert_eq!(world.active(), Some(RELAYED));
        world.direct_alive = true;
        world.run(ms(1000));
        assert_eq!(world.active(), Some(RELAYED), "one reply is not enough");
        world.run(ms(2000));
        assert_eq!(world.active(), Some(DIRECT));
    }
}

#[test]
fn a_quick_path_dies_quickly() {
    let mut world = World::new();
    world.rtt = ms(1);
    world.run(ms(3000));
    world.direct_alive = false;
    world.run(ms(300));
    assert_eq!(world.active(), Some(RELAYED));
}

#[test]
fn acknowledged_traffic_keeps_a_path_whose_echoes_are_lost() {
    let mut world = World::new();
    world.run(ms(2000));
    world.direct_alive = false;
    for _ in 0..100 {
        world.run(ms(20));
        world.paths.on_acknowledged(world.now - ms(10));
    }
    assert_eq!(world.active(), Some(DIRECT));
}

#[test]
fn acknowledgements_of_what_left_elsewhere_prove_nothing() {
    let mut world = World::new();
    world.run(ms(2000));
    let before = world.now - ms(10);
    world.direct_alive = false;
    world.relay_alive = false;
    for _ in 0..80 {
        world.run(ms(20));
        world.paths.on_acknowledged(before);
    }
    assert_eq!(world.active(), None);
    let last = world
        .log
        .iter()
        .rev()
        .find(|event| matches!(event, PathEvent::Changed { .. }));
    assert!(matches!(last, Some(PathEvent::Changed { path: None, .. })));
    world.relay_alive = true;
    world.run(ms(300));
    assert_eq!(
        world.active(),
        Some(RELAYED),
        "one reply is enough where nothing lives"
    );
}

#[test]
fn sleeping_peers_cost_nothing() {
    let mut world = World::new();
    world.run(ms(2000));
    world.paths.sleep();
    world.traffic = false;
    world.echoes_sent = 0;
    world.run(ms(60_000));
    assert_eq!(world.echoes_sent, 0);
    assert_eq!(world.paths.poll_timeout(), None);
}

#[test]
fn busy_peers_cost_ten_echoes_a_second_and_resting_ones_one() {
    let mut world = World::new();
    world.run(ms(1000));
    world.echoes_sent = 0;
    world.run(ms(10_000));
    assert!(
        (90..=115).contains(&world.echoes_sent),
        "{}",
        world.echoes_sent
    );
    world.traffic = false;
    world.echoes_sent = 0;
    world.run(ms(4500));
    assert!(
        (5..=7).contains(&world.echoes_sent),
        "{}",
        world.echoes_sent
    );
}

#[test]
fn quiet_paths_get_what_keeps_their_mapping() {
    for (keepalive, echoes) in [
        (None, 2 * 3),
        (Some(22), 2 * 2),
        (Some(45), 2),
        (Some(1), 2 * 3),
    ] {
        let mut world = World::new();
        if let Some(seconds) = keepalive {
            world.paths.set_keepalive(Duration::from_secs(seconds));
        }
        world.run(ms(2000));
        world.traffic = false;
        world.run(ms(5000));
        world.echoes_sent = 0;
        world.run(ms(50_000));
        assert_eq!(world.echoes_sent, echoes, "every {keepalive:?} s");
        assert_eq!(world.active(), Some(DIRECT));
        // As soon as something is to be sent, the path has to prove itself.
        world.traffic = true;
        world.direct_alive = false;
        world.run(ms(600));
        assert_eq!(world.active(), Some(RELAYED));
    }
}

#[test]
fn a_lost_keepalive_is_followed_up_at_once() {
    let mut world = World::new();
    world.run(ms(2000));
    world.traffic = false;
    world.run(ms(7000));
    world.direct_alive = false;
    world.run(ms(15_000));
    assert_eq!(world.active(), Some(RELAYED), "within a second of the echo");
    world.echoes_sent = 0;
    world.run(ms(30_000));
    assert!(
        world.echoes_sent <= 4 * 2,
        "dead ones are not asked more: {}",
        world.echoes_sent
    );
}

#[test]
fn after_a_long_sleep_the_relay_is_asked_first() {
    let mut world = World::new();
    world.run(ms(2000));
    world.paths.sleep();
    world.now += ms(30_000);
    world.paths.wake(world.now);
    assert_eq!(world.active(), Some(RELAYED));
    world.run(ms(50));
    assert_eq!(world.active(), Some(DIRECT), "it answered");
    world.paths.sleep();
    world.now += ms(5000);
    world.paths.wake(world.now);
    assert_eq!(
        world.active(),
        Some(DIRECT),
        "a short sleep changes nothing"
    );
}

#[test]
fn follows_the_ranking_and_tells_when_nothing_is_left() {
    let mut world = World::new();
    world.run(ms(500));
    world.log.clear();
    world
        .paths
        .set([(RELAYED, Way::Relay(9)), (DIRECT, direct())], world.now);
    world.run(ms(5));
    assert_eq!(
        world.log,
        [PathEvent::Changed {
            path: Some(RELAYED),
            reason: ChangeReason::Rank
        }]
    );
    assert!(
        world.paths.active().unwrap().echoes.rtt().is_some(),
        "what was known is kept"
    );
    world.log.clear();
    world.paths.set([], world.now);
    world.run(ms(5));
    assert_eq!(
        world.log,
        [PathEvent::Changed {
            path: None,
            reason: ChangeReason::Rank
        }]
    );
}

#[test]
fn a_relay_path_waits_for_its_session() {
    let now = Instant::now();
    let mut paths = Paths::new(0);
    paths.set([(RELAYED, Way::Relay(9))], now);
    paths.wake(now);
    assert!(paths.active().is_none());
    assert!(paths.poll_transmit(now).is_none());
    paths.set_usable_relays(&[9], now);
    assert_eq!(paths.active().map(|path| path.id), Some(RELAYED));
}

#[test]
fn random_loss_alone_kills_no_path() {
    let mut world = World::new();
    let mut seed = 1u32;
    world.run(ms(1000));
    for _ in 0..2000 {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        world.direct_alive = (seed >> 16) % 100 >= 10;
        world.run(ms(20));
        world.paths.on_acknowledged(world.now - ms(15));
    }
    assert!(!world.log.contains(&PathEvent::Dead { path: DIRECT }));
}

#[test]
fn a_relay_that_is_gone_is_no_alternative() {
    let mut world = World::new();
    world.run(ms(1000));
    world.paths.set_usable_relays(&[], world.now);
    world.direct_alive = false;
    world.run(ms(1000));
    assert!(world.paths.active().is_none());
    world.direct_alive = true;
    world.run(ms(215));
    assert!(world.paths.active().is_some(), "one reply is enough");
}

#[test]
fn an_unreachable_path_is_left_at_once_and_comes_back_by_replies() {
    let mut world = World::new();
    world.run(ms(2000));
    world.log.clear();
    world.paths.on_unreachable(direct(), world.now);
    assert_eq!(world.active(), Some(RELAYED));
    world.run(ms(900));
    assert!(world.log.contains(&PathEvent::Dead { path: DIRECT }));
    assert_eq!(world.active(), Some(RELAYED), "one reply is not enough");
    world.run(ms(2500));
    assert_eq!(world.active(), Some(DIRECT));
}

#[test]
fn the_only_living_path_is_kept_though_the_host_refuses() {
    let mut world = World::new();
    world.relay_alive = false;
    world.run(ms(3000));
    world.paths.on_unreachable(direct(), world.now);
    assert_eq!(world.active(), Some(DIRECT));
}

#[test]
fn a_new_network_asks_all_paths_at_once() {
    let mut world = World::new();
    world.run(ms(5000));
    world.direct_alive = false;
    world.echoes_sent = 0;
    world.paths.suspect_all(world.now);
    world.run(ms(5));
    assert_eq!(world.echoes_sent, 2);
    world.run(ms(15));
    assert_eq!(world.active(), Some(RELAYED), "it answered");
    world.direct_alive = true;
    world.run(ms(3000));
    assert_eq!(world.active(), Some(DIRECT));
}

#[test]
fn full_packets_that_vanish_make_a_path_narrow_at_once() {
    let mut world = World::new();
    world.run(ms(1000));
    let (way, counter, bytes) = world.paths.poll_probe(world.now).unwrap();
    assert_eq!((way, bytes), (direct(), 1424));
    world.paths.on_reply(way, counter, world.now);
    let size = |world: &World| world.paths.active().unwrap().pmtu.packet_bytes();
    assert_eq!(size(&world), 1424);
    for _ in 0..100 {
        let sent = world.now;
        world.paths.on_full_sent(sent);
        world.run(ms(20));
        world.paths.on_full_acknowledged(sent);
    }
    assert_eq!(size(&world), 1424);
    world.paths.on_full_sent(world.now);
    world.run(ms(300));
    assert_eq!(size(&world), 1024);
    assert_eq!(world.active(), Some(DIRECT));
}

#[test]
fn an_acknowledgement_speaks_for_no_path_that_was_not_in_use() {
    let mut world = World::new();
    world.traffic = false;
    world.run(ms(50));
    world.relay_alive = false;
    let start = world.now;
    for n in 0..3 {
        world.paths.send_echo(1, start + ms(n));
    }
    world.paths.set([(RELAYED, Way::Relay(9))], start + ms(20));
    let silent = |world: &World| world.paths.active().unwrap().echoes.silent_at();
    assert!(silent(&world).is_some());
    world.paths.on_acknowledged(start + ms(10));
    assert!(silent(&world).is_some(), "it was sent by the direct path");
    world.paths.on_acknowledged(start + ms(20));
    assert_eq!(silent(&world), None);
}
