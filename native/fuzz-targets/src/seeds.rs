//! Sound inputs for every target.

use crate::packets::Spec;

const STUN_COOKIE: [u8; 4] = [0x21, 0x12, 0xA4, 0x42];
const V4: (&str, &str) = ("100.64.0.1", "100.64.0.2");
const V6: (&str, &str) = ("fd00::1", "fd00::2");

fn specs() -> Vec<Spec> {
    [V4, V6]
        .into_iter()
        .flat_map(|(from, to)| [Spec::tcp(from, to), Spec::udp(from, to)])
        .collect()
}

/// virtio-net header and packet, one for each kind of segmentation.
pub fn frames() -> Vec<Vec<u8>> {
    let mut frames = Vec::new();
    for spec in specs() {
        let payload = vec![7; 900];
        for kind in [0, 1, 3, 4, 5] {
            let payload = payload.clone();
            let (vnet, packet) = Spec {
                payload,
                ..spec.clone()
            }
            .frame(kind, 300);
            frames.push([&vnet.encode()[..], &packet].concat());
        }
        let flags = crate::packets::SYN;
        let tcp_options = vec![2, 4, 5, 180, 1, 1, 4, 2];
        let (vnet, packet) = Spec {
            flags,
            tcp_options,
            ..spec
        }
        .frame(0, 0);
        frames.push([&vnet.encode()[..], &packet].concat());
    }
    frames
}

fn with_length(bytes: &[u8]) -> Vec<u8> {
    [&(bytes.len() as u16).to_be_bytes()[..], bytes].concat()
}

/// What a peer sends: segments that belong together, each after its length.
pub fn payloads() -> Vec<Vec<u8>> {
    let mut inputs = Vec::new();
    for spec in specs() {
        let payload = vec![7; 900];
        let segments = Spec { payload, ..spec }.segments(300);
        inputs.push(
            segments
                .iter()
                .flat_map(|s| with_length(&s.marked()))
                .collect(),
        );
        inputs.push(
            segments
                .iter()
                .flat_map(|s| with_length(&s.complete()))
                .collect(),
        );
    }
    inputs
}

/// A flow and its answer, an ICMP error about it, and fragments: which way, length, packet.
pub fn conversation() -> Vec<Vec<u8>> {
    let turn = |way: u8, packet: &[u8]| [&[way][..], &with_length(packet)].concat();
    let mut inputs = Vec::new();
    for ((from, to), tcp) in [(V4, true), (V4, false), (V6, true), (V6, false)] {
        let of = |from, to| {
            if tcp {
                Spec::tcp(from, to)
            } else {
                Spec::udp(from, to)
            }
        };
        let there = of(from, to);
        let mut back = of(to, from);
        back.ports = (there.ports.1, there.ports.0);
        let (there, back) = (there.complete(), back.complete());
        inputs.push([turn(0, &there), turn(1, &back)].concat());
        inputs.push(
            [
                turn(1, &back),
                turn(0, &there),
                turn(1, &icmp_error(&there)),
            ]
            .concat(),
        );
    }
    let mut fragment = Spec::udp(V4.1, V4.0).complete();
    fragment[6] = 0x20;
    inputs.push(turn(1, &fragment));
    // Hop-by-hop, destination options and fragment header before UDP (RFC 8200 §4).
    let udp = Spec::udp(V6.1, V6.0).complete();
    let extensions = [
        60, 0, 1, 4, 0, 0, 0, 0, //
        44, 0, 1, 4, 0, 0, 0, 0, //
        17, 0, 0, 1, 0, 0, 0, 9,
    ];
    let mut packet = [&udp[..40], &extensions, &udp[40..]].concat();
    packet[6] = 0;
    let length = (packet.len() - 40) as u16;
    packet[4..6].copy_from_slice(&length.to_be_bytes());
    inputs.push(turn(1, &packet));
    inputs
}

/// Destination unreachable, from the other side, about a packet (RFC 792; RFC 4443 §3.1). Checksums are not looked at by the filter.
fn icmp_error(about: &[u8]) -> Vec<u8> {
    let v4 = about[0] >> 4 == 4;
    let body = [&[if v4 { 3 } else { 1 }, 4, 0, 0, 0, 0, 0, 0][..], about].concat();
    let mut packet = if v4 {
        about[..20].to_vec()
    } else {
        about[..40].to_vec()
    };
    let (source, destination) = if v4 {
        (12..16, 16..20)
    } else {
        (8..24, 24..40)
    };
    packet[source.clone()].copy_from_slice(&about[destination.clone()]);
    packet[destination].copy_from_slice(&about[source]);
    if v4 {
        packet[9] = 1;
        let length = (20 + body.len()) as u16;
        packet[2..4].copy_from_slice(&length.to_be_bytes());
    } else {
        packet[6] = 58;
        packet[4..6].copy_from_slice(&(body.len() as u16).to_be_bytes());
    }
    packet.extend(body);
    packet
}

fn stun_attribute(kind: u16, value: &[u8]) -> Vec<u8> {
    let length = (value.len() as u16).to_be_bytes();
    let mut bytes = [&kind.to_be_bytes()[..], &length, value].concat();
    bytes.resize(bytes.len().next_multiple_of(4), 0);
    bytes
}

fn stun_request(attributes: &[Vec<u8>]) -> Vec<u8> {
    let body = attributes.concat();
    let length = (body.len() as u16).to_be_bytes();
    [&[0, 1][..], &length, &STUN_COOKIE, &[7; 12], &body].concat()
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
        // FINGERPRINT of this very request.
        hex("000100082112a442070707070707070707070707802800042c3a5d5a"),
        stun_request(&many),
    ]
    .into_iter()
    .flat_map(|request| [0, 1, 2].map(|from| [&[from][..], &request].concat()))
    .collect()
}

fn hex(digits: &str) -> Vec<u8> {
    let pairs = (0..digits.len()).step_by(2);
    pairs
        .filter_map(|at| u8::from_str_radix(&digits[at..at + 2], 16).ok())
        .collect()
}

fn hello() -> Vec<u8> {
    [&[17, 1][..], &[7; 16], &[0; 78]].concat()
}

fn relay_ping(session: u8) -> Vec<u8> {
    [&[17, 5, 0, 0, 0, session][..], &[9; 8], &[0; 18]].concat()
}

fn relayed(session: u8, to: u8, packet: &[u8]) -> Vec<u8> {
    [&[18, 1, 0, 0, 0, session][..], &[to; 8], packet].concat()
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

pub fn datagrams() -> Vec<Vec<u8>> {
    vec![
        quic_long(),
        quic_short(),
        disco(),
        hello(),
        relayed(1, 2, &disco()),
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
    [&[1, 1, 0, 0][..], &STUN_COOKIE, &[5; 12]].concat()
}
