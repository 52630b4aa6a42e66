//! A datagram built on the stack: answers to strangers must not cost an allocation.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::ops::Deref;

/// The largest answer this crate makes is a STUN 420 with sixteen attributes listed (72 bytes).
const CAPACITY: usize = 80;

#[derive(Clone, Copy)]
pub(crate) struct Reply {
    bytes: [u8; CAPACITY],
    length: usize,
}

impl Reply {
    pub(crate) fn new() -> Self {
        Self {
            bytes: [0; CAPACITY],
            length: 0,
        }
    }

    /// Appends; what does not fit is left out, which the caller's constants rule out.
    pub(crate) fn put(&mut self, part: &[u8]) {
        let end = self.length + part.len();
        if let Some(target) = self.bytes.get_mut(self.length..end) {
            target.copy_from_slice(part);
            self.length = end;
        }
    }

    pub(crate) fn put_u16(&mut self, value: u16) {
        self.put(&value.to_be_bytes());
    }

    pub(crate) fn overwrite_u16(&mut self, at: usize, value: u16) {
        if let Some(target) = self.bytes.get_mut(at..at + 2) {
            target.copy_from_slice(&value.to_be_bytes());
        }
    }
}

impl Deref for Reply {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.bytes[..self.length]
    }
}

impl std::fmt::Debug for Reply {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Reply({:02x?})", &**self)
    }
}

/// The 16-byte form of an address on our wire: IPv4 as `::ffff:a.b.c.d`.
pub(crate) fn mapped_octets(address: SocketAddr) -> [u8; 16] {
    match address.ip() {
        IpAddr::V4(ip) => ip.to_ipv6_mapped().octets(),
        IpAddr::V6(ip) => Ipv6Addr::octets(&ip),
    }
}
