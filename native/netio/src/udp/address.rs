//! Socket addresses in the kernel's layout.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};

/// Large enough for either family; the first field of both tells which.
pub type Storage = libc::sockaddr_in6;

pub const CAPACITY: libc::socklen_t = size_of::<Storage>() as libc::socklen_t;

pub const EMPTY: Storage = libc::sockaddr_in6 {
    sin6_family: libc::AF_UNSPEC as libc::sa_family_t,
    sin6_port: 0,
    sin6_flowinfo: 0,
    sin6_addr: libc::in6_addr { s6_addr: [0; 16] },
    sin6_scope_id: 0,
};

const V4_BYTES: usize = size_of::<libc::sockaddr_in>();
const _: () = assert!(
    V4_BYTES <= size_of::<Storage>() && align_of::<libc::sockaddr_in>() <= align_of::<Storage>()
);

/// The address and the length to tell the kernel.
#[inline]
pub fn encode(address: SocketAddr) -> (Storage, libc::socklen_t) {
    match address {
        SocketAddr::V4(v4) => {
            // `sockaddr_in` is family, port, address, padding: its address lies where
            // `sockaddr_in6` has the flow label.
            let storage = Storage {
                sin6_family: libc::AF_INET as libc::sa_family_t,
                sin6_port: v4.port().to_be(),
                sin6_flowinfo: u32::from_ne_bytes(v4.ip().octets()),
                ..EMPTY
            };
            (storage, V4_BYTES as libc::socklen_t)
        }
        SocketAddr::V6(v6) => {
            let storage = Storage {
                sin6_family: libc::AF_INET6 as libc::sa_family_t,
                sin6_port: v6.port().to_be(),
                sin6_flowinfo: v6.flowinfo(),
                sin6_addr: libc::in6_addr {
                    s6_addr: v6.ip().octets(),
                },
                sin6_scope_id: v6.scope_id(),
            };
            (storage, CAPACITY)
        }
    }
}

#[inline]
pub fn decode(storage: &Storage) -> Option<SocketAddr> {
    let port = u16::from_be(storage.sin6_port);
    match libc::c_int::from(storage.sin6_family) {
        libc::AF_INET => {
            let ip = Ipv4Addr::from(storage.sin6_flowinfo.to_ne_bytes());
            Some(SocketAddrV4::new(ip, port).into())
        }
        libc::AF_INET6 => {
            let ip = Ipv6Addr::from(storage.sin6_addr.s6_addr);
            // The flow label says nothing about where the sender is: without it addresses compare
            // equal.
            Some(SocketAddrV6::new(ip, port, 0, storage.sin6_scope_id).into())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn round_trip() {
        for text in ["203.0.113.7:41641", "[2001:db8::7]:41641", "[fe80::1%3]:9"] {
            let address: SocketAddr = text.parse().unwrap();
            assert_eq!(decode(&encode(address).0), Some(address));
        }
        assert_eq!(decode(&EMPTY), None);
    }
}
