//! The data plane of a node: one QUIC connection a peer, paths beneath it.
//!
//! What decides is sans-I/O (`paths`, `echo`, `peer`, `quic`, `disco`); `thread` is the loop that feeds it from the sockets and the
//! TUN device, with `inbound`, `outbound` and `transmit` as its stages; `engine` is what other threads hold.
#![forbid(unsafe_code)]

mod backlog;
mod bucket;
mod carrier;
mod commands;
mod control;
mod demux;
mod disco;
mod drops;
mod echo;
mod engine;
mod events;
#[cfg(feature = "fuzzing")]
pub mod fuzz;
mod handles;
mod inbound;
mod node;
mod outbound;
mod path;
mod paths;
mod peer;
mod peers;
mod pmtu;
mod quic;
mod random;
mod relays;
mod replay;
mod socket_filter;
mod sockets;
mod stats;
mod stream_relay;
mod stun;
mod thread;
mod timers;
mod touched;
mod transmit;

pub use commands::{PingReply, Reply, Target, Unanswered};
pub use drops::Drops;
pub use engine::{Engine, EngineOptions, TUN_MTU_BYTES};
pub use events::{DatagramKind, Event, Pending, Source};
pub use meshd_packet::Prefix;
pub use path::Way;
pub use peer::{Direction, PeerConfig, PeerEvent, PingOutcome, Traffic};
pub use quic::{Negotiated, prepare};
pub use sockets::{Bound, MAX_EXTRA_SOCKETS, SocketHandle};
pub use stats::{EngineStats, PathStats, PeerStats};
pub use stun::TransactionId;
