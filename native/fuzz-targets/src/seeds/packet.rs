//! What a TUN delivers, and what peers send through the mesh.

use super::with_length;
use crate::packets::Spec;

pub(super) const V4: (&str, &str) = ("100.64.0.1", "100.64.0.2");

const V6: (&str, &str) = ("fd00::1", "fd00::2");

fn specs() -> Vec<Spec> {
    [V4, V6]
        .into_iter()
        .flat_map(|(from, to)| [Spec::tcp(from, to), Spec::udp(from, to)])
        .collect()
}

/// virtio-net header and packet, one for each kind of segmentation.
pub fn frames() -> Vec<Vec<u8>> {
    let mut frames = Vec::new();
    for spec in specs() {
        let payload = vec![7; 900];
        for kind in [0, 1, 3, 4, 5] {
            let payload = payload.clone();
            let (vnet, packet) = Spec {
                payload,
                ..spec.clone()
            }
            .frame(kind, 300);
            frames.push([&vnet.encode()[..], &packet].concat());
        }
        let flags = crate::packets::SYN;
        let tcp_options = vec![2, 4, 5, 180, 1, 1, 4, 2];
        let (vnet, packet) = Spec {
            flags,
            tcp_options,
            ..spec
        }
        .frame(0, 0);
        frames.push([&vnet.encode()[..], &packet].concat());
    }
    frames
}

/// What a peer sends: segments that belong together, each after its length.
pub fn payloads() -> Vec<Vec<u8>> {
    let mut inputs = Vec::new();
    for spec in specs() {
        let payload = vec![7; 900];
        let segments = Spec { payload, ..spec }.segments(300);
        inputs.push(
            segments
                .iter()
                .flat_map(|s| with_length(&s.marked()))
                .collect(),
        );
        inputs.push(
            segments
                .iter()
                .flat_map(|s| with_length(&s.complete()))
                .collect(),
        );
    }
    inputs
}

/// A flow and its answer, an ICMP error about it, and fragments: which way, length, packet.
pub fn conversation() -> Vec<Vec<u8>> {
    let turn = |way: u8, packet: &[u8]| [&[way][..], &with_length(packet)].concat();
    let mut inputs = Vec::new();
    for ((from, to), tcp) in [(V4, true), (V4, false), (V6, true), (V6, false)] {
        let of = |from, to| {
            if tcp {
                Spec::tcp(from, to)
            } else {
                Spec::udp(from, to)
            }
        };
        let there = of(from, to);
        let mut back = of(to, from);
        back.ports = (there.ports.1, there.ports.0);
        let (there, back) = (there.complete(), back.complete());
        inputs.push([turn(0, &there), turn(1, &back)].concat());
        inputs.push(
            [
                turn(1, &back),
                turn(0, &there),
                turn(1, &icmp_error(&there)),
            ]
            .concat(),
        );
    }
    let mut fragment = Spec::udp(V4.1, V4.0).complete();
    fragment[6] = 0x20;
    inputs.push(turn(1, &fragment));
    // Hop-by-hop, destination options and fragment header before UDP (RFC 8200 §4).
    let udp = Spec::udp(V6.1, V6.0).complete();
    let extensions = [
        60, 0, 1, 4, 0, 0, 0, 0, //
        44, 0, 1, 4, 0, 0, 0, 0, //
        17, 0, 0, 1, 0, 0, 0, 9,
    ];
    let mut packet = [&udp[..40], &extensions, &udp[40..]].concat();
    packet[6] = 0;
    let length = (packet.len() - 40) as u16;
    packet[4..6].copy_from_slice(&length.to_be_bytes());
    inputs.push(turn(1, &packet));
    inputs
}

/// Destination unreachable, from the other side, about a packet (RFC 792; RFC 4443 §3.1). Checksums are not looked at by the filter.
fn icmp_error(about: &[u8]) -> Vec<u8> {
    let v4 = about[0] >> 4 == 4;
    let body = [&[if v4 { 3 } else { 1 }, 4, 0, 0, 0, 0, 0, 0][..], about].concat();
    let mut packet = if v4 {
        about[..20].to_vec()
    } else {
        about[..40].to_vec()
    };
    let (source, destination) = if v4 {
        (12..16, 16..20)
    } else {
        (8..24, 24..40)
    };
    packet[source.clone()].copy_from_slice(&about[destination.clone()]);
    packet[destination].copy_from_slice(&about[source]);
    if v4 {
        packet[9] = 1;
        let length = (20 + body.len()) as u16;
        packet[2..4].copy_from_slice(&length.to_be_bytes());
    } else {
        packet[6] = 58;
        packet[4..6].copy_from_slice(&(body.len() as u16).to_be_bytes());
    }
    packet.extend(body);
    packet
}
