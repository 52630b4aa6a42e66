//! News of the host's links, addresses and routes, as the kernel sends them (rtnetlink(7)), and of its clock.

use crate::clock_watch::ClockWatch;
use crate::poll::{Event, Interest, Poller, Waker};
use crate::sys;
use std::collections::BTreeSet;
use std::io;
use std::os::fd::{AsFd, AsRawFd, FromRawFd, OwnedFd};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// Changes come in bursts (link, address, route, default route): one report for what comes in this time.
const COALESCE: Duration = Duration::from_millis(50);
const BUFFER_BYTES: usize = 32 * 1024;
/// More interfaces than that in one burst are a change whatever they are.
const MAX_LOST: usize = 64;
/// `struct nlmsghdr`: length, type, flags, sequence number, port.
const HEADER_BYTES: usize = 16;
const SOCKET_TOKEN: u64 = 0;
const CLOCK_TOKEN: u64 = 1;

/// What a burst of messages amounts to.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct NetworkChange {
    /// Indexes of interfaces that lost their link or an address, even if only for a moment.
    pub lost: BTreeSet<u32>,
    /// Messages were dropped: anything may have happened.
    pub overrun: bool,
    /// The wall clock jumped: the host may have slept.
    pub clock_jumped: bool,
}

impl NetworkChange {
    fn merge(&mut self, other: NetworkChange) {
        self.overrun |= other.overrun;
        self.lost.extend(other.lost);
        if self.lost.len() > MAX_LOST {
            self.lost.clear();
            self.overrun = true;
        }
    }
}

/// A thread that listens; ends when dropped.
#[derive(Debug)]
pub struct NetworkMonitor {
    waker: Waker,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl NetworkMonitor {
    /// `on_change` is called on the monitor's thread.
    pub fn start(on_change: impl Fn(NetworkChange) + Send + 'static) -> io::Result<Self> {
        let socket = open()?;
        let poller = Poller::new()?;
        poller.add(&socket, SOCKET_TOKEN, Interest::Readable)?;
        let clock = ClockWatch::new()?;
        poller.add(&clock, CLOCK_TOKEN, Interest::Readable)?;
        let waker = poller.waker();
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = stop.clone();
        let thread = thread::Builder::new()
            .name("meshd-network".into())
            .spawn(move || {
                let stopped = || stopped.load(Ordering::Acquire);
                // Without the kernel's news there is still the look that TypeScript takes now and then.
                let _ = listen(&socket, &clock, &poller, stopped, on_change);
            })?;
        Ok(Self {
            waker,
            stop,
            thread: Some(thread),
        })
    }
}

impl Drop for NetworkMonitor {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Release);
        self.waker.wake();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn listen(
    socket: &OwnedFd,
    clock: &ClockWatch,
    poller: &Poller,
    stopped: impl Fn() -> bool,
    on_change: impl Fn(NetworkChange),
) -> io::Result<()> {
    let mut buffer = vec![0; BUFFER_BYTES];
    let mut events: Vec<Event> = Vec::new();
    let mut pending: Option<(Instant, NetworkChange)> = None;
    while !stopped() {
        let timeout = pending
            .as_ref()
            .map(|(due, _)| due.saturating_duration_since(Instant::now()));
        poller.wait(&mut events, timeout)?;
        let change = drain(socket, &mut buffer)?;
        let clock_jumped = clock.jumped();
        if change.is_some() || clock_jumped {
            let (_, all) = pending
                .get_or_insert_with(|| (Instant::now() + COALESCE, NetworkChange::default()));
            all.merge(change.unwrap_or_default());
            all.clock_jumped |= clock_jumped;
        }
        if let Some((_, change)) = pending.take_if(|(due, _)| Instant::now() >= *due) {
            on_change(change);
        }
    }
    Ok(())
}

fn open() -> io::Result<OwnedFd> {
    // SAFETY: no pointers; the result is checked.
    let fd = sys::check_int(unsafe {
        libc::socket(
            libc::AF_NETLINK,
            libc::SOCK_RAW | libc::SOCK_CLOEXEC | libc::SOCK_NONBLOCK,
            libc::NETLINK_ROUTE,
        )
    })?;
    // SAFETY: the descriptor was just made by the kernel and nobody else has it.
    let socket = unsafe { OwnedFd::from_raw_fd(fd) };
    // SAFETY: all fields of `sockaddr_nl` are integers, for which zero is valid.
    let mut address: libc::sockaddr_nl = unsafe { std::mem::zeroed() };
    address.nl_family = libc::AF_NETLINK as libc::sa_family_t;
    address.nl_groups = (libc::RTMGRP_LINK
        | libc::RTMGRP_IPV4_IFADDR
        | libc::RTMGRP_IPV6_IFADDR
        | libc::RTMGRP_IPV4_ROUTE
        | libc::RTMGRP_IPV6_ROUTE) as u32;
    // SAFETY: the pointer and length describe `address`, which lives through the call.
    sys::check_int(unsafe {
        libc::bind(
            socket.as_fd().as_raw_fd(),
            (&raw const address).cast(),
            size_of::<libc::sockaddr_nl>() as libc::socklen_t,
        )
    })?;
    Ok(socket)
}

/// Reads all that is there. `None`: nothing that tells of a change.
fn drain(socket: &OwnedFd, buffer: &mut [u8]) -> io::Result<Option<NetworkChange>> {
    let mut all: Option<NetworkChange> = None;
    loop {
        match receive(socket, buffer) {
            // Only the kernel (port 0) sends news; a process of ours in the same namespace may send messages, too.
            Ok((length, 0)) => parse(&buffer[..length.min(buffer.len())], &mut all),
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(all),
            Err(error) if error.raw_os_error() == Some(libc::ENOBUFS) => {
                all.get_or_insert_default().overrun = true;
            }
            Err(error) => return Err(error),
        }
    }
}

/// Length and the sender's port.
fn receive(socket: &OwnedFd, buffer: &mut [u8]) -> io::Result<(usize, u32)> {
    // SAFETY: all fields of `sockaddr_nl` are integers, for which zero is valid.
    let mut sender: libc::sockaddr_nl = unsafe { std::mem::zeroed() };
    let mut sender_length = size_of::<libc::sockaddr_nl>() as libc::socklen_t;
    let length = sys::retry(|| {
        // SAFETY: the pointers and lengths describe `buffer` and `sender`, which live through the call.
        sys::check(unsafe {
            libc::recvfrom(
                socket.as_raw_fd(),
                buffer.as_mut_ptr().cast(),
                buffer.len(),
                0,
                (&raw mut sender).cast(),
                &raw mut sender_length,
            ) as libc::c_long
        })
    })?;
    Ok((length, sender.nl_pid))
}

pub(crate) fn parse(mut bytes: &[u8], all: &mut Option<NetworkChange>) {
    while let Some(header) = bytes.get(..HEADER_BYTES) {
        let length = u32_at(header, 0) as usize;
        let kind = u16::from_ne_bytes([header[4], header[5]]);
        let Some(body) = bytes.get(HEADER_BYTES..length) else {
            return;
        };
        parse_message(kind, body, all);
        // Messages are aligned to four bytes (NLMSG_ALIGN).
        bytes = bytes.get(length.next_multiple_of(4)..).unwrap_or_default();
    }
}

fn parse_message(kind: u16, body: &[u8], all: &mut Option<NetworkChange>) {
    match kind {
        // `struct ifinfomsg`: family, type (2), index (4), flags (4), change mask.
        libc::RTM_NEWLINK | libc::RTM_DELLINK if body.len() >= 16 => {
            let change = all.get_or_insert_default();
            let running = u32_at(body, 8) & libc::IFF_RUNNING as u32 != 0;
            if kind == libc::RTM_DELLINK || !running {
                change.lost.insert(u32_at(body, 4));
            }
        }
        // `struct ifaddrmsg`: family, prefix length, flags, scope, index (4).
        libc::RTM_DELADDR if body.len() >= 8 => {
            all.get_or_insert_default().lost.insert(u32_at(body, 4));
        }
        libc::RTM_NEWADDR | libc::RTM_NEWROUTE | libc::RTM_DELROUTE => {
            all.get_or_insert_default();
        }
        _ => {}
    }
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_ne_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(kind: u16, body: &[u8]) -> Vec<u8> {
        let mut bytes = Vec::new();
        bytes.extend((HEADER_BYTES as u32 + body.len() as u32).to_ne_bytes());
        bytes.extend(kind.to_ne_bytes());
        bytes.extend([0; 10]);
        bytes.extend(body);
        bytes
    }

    fn link(index: u32, flags: u32) -> Vec<u8> {
        let mut body = vec![0; 16];
        body[4..8].copy_from_slice(&index.to_ne_bytes());
        body[8..12].copy_from_slice(&flags.to_ne_bytes());
        body
    }

    fn parsed(bytes: &[u8]) -> Option<NetworkChange> {
        let mut all = None;
        parse(bytes, &mut all);
        all
    }

    #[test]
    fn an_address_that_comes_is_a_change_and_one_that_goes_a_loss() {
        let mut address = [2, 24, 0, 0, 0, 0, 0, 0];
        address[4..].copy_from_slice(&7u32.to_ne_bytes());
        let come = parsed(&message(libc::RTM_NEWADDR, &address)).unwrap();
        assert!(come.lost.is_empty());
        let gone = parsed(&message(libc::RTM_DELADDR, &address)).unwrap();
        assert_eq!(gone.lost, [7].into());
    }

    #[test]
    fn a_link_that_stops_running_is_a_loss() {
        let up = libc::IFF_UP as u32;
        let running = up | libc::IFF_RUNNING as u32;
        let mut burst = message(libc::RTM_NEWLINK, &link(3, up));
        burst.extend(message(libc::RTM_NEWLINK, &link(4, running)));
        assert_eq!(parsed(&burst).unwrap().lost, [3].into());
    }

    #[test]
    fn broken_messages_and_those_of_other_kinds_say_nothing() {
        assert_eq!(parsed(&message(libc::RTM_NEWNEIGH, &[0; 12])), None);
        assert_eq!(parsed(&[0; HEADER_BYTES]), None);
        assert_eq!(parsed(&[0xff; 64]), None);
        assert_eq!(parsed(&message(libc::RTM_NEWLINK, &[0; 4])), None);
        let mut cut = message(libc::RTM_NEWADDR, &[0; 8]);
        cut.truncate(20);
        assert_eq!(parsed(&cut), None);
    }

    #[test]
    fn starts_and_ends() {
        let monitor = NetworkMonitor::start(|_| {}).unwrap();
        drop(monitor);
    }
}
