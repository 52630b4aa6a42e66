//! UDP segmentation and coalescing on the loopback interface; needs no privileges.

use meshd_netio::filter::{Instruction, MAX_INSTRUCTIONS};
use meshd_netio::{Interest, Poller, Received, RecvBatch, SendOutcome, UdpSocket, bind_pair};
use std::io::IoSlice;
use std::net::SocketAddr;
use std::time::Duration;

const SEGMENT: usize = 1424;

fn pair(any: &str) -> (UdpSocket, UdpSocket, SocketAddr) {
    let sender = UdpSocket::bind(any.parse().unwrap()).unwrap();
    let receiver = UdpSocket::bind(any.parse().unwrap()).unwrap();
    let address = receiver.local_addr().unwrap();
    (sender, receiver, address)
}

/// Receives until `bytes` have come.
fn receive(socket: &UdpSocket, batch: &mut RecvBatch, bytes: usize) -> Vec<Received> {
    let poller = Poller::new().unwrap();
    poller.add(socket, 0, Interest::Readable).unwrap();
    let (mut out, mut events) = (Vec::new(), Vec::new());
    while out
        .iter()
        .map(|message: &Received| message.data.len())
        .sum::<usize>()
        < bytes
    {
        poller
            .wait(&mut events, Some(Duration::from_secs(2)))
            .unwrap();
        assert!(!events.is_empty(), "only {} messages came", out.len());
        socket.recv_batch(batch, &mut out).unwrap();
    }
    out
}

fn numbered(length: usize) -> Vec<u8> {
    (0..length).map(|i| (i / SEGMENT) as u8 ^ i as u8).collect()
}

#[test]
fn forty_five_segments_leave_and_arrive_as_one() {
    for any in ["127.0.0.1:0", "[::1]:0"] {
        let (sender, receiver, address) = pair(any);
        let data = numbered(45 * SEGMENT - 100);
        assert_eq!(
            sender.send(address, &data, SEGMENT).unwrap(),
            SendOutcome::Sent
        );
        let messages = receive(&receiver, &mut RecvBatch::new(4), data.len());
        assert_eq!(messages.len(), 1, "{any}");
        assert_eq!(messages[0].segment_bytes, SEGMENT);
        assert_eq!(messages[0].source, sender.local_addr().unwrap());
        assert!(messages[0].data == data);
    }
}

#[test]
fn any_length_is_cut_into_several_system_calls() {
    let (sender, receiver, address) = pair("127.0.0.1:0");
    let data = numbered(300 * SEGMENT + 1);
    assert_eq!(
        sender.send(address, &data, SEGMENT).unwrap(),
        SendOutcome::Sent
    );
    let messages = receive(&receiver, &mut RecvBatch::new(16), data.len());
    let datagrams: Vec<&[u8]> = messages
        .iter()
        .flat_map(|m| m.data.chunks(m.segment_bytes))
        .collect();
    assert_eq!(datagrams.len(), 301);
    assert!(datagrams.concat() == data);
}

#[test]
fn parts_are_gathered_across_segments_and_calls() {
    let (sender, receiver, address) = pair("[::1]:0");
    let (header, payload) = ([0xaa; 14], numbered(SEGMENT - 14));
    let parts: Vec<IoSlice<'_>> = (0..100)
        .flat_map(|_| [IoSlice::new(&header), IoSlice::new(&payload)])
        .collect();
    assert_eq!(
        sender.send_parts(address, &parts, SEGMENT).unwrap(),
        SendOutcome::Sent
    );
    let messages = receive(&receiver, &mut RecvBatch::new(4), 100 * SEGMENT);
    for datagram in messages.iter().flat_map(|m| m.data.chunks(m.segment_bytes)) {
        assert_eq!(datagram[..14], header);
        assert_eq!(datagram[14..], payload[..]);
    }
}

#[test]
fn small_datagrams_come_in_batches_and_pin_nothing() {
    let (sender, receiver, address) = pair("127.0.0.1:0");
    let mut batch = RecvBatch::new(8);
    let mut kept = Vec::new();
    for round in 0..50u8 {
        for index in 0..8u8 {
            assert_eq!(
                sender.send(address, &[round, index], 1200).unwrap(),
                SendOutcome::Sent
            );
        }
        kept.extend(receive(&receiver, &mut batch, 16));
    }
    assert_eq!(kept.len(), 400);
    for (number, message) in kept.iter().enumerate() {
        assert_eq!(message.data[..], [(number / 8) as u8, (number % 8) as u8]);
        assert_eq!(message.segment_bytes, 2);
    }
}

#[test]
fn buffers_survive_being_held_while_others_are_received() {
    let (sender, receiver, address) = pair("127.0.0.1:0");
    let mut batch = RecvBatch::new(2);
    let mut kept = Vec::new();
    for round in 0..40u8 {
        let data = vec![round; 30 * SEGMENT];
        assert_eq!(
            sender.send(address, &data, SEGMENT).unwrap(),
            SendOutcome::Sent
        );
        kept.extend(receive(&receiver, &mut batch, data.len()));
    }
    for (round, message) in kept.iter().enumerate() {
        assert!(message.data.iter().all(|&byte| byte == round as u8));
    }
}

#[test]
fn what_cannot_be_sent_is_an_outcome() {
    let (sender, receiver, address) = pair("127.0.0.1:0");
    // Larger than any UDP datagram, and with segmentation than the loopback's MTU of 65,536.
    assert_eq!(
        sender.send(address, &vec![0; 65_530], 65_530).unwrap(),
        SendOutcome::TooBig
    );
    let no_port = SocketAddr::new(address.ip(), 0);
    assert_eq!(
        sender.send(no_port, &[0; 10], 10).unwrap(),
        SendOutcome::Unreachable
    );
    assert!(
        sender
            .send("[::1]:9".parse().unwrap(), &[0; 10], 10)
            .is_err()
    );
    assert!(sender.send(address, &[0; 10], 0).is_err());
    assert_eq!(sender.send(address, &[], 1200).unwrap(), SendOutcome::Sent);
    let mut out = Vec::new();
    receiver
        .recv_batch(&mut RecvBatch::new(1), &mut out)
        .unwrap();
    assert_eq!(out.len(), 1);
    assert!(out[0].data.is_empty() && out[0].segment_bytes == 1);
    assert_eq!(
        receiver
            .recv_batch(&mut RecvBatch::new(1), &mut out)
            .unwrap(),
        0
    );
}

#[test]
fn a_pair_shares_a_port_and_a_taken_port_surfaces() {
    let pair = bind_pair(0).unwrap();
    let v4 = pair.v4.as_ref().unwrap().local_addr().unwrap();
    assert_eq!(v4.port(), pair.port);
    if let Some(v6) = &pair.v6 {
        assert_eq!(v6.local_addr().unwrap().port(), pair.port);
        assert!(!v6.is_ipv4());
    }
    let error = bind_pair(pair.port).unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::AddrInUse);
    let port = pair.port;
    drop(pair);
    assert_eq!(bind_pair(port).unwrap().port, port);
}

#[test]
fn only_one_family_taken_also_surfaces() {
    let v6 = UdpSocket::bind("[::]:0".parse().unwrap()).unwrap();
    let port = v6.local_addr().unwrap().port();
    assert_eq!(
        bind_pair(port).unwrap_err().kind(),
        std::io::ErrorKind::AddrInUse
    );
}

#[test]
fn a_filter_that_is_refused_leaves_none_in_place() {
    let (sender, receiver, address) = pair("127.0.0.1:0");
    let mut batch = RecvBatch::new(1);
    let mut arrives = || {
        sender.send(address, &[1], 1).unwrap();
        // On the loopback interface that is decided when `send` returns.
        receiver.recv_batch(&mut batch, &mut Vec::new()).unwrap() > 0
    };
    receiver.set_filter(&[Instruction::Drop]).unwrap();
    assert!(!arrives());
    let too_long = vec![Instruction::Drop; MAX_INSTRUCTIONS + 1];
    assert!(receiver.set_filter(&too_long).is_err());
    assert!(arrives());
}
