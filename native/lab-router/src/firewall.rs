//! A stateful firewall without translation: what comes in must answer what went out, from the very endpoint it went to.

use meshd_packet::IpPacket;
use meshd_packet::ip::{PROTO_ICMP, PROTO_ICMPV6, PROTO_TCP, PROTO_UDP};
use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

const TCP_TIMEOUT: Duration = Duration::from_secs(7440);
const ECHO_TIMEOUT: Duration = Duration::from_secs(60);
const SWEEP_INTERVAL: Duration = Duration::from_secs(1);

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Flow {
    protocol: u8,
    inside: SocketAddr,
    outside: SocketAddr,
}

#[derive(Debug, Default)]
pub struct Firewall {
    /// Flow → when it is forgotten.
    flows: HashMap<Flow, Duration>,
    next_sweep: Duration,
}

impl Firewall {
    pub fn outbound(&mut self, ip: &IpPacket, packet: &[u8], udp_timeout: Duration, now: Duration) {
        if now >= self.next_sweep {
            self.next_sweep = now + SWEEP_INTERVAL;
            self.flows.retain(|_, until| *until > now);
        }
        let Some((source_port, destination_port)) = ports(ip, packet) else {
            return;
        };
        let flow = Flow {
            protocol: ip.protocol,
            inside: SocketAddr::new(ip.src, source_port),
            outside: SocketAddr::new(ip.dst, destination_port),
        };
        let timeout = match ip.protocol {
            PROTO_TCP => TCP_TIMEOUT,
            PROTO_UDP => udp_timeout,
            _ => ECHO_TIMEOUT,
        };
        self.flows.insert(flow, now + timeout);
    }

    /// Whether it may come in.
    pub fn inbound(&self, ip: &IpPacket, packet: &[u8], now: Duration) -> bool {
        if crate::rewrite::is_icmp_error(ip, packet) {
            // About a host's own packets or not: that host can tell.
            return self.flows.keys().any(|flow| flow.inside.ip() == ip.dst);
        }
        let Some((source_port, destination_port)) = ports(ip, packet) else {
            return false;
        };
        let flow = Flow {
            protocol: ip.protocol,
            inside: SocketAddr::new(ip.dst, destination_port),
            outside: SocketAddr::new(ip.src, source_port),
        };
        self.flows.get(&flow).is_some_and(|until| *until > now)
    }

    pub fn forget(&mut self) {
        self.flows.clear();
    }
}

/// Ports, or the identifier of an echo at both ends.
fn ports(ip: &IpPacket, packet: &[u8]) -> Option<(u16, u16)> {
    if ip.fragment.is_some() {
        return None;
    }
    if let Some(ports) = ip.ports {
        return Some(ports);
    }
    let message = packet
        .get(usize::from(ip.l4_offset?)..)?
        .first_chunk::<8>()?;
    let is_echo = matches!(
        (ip.protocol, message[0]),
        (PROTO_ICMP, 0 | 8) | (PROTO_ICMPV6, 128 | 129)
    );
    let identifier = u16::from_be_bytes([message[4], message[5]]);
    is_echo.then_some((identifier, identifier))
}

/// Whether the packet is the host's own business on its link: neighbours, routers (RFC 4861), groups.
pub fn is_link_local(destination: IpAddr) -> bool {
    match destination {
        IpAddr::V4(v4) => v4.is_multicast() || v4.is_broadcast() || v4.is_link_local(),
        IpAddr::V6(v6) => v6.is_multicast() || v6.is_unicast_link_local(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn udp(src: ([u8; 4], u16), dst: ([u8; 4], u16)) -> Vec<u8> {
        let mut packet = vec![0x45, 0, 0, 28, 0, 0, 0, 0, 64, PROTO_UDP, 0, 0];
        packet.extend([src.0, dst.0].concat());
        packet.extend([src.1, dst.1, 8, 0].map(u16::to_be_bytes).concat());
        packet
    }

    #[test]
    fn answers_come_in_until_the_timeout_and_nothing_else_does() {
        let (host, peer) = (([203, 0, 113, 130], 9), ([203, 0, 113, 10], 7));
        let mut firewall = Firewall::default();
        let seconds = Duration::from_secs;
        let comes_in = |firewall: &Firewall, from, at| {
            let packet = udp(from, host);
            firewall.inbound(&IpPacket::parse(&packet).unwrap(), &packet, seconds(at))
        };
        assert!(!comes_in(&firewall, peer, 0));
        let packet = udp(host, peer);
        firewall.outbound(
            &IpPacket::parse(&packet).unwrap(),
            &packet,
            seconds(30),
            seconds(0),
        );
        assert!(comes_in(&firewall, peer, 29));
        assert!(!comes_in(&firewall, ([203, 0, 113, 10], 8), 1));
        assert!(!comes_in(&firewall, ([203, 0, 113, 11], 7), 1));
        assert!(!comes_in(&firewall, peer, 30));
    }
}
