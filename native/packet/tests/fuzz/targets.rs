//! Entry points for a fuzzer: any bytes in, no panic, and what must hold asserted.

use bytes::{Bytes, BytesMut};
use meshd_packet::clamp::{clamp_mss, packet_too_big};
use meshd_packet::vnet::VNET_HDR_BYTES;
use meshd_packet::{Coalescer, Filter, IpPacket, MAX_PACKET_BYTES, Mode, Segmenter, VnetHdr};

/// Everything that is done to what a TUN delivers.
pub fn outbound(frame: &[u8]) {
    let Some(vnet) = VnetHdr::parse(frame) else {
        return;
    };
    let mut packet = BytesMut::from(&frame[VNET_HDR_BYTES..]);
    let Ok(ip) = IpPacket::parse(&packet) else {
        return;
    };
    Filter::new(Mode::ShieldsUp, 1).outbound(&ip, &packet, 1);
    clamp_mss(&mut packet, &ip, 1280, vnet.needs_checksum());
    if let Some(error) = packet_too_big(&packet, &ip, 1280) {
        IpPacket::parse(&error).expect("a well-formed error");
    }
    for max in [1280, MAX_PACKET_BYTES] {
        let mut count = 0;
        let sent = Segmenter::new().segment(&vnet, &ip, packet.clone(), max, |payload| {
            assert!(payload.len() <= max);
            let sent = IpPacket::parse_wire(&payload).expect("well-formed payloads");
            assert_eq!(
                (sent.src, sent.dst, sent.protocol, sent.ports),
                (ip.src, ip.dst, ip.protocol, ip.ports)
            );
            count += 1;
        });
        assert_eq!(sent.unwrap_or(0), count);
    }
}

/// Everything that is done to what a peer sends; each payload is preceded by its length as two
/// bytes.
pub fn inbound(mut payloads: &[u8]) {
    let mut coalescer = Coalescer::new(true);
    let mut filter = Filter::new(Mode::ShieldsUp, 1);
    let (mut taken, mut given) = (0, 0);
    let mut write = |parts: &[std::io::IoSlice<'_>]| {
        let frame: Vec<u8> = parts.iter().flat_map(|part| part.to_vec()).collect();
        let vnet = VnetHdr::parse(&frame).expect("a header");
        let packet = BytesMut::from(&frame[VNET_HDR_BYTES..]);
        let ip = IpPacket::parse(&packet).expect("a well-formed packet");
        given += Segmenter::new()
            .segment(&vnet, &ip, packet, MAX_PACKET_BYTES, |_| {})
            .expect("a true header");
    };
    while let [high, low, rest @ ..] = payloads {
        let length = usize::from(u16::from_be_bytes([*high, *low])).min(rest.len());
        let (payload, later) = rest.split_at(length);
        payloads = later;
        if let Ok(ip) = IpPacket::parse_wire(payload) {
            assert!(!filter.inbound(&ip, payload, 1), "nothing was asked for");
            coalescer.push(Bytes::copy_from_slice(payload), &ip, &mut write);
            taken += 1;
        }
    }
    coalescer.flush(&mut write);
    assert_eq!(taken, given, "each packet comes out once");
}

/// The filter over a conversation: packets that go out or come in, each after which way and its length. With shields up nothing comes
/// in before something went out.
pub fn filter(mut packets: &[u8]) {
    let mut filter = Filter::new(Mode::ShieldsUp, 1);
    let (mut now, mut asked) = (1, false);
    while let [way, high, low, rest @ ..] = packets {
        let length = usize::from(u16::from_be_bytes([*high, *low])).min(rest.len());
        let (packet, later) = rest.split_at(length);
        packets = later;
        now += u64::from(way >> 1) * 64;
        let inbound = way & 1 == 1;
        let parsed = if inbound {
            IpPacket::parse_wire(packet)
        } else {
            IpPacket::parse(packet)
        };
        let Ok(ip) = parsed else {
            continue;
        };
        if inbound {
            assert!(!filter.inbound(&ip, packet, now) || asked);
        } else {
            filter.outbound(&ip, packet, now);
            asked = true;
        }
    }
}
