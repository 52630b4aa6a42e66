//! What is wrong, odd or not to be merged comes out as it came.

use std::collections::HashMap;

use meshd_packet::VnetHdr;

use crate::packets::*;
use crate::{V4, V6, header, stream};

/// Every packet comes out again, in order, with its checksum filled in.
fn assert_unpacks_to(frames: &[Vec<u8>], payloads: &[Vec<u8>]) {
    let got: Vec<Vec<u8>> = frames.iter().flat_map(|frame| unpacked(frame)).collect();
    let wanted: Vec<Vec<u8>> = payloads.iter().map(|payload| completed(payload)).collect();
    assert_eq!(got, wanted);
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
        assert_unpacks_to(&frames, &payloads);
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
        assert_unpacks_to(&frames, &payloads);
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
