//! Counters and states, as shown to users.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::drops::Drops;
use crate::peer::{Peer, Traffic};
use crate::quic::Negotiated;

#[derive(Debug, Clone)]
pub struct PathStats {
    pub id: u32,
    pub alive: bool,
    pub active: bool,
    pub rtt: Option<Duration>,
    pub loss: f64,
    pub mtu_bytes: usize,
    pub rx_bytes: u64,
    pub tx_bytes: u64,
    pub since_unix_ms: u64,
}

#[derive(Debug, Clone)]
pub struct PeerStats {
    pub peer: u32,
    pub connected: bool,
    pub negotiated: Option<Negotiated>,
    pub traffic: Traffic,
    pub last_handshake_unix_ms: Option<u64>,
    pub idle: Option<Duration>,
    pub paths: Vec<PathStats>,
}

#[derive(Debug, Clone)]
pub struct EngineStats {
    pub peers: Vec<PeerStats>,
    pub drops: Drops,
}

/// Turns moments into dates, as of one look at both clocks.
pub struct Calendar {
    now: Instant,
    unix_ms: u64,
}

impl Calendar {
    pub fn new(now: Instant) -> Self {
        let unix = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        Self {
            now,
            unix_ms: unix.as_millis() as u64,
        }
    }

    fn unix_ms(&self, at: Instant) -> u64 {
        let ago = self.now.saturating_duration_since(at).as_millis() as u64;
        self.unix_ms.saturating_sub(ago)
    }

    pub fn peer_stats(&self, index: u32, peer: &Peer) -> PeerStats {
        let paths = peer.paths().iter().map(|path| PathStats {
            id: path.id,
            alive: path.alive(),
            active: peer.paths().is_active(path),
            rtt: path.echoes.rtt(),
            loss: path.echoes.loss(),
            mtu_bytes: path.pmtu.inner_bytes(),
            rx_bytes: path.rx_bytes,
            tx_bytes: path.tx_bytes,
            since_unix_ms: self.unix_ms(path.since),
        });
        PeerStats {
            peer: index,
            connected: peer.connected(),
            negotiated: peer.negotiated(),
            traffic: peer.traffic,
            last_handshake_unix_ms: peer.last_handshake().map(|at| self.unix_ms(at)),
            idle: peer
                .last_inner()
                .map(|at| self.now.saturating_duration_since(at)),
            paths: paths.collect(),
        }
    }
}
