//! What a relay receives.

use super::{hello, relay_ping, relayed, stun_request, with_length};

fn stun_attribute(kind: u16, value: &[u8]) -> Vec<u8> {
    let length = (value.len() as u16).to_be_bytes();
    let mut bytes = [&kind.to_be_bytes()[..], &length, value].concat();
    bytes.resize(bytes.len().next_multiple_of(4), 0);
    bytes
}

/// After one byte: from where.
pub fn stun() -> Vec<Vec<u8>> {
    let many: Vec<_> = (0x4000..0x4018)
        .map(|kind| stun_attribute(kind, b""))
        .collect();
    [
        stun_request(&[]),
        stun_request(&[stun_attribute(0x8022, b"a client of some kind")]),
        stun_request(&[stun_attribute(0x0003, &[0, 0, 0, 2])]),
        stun_request(&[
            stun_attribute(0x0027, &[0xc3, 0x50, 0, 0]),
            stun_attribute(0x8022, b"with room"),
        ]),
        stun_request(&[
            stun_attribute(0x0006, b"user"),
            stun_attribute(0x0008, &[5; 20]),
        ]),
        stun_request(&many),
    ]
    .into_iter()
    .flat_map(|request| [0, 1, 2, 4, 12].map(|from| [&[from][..], &request].concat()))
    .collect()
}

pub fn relay_control() -> Vec<Vec<u8>> {
    let register = [&[17, 3][..], &[7; 16], &[8; 16], &[9; 60]].concat();
    vec![hello(), register, relay_ping(1)]
}

pub fn relay_data() -> Vec<Vec<u8>> {
    vec![
        relayed(1, 2, &[64; 30]),
        relayed(1, 2, &[16]),
        relayed(1, 2, &[19, 1, 0]),
    ]
}

/// Two members, then what each sends.
pub fn relay_service() -> Vec<Vec<u8>> {
    // Kind, name, source, mesh, time left (four bytes).
    let admit = |name: u8| [0, name, name, 1, 0, 3, 0, 0];
    let admitted = [admit(1), admit(2)].concat();
    // Kind, time, source, length, repetitions, segment size.
    let arrives = |source: u8, datagram: &[u8]| {
        [&[5, 0, source, datagram.len() as u8][..], datagram, &[0, 0]].concat()
    };
    [
        relayed(1, 2, &[64; 6]),
        relayed(2, 1, &[16; 40]),
        hello(),
        relay_ping(1),
        stun_request(&[]),
    ]
    .into_iter()
    .map(|datagram| {
        [
            admitted.clone(),
            arrives(1, &datagram),
            arrives(2, &datagram),
        ]
        .concat()
    })
    .collect()
}

pub fn stream_frames() -> Vec<Vec<u8>> {
    let packets = [relayed(1, 2, &[64; 30]), vec![], relayed(1, 2, &[16; 200])];
    vec![
        packets
            .iter()
            .flat_map(|packet| with_length(packet))
            .collect(),
    ]
}
