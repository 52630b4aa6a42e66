//! What must hold of everything here that reads bytes, as functions of any bytes: for native/fuzz.

mod carrier;
mod node;

pub use carrier::carrier;
pub use node::node;

use crate::demux;
use crate::disco::{self, Kind, PairKeys, SHORT_BYTES};
use crate::quic::{CidCodec, verify_first_cid};

const PEER_KEY: [u8; 32] = [2; 32];
const OWN_KEY: [u8; 32] = [1; 32];

fn pair(own: &[u8; 32], peer: &[u8; 32]) -> PairKeys {
    PairKeys::new([3; 32], [4; 32], own, peer)
}

/// Attribution of a datagram, before anything is opened: nobody without the pair's keys is taken for its peer.
pub fn datagram(bytes: &[u8]) {
    let codec = CidCodec::default();
    let keys = pair(&OWN_KEY, &PEER_KEY);
    match demux::classify(bytes) {
        demux::Kind::Quic => {
            if let Some(demux::Destination::First(id)) = demux::quic_destination(bytes, &codec) {
                assert!(!verify_first_cid(&keys, id), "the proof was guessed");
            }
        }
        demux::Kind::Disco => {
            let Some(header) = disco::parse_header(bytes) else {
                return;
            };
            assert!(bytes.len() >= SHORT_BYTES && !keys.authentic(bytes));
            let (boot, counter) = disco::parse_short_body(bytes).expect("as long as a short one");
            if header.kind != Kind::Sealed {
                let again = pair(&PEER_KEY, &OWN_KEY).encode(header.kind, &boot, counter);
                assert!(keys.authentic(&again));
                assert_eq!(disco::parse_short_body(&again), Some((boot, counter)));
            }
        }
        _ => {}
    }
}
