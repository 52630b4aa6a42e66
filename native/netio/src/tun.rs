//! TUN device with virtio headers and segmentation offload (Documentation/networking/tuntap.rst of
//! the kernel).

use crate::sys;
use bytes::BytesMut;
use meshd_packet::vnet::VNET_HDR_BYTES;
use meshd_packet::{BufferPool, MAX_PACKET_BYTES, VnetHdr};
use std::fs::OpenOptions;
use std::io::{self, IoSlice};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::os::unix::fs::OpenOptionsExt;

const FRAME_BYTES: usize = VNET_HDR_BYTES + MAX_PACKET_BYTES;
/// After a super-packet the next read starts at the front again, where the cache is warm; packets
/// of full size share a buffer by the dozen.
const BUFFER_BYTES: usize = FRAME_BYTES + 32 * 1024;
/// Below this size a packet is copied out rather than pinning a part of a buffer as long as it is
/// queued.
const COPY_BELOW_BYTES: usize = 512;
const SMALL_BUFFER_BYTES: usize = 32 * 1024;
/// Buffers that may be pinned by queued packets at a time and still be recycled: 1.5 MB.
const MAX_BUFFERS: usize = 16;

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
    pool: BufferPool,
    buffer: BytesMut,
    small_pool: BufferPool,
    small: BytesMut,
}

impl Tun {
    /// Creates the interface (or attaches to a persistent one). `%d` in the name lets the kernel
    /// choose a number. Errors: ENOENT (no /dev/net/tun), EPERM, EBUSY (name in use), EINVAL (name
    /// empty or over 15 bytes).
    pub fn open(name: &str) -> io::Result<Self> {
        let mut tun = Self::open_without_offloads(name)?;
        tun.udp_segmentation = set_offloads(tun.fd.as_fd())?;
        Ok(tun)
    }

    /// As `open`, for one who wants every packet by itself, with its checksum: nothing is segmented or
    /// coalesced.
    pub fn open_without_offloads(name: &str) -> io::Result<Self> {
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .custom_flags(libc::O_NONBLOCK | libc::O_CLOEXEC)
            .open("/dev/net/tun")?;
        let fd = OwnedFd::from(file);
        let name = create(fd.as_fd(), name)?;
        set_header_size(fd.as_fd())?;
        let mut pool = BufferPool::new(BUFFER_BYTES, MAX_BUFFERS);
        let mut small_pool = BufferPool::new(SMALL_BUFFER_BYTES, MAX_BUFFERS);
        let (buffer, small) = (pool.take(), small_pool.take());
        Ok(Self {
            fd,
            name,
            udp_segmentation: false,
            pool,
            buffer,
            small_pool,
            small,
        })
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
        loop {
            if !self.buffer.try_reclaim(FRAME_BYTES) {
                let full = std::mem::replace(&mut self.buffer, self.pool.take());
                self.pool.give(full);
            }
            let length = match sys::retry(|| read_into(self.fd.as_fd(), &mut self.buffer)) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(None),
                result => result?,
            };
            // The kernel always puts a header first; a frame of nothing else is nothing.
            let Some(vnet) = VnetHdr::parse(&self.buffer).filter(|_| length > VNET_HDR_BYTES)
            else {
                self.buffer.clear();
                continue;
            };
            let packet = if length < COPY_BELOW_BYTES {
                self.copy_out()
            } else {
                let mut frame = self.buffer.split();
                frame.split_off(VNET_HDR_BYTES)
            };
            return Ok(Some(TunFrame { vnet, packet }));
        }
    }

    /// Writes one frame: the parts together are a virtio header and a packet. `false`: the kernel
    /// did not take it (no room, interface down, or a packet that it finds malformed), the frame is
    /// dropped.
    pub fn write(&self, parts: &[IoSlice<'_>]) -> io::Result<bool> {
        // SAFETY: `IoSlice` has the layout of `iovec` (guaranteed by std on Unix); the kernel only
        // reads what they describe.
        let written = sys::retry(|| {
            sys::check(unsafe {
                libc::writev(
                    self.fd.as_raw_fd(),
                    parts.as_ptr().cast(),
                    parts.len() as libc::c_int,
                ) as libc::c_long
            })
        });
        match written {
            Ok(_) => Ok(true),
            Err(error) => match error.raw_os_error() {
                Some(
                    libc::EAGAIN
                    | libc::ENOBUFS
                    | libc::ENOMEM
                    | libc::EIO
                    | libc::EINVAL
                    | libc::EMSGSIZE,
                ) => Ok(false),
                _ => Err(error),
            },
        }
    }

    /// The frame's packet in memory of its own; the read buffer is free again.
    fn copy_out(&mut self) -> BytesMut {
        let packet = &self.buffer[VNET_HDR_BYTES..];
        if !self.small.try_reclaim(packet.len()) {
            let full = std::mem::replace(&mut self.small, self.small_pool.take());
            self.small_pool.give(full);
        }
        self.small.extend_from_slice(packet);
        self.buffer.clear();
        self.small.split()
    }
}

impl AsFd for Tun {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }
}

/// Reads behind what the buffer holds, up to its capacity.
fn read_into(fd: BorrowedFd<'_>, buffer: &mut BytesMut) -> io::Result<usize> {
    let spare = buffer.spare_capacity_mut();
    // SAFETY: the pointer and length describe the buffer's spare capacity, which the kernel may
    // write.
    let length = sys::check(unsafe {
        libc::read(fd.as_raw_fd(), spare.as_mut_ptr().cast(), spare.len()) as libc::c_long
    })?;
    // SAFETY: the kernel initialized `length` bytes, no more than there was room for.
    unsafe { buffer.set_len(buffer.len() + length) };
    Ok(length)
}

/// `TUNSETIFF`; returns the name that the interface got.
fn create(fd: BorrowedFd<'_>, name: &str) -> io::Result<String> {
    if name.is_empty() || name.len() >= libc::IFNAMSIZ || name.contains('\0') {
        return Err(io::Error::from_raw_os_error(libc::EINVAL));
    }
    // SAFETY: all zeros are a valid `ifreq`.
    let mut request: libc::ifreq = unsafe { std::mem::zeroed() };
    for (slot, byte) in request.ifr_name.iter_mut().zip(name.bytes()) {
        *slot = byte as libc::c_char;
    }
    request.ifr_ifru.ifru_flags =
        (libc::IFF_TUN | libc::IFF_NO_PI | libc::IFF_VNET_HDR) as libc::c_short;
    // SAFETY: `request` is what this ioctl takes and lives through the call.
    sys::check_int(unsafe { libc::ioctl(fd.as_raw_fd(), libc::TUNSETIFF, &raw mut request) })?;
    let bytes: Vec<u8> = request
        .ifr_name
        .iter()
        .map(|&c| c as u8)
        .take_while(|&byte| byte != 0)
        .collect();
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// A persistent interface may have been left with another header size.
fn set_header_size(fd: BorrowedFd<'_>) -> io::Result<()> {
    let size = VNET_HDR_BYTES as libc::c_int;
    // SAFETY: the ioctl reads one int, which lives through the call.
    sys::check_int(unsafe { libc::ioctl(fd.as_raw_fd(), libc::TUNSETVNETHDRSZ, &raw const size) })?;
    Ok(())
}

/// Takes super-packets with partial checksums; returns whether UDP is among them.
fn set_offloads(fd: BorrowedFd<'_>) -> io::Result<bool> {
    let tcp = libc::TUN_F_CSUM | libc::TUN_F_TSO4 | libc::TUN_F_TSO6 | libc::TUN_F_TSO_ECN;
    let udp = libc::TUN_F_USO4 | libc::TUN_F_USO6;
    let set = |offloads: libc::c_uint| {
        // SAFETY: this ioctl takes its argument by value.
        sys::check_int(unsafe {
            libc::ioctl(
                fd.as_raw_fd(),
                libc::TUNSETOFFLOAD,
                libc::c_ulong::from(offloads),
            )
        })
    };
    if set(tcp | udp).is_ok() {
        return Ok(true);
    }
    set(tcp)?;
    Ok(false)
}
