//! One path of a peer and what is known of it.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use crate::echo::Echoes;
use crate::pmtu::Pmtu;
use crate::sockets::SocketHandle;

/// Full packets are acknowledged within a round trip and 25 ms (RFC 9000 §18.2 max_ack_delay) unless they vanish.
const VANISHED_AFTER: Duration = Duration::from_millis(250);

/// One way for packets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Way {
    /// From the node's main sockets.
    Direct(SocketAddr),
    /// From an extra socket.
    Extra(SocketHandle, SocketAddr),
    /// A relay session of this node, by the handle TypeScript gave it.
    Relay(u32),
}

impl Way {
    /// The way to an address from a socket; `None` is the main pair.
    pub fn from(socket: Option<SocketHandle>, address: SocketAddr) -> Self {
        match socket {
            None => Self::Direct(address),
            Some(socket) => Self::Extra(socket, address),
        }
    }

    /// Of a direct way: where it leads, and from which extra socket.
    pub fn direct(self) -> Option<(SocketAddr, Option<SocketHandle>)> {
        match self {
            Self::Direct(address) => Some((address, None)),
            Self::Extra(socket, address) => Some((address, Some(socket))),
            Self::Relay(_) => None,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    Fresh,
    Alive,
    Stale,
    Dead { replies: u32 },
}

#[derive(Debug)]
pub struct Path {
    pub id: u32,
    pub way: Way,
    pub state: State,
    pub echoes: Echoes,
    pub pmtu: Pmtu,
    pub since: Instant,
    pub rx_bytes: u64,
    pub tx_bytes: u64,
    pub last_data: Option<Instant>,
    /// Since when data took this path.
    pub in_use_since: Option<Instant>,
    /// Since when no full packet sent here was acknowledged.
    pub full_unheard_since: Option<Instant>,
}

impl Path {
    pub fn new(id: u32, way: Way, now: Instant) -> Self {
        Self {
            id,
            way,
            state: State::Fresh,
            echoes: Echoes::default(),
            pmtu: Pmtu::default(),
            since: now,
            rx_bytes: 0,
            tx_bytes: 0,
            last_data: None,
            in_use_since: None,
            full_unheard_since: None,
        }
    }

    /// Once a round trip was measured.
    pub fn probe_timeout(&self) -> Option<Duration> {
        self.echoes.rtt().map(|_| self.echoes.probe_timeout())
    }

    /// When it is strange that no full packet was acknowledged.
    pub fn suspicious_at(&self) -> Option<Instant> {
        let patience = (self.echoes.probe_timeout() * 2).max(VANISHED_AFTER);
        self.full_unheard_since.map(|since| since + patience)
    }

    pub fn alive(&self) -> bool {
        !matches!(self.state, State::Dead { .. })
    }
}
