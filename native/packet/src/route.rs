//! Longest-prefix match from overlay address to whatever stands for a peer.
use std::net::IpAddr;
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
        let _ = (address, length);
        todo!()
    }

    pub fn address(&self) -> IpAddr {
        self.address
    }

    pub fn length(&self) -> u8 {
        self.length
    }

    pub fn contains(&self, address: IpAddr) -> bool {
        let _ = address;
        todo!()
    }
}

/// "a.b.c.d/n", "x::/n", or a bare address (all bits).
impl FromStr for Prefix {
    type Err = InvalidPrefix;
    fn from_str(text: &str) -> Result<Self, InvalidPrefix> {
        let _ = text;
        todo!()
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

/// Prefix → value; lookups cost one hash probe per prefix length in use.
#[derive(Debug, Clone)]
pub struct RouteTable<T> {
    routes: Vec<(Prefix, T)>,
}

impl<T: Copy> RouteTable<T> {
    pub fn new() -> Self {
        Self { routes: Vec::new() }
    }

    /// Returns the value that the prefix had before.
    pub fn insert(&mut self, prefix: Prefix, value: T) -> Option<T> {
        let _ = (prefix, value);
        todo!()
    }

    pub fn remove(&mut self, prefix: Prefix) -> Option<T> {
        let _ = prefix;
        todo!()
    }

    /// Value of exactly this prefix.
    pub fn get(&self, prefix: Prefix) -> Option<T> {
        let _ = prefix;
        todo!()
    }

    /// Value of the longest prefix that contains the address.
    pub fn lookup(&self, address: IpAddr) -> Option<T> {
        let _ = address;
        todo!()
    }

    pub fn len(&self) -> usize {
        self.routes.len()
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
