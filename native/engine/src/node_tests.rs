//! The stages of the loop on a node without a TUN: hostile datagrams, inner checks, what goes up to TypeScript.

use std::net::SocketAddr;
use std::time::Duration;

use bytes::BytesMut;
use meshd_netio::bind_pair;

use super::*;
use crate::commands::{Command, Target};
use crate::disco::{Kind, PairKeys};
use crate::drops::Drop;
use crate::events::DatagramKind;
use crate::path::Way;
use crate::peer::PeerConfig;
use crate::sockets::Local;

pub const PEER: u32 = 3;
const RELAY: u32 = 8;

fn relay_address() -> SocketAddr {
    "198.51.100.1:443".parse().unwrap()
}

fn peer_address() -> SocketAddr {
    "192.0.2.7:41641".parse().unwrap()
}

fn peer_config() -> PeerConfig {
    PeerConfig {
        node_key: Identity::new(&[2; 32]).unwrap().node_key,
        tag_key: [3; 32],
        cid_key: [4; 32],
        relay_id: [9; 8],
        prefixes: vec![
            "100.64.0.2/32".parse().unwrap(),
            "10.0.0.0/8".parse().unwrap(),
        ],
    }
}

/// A node with one peer and one relay. Nothing it sends leaves the host: its peers have documentation addresses.
pub fn node() -> Node {
    let poller = Poller::new().unwrap();
    let commands = Arc::new(CommandQueue::new(poller.waker()));
    let identity = Identity::new(&[1; 32]).unwrap();
    let mut node = Node::new(
        identity,
        [1; 8],
        Sockets::new(bind_pair(0).unwrap()),
        poller,
        commands,
        EventQueue::new(|_| ()),
    );
    let now = node.epoch;
    for command in [
        Command::SetSelf(vec!["100.64.0.1/32".parse().unwrap()]),
        Command::UpsertPeer {
            peer: PEER,
            config: Box::new(peer_config()),
        },
        Command::SetPaths {
            peer: PEER,
            ranked: vec![(1, Way::Direct(peer_address()))],
        },
        Command::SetRelay {
            relay: RELAY,
            address: Some(relay_address()),
            session: 77,
        },
    ] {
        assert!(node.handle_command(command, now));
    }
    node
}

pub fn arrive(node: &mut Node, source: SocketAddr, data: &[u8]) {
    let message = Received {
        source,
        local: None,
        segment_bytes: data.len().max(1),
        data: BytesMut::from(data),
    };
    node.handle_messages([message], None, node.epoch);
}

fn ipv4(source: [u8; 4], destination: [u8; 4]) -> Bytes {
    let mut packet = vec![0x45, 0, 0, 20, 0, 0, 0, 0, 64, 59, 0, 0];
    packet.extend(source);
    packet.extend(destination);
    let sum = !meshd_packet::checksum::sum(&packet, 0);
    packet[10..12].copy_from_slice(&sum.to_be_bytes());
    packet.into()
}

#[test]
fn hostile_datagrams_are_counted_and_nothing_else() {
    let mut node = node();
    let mut seed = 1u64;
    let mut random = move || {
        seed = seed
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) as u32
    };
    let hint = PairKeys::new(
        [3; 32],
        [4; 32],
        &peer_config().node_key,
        &node.identity.node_key,
    )
    .own_hint;
    let firsts = [0, 3, 16, 17, 18, 19, 64, 127, 128, 192, 255];
    for round in 0..30_000 {
        let length = random() as usize % 80 + if round % 50 == 0 { 1300 } else { 0 };
        let mut data: Vec<u8> = (0..length).map(|_| random() as u8).collect();
        if let Some(first) = data.first_mut() {
            *first = firsts[random() as usize % firsts.len()];
        }
        match round % 4 {
            // A disco header of the peer's, a relayed packet, a first Initial, all else random.
            0 if length > 10 => {
                data[..2].copy_from_slice(&[16, (round % 6) as u8]);
                data[2..10].copy_from_slice(&hint);
            }
            1 if length > 15 => {
                data[..2].copy_from_slice(&[18, 1]);
                data[2..6].copy_from_slice(&77u32.to_be_bytes());
                data[6..14].copy_from_slice(&[9; 8]);
            }
            2 if length > 26 => {
                data[..6].copy_from_slice(&[0xc0, 0, 0, 0, 1, 20]);
                data[6..14].copy_from_slice(&hint);
            }
            _ => {}
        }
        let source = [
            peer_address(),
            relay_address(),
            "203.0.113.99:9".parse().unwrap(),
        ][random() as usize % 3];
        arrive(&mut node, source, &data);
    }
    let relay_control = |event: &Event| {
        matches!(
            event,
            Event::Datagram {
                kind: DatagramKind::RelayControl,
                source: crate::events::Source::Address(address, None),
                ..
            } if *address == relay_address()
        )
    };
    assert!(node.events.iter().all(relay_control));
    assert!(!node.peers.get(PEER).unwrap().connected());
    for reason in [Drop::Malformed, Drop::UnknownSender, Drop::BadTag] {
        assert!(node.drops.get(reason) > 100, "{}", reason.name());
    }
}

#[test]
fn inner_packets_must_come_from_their_owner_and_be_for_us() {
    let mut node = node();
    let us = [100, 64, 0, 1];
    let mut cases = |payload: Bytes| {
        node.payloads.push(payload);
        node.deliver(PEER, node.epoch);
        let accepted = node.peers.get(PEER).unwrap().traffic.rx_packets;
        let drops = |reason| node.drops.get(reason);
        (
            accepted,
            drops(Drop::SpoofedSource),
            drops(Drop::WrongDestination),
            drops(Drop::Malformed),
        )
    };
    assert_eq!(cases(ipv4([100, 64, 0, 2], us)), (1, 0, 0, 0));
    assert_eq!(
        cases(ipv4([10, 1, 2, 3], us)),
        (2, 0, 0, 0),
        "a routed subnet"
    );
    assert_eq!(cases(ipv4([100, 64, 0, 3], us)), (2, 1, 0, 0));
    assert_eq!(cases(ipv4(us, us)), (2, 2, 0, 0));
    assert_eq!(cases(ipv4([100, 64, 0, 2], [100, 64, 0, 9])), (2, 2, 1, 0));
    assert_eq!(cases(ipv4([100, 64, 0, 2], us).slice(..19)), (2, 2, 1, 1));
    assert_eq!(cases(Bytes::from_static(&[0x75; 40])), (2, 2, 1, 2));
    assert_eq!(cases(Bytes::new()), (2, 2, 1, 3));
}

pub fn add_another_peer(node: &mut Node, prefix: &str) {
    let config = PeerConfig {
        node_key: Identity::new(&[7; 32]).unwrap().node_key,
        tag_key: [7; 32],
        cid_key: [7; 32],
        relay_id: [7; 8],
        prefixes: vec![prefix.parse().unwrap()],
    };
    let command = Command::UpsertPeer {
        peer: PEER + 1,
        config: Box::new(config),
    };
    node.handle_command(command, node.epoch);
}

#[test]
fn a_prefix_that_moved_stays_with_its_new_owner() {
    let mut node = node();
    add_another_peer(&mut node, "100.64.0.2/32");
    node.handle_command(Command::RemovePeer(PEER), node.epoch);
    let owner = |text: &str| node.routes.lookup(text.parse().unwrap());
    assert_eq!(owner("100.64.0.2"), Some(PEER + 1));
    assert_eq!(owner("10.1.2.3"), None);
}

#[test]
fn no_peer_speaks_for_another() {
    let mut node = node();
    let now = node.epoch;
    add_another_peer(&mut node, "100.64.0.4/32");
    for (peer, spoofed) in [(PEER, 1), (PEER + 1, 1)] {
        node.payloads.push(ipv4([100, 64, 0, 4], [100, 64, 0, 1]));
        node.deliver(peer, now);
        assert_eq!(node.drops.get(Drop::SpoofedSource), spoofed);
    }
    assert_eq!(node.peers.get(PEER).unwrap().traffic.rx_packets, 0);
    assert_eq!(node.peers.get(PEER + 1).unwrap().traffic.rx_packets, 1);
}

#[test]
fn shields_keep_out_what_nobody_asked_for() {
    let mut node = node();
    let now = node.epoch;
    for (shields_up, filtered) in [(true, 1), (false, 1)] {
        node.handle_command(Command::SetShieldsUp(shields_up), now);
        node.payloads.push(ipv4([100, 64, 0, 2], [100, 64, 0, 1]));
        node.deliver(PEER, now);
        assert_eq!(node.drops.get(Drop::Filtered), filtered);
    }
    assert_eq!(node.peers.get(PEER).unwrap().traffic.rx_packets, 1);
}

#[test]
fn prefixes_move_without_interruption_and_end_with_the_peer() {
    let mut node = node();
    let now = node.epoch;
    let mut config = peer_config();
    config.prefixes = vec!["100.64.0.5/32".parse().unwrap()];
    let paths = node.peers.get(PEER).unwrap().paths().iter().count();
    node.handle_command(
        Command::UpsertPeer {
            peer: PEER,
            config: Box::new(config),
        },
        now,
    );
    assert_eq!(node.peers.get(PEER).unwrap().paths().iter().count(), paths);
    assert_eq!(
        node.routes.lookup("100.64.0.5".parse().unwrap()),
        Some(PEER)
    );
    assert_eq!(node.routes.lookup("100.64.0.2".parse().unwrap()), None);
    node.handle_command(Command::RemovePeer(PEER), now);
    assert_eq!(node.routes.len(), 0);
    assert_eq!(node.peers.by_way(Way::Direct(peer_address())), None);
}

#[test]
fn only_expected_and_sealed_things_go_up() {
    let mut node = node();
    let now = node.epoch;
    let stun = [&[1, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42][..], &[5; 12]].concat();
    arrive(&mut node, relay_address(), &stun);
    assert!(node.events.is_empty());
    node.handle_command(
        Command::ExpectStun {
            ids: vec![[5; 12]],
            ttl: Duration::from_secs(5),
        },
        now,
    );
    arrive(&mut node, relay_address(), &stun);
    arrive(&mut node, relay_address(), &stun);
    assert_eq!(node.events.len(), 1);

    let of_peer = PairKeys::new(
        [3; 32],
        [4; 32],
        &peer_config().node_key,
        &node.identity.node_key,
    );
    for number in 0..150 {
        let sealed = of_peer.encode(Kind::Sealed, &[0; 8], number);
        arrive(&mut node, peer_address(), &sealed);
    }
    assert_eq!(node.events.len(), 1 + 100, "the bucket's burst");
    assert_eq!(node.drops.get(Drop::RateLimited), 50);

    arrive(
        &mut node,
        "203.0.113.5:443".parse().unwrap(),
        &[17, 6, 0, 0],
    );
    assert_eq!(node.events.len(), 101, "not a relay of ours");

    node.events.clear();
    arrive(&mut node, relay_address(), &[17; 1201]);
    assert_eq!(node.events.len(), 0, "larger than any");
    for _ in 0..200 {
        arrive(&mut node, relay_address(), &[17, 6, 0, 0]);
    }
    assert_eq!(node.events.len(), 50, "a flood from a forged address");
}

#[test]
fn names_of_nobody_are_ignored() {
    let mut node = node();
    let now = node.epoch;
    for command in [
        Command::RemovePeer(99),
        Command::Reconnect(99),
        Command::SetPaths {
            peer: 99,
            ranked: vec![(1, Way::Relay(5))],
        },
        Command::Send(vec![
            (Target::Relay(55), vec![1]),
            (
                Target::Relayed {
                    relay: 55,
                    peer: PEER,
                },
                vec![1],
            ),
            (
                Target::Relayed {
                    relay: RELAY,
                    peer: 99,
                },
                vec![1],
            ),
        ]),
    ] {
        assert!(node.handle_command(command, now));
    }
    let (sender, receiver) = std::sync::mpsc::channel();
    let reply = Reply::new(move |result| sender.send(result).unwrap());
    node.handle_command(
        Command::Ping {
            peer: 99,
            timeout: Duration::from_secs(1),
            reply,
        },
        now,
    );
    assert_eq!(receiver.try_recv().unwrap(), Err(Unanswered::Gone));
    node.settle_touched(now);
}

fn udp(source: ([u8; 4], u16), destination: ([u8; 4], u16)) -> Vec<u8> {
    let mut packet = vec![0x45, 0, 0, 28, 0, 0, 0, 0, 64, 17, 0, 0];
    packet.extend(source.0);
    packet.extend(destination.0);
    let sum = !meshd_packet::checksum::sum(&packet, 0);
    packet[10..12].copy_from_slice(&sum.to_be_bytes());
    packet.extend(source.1.to_be_bytes());
    packet.extend(destination.1.to_be_bytes());
    packet.extend([0, 8, 0, 0]);
    packet
}

#[test]
fn shields_let_in_the_answers_to_what_left() {
    let mut node = node();
    let now = node.epoch;
    node.handle_command(Command::SetShieldsUp(true), now);
    let (own, peer) = (([100, 64, 0, 1], 1000), ([100, 64, 0, 2], 53));
    let question = meshd_netio::TunFrame {
        vnet: meshd_packet::VnetHdr::default(),
        packet: BytesMut::from(&udp(own, peer)[..]),
    };
    node.handle_frame(question, now);
    for (sender, accepted) in [(peer, 1), ((peer.0, 54), 1), (peer, 2)] {
        node.payloads.push(udp(sender, own).into());
        node.deliver(PEER, now);
        assert_eq!(node.peers.get(PEER).unwrap().traffic.rx_packets, accepted);
    }
    assert_eq!(node.drops.get(Drop::Filtered), 1);
}

#[test]
fn what_a_relay_brings_from_one_peer_is_no_other_peers() {
    use quinn_proto::ConnectionIdGenerator;
    let mut node = node();
    let now = node.epoch;
    add_another_peer(&mut node, "100.64.0.4/32");
    // Who waits for a connection heeds even packets of none that it knows.
    for peer in [PEER, PEER + 1] {
        let ranked = vec![(1, Way::Relay(RELAY))];
        node.handle_command(Command::SetPaths { peer, ranked }, now);
        let (peers, drops) = (&mut node.peers, &mut node.drops);
        let packet = ipv4([100, 64, 0, 1], [100, 64, 0, 2]);
        peers
            .get_mut(peer)
            .unwrap()
            .handle_inner(packet, now, drops);
    }
    let random = node.identity.random.clone();
    for (owner, touched) in [(PEER, vec![PEER]), (PEER + 1, vec![PEER])] {
        node.settle_touched(now);
        let id = node.codec.generator(owner, random.clone()).generate_cid();
        let header = node.relays.get(RELAY).unwrap().header_to(&[9; 8]);
        let packet = [&header[..], &[64], &id, &[0; 30]].concat();
        arrive(&mut node, relay_address(), &packet);
        assert_eq!(node.touched.iter().collect::<Vec<_>>(), touched);
    }
}

/// By the real sockets: a relay that is as near as can be answers before the loop has its turn.
#[test]
fn an_answer_gets_in_that_comes_before_the_loop_turns() {
    let mut node = node();
    let now = node.epoch;
    node.renew_socket_filter();
    let relay = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    let address = relay.local_addr().unwrap();
    for command in [
        Command::SetRelay {
            relay: RELAY + 1,
            address: Some(address),
            session: 0,
        },
        Command::Send(vec![(Target::Relay(RELAY + 1), vec![17, 1])]),
    ] {
        node.handle_command(command, now);
    }
    let (length, from) = relay.recv_from(&mut [0; 64]).unwrap();
    assert_eq!(length, 2);
    relay.send_to(&[17, 2, 9], from).unwrap();
    node.renew_socket_filter();
    node.receive_batch(Local::MainV4, now).unwrap();
    assert_eq!(node.events.len(), 1);
}
