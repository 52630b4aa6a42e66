//! Disco from the peer: echoes are answered and counted here, sealed messages pass to TypeScript.

use std::time::Instant;

use super::{Direction, Peer, PingOutcome};
use crate::disco::{Kind, parse_short_body, tag_start};
use crate::drops::Drop;
use crate::path::Way;

#[derive(Debug, PartialEq, Eq)]
pub enum DiscoOutcome {
    Handled,
    /// For TypeScript.
    Sealed,
    Dropped(Drop),
}

/// Replies wait for the next transmit: more than this is a flood.
const MAX_OUTBOX: usize = 64;

impl Peer {
    /// A disco datagram whose hint named this peer.
    pub fn handle_disco(
        &mut self,
        kind: Kind,
        datagram: &[u8],
        way: Way,
        now: Instant,
    ) -> DiscoOutcome {
        if !self.pair.authentic(datagram) {
            return DiscoOutcome::Dropped(Drop::BadTag);
        }
        if kind == Kind::Sealed {
            let tag = tag_start(datagram);
            if self.recent_sealed.contains(tag) {
                return DiscoOutcome::Dropped(Drop::Malformed);
            }
            if !self.sealed_bucket.take(now) {
                return DiscoOutcome::Dropped(Drop::RateLimited);
            }
            self.recent_sealed.remember(tag);
            // Whether it is fresh, and its source therefore means something, TypeScript sees when it opens it.
            self.paths.on_received(way, datagram.len());
            return DiscoOutcome::Sealed;
        }
        let Some((boot, counter)) = parse_short_body(datagram) else {
            return DiscoOutcome::Dropped(Drop::Malformed);
        };
        // Recordings take no token: they answer nothing, or were heard before. Else whoever plays one again could starve the genuine.
        if kind == Kind::EchoReply {
            let Some((path, rtt)) = self.paths.on_reply(way, counter, now) else {
                return DiscoOutcome::Dropped(Drop::Malformed);
            };
            self.paths.on_received(way, datagram.len());
            if let Some(token) = self.pings.on_reply(counter) {
                self.events.push_back(super::PeerEvent::Ping(
                    token,
                    PingOutcome::Answered { rtt, path },
                ));
            }
            self.guard.set_living(boot);
            if self
                .peer_boot
                .replace(boot)
                .is_some_and(|known| known != boot)
            {
                self.on_restarted(now);
            }
        } else {
            if !self.guard.accept(boot, counter) {
                return DiscoOutcome::Dropped(Drop::Malformed);
            }
            let bucket = match kind {
                // A restart, or recordings of boots long gone.
                _ if !self.guard.may_live(boot) => &mut self.other_boots_bucket,
                Kind::ConnectRequest => &mut self.connect_bucket,
                _ => &mut self.echo_bucket,
            };
            if !bucket.take(now) {
                return DiscoOutcome::Dropped(Drop::RateLimited);
            }
            self.note_disco_source(way, datagram.len(), now);
            if kind == Kind::EchoRequest {
                self.answer_echo(counter, way);
                if self.peer_boot.is_some_and(|known| known != boot) {
                    // Perhaps a restart, perhaps an old recording: its reply will tell.
                    self.queue_echo(now);
                }
            } else {
                self.wake(Direction::Inbound, now);
                self.on_connect_request(now);
            }
        }
        self.drive(now);
        DiscoOutcome::Handled
    }

    fn note_disco_source(&mut self, way: Way, bytes: usize, now: Instant) {
        if !self.paths.on_received(way, bytes) {
            self.note_source(way, now);
        }
    }

    fn answer_echo(&mut self, counter: u64, way: Way) {
        if self.outbox.len() < MAX_OUTBOX {
            let reply = self.pair.encode(Kind::EchoReply, &self.own_boot, counter);
            self.outbox.push_back((way, reply));
        }
    }

    pub(super) fn echo_request(&self, counter: u64) -> [u8; crate::disco::SHORT_BYTES] {
        self.pair.encode(Kind::EchoRequest, &self.own_boot, counter)
    }

    /// An echo out of turn over the path in use; its counter.
    pub(super) fn queue_echo(&mut self, now: Instant) -> Option<u64> {
        if self.outbox.len() >= MAX_OUTBOX {
            return None;
        }
        let (way, counter) = self.paths.echo_now(now)?;
        let request = self.echo_request(counter);
        self.outbox.push_back((way, request));
        Some(counter)
    }
}
