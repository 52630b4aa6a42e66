//! Disco framing (docs/protocol.md "Disco"): hint, tag, and the bodies that the engine itself speaks. Sealed bodies are TypeScript's.

use blake2::Blake2bMac;
use blake2::digest::consts::{U8, U16};
use blake2::digest::{FixedOutput, Mac, Update};
use subtle::ConstantTimeEq;

use crate::quic::UDP_PAYLOAD_BYTES;
use crate::replay::BootId;

pub const FIRST_BYTE: u8 = 16;
const HINT: std::ops::Range<usize> = 2..10;
const TAG: std::ops::Range<usize> = 10..26;
const HEADER_BYTES: usize = 26;
/// Boot id and counter.
const SHORT_BODY_BYTES: usize = 16;
pub const SHORT_BYTES: usize = HEADER_BYTES + SHORT_BODY_BYTES;
const MAX_SEALED_BYTES: usize = 1200;
/// Echo requests are padded up to the size of full QUIC packets.
const MAX_ECHO_BYTES: usize = UDP_PAYLOAD_BYTES as usize;

pub type Hint = [u8; 8];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Sealed = 1,
    EchoRequest = 2,
    EchoReply = 3,
    ConnectRequest = 4,
}

impl Kind {
    fn from_byte(byte: u8) -> Option<Self> {
        match byte {
            1 => Some(Self::Sealed),
            2 => Some(Self::EchoRequest),
            3 => Some(Self::EchoReply),
            4 => Some(Self::ConnectRequest),
            _ => None,
        }
    }
}

/// What two nodes share, and the names they give each other on the wire.
#[derive(Clone)]
pub struct PairKeys {
    tag_key: [u8; 32],
    cid_key: [u8; 32],
    pub own_hint: Hint,
    pub peer_hint: Hint,
}

impl PairKeys {
    pub fn new(
        tag_key: [u8; 32],
        cid_key: [u8; 32],
        own_node_key: &[u8; 32],
        peer_node_key: &[u8; 32],
    ) -> Self {
        let hint = |sender: &[u8; 32]| mac8(&tag_key, &[b"meshd hint v1\0", sender]);
        Self {
            own_hint: hint(own_node_key),
            peer_hint: hint(peer_node_key),
            tag_key,
            cid_key,
        }
    }

    pub fn made_of(&self, tag_key: &[u8; 32], cid_key: &[u8; 32]) -> bool {
        (self.tag_key.ct_eq(tag_key) & self.cid_key.ct_eq(cid_key)).into()
    }

    /// The proof in a first destination connection id.
    pub fn first_cid_mac(&self, hint: &Hint, nonce: &[u8; 4]) -> [u8; 8] {
        mac8(&self.cid_key, &[b"meshd first cid v1\0", hint, nonce])
    }

    fn tag(&self, datagram: &[u8]) -> [u8; 16] {
        let mut mac = keyed::<Blake2bMac<U16>>(&self.tag_key);
        Update::update(&mut mac, &datagram[..TAG.start]);
        Update::update(&mut mac, &datagram[TAG.end..]);
        mac.finalize_fixed().into()
    }

    /// An echo request, echo reply or connect request of ours.
    pub fn encode(&self, kind: Kind, boot: &BootId, counter: u64) -> [u8; SHORT_BYTES] {
        let mut out = [0; SHORT_BYTES];
        out[0] = FIRST_BYTE;
        out[1] = kind as u8;
        out[HINT].copy_from_slice(&self.own_hint);
        out[HEADER_BYTES..HEADER_BYTES + 8].copy_from_slice(boot);
        out[HEADER_BYTES + 8..].copy_from_slice(&counter.to_be_bytes());
        let tag = self.tag(&out);
        out[TAG].copy_from_slice(&tag);
        out
    }

    /// An echo request padded to `bytes` in all, appended.
    pub fn encode_padded_echo(&self, boot: &BootId, counter: u64, bytes: usize, out: &mut Vec<u8>) {
        let start = out.len();
        out.extend_from_slice(&self.encode(Kind::EchoRequest, boot, counter));
        out.resize(start + bytes.max(SHORT_BYTES), 0);
        let tag = self.tag(&out[start..]);
        out[start..][TAG].copy_from_slice(&tag);
    }

    /// Checks the tag in constant time.
    pub fn authentic(&self, datagram: &[u8]) -> bool {
        datagram.len() >= HEADER_BYTES && self.tag(datagram).ct_eq(&datagram[TAG]).into()
    }
}

/// What can be said of a datagram before its sender's key is looked up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    pub kind: Kind,
    pub hint: Hint,
}

pub fn parse_header(datagram: &[u8]) -> Option<Header> {
    if datagram.len() < SHORT_BYTES || datagram[0] != FIRST_BYTE {
        return None;
    }
    let kind = Kind::from_byte(datagram[1])?;
    let max_bytes = match kind {
        Kind::Sealed => MAX_SEALED_BYTES,
        Kind::EchoRequest => MAX_ECHO_BYTES,
        Kind::EchoReply => SHORT_BYTES,
        Kind::ConnectRequest => MAX_SEALED_BYTES,
    };
    if datagram.len() > max_bytes {
        return None;
    }
    Some(Header {
        kind,
        hint: datagram[HINT].try_into().ok()?,
    })
}

/// Boot id and counter of an authentic echo request, echo reply or connect request.
pub fn parse_short_body(datagram: &[u8]) -> Option<(BootId, u64)> {
    let body = datagram.get(HEADER_BYTES..SHORT_BYTES)?;
    let (boot, counter) = body.split_at(8);
    Some((
        boot.try_into().ok()?,
        u64::from_be_bytes(counter.try_into().ok()?),
    ))
}

/// The first half of an authentic datagram's tag.
pub fn tag_start(datagram: &[u8]) -> u64 {
    datagram[TAG]
        .first_chunk()
        .map_or(0, |start| u64::from_be_bytes(*start))
}

fn keyed<M: Mac + blake2::digest::KeyInit>(key: &[u8; 32]) -> M {
    <M as Mac>::new_from_slice(key).expect("BLAKE2b takes keys of 32 bytes")
}

fn mac8(key: &[u8; 32], parts: &[&[u8]]) -> [u8; 8] {
    let mut mac = keyed::<Blake2bMac<U8>>(key);
    for part in parts {
        Update::update(&mut mac, part);
    }
    mac.finalize_fixed().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair() -> (PairKeys, PairKeys) {
        let (a, b) = ([1; 32], [2; 32]);
        (
            PairKeys::new([3; 32], [4; 32], &a, &b),
            PairKeys::new([3; 32], [4; 32], &b, &a),
        )
    }

    #[test]
    fn what_one_side_encodes_the_other_accepts() {
        let (a, b) = pair();
        let datagram = a.encode(Kind::EchoRequest, &[7; 8], 42);
        let header = parse_header(&datagram).unwrap();
        assert_eq!((header.kind, header.hint), (Kind::EchoRequest, b.peer_hint));
        assert!(b.authentic(&datagram));
        assert_eq!(parse_short_body(&datagram), Some(([7; 8], 42)));
        let mut padded = datagram.to_vec();
        padded.push(0);
        assert!(!b.authentic(&padded));
    }

    #[test]
    fn echo_requests_may_fill_a_packet() {
        let (a, b) = pair();
        let mut probe = Vec::new();
        a.encode_padded_echo(&[7; 8], 42, 1424, &mut probe);
        assert_eq!(probe.len(), 1424);
        assert_eq!(parse_header(&probe).unwrap().kind, Kind::EchoRequest);
        assert!(b.authentic(&probe));
        assert_eq!(parse_short_body(&probe), Some(([7; 8], 42)));
        probe.push(0);
        assert_eq!(parse_header(&probe), None);
        probe.truncate(1201);
        probe[1] = Kind::Sealed as u8;
        assert_eq!(parse_header(&probe), None, "sealed ones may not");
    }

    #[test]
    fn every_flipped_bit_is_noticed() {
        let (a, b) = pair();
        let datagram = a.encode(Kind::EchoReply, &[7; 8], 42);
        for bit in 0..datagram.len() * 8 {
            let mut bad = datagram;
            bad[bit / 8] ^= 1 << (bit % 8);
            assert!(!b.authentic(&bad), "bit {bit}");
        }
    }

    /// Vectors from another implementation of BLAKE2b (RFC 7693).
    #[test]
    fn matches_known_vectors() {
        let (a, _) = pair();
        assert_eq!(hex(&a.own_hint), "8aec60e798ca458e");
        assert_eq!(
            hex(&a.first_cid_mac(&a.own_hint, &[9, 8, 7, 6])),
            "6f63eaf78d98bc5a"
        );
        assert_eq!(
            hex(&a.encode(Kind::EchoRequest, &[7; 8], 42)[TAG]),
            "f2c4954bd8a09e93acdc8f7d198ecde1"
        );
    }

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|b| format!("{b:02x}")).collect()
    }
}
