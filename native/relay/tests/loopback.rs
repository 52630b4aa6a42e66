//! A server on real sockets of the loopback interface; the test decides in place of the coordinator.

use std::io::ErrorKind;
use std::net::{SocketAddr, UdpSocket};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::sleep;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use meshd_relay::{Listen, Rates, Register, RelayId, ServerEngine, ServerOptions, ServerSink};

const MESH: [u8; 16] = [1; 16];
const PATIENCE: Duration = Duration::from_secs(5);

enum Happened {
    Registers(Vec<Register>),
    Fatal(String),
}

struct ChannelSink {
    events: Sender<Happened>,
    panics: bool,
}

impl ServerSink for ChannelSink {
    fn registers(&mut self, events: Vec<Register>) {
        assert!(!self.panics, "told to panic");
        self.events.send(Happened::Registers(events)).unwrap();
    }

    fn fatal(&mut self, reason: String) {
        self.events.send(Happened::Fatal(reason)).unwrap();
    }
}

fn listen(address: &str) -> Listen {
    Listen {
        address: address.parse().unwrap(),
        stun: true,
        relay: true,
    }
}

fn start(addresses: &[&str], panics: bool) -> (ServerEngine, Receiver<Happened>) {
    let (events, happened) = channel();
    let options = ServerOptions {
        listen: addresses.iter().map(|address| listen(address)).collect(),
        rates: Rates::default(),
    };
    let engine = ServerEngine::start(options, ChannelSink { events, panics }).unwrap();
    (engine, happened)
}

fn in_a_minute() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap()
        .as_millis() as u64
        + 60_000
}

fn eventually(holds: impl Fn() -> bool) {
    let end = Instant::now() + PATIENCE;
    while !holds() {
        assert!(Instant::now() < end, "did not come true");
        sleep(Duration::from_millis(1));
    }
}

struct Client {
    socket: UdpSocket,
    relay: SocketAddr,
    name: RelayId,
}

impl Client {
    fn new(relay: SocketAddr, number: u8) -> Self {
        let socket = UdpSocket::bind(SocketAddr::new(relay.ip(), 0)).unwrap();
        socket.set_read_timeout(Some(PATIENCE)).unwrap();
        Self {
            socket,
            relay,
            name: [number; 8],
        }
    }

    fn send(&self, parts: &[&[u8]]) {
        self.socket.send_to(&parts.concat(), self.relay).unwrap();
    }

    fn receive(&self) -> Vec<u8> {
        let mut buffer = [0; 2048];
        let (length, source) = self.socket.recv_from(&mut buffer).unwrap();
        assert_eq!(source, self.relay);
        buffer[..length].to_vec()
    }

    fn hears_nothing(&self) -> bool {
        self.socket
            .set_read_timeout(Some(Duration::from_millis(50)))
            .unwrap();
        let silent = self
            .socket
            .recv_from(&mut [0; 2048])
            .is_err_and(|error| error.kind() == ErrorKind::WouldBlock);
        self.socket.set_read_timeout(Some(PATIENCE)).unwrap();
        silent
    }

    /// Hello, cookie, register; the register as the one who decides sees it.
    fn ask(&self, happened: &Receiver<Happened>) -> Register {
        let nonce = [self.name[0]; 16];
        self.send(&[&[17, 1], &nonce, &[0; 78]]);
        let answer = self.receive();
        assert_eq!(
            (answer.len(), &answer[..2], &answer[2..18]),
            (34, &[17, 2][..], &nonce[..])
        );
        self.send(&[&[17, 3], &answer[2..], b"ticket and signature"]);
        let Ok(Happened::Registers(mut registers)) = happened.recv_timeout(PATIENCE) else {
            panic!("no register came")
        };
        assert_eq!(registers.len(), 1);
        let register = registers.remove(0);
        assert_eq!(register.address, self.socket.local_addr().unwrap());
        assert_eq!(
            (register.nonce, &register.cookie[..]),
            (nonce, &answer[18..])
        );
        assert_eq!(register.body, b"ticket and signature");
        register
    }

    fn join(&self, engine: &ServerEngine, happened: &Receiver<Happened>) -> u32 {
        let register = self.ask(happened);
        let session = engine.admit(
            register.socket,
            register.address,
            self.name,
            MESH,
            in_a_minute(),
        );
        engine.send(
            register.socket,
            register.address,
            [&[17, 4][..], &register.nonce, b"accepted"].concat(),
        );
        assert_eq!(
            self.receive(),
            [&[17, 4][..], &register.nonce, b"accepted"].concat()
        );
        assert_ne!(session, 0);
        session
    }

    fn ping(&self, session: u32) -> Vec<u8> {
        self.send(&[&[17, 5], &session.to_be_bytes(), &[9; 8], &[0; 18]]);
        self.receive()
    }
}

#[test]
fn two_nodes_of_both_families_meet() {
    let (engine, happened) = start(&["127.0.0.1:0", "[::1]:0"], false);
    let (first, second) = (
        Client::new(engine.addresses()[0], 1),
        Client::new(engine.addresses()[1], 2),
    );
    let (first_session, second_session) = (
        first.join(&engine, &happened),
        second.join(&engine, &happened),
    );
    assert_ne!(first_session, second_session);

    let pong = first.ping(first_session);
    assert_eq!(
        (pong.len(), &pong[..2], &pong[6..14]),
        (32, &[17, 6][..], &[9; 8][..])
    );
    assert_eq!(
        pong[14..16],
        first.socket.local_addr().unwrap().port().to_be_bytes()
    );
    assert_eq!(
        pong[16..],
        [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 127, 0, 0, 1]
    );

    let packet = vec![0x40; 1424];
    first.send(&[
        &[18, 1],
        &first_session.to_be_bytes(),
        &second.name,
        &packet,
    ]);
    assert_eq!(
        second.receive(),
        [
            &[18, 1][..],
            &second_session.to_be_bytes(),
            &first.name,
            &packet
        ]
        .concat()
    );
    second.send(&[
        &[18, 1],
        &second_session.to_be_bytes(),
        &first.name,
        &[16, 1],
    ]);
    assert_eq!(
        first.receive(),
        [
            &[18, 1][..],
            &first_session.to_be_bytes(),
            &second.name,
            &[16, 1]
        ]
        .concat()
    );

    engine.revoke(second.name);
    assert_eq!(second.ping(second_session)[..2], [17, 7]);
    first.send(&[
        &[18, 1],
        &first_session.to_be_bytes(),
        &second.name,
        &packet,
    ]);
    assert!(second.hears_nothing());

    let stats = engine.stats();
    assert_eq!(
        (
            stats.clients,
            stats.forwarded_packets,
            stats.forwarded_bytes
        ),
        (1, 2, 1438 + 16)
    );
    assert_eq!(
        (stats.drops["no-receiver"], stats.drops["unknown-session"]),
        (1, 1)
    );
}

#[test]
fn a_node_that_moved_takes_its_session_along() {
    let (engine, happened) = start(&["127.0.0.1:0", "127.0.0.1:0"], false);
    let (before, after) = (
        Client::new(engine.addresses()[0], 1),
        Client::new(engine.addresses()[1], 1),
    );
    let old_session = before.join(&engine, &happened);
    let new_session = after.join(&engine, &happened);
    assert_eq!(before.ping(old_session)[..2], [17, 7]);
    assert_eq!(after.ping(new_session)[..2], [17, 6]);
    assert_eq!(engine.stats().clients, 1);
}

#[test]
fn answers_stun() {
    let (engine, _happened) = start(&["127.0.0.1:0"], false);
    let client = Client::new(engine.addresses()[0], 1);
    client.send(&[b"\x00\x01\x00\x00\x21\x12\xa4\x42", &[5; 12]]);
    let answer = client.receive();
    assert_eq!(
        (answer.len(), &answer[..4], &answer[8..20]),
        (32, &[1, 1, 0, 12][..], &[5; 12][..])
    );
    let port = u16::from_be_bytes([answer[26] ^ 0x21, answer[27] ^ 0x12]);
    assert_eq!(port, client.socket.local_addr().unwrap().port());
    // Counted after it was sent.
    eventually(|| engine.stats().stun_answers == 1);
}

#[test]
fn a_burst_arrives_whole_and_in_order() {
    let (engine, happened) = start(&["127.0.0.1:0"], false);
    let (first, second) = (
        Client::new(engine.addresses()[0], 1),
        Client::new(engine.addresses()[0], 2),
    );
    let (first_session, second_session) = (
        first.join(&engine, &happened),
        second.join(&engine, &happened),
    );
    for number in 0..100u8 {
        let packet = vec![64 + number; 1 + usize::from(number % 7)];
        first.send(&[
            &[18, 1],
            &first_session.to_be_bytes(),
            &second.name,
            &packet,
        ]);
    }
    for number in 0..100u8 {
        let packet = vec![64 + number; 1 + usize::from(number % 7)];
        assert_eq!(
            second.receive(),
            [
                &[18, 1][..],
                &second_session.to_be_bytes(),
                &first.name,
                &packet
            ]
            .concat()
        );
    }
}

#[test]
fn closing_frees_the_port_and_is_no_failure() {
    let (engine, happened) = start(&["127.0.0.1:0"], false);
    let address = engine.addresses()[0];
    let refused = ServerEngine::start(
        ServerOptions {
            listen: vec![listen(&address.to_string())],
            rates: Rates::default(),
        },
        ChannelSink {
            events: channel().0,
            panics: false,
        },
    );
    let error = refused.err().unwrap();
    assert_eq!(
        (error.error.kind(), error.address),
        (ErrorKind::AddrInUse, Some(address))
    );

    engine.close();
    engine.close();
    UdpSocket::bind(address).unwrap();
    assert!(happened.try_recv().is_err());
    engine.send(0, address, vec![1]);
    assert_eq!(engine.stats().drops["queue"], 1);
}

#[test]
fn a_panic_is_reported_and_stays_inside() {
    let (engine, happened) = start(&["127.0.0.1:0"], true);
    let client = Client::new(engine.addresses()[0], 1);
    client.send(&[&[17, 1], &[7; 16], &[0; 78]]);
    let answer = client.receive();
    client.send(&[&[17, 3], &answer[2..], b"ticket"]);
    let Ok(Happened::Fatal(reason)) = happened.recv_timeout(PATIENCE) else {
        panic!("not reported")
    };
    assert!(reason.contains("told to panic"), "{reason}");
    UdpSocket::bind(engine.addresses()[0]).unwrap();
    engine.close();
}

#[test]
fn a_full_relay_admits_nobody_until_one_leaves() {
    let (engine, _happened) = start(&["127.0.0.1:0"], false);
    let admit = |number: u32| {
        let address = SocketAddr::from(((number + 0x0A00_0000).to_be_bytes(), 1000));
        engine.admit(
            0,
            address,
            u64::from(number).to_be_bytes(),
            MESH,
            in_a_minute(),
        )
    };
    (0..65_536).for_each(|number| assert_ne!(admit(number), 0));
    eventually(|| engine.stats().clients == 65_536);
    assert_eq!(admit(65_536), 0);
    engine.revoke(7u64.to_be_bytes());
    eventually(|| engine.stats().clients == 65_535);
    assert_ne!(admit(65_536), 0);
}

#[test]
fn a_ticket_that_has_ended_admits_nobody() {
    let (engine, _happened) = start(&["127.0.0.1:0"], false);
    let client = Client::new(engine.addresses()[0], 1);
    let session = engine.admit(0, client.socket.local_addr().unwrap(), client.name, MESH, 1);
    assert_eq!(client.ping(session)[..2], [17, 7]);
}

#[test]
fn needs_a_socket() {
    let options = ServerOptions {
        listen: vec![],
        rates: Rates::default(),
    };
    let error = ServerEngine::start(
        options,
        ChannelSink {
            events: channel().0,
            panics: false,
        },
    )
    .err()
    .unwrap();
    assert_eq!(error.error.kind(), ErrorKind::InvalidInput);
}

#[test]
fn a_host_with_several_addresses_answers_from_the_one_that_was_asked() {
    let (engine, _happened) = start(&["0.0.0.0:0", "[::]:0"], false);
    let binding = [&[0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42][..], &[5; 12]].concat();
    for asked in ["127.0.0.1", "127.0.0.2", "127.1.2.3", "::1"] {
        let ip: std::net::IpAddr = asked.parse().unwrap();
        let port = engine.addresses()[usize::from(ip.is_ipv6())].port();
        let unspecified = if ip.is_ipv6() { "[::]:0" } else { "0.0.0.0:0" };
        let client = UdpSocket::bind(unspecified).unwrap();
        client.set_read_timeout(Some(PATIENCE)).unwrap();
        client.send_to(&binding, (ip, port)).unwrap();
        let (_, source) = client.recv_from(&mut [0; 100]).unwrap();
        assert_eq!(source, SocketAddr::new(ip, port));
    }
}
