use std::net::UdpSocket;

use meshd_netio::Event as Ready;

use super::*;
use crate::commands::Command;
use crate::disco::{Kind, PairKeys};
use crate::node::tests::{PEER, add_another_peer, arrive, node};
use crate::quic::Identity;
use crate::sockets::SocketBudget;

fn receiver() -> (UdpSocket, SocketAddr) {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket
        .set_read_timeout(Some(Duration::from_secs(5)))
        .unwrap();
    let address = socket.local_addr().unwrap();
    (socket, address)
}

fn receive(socket: &UdpSocket) -> Vec<u8> {
    let mut buffer = [0; 2048];
    let length = socket.recv(&mut buffer).unwrap();
    buffer[..length].to_vec()
}

#[test]
fn only_what_was_not_sent_is_kept() {
    let parts = [&b"head"[..], b"one", b"head", b"two"].map(IoSlice::new);
    assert_eq!(unsent(&parts, 0), b"headoneheadtwo");
    assert_eq!(unsent(&parts, 7), b"headtwo");
    assert_eq!(unsent(&parts, 14), b"");
}

#[test]
fn all_that_was_kept_leaves_in_order_and_size() {
    let mut node = node();
    let (socket, address) = receiver();
    node.keep_for_later(Local::MainV4, address, b"aabb".to_vec(), 2);
    node.keep_for_later(Local::MainV4, address, b"lost".to_vec(), 4);
    node.keep_behind(b"cccd".to_vec(), 3);
    node.retry_backlog();
    assert!(node.backlog.is_none());
    for expected in [&b"aa"[..], b"bb", b"ccc", b"d"] {
        assert_eq!(receive(&socket), expected);
    }
}

#[test]
fn a_backlog_is_tried_in_time_however_much_arrives() {
    let mut node = node();
    let (socket, address) = receiver();
    node.keep_for_later(Local::MainV4, address, b"rest".to_vec(), 4);
    let now = Instant::now();
    let readable = [Ready {
        token: Local::MainV6.token(),
        readable: true,
        writable: false,
    }];
    node.turn(&readable, now).unwrap();
    assert!(node.backlog.is_some(), "it is given a moment");
    node.turn(&readable, now + MAX_BLOCKED).unwrap();
    assert!(node.backlog.is_none());
    assert_eq!(receive(&socket), b"rest");
}

#[test]
fn a_backlog_ends_with_its_socket() {
    let mut node = node();
    let (_, address) = receiver();
    let extra = SocketBudget::default().open(1, "127.0.0.1:0".parse().unwrap());
    let now = node.epoch;
    node.handle_command(Command::OpenSockets(vec![extra.unwrap()]), now);
    node.keep_for_later(Local::Extra(1), address, b"rest".to_vec(), 4);
    node.handle_command(Command::CloseSockets(vec![2]), now);
    assert!(node.backlog.is_some());
    node.handle_command(Command::CloseSockets(vec![1]), now);
    assert!(node.backlog.is_none());
}

#[test]
fn whom_a_full_socket_interrupts_stays_touched() {
    let mut node = node();
    let (_, address) = receiver();
    let now = node.epoch;
    add_another_peer(&mut node, "100.64.0.4/32");
    node.settle_touched(now);
    assert_eq!(node.touched.iter().count(), 0);
    node.keep_for_later(Local::MainV4, address, b"rest".to_vec(), 4);
    node.touch(PEER + 1);
    node.touch(PEER);
    node.settle_touched(now);
    assert!(node.touched.iter().eq([PEER + 1, PEER]));
    node.retry_backlog();
    node.settle_touched(now);
    assert_eq!(node.touched.iter().count(), 0);
}

#[test]
fn peers_send_in_turns() {
    let mut node = node();
    let (socket, address) = receiver();
    add_another_peer(&mut node, "100.64.0.4/32");
    let own = node.identity.node_key;
    let pairs = [([3; 32], [4; 32], [2; 32]), ([7; 32], [7; 32], [7; 32])].map(
        |(tag_key, cid_key, seed)| {
            let peer = Identity::new(&seed).unwrap().node_key;
            PairKeys::new(tag_key, cid_key, &peer, &own)
        },
    );
    for pair in &pairs {
        for counter in 0..5 {
            let request = pair.encode(Kind::EchoRequest, &[5; 8], counter);
            arrive(&mut node, address, &request);
        }
    }
    node.settle_touched(node.epoch);
    for turn in 0..10 {
        let reply = receive(&socket);
        assert!(pairs[turn % 2].authentic(&reply), "turn {turn}");
    }
}
