//! Who is registered: clients by source address and by relay id.
//!
//! A client lives while packets come from its address (60 s of silence end it) and its ticket lasts. There is one per
//! relay id and one per source address; a newer admission ends whichever stood in its way. Expiry is checked at every
//! look-up, so that its edge is exact; `sweep` only gives the memory back.

use std::collections::HashMap;
use std::net::SocketAddr;

use crate::entrance::STREAM;
use crate::limiter::TokenBucket;
use crate::{MeshId, RelayId};

/// A session without a packet for this long is over.
pub(crate) const IDLE_TIMEOUT_MS: u64 = 60_000;

/// About 20 MB when full.
pub(crate) const MAX_CLIENTS: usize = 65_536;

/// Where datagrams come from: the entrance and the remote address.
pub(crate) type Source = (u32, SocketAddr);

#[derive(Debug, Clone)]
pub(crate) struct Client {
    /// Chosen by the relay, never 0, proves nothing without the address.
    pub(crate) session: u32,
    pub(crate) source: Source,
    pub(crate) relay_id: RelayId,
    pub(crate) mesh_id: MeshId,
    /// Monotonic milliseconds of the ticket's end.
    pub(crate) not_after: u64,
    pub(crate) last_seen: u64,
    pub(crate) bucket: TokenBucket,
}

impl Client {
    fn is_live(&self, now: u64) -> bool {
        // A stream's end is told; it needs no packets to show that it lives.
        let heard = self.source.0 == STREAM || now.saturating_sub(self.last_seen) < IDLE_TIMEOUT_MS;
        now < self.not_after && heard
    }
}

/// Place of a client in the table, valid until the table is next changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ClientIndex(u32);

pub(crate) struct ClientTable {
    slots: Vec<Option<Client>>,
    free: Vec<ClientIndex>,
    by_source: HashMap<Source, ClientIndex>,
    by_relay_id: HashMap<RelayId, ClientIndex>,
    capacity: usize,
}

impl ClientTable {
    pub(crate) fn new(capacity: usize) -> Self {
        Self {
            slots: Vec::new(),
            free: Vec::new(),
            by_source: HashMap::new(),
            by_relay_id: HashMap::new(),
            capacity,
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.by_relay_id.len()
    }

    /// False: the table is full.
    pub(crate) fn admit(&mut self, client: Client) -> bool {
        if let Some(&index) = self.by_relay_id.get(&client.relay_id) {
            self.remove(index);
        }
        if let Some(&index) = self.by_source.get(&client.source) {
            self.remove(index);
        }
        if self.len() >= self.capacity {
            return false;
        }
        let index = self.free.pop().unwrap_or_else(|| {
            self.slots.push(None);
            ClientIndex((self.slots.len() - 1) as u32)
        });
        self.by_source.insert(client.source, index);
        self.by_relay_id.insert(client.relay_id, index);
        self.slots[index.0 as usize] = Some(client);
        true
    }

    pub(crate) fn revoke(&mut self, relay_id: &RelayId) {
        if let Some(&index) = self.by_relay_id.get(relay_id) {
            self.remove(index);
        }
    }

    /// Ends the client at a source, whatever else it has.
    pub(crate) fn leave(&mut self, source: &Source) {
        if let Some(&index) = self.by_source.get(source) {
            self.remove(index);
        }
    }

    pub(crate) fn at_source(&self, source: &Source, now: u64) -> Option<ClientIndex> {
        self.live(*self.by_source.get(source)?, now)
    }

    pub(crate) fn named(&self, relay_id: &RelayId, now: u64) -> Option<ClientIndex> {
        self.live(*self.by_relay_id.get(relay_id)?, now)
    }

    pub(crate) fn get(&self, index: ClientIndex) -> Option<&Client> {
        self.slots.get(index.0 as usize)?.as_ref()
    }

    pub(crate) fn get_mut(&mut self, index: ClientIndex) -> Option<&mut Client> {
        self.slots.get_mut(index.0 as usize)?.as_mut()
    }

    /// Frees what has expired.
    pub(crate) fn sweep(&mut self, now: u64) {
        for slot in 0..self.slots.len() {
            if self.slots[slot]
                .as_ref()
                .is_some_and(|client| !client.is_live(now))
            {
                self.remove(ClientIndex(slot as u32));
            }
        }
    }

    fn live(&self, index: ClientIndex, now: u64) -> Option<ClientIndex> {
        self.get(index)
            .filter(|client| client.is_live(now))
            .map(|_| index)
    }

    fn remove(&mut self, index: ClientIndex) {
        if let Some(client) = self.slots.get_mut(index.0 as usize).and_then(Option::take) {
            self.by_source.remove(&client.source);
            self.by_relay_id.remove(&client.relay_id);
            self.free.push(index);
        }
    }
}

#[cfg(test)]
#[path = "tests/table.rs"]
mod tests;
