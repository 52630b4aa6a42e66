//! TUN device with virtio headers and segmentation offload.
use bytes::BytesMut;
use meshd_packet::VnetHdr;
use std::io::{self, IoSlice};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

/// One frame read: a packet or a super-packet.
#[derive(Debug)]
pub struct TunFrame {
    pub vnet: VnetHdr,
    pub packet: BytesMut,
}

/// A non-blocking TUN interface.
#[derive(Debug)]
pub struct Tun {
    fd: OwnedFd,
    name: String,
    udp_segmentation: bool,
}

impl Tun {
    /// Creates the interface (or attaches to a persistent one). `%d` in the name lets the kernel choose a number.
    /// Errors: ENOENT (no /dev/net/tun), EPERM, EBUSY (name in use), EINVAL (name empty or over 15 bytes).
    pub fn open(name: &str) -> io::Result<Self> {
        let _ = name;
        todo!()
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether the kernel splits and joins UDP too (`TUN_F_USO4`, `TUN_F_USO6`; Linux 6.2).
    pub fn udp_segmentation(&self) -> bool {
        self.udp_segmentation
    }

    /// Reads one frame into recycled memory; `None` when nothing waits.
    pub fn read(&mut self) -> io::Result<Option<TunFrame>> {
        todo!()
    }

    /// Writes one frame: the parts together are a virtio header and a packet. `false`: the kernel had no room, the frame is dropped.
    pub fn write(&self, parts: &[IoSlice<'_>]) -> io::Result<bool> {
        let _ = parts;
        todo!()
    }
}

impl AsFd for Tun {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }
}
