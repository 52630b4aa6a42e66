//! The Internet checksum (RFC 1071) with wide arithmetic.
use std::net::IpAddr;

/// One's complement sum of `data` added to `initial`, folded to 16 bits, not complemented. `data` must start at an even
/// offset of what is summed.
pub fn sum(data: &[u8], initial: u64) -> u16 {
    let _ = (data, initial);
    todo!()
}

/// Unfolded sum of the TCP/UDP pseudo header (RFC 9293 §3.1, RFC 8200 §8.1).
pub fn pseudo_header(src: IpAddr, dst: IpAddr, protocol: u8, l4_len: usize) -> u64 {
    let _ = (src, dst, protocol, l4_len);
    todo!()
}
