//! The TUN device with a real kernel: two network namespaces, joined by nothing but this crate and
//! meshd-packet.
//!
//! Needs root and /dev/net/tun; fails without them, unless `MESHD_TEST_UNPRIVILEGED=1` says that
//! only the tests that do without are wanted.

use bytes::Bytes;
use meshd_netio::{Interest, Poller, RecvBatch, SendOutcome, Tun, UdpSocket};
use meshd_packet::{Coalescer, IpPacket, Segmenter};
use std::io::{IoSlice, Read, Write};
use std::net::{IpAddr, SocketAddr, TcpListener, TcpStream};
use std::os::fd::{AsFd, AsRawFd};
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;

const MTU: usize = 1400;
const TRANSFER_BYTES: usize = 24 << 20;

/// Whether the machine's owner asked to leave these tests out.
fn left_out() -> bool {
    if std::env::var_os("MESHD_TEST_UNPRIVILEGED").is_some() {
        eprintln!("left out: MESHD_TEST_UNPRIVILEGED is set");
        return true;
    }
    // SAFETY: no arguments, cannot fail.
    let root = unsafe { libc::geteuid() } == 0;
    assert!(
        root && std::path::Path::new("/dev/net/tun").exists(),
        "this test needs root and /dev/net/tun (or MESHD_TEST_UNPRIVILEGED=1)"
    );
    false
}

/// Moves this thread, and the processes it starts, to a network namespace of its own that ends with
/// it.
fn enter_namespace() {
    // SAFETY: no pointers; concerns this thread only.
    assert_eq!(
        unsafe { libc::unshare(libc::CLONE_NEWNET) },
        0,
        "unshare: {}",
        std::io::Error::last_os_error()
    );
    ip("link set lo up");
}

fn ip(arguments: &str) {
    let output = Command::new("ip")
        .args(arguments.split(' '))
        .output()
        .expect("ip(8) from iproute2");
    assert!(
        output.status.success(),
        "ip {arguments}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
}

#[derive(Default, Debug)]
struct Counts {
    frames: usize,
    super_packets: usize,
    payloads: usize,
    udp_super_packets: usize,
    written: usize,
    refused: usize,
}

/// A namespace with a TUN, and a thread in it that runs what it is given.
struct Host {
    tun: Tun,
    run: mpsc::Sender<Box<dyn FnOnce() + Send>>,
}

fn host(number: u8) -> Host {
    let (run, jobs) = mpsc::channel::<Box<dyn FnOnce() + Send>>();
    let (ready, opened) = mpsc::channel();
    thread::spawn(move || {
        enter_namespace();
        let tun = Tun::open("mesh%d").unwrap();
        let name = tun.name().to_owned();
        assert_eq!(name, "mesh0");
        ip(&format!("addr add 100.64.0.{number}/24 dev {name}"));
        ip(&format!("-6 addr add fd00::{number}/64 dev {name} nodad"));
        ip(&format!("link set {name} up mtu {MTU}"));
        ready.send(tun).unwrap();
        for job in jobs {
            job();
        }
    });
    Host {
        tun: opened.recv().unwrap(),
        run,
    }
}

/// Carries what one TUN sends to the other, as the engine would: segmented, over "the wire",
/// coalesced.
fn carry(
    from: &mut Tun,
    to: &Tun,
    segmenter: &mut Segmenter,
    coalescer: &mut Coalescer,
    counts: &mut Counts,
) {
    let mut wire: Vec<Bytes> = Vec::new();
    for _ in 0..64 {
        let Some(frame) = from.read().unwrap() else {
            break;
        };
        let Ok(ip) = IpPacket::parse(&frame.packet) else {
            continue;
        };
        counts.frames += 1;
        counts.super_packets += usize::from(frame.vnet.gso_type != 0);
        counts.udp_super_packets += usize::from(frame.vnet.gso_type == 5);
        counts.payloads += segmenter
            .segment(&frame.vnet, &ip, frame.packet, MTU, |payload| {
                wire.push(payload)
            })
            .unwrap();
    }
    let mut write = |parts: &[IoSlice<'_>]| match to.write(parts).unwrap() {
        true => counts.written += 1,
        false => counts.refused += 1,
    };
    for payload in wire {
        let ip = IpPacket::parse_wire(&payload).unwrap();
        coalescer.push(payload, &ip, &mut write);
    }
    coalescer.flush(&mut write);
}

fn content(length: usize) -> Vec<u8> {
    (0..length)
        .map(|i| ((i * 31) >> 7) as u8 ^ i as u8)
        .collect()
}

/// Runs the two sides in their namespaces while the packets between them are carried; returns what
/// passed in each direction.
fn converse(
    server: impl FnOnce() + Send + 'static,
    client: impl FnOnce() + Send + 'static,
) -> [Counts; 2] {
    let (mut one, mut two) = (host(1), host(2));
    let done = Arc::new(AtomicBool::new(false));
    let poller = Poller::new().unwrap();
    poller.add(&one.tun, 1, Interest::Readable).unwrap();
    poller.add(&two.tun, 2, Interest::Readable).unwrap();
    let (waker, flag) = (poller.waker(), done.clone());
    let (served, finished) = mpsc::channel();
    two.run
        .send(Box::new(move || {
            server();
            served.send(()).unwrap();
        }))
        .unwrap();
    one.run
        .send(Box::new(move || {
            let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(client));
            let server_ended = finished.recv_timeout(Duration::from_secs(20));
            flag.store(result.is_ok() && server_ended.is_ok(), Ordering::Release);
            waker.wake();
            assert!(flag.load(Ordering::Acquire), "a side failed");
        }))
        .unwrap();
    let (mut segmenter, mut coalescer) =
        (Segmenter::new(), Coalescer::new(one.tun.udp_segmentation()));
    let mut counts = [Counts::default(), Counts::default()];
    let mut events = Vec::new();
    let start = std::time::Instant::now();
    while !done.load(Ordering::Acquire) {
        assert!(
            start.elapsed() < Duration::from_secs(30),
            "no end: {counts:?}"
        );
        poller
            .wait(&mut events, Some(Duration::from_millis(100)))
            .unwrap();
        for event in &events {
            if event.token == 1 {
                carry(
                    &mut one.tun,
                    &two.tun,
                    &mut segmenter,
                    &mut coalescer,
                    &mut counts[0],
                );
            } else {
                carry(
                    &mut two.tun,
                    &one.tun,
                    &mut segmenter,
                    &mut coalescer,
                    &mut counts[1],
                );
            }
        }
    }
    counts
}

#[test]
fn tcp_streams_pass_as_super_packets_both_ways() {
    if left_out() {
        return;
    }
    for (any, address) in [("0.0.0.0:0", "100.64.0.2"), ("[::]:0", "fd00::2")] {
        let (listening, port) = mpsc::channel::<u16>();
        let server = move || {
            let listener = TcpListener::bind(any).unwrap();
            listening
                .send(listener.local_addr().unwrap().port())
                .unwrap();
            let (mut stream, _) = listener.accept().unwrap();
            let mut received = vec![0; TRANSFER_BYTES];
            stream.read_exact(&mut received).unwrap();
            assert!(received == content(TRANSFER_BYTES));
            stream.write_all(&received).unwrap();
        };
        let client = move || {
            let address: IpAddr = address.parse().unwrap();
            let mut stream = TcpStream::connect((address, port.recv().unwrap())).unwrap();
            stream.write_all(&content(TRANSFER_BYTES)).unwrap();
            let mut received = Vec::new();
            stream.read_to_end(&mut received).unwrap();
            assert!(received == content(TRANSFER_BYTES));
        };
        for counts in converse(server, client) {
            println!("{any} {counts:?}");
            assert_eq!(counts.refused, 0);
            assert!(
                counts.super_packets > 100 && counts.payloads > 10 * counts.super_packets,
                "{counts:?}"
            );
            assert!(counts.written < counts.payloads / 3, "{counts:?}");
        }
    }
}

#[test]
fn udp_segments_pass_as_super_packets_and_arrive_whole() {
    if left_out() {
        return;
    }
    for (any, address) in [("0.0.0.0:0", "100.64.0.2"), ("[::]:0", "fd00::2")] {
        let (listening, port) = mpsc::channel::<u16>();
        let (heard, hearing) = mpsc::channel::<()>();
        let data = content(40 * 1200 + 7);
        let expected = data.clone();
        let server = move || {
            // A plain socket: the kernel must split what was merged.
            let socket = std::net::UdpSocket::bind(any).unwrap();
            socket
                .set_read_timeout(Some(Duration::from_secs(5)))
                .unwrap();
            listening.send(socket.local_addr().unwrap().port()).unwrap();
            let mut received = Vec::new();
            let mut buffer = [0; 2000];
            while received.len() < expected.len() {
                let length = socket.recv(&mut buffer).unwrap();
                assert!(length == 1200 || length == 7);
                received.extend_from_slice(&buffer[..length]);
            }
            assert!(received == expected);
            heard.send(()).unwrap();
        };
        let client = move || {
            let destination = SocketAddr::new(address.parse().unwrap(), port.recv().unwrap());
            let socket = UdpSocket::bind(any.parse().unwrap()).unwrap();
            assert_eq!(
                socket.send(destination, &data, 1200).unwrap(),
                SendOutcome::Sent
            );
            hearing.recv_timeout(Duration::from_secs(5)).unwrap();
        };
        let [there, _] = converse(server, client);
        println!("{any} {there:?}");
        assert_eq!(there.refused, 0);
        assert!(
            there.udp_super_packets >= 1 && there.written < there.payloads,
            "{there:?}"
        );
    }
}

#[test]
fn udp_batches_over_veth_stay_merged_and_too_big_shows() {
    if left_out() {
        return;
    }
    thread::spawn(|| {
        enter_namespace();
        ip("link add left type veth peer name right");
        // The far end in the same namespace: addresses of one's own go over lo, so a second
        // namespace holds it.
        let (moved, ready) = mpsc::channel();
        let (bound, receivers) = mpsc::channel();
        let far = thread::spawn(move || {
            enter_namespace();
            moved
                .send(std::fs::read_link("/proc/thread-self").unwrap())
                .unwrap();
            while !std::path::Path::new("/proc/thread-self/net/dev_snmp6/right").exists() {
                thread::sleep(Duration::from_millis(5));
            }
            ip("addr add 192.0.2.2/24 dev right");
            ip("-6 addr add 2001:db8::2/64 dev right nodad");
            ip("link set right up");
            for any in ["192.0.2.2:0", "[2001:db8::2]:0"] {
                bound
                    .send(UdpSocket::bind(any.parse().unwrap()).unwrap())
                    .unwrap();
            }
        });
        let far_thread = ready.recv().unwrap();
        let id = far_thread.file_name().unwrap().to_str().unwrap().to_owned();
        ip(&format!("link set right netns {id}"));
        ip("addr add 192.0.2.1/24 dev left");
        ip("-6 addr add 2001:db8::1/64 dev left nodad");
        ip("link set left up");
        far.join().unwrap();
        let data = content(45 * 1424);
        for receiver in receivers {
            let address = receiver.local_addr().unwrap();
            let any = if address.is_ipv4() {
                "0.0.0.0:0"
            } else {
                "[::]:0"
            };
            let sender = UdpSocket::bind(any.parse().unwrap()).unwrap();
            assert_eq!(
                sender.send(address, &data, 1424).unwrap(),
                SendOutcome::Sent
            );
            let poller = Poller::new().unwrap();
            poller.add(&receiver, 0, Interest::Readable).unwrap();
            let (mut out, mut events) = (Vec::new(), Vec::new());
            poller
                .wait(&mut events, Some(Duration::from_secs(5)))
                .unwrap();
            receiver
                .recv_batch(&mut RecvBatch::new(4), &mut out)
                .unwrap();
            assert_eq!(
                (out.len(), out[0].segment_bytes, out[0].data.len()),
                (1, 1424, data.len())
            );
            assert!(out[0].data == data);
            // MTU 1500: neither in segments nor alone.
            assert_eq!(
                sender.send(address, &data, 1490).unwrap(),
                SendOutcome::TooBig
            );
            assert_eq!(
                sender.send(address, &data[..1490], 1490).unwrap(),
                SendOutcome::TooBig
            );
            ip("link set left down");
            assert_eq!(
                sender.send(address, &data, 1424).unwrap(),
                SendOutcome::Unreachable
            );
            ip("link set left up");
            if !address.is_ipv4() {
                break;
            }
            ip("-6 addr replace 2001:db8::1/64 dev left nodad");
        }
    })
    .join()
    .unwrap();
}

#[test]
fn names_are_checked_and_a_taken_one_is_busy() {
    if left_out() {
        return;
    }
    thread::spawn(|| {
        enter_namespace();
        for name in ["", "sixteen-bytes-xx", "a\0b"] {
            assert_eq!(
                Tun::open(name).unwrap_err().raw_os_error(),
                Some(libc::EINVAL)
            );
        }
        let tun = Tun::open("mesh-test").unwrap();
        assert_eq!(tun.name(), "mesh-test");
        assert_eq!(
            Tun::open("mesh-test").unwrap_err().raw_os_error(),
            Some(libc::EBUSY)
        );
        // Down, and full of nonsense: refused, not fatal.
        assert!(
            !tun.write(&[IoSlice::new(&[0; 10]), IoSlice::new(&[0x45; 20])])
                .unwrap()
        );
        ip("link set mesh-test up");
        assert!(!tun.write(&[IoSlice::new(&[0; 9])]).unwrap());
        assert!(
            !tun.write(&[
                IoSlice::new(&[1, 1, 0, 0, 0, 0, 255, 255, 0, 0]),
                IoSlice::new(&[0x45; 40])
            ])
            .unwrap()
        );
    })
    .join()
    .unwrap();
}

#[test]
fn quiet_interfaces_have_nothing_to_read() {
    if left_out() {
        return;
    }
    thread::spawn(|| {
        enter_namespace();
        let mut tun = Tun::open("quiet").unwrap();
        assert!(tun.read().unwrap().is_none());
        ip("link del quiet");
        assert!(
            tun.read().is_err(),
            "a removed interface is an error, not silence"
        );
    })
    .join()
    .unwrap();
}

#[test]
fn batches_leave_through_interfaces_without_offloads_too() {
    if left_out() {
        return;
    }
    thread::spawn(|| {
        enter_namespace();
        let mut plain = Tun::open("plain").unwrap();
        // SAFETY: this ioctl takes its argument by value.
        assert_eq!(
            unsafe { libc::ioctl(plain.as_fd().as_raw_fd(), libc::TUNSETOFFLOAD, 0) },
            0
        );
        ip("addr add 192.0.2.1/24 dev plain");
        ip("link set plain up mtu 1500");
        let socket = UdpSocket::bind("192.0.2.1:0".parse().unwrap()).unwrap();
        let data = content(45 * 1424);
        assert_eq!(
            socket
                .send("192.0.2.2:9".parse().unwrap(), &data, 1424)
                .unwrap(),
            SendOutcome::Sent
        );
        let mut arrived = Vec::new();
        while let Some(frame) = plain.read().unwrap() {
            let Ok(packet) = IpPacket::parse(&frame.packet) else {
                continue;
            };
            if packet.protocol == 17 && packet.src.is_ipv4() {
                assert_eq!(
                    (frame.vnet.flags, frame.vnet.gso_type, frame.packet.len()),
                    (0, 0, 28 + 1424)
                );
                arrived.extend_from_slice(&frame.packet[28..]);
            }
        }
        assert!(arrived == data);
    })
    .join()
    .unwrap();
}
