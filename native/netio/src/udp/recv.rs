//! Receiving: `recvmmsg` into recycled 64 KiB buffers, each of which the kernel may fill with
//! several datagrams.

use super::{UdpSocket, address};
use crate::sys;
use bytes::BytesMut;
use meshd_packet::BufferPool;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::os::fd::AsRawFd;

const MESSAGE_BYTES: usize = 64 * 1024;
/// Messages of one call; the arrays for more would cost more to clear than a second call.
const MAX_MESSAGES: usize = 16;
/// Up to this size a message is copied out, so that a single datagram does not pin 64 KiB.
const COPY_UP_TO_BYTES: usize = 2048;
const SMALL_BUFFER_BYTES: usize = 64 * 1024;
/// Buffers with parts still in use elsewhere that will be recycled; beyond, they are freed when
/// their last part is dropped.
const SPARE_BUFFERS: usize = 16;

/// Space for a `UDP_GRO` control message and one that tells the local address, aligned as control messages must be.
#[derive(Clone, Copy)]
#[repr(C, align(8))]
struct Control([u8; CONTROL_BYTES]);

// SAFETY: pure arithmetic.
const CONTROL_BYTES: usize = unsafe {
    libc::CMSG_SPACE(size_of::<libc::c_int>() as u32)
        + libc::CMSG_SPACE(size_of::<libc::in6_pktinfo>() as u32)
} as usize;

/// One datagram, or several of one source that the kernel joined: cut `data` every `segment_bytes`;
/// the last may be shorter.
#[derive(Debug)]
pub struct Received {
    pub source: SocketAddr,
    /// The address it was sent to, if the socket was told to notice ([`UdpSocket::notice_local_addresses`]).
    pub local: Option<IpAddr>,
    pub segment_bytes: usize,
    pub data: BytesMut,
}

/// Buffers of `recvmmsg`, recycled; one per receiving thread, usable with any socket.
#[derive(Debug)]
pub struct RecvBatch {
    /// Empty buffers with room for a message each, but for those of the last call's large messages.
    slots: Vec<BytesMut>,
    pool: BufferPool,
    small: BytesMut,
    small_pool: BufferPool,
}

impl RecvBatch {
    /// Room for `messages` (1 to 16) buffers of 64 KiB a call.
    pub fn new(messages: usize) -> Self {
        let messages = messages.clamp(1, MAX_MESSAGES);
        let mut pool = BufferPool::new(MESSAGE_BYTES, messages + SPARE_BUFFERS);
        let mut small_pool = BufferPool::new(SMALL_BUFFER_BYTES, SPARE_BUFFERS);
        let slots = (0..messages).map(|_| pool.take()).collect();
        let small = small_pool.take();
        Self {
            slots,
            pool,
            small,
            small_pool,
        }
    }

    /// Takes what the kernel wrote into a slot.
    fn take(&mut self, slot: usize, length: usize) -> BytesMut {
        // SAFETY: the kernel initialized `length` bytes of this slot, and reports no more than
        // there was room for.
        unsafe { self.slots[slot].set_len(length) };
        if length > COPY_UP_TO_BYTES {
            return self.slots[slot].split();
        }
        if !self.small.try_reclaim(length) {
            let full = std::mem::replace(&mut self.small, self.small_pool.take());
            self.small_pool.give(full);
        }
        self.small.extend_from_slice(&self.slots[slot]);
        self.slots[slot].clear();
        self.small.split()
    }

    /// Gives every slot room for a whole message.
    fn refill(&mut self) {
        for slot in &mut self.slots {
            if !slot.try_reclaim(MESSAGE_BYTES) {
                let used = std::mem::replace(slot, self.pool.take());
                self.pool.give(used);
            }
        }
    }
}

impl UdpSocket {
    /// Receives what waits, up to the batch's size, appending to `out`; returns the number of
    /// messages, 0 when none waits. Datagrams that the kernel had to cut off are dropped.
    pub fn recv_batch(&self, batch: &mut RecvBatch, out: &mut Vec<Received>) -> io::Result<usize> {
        batch.refill();
        let count = batch.slots.len();
        let mut sources = [address::EMPTY; MAX_MESSAGES];
        let mut controls = [Control([0; CONTROL_BYTES]); MAX_MESSAGES];
        let mut vectors = [libc::iovec {
            iov_base: std::ptr::null_mut(),
            iov_len: 0,
        }; MAX_MESSAGES];
        // SAFETY: all zeros are a valid `mmsghdr`: null pointers with zero lengths.
        let mut messages: [libc::mmsghdr; MAX_MESSAGES] = unsafe { std::mem::zeroed() };
        for index in 0..count {
            let spare = batch.slots[index].spare_capacity_mut();
            vectors[index] = libc::iovec {
                iov_base: spare.as_mut_ptr().cast(),
                iov_len: spare.len(),
            };
            let header = &mut messages[index].msg_hdr;
            header.msg_name = (&raw mut sources[index]).cast();
            header.msg_namelen = address::CAPACITY;
            header.msg_iov = &raw mut vectors[index];
            header.msg_iovlen = 1;
            header.msg_control = (&raw mut controls[index]).cast();
            header.msg_controllen = CONTROL_BYTES as _;
        }
        // SAFETY: each of the `count` headers points to a name, a control buffer and a vector of
        // its own, all alive and unaliased until the call returns; the vectors describe the slots'
        // spare capacity. A null timeout means none.
        let received = sys::retry(|| {
            sys::check_int(unsafe {
                libc::recvmmsg(
                    self.fd.as_raw_fd(),
                    messages.as_mut_ptr(),
                    count as libc::c_uint,
                    libc::MSG_DONTWAIT,
                    std::ptr::null_mut(),
                )
            })
        });
        let received = match received {
            Ok(received) => received as usize,
            Err(error) if passes(&error) => return Ok(0),
            Err(error) => return Err(error),
        };
        out.reserve(received);
        for index in 0..received {
            let header = &messages[index].msg_hdr;
            let length = messages[index].msg_len as usize;
            let data = batch.take(index, length);
            let cut_off = header.msg_flags & libc::MSG_TRUNC != 0;
            if let Some(source) = address::decode(&sources[index]).filter(|_| !cut_off) {
                let told = Told::by(header);
                let segment_bytes = told.segment_bytes.unwrap_or(length).max(1);
                out.push(Received {
                    source,
                    local: told.local,
                    segment_bytes,
                    data,
                });
            }
        }
        Ok(received)
    }
}

/// Whether a failed receive means only that nothing was received.
fn passes(error: &io::Error) -> bool {
    matches!(
        error.raw_os_error(),
        Some(
            libc::EAGAIN
                // Refusals of earlier sends, reported here (ip(7)); the next call receives.
                | libc::ECONNREFUSED
                | libc::EHOSTUNREACH
                | libc::ENETUNREACH
                // The host has no memory for it just now.
                | libc::ENOMEM
                | libc::ENOBUFS
        )
    )
}

/// What control messages say of a datagram.
#[derive(Default)]
struct Told {
    segment_bytes: Option<usize>,
    local: Option<IpAddr>,
}

impl Told {
    fn by(header: &libc::msghdr) -> Self {
        let mut told = Self::default();
        // SAFETY: the header is as the kernel left it: its control pointer and length describe the control messages written, and
        // the macros stay inside them.
        let mut next = unsafe { libc::CMSG_FIRSTHDR(header).as_ref() };
        while let Some(message) = next {
            match (message.cmsg_level, message.cmsg_type) {
                (libc::IPPROTO_UDP, libc::UDP_GRO) => {
                    // SAFETY: the kernel wrote this message.
                    let bytes = unsafe { payload::<libc::c_int>(message) };
                    told.segment_bytes = bytes
                        .and_then(|bytes| usize::try_from(bytes).ok())
                        .filter(|&bytes| bytes > 0);
                }
                (libc::IPPROTO_IP, libc::IP_PKTINFO) => {
                    // SAFETY: as above.
                    told.local = unsafe { payload::<libc::in_pktinfo>(message) }
                        .map(|info| Ipv4Addr::from(info.ipi_addr.s_addr.to_ne_bytes()).into());
                }
                (libc::IPPROTO_IPV6, libc::IPV6_PKTINFO) => {
                    // SAFETY: as above.
                    told.local = unsafe { payload::<libc::in6_pktinfo>(message) }
                        .map(|info| Ipv6Addr::from(info.ipi6_addr.s6_addr).into());
                }
                _ => {}
            }
            // SAFETY: as above, and `message` is one of the header's.
            next = unsafe { libc::CMSG_NXTHDR(header, message).as_ref() };
        }
        told
    }
}

/// Plain data that the kernel puts into control messages: any bytes are a valid value.
trait Plain: Copy {}
impl Plain for libc::c_int {}
impl Plain for libc::in_pktinfo {}
impl Plain for libc::in6_pktinfo {}

/// What a control message holds; `None` if it is too short for that.
///
/// # Safety
/// The message lies in a buffer, as the kernel wrote it, that holds as many bytes as its length says.
unsafe fn payload<T: Plain>(message: &libc::cmsghdr) -> Option<T> {
    // SAFETY: pure arithmetic.
    let expected = unsafe { libc::CMSG_LEN(size_of::<T>() as u32) } as usize;
    // SAFETY: the kernel wrote as many bytes behind the header as its length says, which are enough; they may be unaligned.
    (message.cmsg_len as u64 >= expected as u64)
        .then(|| unsafe { libc::CMSG_DATA(message).cast::<T>().read_unaligned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_of_memory_host_or_a_refusal_is_not_the_end_of_a_socket() {
        let passes = |errno| passes(&io::Error::from_raw_os_error(errno));
        for errno in [
            libc::EAGAIN,
            libc::ECONNREFUSED,
            libc::EHOSTUNREACH,
            libc::ENETUNREACH,
            libc::ENOMEM,
            libc::ENOBUFS,
        ] {
            assert!(passes(errno), "{errno}");
        }
        assert!(!passes(libc::EBADF) && !passes(libc::ENOTSOCK));
    }
}
