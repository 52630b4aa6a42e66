//! Wire payloads become TUN frames that stand for the same packets, in the same order within each
//! flow.

mod contents;
mod conversations;
#[path = "../packets/mod.rs"]
mod packets;
mod runs;

use meshd_packet::VnetHdr;
use packets::Spec;

const V4: (&str, &str) = ("100.64.0.1", "100.64.0.2");
const V6: (&str, &str) = ("fd00::1", "fd00::2");

fn header(frame: &[u8]) -> VnetHdr {
    VnetHdr::parse(frame).unwrap()
}

fn stream(spec: Spec, total: usize, size: usize) -> Vec<Spec> {
    Spec {
        payload: (0..total).map(|i| (i / 3) as u8).collect(),
        ..spec
    }
    .segments(size)
}
