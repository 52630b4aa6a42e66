//! STUN answers and the forwarding half of a relay (docs/protocol.md, "Relay" and "STUN").
//!
//! [`ServerEngine`] owns one thread that serves a set of UDP sockets. Whatever needs a decision — is this ticket good,
//! may this node register — leaves through [`ServerSink`] and comes back as [`ServerEngine::admit`]; whatever only needs
//! speed — STUN, cookies, pings, forwarding — never leaves the thread.
//!
//! The parts below the thread do no I/O and read no clock: `stun`, `control`, `forward`, `cookie`, `limiter` and
//! `table` are given bytes, times and random keys, and can be tested and fuzzed as plain functions.

#![forbid(unsafe_code)]

mod server;

pub use server::{Listen, Register, ServerEngine, ServerOptions, ServerSink, ServerStats};

/// Name of a node at a relay: 8 bytes derived from its mesh and node key.
pub type RelayId = [u8; 8];

/// Name of a mesh: 16 bytes derived from its root key.
pub type MeshId = [u8; 16];
