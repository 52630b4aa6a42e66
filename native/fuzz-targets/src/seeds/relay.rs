//! What a relay receives.

use meshd_relay::fuzz::seeds::{self, data, hello, ping, register, stun_request};

use super::with_length;

/// After one byte: from where.
pub fn stun() -> Vec<Vec<u8>> {
    seeds::stun_requests()
        .into_iter()
        .flat_map(|request| [0, 1, 2, 4, 12].map(|from| [&[from][..], &request].concat()))
        .collect()
}

pub fn relay_control() -> Vec<Vec<u8>> {
    vec![hello(), register(60), ping(1)]
}

pub fn relay_data() -> Vec<Vec<u8>> {
    vec![
        data(1, 2, &[64; 30]),
        data(1, 2, &[16]),
        data(1, 2, &[19, 1, 0]),
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
        data(1, 2, &[64; 6]),
        data(2, 1, &[16; 40]),
        hello(),
        ping(1),
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
    let packets = [data(1, 2, &[64; 30]), vec![], data(1, 2, &[16; 200])];
    vec![
        packets
            .iter()
            .flat_map(|packet| with_length(packet))
            .collect(),
    ]
}
