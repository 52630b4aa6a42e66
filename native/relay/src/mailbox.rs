//! Commands on their way to the server's thread. Posting never waits for the thread.

use std::net::SocketAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};

use meshd_netio::Waker;

use crate::RelayId;
use crate::table::Client;

/// Datagrams that may wait to be sent; more are dropped like on a full socket.
const MAX_QUEUED_DATAGRAMS: usize = 16_384;

/// Of streams, from all of their clients.
const MAX_QUEUED_STREAM_BYTES: usize = 8 * 1024 * 1024;

#[derive(Debug)]
pub(crate) enum Command {
    Admit(Client),
    Revoke(RelayId),
    Send {
        socket: u32,
        address: SocketAddr,
        data: Vec<u8>,
    },
    /// Frames that came in a client's stream.
    Deliver {
        session: u32,
        frames: Vec<u8>,
    },
    /// A client's stream ended.
    Leave {
        session: u32,
    },
}

#[derive(Default)]
struct Queue {
    commands: Vec<Command>,
    datagrams: usize,
    stream_bytes: usize,
    closed: bool,
}

pub(crate) struct Mailbox {
    queue: Mutex<Queue>,
    waker: Waker,
}

impl Mailbox {
    pub(crate) fn new(waker: Waker) -> Self {
        Self {
            queue: Mutex::default(),
            waker,
        }
    }

    /// False: a datagram too many, or nobody reads any more.
    pub(crate) fn post(&self, command: Command) -> bool {
        let mut queue = self.lock();
        if queue.closed {
            return false;
        }
        if matches!(command, Command::Send { .. }) {
            if queue.datagrams == MAX_QUEUED_DATAGRAMS {
                return false;
            }
            queue.datagrams += 1;
        }
        if let Command::Deliver { frames, .. } = &command {
            if queue.stream_bytes + frames.len() > MAX_QUEUED_STREAM_BYTES {
                return false;
            }
            queue.stream_bytes += frames.len();
        }
        let was_empty = queue.commands.is_empty();
        queue.commands.push(command);
        drop(queue);
        if was_empty {
            self.waker.wake();
        }
        true
    }

    /// Moves what waits into `commands` (which is empty). False: the mailbox is closed.
    pub(crate) fn take(&self, commands: &mut Vec<Command>) -> bool {
        let mut queue = self.lock();
        std::mem::swap(&mut queue.commands, commands);
        queue.datagrams = 0;
        queue.stream_bytes = 0;
        !queue.closed
    }

    pub(crate) fn close(&self) {
        self.lock().closed = true;
        self.waker.wake();
    }

    /// The queue is whole at every point where a holder could panic.
    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use meshd_netio::Poller;

    fn mailbox() -> Mailbox {
        Mailbox::new(Poller::new().unwrap().waker())
    }

    fn send() -> Command {
        Command::Send {
            socket: 0,
            address: "192.0.2.1:1".parse().unwrap(),
            data: vec![1],
        }
    }

    #[test]
    fn bounds_datagrams_but_no_decisions() {
        let mailbox = mailbox();
        assert!((0..MAX_QUEUED_DATAGRAMS).all(|_| mailbox.post(send())));
        assert!(!mailbox.post(send()));
        assert!(mailbox.post(Command::Revoke([1; 8])));
        let mut commands = Vec::new();
        assert!(mailbox.take(&mut commands));
        assert_eq!(commands.len(), MAX_QUEUED_DATAGRAMS + 1);
        assert!(mailbox.post(send()));
    }

    #[test]
    fn a_closed_mailbox_takes_nothing() {
        let mailbox = mailbox();
        mailbox.close();
        assert!(!mailbox.post(Command::Revoke([1; 8])));
        assert!(!mailbox.take(&mut Vec::new()));
    }
}
