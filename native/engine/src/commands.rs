//! What TypeScript asks of the engine's thread.

use std::io;
use std::net::SocketAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use meshd_netio::{Tun, Waker};
use meshd_packet::Prefix;

use crate::path::Way;
use crate::peer::PeerConfig;
use crate::sockets::{Bound, ExtraSocket, SocketHandle};
use crate::stats::EngineStats;
use crate::stun::TransactionId;

/// Why a question got no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unanswered {
    TimedOut,
    /// The engine stopped, or the peer was removed.
    Gone,
}

type Answer<T> = Box<dyn FnOnce(Result<T, Unanswered>) + Send>;

/// Where an answer goes. Dropped without one, it says that nobody is there.
pub struct Reply<T>(Option<Answer<T>>);

impl<T> Reply<T> {
    pub fn new(answer: impl FnOnce(Result<T, Unanswered>) + Send + 'static) -> Self {
        Self(Some(Box::new(answer)))
    }

    pub fn send(mut self, result: Result<T, Unanswered>) {
        if let Some(answer) = self.0.take() {
            answer(result);
        }
    }
}

impl<T> Drop for Reply<T> {
    fn drop(&mut self) {
        if let Some(answer) = self.0.take() {
            answer(Err(Unanswered::Gone));
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PingReply {
    pub rtt: Duration,
    pub path: u32,
}

/// Where TypeScript's own datagrams go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// From the main pair or an extra socket.
    Address(SocketAddr, Option<SocketHandle>),
    /// To the relay itself.
    Relay(u32),
    /// To a peer through a relay.
    Relayed { relay: u32, peer: u32 },
}

pub enum Command {
    OpenTun(Tun),
    CloseTun,
    SetSelf(Vec<Prefix>),
    SetShieldsUp(bool),
    SetKeepalive(Duration),
    UpsertPeer {
        peer: u32,
        config: Box<PeerConfig>,
    },
    RemovePeer(u32),
    SetPaths {
        peer: u32,
        ranked: Vec<(u32, Way)>,
    },
    SetRelay {
        relay: u32,
        address: Option<SocketAddr>,
        session: u32,
    },
    /// Session 0 ends it.
    SetStreamRelay {
        relay: u32,
        session: u32,
    },
    /// Frames that came in the stream of a relay.
    RelayReceive {
        relay: u32,
        frames: Vec<u8>,
    },
    ExpectStun {
        ids: Vec<TransactionId>,
        ttl: Duration,
    },
    Send(Vec<(Target, Vec<u8>)>),
    OpenSockets(Vec<ExtraSocket>),
    CloseSockets(Vec<SocketHandle>),
    Rebind(Reply<io::Result<Bound>>),
    Reconnect(u32),
    Ping {
        peer: u32,
        timeout: Duration,
        reply: Reply<PingReply>,
    },
    Stats(Reply<EngineStats>),
    Close,
}

/// From any thread to the engine's.
pub struct CommandQueue {
    /// `None` once nobody takes them any more.
    commands: Mutex<Option<Vec<Command>>>,
    waker: Waker,
}

impl CommandQueue {
    pub fn new(waker: Waker) -> Self {
        Self {
            commands: Mutex::new(Some(Vec::new())),
            waker,
        }
    }

    fn lock(&self) -> MutexGuard<'_, Option<Vec<Command>>> {
        self.commands.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn push(&self, command: Command) {
        if let Some(commands) = self.lock().as_mut() {
            commands.push(command);
            self.waker.wake();
        }
    }

    pub fn take(&self, into: &mut Vec<Command>) {
        if let Some(commands) = self.lock().as_mut() {
            into.append(commands);
        }
    }

    /// Drops what waits and whatever comes.
    pub fn close(&self) {
        let waiting = self.lock().take();
        drop(waiting);
    }
}
