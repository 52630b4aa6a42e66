//! The thread: waits for sockets and commands, and moves bytes between them and the [`Service`].

use std::io::{self, IoSlice};
use std::net::SocketAddr;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use bytes::BytesMut;
use meshd_netio::{
    Interest, Poller, Received, RecvBatch, SendOutcome, StreamQueues, UdpSocket, framed_packets,
};

use crate::cookie::Secret;
use crate::counters::{Counters, DropReason};
use crate::entrance::{Addresses, STREAM, socket_of, stream_address, stream_session};
use crate::mailbox::{Command, Mailbox};
use crate::moderation::{Moderation, Turn};
use crate::server::ServerSink;
use crate::service::{Network, Service, lost_because};
use crate::socket_filter::SocketFilter;
use crate::table::Source;

/// Messages of one receive call (what `RecvBatch` takes at most).
const MESSAGES_A_CALL: usize = 16;

/// Single datagrams are gathered over several calls, enough for segmented sends to several destinations ...
const MAX_GATHERED_MESSAGES: usize = 128;

/// ... but joined ones only as long as their buffers are recycled and warm in the cache.
const MAX_GATHERED_BYTES: usize = 512 * 1024;

/// Rounds on one socket before the others and the commands have their turn.
const ROUNDS_A_TURN: usize = 4;

/// How often expired clients are cleared away while there are any.
const SWEEP_INTERVAL_MS: u64 = 5_000;

/// Milliseconds since the server's start.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Clock(Instant);

impl Clock {
    pub(crate) fn start() -> Self {
        Self(Instant::now())
    }

    pub(crate) fn now(self) -> u64 {
        self.0.elapsed().as_millis() as u64
    }
}

/// 32 bytes from the kernel. Without them there are no cookies, so failing to get them ends the server.
pub(crate) fn random_secret() -> Secret {
    let mut secret = Secret::default();
    getrandom::fill(&mut secret).expect("the kernel gives random bytes");
    secret
}

struct Sockets {
    sockets: Vec<UdpSocket>,
    addresses: Addresses,
    streams: Arc<StreamQueues>,
    /// Streams that were idle and have something to take now.
    awake: Vec<u32>,
    counters: Arc<Counters>,
}

impl Sockets {
    /// Never waits: what does not fit pushes out what is older.
    fn send_into_stream(
        &mut self,
        address: SocketAddr,
        parts: &[IoSlice<'_>],
        segment_bytes: usize,
    ) -> SendOutcome {
        let Some(session) = stream_session(address) else {
            return SendOutcome::Unreachable;
        };
        // A part holds whole datagrams, the last of all may be shorter.
        for packet in parts
            .iter()
            .flat_map(|part| part.chunks(segment_bytes.max(1)))
        {
            let Some(queued) = self.streams.push(session, &[packet]) else {
                return SendOutcome::Unreachable;
            };
            if queued.dropped > 0 {
                self.counters
                    .dropped(DropReason::Queue, queued.dropped as u64);
            }
            if queued.announce {
                self.awake.push(session);
            }
        }
        SendOutcome::Sent
    }
}

impl Network for Sockets {
    fn send(
        &mut self,
        (entrance, address): Source,
        parts: &[IoSlice<'_>],
        segment_bytes: usize,
    ) -> SendOutcome {
        if entrance == STREAM {
            return self.send_into_stream(address, parts, segment_bytes);
        }
        let Some(socket) = self.sockets.get(socket_of(entrance)) else {
            return SendOutcome::Unreachable;
        };
        // An error here is about this destination (an address of the other family, port 0); receiving finds out
        // whether the socket itself is dead.
        socket
            .send_parts_from(
                self.addresses.address_of(entrance),
                address,
                parts,
                segment_bytes,
            )
            .unwrap_or(SendOutcome::Unreachable)
    }
}

pub(crate) struct Worker {
    sockets: Sockets,
    poller: Poller,
    service: Service,
    mailbox: Arc<Mailbox>,
    counters: Arc<Counters>,
    clock: Clock,
    batch: RecvBatch,
    received: Vec<Received>,
    commands: Vec<Command>,
    next_sweep: u64,
    filter: Option<SocketFilter>,
}

impl Worker {
    pub(crate) fn new(
        sockets: Vec<UdpSocket>,
        poller: Poller,
        service: Service,
        mailbox: Arc<Mailbox>,
        streams: Arc<StreamQueues>,
        counters: Arc<Counters>,
        clock: Clock,
    ) -> io::Result<Self> {
        for (token, socket) in (0..).zip(&sockets) {
            poller.add(socket, token, Interest::Readable)?;
        }
        Ok(Self {
            sockets: Sockets {
                sockets,
                addresses: Addresses::default(),
                streams,
                awake: Vec::new(),
                counters: counters.clone(),
            },
            poller,
            service,
            mailbox,
            counters,
            clock,
            batch: RecvBatch::new(MESSAGES_A_CALL),
            received: Vec::with_capacity(MAX_GATHERED_MESSAGES),
            commands: Vec::new(),
            next_sweep: 0,
            filter: None,
        })
    }

    /// Has the kernel drop what is not served; what it does not drop, the service does.
    pub(crate) fn set_filter(&mut self, filter: SocketFilter) {
        self.filter = Some(filter);
        self.set_filters();
    }

    fn set_filters(&self) {
        let Some(filter) = &self.filter else {
            return;
        };
        for (socket, listen) in self.sockets.sockets.iter().zip(self.service.listen()) {
            let _ = socket.set_filter(&filter.program(listen));
        }
    }

    /// Serves until the mailbox is closed.
    pub(crate) fn run(&mut self, sink: &mut impl ServerSink) -> io::Result<()> {
        let mut events = Vec::new();
        let mut moderation = Moderation::new(Instant::now());
        loop {
            self.poller.wait(&mut events, self.timeout())?;
            if !self.apply_commands() {
                return Ok(());
            }
            // First of all: secrets that fell due while nothing happened must not outlive this wake-up.
            self.keep_time();
            let mut turn = Turn::default();
            for event in &events {
                self.receive(event.token as u32, &mut turn)?;
            }
            if !self.sockets.awake.is_empty() {
                sink.streams(std::mem::take(&mut self.sockets.awake));
            }
            let registers = self.service.take_registers();
            if !registers.is_empty() {
                sink.registers(registers);
            }
            if let Some(pause) = moderation.pause_after(turn, Instant::now()) {
                thread::sleep(pause);
            }
        }
    }

    /// Without clients nothing expires, and the thread sleeps until somebody writes; unless that might not get through the filter.
    fn timeout(&self) -> Option<Duration> {
        let until_sweep = self.next_sweep.saturating_sub(self.clock.now());
        let is_narrow = self.filter.as_ref().is_some_and(SocketFilter::is_narrow);
        (is_narrow || self.counters.clients() > 0).then(|| Duration::from_millis(until_sweep))
    }

    fn keep_time(&mut self) {
        let now = self.clock.now();
        if now >= self.next_sweep {
            self.service.handle_timeout(now, &mut random_secret);
            self.next_sweep = now + SWEEP_INTERVAL_MS;
        }
        let strangers = self.service.strangers();
        let filter = self.filter.as_mut();
        if filter.is_some_and(|filter| filter.observe(strangers, now)) {
            self.set_filters();
        }
    }

    fn receive(&mut self, index: u32, turn: &mut Turn) -> io::Result<()> {
        for _ in 0..ROUNDS_A_TURN {
            let more = self.gather(index)?;
            turn.messages += self.received.len();
            turn.bytes += self
                .received
                .iter()
                .map(|message| message.data.len())
                .sum::<usize>();
            let now = self.clock.now();
            for batch in self
                .received
                .chunk_by_mut(|one, next| one.local == next.local)
            {
                let local = batch.first().and_then(|message| message.local);
                let entrance = self.sockets.addresses.entrance(index, local);
                self.service
                    .handle_batch(entrance, batch, now, &mut self.sockets);
            }
            self.received.clear();
            if !more {
                break;
            }
        }
        Ok(())
    }

    /// Packets of a stream are forwarded as datagrams are.
    fn deliver(&mut self, session: u32, frames: &[u8]) {
        let source = stream_address(session);
        let now = self.clock.now();
        let mut packets = framed_packets(frames).map(|packet| Received {
            source,
            local: None,
            segment_bytes: packet.len(),
            data: BytesMut::from(packet),
        });
        loop {
            let mut batch: Vec<Received> = packets.by_ref().take(MAX_GATHERED_MESSAGES).collect();
            if batch.is_empty() {
                return;
            }
            self.service
                .handle_batch(STREAM, &mut batch, now, &mut self.sockets);
        }
    }

    /// Fills `received` from one socket; says whether more may be waiting there.
    fn gather(&mut self, index: u32) -> io::Result<bool> {
        let Some(socket) = self.sockets.sockets.get(index as usize) else {
            return Ok(false);
        };
        let mut bytes = 0;
        while self.received.len() + MESSAGES_A_CALL <= MAX_GATHERED_MESSAGES
            && bytes < MAX_GATHERED_BYTES
        {
            let before = self.received.len();
            let count = socket.recv_batch(&mut self.batch, &mut self.received)?;
            if count < MESSAGES_A_CALL {
                return Ok(false);
            }
            bytes += self.received[before..]
                .iter()
                .map(|message| message.data.len())
                .sum::<usize>();
        }
        Ok(true)
    }

    /// False: the handle wants the thread to end.
    fn apply_commands(&mut self) -> bool {
        let open = self.mailbox.take(&mut self.commands);
        for command in std::mem::take(&mut self.commands) {
            match command {
                Command::Admit(client) => self.service.admit(client),
                Command::Deliver { session, frames } => self.deliver(session, &frames),
                Command::Leave { session } => {
                    self.service.leave(&(STREAM, stream_address(session)));
                    self.sockets.streams.close(session);
                }
                Command::Revoke(relay_id) => self.service.revoke(&relay_id),
                Command::Send {
                    socket,
                    address,
                    data,
                } => {
                    let outcome =
                        self.sockets
                            .send((socket, address), &[IoSlice::new(&data)], data.len());
                    if let Some(reason) = lost_because(outcome) {
                        self.counters.dropped(reason, 1);
                    }
                }
            }
        }
        open
    }
}

#[cfg(test)]
#[path = "tests/worker.rs"]
mod tests;
