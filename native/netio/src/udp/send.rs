//! Sending: up to 64 equal datagrams of one destination in one `sendmsg` (`UDP_SEGMENT`), gathered
//! from parts.

use super::{UdpSocket, address};
use crate::sys;
use std::io::{self, IoSlice};
use std::net::{IpAddr, SocketAddr};
use std::os::fd::AsRawFd;

/// `UDP_MAX_SEGMENTS` before Linux 6.9 (then 128).
const MAX_SEGMENTS: usize = 64;
/// An IPv4 packet of 65,535 bytes less its headers.
const MAX_BYTES: usize = 65_535 - 20 - 8;
/// Parts of one system call: a header and a payload for each segment, and as many again.
const MAX_PARTS: usize = 4 * MAX_SEGMENTS;

/// What became of a send. None of these is fatal to the socket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SendOutcome {
    Sent,
    /// The socket's buffer is full: what was not sent is lost unless sent again once writable.
    /// Bytes that were sent, a multiple of the segment size.
    WouldBlock(usize),
    /// Larger than the interface's MTU.
    TooBig,
    /// Refused by the host for now: no route, no address to send from, a firewall, an impossible destination.
    Unreachable,
    /// The host has no memory for it just now.
    NoBuffers,
}

/// Space for a `UDP_SEGMENT` control message and one that sets the source address.
#[repr(C, align(8))]
struct Control([u8; CONTROL_BYTES]);

// SAFETY: pure arithmetic.
const CONTROL_BYTES: usize = unsafe {
    libc::CMSG_SPACE(size_of::<u16>() as u32)
        + libc::CMSG_SPACE(size_of::<libc::in6_pktinfo>() as u32)
} as usize;

impl Control {
    /// Writes a control message behind `used` bytes (a sum of what this returned); the space it takes. There is room for one that
    /// holds a `u16` and one that holds an address.
    fn put<T: Copy>(
        &mut self,
        used: usize,
        level: libc::c_int,
        kind: libc::c_int,
        value: T,
    ) -> usize {
        // SAFETY: pure arithmetic.
        let (length, space) = unsafe {
            (
                libc::CMSG_LEN(size_of::<T>() as u32),
                libc::CMSG_SPACE(size_of::<T>() as u32) as usize,
            )
        };
        let place = &mut self.0[used..used + space];
        let message = place.as_mut_ptr().cast::<libc::cmsghdr>();
        // SAFETY: `place` has room for the header and the value, and is aligned for the header since the buffer is and all spaces
        // are multiples of its alignment; the value may be unaligned.
        unsafe {
            (*message).cmsg_level = level;
            (*message).cmsg_type = kind;
            (*message).cmsg_len = length as _;
            libc::CMSG_DATA(message).cast::<T>().write_unaligned(value);
        }
        space
    }
}

/// Destination in the kernel's layout, made once for all chunks.
struct Destination {
    storage: address::Storage,
    length: libc::socklen_t,
    /// The source address, if the kernel is not to choose it.
    from: Option<IpAddr>,
}

impl UdpSocket {
    /// Sends `data` as datagrams of `segment_bytes` (the last may be shorter), with as few system
    /// calls as the host allows. Any length (of nothing, one empty datagram); `segment_bytes` ≥
    /// `data.len()` sends one. `Err` only for programming errors and a dead socket.
    #[inline]
    pub fn send(
        &self,
        destination: SocketAddr,
        data: &[u8],
        segment_bytes: usize,
    ) -> io::Result<SendOutcome> {
        self.send_parts(destination, &[IoSlice::new(data)], segment_bytes)
    }

    /// As `send`, of the concatenation of `parts` (so headers can be put before each segment
    /// without a copy). More than four parts a segment (256 in one system call) are an error.
    pub fn send_parts(
        &self,
        destination: SocketAddr,
        parts: &[IoSlice<'_>],
        segment_bytes: usize,
    ) -> io::Result<SendOutcome> {
        self.send_parts_from(None, destination, parts, segment_bytes)
    }

    /// As `send_parts`, from one of the host's addresses: on a host with several, answers come from where they are expected.
    pub fn send_parts_from(
        &self,
        from: Option<IpAddr>,
        destination: SocketAddr,
        parts: &[IoSlice<'_>],
        segment_bytes: usize,
    ) -> io::Result<SendOutcome> {
        let from = from.filter(|from| from.is_ipv4() == self.ipv4);
        if segment_bytes == 0 || destination.is_ipv4() != self.ipv4 {
            return Err(io::Error::from_raw_os_error(libc::EINVAL));
        }
        let (storage, length) = address::encode(destination);
        let destination = Destination {
            storage,
            length,
            from,
        };
        let chunk_bytes = (MAX_BYTES / segment_bytes).clamp(1, MAX_SEGMENTS) * segment_bytes;
        let bytes = parts.iter().map(|part| part.len()).sum();
        if bytes <= chunk_bytes && parts.len() <= MAX_PARTS {
            return self.send_chunk(&destination, parts, bytes, segment_bytes);
        }
        let mut rest = Parts { parts, offset: 0 };
        let mut sent = 0;
        while let Some(chunk) = rest.take(chunk_bytes)? {
            match self.send_chunk(&destination, chunk.slices(), chunk.bytes, segment_bytes)? {
                SendOutcome::Sent => sent += chunk.bytes,
                SendOutcome::WouldBlock(more) => return Ok(SendOutcome::WouldBlock(sent + more)),
                outcome => return Ok(outcome),
            }
        }
        Ok(SendOutcome::Sent)
    }

    fn send_chunk(
        &self,
        destination: &Destination,
        parts: &[IoSlice<'_>],
        bytes: usize,
        segment_bytes: usize,
    ) -> io::Result<SendOutcome> {
        if bytes <= segment_bytes {
            return outcome(self.send_message(destination, parts, None));
        }
        let segment =
            u16::try_from(segment_bytes).map_err(|_| io::Error::from_raw_os_error(libc::EINVAL))?;
        match self.send_message(destination, parts, Some(segment)) {
            // No segmentation on this way: an interface without checksum offload (EIO), an old
            // kernel, or segments that do not fit its MTU (EINVAL, later kernels EMSGSIZE). One by
            // one the difference shows.
            Err(error)
                if matches!(
                    error.raw_os_error(),
                    Some(libc::EIO | libc::EINVAL | libc::EMSGSIZE)
                ) =>
            {
                self.send_one_by_one(destination, parts, segment_bytes)
            }
            result => outcome(result),
        }
    }

    #[cold]
    fn send_one_by_one(
        &self,
        destination: &Destination,
        parts: &[IoSlice<'_>],
        segment_bytes: usize,
    ) -> io::Result<SendOutcome> {
        let mut rest = Parts { parts, offset: 0 };
        let mut sent = 0;
        while let Some(segment) = rest.take(segment_bytes)? {
            match outcome(self.send_message(destination, segment.slices(), None))? {
                SendOutcome::Sent => sent += segment.bytes,
                SendOutcome::WouldBlock(_) => return Ok(SendOutcome::WouldBlock(sent)),
                outcome => return Ok(outcome),
            }
        }
        Ok(SendOutcome::Sent)
    }

    fn send_message(
        &self,
        destination: &Destination,
        parts: &[IoSlice<'_>],
        segment: Option<u16>,
    ) -> io::Result<()> {
        let mut control = Control([0; CONTROL_BYTES]);
        // SAFETY: all zeros are a valid `msghdr`: null pointers with zero lengths.
        let mut header: libc::msghdr = unsafe { std::mem::zeroed() };
        header.msg_name = (&raw const destination.storage).cast_mut().cast();
        header.msg_namelen = destination.length;
        // `IoSlice` has the layout of `iovec` (guaranteed by std on Unix); the kernel only reads.
        header.msg_iov = parts.as_ptr().cast_mut().cast();
        header.msg_iovlen = parts.len() as _;
        let mut used = 0;
        if let Some(segment) = segment {
            used += control.put(used, libc::IPPROTO_UDP, libc::UDP_SEGMENT, segment);
        }
        match destination.from {
            None => {}
            Some(IpAddr::V4(from)) => {
                let info = libc::in_pktinfo {
                    ipi_ifindex: 0,
                    ipi_spec_dst: libc::in_addr {
                        s_addr: u32::from_ne_bytes(from.octets()),
                    },
                    ipi_addr: libc::in_addr { s_addr: 0 },
                };
                used += control.put(used, libc::IPPROTO_IP, libc::IP_PKTINFO, info);
            }
            Some(IpAddr::V6(from)) => {
                let info = libc::in6_pktinfo {
                    ipi6_addr: libc::in6_addr {
                        s6_addr: from.octets(),
                    },
                    ipi6_ifindex: 0,
                };
                used += control.put(used, libc::IPPROTO_IPV6, libc::IPV6_PKTINFO, info);
            }
        }
        if used > 0 {
            header.msg_control = (&raw mut control).cast();
            header.msg_controllen = used as _;
        }
        // SAFETY: every pointer in `header` describes memory that lives through the call.
        sys::retry(|| {
            sys::check(unsafe {
                libc::sendmsg(
                    self.fd.as_raw_fd(),
                    &raw const header,
                    libc::MSG_DONTWAIT | libc::MSG_NOSIGNAL,
                ) as libc::c_long
            })
        })?;
        Ok(())
    }
}

/// Sorts errors into what a datagram may meet and what must not happen.
fn outcome(result: io::Result<()>) -> io::Result<SendOutcome> {
    let Err(error) = result else {
        return Ok(SendOutcome::Sent);
    };
    match error.raw_os_error() {
        Some(libc::EAGAIN) => Ok(SendOutcome::WouldBlock(0)),
        Some(libc::EMSGSIZE) => Ok(SendOutcome::TooBig),
        Some(libc::ENOBUFS | libc::ENOMEM) => Ok(SendOutcome::NoBuffers),
        // EPERM is a firewall's, EINVAL an address' that cannot be sent to (port 0, wrong scope).
        Some(
            libc::EPERM
            | libc::EACCES
            | libc::EINVAL
            | libc::ENETUNREACH
            | libc::EHOSTUNREACH
            | libc::EHOSTDOWN
            | libc::ENETDOWN
            | libc::ENODEV
            | libc::ENONET
            | libc::EADDRNOTAVAIL
            | libc::ECONNREFUSED,
        ) => Ok(SendOutcome::Unreachable),
        _ => Err(error),
    }
}

/// Parts still to be sent; `offset` bytes of the first are sent already.
struct Parts<'a, 'b> {
    parts: &'a [IoSlice<'b>],
    offset: usize,
}

struct Chunk<'a> {
    slices: [IoSlice<'a>; MAX_PARTS],
    count: usize,
    bytes: usize,
}

impl Chunk<'_> {
    fn slices(&self) -> &[IoSlice<'_>] {
        &self.slices[..self.count]
    }
}

impl<'a, 'b: 'a> Parts<'a, 'b> {
    /// Up to `bytes` from the front; `None` when nothing is left.
    fn take(&mut self, bytes: usize) -> io::Result<Option<Chunk<'a>>> {
        let mut chunk = Chunk {
            slices: [IoSlice::new(&[]); MAX_PARTS],
            count: 0,
            bytes: 0,
        };
        while let [part, later @ ..] = self.parts {
            let rest = &part[self.offset..];
            let length = rest.len().min(bytes - chunk.bytes);
            if length > 0 {
                let slot = chunk
                    .slices
                    .get_mut(chunk.count)
                    .ok_or(io::ErrorKind::InvalidInput)?;
                *slot = IoSlice::new(&rest[..length]);
                chunk.count += 1;
                chunk.bytes += length;
            }
            if length == rest.len() {
                self.parts = later;
                self.offset = 0;
            } else {
                self.offset += length;
                break;
            }
        }
        Ok((chunk.bytes > 0).then_some(chunk))
    }
}
