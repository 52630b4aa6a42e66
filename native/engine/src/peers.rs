//! All peers, and the names by which packets find them.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::SocketAddr;

use crate::disco::Hint;
use crate::path::Way;
use crate::peer::Peer;
use crate::relays::RelayId;
use crate::sockets::SocketHandle;

struct Slot {
    peer: Box<Peer>,
    /// Its direct paths.
    ways: Vec<Way>,
}

#[derive(Default)]
pub struct Peers {
    slots: Vec<Option<Slot>>,
    by_hint: HashMap<Hint, u32>,
    by_relay_id: HashMap<RelayId, u32>,
    by_way: HashMap<Way, u32>,
    /// How many paths use an extra socket.
    socket_uses: HashMap<SocketHandle, usize>,
}

impl Peers {
    pub fn get(&self, index: u32) -> Option<&Peer> {
        Some(&*self.slots.get(index as usize)?.as_ref()?.peer)
    }

    pub fn get_mut(&mut self, index: u32) -> Option<&mut Peer> {
        Some(&mut *self.slots.get_mut(index as usize)?.as_mut()?.peer)
    }

    pub fn insert(&mut self, index: u32, peer: Peer) {
        self.remove(index);
        let slot = index as usize;
        if slot >= self.slots.len() {
            self.slots.resize_with(slot + 1, || None);
        }
        self.by_hint.insert(peer.pair.peer_hint, index);
        self.by_relay_id.insert(peer.relay_id, index);
        self.slots[slot] = Some(Slot {
            peer: Box::new(peer),
            ways: Vec::new(),
        });
    }

    pub fn remove(&mut self, index: u32) -> Option<Box<Peer>> {
        self.set_ways(index, &[]);
        let Slot { peer, .. } = self.slots.get_mut(index as usize)?.take()?;
        forget(&mut self.by_hint, &peer.pair.peer_hint, index);
        forget(&mut self.by_relay_id, &peer.relay_id, index);
        Some(peer)
    }

    /// Remembers whose the direct paths are.
    pub fn set_ways(&mut self, index: u32, ranked: &[(u32, Way)]) {
        let Some(Some(slot)) = self.slots.get_mut(index as usize) else {
            return;
        };
        for way in slot.ways.drain(..) {
            forget(&mut self.by_way, &way, index);
            if let Way::Extra(socket, _) = way
                && let Some(uses) = self.socket_uses.get_mut(&socket)
            {
                *uses -= 1;
                if *uses == 0 {
                    self.socket_uses.remove(&socket);
                }
            }
        }
        for (_, way) in ranked.iter().filter(|(_, way)| way.direct().is_some()) {
            slot.ways.push(*way);
            self.by_way.insert(*way, index);
            if let Way::Extra(socket, _) = way {
                *self.socket_uses.entry(*socket).or_default() += 1;
            }
        }
    }

    pub fn by_hint(&self, hint: &Hint) -> Option<u32> {
        self.by_hint.get(hint).copied()
    }

    pub fn by_relay_id(&self, id: &RelayId) -> Option<u32> {
        self.by_relay_id.get(id).copied()
    }

    pub fn hints(&self) -> impl Iterator<Item = &Hint> {
        self.by_hint.keys()
    }

    pub fn direct_paths(&self) -> impl Iterator<Item = SocketAddr> {
        self.by_way
            .keys()
            .filter_map(|way| way.direct().map(|(address, _)| address))
    }

    /// Whose direct path this is.
    pub fn by_way(&self, way: Way) -> Option<u32> {
        self.by_way.get(&way).copied()
    }

    /// Whether a path uses this extra socket.
    pub fn use_socket(&self, socket: SocketHandle) -> bool {
        self.socket_uses.contains_key(&socket)
    }

    pub fn indices(&self) -> impl Iterator<Item = u32> + '_ {
        self.slots
            .iter()
            .enumerate()
            .filter(|(_, slot)| slot.is_some())
            .map(|(index, _)| index as u32)
    }
}

/// Forgets a name, unless it is another peer's by now.
fn forget<K: Eq + Hash>(names: &mut HashMap<K, u32>, name: &K, index: u32) {
    if names.get(name) == Some(&index) {
        names.remove(name);
    }
}
