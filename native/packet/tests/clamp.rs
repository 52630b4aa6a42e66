//! MSS clamping and packet too big.

mod packets;

use meshd_packet::clamp::{clamp_mss, packet_too_big};
use meshd_packet::{Filter, IpPacket, Mode};
use packets::*;
use proptest::prelude::*;

const V4: (&str, &str) = ("100.64.0.1", "100.64.0.2");
const V6: (&str, &str) = ("fd00::1", "fd00::2");

fn syn(addresses: (&str, &str), options: &[u8]) -> Spec {
    Spec {
        flags: SYN,
        tcp_options: options.to_vec(),
        ..Spec::tcp(addresses.0, addresses.1)
    }
}

const MSS_1460: [u8; 4] = [2, 4, 5, 180];

#[test]
fn syns_are_clamped_and_their_checksums_kept() {
    for (addresses, headers) in [(V4, 40u16), (V6, 60)] {
        for (before, after) in [
            // Aligned, and at an odd offset behind a no-op.
            (
                [&MSS_1460[..]].concat(),
                [&[2, 4][..], &(1300 - headers).to_be_bytes()].concat(),
            ),
            (
                [&[1][..], &MSS_1460, &[0, 0, 0]].concat(),
                [&[1, 2, 4][..], &(1300 - headers).to_be_bytes(), &[0, 0, 0]].concat(),
            ),
        ] {
            let (spec, expected) = (syn(addresses, &before), syn(addresses, &after));
            let mut packet = spec.complete();
            let ip = IpPacket::parse(&packet).unwrap();
            assert!(clamp_mss(&mut packet, &ip, 1300, false));
            assert_eq!(packet, expected.complete());
            assert!(!clamp_mss(&mut packet, &ip, 1300, false), "fits already");
            let (_, mut packet) = spec.frame(0, 0);
            assert!(clamp_mss(&mut packet, &ip, 1300, true));
            assert_eq!(packet, expected.frame(0, 0).1);
        }
    }
}

#[test]
fn what_is_not_clamped() {
    let cases = [
        Spec {
            flags: ACK,
            ..syn(V4, &MSS_1460)
        },
        syn(V4, &[]),
        syn(V4, &[1, 1, 1, 1]),
        syn(V4, &[0, 2, 4, 5]),
        syn(V4, &[2, 0, 0, 0]),
        syn(V4, &[2, 3, 5, 1]),
        syn(V4, &[8, 40, 2, 4]),
        Spec::udp(V4.0, V4.1),
    ];
    for spec in cases {
        let mut packet = spec.complete();
        let ip = IpPacket::parse(&packet).unwrap();
        assert!(!clamp_mss(&mut packet, &ip, 576, false), "{spec:?}");
        assert_eq!(packet, spec.complete());
    }
}

#[test]
fn too_big_reaches_the_sender_through_its_own_filter() {
    for addresses in [V4, V6] {
        let spec = Spec {
            payload: vec![9; 1400],
            ..Spec::udp(addresses.0, addresses.1)
        };
        let packet = spec.complete();
        let ip = IpPacket::parse(&packet).unwrap();
        let error = packet_too_big(&packet, &ip, 1280).unwrap();
        let parsed = IpPacket::parse(&error).unwrap();
        assert_eq!((parsed.src, parsed.dst), (ip.dst, ip.src));
        let icmp = usize::from(parsed.l4_offset.unwrap());
        let (kind, size) = if ip.version() == 4 {
            ([3, 4], 576)
        } else {
            ([2, 0], 1280)
        };
        assert_eq!(error[icmp..icmp + 2], kind);
        assert_eq!(error[icmp + 6..icmp + 8], 1280u16.to_be_bytes());
        assert_eq!(error.len(), size);
        assert_eq!(error[icmp + 8..], packet[..size - icmp - 8]);
        let mut filter = Filter::new(Mode::ShieldsUp, 1);
        assert!(!filter.inbound(&parsed, &error, 0));
        filter.outbound(&ip, &packet, 0);
        assert!(filter.inbound(&parsed, &error, 0));
    }
}

#[test]
fn errors_carry_right_checksums() {
    use meshd_packet::checksum::{pseudo_header, sum};
    for addresses in [V4, V6] {
        let packet = Spec {
            payload: vec![9; 33],
            ..Spec::udp(addresses.0, addresses.1)
        }
        .complete();
        let ip = IpPacket::parse(&packet).unwrap();
        let error = packet_too_big(&packet, &ip, 1280).unwrap();
        if ip.version() == 4 {
            assert_eq!(
                (sum(&error[..20], 0), sum(&error[20..], 0)),
                (0xffff, 0xffff)
            );
        } else {
            assert_eq!(
                sum(
                    &error[40..],
                    pseudo_header(ip.dst, ip.src, 58, error.len() - 40)
                ),
                0xffff
            );
        }
    }
}

#[test]
fn some_packets_are_never_answered() {
    let silent =
        |packet: &[u8]| packet_too_big(packet, &IpPacket::parse(packet).unwrap(), 1280).is_none();
    let mut icmp_error = Spec {
        payload: vec![0; 20],
        ..Spec::udp(V4.0, V4.1)
    }
    .complete();
    icmp_error[9] = 1;
    icmp_error[20] = 3;
    assert!(silent(&icmp_error));
    icmp_error[20] = 8;
    assert!(!silent(&icmp_error), "an echo request is");
    assert!(silent(&Spec::udp(V4.0, "224.0.0.251").complete()));
    assert!(silent(&Spec::udp(V6.0, "ff02::fb").complete()));
    assert!(silent(&Spec::udp(V4.0, "255.255.255.255").complete()));
    assert!(silent(&Spec::udp("0.0.0.0", V4.1).complete()));
    let mut later = Spec::udp(V4.0, V4.1).complete();
    later[7] = 4;
    assert!(silent(&later));
}

proptest! {
    #[test]
    fn any_options_never_panic(options in proptest::collection::vec(any::<u8>(), 0..=40), mtu in any::<u16>(), v6 in any::<bool>()) {
        let mut options = options;
        options.truncate(options.len() & !3);
        let spec = syn(if v6 { V6 } else { V4 }, &options);
        let mut packet = spec.complete();
        let ip = IpPacket::parse(&packet).unwrap();
        clamp_mss(&mut packet, &ip, mtu, false);
        let at = if v6 { 40 } else { 20 };
        let sum = meshd_packet::checksum::sum(&packet[at..], meshd_packet::checksum::pseudo_header(ip.src, ip.dst, 6, packet.len() - at));
        prop_assert_eq!(sum, 0xffff);
    }
}
