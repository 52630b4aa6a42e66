//! Any traffic, hostile bytes among it.

use bytes::Bytes;
use meshd_packet::vnet::{GSO_TCPV4, GSO_TCPV6, GSO_UDP_L4};
use meshd_packet::{Coalescer, IpPacket};
use proptest::prelude::*;

use crate::packets::*;
use crate::{V4, V6, header};

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
