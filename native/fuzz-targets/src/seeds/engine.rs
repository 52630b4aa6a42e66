//! What a node's engine receives, from its sockets and from the kernel.

use meshd_relay::fuzz::seeds::{data, hello, stun_request};

use super::packet::V4;
use super::{stream_frames, with_length};
use crate::packets::Spec;

fn quic_long() -> Vec<u8> {
    [
        &[0xc3, 0, 0, 0, 1, 20][..],
        &[7; 20],
        &[8],
        &[6; 8],
        &[0, 0x44, 0xb0],
        &[5; 1100],
    ]
    .concat()
}

fn quic_short() -> Vec<u8> {
    [&[0x43][..], &[7; 8], &[5; 40]].concat()
}

fn disco() -> Vec<u8> {
    [&[16, 2][..], &[7; 8], &[6; 16], &[5; 16]].concat()
}

fn part(packet: u8, index: u8, parts: u8, data: &[u8]) -> Vec<u8> {
    [&[19, 1, 0, 0, 0, packet, index, parts][..], data].concat()
}

/// Messages of rtnetlink(7): link, address, route.
pub fn netlink() -> Vec<Vec<u8>> {
    let message = |kind: u16, body: &[u8]| {
        let length = 16 + body.len() as u32;
        [
            &length.to_ne_bytes()[..],
            &kind.to_ne_bytes(),
            &[0; 10],
            body,
        ]
        .concat()
    };
    let link = [0, 0, 1, 0, 3, 0, 0, 0, 0x43, 0, 1, 0, 0, 0, 0, 0];
    let address = [2, 24, 0, 0, 3, 0, 0, 0];
    let all = [
        message(16, &link),
        message(17, &link),
        message(20, &address),
        message(21, &address),
        message(24, &[2, 24, 0, 0, 254, 3, 0, 1, 0, 0, 0, 0]),
    ];
    all.iter().cloned().chain([all.concat()]).collect()
}

pub fn datagrams() -> Vec<Vec<u8>> {
    vec![
        quic_long(),
        quic_short(),
        disco(),
        hello(),
        data(1, 2, &disco()),
        part(1, 0, 2, &quic_short()),
        stun_request(&[]),
    ]
}

/// Parts with whose they are, the time that passed, and their length.
pub fn carriers() -> Vec<Vec<u8>> {
    let record =
        |who: u8, wait: u8, part: &[u8]| [&[who, wait, part.len() as u8][..], part].concat();
    let (first, second) = (part(1, 0, 2, &[64; 20]), part(1, 1, 2, &[65; 20]));
    vec![
        [record(0, 0, &first), record(0, 0, &second)].concat(),
        [
            record(0, 0, &second),
            record(4, 200, &first),
            record(0, 0, &first),
        ]
        .concat(),
        record(1, 0, &part(9, 0, 1, &[64; 9])),
    ]
}

/// Records of kind, length and bytes, one of each kind, and some that follow each other.
pub fn node() -> Vec<Vec<u8>> {
    let record = |kind: u8, bytes: &[u8]| [&[kind][..], &with_length(bytes)].concat();
    let inner = Spec::udp(V4.1, V4.0).complete();
    let (vnet, outer) = Spec::tcp(V4.0, V4.1).frame(0, 0);
    let frame = [&vnet.encode()[..], &outer].concat();
    let long = quic_long();
    vec![
        record(0, &quic_short()),
        record(1, &[17, 6, 0, 0]),
        [record(1, &stun_answer()), record(2, &stun_answer())].concat(),
        record(3, &quic_short()),
        record(3, &disco()),
        [
            record(0, &part(1, 0, 2, &quic_short())),
            record(0, &part(1, 1, 2, &[5; 30])),
        ]
        .concat(),
        [
            record(4, &[1, 1]),
            record(4, &[2, 1]),
            record(4, &[3, 2]),
            record(10, &[200]),
        ]
        .concat(),
        record(5, &[&[3][..], &long[26..]].concat()),
        record(6, &quic_short()[9..]),
        [record(11, &[]), record(8, &frame), record(7, &inner)].concat(),
        record(9, &stream_frames().concat()),
    ]
}

fn stun_answer() -> Vec<u8> {
    [&[1, 1, 0, 0][..], &[0x21, 0x12, 0xA4, 0x42], &[5; 12]].concat()
}
