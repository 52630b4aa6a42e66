//! Builds packets for tests, by an independent reading of the RFCs, and undoes offloads.
#![allow(dead_code)]

use bytes::{Bytes, BytesMut};
use meshd_packet::vnet::{F_NEEDS_CSUM, VNET_HDR_BYTES};
use meshd_packet::{Coalescer, IpPacket, MAX_PACKET_BYTES, Segmenter, VnetHdr};
use std::net::IpAddr;

pub const FIN: u8 = 1;
pub const SYN: u8 = 2;
pub const RST: u8 = 4;
pub const PSH: u8 = 8;
pub const ACK: u8 = 16;
pub const URG: u8 = 32;
pub const ECE: u8 = 64;
pub const CWR: u8 = 128;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spec {
    pub src: IpAddr,
    pub dst: IpAddr,
    pub ports: (u16, u16),
    pub tcp: bool,
    pub tos: u8,
    pub ttl: u8,
    pub id: u16,
    pub dont_fragment: bool,
    pub ip_options: Vec<u8>,
    pub sequence: u32,
    pub acknowledgement: u32,
    pub flags: u8,
    pub window: u16,
    pub tcp_options: Vec<u8>,
    pub payload: Vec<u8>,
}

impl Spec {
    pub fn tcp(src: &str, dst: &str) -> Self {
        Self {
            src: src.parse().unwrap(),
            dst: dst.parse().unwrap(),
            ports: (40_000, 443),
            tcp: true,
            tos: 0,
            ttl: 64,
            id: 0xfffe,
            dont_fragment: true,
            ip_options: Vec::new(),
            sequence: 0xffff_fc00,
            acknowledgement: 77,
            flags: ACK,
            window: 501,
            tcp_options: vec![1, 1, 8, 10, 0, 0, 0, 9, 0, 0, 0, 8],
            payload: Vec::new(),
        }
    }

    pub fn udp(src: &str, dst: &str) -> Self {
        Self {
            tcp: false,
            flags: 0,
            tcp_options: Vec::new(),
            ..Self::tcp(src, dst)
        }
    }

    pub fn transport(&self) -> usize {
        if self.src.is_ipv4() {
            20 + self.ip_options.len()
        } else {
            40
        }
    }

    pub fn header_len(&self) -> usize {
        self.transport()
            + if self.tcp {
                20 + self.tcp_options.len()
            } else {
                8
            }
    }

    fn transport_bytes(&self) -> Vec<u8> {
        let mut l4 = [self.ports.0.to_be_bytes(), self.ports.1.to_be_bytes()].concat();
        if self.tcp {
            l4.extend(self.sequence.to_be_bytes());
            l4.extend(self.acknowledgement.to_be_bytes());
            l4.push(((20 + self.tcp_options.len()) * 4) as u8);
            l4.push(self.flags);
            l4.extend(self.window.to_be_bytes());
            l4.extend([0; 4]);
            l4.extend(&self.tcp_options);
        } else {
            l4.extend(((8 + self.payload.len()) as u16).to_be_bytes());
            l4.extend([0; 2]);
        }
        l4.extend(&self.payload);
        l4
    }

    /// The packet with its transport checksum, or only the pseudo header's sum (no wire mark).
    fn build(&self, partial: bool) -> Vec<u8> {
        let mut l4 = self.transport_bytes();
        let protocol: u8 = if self.tcp { 6 } else { 17 };
        let (mut ip, pseudo) = match (self.src, self.dst) {
            (IpAddr::V4(src), IpAddr::V4(dst)) => {
                let mut ip = vec![0x40 | (self.transport() / 4) as u8, self.tos];
                ip.extend(((self.transport() + l4.len()) as u16).to_be_bytes());
                ip.extend(self.id.to_be_bytes());
                ip.extend([
                    if self.dont_fragment { 0x40 } else { 0 },
                    0,
                    self.ttl,
                    protocol,
                    0,
                    0,
                ]);
                ip.extend(src.octets());
                ip.extend(dst.octets());
                ip.extend(&self.ip_options);
                let sum = !add(&ip);
                ip[10..12].copy_from_slice(&sum.to_be_bytes());
                let pseudo = [
                    &src.octets()[..],
                    &dst.octets(),
                    &[0, protocol],
                    &(l4.len() as u16).to_be_bytes(),
                ]
                .concat();
                (ip, pseudo)
            }
            (IpAddr::V6(src), IpAddr::V6(dst)) => {
                let mut ip = vec![0x60 | self.tos >> 4, self.tos << 4, 0, 0];
                ip.extend((l4.len() as u16).to_be_bytes());
                ip.extend([protocol, self.ttl]);
                ip.extend(src.octets());
                ip.extend(dst.octets());
                let pseudo = [
                    &src.octets()[..],
                    &dst.octets(),
                    &(l4.len() as u32).to_be_bytes(),
                    &[0, 0, 0, protocol],
                ]
                .concat();
                (ip, pseudo)
            }
            _ => panic!("mixed families"),
        };
        let at = if self.tcp { 16 } else { 6 };
        let sum = if partial {
            add(&pseudo)
        } else {
            checksum(&[&pseudo[..], &l4].concat())
        };
        l4[at..at + 2].copy_from_slice(&sum.to_be_bytes());
        ip.extend(l4);
        ip
    }

    /// With its complete checksum, as on a wire without offloads.
    pub fn complete(&self) -> Vec<u8> {
        self.build(false)
    }

    /// As a wire payload with the partial mark.
    pub fn marked(&self) -> Vec<u8> {
        let mut packet = self.build(true);
        packet[0] |= 0x80;
        packet
    }

    /// As a TUN frame with a partial checksum.
    pub fn frame(&self, gso_type: u8, gso_size: u16) -> (VnetHdr, Vec<u8>) {
        let vnet = VnetHdr {
            flags: F_NEEDS_CSUM,
            gso_type,
            hdr_len: 0,
            gso_size,
            csum_start: self.transport() as u16,
            csum_offset: if self.tcp { 16 } else { 6 },
        };
        (vnet, self.build(true))
    }

    /// What a super-packet of this content stands for, one by one.
    pub fn segments(&self, size: usize) -> Vec<Spec> {
        let count = self.payload.len().div_ceil(size).max(1);
        let mut chunks: Vec<&[u8]> = self.payload.chunks(size).collect();
        chunks.resize(count, &[]);
        let one = |(index, payload): (usize, &&[u8])| {
            let mut segment = Spec {
                payload: payload.to_vec(),
                ..self.clone()
            };
            segment.id = self.id.wrapping_add(index as u16);
            segment.sequence = self.sequence.wrapping_add((index * size) as u32);
            if index + 1 < count {
                segment.flags &= !(FIN | PSH);
            }
            if index > 0 {
                segment.flags &= !CWR;
            }
            segment
        };
        chunks.iter().enumerate().map(one).collect()
    }
}

fn add(data: &[u8]) -> u16 {
    let mut sum: u32 = 0;
    for pair in data.chunks(2) {
        sum += u32::from(pair[0]) << 8 | u32::from(*pair.get(1).unwrap_or(&0));
        sum = (sum & 0xffff) + (sum >> 16);
    }
    sum as u16
}

fn checksum(data: &[u8]) -> u16 {
    match !add(data) {
        0 => 0xffff,
        sum => sum,
    }
}

pub fn segment(vnet: &VnetHdr, packet: &[u8], max: usize) -> Vec<Bytes> {
    let ip = IpPacket::parse(packet).unwrap();
    let mut out = Vec::new();
    Segmenter::new()
        .segment(vnet, &ip, BytesMut::from(packet), max, |payload| {
            out.push(payload)
        })
        .unwrap();
    out
}

/// Clears the wire mark and completes the checksum.
pub fn completed(payload: &[u8]) -> Vec<u8> {
    let ip = IpPacket::parse_wire(payload).unwrap();
    let mut packet = payload.to_vec();
    if ip.partial_checksum {
        packet[0] &= 0x7f;
        let l4 = usize::from(ip.l4_offset.unwrap());
        let at = l4 + if ip.protocol == 6 { 16 } else { 6 };
        let sum = checksum(&packet[l4..]);
        packet[at..at + 2].copy_from_slice(&sum.to_be_bytes());
    }
    packet
}

/// Runs wire payloads through a coalescer; the frames as the TUN would get them.
pub fn coalesce(udp: bool, payloads: impl IntoIterator<Item = Vec<u8>>) -> Vec<Vec<u8>> {
    let mut coalescer = Coalescer::new(udp);
    let mut frames = Vec::new();
    let mut write = |parts: &[std::io::IoSlice<'_>]| {
        frames.push(parts.iter().flat_map(|part| part.to_vec()).collect())
    };
    for payload in payloads {
        let ip = IpPacket::parse_wire(&payload).unwrap();
        coalescer.push(Bytes::from(payload), &ip, &mut write);
    }
    coalescer.flush(&mut write);
    frames
}

/// The packets that a frame stands for, checksums complete.
pub fn unpacked(frame: &[u8]) -> Vec<Vec<u8>> {
    let vnet = VnetHdr::parse(frame).unwrap();
    let payloads = segment(&vnet, &frame[VNET_HDR_BYTES..], MAX_PACKET_BYTES);
    payloads.iter().map(|payload| completed(payload)).collect()
}
