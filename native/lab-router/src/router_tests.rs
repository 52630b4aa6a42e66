//! Whole packets through the whole router.

use crate::options::Options;
use crate::router::{Router, Side};
use bytes::BytesMut;
use meshd_packet::IpPacket;
use meshd_packet::checksum;
use meshd_packet::ip::{PROTO_ICMP, PROTO_TCP, PROTO_UDP};
use std::net::{IpAddr, Ipv4Addr, SocketAddrV4};
use std::time::Duration;

const HOST: SocketAddrV4 = SocketAddrV4::new(Ipv4Addr::new(192, 168, 1, 2), 5000);
const OTHER: SocketAddrV4 = SocketAddrV4::new(Ipv4Addr::new(192, 168, 1, 3), 5000);
const REMOTE: SocketAddrV4 = SocketAddrV4::new(Ipv4Addr::new(203, 0, 113, 9), 7);
const PUBLIC: Ipv4Addr = Ipv4Addr::new(198, 51, 100, 1);

fn router(more: &str) -> Router {
    let line = format!("--public-address {PUBLIC} {more}");
    Router::new(Options::parse(line.split_whitespace().map(String::from)).unwrap())
}

fn ipv4(
    protocol: u8,
    source: Ipv4Addr,
    destination: Ipv4Addr,
    upper: &[u8],
    dont_fragment: bool,
) -> BytesMut {
    let length = (20 + upper.len()) as u16;
    let mut packet = vec![
        0x45,
        0,
        0,
        0,
        0,
        0,
        u8::from(dont_fragment) << 6,
        0,
        64,
        protocol,
        0,
        0,
    ];
    packet[2..4].copy_from_slice(&length.to_be_bytes());
    packet.extend(source.octets());
    packet.extend(destination.octets());
    let sum = !checksum::sum(&packet, 0);
    packet[10..12].copy_from_slice(&sum.to_be_bytes());
    packet.extend(upper);
    packet.as_slice().into()
}

fn udp(source: SocketAddrV4, destination: SocketAddrV4, payload: usize) -> BytesMut {
    let length = (8 + payload) as u16;
    let mut upper = [source.port(), destination.port(), length, 0]
        .map(u16::to_be_bytes)
        .concat();
    upper.resize(8 + payload, 0x5a);
    let pseudo = checksum::pseudo_header(
        (*source.ip()).into(),
        (*destination.ip()).into(),
        PROTO_UDP,
        upper.len(),
    );
    let sum = !checksum::sum(&upper, pseudo);
    upper[6..8].copy_from_slice(&sum.to_be_bytes());
    ipv4(PROTO_UDP, *source.ip(), *destination.ip(), &upper, true)
}

fn tcp_syn(source: SocketAddrV4, destination: SocketAddrV4) -> BytesMut {
    let mut upper = [source.port(), destination.port()]
        .map(u16::to_be_bytes)
        .concat();
    upper.extend([0; 8]);
    upper.extend([0x60, 2, 0xff, 0xff, 0, 0, 0, 0, 2, 4, 5, 0xb4]);
    let pseudo = checksum::pseudo_header(
        (*source.ip()).into(),
        (*destination.ip()).into(),
        PROTO_TCP,
        upper.len(),
    );
    let sum = !checksum::sum(&upper, pseudo);
    upper[16..18].copy_from_slice(&sum.to_be_bytes());
    ipv4(PROTO_TCP, *source.ip(), *destination.ip(), &upper, true)
}

fn echo(kind: u8, source: Ipv4Addr, destination: Ipv4Addr, identifier: u16) -> BytesMut {
    let mut upper = vec![kind, 0, 0, 0];
    upper.extend(identifier.to_be_bytes());
    upper.extend([0, 1, 9, 9]);
    let sum = !checksum::sum(&upper, 0);
    upper[2..4].copy_from_slice(&sum.to_be_bytes());
    ipv4(PROTO_ICMP, source, destination, &upper, false)
}

fn unreachable(from: Ipv4Addr, to: Ipv4Addr, about: &[u8]) -> BytesMut {
    let mut upper = vec![3, 3, 0, 0, 0, 0, 0, 0];
    upper.extend(&about[..28]);
    let sum = !checksum::sum(&upper, 0);
    upper[2..4].copy_from_slice(&sum.to_be_bytes());
    ipv4(PROTO_ICMP, from, to, &upper, false)
}

/// Everything that comes out within a second; every checksum is checked.
fn pass(router: &mut Router, from: Side, packet: BytesMut) -> Vec<(Side, BytesMut)> {
    router.handle_packet(from, packet, Duration::ZERO);
    let out: Vec<_> = std::iter::from_fn(|| router.poll_transmit(Duration::from_secs(1))).collect();
    for (_, packet) in &out {
        check(packet);
    }
    out
}

fn check(packet: &[u8]) {
    let ip = IpPacket::parse(packet).unwrap();
    assert!(ip.version() == 6 || checksum::ipv4_header_valid(&packet[..20]));
    let upper = &packet[usize::from(ip.l4_offset.unwrap())..];
    let pseudo = match ip.protocol {
        PROTO_ICMP => 0,
        protocol => checksum::pseudo_header(ip.src, ip.dst, protocol, upper.len()),
    };
    assert_eq!(checksum::sum(upper, pseudo), 0xffff);
}

fn only((side, packet): (Side, BytesMut)) -> (Side, IpPacket, BytesMut) {
    (side, IpPacket::parse(&packet).unwrap(), packet)
}

fn one(out: Vec<(Side, BytesMut)>) -> (Side, IpPacket, BytesMut) {
    let [packet] = <[_; 1]>::try_from(out).unwrap();
    only(packet)
}

#[test]
fn udp_and_tcp_out_and_back() {
    for make in [
        |from, to| udp(from, to, 100),
        tcp_syn as fn(SocketAddrV4, SocketAddrV4) -> BytesMut,
    ] {
        let mut router = router("");
        let (side, ip, _) = one(pass(&mut router, Side::Inside, make(HOST, REMOTE)));
        assert_eq!((side, ip.src), (Side::Outside, IpAddr::V4(PUBLIC)));
        let public = SocketAddrV4::new(PUBLIC, ip.ports.unwrap().0);
        let (side, ip, _) = one(pass(&mut router, Side::Outside, make(REMOTE, public)));
        assert_eq!(
            (side, ip.dst, ip.ports.unwrap().1),
            (Side::Inside, IpAddr::V4(*HOST.ip()), HOST.port())
        );
        let unasked = SocketAddrV4::new(*REMOTE.ip(), 8);
        assert_eq!(pass(&mut router, Side::Outside, make(unasked, public)), []);
        assert_eq!(router.counters().filtered, 1);
    }
}

#[test]
fn echoes_keep_their_owner() {
    let mut router = router("");
    let (_, _, packet) = one(pass(
        &mut router,
        Side::Inside,
        echo(8, *HOST.ip(), *REMOTE.ip(), 77),
    ));
    let identifier = u16::from_be_bytes([packet[24], packet[25]]);
    let (side, ip, packet) = one(pass(
        &mut router,
        Side::Outside,
        echo(0, *REMOTE.ip(), PUBLIC, identifier),
    ));
    assert_eq!((side, ip.dst), (Side::Inside, IpAddr::V4(*HOST.ip())));
    assert_eq!(u16::from_be_bytes([packet[24], packet[25]]), 77);
    assert_eq!(
        pass(
            &mut router,
            Side::Outside,
            echo(8, *REMOTE.ip(), PUBLIC, identifier)
        ),
        []
    );
}

#[test]
fn errors_are_about_the_packet_that_their_reader_knows() {
    let mut router = router("--filtering endpoint-independent");
    let (_, _, sent) = one(pass(&mut router, Side::Inside, udp(HOST, REMOTE, 20)));
    let (side, ip, error) = one(pass(
        &mut router,
        Side::Outside,
        unreachable(*REMOTE.ip(), PUBLIC, &sent),
    ));
    assert_eq!((side, ip.dst), (Side::Inside, IpAddr::V4(*HOST.ip())));
    assert_eq!(error[28..], udp(HOST, REMOTE, 20)[..28]);

    let public = SocketAddrV4::new(PUBLIC, IpPacket::parse(&sent).unwrap().ports.unwrap().0);
    let (_, _, received) = one(pass(&mut router, Side::Outside, udp(REMOTE, public, 20)));
    let (side, ip, error) = one(pass(
        &mut router,
        Side::Inside,
        unreachable(*HOST.ip(), *REMOTE.ip(), &received),
    ));
    assert_eq!(
        (side, ip.src, ip.dst),
        (Side::Outside, IpAddr::V4(PUBLIC), IpAddr::V4(*REMOTE.ip()))
    );
    assert_eq!(error[28..], udp(REMOTE, public, 20)[..28]);
}

#[test]
fn hairpin_shows_the_public_endpoint() {
    for (more, works) in [
        ("--hairpin --filtering endpoint-independent", true),
        ("", false),
    ] {
        let mut router = router(more);
        let (_, ip, _) = one(pass(&mut router, Side::Inside, udp(HOST, REMOTE, 20)));
        let public = SocketAddrV4::new(PUBLIC, ip.ports.unwrap().0);
        let out = pass(&mut router, Side::Inside, udp(OTHER, public, 20));
        assert_eq!(out.len(), usize::from(works));
        if works {
            let (side, ip, _) = one(out);
            assert_eq!(
                (side, ip.dst, ip.src),
                (Side::Inside, IpAddr::V4(*HOST.ip()), IpAddr::V4(PUBLIC))
            );
        }
    }
}

#[test]
fn too_big_is_dropped_and_told_unless_icmp_is_dropped_too() {
    let fits = 1280 - 28;
    for (more, told) in [("--mtu 1280", true), ("--mtu 1280 --drop-icmp", false)] {
        let mut router = router(more);
        let (side, ..) = one(pass(&mut router, Side::Inside, udp(HOST, REMOTE, fits)));
        assert_eq!(side, Side::Outside);
        let out = pass(&mut router, Side::Inside, udp(HOST, REMOTE, fits + 1));
        assert_eq!(out.len(), usize::from(told));
        if told {
            let (side, ip, packet) = one(out);
            assert_eq!((side, ip.dst), (Side::Inside, IpAddr::V4(*HOST.ip())));
            assert_eq!(
                (
                    packet[20],
                    packet[21],
                    u16::from_be_bytes([packet[26], packet[27]])
                ),
                (3, 4, 1280)
            );
            assert_eq!(packet[40..44], HOST.ip().octets());
        }
        assert_eq!(router.counters().too_big, 1);
    }
}

#[test]
fn blocked_udp_lets_tcp_through() {
    let mut router = router("--block-udp");
    assert_eq!(pass(&mut router, Side::Inside, udp(HOST, REMOTE, 20)), []);
    assert_eq!(
        pass(&mut router, Side::Inside, tcp_syn(HOST, REMOTE)).len(),
        1
    );
}

#[test]
fn only_the_proxy_gets_out() {
    let mut router = router("--allow-only 192.168.1.3");
    assert_eq!(pass(&mut router, Side::Inside, tcp_syn(HOST, REMOTE)), []);
    let (_, ip, _) = one(pass(&mut router, Side::Inside, tcp_syn(OTHER, REMOTE)));
    let public = SocketAddrV4::new(PUBLIC, ip.ports.unwrap().0);
    assert_eq!(
        pass(&mut router, Side::Outside, tcp_syn(REMOTE, public)).len(),
        1
    );
}

#[test]
fn without_a_public_address_nothing_is_translated() {
    let mut plain =
        Router::new(Options::parse(["--delay".into(), "10".into()].into_iter()).unwrap());
    let packet = udp(HOST, REMOTE, 20);
    plain.handle_packet(Side::Inside, packet.clone(), Duration::ZERO);
    assert_eq!(plain.poll_timeout(), Some(Duration::from_millis(10)));
    assert_eq!(plain.poll_transmit(Duration::from_millis(9)), None);
    assert_eq!(
        plain.poll_transmit(Duration::from_millis(10)),
        Some((Side::Outside, packet))
    );
}

#[test]
fn a_firewall_wants_to_be_asked_first() {
    let mut router = Router::new(Options::parse(["--firewall".to_string()].into_iter()).unwrap());
    assert_eq!(pass(&mut router, Side::Outside, udp(REMOTE, HOST, 20)), []);
    pass(&mut router, Side::Inside, udp(HOST, REMOTE, 20));
    assert_eq!(
        pass(&mut router, Side::Outside, udp(REMOTE, HOST, 20)).len(),
        1
    );
    router.reboot(None);
    assert_eq!(pass(&mut router, Side::Outside, udp(REMOTE, HOST, 20)), []);
}
