use super::*;
use crate::MeshId;
use crate::data::DATA;
use crate::limiter::TokenBucket;
use crate::table::IDLE_TIMEOUT_MS;
use bytes::BytesMut;
use proptest::prelude::*;
use std::net::SocketAddr;

#[path = "service_forwarding.rs"]
mod forwarding;

const MESH: [u8; 16] = [1; 16];

/// Records what leaves; says "would block" for destinations in `full`.
#[derive(Default)]
struct FakeNetwork {
    sent: Vec<(Source, Vec<u8>, usize)>,
    full: Option<Source>,
}

impl Network for FakeNetwork {
    fn send(
        &mut self,
        destination: Source,
        parts: &[IoSlice<'_>],
        segment_bytes: usize,
    ) -> SendOutcome {
        if self.full == Some(destination) {
            return SendOutcome::WouldBlock(segment_bytes);
        }
        let bytes = parts.iter().flat_map(|part| part.to_vec()).collect();
        self.sent.push((destination, bytes, segment_bytes));
        SendOutcome::Sent
    }
}

struct Fixture {
    service: Service,
    network: FakeNetwork,
    counters: Arc<Counters>,
}

impl Fixture {
    fn new(client_rate: u64) -> Self {
        Self::limited(Rates {
            client: client_rate,
            total: 0,
        })
    }

    fn limited(rates: Rates) -> Self {
        let address = "0.0.0.0:0".parse().unwrap();
        let listen = vec![
            Listen {
                address,
                stun: true,
                relay: true,
            },
            Listen {
                address,
                stun: false,
                relay: true,
            },
            Listen {
                address,
                stun: true,
                relay: false,
            },
        ];
        let counters = Arc::new(Counters::default());
        let service = Service::new(listen, rates, counters.clone(), 0, &mut || [3; 32]);
        Self {
            service,
            network: FakeNetwork::default(),
            counters,
        }
    }

    fn admit(&mut self, number: u8) {
        self.admit_at((0, address(number)), number, MESH);
    }

    fn admit_at(&mut self, source: Source, number: u8, mesh_id: MeshId) {
        self.service.admit(Client {
            session: u32::from(number),
            source,
            relay_id: [number; 8],
            mesh_id,
            not_after: u64::MAX,
            last_seen: 0,
            bucket: TokenBucket::default(),
        });
    }

    fn receive(&mut self, source: Source, bytes: &[u8], now: u64) -> Vec<(Source, Vec<u8>, usize)> {
        self.receive_batch(source.0, vec![message(source.1, bytes, bytes.len())], now)
    }

    fn receive_batch(
        &mut self,
        socket: u32,
        mut batch: Vec<Received>,
        now: u64,
    ) -> Vec<(Source, Vec<u8>, usize)> {
        self.service
            .handle_batch(socket, &mut batch, now, &mut self.network);
        std::mem::take(&mut self.network.sent)
    }

    fn drops(&self, reason: &str) -> u64 {
        self.counters.snapshot().drops[reason]
    }
}

fn address(number: u8) -> SocketAddr {
    SocketAddr::from(([192, 0, 2, number], 4000))
}

fn message(source: SocketAddr, bytes: &[u8], segment_bytes: usize) -> Received {
    Received {
        source,
        local: None,
        segment_bytes,
        data: BytesMut::from(bytes),
    }
}

fn data(session: u8, other: u8, packet: &[u8]) -> Vec<u8> {
    [&[DATA, 1, 0, 0, 0, session][..], &[other; 8], packet].concat()
}

fn hello() -> Vec<u8> {
    [&[17, 1][..], &[7; 16], &[0; 78]].concat()
}

fn ping(session: u8) -> Vec<u8> {
    [&[17, 5, 0, 0, 0, session][..], &[9; 8], &[0; 18]].concat()
}

fn binding_request() -> Vec<u8> {
    [&b"\x00\x01\x00\x00\x21\x12\xa4\x42"[..], &[5; 12]].concat()
}

#[test]
fn a_cookie_comes_back_before_a_register_goes_up() {
    let mut fixture = Fixture::new(0);
    let source = (0, address(1));
    let answers = fixture.receive(source, &hello(), 0);
    assert_eq!(answers.len(), 1);
    let (destination, cookie, _) = &answers[0];
    assert_eq!(
        (*destination, cookie.len(), &cookie[..18]),
        (source, 34, &[&[17, 2][..], &[7; 16]].concat()[..])
    );

    let register = [&[17, 3], &cookie[2..], b"ticket"].concat();
    assert!(fixture.receive((0, address(2)), &register, 0).is_empty());
    assert!(fixture.service.take_registers().is_empty());
    assert_eq!(fixture.drops("bad-cookie"), 1);

    assert!(fixture.receive(source, &register, 0).is_empty());
    let registers = fixture.service.take_registers();
    assert_eq!(registers.len(), 1);
    assert_eq!(
        (
            registers[0].socket,
            registers[0].address,
            &registers[0].body[..]
        ),
        (0, address(1), &b"ticket"[..])
    );
    assert_eq!(
        (registers[0].nonce, &registers[0].cookie[..]),
        ([7; 16], &cookie[18..])
    );
}

#[test]
fn registers_are_limited_by_network_and_in_all() {
    let mut fixture = Fixture::new(0);
    let mut register_from = |ip: [u8; 4], now: u64| {
        let source = (0, SocketAddr::from((ip, 4000)));
        let answers = fixture.receive(source, &hello(), now);
        let register = [&[17, 3], &answers[0].1[2..], b"ticket"].concat();
        fixture.receive(source, &register, now);
        fixture.service.take_registers().len()
    };
    let first: usize = (0..200).map(|n| register_from([10, 0, 0, n], 0)).sum();
    assert_eq!(first, 100);
    // The burst of all is used up too; another network gets its share of the 500 a second that follow.
    assert_eq!(register_from([10, 0, 1, 1], 0), 0);
    let second: usize = (0..200).map(|n| register_from([10, 0, 2, n], 100)).sum();
    assert_eq!(second, 50);
}

#[test]
fn hellos_are_limited_by_network() {
    let mut fixture = Fixture::new(0);
    let answered = (0..1100)
        .filter(|_| !fixture.receive((0, address(1)), &hello(), 0).is_empty())
        .count();
    assert_eq!((answered, fixture.drops("rate-limited")), (1000, 100));
    assert_eq!(fixture.receive((0, address(2)), &hello(), 1).len(), 1);
    assert_eq!(fixture.receive((0, address(2)), &hello(), 1).len(), 0);
}

#[test]
fn made_up_sources_get_few_answers_in_all() {
    let mut fixture = Fixture::new(0);
    let mut answers_to = |datagram: &[u8]| {
        let from = |n: u32| SocketAddr::from((n.wrapping_mul(0x9E37_79B1).to_be_bytes(), 4000));
        let answered = |n: &u32| !fixture.receive((0, from(*n)), datagram, 1).is_empty();
        (1..20_000).filter(answered).count()
    };
    assert_eq!(answers_to(&binding_request()), 2000);
    assert_eq!(answers_to(&hello()), 2000);
    // Of data and pings together.
    assert_eq!(answers_to(&data(9, 2, &[64])), 1000);
    assert_eq!(answers_to(&ping(9)), 0);
}

#[test]
fn pings_are_answered_to_their_session_only() {
    let mut fixture = Fixture::new(0);
    fixture.admit(1);
    let pong = &fixture.receive((0, address(1)), &ping(1), 0)[0].1;
    assert_eq!((pong.len(), &pong[..6]), (32, &[17, 6, 0, 0, 0, 1][..]));
    let unknown = [17, 7, 0, 0, 0, 2];
    assert_eq!(fixture.receive((0, address(1)), &ping(2), 0)[0].1, unknown);
    assert_eq!(
        fixture.receive((0, address(2)), &ping(1), 0)[0].1,
        [17, 7, 0, 0, 0, 1]
    );
    assert_eq!(
        fixture.receive((1, address(1)), &ping(1), 0)[0].1,
        [17, 7, 0, 0, 0, 1]
    );
    assert_eq!(fixture.drops("unknown-session"), 3);
    assert_eq!(fixture.service.strangers(), 3, "anybody can make them up");
}

#[test]
fn pings_and_data_keep_a_session() {
    let mut fixture = Fixture::new(0);
    fixture.admit(1);
    let last = IDLE_TIMEOUT_MS - 1;
    assert_eq!(fixture.receive((0, address(1)), &ping(1), last)[0].1[1], 6);
    fixture.receive((0, address(1)), &data(1, 2, &[64]), 2 * last);
    assert_eq!(
        fixture.receive((0, address(1)), &ping(1), 3 * last)[0].1[1],
        6
    );
    assert_eq!(
        fixture.receive((0, address(1)), &ping(1), 4 * last + 1)[0].1[1],
        7
    );
}

#[test]
fn what_a_client_may_not_send_keeps_nothing() {
    let mut fixture = Fixture::new(0);
    fixture.admit(1);
    fixture.receive((0, address(1)), &ping(9), 30_000);
    fixture.receive((0, address(1)), &data(9, 2, &[64]), 30_000);
    assert_eq!(
        fixture.receive((0, address(1)), &ping(1), IDLE_TIMEOUT_MS)[0].1[1],
        7
    );
}

#[test]
fn notices_are_ten_a_second_for_a_source() {
    let mut fixture = Fixture::new(0);
    let mut notices = |now| {
        (0..50)
            .filter(|_| !fixture.receive((0, address(1)), &ping(1), now).is_empty())
            .count()
    };
    assert_eq!(notices(0), 10);
    assert_eq!(notices(99), 0);
    assert_eq!(notices(100), 1);
    assert_eq!(notices(1100), 10);
}

#[test]
fn stun_is_answered_within_the_limit_of_a_network() {
    let mut fixture = Fixture::new(0);
    let mut answered = |ip: [u8; 4], now| {
        fixture
            .receive((0, SocketAddr::from((ip, 1))), &binding_request(), now)
            .len()
    };
    let total: usize = (0..1200).map(|n| answered([10, 0, 0, n as u8], 0)).sum();
    assert_eq!(total, 1000);
    assert_eq!(answered([10, 0, 0, 1], 1), 1);
    assert_eq!(answered([10, 0, 0, 1], 1), 0);
    assert_eq!(fixture.counters.snapshot().stun_answers, 1001);
    assert_eq!(
        fixture
            .receive((2, address(1)), &binding_request(), 1)
            .len(),
        1,
        "also on a socket without relay"
    );
}

#[test]
fn stun_is_answered_from_another_socket_when_asked() {
    let mut fixture = Fixture::new(0);
    let change_port = [
        &b"\x00\x01\x00\x08\x21\x12\xa4\x42"[..],
        &[5; 12],
        b"\x00\x03\x00\x04\x00\x00\x00\x02",
    ]
    .concat();
    // Sockets 0 and 2 answer STUN, 1 does not.
    let answers = fixture.receive((0, address(1)), &change_port, 0);
    assert_eq!((answers.len(), answers[0].0), (1, (2, address(1))));
    let answers = fixture.receive((2, address(1)), &change_port, 0);
    assert_eq!((answers.len(), answers[0].0), (1, (0, address(1))));
}

#[test]
fn another_socket_is_one_of_the_same_address() {
    let listen = |address: &str, stun| Listen {
        address: address.parse().unwrap(),
        stun,
        relay: true,
    };
    let sockets = [
        listen("0.0.0.0:443", true),
        listen("[::]:443", true),
        listen("192.0.2.1:443", true),
        listen("[::]:3478", true),
        listen("192.0.2.1:444", false),
    ];
    assert_eq!(
        other_ports(&sockets),
        [None, Some(3), None, Some(1), Some(2)]
    );
}

/// A sound binding request with any attributes, whatever they mean.
fn any_binding_request() -> impl Strategy<Value = Vec<u8>> {
    let kind = prop_oneof![
        0u16..0x30,
        Just(0x0003),
        Just(0x0027),
        0x7ff0u16..0x8030,
        any::<u16>()
    ];
    let attribute = (kind, prop::collection::vec(any::<u8>(), 0..40));
    prop::collection::vec(attribute, 0..40).prop_map(|attributes| {
        let mut request = binding_request();
        for (kind, mut value) in attributes {
            request.extend(kind.to_be_bytes());
            request.extend((value.len() as u16).to_be_bytes());
            value.resize(value.len().next_multiple_of(4), 0);
            request.extend(value);
        }
        let length = (request.len() - 20) as u16;
        request[2..4].copy_from_slice(&length.to_be_bytes());
        request
    })
}

fn hostile() -> impl Strategy<Value = Vec<u8>> {
    let tail = prop::collection::vec(any::<u8>(), 0..120);
    prop_oneof![
        tail.clone(),
        (0u8..4, tail.clone()).prop_map(|(first, tail)| [&[first], &tail[..]].concat()),
        (0u8..9, tail.clone()).prop_map(|(kind, tail)| [&[17, kind], &tail[..]].concat()),
        tail.prop_map(|tail| [&[18, 1, 0, 0, 0, 1], &tail[..]].concat()),
        Just(hello()),
        Just(ping(1)),
        Just(data(1, 2, &[64; 20])),
    ]
}

proptest! {
    #[test]
    fn a_stranger_gets_no_more_than_it_sent(datagrams in prop::collection::vec(hostile(), 1..20)) {
        let mut fixture = Fixture::new(0);
        fixture.admit(1);
        fixture.admit(2);
        for bytes in datagrams {
            let source = (0, address(77));
            for (to, answer, _) in fixture.receive(source, &bytes, 0) {
                prop_assert_eq!(to, source);
                prop_assert!(answer[0] <= 3 || answer.len() <= bytes.len());
            }
        }
    }

    #[test]
    fn no_stun_answer_has_three_times_the_size_of_its_request(request in any_binding_request(), ipv6: bool) {
        let mut fixture = Fixture::new(0);
        let ip = if ipv6 { "2001:db8::1" } else { "192.0.2.1" };
        let source = (0, SocketAddr::new(ip.parse().unwrap(), 4000));
        for (to, answer, _) in fixture.receive(source, &request, 0) {
            prop_assert_eq!(to.1.ip(), source.1.ip());
            prop_assert!(answer.len() < 3 * request.len(), "{} for {}", answer.len(), request.len());
        }
    }

    #[test]
    fn survives_any_batch(
        parts in prop::collection::vec((hostile(), 0usize..200, 0u8..4), 1..20),
        socket in 0u32..4,
    ) {
        let mut fixture = Fixture::new(5000);
        fixture.admit(1);
        fixture.admit(2);
        let batch = parts.iter().map(|(bytes, segment, from)| message(address(*from), bytes, *segment)).collect();
        fixture.receive_batch(socket, batch, 0);
    }
}
