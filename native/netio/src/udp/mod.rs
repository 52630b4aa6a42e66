//! UDP sockets with segmentation (GSO), coalescing (GRO) and batches.

mod address;
pub mod filter;
mod recv;
mod send;

pub use recv::{Received, RecvBatch};
pub use send::SendOutcome;

use crate::sys;
use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd};

/// A batch that arrives while its reader is busy for 10 ms at 6 Gbit/s.
const RECV_BUFFER_BYTES: libc::c_int = 8 << 20;
/// What waits here waits unseen by the sender's queue management: enough for bursts only.
const SEND_BUFFER_BYTES: libc::c_int = 1 << 19;
/// Of sockets that only probe; the kernel counts its own bookkeeping too.
const SMALL_BUFFER_BYTES: libc::c_int = 16 * 1024;

/// A random port that one family has free may be taken in the other.
const PORT_ATTEMPTS: usize = 32;

/// A non-blocking UDP socket of one address family. Datagrams leave with DF set and are never
/// fragmented; the kernel's idea of a path's MTU, which anyone can influence by ICMP, is not heeded
/// (`IP_PMTUDISC_PROBE`).
#[derive(Debug)]
pub struct UdpSocket {
    fd: OwnedFd,
    ipv4: bool,
}

impl UdpSocket {
    /// Binds (IPv6: `IPV6_V6ONLY`). Errors: EADDRINUSE, EACCES, EAFNOSUPPORT, EADDRNOTAVAIL.
    pub fn bind(address: SocketAddr) -> io::Result<Self> {
        let socket = Self::bind_small(address)?;
        socket.enlarge_buffers()?;
        Ok(socket)
    }

    /// As `bind`, with room for a few datagrams only, until [`Self::enlarge_buffers`].
    pub fn bind_small(address: SocketAddr) -> io::Result<Self> {
        let family = if address.is_ipv4() {
            libc::AF_INET
        } else {
            libc::AF_INET6
        };
        let kind = libc::SOCK_DGRAM | libc::SOCK_NONBLOCK | libc::SOCK_CLOEXEC;
        // SAFETY: no pointers; the result is checked.
        let fd = sys::check_int(unsafe { libc::socket(family, kind, 0) })?;
        // SAFETY: the descriptor was just made by the kernel and nobody else has it.
        let socket = Self {
            fd: unsafe { OwnedFd::from_raw_fd(fd) },
            ipv4: address.is_ipv4(),
        };
        socket.configure()?;
        let (storage, length) = address::encode(address);
        // SAFETY: the pointer and length describe `storage`, which lives through the call.
        sys::check_int(unsafe {
            libc::bind(socket.fd.as_raw_fd(), (&raw const storage).cast(), length)
        })?;
        Ok(socket)
    }

    pub fn is_ipv4(&self) -> bool {
        self.ipv4
    }

    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        let mut storage = address::EMPTY;
        let mut length = address::CAPACITY;
        // SAFETY: the pointers describe `storage` and its length, which live through the call.
        sys::check_int(unsafe {
            libc::getsockname(
                self.fd.as_raw_fd(),
                (&raw mut storage).cast(),
                &raw mut length,
            )
        })?;
        address::decode(&storage).ok_or_else(|| io::Error::from_raw_os_error(libc::EAFNOSUPPORT))
    }

    fn configure(&self) -> io::Result<()> {
        let fd = self.fd.as_fd();
        if self.ipv4 {
            sys::set_option(
                fd,
                libc::IPPROTO_IP,
                libc::IP_MTU_DISCOVER,
                libc::IP_PMTUDISC_PROBE,
            )?;
        } else {
            sys::set_option(fd, libc::IPPROTO_IPV6, libc::IPV6_V6ONLY, 1)?;
            sys::set_option(
                fd,
                libc::IPPROTO_IPV6,
                libc::IPV6_MTU_DISCOVER,
                libc::IPV6_PMTUDISC_PROBE,
            )?;
            sys::set_option(fd, libc::IPPROTO_IPV6, libc::IPV6_DONTFRAG, 1)?;
        }
        // Linux 5.0; without it every datagram comes alone.
        let _ = sys::set_option(fd, libc::IPPROTO_UDP, libc::UDP_GRO, 1);
        for option in [libc::SO_RCVBUF, libc::SO_SNDBUF] {
            sys::set_option(fd, libc::SOL_SOCKET, option, SMALL_BUFFER_BYTES)?;
        }
        Ok(())
    }

    /// Received datagrams tell to which of the host's addresses they were sent.
    pub fn notice_local_addresses(&self) -> io::Result<()> {
        let (level, option) = if self.ipv4 {
            (libc::IPPROTO_IP, libc::IP_PKTINFO)
        } else {
            (libc::IPPROTO_IPV6, libc::IPV6_RECVPKTINFO)
        };
        sys::set_option(self.fd.as_fd(), level, option, 1)
    }

    /// Gives the socket room for bulk data.
    pub fn enlarge_buffers(&self) -> io::Result<()> {
        let fd = self.fd.as_fd();
        // Beyond net.core.[rw]mem_max only with CAP_NET_ADMIN; else as much as they allow.
        for (force, plain, bytes) in [
            (libc::SO_RCVBUFFORCE, libc::SO_RCVBUF, RECV_BUFFER_BYTES),
            (libc::SO_SNDBUFFORCE, libc::SO_SNDBUF, SEND_BUFFER_BYTES),
        ] {
            if sys::set_option(fd, libc::SOL_SOCKET, force, bytes).is_err() {
                sys::set_option(fd, libc::SOL_SOCKET, plain, bytes)?;
            }
        }
        Ok(())
    }
}

impl AsFd for UdpSocket {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }
}

/// Sockets of both families on one port; a family that the host lacks is `None`.
#[derive(Debug)]
pub struct UdpPair {
    pub v4: Option<UdpSocket>,
    pub v6: Option<UdpSocket>,
    pub port: u16,
}

/// Binds the unspecified addresses of both families on `port` (0: a random one, the same for both).
/// Errors: EADDRINUSE, EACCES, and EAFNOSUPPORT when the host has neither family.
pub fn bind_pair(port: u16) -> io::Result<UdpPair> {
    for _ in 1..PORT_ATTEMPTS {
        match try_pair(port) {
            Err(error) if port == 0 && error.kind() == io::ErrorKind::AddrInUse => {}
            result => return result,
        }
    }
    try_pair(port)
}

fn try_pair(port: u16) -> io::Result<UdpPair> {
    let v4 = available(UdpSocket::bind((Ipv4Addr::UNSPECIFIED, port).into()))?;
    let port = v4.as_ref().map_or(Ok(port), port_of)?;
    let v6 = available(UdpSocket::bind((Ipv6Addr::UNSPECIFIED, port).into()))?;
    let port = v6.as_ref().map_or(Ok(port), port_of)?;
    if v4.is_none() && v6.is_none() {
        return Err(io::Error::from_raw_os_error(libc::EAFNOSUPPORT));
    }
    Ok(UdpPair { v4, v6, port })
}

fn port_of(socket: &UdpSocket) -> io::Result<u16> {
    Ok(socket.local_addr()?.port())
}

/// `None` where the kernel has no such family (compiled out, or disabled).
fn available(bound: io::Result<UdpSocket>) -> io::Result<Option<UdpSocket>> {
    match bound {
        Err(error)
            if matches!(
                error.raw_os_error(),
                Some(libc::EAFNOSUPPORT | libc::EADDRNOTAVAIL)
            ) =>
        {
            Ok(None)
        }
        result => result.map(Some),
    }
}
