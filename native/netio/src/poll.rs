//! Readiness of descriptors (epoll), a waker for other threads, timeouts in nanoseconds.

use crate::sys;
use std::io;
use std::os::fd::{AsFd, AsRawFd, FromRawFd, OwnedFd, RawFd};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

const WAKE_TOKEN: u64 = u64::MAX;
const EVENTS_PER_WAIT: usize = 64;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Interest {
    Readable,
    ReadableWritable,
}

impl Interest {
    fn mask(self) -> u32 {
        let mask = match self {
            Interest::Readable => libc::EPOLLIN,
            Interest::ReadableWritable => libc::EPOLLIN | libc::EPOLLOUT,
        };
        mask as u32
    }
}

/// Level-triggered readiness of a registered descriptor. An error or a hang-up makes it readable:
/// reading tells which.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Event {
    pub token: u64,
    pub readable: bool,
    pub writable: bool,
}

#[derive(Debug)]
struct WakeFd {
    fd: OwnedFd,
    /// A wake-up is on its way already: the next ones need no system call.
    pending: AtomicBool,
}

/// Ends a `wait` from another thread; also one that has not begun. Cheap to clone, and cheap to
/// call often.
#[derive(Debug, Clone)]
pub struct Waker {
    shared: Arc<WakeFd>,
}

impl Waker {
    pub fn wake(&self) {
        if self.shared.pending.swap(true, Ordering::AcqRel) {
            return;
        }
        let one = 1u64.to_ne_bytes();
        // SAFETY: the pointer and length describe `one`. The only failure is a counter about to
        // overflow, which is as awake as can be.
        unsafe { libc::write(self.shared.fd.as_raw_fd(), one.as_ptr().cast(), one.len()) };
    }
}

#[derive(Debug)]
pub struct Poller {
    epoll: OwnedFd,
    wake: Arc<WakeFd>,
}

impl Poller {
    pub fn new() -> io::Result<Self> {
        // SAFETY: no pointers; the result is checked.
        let epoll = owned(unsafe { libc::epoll_create1(libc::EPOLL_CLOEXEC) })?;
        // SAFETY: as above.
        let fd = owned(unsafe { libc::eventfd(0, libc::EFD_CLOEXEC | libc::EFD_NONBLOCK) })?;
        let poller = Self {
            epoll,
            wake: Arc::new(WakeFd {
                fd,
                pending: AtomicBool::new(false),
            }),
        };
        // Edge-triggered: every write is an event, and the counter needs no reading (it overflows
        // after 2^64 - 2 of them).
        let mask = (libc::EPOLLIN | libc::EPOLLET) as u32;
        poller.control(
            libc::EPOLL_CTL_ADD,
            poller.wake.fd.as_raw_fd(),
            WAKE_TOKEN,
            mask,
        )?;
        Ok(poller)
    }

    pub fn waker(&self) -> Waker {
        Waker {
            shared: self.wake.clone(),
        }
    }

    /// `token` comes back in events; `u64::MAX` is reserved. The descriptor must stay open until
    /// removed.
    pub fn add(&self, fd: impl AsFd, token: u64, interest: Interest) -> io::Result<()> {
        self.control(
            libc::EPOLL_CTL_ADD,
            fd.as_fd().as_raw_fd(),
            token,
            interest.mask(),
        )
    }

    pub fn modify(&self, fd: impl AsFd, token: u64, interest: Interest) -> io::Result<()> {
        self.control(
            libc::EPOLL_CTL_MOD,
            fd.as_fd().as_raw_fd(),
            token,
            interest.mask(),
        )
    }

    pub fn remove(&self, fd: impl AsFd) -> io::Result<()> {
        self.control(libc::EPOLL_CTL_DEL, fd.as_fd().as_raw_fd(), 0, 0)
    }

    /// Waits for events, the waker (consumed here, no event), or the timeout (`None`: for ever).
    /// Replaces the contents of `events`. A signal ends the wait as if its time were over.
    pub fn wait(&self, events: &mut Vec<Event>, timeout: Option<Duration>) -> io::Result<()> {
        events.clear();
        let mut ready = [libc::epoll_event { events: 0, u64: 0 }; EVENTS_PER_WAIT];
        let count = match wait(self.epoll.as_raw_fd(), &mut ready, timeout) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => 0,
            result => result?,
        };
        for event in &ready[..count] {
            // The struct is packed on x86-64: copy, don't borrow.
            let (token, mask) = (event.u64, event.events as libc::c_int);
            if token == WAKE_TOKEN {
                // An exchange: a waker that still saw `true` has put its work where the caller looks
                // after this; one that comes later writes again.
                self.wake.pending.swap(false, Ordering::AcqRel);
                continue;
            }
            let failed = mask & (libc::EPOLLERR | libc::EPOLLHUP) != 0;
            events.push(Event {
                token,
                readable: failed || mask & libc::EPOLLIN != 0,
                writable: mask & libc::EPOLLOUT != 0,
            });
        }
        Ok(())
    }

    fn control(&self, operation: libc::c_int, fd: RawFd, token: u64, mask: u32) -> io::Result<()> {
        let mut event = libc::epoll_event {
            events: mask,
            u64: token,
        };
        // SAFETY: `event` lives through the call; the kernel checks the descriptors.
        sys::check_int(unsafe {
            libc::epoll_ctl(self.epoll.as_raw_fd(), operation, fd, &raw mut event)
        })?;
        Ok(())
    }
}

fn owned(fd: libc::c_int) -> io::Result<OwnedFd> {
    let fd = sys::check_int(fd)?;
    // SAFETY: the descriptor was just made by the kernel and nobody else has it.
    Ok(unsafe { OwnedFd::from_raw_fd(fd) })
}

fn wait(
    epoll: RawFd,
    ready: &mut [libc::epoll_event],
    timeout: Option<Duration>,
) -> io::Result<usize> {
    let time = timeout.map(|timeout| libc::timespec {
        tv_sec: timeout.as_secs().try_into().unwrap_or(libc::time_t::MAX),
        tv_nsec: timeout.subsec_nanos().into(),
    });
    let time_pointer = time
        .as_ref()
        .map_or(std::ptr::null(), |time| &raw const *time);
    // SAFETY: `ready` is writable for its length, `time` lives through the call, and a null signal
    // mask is allowed (then its size is not looked at).
    let result = sys::check(unsafe {
        libc::syscall(
            libc::SYS_epoll_pwait2,
            epoll,
            ready.as_mut_ptr(),
            ready.len() as libc::c_int,
            time_pointer,
            std::ptr::null::<libc::sigset_t>(),
            0usize,
        )
    });
    match result {
        Err(error) if error.raw_os_error() == Some(libc::ENOSYS) => {
            wait_milliseconds(epoll, ready, timeout)
        }
        result => result,
    }
}

/// Before Linux 5.11: whole milliseconds, rounded up so that a timer is not polled for before its
/// time.
fn wait_milliseconds(
    epoll: RawFd,
    ready: &mut [libc::epoll_event],
    timeout: Option<Duration>,
) -> io::Result<usize> {
    let milliseconds = match timeout {
        None => -1,
        Some(timeout) => timeout
            .as_nanos()
            .div_ceil(1_000_000)
            .try_into()
            .unwrap_or(libc::c_int::MAX),
    };
    // SAFETY: `ready` is writable for its length.
    let count = sys::check_int(unsafe {
        libc::epoll_wait(
            epoll,
            ready.as_mut_ptr(),
            ready.len() as libc::c_int,
            milliseconds,
        )
    })?;
    Ok(count as usize)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;
    use std::os::unix::net::UnixStream;
    use std::time::Instant;

    #[test]
    fn readable_once_written_and_silent_once_removed() {
        let poller = Poller::new().unwrap();
        let (mut near, far) = UnixStream::pair().unwrap();
        let mut events = Vec::new();
        poller.add(&far, 7, Interest::Readable).unwrap();
        poller.wait(&mut events, Some(Duration::ZERO)).unwrap();
        assert!(events.is_empty());
        near.write_all(b"x").unwrap();
        poller.wait(&mut events, None).unwrap();
        assert_eq!(
            events,
            [Event {
                token: 7,
                readable: true,
                writable: false
            }]
        );
        poller.modify(&far, 8, Interest::ReadableWritable).unwrap();
        poller.wait(&mut events, None).unwrap();
        assert_eq!(
            events,
            [Event {
                token: 8,
                readable: true,
                writable: true
            }]
        );
        poller.remove(&far).unwrap();
        poller.wait(&mut events, Some(Duration::ZERO)).unwrap();
        assert!(events.is_empty());
    }

    #[test]
    fn timeouts_are_finer_than_milliseconds() {
        let poller = Poller::new().unwrap();
        let mut shortest = Duration::MAX;
        for _ in 0..20 {
            let start = Instant::now();
            poller
                .wait(&mut Vec::new(), Some(Duration::from_micros(200)))
                .unwrap();
            let waited = start.elapsed();
            assert!(waited >= Duration::from_micros(200));
            shortest = shortest.min(waited);
        }
        assert!(shortest < Duration::from_millis(1), "{shortest:?}");
    }

    #[test]
    fn a_wake_up_before_or_during_a_wait_ends_it_once() {
        let poller = Poller::new().unwrap();
        let waker = poller.waker();
        let mut events = Vec::new();
        for _ in 0..3 {
            waker.wake();
            waker.wake();
            poller.wait(&mut events, None).unwrap();
            assert!(events.is_empty());
        }
        let start = Instant::now();
        poller
            .wait(&mut events, Some(Duration::from_millis(5)))
            .unwrap();
        assert!(
            start.elapsed() >= Duration::from_millis(5),
            "woken by what was consumed"
        );
        let thread = std::thread::spawn(move || waker.wake());
        poller.wait(&mut events, None).unwrap();
        thread.join().unwrap();
    }

    #[test]
    fn no_wake_up_is_lost() {
        let poller = Poller::new().unwrap();
        let waker = poller.waker();
        let (send, receive) = std::sync::mpsc::channel();
        let thread = std::thread::spawn(move || {
            for number in 0..20_000u32 {
                send.send(number).unwrap();
                waker.wake();
                if number % 7 == 0 {
                    std::thread::yield_now();
                }
            }
        });
        let mut next = 0;
        while next < 20_000 {
            let start = Instant::now();
            poller
                .wait(&mut Vec::new(), Some(Duration::from_secs(10)))
                .unwrap();
            assert!(start.elapsed() < Duration::from_secs(10), "slept at {next}");
            for number in receive.try_iter() {
                assert_eq!(number, next);
                next += 1;
            }
        }
        thread.join().unwrap();
    }

    #[test]
    fn the_fallback_rounds_up() {
        let poller = Poller::new().unwrap();
        let mut ready = [libc::epoll_event { events: 0, u64: 0 }; 1];
        let start = Instant::now();
        let count = wait_milliseconds(
            poller.epoll.as_raw_fd(),
            &mut ready,
            Some(Duration::from_micros(1_100)),
        )
        .unwrap();
        assert_eq!(count, 0);
        assert!(start.elapsed() >= Duration::from_micros(1_900));
    }
}
