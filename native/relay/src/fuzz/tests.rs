//! Seeded mutations: about a second for all of them in an unoptimized build.

use std::net::SocketAddr;

use super::chance::Chance;
use super::mutator::Mutator;
use super::relay::{PEOPLE, World, source_of};
use super::{control, data, repair_stun, seeds, stun};
use crate::table::Source;

const DEFAULT_ROUNDS: u64 = 60_000;

fn number_from(variable: &str, default: u64) -> u64 {
    std::env::var(variable)
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(default)
}

fn rounds() -> u64 {
    number_from("MESHD_FUZZ_ROUNDS", DEFAULT_ROUNDS)
}

fn mutator() -> Mutator {
    Mutator::new(number_from("MESHD_FUZZ_SEED", 1))
}

#[test]
fn stun_answers_are_sound_whatever_comes() {
    let corpus = seeds::stun_requests();
    let mut mutator = mutator();
    let sources: [SocketAddr; 2] = [
        "192.0.2.1:1".parse().unwrap(),
        "[2001:db8::1]:65535".parse().unwrap(),
    ];
    let mut answered = 0;
    for _ in 0..rounds() {
        let mut bytes = mutator.mutate(&corpus);
        match mutator.below(3) {
            0 => {}
            repair => repair_stun(&mut bytes, repair == 2),
        }
        let source = *mutator.pick(&sources);
        let has_other_port = mutator.below(2) == 0;
        answered += u64::from(stun(&bytes, source, has_other_port));
    }
    assert!(
        answered > rounds() / 10,
        "the mutations are too wild to find anything"
    );
}

#[test]
fn relay_control_is_exact_whatever_comes() {
    let corpus = [
        seeds::hello(),
        seeds::register(300),
        seeds::register(1000),
        seeds::ping(1),
    ];
    let mut mutator = mutator();
    for _ in 0..rounds() {
        control(&mutator.mutate(&corpus));
    }
}

#[test]
fn relay_data_keeps_its_packet_whatever_comes() {
    let corpus = [seeds::data(1, 2, &[64; 30]), seeds::data(1, 2, &[16])];
    let mut mutator = mutator();
    for _ in 0..rounds() {
        data(&mutator.mutate(&corpus));
    }
}

/// What anybody may send, and what the member at `source` (or another one) may send to whom.
fn corpus(world: &World, mutator: &mut Mutator, source: Source) -> Vec<Vec<u8>> {
    let by_source = world
        .members
        .values()
        .find(|member| member.source == source);
    let session = by_source.map_or(mutator.next() as u32, |member| member.session);
    let receiver = mutator.below(PEOPLE) as u8;
    vec![
        seeds::hello(),
        seeds::register(50),
        seeds::stun_request(&[]),
        seeds::ping(session),
        seeds::data(session, receiver, &[64; 6]),
        seeds::data(session, receiver, &[64; 6]),
    ]
}

#[test]
fn forwards_only_between_the_admitted() {
    let (mut mutator, mut world) = (mutator(), World::new());
    for _ in 0..rounds() {
        match mutator.below(200) {
            0..6 => world.admit(&mut mutator),
            6 => world.revoke(&mut mutator),
            7 => world.now += mutator.below(70_000) as u64,
            8 => world.service.handle_timeout(world.now, &mut || [4; 32]),
            _ => {
                world.now += mutator.below(20) as u64;
                let from = source_of(mutator.below(PEOPLE));
                let corpus = corpus(&world, &mut mutator, from);
                let datagram = mutator.mutate(&corpus);
                let mut train = datagram.repeat(1 + mutator.below(4));
                train.extend(mutator.mutate(&corpus));
                let segment_bytes =
                    *mutator.pick(&[datagram.len(), datagram.len(), 20, 32, 1500, 1, 0]);
                world.receive(from, &train, segment_bytes);
            }
        }
    }
    assert!(
        world.forwarded > rounds() / 50,
        "only {} got through",
        world.forwarded
    );
}
