//! A fuzz run of two seconds; `MESHD_FUZZ_SECONDS=3600 cargo test --release -p meshd-packet --test
//! fuzz` for longer ones.
//!
//! Mutates well-formed packets, so that most get past the first checks. A failure prints the seed
//! that `MESHD_FUZZ_SEED` repeats.

#[path = "../packets/mod.rs"]
mod packets;
mod targets;

use packets::Spec;
use std::time::{Duration, Instant};

/// SplitMix64: small, and good enough to choose bytes.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit.max(1) as u64) as usize
    }

    fn chance(&mut self, one_in: usize) -> bool {
        self.below(one_in) == 0
    }
}

fn spec(random: &mut Random) -> Spec {
    let addresses = if random.chance(2) {
        ("100.64.0.1", "100.64.0.2")
    } else {
        ("fd00::1", "fd00::2")
    };
    let payload = vec![random.next() as u8; random.below(3000)];
    let spec = if random.chance(2) {
        Spec::tcp(addresses.0, addresses.1)
    } else {
        Spec::udp(addresses.0, addresses.1)
    };
    Spec { payload, ..spec }
}

fn mutate(random: &mut Random, bytes: &mut Vec<u8>, fix_length_at: usize) {
    for _ in 0..random.below(4) {
        let near = if random.chance(3) {
            bytes.len()
        } else {
            bytes.len().min(80)
        };
        let at = random.below(near);
        if let Some(slot) = bytes.get_mut(at) {
            *slot = if random.chance(2) {
                random.next() as u8
            } else {
                *slot ^ 1 << random.below(8)
            };
        }
    }
    if random.chance(4) {
        bytes.truncate(random.below(bytes.len() + 1));
        // Make the IP header tell the new length, or nothing behind it is ever looked at.
        if let Some(packet) = bytes
            .get_mut(fix_length_at..)
            .filter(|packet| packet.len() >= 40)
        {
            let v4 = packet[0] & 0x7f < 0x60;
            let (at, length) = if v4 {
                (2, packet.len())
            } else {
                (4, packet.len() - 40)
            };
            packet[at..at + 2].copy_from_slice(&(length as u16).to_be_bytes());
        }
    }
}

fn one_outbound(random: &mut Random) {
    let kinds = [0, 1, 3, 4, 5, 0x81, 0x84, 7];
    let kind = kinds[random.below(kinds.len())];
    let size = random.below(1500) as u16;
    let (vnet, packet) = spec(random).frame(kind, size);
    let mut frame = [&vnet.encode()[..], &packet].concat();
    mutate(random, &mut frame, 10);
    targets::outbound(&frame);
}

fn one_inbound(random: &mut Random) {
    let size = 1 + random.below(500);
    let mut input = Vec::new();
    for segment in spec(random).segments(size).iter().take(40) {
        let mut payload = if random.chance(3) {
            segment.complete()
        } else {
            segment.marked()
        };
        if random.chance(3) {
            mutate(random, &mut payload, 0);
        }
        input.extend((payload.len() as u16).to_be_bytes());
        input.extend(payload);
    }
    targets::inbound(&input);
}

fn one_conversation(random: &mut Random) {
    let mut input = Vec::new();
    for _ in 0..random.below(8) {
        let mut packet = spec(random).complete();
        if random.chance(2) {
            mutate(random, &mut packet, 0);
        }
        input.push(random.next() as u8);
        input.extend((packet.len() as u16).to_be_bytes());
        input.extend(packet);
    }
    targets::filter(&input);
}

#[test]
fn mutated_packets() {
    let number = |name: &str| {
        std::env::var(name)
            .ok()
            .and_then(|text| text.parse::<u64>().ok())
    };
    let end = Instant::now() + Duration::from_secs(number("MESHD_FUZZ_SECONDS").unwrap_or(2));
    let mut seed = number("MESHD_FUZZ_SEED").unwrap_or(1);
    while Instant::now() < end {
        let run = std::panic::catch_unwind(|| {
            let mut random = Random(seed);
            one_outbound(&mut random);
            one_inbound(&mut random);
            one_conversation(&mut random);
        });
        assert!(run.is_ok(), "MESHD_FUZZ_SEED={seed} repeats this");
        seed += 1;
    }
    println!("{seed} seeds");
}
