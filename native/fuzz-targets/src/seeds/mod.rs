//! Sound inputs for every target.

mod engine;
mod packet;
mod relay;

pub use engine::{carriers, datagrams, netlink, node};
pub use packet::{conversation, frames, payloads};
pub use relay::{relay_control, relay_data, relay_service, stream_frames, stun};

const STUN_COOKIE: [u8; 4] = [0x21, 0x12, 0xA4, 0x42];

fn with_length(bytes: &[u8]) -> Vec<u8> {
    [&(bytes.len() as u16).to_be_bytes()[..], bytes].concat()
}

fn stun_request(attributes: &[Vec<u8>]) -> Vec<u8> {
    let body = attributes.concat();
    let length = (body.len() as u16).to_be_bytes();
    [&[0, 1][..], &length, &STUN_COOKIE, &[7; 12], &body].concat()
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
