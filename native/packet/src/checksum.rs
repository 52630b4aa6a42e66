//! The Internet checksum (RFC 1071) with wide arithmetic.
use std::net::IpAddr;

/// One's complement sum of `data` added to `initial`, folded to 16 bits, not complemented. `data`
/// must start at an even offset of what is summed.
///
/// The sum does not depend on byte order (RFC 1071 §2(B)), so words are added as the machine has
/// them and swapped once at the end. 32-bit words in 64-bit lanes cannot overflow below 16 GiB,
/// which spares carries and lets the compiler use vectors.
pub fn sum(data: &[u8], initial: u64) -> u16 {
    const LANES: usize = 8;
    let mut lanes = [0u64; LANES];
    let mut blocks = data.chunks_exact(4 * LANES);
    for block in &mut blocks {
        let (words, _) = block.as_chunks::<4>();
        for (lane, word) in lanes.iter_mut().zip(words) {
            *lane += u64::from(u32::from_ne_bytes(*word));
        }
    }
    let mut native: u64 = lanes.iter().sum();
    let (words, rest) = blocks.remainder().as_chunks::<4>();
    for word in words {
        native += u64::from(u32::from_ne_bytes(*word));
    }
    if !rest.is_empty() {
        let mut word = [0u8; 4];
        word[..rest.len()].copy_from_slice(rest);
        native += u64::from(u32::from_ne_bytes(word));
    }
    fold(u64::from(u16::from_be(fold(native))) + initial)
}

/// Folds an unfolded sum to 16 bits with end-around carry.
#[inline]
pub fn fold(sum: u64) -> u16 {
    let sum = (sum & 0xffff_ffff) + (sum >> 32);
    let sum = (sum & 0xffff) + ((sum >> 16) & 0xffff) + (sum >> 32);
    let sum = (sum & 0xffff) + (sum >> 16);
    ((sum & 0xffff) + (sum >> 16)) as u16
}

/// Unfolded sum of the TCP/UDP/ICMPv6 pseudo header (RFC 9293 §3.1, RFC 8200 §8.1).
#[inline]
pub fn pseudo_header(src: IpAddr, dst: IpAddr, protocol: u8, l4_len: usize) -> u64 {
    address(src) + address(dst) + u64::from(protocol) + l4_len as u64
}

#[inline]
fn address(address: IpAddr) -> u64 {
    match address {
        IpAddr::V4(v4) => u64::from(v4.to_bits()),
        IpAddr::V6(v6) => {
            let bits = v6.to_bits();
            let low = bits as u64;
            let high = (bits >> 64) as u64;
            (high >> 32) + (high & 0xffff_ffff) + (low >> 32) + (low & 0xffff_ffff)
        }
    }
}

/// Whether an IPv4 header's own checksum is right.
#[inline]
pub fn ipv4_header_valid(header: &[u8]) -> bool {
    sum(header, 0) == 0xffff
}

/// A checksum after one 16-bit word of what it covers changed (RFC 1624 §3, equation 3).
#[inline]
pub fn updated(checksum: u16, old_word: u16, new_word: u16) -> u16 {
    !fold(u64::from(!checksum) + u64::from(!old_word) + u64::from(new_word))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// RFC 1071 §4.1, word by word.
    fn reference(data: &[u8], initial: u64) -> u16 {
        let mut sum = initial;
        for pair in data.chunks(2) {
            sum += u64::from(pair[0]) << 8 | u64::from(*pair.get(1).unwrap_or(&0));
        }
        while sum > 0xffff {
            sum = (sum & 0xffff) + (sum >> 16);
        }
        sum as u16
    }

    #[test]
    fn rfc_1071_example() {
        assert_eq!(
            sum(&[0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7], 0),
            0xddf2
        );
    }

    #[test]
    fn full_sized_packet_of_ones_does_not_overflow() {
        let data = vec![0xff; 65_535];
        assert_eq!(sum(&data, 0), reference(&data, 0));
    }

    proptest! {
        #[test]
        fn equals_the_reference(data in proptest::collection::vec(any::<u8>(), 0..300), initial in any::<u32>()) {
            prop_assert_eq!(sum(&data, u64::from(initial)), reference(&data, u64::from(initial)));
        }

        #[test]
        fn folding_any_sum(value in any::<u64>()) {
            let mut slow = u128::from(value);
            while slow > 0xffff {
                slow = (slow & 0xffff) + (slow >> 16);
            }
            prop_assert_eq!(u128::from(fold(value)), slow);
        }

        #[test]
        fn incremental_update_verifies(mut data in proptest::collection::vec(any::<u8>(), 4..40), word in any::<u16>()) {
            data.truncate(data.len() & !1);
            let before = !sum(&data, 0);
            let old = u16::from_be_bytes([data[2], data[3]]);
            data[2..4].copy_from_slice(&word.to_be_bytes());
            let after = updated(before, old, word);
            prop_assert_eq!(sum(&data, u64::from(after)), 0xffff);
        }

        #[test]
        fn pseudo_header_equals_its_bytes(src in any::<[u8; 16]>(), dst in any::<[u8; 16]>(), protocol in any::<u8>(), len in any::<u16>()) {
            let mut bytes = [src, dst].concat();
            bytes.extend_from_slice(&u32::from(len).to_be_bytes());
            bytes.extend_from_slice(&[0, 0, 0, protocol]);
            prop_assert_eq!(fold(pseudo_header(src.into(), dst.into(), protocol, len.into())), reference(&bytes, 0));
            let (src4, dst4) = ([src[0], src[1], src[2], src[3]], [dst[0], dst[1], dst[2], dst[3]]);
            let bytes = [&src4[..], &dst4[..], &[0, protocol], &len.to_be_bytes()].concat();
            prop_assert_eq!(fold(pseudo_header(src4.into(), dst4.into(), protocol, len.into())), reference(&bytes, 0));
        }
    }
}
