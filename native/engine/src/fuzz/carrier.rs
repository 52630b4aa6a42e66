//! Parts of packets from several peers by several ways.

use std::time::{Duration, Instant};

use crate::carrier::Joiner;
use crate::drops::Drops;
use crate::path::Way;

/// Parts as records: whose (two bits) and which way (two bits), milliseconds that passed, length, bytes.
pub fn carrier(mut script: &[u8]) {
    let mut now = Instant::now();
    let (mut joiner, mut drops) = (Joiner::default(), Drops::default());
    let (mut received, mut joined) = (0, 0);
    while let [who, wait, length, rest @ ..] = script {
        let (part, later) = rest.split_at(usize::from(*length).min(rest.len()));
        script = later;
        now += Duration::from_millis(u64::from(*wait) * 8);
        let (peer, way) = (u32::from(who & 3), Way::Relay(u32::from(who >> 2 & 3)));
        received += part.len();
        if who & 0x80 != 0 {
            joiner.forget(peer);
        }
        if let Some(packet) = joiner.accept(peer, way, part, now, &mut drops) {
            assert!(!packet.is_empty());
            joined += packet.len();
        }
        assert!(joined <= received, "nothing comes out that did not go in");
    }
}
