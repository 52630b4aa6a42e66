//! Where a datagram came in: a socket, and which of the host's addresses it was sent to. A host with several addresses must answer
//! from the one that was asked, since that is the only one that the asker's NAT and the asker itself listen to. Both together are one
//! number, by which clients are known and answers are sent.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

/// Clients whose packets come in a stream instead of datagrams: the entrance of all of them.
pub(crate) const STREAM: u32 = u32::MAX;

/// Stands for the address of a stream's client.
pub(crate) fn stream_address(session: u32) -> SocketAddr {
    SocketAddr::from((Ipv4Addr::from(session), 1))
}

/// The session behind such an address.
pub(crate) fn stream_session(address: SocketAddr) -> Option<u32> {
    match address.ip() {
        IpAddr::V4(ip) => Some(ip.into()),
        IpAddr::V6(_) => None,
    }
}

/// Sockets are numbered below this.
pub(crate) const MAX_SOCKETS: usize = 64;

/// Addresses told apart; from more, answers leave as the kernel chooses.
const MAX_ADDRESSES: usize = 4096;

/// The socket of an entrance.
pub(crate) fn socket_of(entrance: u32) -> usize {
    entrance as usize % MAX_SOCKETS
}

/// The entrance with the same address at another socket.
pub(crate) fn beside(entrance: u32, socket: u32) -> u32 {
    entrance - entrance % MAX_SOCKETS as u32 + socket
}

/// The host's addresses that were asked, numbered from 1.
#[derive(Debug, Default)]
pub(crate) struct Addresses(Vec<IpAddr>);

impl Addresses {
    pub(crate) fn entrance(&mut self, socket: u32, address: Option<IpAddr>) -> u32 {
        let number = address.and_then(|address| {
            let known = self.0.iter().position(|known| *known == address);
            known.or_else(|| {
                (self.0.len() < MAX_ADDRESSES).then(|| {
                    self.0.push(address);
                    self.0.len() - 1
                })
            })
        });
        socket + number.map_or(0, |number| number as u32 + 1) * MAX_SOCKETS as u32
    }

    /// The address of an entrance; `None` leaves it to the kernel.
    pub(crate) fn address_of(&self, entrance: u32) -> Option<IpAddr> {
        let number = entrance as usize / MAX_SOCKETS;
        self.0.get(number.checked_sub(1)?).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entrances_name_socket_and_address() {
        let mut addresses = Addresses::default();
        let [a, b] = [IpAddr::from([192, 0, 2, 1]), IpAddr::from([192, 0, 2, 2])];
        assert_eq!(addresses.entrance(5, None), 5);
        assert_eq!(addresses.address_of(5), None);
        let (first, second) = (
            addresses.entrance(5, Some(a)),
            addresses.entrance(5, Some(b)),
        );
        assert_eq!(addresses.entrance(5, Some(a)), first);
        assert_eq!((socket_of(first), socket_of(second)), (5, 5));
        assert_eq!(addresses.address_of(first), Some(a));
        assert_eq!(addresses.address_of(second), Some(b));
        let other = beside(second, 6);
        assert_eq!(socket_of(other), 6);
        assert_eq!(addresses.address_of(other), Some(b));
    }

    #[test]
    fn addresses_are_bounded() {
        let mut addresses = Addresses::default();
        for number in 0..MAX_ADDRESSES as u32 {
            assert_ne!(
                addresses.entrance(0, Some(IpAddr::from(number.to_be_bytes()))),
                0
            );
        }
        let more = addresses.entrance(3, Some(IpAddr::from([255, 0, 0, 1])));
        assert_eq!((more, addresses.address_of(more)), (3, None));
    }
}
