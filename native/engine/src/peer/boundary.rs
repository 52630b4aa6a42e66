//! What goes into a peer and what comes out of it.

use std::net::SocketAddr;
use std::time::Duration;

use meshd_packet::Prefix;

use super::ping::{PingOutcome, PingToken};
use crate::path::Way;
use crate::paths::ChangeReason;
use crate::quic::Negotiated;
use crate::sockets::SocketHandle;

/// What is needed to talk to a peer.
pub struct PeerConfig {
    pub node_key: [u8; 32],
    pub tag_key: [u8; 32],
    pub cid_key: [u8; 32],
    pub relay_id: [u8; 8],
    pub prefixes: Vec<Prefix>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    Outbound,
    Inbound,
}

impl Direction {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Outbound => "outbound",
            Self::Inbound => "inbound",
        }
    }
}

#[derive(Debug, PartialEq)]
pub enum PeerEvent {
    Active(Direction),
    Idle,
    Connected(Negotiated),
    Disconnected(String),
    PathChanged {
        path: Option<u32>,
        reason: ChangeReason,
    },
    PathAlive {
        path: u32,
        rtt: Duration,
    },
    PathDead {
        path: u32,
    },
    SourceSeen(SocketAddr, Option<SocketHandle>),
    Ping(PingToken, PingOutcome),
}

/// Datagrams of `segment_bytes` (the last may be shorter) that go to `way`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Transmit {
    pub way: Way,
    pub segment_bytes: usize,
    /// Datagrams above this size travel in parts.
    pub whole_bytes: usize,
}

impl Transmit {
    /// One that travels whole or not at all.
    pub fn whole(way: Way, bytes: usize) -> Self {
        Self {
            way,
            segment_bytes: bytes,
            whole_bytes: usize::MAX,
        }
    }
}

#[derive(Debug, Default, Clone, Copy)]
pub struct Traffic {
    pub rx_bytes: u64,
    pub tx_bytes: u64,
    pub rx_packets: u64,
    pub tx_packets: u64,
}
