//! This node's sessions at relays, and the header that relayed packets bear (docs/protocol.md "Relay").

use std::net::SocketAddr;
use std::time::Instant;

use crate::bucket::TokenBucket;
use crate::drops::Drop;

pub const HEADER_BYTES: usize = 14;
/// First bytes.
pub const RELAY_CONTROL: u8 = 17;
pub const RELAY_DATA: u8 = 18;
const DATA: [u8; 2] = [RELAY_DATA, 1];
/// A relay says a few words a minute; whoever forges its address shall not keep TypeScript busy.
const CONTROL_RATE: u32 = 20;
const CONTROL_BURST: u32 = 50;
const MAX_CONTROL_BYTES: usize = 1200;

pub type RelayId = [u8; 8];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Relay {
    pub handle: u32,
    pub address: SocketAddr,
    /// 0: not registered yet, only control passes.
    pub session: u32,
}

impl Relay {
    /// What goes before a packet to the peer.
    pub fn header_to(&self, peer: &RelayId) -> [u8; HEADER_BYTES] {
        header(self.session, peer)
    }

    /// Who sent this relayed datagram, if it belongs to our session.
    pub fn sender(&self, datagram: &[u8]) -> Option<RelayId> {
        sender(self.session, datagram)
    }
}

fn header(session: u32, peer: &RelayId) -> [u8; HEADER_BYTES] {
    let mut header = [0; HEADER_BYTES];
    header[..2].copy_from_slice(&DATA);
    header[2..6].copy_from_slice(&session.to_be_bytes());
    header[6..].copy_from_slice(peer);
    header
}

fn sender(session: u32, datagram: &[u8]) -> Option<RelayId> {
    let header: &[u8; HEADER_BYTES] = datagram.first_chunk()?;
    let ours = session != 0 && header[..2] == DATA && header[2..6] == session.to_be_bytes();
    ours.then(|| header[6..].try_into().ok()).flatten()
}

/// Few: a node has a home relay and a standby, and knows of some more.
#[derive(Debug, Default)]
pub struct Relays {
    udp: Vec<(Relay, TokenBucket)>,
    /// Sessions whose packets go through a stream of TypeScript's, by handle.
    streams: Vec<(u32, u32)>,
}

impl Relays {
    pub fn set(&mut self, handle: u32, address: Option<SocketAddr>, session: u32) {
        let old = self
            .udp
            .iter()
            .position(|(relay, _)| relay.handle == handle);
        let bucket = old.map(|index| self.udp.swap_remove(index).1);
        if let Some(address) = address {
            let relay = Relay {
                handle,
                address,
                session,
            };
            let control = bucket.unwrap_or_else(|| TokenBucket::new(CONTROL_RATE, CONTROL_BURST));
            self.udp.push((relay, control));
        }
    }

    pub fn get(&self, handle: u32) -> Option<&Relay> {
        self.iter().find(|relay| relay.handle == handle)
    }

    pub fn at(&self, address: SocketAddr) -> Option<&Relay> {
        self.iter().find(|relay| relay.address == address)
    }

    /// Whether a control datagram may go up to TypeScript.
    pub fn take_control(
        &mut self,
        source: SocketAddr,
        datagram: &[u8],
        now: Instant,
    ) -> Result<(), Drop> {
        let mut relays = self.udp.iter_mut();
        let (_, bucket) = relays
            .find(|(relay, _)| relay.address == source)
            .ok_or(Drop::UnknownSender)?;
        if datagram.len() > MAX_CONTROL_BYTES {
            return Err(Drop::Malformed);
        }
        bucket.take(now).then_some(()).ok_or(Drop::RateLimited)
    }

    /// `session` 0 ends it.
    pub fn set_stream(&mut self, handle: u32, session: u32) {
        self.streams.retain(|&(known, _)| known != handle);
        if session != 0 {
            self.streams.push((handle, session));
        }
    }

    /// What goes before a packet to the peer in a stream; `None` if the handle is no stream's.
    pub fn stream_header(&self, handle: u32, peer: &RelayId) -> Option<[u8; HEADER_BYTES]> {
        let &(_, session) = self.streams.iter().find(|&&(known, _)| known == handle)?;
        Some(header(session, peer))
    }

    /// Who sent this packet that came in a stream.
    pub fn stream_sender(&self, handle: u32, datagram: &[u8]) -> Option<RelayId> {
        let &(_, session) = self.streams.iter().find(|&&(known, _)| known == handle)?;
        sender(session, datagram)
    }

    /// Whether the session of a handle stands.
    pub fn stands(&self, handle: u32) -> bool {
        self.usable().contains(&handle)
    }

    /// Those that are spoken to over UDP.
    pub fn iter(&self) -> impl Iterator<Item = &Relay> {
        self.udp.iter().map(|(relay, _)| relay)
    }

    /// Handles of the sessions that stand.
    pub fn usable(&self) -> Vec<u32> {
        let mut handles: Vec<u32> = self
            .iter()
            .filter(|relay| relay.session != 0)
            .map(|relay| relay.handle)
            .chain(self.streams.iter().map(|&(handle, _)| handle))
            .collect();
        handles.sort_unstable();
        handles
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_session_passes() {
        let mut relay = Relay {
            handle: 1,
            address: "198.51.100.1:443".parse().unwrap(),
            session: 0x0102_0304,
        };
        let datagram = relay.header_to(&[9; 8]);
        assert_eq!(datagram, [18, 1, 1, 2, 3, 4, 9, 9, 9, 9, 9, 9, 9, 9]);
        assert_eq!(relay.sender(&datagram), Some([9; 8]));
        assert_eq!(relay.sender(&datagram[..13]), None);
        relay.session = 5;
        assert_eq!(relay.sender(&datagram), None);
        let unregistered = Relay {
            session: 0,
            ..relay
        };
        assert_eq!(unregistered.sender(&unregistered.header_to(&[9; 8])), None);
    }
}
