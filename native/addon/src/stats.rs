//! Statistics of the engine as plain objects.

use std::collections::BTreeMap;

use meshd_engine as engine;
use napi_derive::napi;

use crate::events::milliseconds;

#[napi(object, object_from_js = false)]
pub struct PathStats {
    pub id: u32,
    pub alive: bool,
    pub active: bool,
    pub rtt_ms: Option<f64>,
    pub loss: f64,
    pub mtu_bytes: u32,
    pub rx_bytes: f64,
    pub tx_bytes: f64,
    pub since_ms: f64,
}

#[napi(object, object_from_js = false)]
pub struct PeerStats {
    pub peer: u32,
    pub connected: bool,
    pub cipher: Option<String>,
    pub kx: Option<String>,
    pub rx_bytes: f64,
    pub tx_bytes: f64,
    pub rx_packets: f64,
    pub tx_packets: f64,
    pub last_handshake_ms: Option<f64>,
    pub idle_ms: Option<f64>,
    pub paths: Vec<PathStats>,
}

#[napi(object, object_from_js = false)]
pub struct EngineStats {
    pub peers: Vec<PeerStats>,
    pub drops: BTreeMap<String, f64>,
}

impl From<engine::EngineStats> for EngineStats {
    fn from(stats: engine::EngineStats) -> Self {
        Self {
            peers: stats.peers.into_iter().map(PeerStats::from).collect(),
            drops: stats
                .drops
                .iter()
                .map(|(reason, count)| (reason.to_owned(), count as f64))
                .collect(),
        }
    }
}

impl From<engine::PeerStats> for PeerStats {
    fn from(stats: engine::PeerStats) -> Self {
        let (cipher, kx) = stats
            .negotiated
            .map_or((None, None), |tls| (Some(tls.cipher), Some(tls.kx)));
        Self {
            peer: stats.peer,
            connected: stats.connected,
            cipher,
            kx,
            rx_bytes: stats.traffic.rx_bytes as f64,
            tx_bytes: stats.traffic.tx_bytes as f64,
            rx_packets: stats.traffic.rx_packets as f64,
            tx_packets: stats.traffic.tx_packets as f64,
            last_handshake_ms: stats.last_handshake_unix_ms.map(|ms| ms as f64),
            idle_ms: stats.idle.map(milliseconds),
            paths: stats.paths.into_iter().map(PathStats::from).collect(),
        }
    }
}

impl From<engine::PathStats> for PathStats {
    fn from(stats: engine::PathStats) -> Self {
        Self {
            id: stats.id,
            alive: stats.alive,
            active: stats.active,
            rtt_ms: stats.rtt.map(milliseconds),
            loss: stats.loss,
            mtu_bytes: stats.mtu_bytes as u32,
            rx_bytes: stats.rx_bytes as f64,
            tx_bytes: stats.tx_bytes as f64,
            since_ms: stats.since_unix_ms as f64,
        }
    }
}
