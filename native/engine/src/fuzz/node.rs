//! A node with one peer and one relay, and everything that reaches it: datagrams, a relay's stream, what the peer's connection
//! carries, what the TUN delivers. It sends nothing: what is queued is never flushed.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::BytesMut;
use meshd_netio::{Poller, Received, TunFrame, bind_pair};
use meshd_packet::VnetHdr;
use meshd_packet::vnet::VNET_HDR_BYTES;
use quinn_proto::ConnectionIdGenerator;

use crate::commands::{Command, CommandQueue};
use crate::disco::{Kind, PairKeys};
use crate::events::EventQueue;
use crate::node::Node;
use crate::path::Way;
use crate::peer::PeerConfig;
use crate::quic::Identity;
use crate::sockets::Sockets;

const PEER: u32 = 3;
const RELAY: u32 = 8;
const RELAY_SESSION: u32 = 77;
const PEER_RELAY_ID: [u8; 8] = [9; 8];
const PAIR: ([u8; 32], [u8; 32]) = ([3; 32], [4; 32]);
const MAX_RECORDS: usize = 64;
/// What may wait for a peer that is not connected yet.
const MAX_QUEUED_BYTES: usize = 1 << 20;

fn relay_address() -> SocketAddr {
    SocketAddr::from(([198, 51, 100, 1], 443))
}

fn peer_address() -> SocketAddr {
    SocketAddr::from(([192, 0, 2, 7], 41641))
}

fn make_node() -> (Node, PairKeys) {
    let peer_key = Identity::new(&[2; 32]).expect("an identity").node_key;
    let identity = Identity::new(&[1; 32]).expect("an identity");
    let of_peer = PairKeys::new(PAIR.0, PAIR.1, &peer_key, &identity.node_key);
    let poller = Poller::new().expect("a poller");
    let commands = Arc::new(CommandQueue::new(poller.waker()));
    let sockets = Sockets::new(bind_pair(0).expect("sockets"));
    let mut node = Node::new(
        identity,
        [1; 8],
        sockets,
        poller,
        commands,
        EventQueue::new(|_| ()),
    );
    let config = PeerConfig {
        node_key: peer_key,
        tag_key: PAIR.0,
        cid_key: PAIR.1,
        relay_id: PEER_RELAY_ID,
        prefixes: ["100.64.0.2/32", "fd00::2/128"]
            .map(|prefix| prefix.parse().expect("a prefix"))
            .to_vec(),
    };
    let own = ["100.64.0.1/32", "fd00::1/128"].map(|prefix| prefix.parse().expect("a prefix"));
    for command in [
        Command::SetSelf(own.to_vec()),
        Command::UpsertPeer {
            peer: PEER,
            config: Box::new(config),
        },
        Command::SetPaths {
            peer: PEER,
            ranked: vec![(1, Way::Direct(peer_address()))],
        },
        Command::SetRelay {
            relay: RELAY,
            address: Some(relay_address()),
            session: RELAY_SESSION,
        },
        Command::ExpectStun {
            ids: vec![[5; 12]],
            ttl: Duration::from_secs(5),
        },
    ] {
        node.handle_command(command, node.epoch);
    }
    (node, of_peer)
}

/// Records: kind, length (u16), bytes.
pub fn node(mut script: &[u8]) {
    let (mut node, of_peer) = make_node();
    let mut now = node.epoch;
    for _ in 0..MAX_RECORDS {
        let [kind, high, low, rest @ ..] = script else {
            break;
        };
        let length = usize::from(u16::from_be_bytes([*high, *low])).min(rest.len());
        let (bytes, later) = rest.split_at(length);
        script = later;
        match kind % 12 {
            0 => arrive(&mut node, peer_address(), bytes, now),
            1 => arrive(&mut node, relay_address(), bytes, now),
            2 => arrive(
                &mut node,
                SocketAddr::from(([203, 0, 113, 9], 9)),
                bytes,
                now,
            ),
            3 => arrive(&mut node, relay_address(), &relayed(bytes), now),
            4 => arrive(&mut node, peer_address(), &disco(&of_peer, bytes), now),
            5 => arrive(&mut node, peer_address(), &first(&of_peer, bytes), now),
            6 => {
                let packet = short(&node, bytes);
                arrive(&mut node, peer_address(), &packet, now);
            }
            7 => {
                node.payloads.push(bytes.to_vec().into());
                node.deliver(PEER, now);
            }
            8 => {
                if let (Some(vnet), Some(packet)) =
                    (VnetHdr::parse(bytes), bytes.get(VNET_HDR_BYTES..))
                {
                    let packet = BytesMut::from(packet);
                    node.handle_frame(TunFrame { vnet, packet }, now);
                }
            }
            9 => node.receive_stream(RELAY, bytes, now),
            10 => {
                now += Duration::from_millis(u64::from(bytes.first().copied().unwrap_or(0)) * 16);
                node.handle_timeouts(now);
            }
            _ => {
                let on = length.is_multiple_of(2);
                node.handle_command(Command::SetShieldsUp(on), now);
            }
        }
    }
    check(&node);
}

fn arrive(node: &mut Node, source: SocketAddr, bytes: &[u8], now: std::time::Instant) {
    let message = Received {
        source,
        local: None,
        segment_bytes: bytes.len().max(1),
        data: BytesMut::from(bytes),
    };
    node.handle_messages([message], None, now);
}

/// A packet of the peer's as the relay hands it on.
fn relayed(packet: &[u8]) -> Vec<u8> {
    [
        &[18, 1][..],
        &RELAY_SESSION.to_be_bytes(),
        &PEER_RELAY_ID,
        packet,
    ]
    .concat()
}

/// An authentic disco datagram of the peer's: kind, boot and counter are the input's.
fn disco(of_peer: &PairKeys, bytes: &[u8]) -> Vec<u8> {
    const KINDS: [Kind; 4] = [
        Kind::Sealed,
        Kind::EchoRequest,
        Kind::EchoReply,
        Kind::ConnectRequest,
    ];
    let mut fields = [0; 10];
    for (field, byte) in fields.iter_mut().zip(bytes) {
        *field = *byte;
    }
    let [kind, counter, boot @ ..] = fields;
    of_peer
        .encode(KINDS[usize::from(kind % 4)], &boot, u64::from(counter))
        .to_vec()
}

/// A long header packet whose first connection id is proven.
fn first(of_peer: &PairKeys, bytes: &[u8]) -> Vec<u8> {
    let nonce = [7; 4];
    let proof = of_peer.first_cid_mac(&of_peer.own_hint, &nonce);
    let (kind, rest) = bytes.split_first().unwrap_or((&0xc3, &[]));
    [
        &[kind | 0xc0, 0, 0, 0, 1, 20][..],
        &of_peer.own_hint,
        &nonce,
        &proof,
        rest,
    ]
    .concat()
}

/// A short header packet with an id of our making.
fn short(node: &Node, bytes: &[u8]) -> Vec<u8> {
    let id = node
        .codec
        .generator(PEER, node.identity.random.clone())
        .generate_cid();
    let (kind, rest) = bytes.split_first().unwrap_or((&0x40, &[]));
    [&[kind & 0x3f | 0x40], &id[..], rest].concat()
}

/// Nobody got in without a key, and nothing grew beyond its bounds.
fn check(node: &Node) {
    let peer = node.peers.get(PEER).expect("the peer is still there");
    assert!(!peer.connected(), "nobody proved to be the peer");
    assert!(peer.queued_bytes() <= MAX_QUEUED_BYTES);
    assert_eq!(node.routes.len(), 2);
}
