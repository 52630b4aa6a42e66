//! Wire payloads become TUN frames that stand for the same packets, in the same order within each
//! flow.

mod packets;

use bytes::Bytes;
use meshd_packet::vnet::{F_NEEDS_CSUM, GSO_ECN, GSO_NONE, GSO_TCPV4, GSO_TCPV6, GSO_UDP_L4};
use meshd_packet::{Coalescer, IpPacket, VnetHdr};
use packets::*;
use proptest::prelude::*;
use std::collections::HashMap;

const V4: (&str, &str) = ("100.64.0.1", "100.64.0.2");
const V6: (&str, &str) = ("fd00::1", "fd00::2");

fn header(frame: &[u8]) -> VnetHdr {
    VnetHdr::parse(frame).unwrap()
}

fn stream(spec: Spec, total: usize, size: usize) -> Vec<Spec> {
    Spec {
        payload: (0..total).map(|i| (i / 3) as u8).collect(),
        ..spec
    }
    .segments(size)
}

#[test]
fn a_stream_becomes_one_super_packet() {
    for (spec, kind) in [
        (Spec::tcp(V4.0, V4.1), GSO_TCPV4),
        (Spec::tcp(V6.0, V6.1), GSO_TCPV6),
    ] {
        let segments = stream(
            Spec {
                flags: ACK | PSH | CWR,
                ..spec
            },
            5000,
            1348,
        );
        let frames = coalesce(true, segments.iter().map(Spec::marked));
        assert_eq!(frames.len(), 1);
        let vnet = header(&frames[0]);
        assert_eq!(
            (vnet.gso_type, vnet.gso_size, vnet.flags),
            (kind | GSO_ECN, 1348, F_NEEDS_CSUM)
        );
        assert_eq!(usize::from(vnet.csum_start), segments[0].transport());
        assert_eq!(usize::from(vnet.hdr_len), segments[0].header_len());
        assert_eq!(
            unpacked(&frames[0]),
            segments.iter().map(Spec::complete).collect::<Vec<_>>()
        );
    }
}

#[test]
fn the_super_packet_is_what_the_sending_kernel_made() {
    let spec = Spec {
        payload: vec![3; 4000],
        flags: ACK | FIN,
        ..Spec::tcp(V6.0, V6.1)
    };
    let (vnet, packet) = spec.frame(GSO_TCPV6, 1000);
    let frames = coalesce(
        true,
        segment(&vnet, &packet, 1500)
            .iter()
            .map(|payload| payload.to_vec()),
    );
    let made = VnetHdr {
        hdr_len: spec.header_len() as u16,
        ..vnet
    };
    assert_eq!(frames, [[&made.encode()[..], &packet].concat()]);
}

#[test]
fn udp_is_merged_only_where_the_tun_takes_it() {
    for addresses in [V4, V6] {
        let segments = stream(Spec::udp(addresses.0, addresses.1), 65 * 1200, 1200);
        let frames = coalesce(true, segments.iter().map(Spec::marked));
        let kinds: Vec<_> = frames.iter().map(|frame| header(frame).gso_type).collect();
        assert_eq!(kinds, [GSO_UDP_L4, GSO_UDP_L4]);
        assert_eq!(
            frames
                .iter()
                .flat_map(|f| unpacked(f))
                .collect::<Vec<_>>()
                .len(),
            65
        );
        assert_eq!(coalesce(false, segments.iter().map(Spec::marked)).len(), 65);
    }
}

#[test]
fn at_most_64_datagrams_and_64_kilobytes() {
    let frames = coalesce(
        true,
        stream(Spec::udp(V4.0, V4.1), 65, 1)
            .iter()
            .map(Spec::marked),
    );
    assert_eq!(
        frames
            .iter()
            .map(|frame| unpacked(frame).len())
            .collect::<Vec<_>>(),
        [64, 1]
    );
    let frames = coalesce(
        true,
        stream(Spec::tcp(V4.0, V4.1), 129, 1)
            .iter()
            .map(Spec::marked),
    );
    assert_eq!(
        frames
            .iter()
            .map(|frame| unpacked(frame).len())
            .collect::<Vec<_>>(),
        [128, 1]
    );
    let frames = coalesce(
        true,
        stream(Spec::tcp(V4.0, V4.1), 70 * 1348, 1348)
            .iter()
            .map(Spec::marked),
    );
    assert_eq!(
        frames
            .iter()
            .map(|frame| unpacked(frame).len())
            .collect::<Vec<_>>(),
        [48, 22]
    );
}

/// What keeps the second of two otherwise fitting segments out of the first one's run.
#[test]
fn differences_break_a_run() {
    for addresses in [V4, V6] {
        let pair = stream(Spec::tcp(addresses.0, addresses.1), 200, 100);
        let (first, second) = (&pair[0], &pair[1]);
        assert_eq!(coalesce(true, [first.marked(), second.marked()]).len(), 1);
        let mut others = vec![
            Spec {
                tos: 1,
                ..second.clone()
            },
            Spec {
                ttl: 63,
                ..second.clone()
            },
            Spec {
                sequence: second.sequence.wrapping_add(1),
                ..second.clone()
            },
            Spec {
                sequence: first.sequence,
                ..second.clone()
            },
            Spec {
                acknowledgement: 78,
                ..second.clone()
            },
            Spec {
                window: 502,
                ..second.clone()
            },
            Spec {
                flags: ACK | ECE,
                ..second.clone()
            },
            Spec {
                flags: ACK | CWR,
                ..second.clone()
            },
            Spec {
                flags: ACK | URG,
                ..second.clone()
            },
            Spec {
                flags: ACK | RST,
                ..second.clone()
            },
            Spec {
                flags: ACK | SYN,
                ..second.clone()
            },
            Spec {
                flags: PSH,
                ..second.clone()
            },
            Spec {
                tcp_options: vec![1, 1, 8, 10, 0, 0, 0, 10, 0, 0, 0, 8],
                ..second.clone()
            },
            Spec {
                tcp_options: Vec::new(),
                ..second.clone()
            },
            Spec {
                payload: vec![0; 101],
                ..second.clone()
            },
            Spec {
                payload: Vec::new(),
                ..second.clone()
            },
        ];
        if first.src.is_ipv4() {
            others.push(Spec {
                dont_fragment: false,
                ..second.clone()
            });
            others.push(Spec {
                id: second.id.wrapping_add(1),
                ..second.clone()
            });
            others.push(Spec {
                ip_options: vec![1; 4],
                ..second.clone()
            });
        }
        for other in others {
            let frames = coalesce(true, [first.marked(), other.marked()]);
            assert_eq!(frames.len(), 2, "{other:?}");
            assert_eq!(unpacked(&frames[0]), [first.complete()]);
            assert_eq!(unpacked(&frames[1]), [other.complete()]);
            assert!(
                frames
                    .iter()
                    .all(|frame| header(frame).gso_type == GSO_NONE)
            );
        }
    }
}

#[test]
fn a_fixed_identification_is_fine_with_dont_fragment_only() {
    for (dont_fragment, frames) in [(true, 1), (false, 3)] {
        let spec = Spec {
            dont_fragment,
            ..Spec::tcp(V4.0, V4.1)
        };
        let segments = stream(spec, 300, 100)
            .into_iter()
            .map(|segment| Spec { id: 0, ..segment });
        assert_eq!(
            coalesce(true, segments.map(|segment| segment.marked())).len(),
            frames
        );
    }
}

#[test]
fn push_fin_and_a_short_segment_end_a_run() {
    let segments = stream(Spec::tcp(V4.0, V4.1), 600, 100);
    for flag in [PSH, FIN] {
        let mut segments = segments.clone();
        segments[2].flags |= flag;
        let frames = coalesce(true, segments.iter().map(Spec::marked));
        assert_eq!(
            frames
                .iter()
                .map(|frame| unpacked(frame).len())
                .collect::<Vec<_>>(),
            [3, 3]
        );
    }
    let mut short = segments[2].clone();
    short.payload.truncate(99);
    let frames = coalesce(
        true,
        [&segments[0], &segments[1], &short, &segments[3]].map(Spec::marked),
    );
    assert_eq!(
        frames
            .iter()
            .map(|frame| unpacked(frame).len())
            .collect::<Vec<_>>(),
        [3, 1]
    );
}

#[test]
fn an_acknowledgement_does_not_overtake_its_flow_nor_hold_up_others() {
    let segments = stream(Spec::tcp(V4.0, V4.1), 300, 100);
    let other = stream(
        Spec {
            ports: (1, 2),
            ..Spec::tcp(V4.0, V4.1)
        },
        300,
        100,
    );
    let ack = Spec {
        payload: Vec::new(),
        sequence: segments[2].sequence,
        ..segments[0].clone()
    };
    let order = [
        &segments[0],
        &other[0],
        &segments[1],
        &other[1],
        &ack,
        &segments[2],
        &other[2],
    ];
    let frames = coalesce(true, order.map(Spec::marked));
    let counts: Vec<_> = frames
        .iter()
        .map(|frame| (unpacked(frame).len(), frame.len() - 10))
        .collect();
    assert_eq!(counts, [(2, 252), (1, 52), (3, 352), (1, 152)]);
}

#[test]
fn complete_checksums_are_verified_before_merging() {
    let segments = stream(Spec::tcp(V6.0, V6.1), 400, 100);
    let mut payloads: Vec<Vec<u8>> = segments.iter().map(Spec::complete).collect();
    assert_eq!(coalesce(true, payloads.clone()).len(), 1);
    // Mixed with partial ones.
    payloads[1] = segments[1].marked();
    assert_eq!(coalesce(true, payloads.clone()).len(), 1);
    for bad in 0..4 {
        let mut payloads = payloads.clone();
        payloads[bad] = segments[bad].complete();
        payloads[bad][90] ^= 1;
        let frames = coalesce(true, payloads.clone());
        let got: Vec<Vec<u8>> = frames.iter().flat_map(|frame| unpacked(frame)).collect();
        assert_eq!(
            got,
            payloads
                .iter()
                .map(|payload| completed(payload))
                .collect::<Vec<_>>()
        );
        let alone = frames
            .iter()
            .find(|frame| frame[10..] == payloads[bad][..])
            .unwrap();
        assert_eq!(header(alone), VnetHdr::default());
    }
}

#[test]
fn a_bad_ipv4_header_stays_bad() {
    let segments = stream(Spec::tcp(V4.0, V4.1), 300, 100);
    for bad in 0..3 {
        let mut payloads: Vec<Vec<u8>> = segments.iter().map(Spec::marked).collect();
        payloads[bad][10] ^= 0x55;
        let frames = coalesce(true, payloads.clone());
        let got: Vec<Vec<u8>> = frames.iter().flat_map(|frame| unpacked(frame)).collect();
        assert_eq!(
            got,
            payloads
                .iter()
                .map(|payload| completed(payload))
                .collect::<Vec<_>>()
        );
    }
}

#[test]
fn datagrams_without_checksum_stay_without() {
    let segments = stream(Spec::udp(V4.0, V4.1), 300, 100);
    let payloads: Vec<Vec<u8>> = segments
        .iter()
        .map(|segment| {
            let mut packet = segment.complete();
            packet[26..28].fill(0);
            packet
        })
        .collect();
    let frames = coalesce(true, payloads.clone());
    assert_eq!(
        frames
            .iter()
            .map(|frame| frame[10..].to_vec())
            .collect::<Vec<_>>(),
        payloads
    );
}

#[test]
fn fragments_and_other_protocols_pass_unchanged() {
    let segments = stream(Spec::udp(V4.0, V4.1), 200, 100);
    let mut fragment = segments[0].complete();
    fragment[6] = 0;
    fragment[7] = 9;
    let mut icmp = segments[0].complete();
    icmp[9] = 1;
    let payloads = [
        segments[0].marked(),
        icmp.clone(),
        fragment.clone(),
        segments[1].marked(),
    ];
    let frames = coalesce(true, payloads);
    assert_eq!(frames.len(), 4);
    assert_eq!(frames[0][10..], icmp);
    assert_eq!(frames[2][10..], fragment);
    assert_eq!(header(&frames[2]), VnetHdr::default());
}

#[test]
fn more_flows_than_places_lose_nothing() {
    let flows: Vec<Vec<Spec>> = (0..100)
        .map(|port| {
            stream(
                Spec {
                    ports: (port, 80),
                    ..Spec::tcp(V4.0, V4.1)
                },
                400,
                100,
            )
        })
        .collect();
    let payloads = (0..4).flat_map(|index| flows.iter().map(move |flow| flow[index].marked()));
    let mut got: HashMap<u16, Vec<Vec<u8>>> = HashMap::new();
    for packet in coalesce(true, payloads)
        .iter()
        .flat_map(|frame| unpacked(frame))
    {
        got.entry(u16::from_be_bytes([packet[20], packet[21]]))
            .or_default()
            .push(packet);
    }
    for (port, flow) in flows.iter().enumerate() {
        assert_eq!(
            got[&(port as u16)],
            flow.iter().map(Spec::complete).collect::<Vec<_>>()
        );
    }
}

/// One step of a conversation: which flow, how much, and what is odd about it.
fn step() -> impl Strategy<Value = (usize, usize, u8, u8, bool)> {
    (
        0usize..4,
        prop_oneof![Just(0usize), Just(50), Just(100)],
        0u8..24,
        prop_oneof![Just(ACK), any::<u8>()],
        any::<bool>(),
    )
}

proptest! {
    #[test]
    fn any_conversation_comes_out_as_it_went_in(steps in proptest::collection::vec(step(), 1..80)) {
        let mut flows = [
            Spec::tcp(V4.0, V4.1), Spec::tcp(V6.0, V6.1), Spec::udp(V4.0, V4.1), Spec::udp(V6.0, V6.1),
        ];
        let mut sent: [Vec<Vec<u8>>; 4] = Default::default();
        let mut payloads = Vec::new();
        for (flow, length, oddity, flags, complete) in steps {
            let spec = &mut flows[flow];
            spec.payload = (0..length).map(|i| i as u8 ^ oddity).collect();
            if spec.tcp { spec.flags = flags; }
            match oddity {
                0 => spec.tos ^= 2,
                1 => spec.acknowledgement += 1,
                2 => spec.sequence = spec.sequence.wrapping_add(1),
                3 => spec.id = spec.id.wrapping_add(1),
                _ => {}
            }
            let mut payload = if complete { spec.complete() } else { spec.marked() };
            if oddity == 4 {
                *payload.last_mut().unwrap() ^= 0x10;
            }
            sent[flow].push(completed(&payload));
            payloads.push(payload);
            spec.sequence = spec.sequence.wrapping_add(length as u32);
            spec.id = spec.id.wrapping_add(1);
        }
        let mut got: [Vec<Vec<u8>>; 4] = Default::default();
        for packet in coalesce(true, payloads).iter().flat_map(|frame| unpacked(frame)) {
            let (v6, udp) = if packet[0] >> 4 == 6 { (true, packet[6] == 17) } else { (false, packet[9] == 17) };
            got[usize::from(udp) * 2 + usize::from(v6)].push(packet);
        }
        prop_assert_eq!(got, sent);
    }

    #[test]
    fn super_packets_survive_the_wire(
        v6 in any::<bool>(), tcp in any::<bool>(), size in 20usize..1400, length in 1usize..30_000,
        flags in any::<u8>(), sequence in any::<u32>(),
    ) {
        let addresses = if v6 { V6 } else { V4 };
        let spec = if tcp { Spec::tcp(addresses.0, addresses.1) } else { Spec::udp(addresses.0, addresses.1) };
        let flags = if tcp { flags } else { 0 };
        let spec = Spec { flags, sequence, payload: (0..length).map(|i| i as u8).collect(), ..spec };
        let kind = if !tcp { GSO_UDP_L4 } else if v6 { GSO_TCPV6 } else { GSO_TCPV4 };
        let (vnet, packet) = spec.frame(kind, size as u16);
        let wire = segment(&vnet, &packet, 65_535);
        let frames = coalesce(true, wire.iter().map(|payload| payload.to_vec()));
        let again: Vec<Bytes> =
            frames.iter().flat_map(|frame| segment(&header(frame), &frame[10..], 65_535)).collect();
        prop_assert_eq!(again, wire);
    }

    #[test]
    fn hostile_payloads_never_panic(payloads in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..120), 1..10)) {
        let mut coalescer = Coalescer::new(true);
        for payload in payloads {
            if let Ok(ip) = IpPacket::parse_wire(&payload) {
                coalescer.push(payload.into(), &ip, &mut |_| {});
            }
        }
        coalescer.flush(&mut |_| {});
    }
}
