//! A man in the middle: beside packets of UDP over IPv4, which pass as they are, he sends what he made of them and of those he heard
//! before: copies with other bits, cut copies, the packet back to its sender, old ones once more.

use crate::random::Random;
use crate::rewrite::put;
use bytes::BytesMut;
use meshd_packet::ip::PROTO_UDP;
use meshd_packet::{IpPacket, checksum};

/// What he remembers.
const RECORDINGS: usize = 512;
const FLIPPED_BITS: u64 = 3;
const UDP_BYTES: usize = 8;

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Forgery {
    /// Goes where the packet goes, before it.
    Onward(BytesMut),
    /// Goes back where it came from.
    Back(BytesMut),
}

#[derive(Debug)]
pub struct Tamperer {
    random: Random,
    recorded: Vec<BytesMut>,
}

impl Tamperer {
    pub fn new(seed: u64) -> Self {
        Self {
            random: Random::new(seed),
            recorded: Vec::new(),
        }
    }

    /// What goes with a packet, for so many of a hundred.
    pub fn forge(&mut self, packet: &[u8], percent: f64) -> Option<Forgery> {
        if !self.random.chance(percent) {
            return None;
        }
        let payload = udp_payload(packet)?;
        let forgery = match self.random.below(4) {
            0 => Forgery::Onward(self.altered(packet, payload)),
            1 => Forgery::Onward(self.cut(packet, payload)),
            2 => Forgery::Back(reflected(packet, payload)),
            _ => Forgery::Onward(self.replayed(packet)),
        };
        self.record(packet);
        Some(forgery)
    }

    fn altered(&mut self, packet: &[u8], payload: usize) -> BytesMut {
        let mut copy = BytesMut::from(packet);
        for _ in 0..FLIPPED_BITS {
            let at = payload + self.random.below((packet.len() - payload) as u64) as usize;
            copy[at] ^= 1 << self.random.below(8);
        }
        without_udp_checksum(copy, payload)
    }

    fn cut(&mut self, packet: &[u8], payload: usize) -> BytesMut {
        let kept = self.random.below((packet.len() - payload) as u64) as usize;
        let mut copy = BytesMut::from(&packet[..payload + kept]);
        put(&mut copy, 2, (payload + kept) as u16);
        put(&mut copy, payload - 4, (UDP_BYTES + kept) as u16);
        put(&mut copy, 10, 0);
        let sum = !checksum::sum(&copy[..payload - UDP_BYTES], 0);
        put(&mut copy, 10, sum);
        without_udp_checksum(copy, payload)
    }

    /// One of the same direction, as far as its addresses tell.
    fn replayed(&mut self, packet: &[u8]) -> BytesMut {
        let same: Vec<_> = self
            .recorded
            .iter()
            .filter(|old| old[12..20] == packet[12..20])
            .collect();
        match same.len() {
            0 => BytesMut::from(packet),
            count => same[self.random.below(count as u64) as usize].clone(),
        }
    }

    fn record(&mut self, packet: &[u8]) {
        if self.recorded.len() < RECORDINGS {
            self.recorded.push(packet.into());
        } else {
            let at = self.random.below(RECORDINGS as u64) as usize;
            self.recorded[at] = packet.into();
        }
    }
}

/// Where the payload begins, if there is one.
fn udp_payload(packet: &[u8]) -> Option<usize> {
    let ip = IpPacket::parse(packet).ok()?;
    let start = usize::from(ip.l4_offset?) + UDP_BYTES;
    let is_whole = ip.protocol == PROTO_UDP && ip.version() == 4 && ip.fragment.is_none();
    (is_whole && start < packet.len()).then_some(start)
}

/// Both ends change places: sums stay as they are.
fn reflected(packet: &[u8], payload: usize) -> BytesMut {
    let mut copy = BytesMut::from(packet);
    copy[12..20].rotate_left(4);
    copy[payload - UDP_BYTES..payload - 4].rotate_left(2);
    copy
}

/// Zero: there is none (RFC 768). Else the receiver's kernel would see what was done.
fn without_udp_checksum(mut packet: BytesMut, payload: usize) -> BytesMut {
    put(&mut packet, payload - 2, 0);
    packet
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packet() -> Vec<u8> {
        let mut packet = vec![
            0x45, 0, 0, 48, 0, 0, 0x40, 0, 64, 17, 0, 0, 192, 0, 2, 1, 198, 51, 100, 2,
        ];
        let sum = !checksum::sum(&packet, 0);
        put(&mut packet, 10, sum);
        packet.extend([0x10, 0, 0x20, 0, 0, 28, 0xab, 0xcd]);
        packet.extend(0..20);
        packet
    }

    #[test]
    fn forgeries_are_sound_packets_that_are_none_of_the_sender() {
        let mut tamperer = Tamperer::new(1);
        let packet = packet();
        let mut seen = [false; 3];
        for _ in 0..200 {
            match tamperer.forge(&packet, 100.0).unwrap() {
                Forgery::Back(back) => {
                    let ip = IpPacket::parse(&back).unwrap();
                    assert_eq!(ip.dst.to_string(), "192.0.2.1");
                    assert_eq!(back[20..24], [0x20, 0, 0x10, 0]);
                    assert!(checksum::ipv4_header_valid(&back[..20]));
                    seen[0] = true;
                }
                Forgery::Onward(copy) => {
                    assert!(IpPacket::parse(&copy).is_ok());
                    assert!(checksum::ipv4_header_valid(&copy[..20]));
                    seen[1] |= copy.len() < packet.len();
                    seen[2] |= copy.len() == packet.len() && copy[28..] != packet[28..];
                }
            }
        }
        assert_eq!(seen, [true; 3]);
    }

    #[test]
    fn leaves_everything_else_alone() {
        let mut tamperer = Tamperer::new(1);
        let mut tcp = packet();
        tcp[9] = 6;
        assert_eq!(tamperer.forge(&tcp, 100.0), None);
        assert_eq!(tamperer.forge(&packet(), 0.0), None);
        assert_eq!(tamperer.forge(&[], 100.0), None);
    }
}
