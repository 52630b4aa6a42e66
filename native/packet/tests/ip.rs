//! Strict parsing.

mod packets;

use meshd_packet::{Fragment, IpPacket, Malformed};
use packets::Spec;
use proptest::prelude::*;

const V4: (&str, &str) = ("100.64.0.1", "100.64.0.2");
const V6: (&str, &str) = ("fd00::1", "fd00::2");

fn tcp(addresses: (&str, &str)) -> Vec<u8> {
    Spec {
        payload: vec![1; 10],
        ..Spec::tcp(addresses.0, addresses.1)
    }
    .complete()
}

fn udp(addresses: (&str, &str)) -> Vec<u8> {
    Spec {
        payload: vec![1; 16],
        ..Spec::udp(addresses.0, addresses.1)
    }
    .complete()
}

/// An IPv6 packet with extension headers between the IPv6 and the UDP header of `udp`.
fn extended(chain: &[(u8, &[u8])]) -> Vec<u8> {
    let mut packet = udp(V6);
    let transport = packet.split_off(40);
    packet[6] = chain.first().map_or(17, |(kind, _)| *kind);
    for (index, (_, body)) in chain.iter().enumerate() {
        packet.push(chain.get(index + 1).map_or(17, |(kind, _)| *kind));
        packet.extend(*body);
    }
    packet.extend(transport);
    let length = (packet.len() - 40) as u16;
    packet[4..6].copy_from_slice(&length.to_be_bytes());
    packet
}

const OPTIONS: &[u8] = &[0, 1, 4, 0, 0, 0, 0];
const AUTHENTICATION: &[u8] = &[2, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 9, 9, 9, 9];

#[test]
fn plain_packets() {
    for (addresses, offset) in [(V4, 20), (V6, 40)] {
        for (packet, protocol) in [(tcp(addresses), 6), (udp(addresses), 17)] {
            let ip = IpPacket::parse(&packet).unwrap();
            assert_eq!(
                (ip.src, ip.dst),
                (addresses.0.parse().unwrap(), addresses.1.parse().unwrap())
            );
            assert_eq!(
                (ip.protocol, ip.l4_offset, ip.ports),
                (protocol, Some(offset), Some((40_000, 443)))
            );
            assert_eq!((ip.fragment, ip.partial_checksum), (None, false));
            assert_eq!(IpPacket::parse_wire(&packet), Ok(ip));
        }
    }
}

#[test]
fn the_wire_mark() {
    for addresses in [V4, V6] {
        let mut packet = tcp(addresses);
        packet[0] |= 0x80;
        assert_eq!(IpPacket::parse(&packet), Err(Malformed));
        assert!(IpPacket::parse_wire(&packet).unwrap().partial_checksum);
    }
    let mut icmp = udp(V4);
    icmp[9] = 1;
    assert!(IpPacket::parse_wire(&icmp).is_ok());
    icmp[0] |= 0x80;
    assert_eq!(
        IpPacket::parse_wire(&icmp),
        Err(Malformed),
        "only TCP and UDP can be partial"
    );
    let mut fragment = udp(V4);
    fragment[6] = 0x20;
    assert!(IpPacket::parse_wire(&fragment).is_ok());
    fragment[0] |= 0x80;
    assert_eq!(
        IpPacket::parse_wire(&fragment),
        Err(Malformed),
        "nor can a fragment be"
    );
}

#[test]
fn lengths_must_be_exact() {
    for packet in [tcp(V4), udp(V4), tcp(V6), udp(V6)] {
        for length in 0..packet.len() {
            assert_eq!(IpPacket::parse(&packet[..length]), Err(Malformed));
        }
        assert_eq!(
            IpPacket::parse(&[&packet[..], &[0]].concat()),
            Err(Malformed)
        );
    }
}

#[test]
fn header_fields_that_lie() {
    let lie = |mut packet: Vec<u8>, at: usize, byte: u8| {
        packet[at] = byte;
        IpPacket::parse(&packet)
    };
    assert_eq!(
        lie(tcp(V4), 0, 0x44),
        Err(Malformed),
        "header length below 20"
    );
    assert_eq!(lie(tcp(V4), 0, 0x55), Err(Malformed), "version");
    assert_eq!(
        lie(tcp(V4), 32, 0x40),
        Err(Malformed),
        "TCP header below 20"
    );
    assert_eq!(
        lie(tcp(V4), 32, 0xf0),
        Err(Malformed),
        "TCP header beyond the end"
    );
    assert_eq!(lie(udp(V4), 25, 7), Err(Malformed), "UDP length below 8");
    assert_eq!(
        lie(udp(V4), 25, 25),
        Err(Malformed),
        "UDP length beyond the end"
    );
    assert!(lie(udp(V4), 25, 20).is_ok(), "UDP options (RFC 9868)");
}

#[test]
fn ipv6_extension_headers_are_walked() {
    let packet = extended(&[
        (0, OPTIONS),
        (43, OPTIONS),
        (60, OPTIONS),
        (51, AUTHENTICATION),
    ]);
    let ip = IpPacket::parse(&packet).unwrap();
    assert_eq!(
        (ip.protocol, ip.l4_offset, ip.ports),
        (17, Some(40 + 3 * 8 + 16), Some((40_000, 443)))
    );
    assert_eq!(
        IpPacket::parse(&extended(&[(60, OPTIONS), (0, OPTIONS)])),
        Err(Malformed),
        "hop-by-hop not first"
    );
    assert!(IpPacket::parse(&extended(&[(60, OPTIONS); 7])).is_ok());
    assert_eq!(
        IpPacket::parse(&extended(&[(60, OPTIONS); 8])),
        Err(Malformed),
        "endless chain"
    );
}

#[test]
fn an_unknown_next_header_has_no_ports() {
    for kind in [253, 50, 59, 132, 47, 135] {
        let ip = IpPacket::parse(&extended(&[(0, OPTIONS), (kind, OPTIONS)])).unwrap();
        assert_eq!((ip.protocol, ip.l4_offset, ip.ports), (kind, None, None));
    }
}

#[test]
fn fragments() {
    let fragment = |offset_and_more: u16| {
        let [high, low] = offset_and_more.to_be_bytes();
        extended(&[(44, &[0, high, low, 0, 0, 0, 7])])
    };
    let first = IpPacket::parse(&fragment(1)).unwrap();
    assert_eq!(
        first.fragment,
        Some(Fragment {
            id: 7,
            offset_bytes: 0,
            more: true
        })
    );
    assert_eq!(first.ports, Some((40_000, 443)));
    let last = IpPacket::parse(&fragment(1448)).unwrap();
    assert_eq!(
        last.fragment,
        Some(Fragment {
            id: 7,
            offset_bytes: 1448,
            more: false
        })
    );
    assert_eq!(
        (last.protocol, last.l4_offset, last.ports),
        (17, None, None)
    );
    assert_eq!(
        IpPacket::parse(&fragment(0xfff8)),
        Err(Malformed),
        "beyond 65,535"
    );
    assert_eq!(
        IpPacket::parse(&extended(&[(44, &[0; 7]), (44, &[0; 7])])),
        Err(Malformed),
        "twice"
    );

    let v4 = |word: u16, mut packet: Vec<u8>| {
        packet[6..8].copy_from_slice(&word.to_be_bytes());
        IpPacket::parse(&packet)
    };
    let first = v4(0x2000, udp(V4)).unwrap();
    assert_eq!(
        first.fragment,
        Some(Fragment {
            id: 0xfffe,
            offset_bytes: 0,
            more: true
        })
    );
    assert_eq!(first.ports, Some((40_000, 443)));
    assert_eq!(
        v4(0x2000, tcp(V4)),
        Err(Malformed),
        "not a multiple of eight"
    );
    assert_eq!(v4(0x0003, udp(V4)).unwrap().ports, None);
    assert_eq!(v4(0x0001, tcp(V4)), Err(Malformed), "RFC 3128 overlap");
    let mut tiny = tcp(V4)[..36].to_vec();
    tiny[3] = 36;
    assert_eq!(
        v4(0x2000, tiny).unwrap().ports,
        None,
        "RFC 1858 tiny fragment"
    );
}

proptest! {
    #[test]
    fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = IpPacket::parse(&bytes);
        let _ = IpPacket::parse_wire(&bytes);
    }

    /// Right lengths and versions, so that the walk gets somewhere.
    #[test]
    fn arbitrary_chains_never_panic_and_offsets_lie_inside(kinds in proptest::collection::vec((prop_oneof![
        Just(0u8), Just(43), Just(44), Just(51), Just(60), any::<u8>()], proptest::collection::vec(any::<u8>(), 7..24)), 0..9))
    {
        let chain: Vec<(u8, &[u8])> = kinds.iter().map(|(kind, body)| (*kind, &body[..])).collect();
        let packet = extended(&chain);
        if let Ok(ip) = IpPacket::parse(&packet) {
            let ports_at = ip.l4_offset.map(usize::from);
            prop_assert!(ports_at.is_none_or(|offset| offset <= packet.len()));
            if let Some((src, dst)) = ip.ports {
                let at = ports_at.unwrap();
                prop_assert_eq!([src.to_be_bytes(), dst.to_be_bytes()].concat(), packet[at..at + 4].to_vec());
                prop_assert!(matches!(ip.protocol, 6 | 17));
            }
        }
    }

    #[test]
    fn one_changed_byte_never_panics(v6 in any::<bool>(), is_tcp in any::<bool>(), at in 0usize..80, byte in any::<u8>()) {
        let addresses = if v6 { V6 } else { V4 };
        let mut packet = if is_tcp { tcp(addresses) } else { udp(addresses) };
        if let Some(slot) = packet.get_mut(at) {
            *slot = byte;
        }
        let _ = IpPacket::parse_wire(&packet);
    }
}
