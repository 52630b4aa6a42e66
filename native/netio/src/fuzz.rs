//! What must hold of everything here that reads bytes, as functions of any bytes: for native/fuzz.

use crate::network_monitor;
use crate::{MAX_FRAMED_BYTES, StreamQueues, framed_packets};

/// The kernel's messages, one receive buffer full.
pub fn netlink(bytes: &[u8]) {
    let mut change = None;
    network_monitor::parse(bytes, &mut change);
    // The shortest message that names an interface has a header and 8 bytes.
    assert!(change.is_none_or(|change| change.lost.len() <= bytes.len() / 24));
}

/// Packets of a relay's stream: what goes into a queue again comes out of it the same.
pub fn stream_frames(bytes: &[u8]) {
    let packets: Vec<&[u8]> = framed_packets(bytes).collect();
    assert!(packets.iter().map(|packet| packet.len() + 2).sum::<usize>() <= bytes.len());
    let queues = StreamQueues::default();
    queues.open(1);
    for (number, packet) in packets.iter().enumerate() {
        assert!((1..=MAX_FRAMED_BYTES).contains(&packet.len()));
        let queued = queues.push(1, &[packet]).expect("an open stream");
        assert_eq!(queued.announce, number == 0);
        if queued.dropped > 0 {
            return;
        }
    }
    let mut taken = Vec::new();
    while let Some(batch) = queues.take(1) {
        taken.extend(framed_packets(&batch).map(<[u8]>::to_vec));
    }
    assert_eq!(taken, packets);
}
