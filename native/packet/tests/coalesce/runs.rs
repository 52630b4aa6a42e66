//! What becomes one super-packet, and what ends it.

use meshd_packet::VnetHdr;
use meshd_packet::vnet::{F_NEEDS_CSUM, GSO_ECN, GSO_NONE, GSO_TCPV4, GSO_TCPV6, GSO_UDP_L4};

use crate::packets::*;
use crate::{V4, V6, header, stream};

/// How many packets each frame stands for.
fn packets_in(frames: &[Vec<u8>]) -> Vec<usize> {
    frames.iter().map(|frame| unpacked(frame).len()).collect()
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
    assert_eq!(packets_in(&frames), [64, 1]);
    let frames = coalesce(
        true,
        stream(Spec::tcp(V4.0, V4.1), 129, 1)
            .iter()
            .map(Spec::marked),
    );
    assert_eq!(packets_in(&frames), [128, 1]);
    let frames = coalesce(
        true,
        stream(Spec::tcp(V4.0, V4.1), 70 * 1348, 1348)
            .iter()
            .map(Spec::marked),
    );
    assert_eq!(packets_in(&frames), [48, 22]);
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
        assert_eq!(packets_in(&frames), [3, 3]);
    }
    let mut short = segments[2].clone();
    short.payload.truncate(99);
    let frames = coalesce(
        true,
        [&segments[0], &segments[1], &short, &segments[3]].map(Spec::marked),
    );
    assert_eq!(packets_in(&frames), [3, 1]);
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
