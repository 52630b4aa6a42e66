//! The parsers as pure functions: no panic, and nothing accepted that the format does not allow.

use std::net::SocketAddr;

use super::{mutator, rounds};
use crate::control::{self, Control};
use crate::crc32::crc32;
use crate::data::{self, DataHeader};
use crate::stun;

const COOKIE: [u8; 4] = [0x21, 0x12, 0xA4, 0x42];

fn stun_attribute(kind: u16, value: &[u8]) -> Vec<u8> {
    let mut bytes = [
        &kind.to_be_bytes()[..],
        &(value.len() as u16).to_be_bytes(),
        value,
    ]
    .concat();
    bytes.resize(bytes.len().next_multiple_of(4), 0);
    bytes
}

fn stun_request(attributes: &[Vec<u8>]) -> Vec<u8> {
    let body = attributes.concat();
    [
        &[0, 1][..],
        &(body.len() as u16).to_be_bytes(),
        &COOKIE,
        &[7; 12],
        &body,
    ]
    .concat()
}

/// Makes length and FINGERPRINT right again, so that mutations get past the outer checks.
fn repair_stun(bytes: &mut Vec<u8>, with_fingerprint: bool) {
    if bytes.len() < 20 {
        return;
    }
    bytes.truncate(bytes.len() / 4 * 4);
    let extra = if with_fingerprint { 8 } else { 0 };
    let length = (bytes.len() - 20 + extra) as u16;
    bytes[..2].copy_from_slice(&[0, 1]);
    bytes[2..4].copy_from_slice(&length.to_be_bytes());
    bytes[4..8].copy_from_slice(&COOKIE);
    if with_fingerprint {
        let value = crc32(bytes) ^ 0x5354_554E;
        bytes.extend(stun_attribute(0x8028, &value.to_be_bytes()));
    }
}

#[test]
fn stun_answers_are_sound_whatever_comes() {
    let corpus = [
        stun_request(&[]),
        stun_request(&[stun_attribute(0x8022, b"a client of some kind")]),
        stun_request(&[
            stun_attribute(0x0003, &[0, 0, 0, 6]),
            stun_attribute(0x0026, &[0; 30]),
        ]),
        stun_request(&[stun_attribute(0x0003, &[0, 0, 0, 2])]),
        stun_request(&[stun_attribute(0x0027, &[0xc3, 0x50, 0, 0])]),
        stun_request(&[
            stun_attribute(0x0027, &[0xc3, 0x50, 0, 0]),
            stun_attribute(0x8022, b"with room"),
        ]),
        stun_request(&[
            stun_attribute(0x0006, b"user"),
            stun_attribute(0x0008, &[5; 20]),
        ]),
        stun_request(
            &(0x4000..0x4018)
                .map(|kind| stun_attribute(kind, b""))
                .collect::<Vec<_>>(),
        ),
    ];
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
        let Some(answered_to) = stun::answer(&bytes, source, mutator.below(2) == 0) else {
            continue;
        };
        assert_eq!(answered_to.destination.ip(), source.ip());
        assert!(
            answered_to.destination == source || answered_to.reply.len() <= bytes.len(),
            "{bytes:02x?}"
        );
        let answer = answered_to.reply;
        answered += 1;
        assert!(
            bytes[..2] == [0, 1] && bytes[4..8] == COOKIE,
            "{bytes:02x?}"
        );
        assert!(
            answer.len() <= 72 && answer[4..20] == bytes[4..20],
            "{bytes:02x?}"
        );
        assert_eq!(
            attributes_length(&answer[20..]),
            Some(answer.len() - 20),
            "{bytes:02x?}"
        );
    }
    assert!(
        answered > rounds() / 10,
        "the mutations are too wild to find anything"
    );
}

/// Length of a sequence of whole attributes.
fn attributes_length(mut bytes: &[u8]) -> Option<usize> {
    let total = bytes.len();
    while !bytes.is_empty() {
        let length = usize::from(u16::from_be_bytes([*bytes.get(2)?, *bytes.get(3)?]));
        bytes = bytes.get(4 + length.next_multiple_of(4)..)?;
    }
    Some(total)
}

#[test]
fn relay_control_is_exact_whatever_comes() {
    let corpus = [
        [&[17, 1][..], &[7; 16], &[0; 78]].concat(),
        [&[17, 3][..], &[7; 16], &[8; 16], &[9; 300]].concat(),
        [&[17, 3][..], &[7; 16], &[8; 16], &[9; 1000]].concat(),
        [&[17, 5][..], &[0, 0, 0, 1], &[9; 8], &[0; 18]].concat(),
    ];
    let mut mutator = mutator();
    for _ in 0..rounds() {
        let bytes = mutator.mutate(&corpus);
        match control::parse(&bytes) {
            None => {}
            Some(Control::Hello { nonce }) => {
                assert_eq!(bytes, [&[17, 1][..], nonce, &[0; 78]].concat());
            }
            Some(Control::Register {
                nonce,
                cookie,
                body,
            }) => {
                assert_eq!(bytes, [&[17, 3], &nonce[..], cookie, body].concat());
                assert!((1..=1000).contains(&body.len()));
            }
            Some(Control::Ping { session, sequence }) => {
                assert_eq!(
                    bytes[..14],
                    [&[17, 5], &session.to_be_bytes()[..], sequence].concat()
                );
                assert_eq!(bytes.len(), 32);
            }
        }
    }
}

#[test]
fn relay_data_keeps_its_packet_whatever_comes() {
    let corpus = [
        [&[18, 1, 0, 0, 0, 1][..], &[2; 8], &[64; 30]].concat(),
        [&[18, 1, 0, 0, 0, 1][..], &[2; 8], &[16]].concat(),
    ];
    let mut mutator = mutator();
    for _ in 0..rounds() {
        let bytes = mutator.mutate(&corpus);
        let Some(DataHeader { session, relay_id }) = data::parse(&bytes) else {
            continue;
        };
        assert_eq!(
            bytes[..14],
            [&[18, 1], &session.to_be_bytes()[..], &relay_id].concat()
        );
        assert!(matches!(bytes[14], 16 | 19) || bytes[14] >= 64);
        let turned = DataHeader {
            session: !session,
            relay_id: [1; 8],
        };
        let mut rewritten = bytes.clone();
        data::rewrite(&mut rewritten, turned);
        assert_eq!(
            (data::parse(&rewritten), &rewritten[14..]),
            (Some(turned), &bytes[14..])
        );
    }
}
