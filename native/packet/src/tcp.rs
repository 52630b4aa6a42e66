//! Layout of the TCP header (RFC 9293 §3.1), as offsets from its start.

pub const SEQUENCE: usize = 4;
pub const ACKNOWLEDGEMENT: usize = 8;
pub const DATA_OFFSET: usize = 12;
pub const FLAGS: usize = 13;
pub const WINDOW: usize = 14;
pub const CHECKSUM: usize = 16;
pub const URGENT: usize = 18;

pub const FIN: u8 = 0x01;
pub const SYN: u8 = 0x02;
pub const RST: u8 = 0x04;
pub const PSH: u8 = 0x08;
pub const ACK: u8 = 0x10;
pub const URG: u8 = 0x20;
pub const CWR: u8 = 0x80;

/// Header length in bytes that the data offset states; the slice must hold the fixed part.
#[inline]
pub fn header_len(tcp: &[u8]) -> usize {
    usize::from(tcp[DATA_OFFSET] >> 4) * 4
}
