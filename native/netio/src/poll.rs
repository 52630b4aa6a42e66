//! Readiness of descriptors (epoll), a waker for other threads, timeouts in microseconds.
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::Arc;
use std::time::Duration;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Interest {
    Readable,
    ReadableWritable,
}

/// Level-triggered readiness of a registered descriptor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Event {
    pub token: u64,
    pub readable: bool,
    pub writable: bool,
}

/// Ends a `wait` from another thread; also one that has not begun. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Waker {
    fd: Arc<OwnedFd>,
}

impl Waker {
    pub fn wake(&self) {
        let _ = &self.fd;
        todo!()
    }
}

#[derive(Debug)]
pub struct Poller {
    epoll: OwnedFd,
    wake: Arc<OwnedFd>,
}

impl Poller {
    pub fn new() -> io::Result<Self> {
        todo!()
    }

    pub fn waker(&self) -> Waker {
        Waker {
            fd: self.wake.clone(),
        }
    }

    /// `token` comes back in events; `u64::MAX` is reserved. The descriptor must stay open until removed.
    pub fn add(&self, fd: impl AsFd, token: u64, interest: Interest) -> io::Result<()> {
        let _ = (fd, token, interest, &self.epoll);
        todo!()
    }

    pub fn modify(&self, fd: impl AsFd, token: u64, interest: Interest) -> io::Result<()> {
        let _ = (fd, token, interest);
        todo!()
    }

    pub fn remove(&self, fd: impl AsFd) -> io::Result<()> {
        let _ = fd;
        todo!()
    }

    /// Waits for events, the waker (consumed here, no event), or the timeout (`None`: for ever). Replaces the contents of `events`.
    pub fn wait(&self, events: &mut Vec<Event>, timeout: Option<Duration>) -> io::Result<()> {
        let _ = (events, timeout);
        todo!()
    }
}
