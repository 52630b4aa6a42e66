//! Two engines with real sockets on the loopback, as other threads see them.

use std::net::{SocketAddr, UdpSocket};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use meshd_engine::{
    Engine, EngineOptions, EngineStats, Event, PeerConfig, PeerEvent, PingReply, Reply, Target,
    Unanswered, Way,
};

/// Node keys of the seeds 1 and 2 (RFC 8032 key generation).
const NODE_KEYS: [[u8; 32]; 2] = [
    [
        0x8a, 0x88, 0xe3, 0xdd, 0x74, 0x09, 0xf1, 0x95, 0xfd, 0x52, 0xdb, 0x2d, 0x3c, 0xba, 0x5d,
        0x72, 0xca, 0x67, 0x09, 0xbf, 0x1d, 0x94, 0x12, 0x1b, 0xf3, 0x74, 0x88, 0x01, 0xb4, 0x0f,
        0x6f, 0x5c,
    ],
    [
        0x81, 0x39, 0x77, 0x0e, 0xa8, 0x7d, 0x17, 0x5f, 0x56, 0xa3, 0x54, 0x66, 0xc3, 0x4c, 0x7e,
        0xcc, 0xcb, 0x8d, 0x8a, 0x91, 0xb4, 0xee, 0x37, 0xa2, 0x5d, 0xf6, 0x0f, 0x5b, 0x8f, 0xc9,
        0xb3, 0x94,
    ],
];

struct End {
    engine: Engine,
    events: Receiver<Event>,
    peer: u32,
}

fn start(side: usize, boot: u8, port: u16) -> End {
    let (sender, events) = channel();
    let options = EngineOptions {
        node_seed: [side as u8 + 1; 32],
        boot_id: [boot; 8],
        port,
    };
    let engine = Engine::start(options, move |pending| {
        for event in pending.take() {
            let _ = sender.send(event);
        }
    })
    .unwrap();
    let config = PeerConfig {
        node_key: NODE_KEYS[1 - side],
        tag_key: [3; 32],
        cid_key: [4; 32],
        relay_id: [1 - side as u8; 8],
        prefixes: vec![format!("100.64.0.{}/32", 2 - side).parse().unwrap()],
    };
    let peer = engine.upsert_peer(config).unwrap();
    End {
        engine,
        events,
        peer,
    }
}

fn pair() -> [End; 2] {
    let ends = [start(0, 10, 0), start(1, 11, 0)];
    for (end, other) in [(&ends[0], &ends[1]), (&ends[1], &ends[0])] {
        point(end, other);
    }
    ends
}

fn point(end: &End, other: &End) {
    let address = format!("127.0.0.1:{}", other.engine.bound().port)
        .parse()
        .unwrap();
    end.engine
        .set_paths(end.peer, vec![(1, Way::Direct(address))]);
}

fn ask<T: Send + 'static>(question: impl FnOnce(Reply<T>)) -> Result<T, Unanswered> {
    let (sender, receiver) = channel();
    question(Reply::new(move |answer| {
        let _ = sender.send(answer);
    }));
    receiver
        .recv_timeout(Duration::from_secs(10))
        .expect("every question is answered")
}

fn ping(end: &End) -> Result<PingReply, Unanswered> {
    ask(|reply| end.engine.ping(end.peer, Duration::from_secs(5), reply))
}

fn stats(end: &End) -> EngineStats {
    ask(|reply| end.engine.stats(reply)).unwrap()
}

fn wait_for(end: &End, wanted: impl Fn(&PeerEvent) -> bool) {
    let deadline = Instant::now() + Duration::from_secs(10);
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        match end.events.recv_timeout(left) {
            Ok(Event::Peer { event, .. }) if wanted(&event) => return,
            Ok(_) => {}
            Err(_) => panic!("the event did not come"),
        }
    }
}

#[test]
fn a_ping_connects_and_a_removal_disconnects() {
    let ends = pair();
    assert_eq!(ping(&ends[1]).unwrap().path, 1);
    wait_for(&ends[0], |event| matches!(event, PeerEvent::Connected(_)));
    let stats = stats(&ends[1]);
    assert!(stats.peers[0].connected && stats.peers[0].paths[0].active);
    assert!(stats.peers[0].paths[0].rtt.is_some());
    ends[0].engine.remove_peer(ends[0].peer);
    wait_for(&ends[1], |event| {
        matches!(event, PeerEvent::Disconnected(_))
    });
}

#[test]
fn a_restarted_engine_is_found_again() {
    let [first, second] = pair();
    ping(&first).unwrap();
    let port = second.engine.bound().port;
    second.engine.close();
    drop(second);
    let second = start(1, 99, port);
    point(&second, &first);
    ping(&first).unwrap();
    ping(&second).unwrap();
    assert!(stats(&first).peers[0].connected);
}

#[test]
fn closing_answers_open_questions_and_refuses_new_ones() {
    let end = start(0, 1, 0);
    let (sender, receiver) = channel();
    let reply = Reply::new(move |answer| {
        let _ = sender.send(answer);
    });
    end.engine.ping(end.peer, Duration::from_secs(60), reply);
    end.engine.close();
    assert_eq!(receiver.recv().unwrap(), Err(Unanswered::Gone));
    assert_eq!(ping(&end), Err(Unanswered::Gone));
    end.engine.close();
}

#[test]
fn removing_a_peer_answers_its_pings() {
    let end = start(0, 1, 0);
    let (sender, receiver) = channel();
    let reply = Reply::new(move |answer| {
        let _ = sender.send(answer);
    });
    end.engine.ping(end.peer, Duration::from_secs(60), reply);
    end.engine.remove_peer(end.peer);
    let answer = receiver.recv_timeout(Duration::from_secs(10)).unwrap();
    assert_eq!(answer, Err(Unanswered::Gone));
}

#[test]
fn handles_are_stable() {
    let end = start(0, 1, 0);
    let config = || PeerConfig {
        node_key: NODE_KEYS[1],
        tag_key: [3; 32],
        cid_key: [4; 32],
        relay_id: [0; 8],
        prefixes: Vec::new(),
    };
    assert_eq!(end.engine.upsert_peer(config()), Some(end.peer));
    end.engine.remove_peer(end.peer);
    assert_eq!(end.engine.upsert_peer(config()), Some(end.peer));
    let other = PeerConfig {
        node_key: [7; 32],
        ..config()
    };
    assert_eq!(end.engine.upsert_peer(other), Some(end.peer + 1));
}

#[test]
fn a_path_on_an_extra_socket_carries_everything() {
    let ends = pair();
    let sockets = ends[0].engine.open_sockets(3, false).unwrap();
    let witness = UdpSocket::bind("127.0.0.1:0").unwrap();
    let target = Target::Address(witness.local_addr().unwrap(), Some(sockets[1]));
    ends[0].engine.send(vec![(target, b"where from?".to_vec())]);
    let (_, extra) = witness.recv_from(&mut [0; 64]).unwrap();
    assert_ne!(extra.port(), ends[0].engine.bound().port);

    let other = format!("127.0.0.1:{}", ends[1].engine.bound().port)
        .parse()
        .unwrap();
    let way = Way::Extra(sockets[1], other);
    ends[0].engine.set_paths(ends[0].peer, vec![(7, way)]);
    ends[1]
        .engine
        .set_paths(ends[1].peer, vec![(8, Way::Direct(extra))]);
    ends[0].engine.close_sockets(sockets.clone());
    assert_eq!(ping(&ends[0]).unwrap().path, 7);
    assert_eq!(ping(&ends[1]).unwrap().path, 8);

    // Once no path uses it, it is closed.
    ends[0].engine.set_paths(ends[0].peer, Vec::new());
    stats(&ends[0]);
    UdpSocket::bind(("0.0.0.0", extra.port())).unwrap();
    assert_eq!(ends[0].engine.open_sockets(256, false).unwrap().len(), 256);
    let refused = ends[0].engine.open_sockets(1, true).unwrap_err();
    assert_eq!(refused.raw_os_error(), Some(libc::EMFILE));
}

#[test]
fn a_rebound_engine_is_heard_again_at_once() {
    let ends = pair();
    ping(&ends[0]).unwrap();
    let before = ends[0].engine.bound();
    let rebound: std::io::Result<()> = ask(|reply| ends[0].engine.rebind(reply)).unwrap();
    rebound.unwrap();
    assert_eq!(ends[0].engine.bound(), before, "the port was free");
    ping(&ends[0]).unwrap();
    ping(&ends[1]).unwrap();
    let path = &stats(&ends[0]).peers[0].paths[0];
    assert!(path.alive && path.active);
}

/// Forwards between two ends whose sessions are 1 and 2, as a relay does, but only datagrams up to `limit`.
fn narrow_relay(ends: &[End; 2], limit: usize) -> SocketAddr {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let address = socket.local_addr().unwrap();
    let ports = [0, 1].map(|side| ends[side].engine.bound().port);
    socket
        .set_read_timeout(Some(Duration::from_secs(10)))
        .unwrap();
    std::thread::spawn(move || {
        let mut buffer = [0; 2048];
        // Ends with the test, which is quiet then.
        while let Ok(length) = socket.recv(&mut buffer) {
            let datagram = &mut buffer[..length];
            let sender = datagram[5] - 1;
            if length <= limit && datagram[0] == 18 {
                datagram[5] = 2 - sender;
                datagram[6..14].fill(sender);
                let receiver = ("127.0.0.1", ports[usize::from(1 - sender)]);
                let _ = socket.send_to(datagram, receiver);
            }
        }
    });
    address
}

#[test]
fn a_narrow_relay_carries_handshakes_in_parts() {
    let ends = [start(0, 10, 0), start(1, 11, 0)];
    let relay = narrow_relay(&ends, 1096);
    for (session, end) in (1..).zip(&ends) {
        end.engine.set_relay(9, Some(relay), session);
        end.engine.set_paths(end.peer, vec![(4, Way::Relay(9))]);
    }
    assert_eq!(ping(&ends[0]).unwrap().path, 4);
    assert_eq!(ping(&ends[1]).unwrap().path, 4);
    let deadline = Instant::now() + Duration::from_secs(5);
    // 1062 of 1096 are what the ladder finds behind a relay's header.
    while stats(&ends[0]).peers[0].paths[0].mtu_bytes != 1062 - 70 {
        assert!(Instant::now() < deadline, "the size is not found");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn a_path_that_the_host_refuses_is_left_at_once() {
    let ends = pair();
    let good = format!("127.0.0.1:{}", ends[1].engine.bound().port);
    // Without SO_BROADCAST the kernel refuses it (EACCES), as it does what has no route.
    let bad = "255.255.255.255:9".parse().unwrap();
    let paths = vec![
        (1, Way::Direct(bad)),
        (2, Way::Direct(good.parse().unwrap())),
    ];
    ends[0].engine.set_paths(ends[0].peer, paths);
    let began = Instant::now();
    assert_eq!(ping(&ends[0]).unwrap().path, 2);
    assert!(began.elapsed() < Duration::from_millis(500));
}

/// Carries frames between two engines whose sessions are 1 and 2, as a relay and the streams to it do; packets larger than `limit` are
/// lost, as on the narrow path of a receiver that has UDP.
fn carry_streams(engines: [&Engine; 2], limit: usize, done: &AtomicBool) {
    while !done.load(Ordering::Relaxed) {
        for (from, to) in [(0, 1), (1, 0)] {
            while let Some(mut frames) = engines[from].relay_take(9) {
                let mut carried = Vec::new();
                let mut at = 0;
                while at < frames.len() {
                    let length = usize::from(u16::from_be_bytes([frames[at], frames[at + 1]]));
                    let end = at + 2 + length;
                    let packet = &mut frames[at + 2..end];
                    packet[5] = to as u8 + 1;
                    packet[6..14].fill(from as u8);
                    if length <= limit {
                        carried.extend_from_slice(&frames[at..end]);
                    }
                    at = end;
                }
                engines[to].relay_receive(9, carried);
            }
        }
        std::thread::sleep(Duration::from_millis(1));
    }
}

#[test]
fn a_relay_over_streams_carries_everything() {
    for limit in [2048, 1096] {
        let ends = [start(0, 10, 0), start(1, 11, 0)];
        for (session, end) in (1..).zip(&ends) {
            end.engine.set_stream_relay(9, session);
            end.engine.set_paths(end.peer, vec![(4, Way::Relay(9))]);
        }
        let done = AtomicBool::new(false);
        let engines = [&ends[0].engine, &ends[1].engine];
        std::thread::scope(|scope| {
            scope.spawn(|| carry_streams(engines, limit, &done));
            let replies = ends.each_ref().map(ping);
            done.store(true, Ordering::Relaxed);
            for reply in replies {
                assert_eq!(reply.unwrap().path, 4);
            }
        });
        ends[0].engine.set_stream_relay(9, 0);
        assert_eq!(ends[0].engine.relay_take(9), None);
    }
}
