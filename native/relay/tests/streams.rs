//! Clients that reach the relay through a byte stream, beside one on UDP.

use std::net::{SocketAddr, UdpSocket};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use meshd_relay::{Listen, Rates, Register, ServerEngine, ServerOptions, ServerSink};

const MESH: [u8; 16] = [1; 16];
const PATIENCE: Duration = Duration::from_secs(5);

struct Awake(Sender<Vec<u32>>);

impl ServerSink for Awake {
    fn registers(&mut self, _: Vec<Register>) {}

    fn streams(&mut self, sessions: Vec<u32>) {
        self.0.send(sessions).unwrap();
    }

    fn fatal(&mut self, reason: String) {
        panic!("{reason}");
    }
}

fn start() -> (ServerEngine, Receiver<Vec<u32>>) {
    let (sender, awake) = channel();
    let listen = Listen {
        address: "127.0.0.1:0".parse().unwrap(),
        stun: false,
        relay: true,
    };
    let options = ServerOptions {
        listen: vec![listen],
        rates: Rates::default(),
    };
    (ServerEngine::start(options, Awake(sender)).unwrap(), awake)
}

fn in_a_minute() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    now.as_millis() as u64 + 60_000
}

/// A frame of relay data.
fn framed(session: u32, receiver: [u8; 8], packet: &[u8]) -> Vec<u8> {
    let datagram = [&[18, 1], &session.to_be_bytes()[..], &receiver, packet].concat();
    [&(datagram.len() as u16).to_be_bytes()[..], &datagram].concat()
}

#[test]
fn streams_and_datagrams_meet() {
    let (engine, awake) = start();
    let [a, b, c] = [1, 2, 3].map(|number| [number; 8]);
    let [on_a, on_b] = [a, b].map(|name| engine.admit_stream(name, MESH, in_a_minute()));
    let udp = UdpSocket::bind("127.0.0.1:0").unwrap();
    udp.set_read_timeout(Some(PATIENCE)).unwrap();
    let on_c = engine.admit(0, udp.local_addr().unwrap(), c, MESH, in_a_minute());

    // From a stream into a stream, two in one delivery.
    let frames = [framed(on_a, b, &[64, 7]), framed(on_a, b, &[16, 8])].concat();
    engine.deliver(on_a, frames);
    assert_eq!(awake.recv_timeout(PATIENCE).unwrap(), [on_b]);
    let expected = [framed(on_b, a, &[64, 7]), framed(on_b, a, &[16, 8])].concat();
    assert_eq!(engine.take_stream(on_b), Some(expected));
    assert_eq!(engine.take_stream(on_b), None);

    // From a stream to UDP and back.
    engine.deliver(on_a, framed(on_a, c, &[64, 9]));
    let mut buffer = [0; 64];
    let (length, relay): (usize, SocketAddr) = udp.recv_from(&mut buffer).unwrap();
    assert_eq!(buffer[..length], framed(on_c, a, &[64, 9])[2..]);
    udp.send_to(&framed(on_c, a, &[64, 10])[2..], relay)
        .unwrap();
    assert_eq!(awake.recv_timeout(PATIENCE).unwrap(), [on_a]);
    assert_eq!(engine.take_stream(on_a), Some(framed(on_a, c, &[64, 10])));

    // The session of another stream is of no use.
    engine.deliver(on_b, framed(on_a, c, &[64, 11]));
    engine.leave_stream(on_a);
    engine.deliver(on_b, framed(on_b, a, &[64, 12]));
    engine.deliver(on_b, framed(on_b, c, &[64, 13]));
    let length = udp.recv(&mut buffer).unwrap();
    assert_eq!(buffer[..length], framed(on_c, b, &[64, 13])[2..]);
    let drops = engine.stats().drops;
    assert_eq!((drops["unknown-session"], drops["no-receiver"]), (1, 1));
    assert_eq!(engine.stats().clients, 2);
}

#[test]
fn a_newer_session_replaces_the_stream() {
    let (engine, awake) = start();
    let old = engine.admit_stream([1; 8], MESH, in_a_minute());
    let new = engine.admit_stream([1; 8], MESH, in_a_minute());
    let other = engine.admit_stream([2; 8], MESH, in_a_minute());
    engine.leave_stream(old);
    engine.deliver(other, framed(other, [1; 8], &[64]));
    assert_eq!(awake.recv_timeout(PATIENCE).unwrap(), [new]);
    assert_eq!(engine.stats().clients, 2);
}
