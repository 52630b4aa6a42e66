//! The parsers as pure functions: no panic, and nothing accepted that the format does not allow.

use std::net::SocketAddr;

use crate::control::{self as messages, Control};
use crate::crc32::crc32;
use crate::data::{self as packets, DataHeader};
use crate::stun as server;

const COOKIE: [u8; 4] = [0x21, 0x12, 0xA4, 0x42];

/// Whether it was answered.
pub fn stun(bytes: &[u8], source: SocketAddr, has_other_port: bool) -> bool {
    let Some(answered_to) = server::answer(bytes, source, has_other_port) else {
        return false;
    };
    assert_eq!(answered_to.destination.ip(), source.ip());
    assert!(answered_to.destination == source || answered_to.reply.len() <= bytes.len());
    let answer = answered_to.reply;
    assert!(bytes[..2] == [0, 1] && bytes[4..8] == COOKIE);
    assert!(answer.len() <= 72 && answer[4..20] == bytes[4..20]);
    assert_eq!(attributes_length(&answer[20..]), Some(answer.len() - 20));
    true
}

/// Makes length and FINGERPRINT right again, so that mutations get past the outer checks.
pub fn repair_stun(bytes: &mut Vec<u8>, with_fingerprint: bool) {
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
        bytes.extend([0x80, 0x28, 0, 4]);
        bytes.extend(value.to_be_bytes());
    }
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

pub fn control(bytes: &[u8]) {
    match messages::parse(bytes) {
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

pub fn data(bytes: &[u8]) {
    let Some(DataHeader { session, relay_id }) = packets::parse(bytes) else {
        return;
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
    let mut rewritten = bytes.to_vec();
    packets::rewrite(&mut rewritten, turned);
    assert_eq!(
        (packets::parse(&rewritten), &rewritten[14..]),
        (Some(turned), &bytes[14..])
    );
}
