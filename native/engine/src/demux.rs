//! What a datagram is, by its first byte (docs/protocol.md "Datagrams"), and whose a QUIC packet is, by its connection id.

use crate::carrier;
use crate::disco;
use crate::quic::{CidCodec, FIRST_CID_BYTES, OWN_CID_BYTES};
use crate::relays::{RELAY_CONTROL, RELAY_DATA};

const QUIC_V1: [u8; 4] = [0, 0, 0, 1];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Stun,
    Disco,
    RelayControl,
    RelayData,
    Carrier,
    Quic,
    Unknown,
}

pub fn classify(datagram: &[u8]) -> Kind {
    match datagram.first() {
        Some(0..=3) => Kind::Stun,
        Some(&disco::FIRST_BYTE) => Kind::Disco,
        Some(&RELAY_CONTROL) => Kind::RelayControl,
        Some(&RELAY_DATA) => Kind::RelayData,
        Some(&carrier::FIRST_BYTE) => Kind::Carrier,
        // The fixed bit is always set (RFC 9000 §17): 128-191 are no QUIC v1.
        Some(64..=127 | 192..=255) => Kind::Quic,
        _ => Kind::Unknown,
    }
}

/// The destination of a QUIC packet.
#[derive(Debug, PartialEq, Eq)]
pub enum Destination<'a> {
    /// An id that looks like one of ours.
    Peer(u32),
    /// The first id of a client, still to be verified.
    First(&'a [u8; FIRST_CID_BYTES]),
}

/// `None`: nothing of ours.
pub fn quic_destination<'a>(packet: &'a [u8], codec: &CidCodec) -> Option<Destination<'a>> {
    const LONG_HEADER: u8 = 0x80;
    if packet.first()? & LONG_HEADER == 0 {
        return Some(Destination::Peer(
            codec.decode(packet.get(1..)?.first_chunk()?)?,
        ));
    }
    if packet.get(1..5)? != QUIC_V1 {
        return None;
    }
    let id = packet.get(6..)?;
    match usize::from(packet[5]) {
        OWN_CID_BYTES => Some(Destination::Peer(codec.decode(id.first_chunk()?)?)),
        FIRST_CID_BYTES => Some(Destination::First(id.first_chunk()?)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_first_byte_has_its_kind() {
        let kinds: Vec<Kind> = (0..=255u8).map(|byte| classify(&[byte])).collect();
        let count = |kind| kinds.iter().filter(|&&k| k == kind).count();
        assert_eq!(count(Kind::Stun), 4);
        assert_eq!(count(Kind::Quic), 128);
        assert_eq!(
            (kinds[16], kinds[17], kinds[18]),
            (Kind::Disco, Kind::RelayControl, Kind::RelayData)
        );
        assert_eq!((kinds[19], kinds[20]), (Kind::Carrier, Kind::Unknown));
        assert_eq!(classify(&[]), Kind::Unknown);
    }

    #[test]
    fn cuts_short_of_any_header_are_nothing() {
        let codec = CidCodec::default();
        let mut long = vec![0xc0, 0, 0, 0, 1, 20];
        long.extend([7; 20]);
        for length in 0..long.len() {
            assert_eq!(quic_destination(&long[..length], &codec), None);
        }
        assert_eq!(
            quic_destination(&long, &codec),
            Some(Destination::First(&[7; 20]))
        );
        long[4] = 2;
        assert_eq!(quic_destination(&long, &codec), None, "another version");
        for length in 0..9 {
            assert_eq!(quic_destination(&[0x40; 9][..length], &codec), None);
        }
    }
}
