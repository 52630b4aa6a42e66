//! Events of the engine as flat objects.

use std::time::Duration;

use meshd_engine::{DatagramKind, Event, PeerEvent, Source};
use napi::bindgen_prelude::Uint8Array;
use napi_derive::napi;

#[napi(object, object_from_js = false)]
#[derive(Default)]
pub struct EngineEvent {
    #[napi(js_name = "type")]
    pub kind_of_event: &'static str,
    pub kind: Option<&'static str>,
    pub peer: Option<u32>,
    pub path: Option<u32>,
    pub relay: Option<u32>,
    pub address: Option<String>,
    pub socket: Option<u32>,
    pub data: Option<Uint8Array>,
    pub reason: Option<String>,
    pub rtt_ms: Option<f64>,
    pub cipher: Option<String>,
    pub kx: Option<String>,
}

pub fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1000.0
}

impl EngineEvent {
    fn of(kind_of_event: &'static str) -> Self {
        Self {
            kind_of_event,
            ..Self::default()
        }
    }

    /// `None` for what is not told as an event.
    pub fn from_engine(event: Event) -> Option<Self> {
        match event {
            Event::Datagram {
                kind,
                source,
                peer,
                data,
            } => {
                let (address, socket, relay) = match source {
                    Source::Address(address, socket) => (Some(address.to_string()), socket, None),
                    Source::Relay(relay) => (None, None, Some(relay)),
                };
                Some(Self {
                    kind: Some(match kind {
                        DatagramKind::Stun => "stun",
                        DatagramKind::Disco => "disco",
                        DatagramKind::RelayControl => "relay-control",
                    }),
                    peer,
                    relay,
                    address,
                    socket,
                    data: Some(data.into()),
                    ..Self::of("datagram")
                })
            }
            Event::Peer { peer, event } => Self::of_peer(event).map(|event| Self {
                peer: Some(peer),
                ..event
            }),
            Event::RelayTransmit { relay } => Some(Self {
                relay: Some(relay),
                ..Self::of("relay-transmit")
            }),
            Event::TunClosed { reason } => Some(Self {
                reason: Some(reason),
                ..Self::of("tun-closed")
            }),
            Event::Fatal { reason } => Some(Self {
                reason: Some(reason),
                ..Self::of("fatal")
            }),
        }
    }

    fn of_peer(event: PeerEvent) -> Option<Self> {
        Some(match event {
            PeerEvent::Active(direction) => Self {
                reason: Some(direction.as_str().into()),
                ..Self::of("peer-active")
            },
            PeerEvent::Idle => Self::of("peer-idle"),
            PeerEvent::Connected(negotiated) => Self {
                cipher: Some(negotiated.cipher),
                kx: Some(negotiated.kx),
                ..Self::of("connected")
            },
            PeerEvent::Disconnected(reason) => Self {
                reason: Some(reason),
                ..Self::of("disconnected")
            },
            PeerEvent::PathChanged { path, reason } => Self {
                path,
                reason: Some(reason.as_str().into()),
                ..Self::of("path-changed")
            },
            PeerEvent::PathAlive { path, rtt } => Self {
                path: Some(path),
                rtt_ms: Some(milliseconds(rtt)),
                ..Self::of("path-alive")
            },
            PeerEvent::PathDead { path } => Self {
                path: Some(path),
                ..Self::of("path-dead")
            },
            PeerEvent::SourceSeen(address, socket) => Self {
                address: Some(address.to_string()),
                socket,
                ..Self::of("source-seen")
            },
            // Answered through the promise of `ping`.
            PeerEvent::Ping(..) => return None,
        })
    }
}
