//! The router as a whole, without sockets and clock: packets go in on one side and come out on the other, translated, filtered,
//! late, or not at all. The line is outside of the NAT, as in a home: what leaves is translated at once and then travels, what
//! comes in has travelled when it meets the NAT.

use crate::firewall::{Firewall, is_link_local};
use crate::nat::{Nat, NatOptions};
use crate::options::Options;
use crate::rewrite::{End, flow, is_icmp_error, quoted, set_end, set_quoted_end};
use crate::shaper::{Pushed, Shaper};
use bytes::BytesMut;
use meshd_packet::IpPacket;
use meshd_packet::clamp::{clamp_mss, packet_too_big};
use meshd_packet::ip::PROTO_UDP;
use std::collections::VecDeque;
use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    Inside,
    Outside,
}

/// Packets, by what became of them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counters {
    pub outbound: u64,
    pub inbound: u64,
    pub hairpinned: u64,
    /// By the NAT or the firewall: unasked, blocked, unknown.
    pub filtered: u64,
    pub lost: u64,
    pub queue_full: u64,
    pub too_big: u64,
}

#[derive(Debug)]
pub struct Router {
    options: Options,
    nat: Option<Nat>,
    firewall: Firewall,
    outward: Shaper<BytesMut>,
    inward: Shaper<BytesMut>,
    ready: VecDeque<(Side, BytesMut)>,
    counters: Counters,
}

impl Router {
    pub fn new(options: Options) -> Self {
        Self {
            nat: options.nat().map(|nat| Nat::new(nat, options.seed)),
            firewall: Firewall::default(),
            outward: Shaper::new(options.seed ^ 1),
            inward: Shaper::new(options.seed ^ 2),
            ready: VecDeque::new(),
            counters: Counters::default(),
            options,
        }
    }

    pub fn options(&self) -> &Options {
        &self.options
    }

    pub fn counters(&self) -> Counters {
        self.counters
    }

    pub fn mappings(&self) -> usize {
        self.nat.as_ref().map_or(0, Nat::mappings)
    }

    /// From the next packet on. Packets on the way and mappings stay.
    pub fn set_options(&mut self, options: Options) {
        if let (Some(nat), Some(new)) = (&mut self.nat, options.nat()) {
            nat.set_options(new);
        }
        self.options = options;
    }

    /// Off and on again, perhaps under a new public address.
    pub fn reboot(&mut self, public: Option<Ipv4Addr>) {
        self.options.public_address = public.or(self.options.public_address);
        self.firewall.forget();
        if let (Some(nat), Some(address)) = (&mut self.nat, self.options.public_address) {
            nat.reboot(address);
        }
    }

    pub fn handle_packet(&mut self, from: Side, mut packet: BytesMut, now: Duration) {
        let Ok(ip) = IpPacket::parse(&packet) else {
            return;
        };
        if is_link_local(ip.dst) {
            return;
        }
        match from {
            Side::Inside => {
                if self.is_blocked(&ip, &packet, ip.src) {
                    self.counters.filtered += 1;
                } else if self.is_hairpin(&ip) {
                    self.hairpin(&ip, packet, now);
                } else if self.translate_outbound(&ip, &mut packet, now) {
                    self.travel(Side::Outside, &ip, packet, now);
                } else {
                    self.counters.filtered += 1;
                }
            }
            Side::Outside => self.travel(Side::Inside, &ip, packet, now),
        }
    }

    /// What is to be written now.
    pub fn poll_transmit(&mut self, now: Duration) -> Option<(Side, BytesMut)> {
        loop {
            if let Some(ready) = self.ready.pop_front() {
                return Some(ready);
            }
            if let Some(packet) = self.outward.pop(now) {
                self.counters.outbound += 1;
                return Some((Side::Outside, packet));
            }
            let packet = self.inward.pop(now)?;
            self.arrive(packet, now);
        }
    }

    pub fn poll_timeout(&self) -> Option<Duration> {
        [self.outward.next_release(), self.inward.next_release()]
            .into_iter()
            .flatten()
            .min()
    }

    /// What this router forwards in neither direction; `inside` is the packet's end on the inner side.
    fn is_blocked(&self, ip: &IpPacket, packet: &[u8], inside: IpAddr) -> bool {
        (self.options.block_udp && ip.protocol == PROTO_UDP)
            || (self.options.drop_icmp && is_icmp_error(ip, packet))
            || self.options.allow_only.is_some_and(|only| only != inside)
    }

    fn travel(&mut self, to: Side, ip: &IpPacket, mut packet: BytesMut, now: Duration) {
        let mtu = self.options.mtu;
        if mtu != 0 && packet.len() > usize::from(mtu) {
            self.counters.too_big += 1;
            if !self.options.drop_icmp {
                self.complain(to, &packet, mtu, now);
            }
            return;
        }
        if mtu != 0 && self.options.clamp_mss {
            clamp_mss(&mut packet, ip, mtu, false);
        }
        let bytes = packet.len();
        let shaper = match to {
            Side::Outside => &mut self.outward,
            Side::Inside => &mut self.inward,
        };
        match shaper.push(packet, bytes, &self.options.line, now) {
            Pushed::Queued => {}
            Pushed::Lost => self.counters.lost += 1,
            Pushed::QueueFull => self.counters.queue_full += 1,
        }
    }

    /// Tells the sender of a packet that was on its way `to` that side.
    fn complain(&mut self, to: Side, packet: &[u8], mtu: u16, now: Duration) {
        let Ok(ip) = IpPacket::parse(packet) else {
            return;
        };
        let Some(message) = packet_too_big(packet, &ip, mtu) else {
            return;
        };
        match to {
            // Translated already: the message comes from outside, as far as the NAT is concerned.
            Side::Outside => self.arrive(message.into(), now),
            Side::Inside => self.ready.push_back((Side::Outside, message.into())),
        }
    }

    fn arrive(&mut self, mut packet: BytesMut, now: Duration) {
        let Ok(ip) = IpPacket::parse(&packet) else {
            return;
        };
        if !self.translate_inbound(&ip, &mut packet, now) {
            self.counters.filtered += 1;
            return;
        }
        let inside = IpPacket::parse(&packet).map_or(ip.dst, |translated| translated.dst);
        if self.is_blocked(&ip, &packet, inside) {
            self.counters.filtered += 1;
            return;
        }
        self.counters.inbound += 1;
        self.ready.push_back((Side::Inside, packet));
    }

    fn translate_outbound(&mut self, ip: &IpPacket, packet: &mut [u8], now: Duration) -> bool {
        let Some(nat) = self.nat.as_mut().filter(|_| ip.version() == 4) else {
            if self.options.firewall {
                self.firewall
                    .outbound(ip, packet, self.options.udp_timeout, now);
            }
            return true;
        };
        if let Some(flow) = flow(ip, packet) {
            let Some(public) = nat.outbound(flow.protocol, flow.source, flow.destination, now)
            else {
                return false;
            };
            set_end(packet, flow.protocol, End::Source, public);
            return true;
        }
        // An inside host complains about what it was sent: through the mapping that it came by.
        let Some(about) = quoted(ip, packet) else {
            return false;
        };
        let Some(public) = nat.existing(about.protocol, about.destination, about.source, now)
        else {
            return false;
        };
        set_quoted_end(packet, about.protocol, End::Destination, public);
        true
    }

    fn translate_inbound(&mut self, ip: &IpPacket, packet: &mut [u8], now: Duration) -> bool {
        let Some(nat) = self.nat.as_mut().filter(|_| ip.version() == 4) else {
            return !self.options.firewall || self.firewall.inbound(ip, packet, now);
        };
        let public = nat.options().public;
        if ip.dst != IpAddr::V4(public) {
            return false;
        }
        if let Some(flow) = flow(ip, packet) {
            let port = flow.destination.port();
            let Some(inside) = nat.inbound(flow.protocol, port, flow.source, now) else {
                return false;
            };
            set_end(packet, flow.protocol, End::Destination, inside);
            return true;
        }
        let Some(about) = quoted(ip, packet).filter(|about| *about.source.ip() == public) else {
            return false;
        };
        let Some(inside) = nat.owner(about.protocol, about.source.port(), now) else {
            return false;
        };
        set_quoted_end(packet, about.protocol, End::Source, inside);
        true
    }

    fn is_hairpin(&self, ip: &IpPacket) -> bool {
        let public = self
            .nat
            .as_ref()
            .map(|nat| IpAddr::V4(nat.options().public));
        public == Some(ip.dst)
    }

    /// From inside to the public address: out and in again, seen from its public endpoint (RFC 4787 REQ-9).
    fn hairpin(&mut self, ip: &IpPacket, mut packet: BytesMut, now: Duration) {
        let allowed = self
            .nat
            .as_ref()
            .map(Nat::options)
            .is_some_and(|NatOptions { hairpin, .. }| *hairpin);
        if allowed
            && self.translate_outbound(ip, &mut packet, now)
            && let Ok(translated) = IpPacket::parse(&packet)
            && self.translate_inbound(&translated, &mut packet, now)
        {
            self.counters.hairpinned += 1;
            self.ready.push_back((Side::Inside, packet));
            return;
        }
        self.counters.filtered += 1;
    }
}
