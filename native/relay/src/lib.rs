//! STUN answers and the forwarding half of a relay (docs/protocol.md, "Relay" and "STUN").
//!
//! [`ServerEngine`] owns one thread that serves a set of UDP sockets. Whatever needs a decision — is this ticket good,
//! may this node register — leaves through [`ServerSink`] and comes back as [`ServerEngine::admit`]; whatever only needs
//! speed — STUN, cookies, pings, forwarding — never leaves the thread.
//!
//! | module | |
//! |---|---|
//! | `server` | the handle that others hold |
//! | `mailbox` | its commands on their way to the thread |
//! | `worker` | the thread: sockets and clock |
//! | `moderation` | when the thread lets packets gather |
//! | `service` | what becomes of each datagram; no I/O, no clock |
//! | `stun`, `control`, `data` | the formats |
//! | `table` | who is registered |
//! | `outgoing` | forwarded datagrams grouped into segmented sends |
//! | `cookie`, `budgets`, `limiter` | what keeps strangers cheap |
//! | `fuzz` | what must hold whatever arrives |

#![forbid(unsafe_code)]

mod budgets;
mod control;
mod cookie;
mod counters;
mod crc32;
mod data;
mod entrance;
#[cfg(any(test, feature = "fuzzing"))]
pub mod fuzz;
mod limiter;
mod mailbox;
mod moderation;
mod outgoing;
mod reply;
mod server;
mod service;
mod sessions;
mod socket_filter;
mod stun;
mod table;
mod worker;

pub use counters::ServerStats;
pub use server::{Listen, Rates, Register, ServerEngine, ServerOptions, ServerSink, StartError};

/// Name of a node at a relay: 8 bytes derived from its mesh and node key.
pub type RelayId = [u8; 8];

/// Name of a mesh: 16 bytes derived from its root key.
pub type MeshId = [u8; 16];
