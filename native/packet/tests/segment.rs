//! Super-packets and packets of a TUN become wire payloads.

mod packets;

use bytes::BytesMut;
use meshd_packet::vnet::{F_DATA_VALID, F_NEEDS_CSUM, GSO_ECN, GSO_TCPV4, GSO_TCPV6, GSO_UDP_L4};
use meshd_packet::{IpPacket, SegmentError, Segmenter, VnetHdr};
use packets::*;
use proptest::prelude::*;

const V4: (&str, &str) = ("100.64.0.1", "100.64.0.2");
const V6: (&str, &str) = ("fd00::1", "fd00::2");

fn check(spec: &Spec, gso_type: u8, size: usize) {
    let (vnet, packet) = spec.frame(gso_type, size as u16);
    let expected: Vec<Vec<u8>> = spec.segments(size).iter().map(Spec::marked).collect();
    assert_eq!(segment(&vnet, &packet, 65_535), expected);
}

#[test]
fn tcp_segments_have_their_own_headers() {
    for (spec, kind) in [
        (Spec::tcp(V4.0, V4.1), GSO_TCPV4),
        (Spec::tcp(V6.0, V6.1), GSO_TCPV6),
    ] {
        let flags = ACK | PSH | FIN | CWR | ECE;
        check(
            &Spec {
                payload: (0..5000).map(|i| i as u8).collect(),
                flags,
                ..spec
            },
            kind | GSO_ECN,
            1348,
        );
    }
}

#[test]
fn udp_segments_have_their_own_lengths() {
    for addresses in [V4, V6] {
        let spec = Spec::udp(addresses.0, addresses.1);
        check(
            &Spec {
                payload: vec![7; 3 * 1200 + 5],
                ..spec
            },
            GSO_UDP_L4,
            1200,
        );
    }
}

#[test]
fn tcp_is_cut_to_the_path_and_udp_is_not() {
    let spec = Spec {
        payload: vec![1; 4000],
        ..Spec::tcp(V4.0, V4.1)
    };
    let (vnet, packet) = spec.frame(GSO_TCPV4, 1448);
    let expected: Vec<Vec<u8>> = spec
        .segments(1200 - spec.header_len())
        .iter()
        .map(Spec::marked)
        .collect();
    assert_eq!(segment(&vnet, &packet, 1200), expected);

    let spec = Spec {
        payload: vec![1; 4000],
        ..Spec::udp(V4.0, V4.1)
    };
    let (vnet, packet) = spec.frame(GSO_UDP_L4, 1300);
    assert_eq!(try_segment(&vnet, &packet, 1200), Err(SegmentError::TooBig));
    assert_eq!(
        try_segment(&vnet, &packet, 1328).map(|list| list.len()),
        Ok(4)
    );
    let single = VnetHdr {
        gso_type: 0,
        ..vnet
    };
    assert_eq!(
        try_segment(&single, &packet, packet.len() - 1),
        Err(SegmentError::TooBig)
    );
    assert_eq!(
        try_segment(&single, &packet, packet.len()).map(|list| list.len()),
        Ok(1)
    );
}

#[test]
fn single_packets_keep_what_the_kernel_says_of_their_checksum() {
    let spec = Spec {
        payload: vec![5; 100],
        ..Spec::udp(V4.0, V4.1)
    };
    let (vnet, packet) = spec.frame(0, 0);
    assert_eq!(segment(&vnet, &packet, 1500), [spec.marked()]);
    let complete = VnetHdr {
        flags: F_DATA_VALID,
        ..VnetHdr::default()
    };
    assert_eq!(
        segment(&complete, &spec.complete(), 1500),
        [spec.complete()]
    );
    assert_eq!(
        segment(&VnetHdr::default(), &spec.complete(), 1500),
        [spec.complete()]
    );
}

#[test]
fn a_partial_checksum_that_the_mark_cannot_express_is_completed() {
    // ICMP with its checksum left to the device: 20 bytes of IP, the field at 2.
    let mut packet = vec![
        0x45, 0, 0, 28, 0, 1, 0, 0, 64, 1, 0, 0, 100, 64, 0, 1, 100, 64, 0, 2, 8, 0, 0, 0, 1, 2, 3,
        4,
    ];
    let vnet = VnetHdr {
        flags: F_NEEDS_CSUM,
        csum_start: 20,
        csum_offset: 2,
        ..VnetHdr::default()
    };
    let sent = segment(&vnet, &packet, 1500);
    let sum = !(0x0800u16 + 0x0102 + 0x0304);
    packet[22..24].copy_from_slice(&sum.to_be_bytes());
    assert_eq!(sent, [packet]);
}

#[test]
fn a_checksum_within_an_extension_header_is_refused() {
    // IPv6, a routing header, then a protocol that is not known here: completing a "checksum" at the routing header's first bytes
    // would change what follows it.
    let mut packet = Spec::udp(V6.0, V6.1).complete();
    packet.truncate(48);
    packet[4..6].copy_from_slice(&8u16.to_be_bytes());
    packet[6] = 43;
    packet[40..].copy_from_slice(&[132, 0, 2, 0, 0, 0x40, 0x9c, 0x1d]);
    let vnet = |csum_start, csum_offset| VnetHdr {
        flags: F_NEEDS_CSUM,
        csum_start,
        csum_offset,
        ..VnetHdr::default()
    };
    assert!(IpPacket::parse(&packet).is_ok());
    assert_eq!(
        try_segment(&vnet(40, 0), &packet, 1280),
        Err(SegmentError::Malformed)
    );
    assert!(try_segment(&vnet(40, 4), &packet, 1280).is_ok());
}

#[test]
fn lies_are_refused() {
    let spec = Spec {
        payload: vec![1; 4000],
        ..Spec::tcp(V4.0, V4.1)
    };
    let (vnet, packet) = spec.frame(GSO_TCPV4, 1448);
    let lies = [
        VnetHdr {
            gso_size: 0,
            ..vnet
        },
        VnetHdr {
            gso_type: GSO_TCPV6,
            ..vnet
        },
        VnetHdr {
            gso_type: GSO_UDP_L4,
            ..vnet
        },
        VnetHdr {
            gso_type: 3,
            ..vnet
        },
        VnetHdr {
            gso_type: 0,
            csum_start: 4051,
            ..vnet
        },
    ];
    for lie in lies {
        assert_eq!(
            try_segment(&lie, &packet, 65_535),
            Err(SegmentError::Malformed),
            "{lie:?}"
        );
    }
    assert_eq!(
        try_segment(
            &VnetHdr {
                hdr_len: 9999,
                ..vnet
            },
            &packet,
            65_535
        )
        .map(|list| list.len()),
        Ok(3)
    );
}

fn try_segment(vnet: &VnetHdr, packet: &[u8], max: usize) -> Result<Vec<Vec<u8>>, SegmentError> {
    let ip = IpPacket::parse(packet).map_err(|_| SegmentError::Malformed)?;
    let mut out = Vec::new();
    Segmenter::new().segment(vnet, &ip, BytesMut::from(packet), max, |payload| {
        out.push(payload.to_vec())
    })?;
    Ok(out)
}

#[test]
fn payloads_stay_intact_while_their_buffer_is_held() {
    let mut segmenter = Segmenter::new();
    let mut held = Vec::new();
    for round in 0..100u8 {
        let spec = Spec {
            payload: vec![round; 50_000],
            ..Spec::tcp(V4.0, V4.1)
        };
        let (vnet, packet) = spec.frame(GSO_TCPV4, 1348);
        let ip = IpPacket::parse(&packet).unwrap();
        let packet = BytesMut::from(&packet[..]);
        segmenter
            .segment(&vnet, &ip, packet, 1400, |payload| {
                held.push((round, payload))
            })
            .unwrap();
        if round % 3 == 0 {
            held.drain(..held.len() / 2);
        }
    }
    assert!(
        held.iter()
            .all(|(round, payload)| payload[52..].iter().all(|byte| byte == round))
    );
}

proptest! {
    #[test]
    fn every_shape_of_super_packet(
        v6 in any::<bool>(), tcp in any::<bool>(), size in 1usize..1500, length in 1usize..20_000,
        flags in any::<u8>(), id in any::<u16>(), sequence in any::<u32>(), options in 0usize..=10, tos in any::<u8>(),
    ) {
        let addresses = if v6 { V6 } else { V4 };
        let spec = if tcp { Spec::tcp(addresses.0, addresses.1) } else { Spec::udp(addresses.0, addresses.1) };
        let tcp_options = if tcp { vec![1; options * 4] } else { Vec::new() };
        let flags = if tcp { flags } else { 0 };
        let payload = (0..length).map(|i| (i * 7) as u8).collect();
        let spec = Spec { flags, id, sequence, tcp_options, tos, payload, ..spec };
        check(&spec, if !tcp { GSO_UDP_L4 } else if v6 { GSO_TCPV6 } else { GSO_TCPV4 }, size);
    }

    #[test]
    fn hostile_frames_never_panic(frame in proptest::collection::vec(any::<u8>(), 0..200), max in 0usize..300) {
        if let Some(vnet) = VnetHdr::parse(&frame) {
            let _ = try_segment(&vnet, &frame[10..], max);
        }
    }

    #[test]
    fn lying_headers_never_panic(
        v6 in any::<bool>(), tcp in any::<bool>(), vnet in any::<[u8; 10]>(), gso in 0u8..6, length in 0usize..300,
        at in 0usize..80, byte in any::<u8>(), max in 0usize..300,
    ) {
        let addresses = if v6 { V6 } else { V4 };
        let spec = if tcp { Spec::tcp(addresses.0, addresses.1) } else { Spec::udp(addresses.0, addresses.1) };
        let mut packet = Spec { payload: vec![0; length], ..spec }.complete();
        if let Some(slot) = packet.get_mut(at) {
            *slot = byte;
        }
        let vnet = VnetHdr { gso_type: gso, ..VnetHdr::parse(&vnet).unwrap() };
        if let Ok(list) = try_segment(&vnet, &packet, max) {
            prop_assert!(list.iter().all(|payload| payload.len() <= max && IpPacket::parse_wire(payload).is_ok()));
        }
    }
}
