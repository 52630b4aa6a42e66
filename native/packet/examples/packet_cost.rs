//! What the per-packet code costs: `cargo run --release -p meshd-packet --example packet_cost`.
//!
//! Prints nanoseconds per packet, the best of several rounds. Figures of one run compare with each
//! other only.

use bytes::{Bytes, BytesMut};
use meshd_packet::vnet::{F_NEEDS_CSUM, GSO_TCPV4, GSO_TCPV6};
use meshd_packet::{
    BufferPool, Coalescer, Filter, IpPacket, MAX_PACKET_BYTES, Mode, RouteTable, Segmenter,
    VnetHdr, checksum,
};
use std::hint::black_box;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::Instant;

const MSS: usize = 1348;
const SEGMENTS: usize = 48;
const ROUNDS: usize = 15;
const REPEATS: usize = 2_000;

fn measure(name: &str, packets_per_call: usize, mut call: impl FnMut()) {
    let mut best = f64::MAX;
    for _ in 0..ROUNDS {
        let start = Instant::now();
        for _ in 0..REPEATS {
            call();
        }
        best = best.min(start.elapsed().as_nanos() as f64 / (REPEATS * packets_per_call) as f64);
    }
    println!("{name:<44} {best:8.1} ns/packet");
}

/// A super-packet of one flow, its checksum partial.
fn super_packet(v6: bool, port: u16) -> (VnetHdr, Vec<u8>) {
    let payload = MSS * SEGMENTS;
    let (transport, gso_type) = if v6 { (40, GSO_TCPV6) } else { (20, GSO_TCPV4) };
    let mut packet = vec![0; transport + 32 + payload];
    let length = packet.len();
    if v6 {
        packet[0] = 0x60;
        packet[4..6].copy_from_slice(&((length - 40) as u16).to_be_bytes());
        packet[6..8].copy_from_slice(&[6, 64]);
        packet[8..24].copy_from_slice(&Ipv6Addr::new(0xfd00, 0, 0, 0, 0, 0, 0, 1).octets());
        packet[24..40].copy_from_slice(&Ipv6Addr::new(0xfd00, 0, 0, 0, 0, 0, 0, 2).octets());
    } else {
        packet[0] = 0x45;
        packet[2..4].copy_from_slice(&(length as u16).to_be_bytes());
        packet[6] = 0x40;
        packet[8..10].copy_from_slice(&[64, 6]);
        packet[12..16].copy_from_slice(&[100, 64, 0, 1]);
        packet[16..20].copy_from_slice(&[100, 64, 0, 2]);
    }
    let tcp = &mut packet[transport..];
    tcp[..2].copy_from_slice(&port.to_be_bytes());
    tcp[12] = 0x80;
    tcp[13] = 0x10;
    tcp[20..24].copy_from_slice(&[1, 1, 8, 10]);
    let vnet = VnetHdr {
        flags: F_NEEDS_CSUM,
        gso_type,
        hdr_len: (transport + 32) as u16,
        gso_size: MSS as u16,
        csum_start: transport as u16,
        csum_offset: 16,
    };
    (vnet, packet)
}

fn wire(v6: bool, port: u16) -> Vec<Bytes> {
    let (vnet, packet) = super_packet(v6, port);
    let ip = IpPacket::parse(&packet).expect("well-formed");
    let mut out = Vec::new();
    let sent =
        Segmenter::new().segment(&vnet, &ip, BytesMut::from(&packet[..]), 65_535, |payload| {
            out.push(payload)
        });
    assert_eq!(sent, Ok(SEGMENTS));
    out
}

/// The same packet with its checksum made whole.
fn completed(payload: &Bytes) -> Bytes {
    let ip = IpPacket::parse_wire(payload).expect("well-formed");
    let at = usize::from(ip.l4_offset.expect("TCP"));
    let mut packet = payload.to_vec();
    packet[0] &= 0x7f;
    let sum = !checksum::sum(&packet[at..], 0);
    packet[at + 16..at + 18].copy_from_slice(&sum.to_be_bytes());
    packet.into()
}

fn segmenting(v6: bool) {
    let (vnet, packet) = super_packet(v6, 1);
    let mut segmenter = Segmenter::new();
    let mut pool = BufferPool::new(MAX_PACKET_BYTES + 100, 4);
    let mut queue = Vec::with_capacity(SEGMENTS);
    let name = if v6 {
        "segment IPv6 (with a copy in, as from a TUN)"
    } else {
        "segment IPv4 (with a copy in, as from a TUN)"
    };
    measure(name, SEGMENTS, || {
        let mut buffer = pool.take();
        buffer.extend_from_slice(&packet);
        let frame = buffer.split();
        pool.give(buffer);
        let ip = IpPacket::parse(&frame).expect("well-formed");
        let _ = segmenter.segment(&vnet, &ip, frame, 65_535, |payload| queue.push(payload));
        black_box(&mut queue).clear();
    });
}

fn coalescing(name: &str, payloads: &[Bytes]) {
    let mut coalescer = Coalescer::new(true);
    measure(name, payloads.len(), || {
        let mut write = |parts: &[std::io::IoSlice<'_>]| {
            black_box(parts);
        };
        for payload in payloads {
            let ip = IpPacket::parse_wire(payload).expect("well-formed");
            coalescer.push(payload.clone(), &ip, &mut write);
        }
        coalescer.flush(&mut write);
    });
}

fn main() {
    let (_, packet) = super_packet(false, 1);
    measure("copy of a super-packet's share (floor)", SEGMENTS, {
        let mut target = vec![0; packet.len()];
        let packet = packet.clone();
        move || {
            target.copy_from_slice(black_box(&packet));
            black_box(&mut target);
        }
    });
    segmenting(false);
    segmenting(true);

    let (v4, v6) = (wire(false, 1), wire(true, 1));
    measure("clone and drop of Bytes (floor)", v4.len(), || {
        for payload in &v4 {
            black_box(payload.clone());
        }
    });
    coalescing("coalesce IPv4, one flow, partial", &v4);
    coalescing("coalesce IPv6, one flow, partial", &v6);
    coalescing(
        "coalesce IPv4, one flow, complete checksums",
        &v4.iter().map(completed).collect::<Vec<_>>(),
    );
    let flows: Vec<Vec<Bytes>> = (0..8).map(|port| wire(false, port)).collect();
    let interleaved: Vec<Bytes> = (0..SEGMENTS)
        .flat_map(|i| flows.iter().map(move |flow| flow[i].clone()))
        .collect();
    coalescing("coalesce IPv4, eight flows interleaved", &interleaved);

    let first = v4[0].clone();
    measure("parse a wire payload, IPv4", 1, || {
        black_box(IpPacket::parse_wire(black_box(&first)).is_ok());
    });
    let first = v6[0].clone();
    measure("parse a wire payload, IPv6", 1, || {
        black_box(IpPacket::parse_wire(black_box(&first)).is_ok());
    });
    measure("checksum of 1,400 bytes", 1, || {
        black_box(checksum::sum(black_box(&packet[..1400]), 0));
    });

    let mut routes = RouteTable::new();
    for number in 0..4096u32 {
        let host = |bits: u32| IpAddr::V4(Ipv4Addr::from_bits(bits));
        routes.insert(
            meshd_packet::Prefix::new(host(0x6440_0000 + number), 32).expect("a host"),
            number,
        );
        routes.insert(
            meshd_packet::Prefix::new(host(0x0a00_0000 + (number << 8)), 24).expect("a network"),
            number,
        );
    }
    let mut number = 0;
    measure("route lookup, /32 of 4,096", 1, || {
        number = (number + 1) & 4095;
        black_box(routes.lookup(Ipv4Addr::from_bits(0x6440_0000 + number).into()));
    });
    measure("route lookup, /24 behind them", 1, || {
        number = (number + 1) & 4095;
        black_box(routes.lookup(Ipv4Addr::from_bits(0x0a00_0001 + (number << 8)).into()));
    });

    let mut filter = Filter::new(Mode::ShieldsUp, 0x5eed);
    let sent: Vec<u8> = packet.clone();
    let ip = IpPacket::parse(&sent).expect("well-formed");
    filter.outbound(&ip, &sent, 0);
    let answer_ip = IpPacket {
        src: ip.dst,
        dst: ip.src,
        ports: ip.ports.map(|(src, dst)| (dst, src)),
        ..ip
    };
    measure("filter, answer of a known flow", 1, || {
        assert!(filter.inbound(black_box(&answer_ip), &sent, 1));
    });
}
