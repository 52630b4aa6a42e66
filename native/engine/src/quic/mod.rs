//! QUIC as this project uses it: one quinn-proto endpoint a peer, raw public keys, connection ids that name the peer, no congestion control of its own.

mod cid;
mod config;
mod congestion;
mod link;
mod live;
mod session;
mod verify;

pub use cid::{CidCheck, CidCodec, FIRST_CID_BYTES, OWN_CID_BYTES, verify_first_cid};
pub use config::{Identity, MAX_DATAGRAM_BYTES, PACKET_OVERHEAD_BYTES, UDP_PAYLOAD_BYTES, prepare};
pub use link::{Link, LinkEvent, Role};
pub use session::Negotiated;
