//! What the engine's thread owns. The loop (`thread`) calls the stages: `inbound`, `outbound`, `transmit`, `control`.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use meshd_netio::{Poller, Received, RecvBatch, StreamQueues, Tun};
use meshd_packet::{Coalescer, Filter, Mode, RouteTable, Segmenter};

use crate::backlog::Backlog;
use crate::carrier::Joiner;
use crate::commands::{CommandQueue, PingReply, Reply, Unanswered};
use crate::drops::Drops;
use crate::events::{Event, EventQueue};
use crate::paths::MIN_KEEPALIVE;
use crate::peer::{PeerEvent, PingOutcome, PingToken};
use crate::peers::Peers;
use crate::quic::{CidCodec, Identity};
use crate::relays::Relays;
use crate::replay::BootId;
use crate::socket_filter::SocketFilter;
use crate::sockets::Sockets;
use crate::stun::ExpectedStun;
use crate::timers::Timers;
use crate::touched::Touched;

/// Messages of up to 64 KB taken from a socket by one call.
pub const RECEIVE_MESSAGES: usize = 16;

pub struct Node {
    pub identity: Identity,
    pub boot: BootId,
    pub codec: CidCodec,
    pub sockets: Sockets,
    /// What the sockets' filters were made for has changed, or there are new sockets.
    pub socket_filter_is_old: bool,
    pub poller: Poller,
    pub tun: Option<Tun>,
    pub commands: Arc<CommandQueue>,
    pub queue: Arc<EventQueue>,
    pub peers: Peers,
    pub relays: Relays,
    pub stun: ExpectedStun,
    /// Inner destination → peer; also whose an inner source is.
    pub routes: RouteTable<u32>,
    /// Inner destinations that are ours.
    pub own: RouteTable<()>,
    pub filter: Filter,
    pub segmenter: Segmenter,
    pub coalescer: Coalescer,
    pub drops: Drops,
    pub timers: Timers,
    pub pings: HashMap<PingToken, Reply<PingReply>>,
    pub next_ping: PingToken,
    /// Peers that something happened to since they were last flushed.
    pub touched: Touched,
    pub events: Vec<Event>,
    pub backlog: Option<Backlog>,
    pub joiner: Joiner,
    /// Packets for relays over streams.
    pub streams: Arc<StreamQueues>,
    /// Number of the next packet that travels in parts.
    pub next_carried: u32,
    pub epoch: Instant,
    /// Between the packets of a quiet path.
    pub keepalive: Duration,
    // Reused memory.
    pub receive: RecvBatch,
    pub received: Vec<Received>,
    pub payloads: Vec<Bytes>,
    pub transmit: Vec<u8>,
    pub settled: Vec<u32>,
}

impl Node {
    pub fn new(
        identity: Identity,
        boot: BootId,
        sockets: Sockets,
        poller: Poller,
        commands: Arc<CommandQueue>,
        queue: Arc<EventQueue>,
    ) -> Self {
        let seed = u64::from_be_bytes(identity.random.bytes());
        Self {
            identity,
            boot,
            codec: CidCodec::default(),
            sockets,
            socket_filter_is_old: true,
            poller,
            tun: None,
            commands,
            queue,
            peers: Peers::default(),
            relays: Relays::default(),
            stun: ExpectedStun::default(),
            routes: RouteTable::new(),
            own: RouteTable::new(),
            filter: Filter::new(Mode::Open, seed),
            segmenter: Segmenter::new(),
            coalescer: Coalescer::new(false),
            drops: Drops::default(),
            timers: Timers::default(),
            pings: HashMap::new(),
            next_ping: 0,
            touched: Touched::default(),
            events: Vec::new(),
            backlog: None,
            joiner: Joiner::default(),
            streams: Arc::default(),
            next_carried: 0,
            epoch: Instant::now(),
            keepalive: MIN_KEEPALIVE,
            receive: RecvBatch::new(RECEIVE_MESSAGES),
            received: Vec::new(),
            payloads: Vec::new(),
            transmit: Vec::new(),
            settled: Vec::new(),
        }
    }

    /// Milliseconds for the filter.
    pub fn filter_time(&self, now: Instant) -> u64 {
        now.saturating_duration_since(self.epoch).as_millis() as u64
    }

    /// After commands, and before what is sent for them: the sockets' filters follow them.
    pub fn renew_socket_filter(&mut self) {
        if !std::mem::take(&mut self.socket_filter_is_old) {
            return;
        }
        let filter = SocketFilter {
            ids: self.codec.check(),
            hints: self.peers.hints().collect(),
            paths: self.peers.direct_paths().collect(),
            relays: self.relays.iter().collect(),
        };
        self.sockets
            .set_filters(&filter.program(true), &filter.program(false));
    }

    pub fn touch(&mut self, peer: u32) {
        self.touched.push(peer);
    }

    /// Wakes the peers whose time has come.
    pub fn handle_timeouts(&mut self, now: Instant) {
        while let Some(index) = self.timers.pop_due(now) {
            let Some(peer) = self.peers.get_mut(index) else {
                continue;
            };
            peer.handle_timeout(now, &mut self.drops, &mut self.payloads);
            self.deliver(index, now);
            self.touch(index);
        }
    }

    /// Sends what the touched peers have to send, one send each in turn, so that none waits for all of another's. Whom a full socket
    /// interrupts stays touched, and in turn.
    pub fn settle_touched(&mut self, now: Instant) {
        let mut settled = std::mem::take(&mut self.settled);
        while self.backlog.is_none()
            && let Some(index) = self.touched.pop()
        {
            if self.transmit_batch(index, now) {
                self.touched.push(index);
            } else {
                settled.push(index);
            }
        }
        settled.extend(self.touched.iter());
        for index in settled.drain(..) {
            self.take_news(index);
        }
        self.settled = settled;
    }

    /// Takes a peer's events, and sets its timer.
    fn take_news(&mut self, index: u32) {
        let Some(peer) = self.peers.get_mut(index) else {
            self.timers.set(index, None);
            return;
        };
        while let Some(event) = peer.poll_event() {
            match event {
                PeerEvent::Ping(token, outcome) => {
                    answer_ping(self.pings.remove(&token), outcome);
                }
                event => self.events.push(Event::Peer { peer: index, event }),
            }
        }
        self.timers.set(index, peer.poll_timeout());
    }
}

fn answer_ping(reply: Option<Reply<PingReply>>, outcome: PingOutcome) {
    if let Some(reply) = reply {
        reply.send(match outcome {
            PingOutcome::Answered { rtt, path } => Ok(PingReply { rtt, path }),
            PingOutcome::TimedOut => Err(Unanswered::TimedOut),
        });
    }
}

#[cfg(test)]
#[path = "node_tests.rs"]
pub mod tests;
