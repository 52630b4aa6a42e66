//! Connection ids (docs/protocol.md "The peer connection"). Ids of our making name the peer to us and look random to others;
//! the first id a client invents proves that it shares a secret with us, before any TLS work is done for it.

use std::hash::{BuildHasher, RandomState};

use quinn_proto::{ConnectionId, ConnectionIdGenerator, InvalidCid};
use std::sync::Arc;
use std::time::Duration;
use subtle::ConstantTimeEq;

use crate::disco::{Hint, PairKeys};
use crate::random::Random;

pub const OWN_CID_BYTES: usize = 8;
pub const FIRST_CID_BYTES: usize = 20;
const RANDOM_BYTES: usize = 4;

/// Writes and reads peer indices (24 bits) in connection ids: r(4 random) ‖ check(1) ‖ (index(3) xor mask(r)).
#[derive(Clone, Default)]
pub struct CidCodec {
    key: Arc<RandomState>,
    check: CidCheck,
}

/// The byte that tells ids of ours from junk, by arithmetic that a socket filter can do too. It keeps nobody out who has seen an id, and
/// says nothing of the index.
#[derive(Debug, Clone, Copy)]
pub struct CidCheck {
    pub xor: u32,
    /// Odd.
    pub factors: [u32; 3],
}

impl CidCheck {
    pub const SHIFTS: [u32; 3] = [15, 13, 24];

    /// Of the first four bytes of an id and of its last three.
    pub fn of(&self, first: u32, last: u32) -> u8 {
        let [a, b, c] = self.factors;
        let mut x = (first ^ self.xor).wrapping_mul(a);
        x ^= x >> Self::SHIFTS[0];
        x = x.wrapping_add(last).wrapping_mul(b);
        x ^= x >> Self::SHIFTS[1];
        (x.wrapping_mul(c) >> Self::SHIFTS[2]) as u8
    }
}

impl Default for CidCheck {
    fn default() -> Self {
        let key = RandomState::new();
        let number = |n: u8| key.hash_one(n) as u32;
        Self {
            xor: number(0),
            factors: [1, 2, 3].map(|n| number(n) | 1),
        }
    }
}

impl CidCodec {
    pub fn check(&self) -> CidCheck {
        self.check
    }

    fn mask(&self, random: &[u8]) -> u32 {
        (self.key.hash_one(random) & 0x00ff_ffff) as u32
    }

    fn encode(&self, index: u32, random: [u8; RANDOM_BYTES]) -> [u8; OWN_CID_BYTES] {
        let masked = index ^ self.mask(&random);
        let check = self.check.of(u32::from_be_bytes(random), masked);
        let [_, a, b, c] = masked.to_be_bytes();
        let [q, r, s, t] = random;
        [q, r, s, t, check, a, b, c]
    }

    /// The peer index; `None` for an id that cannot be ours. One of others that happens to pass has a meaningless index.
    pub fn decode(&self, &[q, r, s, t, check, a, b, c]: &[u8; OWN_CID_BYTES]) -> Option<u32> {
        let random = [q, r, s, t];
        let masked = u32::from_be_bytes([0, a, b, c]);
        let passes = self.check.of(u32::from_be_bytes(random), masked) == check;
        passes.then(|| masked ^ self.mask(&random))
    }

    pub fn generator(&self, index: u32, random: Random) -> PeerCids {
        PeerCids {
            codec: self.clone(),
            index,
            random,
        }
    }
}

/// Generator for one peer's endpoint.
pub struct PeerCids {
    codec: CidCodec,
    index: u32,
    random: Random,
}

impl ConnectionIdGenerator for PeerCids {
    fn generate_cid(&mut self) -> ConnectionId {
        ConnectionId::new(&self.codec.encode(self.index, self.random.bytes()))
    }

    fn validate(&self, cid: &ConnectionId) -> Result<(), InvalidCid> {
        match <&[u8; OWN_CID_BYTES]>::try_from(&cid[..]) {
            Ok(bytes) if self.codec.decode(bytes) == Some(self.index) => Ok(()),
            _ => Err(InvalidCid),
        }
    }

    fn cid_len(&self) -> usize {
        OWN_CID_BYTES
    }

    fn cid_lifetime(&self) -> Option<Duration> {
        None
    }
}

/// hint(client) ‖ nonce(4) ‖ proof(8)
pub fn make_first_cid(pair: &PairKeys, nonce: [u8; 4]) -> ConnectionId {
    let mut cid = [0; FIRST_CID_BYTES];
    cid[..8].copy_from_slice(&pair.own_hint);
    cid[8..12].copy_from_slice(&nonce);
    cid[12..].copy_from_slice(&pair.first_cid_mac(&pair.own_hint, &nonce));
    ConnectionId::new(&cid)
}

/// Whether the peer of `pair` made this id.
pub fn verify_first_cid(pair: &PairKeys, cid: &[u8]) -> bool {
    let Ok(cid) = <&[u8; FIRST_CID_BYTES]>::try_from(cid) else {
        return false;
    };
    let (hint, rest) = cid.split_at(8);
    let (nonce, proof) = rest.split_at(4);
    let (Ok(hint), Ok(nonce)) = (Hint::try_from(hint), <[u8; 4]>::try_from(nonce)) else {
        return false;
    };
    hint == pair.peer_hint && pair.first_cid_mac(&hint, &nonce).ct_eq(proof).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_name_their_peer() {
        let codec = CidCodec::default();
        for index in [0, 1, 77, 0x00ff_ffff] {
            for random in 0..50 {
                let cid = codec.encode(index, [random; RANDOM_BYTES]);
                assert_eq!(codec.decode(&cid), Some(index));
            }
        }
    }

    #[test]
    fn few_ids_of_others_pass() {
        let codec = CidCodec::default();
        let others = (0..100_000u64).map(|n| n.wrapping_mul(0x9E37_79B9_7F4A_7C15).to_be_bytes());
        let passed = others.filter(|cid| codec.decode(cid).is_some()).count();
        assert!((200..600).contains(&passed), "{passed} of 100,000");
    }

    #[test]
    fn first_ids_are_accepted_from_the_peer_only() {
        let (a, b) = ([1; 32], [2; 32]);
        let of_a = PairKeys::new([3; 32], [4; 32], &a, &b);
        let of_b = PairKeys::new([3; 32], [4; 32], &b, &a);
        let stranger = PairKeys::new([3; 32], [5; 32], &a, &b);
        let cid = make_first_cid(&of_a, [1, 2, 3, 4]);
        assert!(verify_first_cid(&of_b, &cid));
        assert!(!verify_first_cid(&of_a, &cid), "our own id reflected");
        assert!(!verify_first_cid(
            &of_b,
            &make_first_cid(&stranger, [1, 2, 3, 4])
        ));
        assert!(!verify_first_cid(&of_b, &cid[..19]));
        let mut bad = cid.to_vec();
        bad[19] ^= 1;
        assert!(!verify_first_cid(&of_b, &bad));
    }
}
