//! All peers, and the names by which packets find them.

use std::collections::HashMap;

use crate::disco::Hint;
use crate::path::Way;
use crate::peer::Peer;
use crate::relays::RelayId;
use crate::sockets::SocketHandle;

#[derive(Default)]
pub struct Peers {
    slots: Vec<Option<Box<Peer>>>,
    by_hint: HashMap<Hint, u32>,
    by_relay_id: HashMap<RelayId, u32>,
    by_way: HashMap<Way, u32>,
}

impl Peers {
    pub fn get(&self, index: u32) -> Option<&Peer> {
        self.slots.get(index as usize)?.as_deref()
    }

    pub fn get_mut(&mut self, index: u32) -> Option<&mut Peer> {
        self.slots.get_mut(index as usize)?.as_deref_mut()
    }

    pub fn insert(&mut self, index: u32, peer: Peer) {
        self.remove(index);
        let slot = index as usize;
        if slot >= self.slots.len() {
            self.slots.resize_with(slot + 1, || None);
        }
        self.by_hint.insert(peer.pair.peer_hint, index);
        self.by_relay_id.insert(peer.relay_id, index);
        self.slots[slot] = Some(Box::new(peer));
    }

    pub fn remove(&mut self, index: u32) -> Option<Box<Peer>> {
        let peer = self.slots.get_mut(index as usize)?.take()?;
        self.by_hint.retain(|_, of| *of != index);
        self.by_relay_id.retain(|_, of| *of != index);
        self.forget_ways(index);
        Some(peer)
    }

    /// Remembers whose the direct paths are.
    pub fn set_ways(&mut self, index: u32, ranked: &[(u32, Way)]) {
        self.forget_ways(index);
        for (_, way) in ranked {
            if way.direct().is_some() {
                self.by_way.insert(*way, index);
            }
        }
    }

    fn forget_ways(&mut self, index: u32) {
        self.by_way.retain(|_, of| *of != index);
    }

    pub fn by_hint(&self, hint: &Hint) -> Option<u32> {
        self.by_hint.get(hint).copied()
    }

    pub fn by_relay_id(&self, id: &RelayId) -> Option<u32> {
        self.by_relay_id.get(id).copied()
    }

    /// Whose direct path this is.
    pub fn by_way(&self, way: Way) -> Option<u32> {
        self.by_way.get(&way).copied()
    }

    /// Whether a path uses this extra socket.
    pub fn use_socket(&self, socket: SocketHandle) -> bool {
        self.by_way
            .keys()
            .any(|way| matches!(way, Way::Extra(used, _) if *used == socket))
    }

    pub fn indices(&self) -> impl Iterator<Item = u32> + '_ {
        self.slots
            .iter()
            .enumerate()
            .filter(|(_, slot)| slot.is_some())
            .map(|(index, _)| index as u32)
    }
}
