//! Relay data datagrams (first byte 18): `18 ‖ 1 ‖ session(4) ‖ relayId(8) ‖ packet`.

use crate::RelayId;

pub(crate) const DATA: u8 = 18;

const VERSION: u8 = 1;
const HEADER_LENGTH: usize = 14;

/// First bytes of a disco datagram and of a carrier (a part of a QUIC packet), all that a relay carries besides QUIC.
const DISCO: u8 = 16;
const CARRIER: u8 = 19;

/// First bytes from here on are QUIC's (RFC 9443 §4).
const QUIC: u8 = 64;

/// Towards the relay: the sender's session and the receiver's name. From the relay: the receiver's session and the
/// sender's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct DataHeader {
    pub(crate) session: u32,
    pub(crate) relay_id: RelayId,
}

pub(crate) fn parse(datagram: &[u8]) -> Option<DataHeader> {
    let (header, packet) = datagram.split_first_chunk::<HEADER_LENGTH>()?;
    let [DATA, VERSION, s0, s1, s2, s3, relay_id @ ..] = *header else {
        return None;
    };
    let &kind = packet.first()?;
    (matches!(kind, DISCO | CARRIER) || kind >= QUIC).then_some(DataHeader {
        session: u32::from_be_bytes([s0, s1, s2, s3]),
        relay_id,
    })
}

/// Replaces the header of a datagram that `parse` accepted.
pub(crate) fn rewrite(datagram: &mut [u8], header: DataHeader) {
    if let Some(target) = datagram.first_chunk_mut::<HEADER_LENGTH>() {
        target[2..6].copy_from_slice(&header.session.to_be_bytes());
        target[6..].copy_from_slice(&header.relay_id);
    }
}

#[cfg(test)]
#[path = "tests/data.rs"]
mod tests;
