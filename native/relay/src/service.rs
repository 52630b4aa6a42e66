//! The relay and STUN server as a machine: datagrams and times in, datagrams out through a [`Network`].
//!
//! Every datagram is one of four by its first byte: STUN (answered), relay control (answered, or a register handed up),
//! relay data (forwarded if the session belongs to its source and the receiver to the same mesh), anything else
//! (dropped). Strangers cost no memory: they get a cookie, a binding response or, rarely, the notice that their session
//! is unknown, each within fixed budgets. Memory is spent only on clients that were admitted.
//!
//! Forwarded datagrams stay in the buffers they came in; `handle_batch` rewrites their headers in place, groups them by
//! destination and sends each group at once. A destination that cannot take its datagrams loses them; nobody waits.

use std::io::IoSlice;
use std::sync::Arc;

use meshd_netio::{Received, SendOutcome};

use crate::budgets::Budgets;
use crate::control::{self, Control};
use crate::cookie::{CookieJar, Secret};
use crate::counters::{Counters, DropReason};
use crate::data::{self, DataHeader};
use crate::entrance::{STREAM, beside, socket_of};
use crate::limiter::{Limit, TokenBucket};
use crate::outgoing::{Outgoing, Train};
use crate::reply::Reply;
use crate::server::{Listen, Rates, Register};
use crate::table::{Client, ClientIndex, ClientTable, MAX_CLIENTS, Source};
use crate::{RelayId, stun};

/// Who is limited may send a quarter of a second's worth at once, but never less than two full receive buffers.
const MIN_BURST: u64 = 131_072;

/// Where datagrams leave.
pub(crate) trait Network {
    /// Sends the concatenation of `parts` as datagrams of `segment_bytes`. Must not wait.
    fn send(
        &mut self,
        destination: Source,
        parts: &[IoSlice<'_>],
        segment_bytes: usize,
    ) -> SendOutcome;
}

pub(crate) struct Service {
    listen: Vec<Listen>,
    /// For each socket another one that answers STUN at the same address, if there is one.
    other_ports: Vec<Option<u32>>,
    clients: ClientTable,
    client_limit: Option<Limit>,
    /// Of all clients together.
    total_limit: Option<Limit>,
    total: TokenBucket,
    cookies: CookieJar,
    budgets: Budgets,
    outgoing: Outgoing,
    registers: Vec<Register>,
    /// Requests that anybody can make.
    strangers: u64,
    counters: Arc<Counters>,
}

impl Service {
    pub(crate) fn new(
        listen: Vec<Listen>,
        rates: Rates,
        counters: Arc<Counters>,
        now: u64,
        random: &mut impl FnMut() -> Secret,
    ) -> Self {
        Self {
            other_ports: other_ports(&listen),
            listen,
            clients: ClientTable::new(MAX_CLIENTS),
            client_limit: limit(rates.client),
            total_limit: limit(rates.total),
            total: TokenBucket::default(),
            cookies: CookieJar::new(now, random),
            budgets: Budgets::new(),
            outgoing: Outgoing::default(),
            registers: Vec::new(),
            strangers: 0,
            counters,
        }
    }

    /// Rotates the cookie secret when due and frees expired clients.
    pub(crate) fn handle_timeout(&mut self, now: u64, random: &mut impl FnMut() -> Secret) {
        self.cookies.rotate(now, random);
        self.clients.sweep(now);
        self.counters.set_clients(self.clients.len());
    }

    pub(crate) fn admit(&mut self, client: Client) {
        self.clients.admit(client);
        self.counters.set_clients(self.clients.len());
    }

    pub(crate) fn revoke(&mut self, relay_id: &RelayId) {
        self.clients.revoke(relay_id);
        self.counters.set_clients(self.clients.len());
    }

    /// A stream ended.
    pub(crate) fn leave(&mut self, source: &Source) {
        self.clients.leave(source);
        self.counters.set_clients(self.clients.len());
    }

    /// Registers since the last call, for the one who decides.
    pub(crate) fn take_registers(&mut self) -> Vec<Register> {
        std::mem::take(&mut self.registers)
    }

    /// Requests that anybody can make, so far: a measure of floods.
    pub(crate) fn strangers(&self) -> u64 {
        self.strangers
    }

    pub(crate) fn listen(&self) -> &[Listen] {
        &self.listen
    }

    /// One receive batch of one entrance.
    pub(crate) fn handle_batch(
        &mut self,
        socket: u32,
        batch: &mut [Received],
        now: u64,
        network: &mut impl Network,
    ) {
        for (index, message) in batch.iter_mut().enumerate() {
            self.handle_message(socket, index, message, now, network);
        }
        for train in self.outgoing.trains() {
            let outcome = train.with_parts(batch, |parts| {
                network.send(train.destination, parts, train.segment_bytes)
            });
            count_forwarded(&self.counters, train, outcome);
        }
        self.outgoing.clear();
    }

    /// All segments of a message share its source, so the client is looked up once.
    fn handle_message(
        &mut self,
        socket: u32,
        index: usize,
        message: &mut Received,
        now: u64,
        network: &mut impl Network,
    ) {
        let (stun, relay) = match self.listen.get(socket_of(socket)) {
            _ if socket == STREAM => (false, true),
            Some(&Listen { stun, relay, .. }) => (stun, relay),
            None => return,
        };
        let source = (socket, message.source);
        let client = if relay {
            self.clients.at_source(&source, now)
        } else {
            None
        };
        let total = message.data.len();
        let segment_bytes = message.segment_bytes.clamp(1, total.max(1));
        let mut start = 0;
        while start < total {
            let end = (start + segment_bytes).min(total);
            let segment = &mut message.data[start..end];
            match segment[0] {
                0..=3 if stun => {
                    self.strangers += 1;
                    self.handle_stun(source, segment, now, network);
                }
                control::CONTROL if relay => {
                    self.handle_control(source, client, segment, now, network)
                }
                data::DATA if relay => match self.route(source, client, segment, now, network) {
                    Ok(destination) => self.outgoing.add(destination, index, start..end),
                    Err(reason) => self.counters.dropped(reason, 1),
                },
                _ => self.counters.dropped(DropReason::NotServed, 1),
            }
            start = end;
        }
    }

    fn handle_stun(
        &mut self,
        source: Source,
        datagram: &[u8],
        now: u64,
        network: &mut impl Network,
    ) {
        let other = self.other_ports.get(socket_of(source.0)).copied().flatten();
        let Some(answer) = stun::answer(datagram, source.1, other.is_some()) else {
            return self.counters.dropped(DropReason::Malformed, 1);
        };
        let socket = other.filter(|_| answer.from_other_port);
        if !self.budgets.stun_answer(source.1, now) {
            return self.counters.dropped(DropReason::RateLimited, 1);
        }
        let from = socket.map_or(source.0, |socket| beside(source.0, socket));
        if self.reply((from, answer.destination), &answer.reply, network) {
            self.counters.stun_answered();
        }
    }

    fn handle_control(
        &mut self,
        source: Source,
        client: Option<ClientIndex>,
        datagram: &[u8],
        now: u64,
        network: &mut impl Network,
    ) {
        match control::parse(datagram) {
            Some(Control::Hello { nonce }) => {
                self.strangers += 1;
                if !self.budgets.cookie(source.1, now) {
                    return self.counters.dropped(DropReason::RateLimited, 1);
                }
                let cookie = self.cookies.make(source.1, nonce);
                self.reply(source, &control::cookie_reply(nonce, &cookie), network);
            }
            Some(Control::Register {
                nonce,
                cookie,
                body,
            }) => {
                self.strangers += 1;
                if !self.cookies.verify(source.1, nonce, cookie) {
                    return self.counters.dropped(DropReason::BadCookie, 1);
                }
                if !self.budgets.register(source.1, now) {
                    return self.counters.dropped(DropReason::RateLimited, 1);
                }
                self.registers.push(Register {
                    socket: source.0,
                    address: source.1,
                    nonce: *nonce,
                    cookie: *cookie,
                    body: body.to_vec(),
                });
            }
            Some(Control::Ping { session, sequence }) => {
                let client = client.and_then(|index| self.clients.get_mut(index));
                match client.filter(|client| client.session == session) {
                    Some(client) => {
                        client.last_seen = now;
                        self.reply(source, &control::pong(session, sequence, source.1), network);
                    }
                    None => {
                        self.strangers += 1;
                        self.counters.dropped(DropReason::UnknownSession, 1);
                        self.notify_unknown(source, session, now, network);
                    }
                }
            }
            None => self.counters.dropped(DropReason::Malformed, 1),
        }
    }

    /// Checks a data datagram and rewrites its header for the receiver, whose place is returned.
    fn route(
        &mut self,
        source: Source,
        client: Option<ClientIndex>,
        datagram: &mut [u8],
        now: u64,
        network: &mut impl Network,
    ) -> Result<Source, DropReason> {
        let header = data::parse(datagram).ok_or(DropReason::Malformed)?;
        let sender = client.and_then(|index| self.clients.get_mut(index));
        let Some(sender) = sender.filter(|sender| sender.session == header.session) else {
            self.notify_unknown(source, header.session, now, network);
            return Err(DropReason::UnknownSession);
        };
        sender.last_seen = now;
        let bytes = datagram.len() as u64;
        if let Some(limit) = self.client_limit
            && !sender.bucket.take(limit, bytes, now)
        {
            return Err(DropReason::RateLimited);
        }
        if let Some(limit) = self.total_limit
            && !self.total.take(limit, bytes, now)
        {
            return Err(DropReason::RateLimited);
        }
        let (sender_id, mesh_id) = (sender.relay_id, sender.mesh_id);
        let receiver = self
            .clients
            .named(&header.relay_id, now)
            .and_then(|index| self.clients.get(index));
        let receiver = receiver.ok_or(DropReason::NoReceiver)?;
        if receiver.mesh_id != mesh_id {
            return Err(DropReason::OtherMesh);
        }
        data::rewrite(
            datagram,
            DataHeader {
                session: receiver.session,
                relay_id: sender_id,
            },
        );
        Ok(receiver.source)
    }

    fn notify_unknown(
        &mut self,
        source: Source,
        session: u32,
        now: u64,
        network: &mut impl Network,
    ) {
        if self.budgets.notice(source.1, now) {
            self.reply(source, &control::unknown_session(session), network);
        }
    }

    fn reply(&self, source: Source, reply: &Reply, network: &mut impl Network) -> bool {
        let outcome = network.send(source, &[IoSlice::new(reply)], reply.len());
        let lost = lost_because(outcome);
        if let Some(reason) = lost {
            self.counters.dropped(reason, 1);
        }
        lost.is_none()
    }
}

/// Of a rate in bytes a second; 0 is none.
fn limit(rate: u64) -> Option<Limit> {
    let limit = Limit {
        per_second: rate,
        burst: (rate / 4).max(MIN_BURST),
    };
    (rate > 0).then_some(limit)
}

fn other_ports(listen: &[Listen]) -> Vec<Option<u32>> {
    let other = |index: usize, of: &Listen| {
        (0..)
            .zip(listen)
            .find_map(|(candidate, another): (u32, _)| {
                let same_ip = another.address.ip() == of.address.ip();
                (candidate as usize != index && another.stun && same_ip).then_some(candidate)
            })
    };
    listen
        .iter()
        .enumerate()
        .map(|(index, of)| other(index, of))
        .collect()
}

/// Why a datagram that was given to the network is gone.
pub(crate) fn lost_because(outcome: SendOutcome) -> Option<DropReason> {
    match outcome {
        SendOutcome::Sent => None,
        SendOutcome::WouldBlock(_) | SendOutcome::NoBuffers => Some(DropReason::Queue),
        SendOutcome::TooBig => Some(DropReason::TooBig),
        SendOutcome::Unreachable => Some(DropReason::Unreachable),
    }
}

fn count_forwarded(counters: &Counters, train: &Train, outcome: SendOutcome) {
    let sent_bytes = match outcome {
        SendOutcome::Sent => train.bytes,
        SendOutcome::WouldBlock(sent) => sent.min(train.bytes),
        SendOutcome::TooBig | SendOutcome::Unreachable | SendOutcome::NoBuffers => 0,
    };
    let sent = sent_bytes.div_ceil(train.segment_bytes).min(train.segments);
    counters.forwarded(sent as u64, sent_bytes as u64);
    if let Some(reason) = lost_because(outcome) {
        counters.dropped(reason, (train.segments - sent) as u64);
    }
}

#[cfg(test)]
#[path = "tests/service.rs"]
mod tests;
