//! What junk looks like: IPv4 packets with made-up sources, whole with their headers (raw(7) fills in the rest).

use std::net::SocketAddrV4;
use std::str::FromStr;

use meshd_packet::checksum;
use meshd_packet::ip::{PROTO_TCP, PROTO_UDP};

use crate::options::Sources;
use crate::random::Random;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Bytes of chance.
    Random,
    /// QUIC Initials with an id of the length that a first one of meshd has.
    QuicLong,
    /// QUIC packets of a connection with an id of the length that meshd's have.
    QuicShort,
    /// Binding requests.
    Stun,
    /// A sealed message, as far as it can be told from outside.
    Disco,
    /// Packets to be forwarded, of sessions that are none.
    RelayData,
    /// Registrations with a cookie that is none.
    RelayRegister,
    /// The first packet of a relay's client, which is answered.
    RelayHello,
    /// Parts of a packet.
    Carrier,
    /// Not UDP: TCP connections that are begun and not gone on with.
    Syn,
}

const NAMES: [(&str, Kind); 10] = [
    ("random", Kind::Random),
    ("quic-long", Kind::QuicLong),
    ("quic-short", Kind::QuicShort),
    ("stun", Kind::Stun),
    ("disco", Kind::Disco),
    ("relay-data", Kind::RelayData),
    ("relay-register", Kind::RelayRegister),
    ("relay-hello", Kind::RelayHello),
    ("carrier", Kind::Carrier),
    ("syn", Kind::Syn),
];

impl FromStr for Kind {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = NAMES.iter().find(|(name, _)| *name == text);
        let all = || NAMES.map(|(name, _)| name).join(", ");
        found
            .map(|&(_, kind)| kind)
            .ok_or_else(|| format!("none of {}", all()))
    }
}

const IP_BYTES: usize = 20;
const UDP_BYTES: usize = 8;
const TCP_BYTES: usize = 20;
/// Offsets in the packet.
const SOURCE: usize = 12;
const PORT: usize = IP_BYTES;

pub struct Template {
    pub packet: Vec<u8>,
    tcp: bool,
    /// What is different in every packet.
    varied: std::ops::Range<usize>,
}

impl Template {
    pub fn new(kind: Kind, target: SocketAddrV4, random: &mut Random) -> Self {
        let tcp = kind == Kind::Syn;
        let (payload, varied) = if tcp {
            (Vec::new(), 0..0)
        } else {
            payload(kind, random)
        };
        let header_bytes = IP_BYTES + if tcp { TCP_BYTES } else { UDP_BYTES };
        let total = header_bytes + payload.len();
        let mut packet = vec![0; header_bytes];
        packet[0] = 0x45;
        packet[2..4].copy_from_slice(&(total as u16).to_be_bytes());
        packet[6] = 0x40;
        packet[8] = 64;
        packet[9] = if tcp { PROTO_TCP } else { PROTO_UDP };
        packet[16..20].copy_from_slice(&target.ip().octets());
        packet[PORT + 2..PORT + 4].copy_from_slice(&target.port().to_be_bytes());
        if tcp {
            // Five words of header, SYN, a window.
            packet[PORT + 12..PORT + 16].copy_from_slice(&[0x50, 0x02, 0xff, 0xff]);
        } else {
            // A checksum of zero: none (RFC 768).
            let length = (UDP_BYTES + payload.len()) as u16;
            packet[PORT + 4..PORT + 6].copy_from_slice(&length.to_be_bytes());
        }
        packet.extend(payload);
        Self {
            packet,
            tcp,
            varied: varied.start + header_bytes..varied.end + header_bytes,
        }
    }

    /// Another one.
    pub fn vary(&mut self, sources: Sources, random: &mut Random) {
        let number = random.next();
        let (ip, port) = match sources {
            Sources::One(source) => (*source.ip(), source.port()),
            Sources::Network(network) => {
                let port = 1024 + (number >> 32) as u16 % 64_000;
                (network.address(number as u32), port)
            }
        };
        self.packet[SOURCE..SOURCE + 4].copy_from_slice(&ip.octets());
        self.packet[PORT..PORT + 2].copy_from_slice(&port.to_be_bytes());
        if self.tcp {
            self.packet[PORT + 4..PORT + 8].copy_from_slice(&(random.next() as u32).to_be_bytes());
            self.set_tcp_checksum();
        } else {
            random.fill(&mut self.packet[self.varied.clone()]);
        }
    }

    fn set_tcp_checksum(&mut self) {
        self.packet[PORT + 16..PORT + 18].fill(0);
        // Both addresses, protocol and length are the pseudo header (RFC 9293 §3.1).
        let checksum = !checksum::sum(
            &self.packet[SOURCE..],
            u64::from(PROTO_TCP) + TCP_BYTES as u64,
        );
        self.packet[PORT + 16..PORT + 18].copy_from_slice(&checksum.to_be_bytes());
    }
}

/// The payload, and where it is different in every packet.
fn payload(kind: Kind, random: &mut Random) -> (Vec<u8>, std::ops::Range<usize>) {
    let mut make = |head: &[u8], bytes: usize, varied: std::ops::Range<usize>| {
        let mut payload = vec![0; bytes];
        random.fill(&mut payload);
        payload[..head.len()].copy_from_slice(head);
        (payload, varied)
    };
    match kind {
        Kind::Random => make(&[], 200, 0..64),
        // RFC 9000 §17.2.2: as large as an Initial must be.
        Kind::QuicLong => make(&[0xc3, 0, 0, 0, 1, 20], 1200, 6..46),
        Kind::QuicShort => make(&[0x40], 200, 1..33),
        Kind::Stun => make(&[0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42], 20, 8..20),
        Kind::Disco => make(&[16, 1], 200, 2..66),
        Kind::RelayData => make(&[18, 1], 200, 2..22),
        Kind::RelayRegister => make(&[17, 3], 300, 2..66),
        Kind::RelayHello => {
            let (mut payload, varied) = make(&[17, 1], 96, 2..18);
            payload[18..].fill(0);
            (payload, varied)
        }
        Kind::Carrier => make(&[19, 1, 0, 0, 0, 0, 0, 2], 600, 2..6),
        Kind::Syn => make(&[], 0, 0..0),
    }
}
