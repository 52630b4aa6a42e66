use super::*;

fn ms(n: u64) -> Duration {
    Duration::from_millis(n)
}

/// A path that bears `limit`, loses what `lost` says, and answers after `rtt`.
struct World {
    now: Instant,
    pmtu: Pmtu,
    limit: usize,
    /// This host refuses what is larger.
    local_limit: usize,
    rtt: Duration,
    rtt_known: bool,
    replies: Vec<(Instant, u64)>,
    sent: Vec<usize>,
    lose: fn(usize) -> bool,
}

impl World {
    fn new(limit: usize) -> Self {
        Self {
            now: Instant::now(),
            pmtu: Pmtu::default(),
            limit,
            local_limit: usize::MAX,
            rtt: ms(40),
            rtt_known: false,
            replies: Vec::new(),
            sent: Vec::new(),
            lose: |_| false,
        }
    }

    fn run(&mut self, time: Duration) {
        let end = self.now + time;
        let began = self.now;
        while self.now < end {
            let timeout =
                (self.rtt_known || self.now >= began + self.rtt).then(|| self.rtt + ms(50));
            self.pmtu.handle_timeout(self.now, timeout);
            let mut number = self.sent.len() as u64;
            while let Some((counter, bytes)) = self.pmtu.poll_transmit(self.now, || number) {
                number += 1;
                self.sent.push(bytes);
                if bytes > self.local_limit {
                    self.pmtu.on_refused(bytes, self.now);
                } else if bytes <= self.limit && !(self.lose)(self.sent.len()) {
                    self.replies.push((self.now + self.rtt, counter));
                }
            }
            for (at, counter) in std::mem::take(&mut self.replies) {
                if at <= self.now {
                    self.pmtu.on_reply(counter, self.now);
                } else {
                    self.replies.push((at, counter));
                }
            }
            let next = self.pmtu.poll_timeout(timeout);
            assert!(next.is_some_and(|at| at > self.now), "it would spin");
            self.now += ms(1);
        }
        self.rtt_known = true;
    }
}

#[test]
fn a_wide_path_is_known_after_one_round_trip_and_one_probe() {
    let mut world = World::new(1472);
    assert_eq!(world.pmtu.packet_bytes(), BASE_BYTES);
    world.run(world.rtt + ms(2));
    assert_eq!(world.pmtu.packet_bytes(), 1424);
    assert_eq!(world.pmtu.inner_bytes(), MAX_DATAGRAM_BYTES);
    world.run(Duration::from_secs(500));
    assert_eq!(world.sent, [1424]);
}

#[test]
fn every_narrow_path_is_measured_within_half_a_second() {
    for (limit, found) in [
        (1423, 1392),
        (1252, 1252),
        (1251, 1232),
        (1096, 1096),
        (1076, 1062),
        (1030, 1024),
        (600, 512),
    ] {
        let mut world = World::new(limit);
        world.run(ms(500));
        assert_eq!(world.pmtu.packet_bytes(), found, "limit {limit}");
        assert_eq!(world.pmtu.advised_inner_bytes(), found - 70);
        assert!(world.sent.len() <= 24, "{} probes", world.sent.len());
    }
}

#[test]
fn inner_flows_hear_of_nothing_that_is_in_doubt() {
    let mut world = World::new(1252);
    world.run(ms(100));
    assert_eq!(world.pmtu.advised_inner_bytes(), MAX_DATAGRAM_BYTES);
    let mut wide = World::new(1424);
    wide.run(ms(100));
    wide.pmtu.suspect(wide.now);
    assert_eq!(wide.pmtu.packet_bytes(), BASE_BYTES);
    assert_eq!(wide.pmtu.advised_inner_bytes(), MAX_DATAGRAM_BYTES);
    wide.run(wide.rtt + ms(2));
    assert_eq!(wide.pmtu.packet_bytes(), 1424, "a false alarm");
}

#[test]
fn a_lost_probe_does_not_make_a_path_narrow() {
    let mut world = World::new(1424);
    world.lose = |number| number == 1;
    world.run(ms(300));
    assert_eq!(world.pmtu.packet_bytes(), 1424);
    let mut world = World::new(1424);
    world.lose = |number| number <= 2;
    world.run(ms(300));
    assert_eq!(world.pmtu.packet_bytes(), 1424);
}

#[test]
fn changes_are_found_every_ten_minutes() {
    let mut world = World::new(1252);
    world.run(ms(500));
    world.limit = 1424;
    world.run(Duration::from_secs(601));
    assert_eq!(world.pmtu.packet_bytes(), 1424);
    world.limit = 1096;
    world.run(Duration::from_secs(601));
    assert_eq!(world.pmtu.packet_bytes(), 1096);
}

#[test]
fn a_black_hole_is_left_by_suspicion() {
    let mut world = World::new(1424);
    world.run(ms(500));
    world.limit = 1252;
    world.pmtu.suspect(world.now);
    assert_eq!(world.pmtu.packet_bytes(), BASE_BYTES, "safe at once");
    world.run(ms(500));
    assert_eq!(world.pmtu.packet_bytes(), 1252);
    let probes = world.sent.len();
    world.pmtu.suspect(world.now);
    world.run(ms(500));
    assert_eq!(world.sent.len(), probes, "not again so soon");
}

#[test]
fn what_the_host_refuses_is_a_failed_probe() {
    let mut world = World::new(1424);
    world.local_limit = 1252;
    world.run(world.rtt + ms(5));
    assert_eq!(world.pmtu.packet_bytes(), 1252, "without a timeout");
    // The interface's MTU falls under traffic.
    world.local_limit = 1096;
    world.pmtu.on_refused(1252, world.now);
    assert!(world.pmtu.packet_bytes() <= 1096);
    world.run(ms(500));
    assert_eq!(world.pmtu.packet_bytes(), 1096);
}

#[test]
fn a_silent_path_is_asked_rarely() {
    let mut world = World::new(0);
    world.run(Duration::from_secs(20));
    assert!(world.sent.len() <= 4 * 25, "{}", world.sent.len());
    assert_eq!(world.pmtu.packet_bytes(), BASE_BYTES);
    world.limit = 1424;
    world.run(Duration::from_secs(6));
    assert_eq!(world.pmtu.packet_bytes(), 1424);
}
