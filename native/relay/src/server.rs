//! The handle of a running server: options in, events out, commands queued to its thread.

use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;

use crate::{MeshId, RelayId};

/// One UDP socket to serve.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Listen {
    /// Address to bind; port 0 for any.
    pub address: SocketAddr,
    /// Answer STUN binding requests here.
    pub stun: bool,
    /// Take relay clients here.
    pub relay: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerOptions {
    /// Sockets, at most 64. Their index is the `socket` of [`Register`] and of the commands.
    pub listen: Vec<Listen>,
    /// Bytes a second that one client may send, 0: unlimited.
    pub client_rate: u64,
}

/// A registration whose cookie was right; ticket and signature are still to be checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Register {
    pub socket: u32,
    pub address: SocketAddr,
    pub nonce: [u8; 16],
    pub cookie: [u8; 16],
    /// Serialized `RelayRegister`, 1..=1000 bytes.
    pub body: Vec<u8>,
}

/// Where a server's events go. Called on the server's thread, so it must hand over and return at once.
pub trait ServerSink: Send + 'static {
    /// Registrations of one round of the loop, never empty.
    fn registers(&mut self, events: Vec<Register>);
    /// The server stopped for good, with the reason. Nothing follows. Not called after [`ServerEngine::close`].
    fn fatal(&mut self, reason: String);
}

/// Totals since the start, and the present number of clients.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ServerStats {
    pub clients: u64,
    pub forwarded_packets: u64,
    pub forwarded_bytes: u64,
    pub stun_answers: u64,
    /// Datagrams dropped, by reason; reasons that never happened are present with 0.
    pub drops: BTreeMap<&'static str, u64>,
}

/// A STUN and relay server on a thread of its own. Commands never block; dropping the handle closes it.
pub struct ServerEngine {
    addresses: Vec<SocketAddr>,
}

impl ServerEngine {
    /// Binds all sockets and starts the thread.
    ///
    /// # Errors
    /// What binding says (`AddrInUse`, `PermissionDenied`, `AddrNotAvailable`), with the address in the message;
    /// `InvalidInput` for no socket or more than 64.
    pub fn start(_options: ServerOptions, _sink: impl ServerSink) -> io::Result<Self> {
        Err(io::ErrorKind::Unsupported.into())
    }

    /// Bound addresses, in the order of [`ServerOptions::listen`].
    #[must_use]
    pub fn addresses(&self) -> &[SocketAddr] {
        &self.addresses
    }

    /// Admits a client at an address until `not_after_ms` (Unix time) and returns its session. Replaces an older session
    /// of the same relay id, and whoever was at that address. 0: refused, the table of clients is full.
    pub fn admit(
        &self,
        socket: u32,
        address: SocketAddr,
        relay_id: RelayId,
        mesh_id: MeshId,
        not_after_ms: u64,
    ) -> u32 {
        let _ = (socket, address, relay_id, mesh_id, not_after_ms);
        0
    }

    /// Ends the session of a relay id, if there is one.
    pub fn revoke(&self, relay_id: RelayId) {
        let _ = relay_id;
    }

    /// Sends one datagram from a socket. Lost like any datagram if the network or the queue is full.
    pub fn send(&self, socket: u32, address: SocketAddr, data: Vec<u8>) {
        let _ = (socket, address, data);
    }

    /// A snapshot; reads counters only, never waits for the thread.
    #[must_use]
    pub fn stats(&self) -> ServerStats {
        ServerStats::default()
    }

    /// Stops the thread and closes the sockets; returns when that is done (within milliseconds). May be called again.
    pub fn close(&self) {}
}
