//! Packets a second that a relay forwards on loopback: `cargo run --release --example relay_throughput [SECONDS]`.
//!
//! Senders and receivers share the machine with the relay, so the figure that says something about the relay is the CPU
//! time of its thread per packet. "of a core" is what one core would forward if it did nothing else. Then the delay of
//! single packets through the relay at steady rates, from before the send to after the receive.

use std::fs;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread;
use std::time::{Duration, Instant};

use meshd_netio::{Interest, Poller, RecvBatch, UdpSocket};
use meshd_relay::{Listen, Rates, Register, RelayId, ServerEngine, ServerOptions, ServerSink};

/// A full QUIC packet with the relay's header.
const DATAGRAM_BYTES: usize = 1438;

const LOOPBACK: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

/// Where a datagram says when it left, behind the relay's header and the packet's first byte.
const TIMESTAMP: Range<usize> = 15..23;

struct Scenario {
    name: &'static str,
    /// Datagrams of one send.
    train: usize,
    receivers: u8,
    datagram_bytes: usize,
}

const SCENARIOS: [Scenario; 5] = [
    Scenario {
        name: "trains of 45, 1 receiver",
        train: 45,
        receivers: 1,
        datagram_bytes: DATAGRAM_BYTES,
    },
    Scenario {
        name: "single, 1 receiver",
        train: 1,
        receivers: 1,
        datagram_bytes: DATAGRAM_BYTES,
    },
    Scenario {
        name: "single, 16 receivers",
        train: 1,
        receivers: 16,
        datagram_bytes: DATAGRAM_BYTES,
    },
    Scenario {
        name: "single of 128 B, 1 receiver",
        train: 1,
        receivers: 1,
        datagram_bytes: 128,
    },
    Scenario {
        name: "single of 128 B, 255 receivers",
        train: 1,
        receivers: 255,
        datagram_bytes: 128,
    },
];

/// Single packets a second.
const RATES: [u64; 3] = [10_000, 100_000, 200_000];

/// The sender wakes this often and sends what is due.
const TICK: Duration = Duration::from_micros(100);

struct NoSink;

impl ServerSink for NoSink {
    fn registers(&mut self, _events: Vec<Register>) {}

    fn fatal(&mut self, reason: String) {
        panic!("{reason}");
    }
}

fn main() -> io::Result<()> {
    let seconds = std::env::args()
        .nth(1)
        .and_then(|text| text.parse().ok())
        .unwrap_or(2.0);
    println!(
        "{:32} {:>12} {:>10} {:>8} {:>10} {:>14}",
        "", "forwarded/s", "Gbit/s", "lost", "CPU ns", "of a core/s"
    );
    let duration = Duration::from_secs_f64(seconds);
    SCENARIOS
        .iter()
        .try_for_each(|scenario| run(scenario, duration))?;
    println!(
        "\n{:32} {:>12} {:>10} {:>8} {:>10} {:>14}",
        "", "arrived/s", "p50 us", "p99 us", "max us", "relay's core"
    );
    RATES.iter().try_for_each(|&rate| delay(rate, duration))
}

fn run(scenario: &Scenario, duration: Duration) -> io::Result<()> {
    let (engine, relay) = start()?;
    let bind = || UdpSocket::bind(LOOPBACK);
    let admit = |socket: &UdpSocket, number: u8| -> io::Result<u32> {
        Ok(engine.admit(0, socket.local_addr()?, [number; 8], [1; 16], u64::MAX))
    };

    let sender = bind()?;
    let session = admit(&sender, 0)?;
    let receivers = (0..scenario.receivers)
        .map(|_| bind())
        .collect::<io::Result<Vec<_>>>()?;
    for (number, receiver) in (1..).zip(&receivers) {
        admit(receiver, number)?;
    }
    until_admitted(&engine, u64::from(scenario.receivers) + 1);

    let stop = Arc::new(AtomicBool::new(false));
    let draining = thread::spawn({
        let stop = stop.clone();
        move || drain(&receivers, &stop)
    });
    let cpu_before = relay_cpu_ns()?;
    let began = Instant::now();
    let sent = send(scenario, &sender, relay, session, duration)?;
    let elapsed = began.elapsed();
    thread::sleep(Duration::from_millis(100));
    let cpu = relay_cpu_ns()? - cpu_before;
    stop.store(true, Relaxed);
    draining.join().expect("the receivers do not panic")?;

    let stats = engine.stats();
    let packets = stats.forwarded_packets as f64;
    println!(
        "{:32} {:>12.0} {:>10.2} {:>7.1}% {:>10.0} {:>14.0}",
        scenario.name,
        packets / elapsed.as_secs_f64(),
        stats.forwarded_bytes as f64 * 8e-9 / elapsed.as_secs_f64(),
        100.0 * (1.0 - packets / sent as f64),
        cpu as f64 / packets,
        packets * 1e9 / cpu as f64,
    );
    stats
        .drops
        .iter()
        .filter(|(_, count)| **count > 0)
        .for_each(|(reason, count)| println!("  {reason}: {count}"));
    Ok(())
}

fn start() -> io::Result<(ServerEngine, SocketAddr)> {
    let listen = vec![Listen {
        address: LOOPBACK,
        stun: false,
        relay: true,
    }];
    let options = ServerOptions {
        listen,
        rates: Rates::default(),
    };
    let engine = ServerEngine::start(options, NoSink).map_err(|error| error.error)?;
    let address = engine.addresses()[0];
    Ok((engine, address))
}

fn until_admitted(engine: &ServerEngine, clients: u64) {
    while engine.stats().clients != clients {
        thread::sleep(Duration::from_millis(1));
    }
}

/// Sends for a while to all receivers in turn; returns the number of datagrams.
fn send(
    scenario: &Scenario,
    socket: &UdpSocket,
    relay: SocketAddr,
    session: u32,
    duration: Duration,
) -> io::Result<u64> {
    let train =
        |number: u8| datagram(session, [number; 8], scenario.datagram_bytes).repeat(scenario.train);
    let trains: Vec<_> = (1..=scenario.receivers).map(train).collect();
    let end = Instant::now() + duration;
    let mut sent = 0;
    while Instant::now() < end {
        for train in &trains {
            socket.send(relay, train, scenario.datagram_bytes)?;
            sent += scenario.train as u64;
        }
    }
    Ok(sent)
}

fn datagram(session: u32, receiver: RelayId, length: usize) -> Vec<u8> {
    let mut bytes = [&[18, 1][..], &session.to_be_bytes(), &receiver].concat();
    bytes.resize(length, 0x40);
    bytes
}

fn drain(sockets: &[UdpSocket], stop: &AtomicBool) -> io::Result<()> {
    let poller = Poller::new()?;
    for (token, socket) in (0..).zip(sockets) {
        poller.add(socket, token, Interest::Readable)?;
    }
    let mut batch = RecvBatch::new(16);
    let (mut events, mut received) = (Vec::new(), Vec::new());
    while !stop.load(Relaxed) {
        poller.wait(&mut events, Some(Duration::from_millis(20)))?;
        for event in &events {
            sockets[event.token as usize].recv_batch(&mut batch, &mut received)?;
            received.clear();
        }
    }
    Ok(())
}

fn delay(rate: u64, duration: Duration) -> io::Result<()> {
    let (engine, relay) = start()?;
    let (sender, receiver) = (UdpSocket::bind(LOOPBACK)?, UdpSocket::bind(LOOPBACK)?);
    let session = engine.admit(0, sender.local_addr()?, [0; 8], [1; 16], u64::MAX);
    engine.admit(0, receiver.local_addr()?, [1; 8], [1; 16], u64::MAX);
    until_admitted(&engine, 2);

    let stop = Arc::new(AtomicBool::new(false));
    let began = Instant::now();
    let measuring = thread::spawn({
        let stop = stop.clone();
        move || measure(&receiver, began, &stop)
    });
    let cpu_before = relay_cpu_ns()?;
    let mut datagram = datagram(session, [1; 8], DATAGRAM_BYTES);
    let mut sent = 0;
    while began.elapsed() < duration {
        let due = (began.elapsed().as_secs_f64() * rate as f64) as u64;
        while sent < due {
            datagram[TIMESTAMP].copy_from_slice(&(began.elapsed().as_nanos() as u64).to_be_bytes());
            sender.send(relay, &datagram, DATAGRAM_BYTES)?;
            sent += 1;
        }
        thread::sleep(TICK);
    }
    let cpu = relay_cpu_ns()? - cpu_before;
    thread::sleep(Duration::from_millis(100));
    stop.store(true, Relaxed);
    let mut delays = measuring.join().expect("the receiver does not panic")?;
    delays.sort_unstable();
    let at = |share: f64| {
        let rank = (delays.len() as f64 * share) as usize;
        delays
            .get(rank)
            .or(delays.last())
            .map_or(0.0, |&ns| ns as f64 / 1000.0)
    };
    println!(
        "{:32} {:>12.0} {:>10.0} {:>8.0} {:>10.0} {:>13.0}%",
        format!("single, {rate} packets/s"),
        delays.len() as f64 / duration.as_secs_f64(),
        at(0.5),
        at(0.99),
        at(1.0),
        100.0 * cpu as f64 / duration.as_nanos() as f64,
    );
    Ok(())
}

/// Nanoseconds from send to receive of every datagram.
fn measure(socket: &UdpSocket, began: Instant, stop: &AtomicBool) -> io::Result<Vec<u64>> {
    let poller = Poller::new()?;
    poller.add(socket, 0, Interest::Readable)?;
    let mut batch = RecvBatch::new(16);
    let (mut events, mut received, mut delays) = (Vec::new(), Vec::new(), Vec::new());
    while !stop.load(Relaxed) {
        poller.wait(&mut events, Some(Duration::from_millis(20)))?;
        socket.recv_batch(&mut batch, &mut received)?;
        let now = began.elapsed().as_nanos() as u64;
        for message in received.drain(..) {
            for datagram in message.data.chunks(message.segment_bytes) {
                if let Some(&timestamp) = datagram[TIMESTAMP].first_chunk() {
                    delays.push(now.saturating_sub(u64::from_be_bytes(timestamp)));
                }
            }
        }
    }
    Ok(delays)
}

/// CPU time of the relay's thread so far (first field of schedstat, proc(5)).
fn relay_cpu_ns() -> io::Result<u64> {
    for task in fs::read_dir("/proc/self/task")? {
        let path = task?.path();
        if fs::read_to_string(path.join("comm"))?.trim() == "meshd-relay" {
            let schedstat = fs::read_to_string(path.join("schedstat"))?;
            let nanoseconds = schedstat
                .split(' ')
                .next()
                .and_then(|field| field.parse().ok());
            return nanoseconds.ok_or_else(|| io::ErrorKind::InvalidData.into());
        }
    }
    Err(io::ErrorKind::NotFound.into())
}
