use std::net::UdpSocket as StdSocket;

use meshd_netio::{RecvBatch, UdpSocket};

use super::*;
use crate::sessions::SessionNumbers;

fn listen(stun: bool, relay: bool) -> Listen {
    Listen {
        address: "127.0.0.1:0".parse().unwrap(),
        stun,
        relay,
    }
}

/// How many of a hundred arrive at a real socket: on the loopback interface that is decided when `send` returns.
fn passing(of: &Listen, one_in: u32, datagram: &[u8]) -> usize {
    passing_of(of, one_in, &SessionNumbers::new(), datagram)
}

fn passing_of(of: &Listen, one_in: u32, sessions: &SessionNumbers, datagram: &[u8]) -> usize {
    let socket = UdpSocket::bind(of.address).unwrap();
    let filter = SocketFilter {
        one_in,
        ..SocketFilter::new(sessions.check(), 0)
    };
    socket.set_filter(&filter.program(of)).unwrap();
    let sender = StdSocket::bind(of.address).unwrap();
    let to = socket.local_addr().unwrap();
    let (mut batch, mut received) = (RecvBatch::new(1), Vec::new());
    for _ in 0..100 {
        sender.send_to(datagram, to).unwrap();
        socket.recv_batch(&mut batch, &mut received).unwrap();
    }
    assert!(received.iter().all(|message| message.data == datagram));
    received.len()
}

fn control(kind: u8, length: usize) -> Vec<u8> {
    let mut datagram = vec![0; length];
    datagram[..2].copy_from_slice(&[17, kind]);
    datagram
}

#[test]
fn each_socket_gets_what_it_serves() {
    let stun = [&b"\x00\x01\x00\x00\x21\x12\xa4\x42"[..], &[5; 12]].concat();
    let requests = [control(1, 96), control(3, 200)];
    let (only_stun, both) = (listen(true, false), listen(true, true));
    assert_eq!(passing(&only_stun, 1, &stun), 100);
    assert_eq!(passing(&both, 1, &stun), 100);
    for request in &requests {
        assert_eq!(passing(&both, 1, request), 100, "{request:?}");
        assert_eq!(passing(&only_stun, 1, request), 0);
    }
    let mut other_cookie = stun.clone();
    other_cookie[4] = 0;
    for junk in [
        other_cookie,
        vec![1; 20],
        vec![16; 40],
        vec![64; 40],
        vec![200; 40],
        control(1, 97),
        control(5, 33),
        control(2, 34),
        vec![17],
        vec![],
    ] {
        assert_eq!(passing(&both, 1, &junk), 0, "{junk:?}");
    }
}

#[test]
fn a_flood_leaves_some_of_the_strangers_and_all_of_the_clients() {
    let both = listen(true, true);
    let stun = [&b"\x00\x01\x00\x00\x21\x12\xa4\x42"[..], &[5; 12]].concat();
    for request in [stun, control(1, 96), control(3, 200)] {
        let passed: usize = (0..10).map(|_| passing(&both, FEW, &request)).sum();
        assert!((20..120).contains(&passed), "{passed} of 1000");
    }
}

#[test]
fn sessions_pass_and_few_other_numbers() {
    let both = listen(true, true);
    let mut others = 0;
    for n in 0..200u32 {
        let sessions = SessionNumbers::new();
        let number = sessions.next();
        let data = |session: u32| [&[18, 1][..], &session.to_be_bytes(), &[5; 40]].concat();
        let mut ping = control(5, 32);
        ping[2..6].copy_from_slice(&number.to_be_bytes());
        assert_eq!(passing_of(&both, FEW, &sessions, &data(number)), 100);
        assert_eq!(passing_of(&both, FEW, &sessions, &ping), 100);
        others += passing_of(&both, FEW, &sessions, &data(n.wrapping_mul(0x9E37_79B1)));
    }
    assert!(others < 200 * 100 / 4, "{others} of 20,000");
}

#[test]
fn pings_of_sessions_of_before_pass_but_in_a_flood() {
    let both = listen(true, true);
    let (mut calm, mut flooded) = (0, 0);
    for _ in 0..50 {
        let mut ping = control(5, 32);
        let of_before = SessionNumbers::new().next();
        ping[2..6].copy_from_slice(&of_before.to_be_bytes());
        calm += passing(&both, 1, &ping);
        flooded += passing(&both, FEW, &ping);
    }
    assert_eq!(calm, 5000);
    assert!(flooded < 5000 / 3, "{flooded} of 5000");
}

#[test]
fn a_flood_is_noticed_and_its_end_too() {
    let mut filter = SocketFilter::new(SessionNumbers::new().check(), 0);
    assert!(!filter.observe(1000, 100), "10,000 a second");
    assert!(!filter.observe(21_000, 110), "too soon");
    assert!(filter.observe(21_000, 200) && filter.is_narrow());
    // One in sixteen of 200,000 a second.
    assert!(!filter.observe(21_000 + 1250, 300));
    assert!(filter.observe(22_250 + 10, 400) && !filter.is_narrow());
    assert!(!filter.observe(22_260, 60_000));
}
