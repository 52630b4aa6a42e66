//! TypeScript's commands, carried out on the engine's thread.

use std::io;
use std::time::{Duration, Instant};

use meshd_netio::{Interest, Tun};
use meshd_packet::{Coalescer, Mode, Prefix, RouteTable};

use crate::commands::{Command, PingReply, Reply};
use crate::events::Event;
use crate::node::Node;
use crate::path::Way;
use crate::peer::{Peer, PeerConfig};
use crate::sockets::Bound;
use crate::stats::{Calendar, EngineStats};
use crate::thread::TUN;

impl Node {
    /// False when the engine is to stop.
    pub fn handle_command(&mut self, command: Command, now: Instant) -> bool {
        match command {
            Command::OpenTun(tun) => self.open_tun(tun),
            Command::CloseTun => self.close_tun(),
            Command::SetSelf(prefixes) => {
                self.own = RouteTable::new();
                for prefix in prefixes {
                    self.own.insert(prefix, ());
                }
            }
            Command::SetShieldsUp(on) => {
                self.filter
                    .set_mode(if on { Mode::ShieldsUp } else { Mode::Open })
            }
            Command::SetKeepalive(interval) => self.set_keepalive(interval),
            Command::UpsertPeer { peer, config } => self.upsert_peer(peer, *config, now),
            Command::RemovePeer(peer) => self.remove_peer(peer, now),
            Command::SetPaths { peer, ranked } => self.set_paths(peer, ranked, now),
            Command::SetRelay {
                relay,
                address,
                session,
            } => {
                self.relays.set(relay, address, session);
                self.socket_filter_is_old = true;
                self.relays_changed(now);
            }
            Command::SetStreamRelay { relay, session } => {
                self.relays.set_stream(relay, session);
                self.relays_changed(now);
            }
            Command::RelayReceive { relay, frames } => self.receive_stream(relay, &frames, now),
            Command::ExpectStun { ids, ttl } => {
                for id in ids {
                    self.stun.expect(id, ttl, now);
                }
            }
            Command::Send(datagrams) => {
                // The answer may come before the last of these commands is carried out.
                self.renew_socket_filter();
                for (target, data) in datagrams {
                    self.send_for_control(target, &data);
                }
            }
            Command::OpenSockets(sockets) => {
                for socket in sockets {
                    self.sockets.add(socket, &self.poller);
                }
                self.socket_filter_is_old = true;
            }
            Command::CloseSockets(handles) => {
                for handle in handles {
                    if let Some(socket) = self.sockets.extra_mut(handle) {
                        socket.unwanted = true;
                    }
                }
                self.close_unused_sockets();
            }
            Command::Rebind(reply) => {
                let bound = self.rebind(now);
                reply.send(Ok(bound));
            }
            Command::Reconnect(peer) => {
                if let Some(found) = self.peers.get_mut(peer) {
                    found.reconnect(now);
                    self.touch(peer);
                }
            }
            Command::Ping {
                peer,
                timeout,
                reply,
            } => self.ping(peer, timeout, reply, now),
            Command::Stats(reply) => {
                let calendar = Calendar::new(now);
                let peers = self
                    .peers
                    .indices()
                    .filter_map(|index| Some(calendar.peer_stats(index, self.peers.get(index)?)));
                let stats = EngineStats {
                    peers: peers.collect(),
                    drops: self.drops.clone(),
                };
                reply.send(Ok(stats));
            }
            Command::Close => {
                self.close(now);
                return false;
            }
        }
        true
    }

    fn open_tun(&mut self, tun: Tun) {
        self.close_tun();
        // While a socket is full, the retry of its backlog adds it.
        if self.backlog.is_none() {
            let _ = self.poller.add(&tun, TUN, Interest::Readable);
        }
        self.coalescer = Coalescer::new(tun.udp_segmentation());
        self.tun = Some(tun);
    }

    fn close_tun(&mut self) {
        if let Some(tun) = self.tun.take() {
            let _ = self.poller.remove(&tun);
        }
    }

    /// The interface failed, most likely because somebody deleted it.
    pub fn lose_tun(&mut self, error: &io::Error) {
        self.close_tun();
        self.events.push(Event::TunClosed {
            reason: error.to_string(),
        });
    }

    /// The host's network changed.
    fn rebind(&mut self, now: Instant) -> io::Result<Bound> {
        // What waited was meant for the old network.
        drop(self.take_backlog());
        let bound = self.sockets.rebind(&self.poller);
        self.socket_filter_is_old = true;
        for index in self.peers.indices().collect::<Vec<_>>() {
            if let Some(peer) = self.peers.get_mut(index) {
                peer.suspect_paths(now);
                self.touch(index);
            }
        }
        bound
    }

    fn set_keepalive(&mut self, interval: Duration) {
        self.keepalive = interval;
        for index in self.peers.indices().collect::<Vec<_>>() {
            if let Some(peer) = self.peers.get_mut(index) {
                peer.set_keepalive(interval);
                self.touch(index);
            }
        }
    }

    fn upsert_peer(&mut self, index: u32, config: PeerConfig, now: Instant) {
        if let Some(peer) = self.peers.get_mut(index)
            && peer.has_keys_of(&config)
        {
            let old = std::mem::replace(&mut peer.prefixes, config.prefixes.clone());
            self.reroute(index, &old, &config.prefixes);
            return;
        }
        self.remove_peer(index, now);
        let prefixes = config.prefixes.clone();
        // Refused only if the TLS library refuses a configuration that it took for the peers before.
        if let Ok(mut peer) = Peer::new(
            &self.identity,
            &self.codec,
            index,
            self.boot,
            self.epoch,
            config,
            now,
        ) {
            peer.set_usable_relays(&self.relays.usable(), now);
            peer.set_keepalive(self.keepalive);
            self.peers.insert(index, peer);
            self.socket_filter_is_old = true;
            self.reroute(index, &[], &prefixes);
            self.touch(index);
        }
    }

    fn reroute(&mut self, index: u32, old: &[Prefix], new: &[Prefix]) {
        for prefix in old {
            if self.routes.get(*prefix) == Some(index) {
                self.routes.remove(*prefix);
            }
        }
        for prefix in new {
            self.routes.insert(*prefix, index);
        }
    }

    fn remove_peer(&mut self, index: u32, now: Instant) {
        let Some(mut peer) = self.peers.remove(index) else {
            return;
        };
        for token in peer.open_pings() {
            self.pings.remove(&token);
        }
        self.joiner.forget(index);
        self.socket_filter_is_old = true;
        let mut farewell = Vec::new();
        if let Some(transmit) = peer.close("removed", now, &mut farewell) {
            let _ = self.send(transmit, &peer.relay_id, &farewell);
        }
        self.reroute(index, &peer.prefixes, &[]);
        self.close_unused_sockets();
        self.touch(index);
    }

    /// Closes the extra sockets that TypeScript no longer wants, unless a path uses them.
    fn close_unused_sockets(&mut self) {
        let peers = &self.peers;
        self.sockets
            .retain(&self.poller, |handle| peers.use_socket(handle));
        self.drop_orphaned_backlog();
    }

    fn set_paths(&mut self, index: u32, ranked: Vec<(u32, Way)>, now: Instant) {
        if self.peers.get(index).is_none() {
            return;
        }
        self.peers.set_ways(index, &ranked);
        self.socket_filter_is_old = true;
        for (_, way) in &ranked {
            if let Way::Extra(socket, _) = way
                && let Some(socket) = self.sockets.extra_mut(*socket)
            {
                socket.carry_data();
            }
        }
        self.close_unused_sockets();
        if let Some(peer) = self.peers.get_mut(index) {
            peer.set_paths(ranked, now);
            self.touch(index);
        }
    }

    fn ping(
        &mut self,
        index: u32,
        timeout: std::time::Duration,
        reply: Reply<PingReply>,
        now: Instant,
    ) {
        let Some(peer) = self.peers.get_mut(index) else {
            return;
        };
        let token = self.next_ping;
        self.next_ping += 1;
        self.pings.insert(token, reply);
        peer.ping(token, timeout, now);
        self.touch(index);
    }

    /// Says goodbye to all.
    fn close(&mut self, now: Instant) {
        for index in self.peers.indices().collect::<Vec<_>>() {
            self.remove_peer(index, now);
        }
    }
}
