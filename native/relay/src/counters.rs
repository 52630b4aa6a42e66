//! What the server counts. Written by its thread, read by anyone.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// Why a datagram went no further.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DropReason {
    /// Not what docs/protocol.md describes, or a STUN message that is no sound request.
    Malformed,
    /// A kind that this socket does not serve.
    NotServed,
    RateLimited,
    BadCookie,
    UnknownSession,
    NoReceiver,
    OtherMesh,
    /// The socket or the queue of commands was full.
    Queue,
    TooBig,
    Unreachable,
}

impl DropReason {
    const ALL: [(Self, &'static str); 10] = [
        (Self::Malformed, "malformed"),
        (Self::NotServed, "not-served"),
        (Self::RateLimited, "rate-limited"),
        (Self::BadCookie, "bad-cookie"),
        (Self::UnknownSession, "unknown-session"),
        (Self::NoReceiver, "no-receiver"),
        (Self::OtherMesh, "other-mesh"),
        (Self::Queue, "queue"),
        (Self::TooBig, "too-big"),
        (Self::Unreachable, "unreachable"),
    ];
}

#[derive(Debug, Default)]
pub(crate) struct Counters {
    clients: AtomicU64,
    forwarded_packets: AtomicU64,
    forwarded_bytes: AtomicU64,
    stun_answers: AtomicU64,
    drops: [AtomicU64; DropReason::ALL.len()],
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

impl Counters {
    pub(crate) fn set_clients(&self, clients: usize) {
        self.clients.store(clients as u64, Relaxed);
    }

    pub(crate) fn clients(&self) -> u64 {
        self.clients.load(Relaxed)
    }

    pub(crate) fn forwarded(&self, packets: u64, bytes: u64) {
        self.forwarded_packets.fetch_add(packets, Relaxed);
        self.forwarded_bytes.fetch_add(bytes, Relaxed);
    }

    pub(crate) fn stun_answered(&self) {
        self.stun_answers.fetch_add(1, Relaxed);
    }

    pub(crate) fn dropped(&self, reason: DropReason, packets: u64) {
        self.drops[reason as usize].fetch_add(packets, Relaxed);
    }

    pub(crate) fn snapshot(&self) -> ServerStats {
        ServerStats {
            clients: self.clients(),
            forwarded_packets: self.forwarded_packets.load(Relaxed),
            forwarded_bytes: self.forwarded_bytes.load(Relaxed),
            stun_answers: self.stun_answers.load(Relaxed),
            drops: DropReason::ALL
                .map(|(reason, name)| (name, self.drops[reason as usize].load(Relaxed)))
                .into(),
        }
    }
}
