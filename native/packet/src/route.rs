//! Longest-prefix match from overlay address to whatever stands for a peer.
//!
//! A mesh routes mostly single addresses and a few subnets, so there are many prefixes of few
//! lengths: one hash table keyed by the masked address and its length, probed once for each length
//! in use, longest first.

use crate::hash::FastMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

/// An IPv4 or IPv6 prefix without host bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Prefix {
    address: IpAddr,
    length: u8,
}

impl Prefix {
    /// `None` when the length exceeds the family's or host bits are set.
    pub fn new(address: IpAddr, length: u8) -> Option<Self> {
        if length > width(address) || masked(address, length) != address {
            return None;
        }
        Some(Self { address, length })
    }

    pub fn address(&self) -> IpAddr {
        self.address
    }

    pub fn length(&self) -> u8 {
        self.length
    }

    pub fn contains(&self, address: IpAddr) -> bool {
        address.is_ipv4() == self.address.is_ipv4() && masked(address, self.length) == self.address
    }
}

impl std::fmt::Display for Prefix {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.address, self.length)
    }
}

/// "a.b.c.d/n", "x::/n", or a bare address (all bits).
impl FromStr for Prefix {
    type Err = InvalidPrefix;
    fn from_str(text: &str) -> Result<Self, InvalidPrefix> {
        let (address, length) = match text.split_once('/') {
            Some((address, length)) => (address, Some(length)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().map_err(|_| InvalidPrefix)?;
        let length = match length {
            // `u8::from_str` would take "+8" and "08".
            Some(digits)
                if digits.starts_with('+') || (digits.len() > 1 && digits.starts_with('0')) =>
            {
                return Err(InvalidPrefix);
            }
            Some(digits) => digits.parse().map_err(|_| InvalidPrefix)?,
            None => width(address),
        };
        Self::new(address, length).ok_or(InvalidPrefix)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InvalidPrefix;

impl std::fmt::Display for InvalidPrefix {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("not a CIDR prefix without host bits")
    }
}

impl std::error::Error for InvalidPrefix {}

fn width(address: IpAddr) -> u8 {
    if address.is_ipv4() { 32 } else { 128 }
}

#[inline]
fn mask_v4(length: u8) -> u32 {
    u32::MAX.checked_shl(32 - u32::from(length)).unwrap_or(0)
}

#[inline]
fn mask_v6(length: u8) -> u128 {
    u128::MAX.checked_shl(128 - u32::from(length)).unwrap_or(0)
}

fn masked(address: IpAddr, length: u8) -> IpAddr {
    match address {
        IpAddr::V4(v4) => Ipv4Addr::from_bits(v4.to_bits() & mask_v4(length)).into(),
        IpAddr::V6(v6) => Ipv6Addr::from_bits(v6.to_bits() & mask_v6(length)).into(),
    }
}

/// Prefixes of one family.
#[derive(Debug, Clone)]
struct Family<A, T> {
    routes: FastMap<(A, u8), T>,
    /// Lengths in use, longest first, with their masks and the number of prefixes.
    lengths: Vec<(u8, A, usize)>,
}

impl<A: Copy + Eq + std::hash::Hash, T: Copy> Family<A, T> {
    fn new() -> Self {
        Self {
            routes: FastMap::default(),
            lengths: Vec::new(),
        }
    }

    fn insert(&mut self, bits: A, length: u8, mask: A, value: T) -> Option<T> {
        let before = self.routes.insert((bits, length), value);
        if before.is_none() {
            match self
                .lengths
                .binary_search_by(|(other, ..)| length.cmp(other))
            {
                Ok(index) => self.lengths[index].2 += 1,
                Err(index) => self.lengths.insert(index, (length, mask, 1)),
            }
        }
        before
    }

    fn remove(&mut self, bits: A, length: u8) -> Option<T> {
        let value = self.routes.remove(&(bits, length))?;
        if let Ok(index) = self
            .lengths
            .binary_search_by(|(other, ..)| length.cmp(other))
        {
            self.lengths[index].2 -= 1;
            if self.lengths[index].2 == 0 {
                self.lengths.remove(index);
            }
        }
        Some(value)
    }

    #[inline]
    fn lookup(&self, bits: A) -> Option<T>
    where
        A: std::ops::BitAnd<Output = A>,
    {
        self.lengths
            .iter()
            .find_map(|&(length, mask, _)| self.routes.get(&(bits & mask, length)).copied())
    }
}

/// Prefix → value; lookups cost one hash probe per prefix length in use.
#[derive(Debug, Clone)]
pub struct RouteTable<T> {
    v4: Family<u32, T>,
    v6: Family<u128, T>,
}

impl<T: Copy> RouteTable<T> {
    pub fn new() -> Self {
        Self {
            v4: Family::new(),
            v6: Family::new(),
        }
    }

    /// Returns the value that the prefix had before.
    pub fn insert(&mut self, prefix: Prefix, value: T) -> Option<T> {
        let length = prefix.length;
        match prefix.address {
            IpAddr::V4(v4) => self.v4.insert(v4.to_bits(), length, mask_v4(length), value),
            IpAddr::V6(v6) => self.v6.insert(v6.to_bits(), length, mask_v6(length), value),
        }
    }

    pub fn remove(&mut self, prefix: Prefix) -> Option<T> {
        match prefix.address {
            IpAddr::V4(v4) => self.v4.remove(v4.to_bits(), prefix.length),
            IpAddr::V6(v6) => self.v6.remove(v6.to_bits(), prefix.length),
        }
    }

    /// Value of exactly this prefix.
    pub fn get(&self, prefix: Prefix) -> Option<T> {
        match prefix.address {
            IpAddr::V4(v4) => self.v4.routes.get(&(v4.to_bits(), prefix.length)).copied(),
            IpAddr::V6(v6) => self.v6.routes.get(&(v6.to_bits(), prefix.length)).copied(),
        }
    }

    /// Value of the longest prefix that contains the address.
    #[inline]
    pub fn lookup(&self, address: IpAddr) -> Option<T> {
        match address {
            IpAddr::V4(v4) => self.v4.lookup(v4.to_bits()),
            IpAddr::V6(v6) => self.v6.lookup(v6.to_bits()),
        }
    }

    pub fn len(&self) -> usize {
        self.v4.routes.len() + self.v6.routes.len()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl<T: Copy> Default for RouteTable<T> {
    fn default() -> Self {
        Self::new()
    }
}
