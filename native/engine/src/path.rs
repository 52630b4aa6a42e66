//! One path of a peer and what is known of it.

use std::net::SocketAddr;
use std::time::Instant;

use crate::echo::Echoes;

/// One way for packets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Way {
    Direct(SocketAddr),
    /// A relay session of this node, by the handle TypeScript gave it.
    Relay(u32),
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
    pub since: Instant,
    pub rx_bytes: u64,
    pub tx_bytes: u64,
    pub last_data: Option<Instant>,
    /// Since when data took this path.
    pub in_use_since: Option<Instant>,
}

impl Path {
    pub fn new(id: u32, way: Way, now: Instant) -> Self {
        Self {
            id,
            way,
            state: State::Fresh,
            echoes: Echoes::default(),
            since: now,
            rx_bytes: 0,
            tx_bytes: 0,
            last_data: None,
            in_use_since: None,
        }
    }

    pub fn alive(&self) -> bool {
        !matches!(self.state, State::Dead { .. })
    }
}
