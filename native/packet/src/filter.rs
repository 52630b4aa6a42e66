//! Stateful inbound filter.
//!
//! Shields up, a packet passes only as the answer to something this host sent: a TCP or UDP packet
//! of a known flow, an ICMP echo reply to a known request, an ICMP error that quotes a packet of a
//! known flow, or a later fragment of a datagram whose first fragment passed. Whatever has no ports
//! to look at - unknown IPv6 next headers, other protocols, fragments out of order - is refused.
//! Flows are learnt from outbound packets only; a reset or finish shortens their lives.

use crate::flows::FlowTable;
use crate::icmp::{self, Echo};
use crate::ip::{PROTO_ICMP, PROTO_ICMPV6, PROTO_TCP, PROTO_UDP};
use crate::{IpPacket, tcp};
use std::net::IpAddr;

/// About 12 MB when full; the longest unused makes room.
const MAX_FLOWS: usize = 65_536;
/// Datagrams whose later fragments are let in at a time.
const MAX_FRAGMENTED: usize = 1_024;

/// Keep-alives come every two hours (RFC 1122 §4.2.3.6), and RFC 5382 REQ-5 asks for four minutes
/// more.
const TCP_ESTABLISHED_MS: u64 = (2 * 60 + 4) * 60_000;
/// Partly open or closing (RFC 5382 REQ-5).
const TCP_TRANSITORY_MS: u64 = 4 * 60_000;
/// Two minutes at least (RFC 4787 REQ-5).
const UDP_MS: u64 = 3 * 60_000;
/// RFC 5508 REQ-2.
const ICMP_MS: u64 = 60_000;
/// Linux gives up reassembly after 30 s.
const FRAGMENT_MS: u64 = 30_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Everything passes and nothing is tracked.
    Open,
    /// Inbound passes only as a reply to an outbound flow.
    ShieldsUp,
}

/// Seen from this host. Of an echo, both ports are its identifier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Flow {
    local: u128,
    remote: u128,
    /// Local port, remote port, IP version, protocol.
    rest: u64,
}

impl Flow {
    #[inline]
    fn new(local: IpAddr, remote: IpAddr, protocol: u8, ports: (u16, u16)) -> Self {
        let rest = u64::from(ports.0) << 32 | u64::from(ports.1) << 16 | u64::from(protocol);
        Self {
            local: address_bits(local),
            remote: address_bits(remote),
            rest,
        }
    }
}

#[inline]
fn address_bits(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(v4) => v4.to_bits().into(),
        IpAddr::V6(v6) => v6.to_bits(),
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// A SYN went out; the answer may be a SYN (simultaneous open, RFC 9293 §3.5).
    SynSent,
    Established,
    Closing,
    /// Not TCP.
    Stateless,
}

impl State {
    fn timeout_ms(self, protocol: u8) -> u64 {
        match self {
            State::Established => TCP_ESTABLISHED_MS,
            State::SynSent | State::Closing => TCP_TRANSITORY_MS,
            State::Stateless if protocol == PROTO_UDP => UDP_MS,
            State::Stateless => ICMP_MS,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Fragmented {
    src: u128,
    dst: u128,
    id_and_protocol: u64,
}

/// Remembers outbound flows. `now_ms` is monotonic milliseconds.
#[derive(Debug)]
pub struct Filter {
    mode: Mode,
    flows: FlowTable<Flow, State>,
    fragmented: FlowTable<Fragmented, ()>,
}

impl Filter {
    /// `seed`: random, so that peers cannot choose ports that collide in the table.
    pub fn new(mode: Mode, seed: u64) -> Self {
        Self {
            mode,
            flows: FlowTable::new(MAX_FLOWS, seed),
            fragmented: FlowTable::new(MAX_FRAGMENTED, seed),
        }
    }

    /// Switching to `Open` forgets all flows. After `ShieldsUp` connections that exist are learnt
    /// from the next packet that this host sends on them.
    pub fn set_mode(&mut self, mode: Mode) {
        if mode == Mode::Open {
            self.flows.clear();
            self.fragmented.clear();
        }
        self.mode = mode;
    }

    pub fn mode(&self) -> Mode {
        self.mode
    }

    /// Notes a packet (or super-packet) that this host sends.
    #[inline]
    pub fn outbound(&mut self, ip: &IpPacket, packet: &[u8], now_ms: u64) {
        if self.mode == Mode::ShieldsUp {
            self.learn(ip, packet, now_ms);
        }
    }

    /// Whether a received packet may be delivered.
    #[inline]
    #[must_use]
    pub fn inbound(&mut self, ip: &IpPacket, packet: &[u8], now_ms: u64) -> bool {
        self.mode == Mode::Open || self.is_reply(ip, packet, now_ms)
    }

    /// Flows remembered.
    pub fn len(&self) -> usize {
        self.flows.len()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn learn(&mut self, ip: &IpPacket, packet: &[u8], now_ms: u64) {
        let (ports, flags) = match (ip.protocol, ip.ports) {
            (PROTO_TCP, Some(ports)) => (ports, Some(tcp_flags(ip, packet))),
            (PROTO_UDP, Some(ports)) => (ports, None),
            (PROTO_ICMP | PROTO_ICMPV6, _) => match icmp::echo(ip, packet) {
                Some((Echo::Request, id)) => ((id, id), None),
                _ => return,
            },
            _ => return,
        };
        let flow = Flow::new(ip.src, ip.dst, ip.protocol, ports);
        let known = self.flows.get(&flow, now_ms).copied();
        let state = match (known, flags) {
            (_, None) => State::Stateless,
            // Nothing answers a reset of a connection that is not known.
            (None, Some(flags)) if flags & tcp::RST != 0 => return,
            (_, Some(flags)) => outbound_state(known, flags),
        };
        let timeout_ms = state.timeout_ms(ip.protocol);
        if known == Some(state) {
            self.flows.extend(&flow, now_ms, timeout_ms);
        } else {
            self.flows.insert(flow, state, now_ms, timeout_ms);
        }
    }

    fn is_reply(&mut self, ip: &IpPacket, packet: &[u8], now_ms: u64) -> bool {
        if ip
            .fragment
            .is_some_and(|fragment| fragment.offset_bytes != 0)
        {
            return fragmented(ip).is_some_and(|key| self.fragmented.get(&key, now_ms).is_some());
        }
        let passes = match (ip.protocol, ip.ports) {
            (PROTO_TCP, Some(ports)) => self.is_tcp_reply(ip, tcp_flags(ip, packet), ports, now_ms),
            (PROTO_UDP, Some(ports)) => self.is_stateless_reply(ip, ports, now_ms),
            (PROTO_ICMP | PROTO_ICMPV6, _) => match icmp::echo(ip, packet) {
                Some((Echo::Reply, id)) => self.is_stateless_reply(ip, (id, id), now_ms),
                Some((Echo::Request, _)) => false,
                None => self.quotes_a_flow(ip, packet, now_ms),
            },
            _ => false,
        };
        if passes && let Some(key) = fragmented(ip) {
            self.fragmented.insert(key, (), now_ms, FRAGMENT_MS);
        }
        passes
    }

    fn is_stateless_reply(
        &mut self,
        ip: &IpPacket,
        (remote, local): (u16, u16),
        now_ms: u64,
    ) -> bool {
        let flow = Flow::new(ip.dst, ip.src, ip.protocol, (local, remote));
        let known = self.flows.get(&flow, now_ms).is_some();
        if known {
            self.flows
                .extend(&flow, now_ms, State::Stateless.timeout_ms(ip.protocol));
        }
        known
    }

    fn is_tcp_reply(
        &mut self,
        ip: &IpPacket,
        flags: u8,
        (remote, local): (u16, u16),
        now_ms: u64,
    ) -> bool {
        let flow = Flow::new(ip.dst, ip.src, ip.protocol, (local, remote));
        let Some(state) = self.flows.get(&flow, now_ms) else {
            return false;
        };
        // A connection attempt of the other side's is no reply, but for the simultaneous open.
        if flags & (tcp::SYN | tcp::ACK) == tcp::SYN && *state != State::SynSent {
            return false;
        }
        *state = match *state {
            _ if flags & (tcp::RST | tcp::FIN) != 0 => State::Closing,
            State::SynSent if flags & tcp::ACK != 0 => State::Established,
            state => state,
        };
        let timeout_ms = state.timeout_ms(PROTO_TCP);
        self.flows.extend(&flow, now_ms, timeout_ms);
        true
    }

    /// ICMP errors about packets that this host sent; the error itself may come from any router on
    /// the way.
    fn quotes_a_flow(&mut self, ip: &IpPacket, packet: &[u8], now_ms: u64) -> bool {
        let Some(quoted) = icmp::quoted(ip, packet) else {
            return false;
        };
        let flow = Flow::new(quoted.src, quoted.dst, quoted.protocol, quoted.ports);
        self.flows.get(&flow, now_ms).is_some()
    }
}

fn outbound_state(known: Option<State>, flags: u8) -> State {
    match known {
        _ if flags & (tcp::RST | tcp::FIN) != 0 => State::Closing,
        // A new attempt, also on the ports of an old connection.
        _ if flags & (tcp::SYN | tcp::ACK) == tcp::SYN => State::SynSent,
        Some(state) => state,
        // Begun before the shields were up.
        None => State::Established,
    }
}

fn tcp_flags(ip: &IpPacket, packet: &[u8]) -> u8 {
    ip.transport_offset()
        .map_or(0, |offset| packet[offset + tcp::FLAGS])
}

fn fragmented(ip: &IpPacket) -> Option<Fragmented> {
    let fragment = ip.fragment?;
    Some(Fragmented {
        src: address_bits(ip.src),
        dst: address_bits(ip.dst),
        // Of IPv6 later fragments may name another next header than the first (RFC 8200 §4.5): the
        // identification counts.
        id_and_protocol: u64::from(fragment.id) << 8
            | if ip.version() == 4 {
                ip.protocol.into()
            } else {
                0
            },
    })
}
