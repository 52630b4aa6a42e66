//! UDP sockets with segmentation (GSO), coalescing (GRO) and batches.
use bytes::BytesMut;
use std::io::{self, IoSlice};
use std::net::SocketAddr;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

/// What became of a send. None of these is fatal to the socket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SendOutcome {
    Sent,
    /// The socket's buffer is full: what was not sent is lost unless sent again once writable. Payload bytes that were sent.
    WouldBlock(usize),
    /// Larger than the MTU of the interface (or the path's, EMSGSIZE).
    TooBig,
    /// Refused by the host for now: no route, a firewall, no buffers.
    Unreachable,
}

/// One datagram, or several of one source that the kernel joined: cut `data` every `segment_bytes`.
#[derive(Debug)]
pub struct Received {
    pub source: SocketAddr,
    pub segment_bytes: usize,
    pub data: BytesMut,
}

/// Buffers of `recvmmsg`, recycled; one per receiving thread, usable with any socket.
#[derive(Debug)]
pub struct RecvBatch {}

impl RecvBatch {
    /// Room for `messages` buffers of 64 KiB a call.
    pub fn new(messages: usize) -> Self {
        let _ = messages;
        Self {}
    }
}

/// A non-blocking UDP socket of one address family, never fragmenting.
#[derive(Debug)]
pub struct UdpSocket {
    fd: OwnedFd,
}

impl UdpSocket {
    /// Binds (IPv6: `IPV6_V6ONLY`). Errors: EADDRINUSE, EACCES, EAFNOSUPPORT, EADDRNOTAVAIL.
    pub fn bind(address: SocketAddr) -> io::Result<Self> {
        let _ = address;
        todo!()
    }

    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        todo!()
    }

    /// Receives what waits, up to the batch's size, appending to `out`; returns the number of messages, 0 when none waits.
    pub fn recv_batch(&self, batch: &mut RecvBatch, out: &mut Vec<Received>) -> io::Result<usize> {
        let _ = (batch, out);
        todo!()
    }

    /// Sends `data` as datagrams of `segment_bytes` (the last may be shorter), with as few system calls as the host allows.
    /// Any length; `segment_bytes` ≥ `data.len()` sends one. `Err` only for programming errors and a dead socket.
    pub fn send(
        &self,
        destination: SocketAddr,
        data: &[u8],
        segment_bytes: usize,
    ) -> io::Result<SendOutcome> {
        self.send_parts(destination, &[IoSlice::new(data)], segment_bytes)
    }

    /// As `send`, of the concatenation of `parts` (so headers can be put before each segment without a copy).
    pub fn send_parts(
        &self,
        destination: SocketAddr,
        parts: &[IoSlice<'_>],
        segment_bytes: usize,
    ) -> io::Result<SendOutcome> {
        let _ = (destination, parts, segment_bytes);
        todo!()
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

/// Binds the unspecified addresses of both families on `port` (0: a random one, the same for both). Errors: EADDRINUSE, EACCES.
pub fn bind_pair(port: u16) -> io::Result<UdpPair> {
    let _ = port;
    todo!()
}
