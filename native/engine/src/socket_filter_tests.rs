//! Against the real kernel: what arrives at a socket with the program.

use std::net::UdpSocket as StdSocket;

use meshd_netio::{RecvBatch, UdpSocket};

use super::*;
use crate::quic::CidCodec;

struct Fixture {
    filtered: UdpSocket,
    sender: StdSocket,
    codec: CidCodec,
    batch: RecvBatch,
}

impl Fixture {
    fn new(loopback: &str, peers: u64) -> Self {
        let address = SocketAddr::new(loopback.parse().unwrap(), 0);
        let filtered = UdpSocket::bind(address).unwrap();
        let sender = StdSocket::bind(address).unwrap();
        let codec = CidCodec::default();
        let hints: Vec<Hint> = (0..peers).map(hint).collect();
        let relay = |address, session| Relay {
            handle: 1,
            address,
            session,
        };
        let relays = [
            relay("203.0.113.1:443".parse().unwrap(), 7),
            relay(sender.local_addr().unwrap(), 77),
            relay("[2001:db8::1]:443".parse().unwrap(), 0),
        ];
        let filter = SocketFilter {
            ids: codec.check(),
            hints: hints.iter().collect(),
            paths: vec![
                sender.local_addr().unwrap(),
                "203.0.113.9:9".parse().unwrap(),
            ],
            relays: relays.iter().collect(),
        };
        filtered
            .set_filter(&filter.program(address.is_ipv4()))
            .unwrap();
        Self {
            filtered,
            sender,
            codec,
            batch: RecvBatch::new(1),
        }
    }

    /// Whether a datagram arrives: on the loopback interface that is decided when `send` returns.
    fn passes(&mut self, datagram: &[u8]) -> bool {
        self.sender
            .send_to(datagram, self.filtered.local_addr().unwrap())
            .unwrap();
        let mut received = Vec::new();
        self.filtered
            .recv_batch(&mut self.batch, &mut received)
            .unwrap();
        assert!(received.iter().all(|message| message.data == datagram));
        !received.is_empty()
    }
}

fn hint(peer: u64) -> Hint {
    peer.wrapping_mul(0x9E37_79B9_7F4A_7C15).to_be_bytes()
}

fn cid(codec: &CidCodec) -> Vec<u8> {
    use quinn_proto::ConnectionIdGenerator;
    let random = crate::quic::Identity::new(&[1; 32]).unwrap().random;
    codec.generator(5, random).generate_cid().to_vec()
}

fn short(id: &[u8]) -> Vec<u8> {
    [&[0x40], id, &[9; 30]].concat()
}

fn long(version: u8, id: &[u8]) -> Vec<u8> {
    [&[0xc0, 0, 0, 0, version, id.len() as u8], id, &[9; 30]].concat()
}

fn changed(id: &[u8], at: usize) -> Vec<u8> {
    let mut changed = id.to_vec();
    changed[at] ^= 1;
    changed
}

#[test]
fn only_what_may_be_meant_for_us_gets_in() {
    for loopback in ["127.0.0.1", "::1"] {
        let mut at = Fixture::new(loopback, 3);
        let id = cid(&at.codec);
        let first = [&hint(2)[..], &[3; 12]].concat();
        let strange = [&hint(99)[..], &[3; 12]].concat();
        let genuine = [
            short(&id),
            long(1, &id),
            long(1, &first),
            [&[16, 1], &hint(0)[..], &[5; 40]].concat(),
            [&[17, 2][..], &[5; 32]].concat(),
            [&[18, 1, 0, 0, 0, 77][..], &[5; 32]].concat(),
            [&[19, 1][..], &[5; 32]].concat(),
            [&[1, 1, 0, 12, 0x21, 0x12, 0xa4, 0x42][..], &[5; 24]].concat(),
        ];
        for datagram in &genuine {
            assert!(at.passes(datagram), "{datagram:?} at {loopback}");
        }
        let junk = [
            vec![],
            vec![0x40],
            short(&changed(&id, 4)),
            long(1, &changed(&id, 4)),
            long(2, &id),
            long(1, &id[..7]),
            long(1, &strange),
            [&[16, 1], &hint(99)[..], &[5; 40]].concat(),
            vec![16, 1, 0],
            [&[18, 1, 0, 0, 0, 78][..], &[5; 32]].concat(),
            [&[0, 1, 0, 12, 0x21, 0x12, 0xa4, 0x42][..], &[5; 24]].concat(),
            [&[1, 1, 0, 12, 0, 0, 0, 0][..], &[5; 24]].concat(),
            vec![20; 40],
            vec![128; 40],
        ];
        for datagram in &junk {
            assert!(!at.passes(datagram), "{datagram:?} at {loopback}");
        }
        // A relay's words count from the relay only, parts of packets from where peers are.
        at.sender = StdSocket::bind((loopback, 0)).unwrap();
        assert!(!at.passes(&genuine[4]));
        if loopback == "127.0.0.1" {
            at.sender = StdSocket::bind("127.0.0.2:0").unwrap();
            assert!(!at.passes(&genuine[6]));
        }
    }
}

#[test]
fn junk_in_front_of_joined_datagrams_takes_none_of_them_along() {
    let at = Fixture::new("127.0.0.1", 3);
    let id = cid(&at.codec);
    let padded = |mut datagram: Vec<u8>| {
        datagram.resize(1200, 9);
        datagram
    };
    let joined = [
        padded(vec![20]),
        padded(short(&id)),
        padded(short(&cid(&at.codec))),
    ]
    .concat();
    let sender = UdpSocket::bind("127.0.0.1:0".parse().unwrap()).unwrap();
    sender
        .send(at.filtered.local_addr().unwrap(), &joined, 1200)
        .unwrap();
    let (mut batch, mut received) = (RecvBatch::new(4), Vec::new());
    at.filtered.recv_batch(&mut batch, &mut received).unwrap();
    let arrived: Vec<u8> = received
        .iter()
        .flat_map(|each| each.data.to_vec())
        .collect();
    assert!(
        arrived.ends_with(&joined[1200..]),
        "{} bytes",
        arrived.len()
    );
}

#[test]
fn every_id_of_ours_passes_and_few_others() {
    let mut at = Fixture::new("127.0.0.1", 0);
    let mut others = 0;
    for n in 0..2000u64 {
        let id = cid(&at.codec);
        assert!(at.passes(&short(&id)));
        others += usize::from(at.passes(&short(&hint(n))));
    }
    assert!(others < 40, "{others} of 2000");
}

#[test]
fn any_number_of_peers_is_let_in() {
    for peers in [0, 1, 127, 128, 129, 500, 1700, 2000, 20_000] {
        let mut at = Fixture::new("127.0.0.1", peers);
        for peer in (0..peers).step_by(97).chain(peers.checked_sub(1)) {
            let datagram = [&[16, 1], &hint(peer)[..], &[5; 40]].concat();
            assert!(at.passes(&datagram), "{peer} of {peers}");
            assert!(at.passes(&long(1, &[&hint(peer)[..], &[3; 12]].concat())));
        }
    }
}
