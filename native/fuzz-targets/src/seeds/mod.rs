//! Sound inputs for every target.

mod engine;
mod packet;
mod relay;

pub use engine::{carriers, datagrams, netlink, node};
pub use packet::{conversation, frames, payloads};
pub use relay::{relay_control, relay_data, relay_service, stream_frames, stun};

fn with_length(bytes: &[u8]) -> Vec<u8> {
    [&(bytes.len() as u16).to_be_bytes()[..], bytes].concat()
}
