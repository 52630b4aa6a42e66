//! The NAT against a model without a table: it only remembers every packet that left.

use crate::nat::{Allocation, Dependence, Nat, NatOptions, Protocol, advanced};
use proptest::prelude::*;
use std::net::{Ipv4Addr, SocketAddrV4};
use std::time::Duration;

const PUBLIC: Ipv4Addr = Ipv4Addr::new(198, 51, 100, 1);
const TIMEOUT: Duration = Duration::from_secs(30);

fn options(mapping: Dependence, filtering: Dependence, allocation: Allocation) -> NatOptions {
    NatOptions {
        public: PUBLIC,
        mapping,
        filtering,
        allocation,
        hairpin: false,
        udp_timeout: TIMEOUT,
        inbound_refresh: false,
    }
}

#[derive(Debug, Clone)]
enum Step {
    Out {
        inside: SocketAddrV4,
        remote: SocketAddrV4,
    },
    In {
        port_of: usize,
        remote: SocketAddrV4,
    },
    Wait(Duration),
}

fn endpoint(network: [u8; 3]) -> impl Strategy<Value = SocketAddrV4> {
    (1u8..4, 5000u16..5003).prop_map(move |(host, port)| {
        SocketAddrV4::new(
            Ipv4Addr::new(network[0], network[1], network[2], host),
            port,
        )
    })
}

fn step() -> impl Strategy<Value = Step> {
    let remote = || endpoint([203, 0, 113]);
    prop_oneof![
        4 => (endpoint([192, 168, 1]), remote()).prop_map(|(inside, remote)| Step::Out { inside, remote }),
        4 => (any::<usize>(), remote()).prop_map(|(port_of, remote)| Step::In { port_of, remote }),
        2 => (0u64..40_000).prop_map(|ms| Step::Wait(Duration::from_millis(ms))),
    ]
}

fn dependence() -> impl Strategy<Value = Dependence> {
    prop_oneof![
        Just(Dependence::EndpointIndependent),
        Just(Dependence::AddressDependent),
        Just(Dependence::AddressAndPortDependent),
    ]
}

fn allocation() -> impl Strategy<Value = Allocation> {
    prop_oneof![
        Just(Allocation::Random),
        Just(Allocation::Preserving),
        (1u16..4).prop_map(|step| Allocation::Sequential { step }),
    ]
}

struct Sent {
    at: Duration,
    inside: SocketAddrV4,
    remote: SocketAddrV4,
    public: SocketAddrV4,
}

proptest! {
    #[test]
    fn behaves_as_every_packet_that_left_says(
        mapping in dependence(),
        filtering in dependence(),
        allocation in allocation(),
        seed in any::<u64>(),
        steps in proptest::collection::vec(step(), 1..80),
    ) {
        let mut nat = Nat::new(options(mapping, filtering, allocation), seed);
        let mut now = Duration::ZERO;
        let mut log: Vec<Sent> = Vec::new();
        let mut last_new: Option<u16> = None;
        for step in steps {
            match step {
                Step::Wait(time) => now += time,
                Step::Out { inside, remote } => {
                    let public = nat.outbound(Protocol::Udp, inside, remote, now).unwrap();
                    prop_assert_eq!(*public.ip(), PUBLIC);
                    let live = |sent: &&Sent| now < sent.at + TIMEOUT;
                    let same = log.iter().rev().filter(live).find(|sent| {
                        sent.inside == inside && mapping.project(sent.remote) == mapping.project(remote)
                    });
                    if let Some(same) = same {
                        prop_assert_eq!(public, same.public);
                    } else {
                        let taken = |port: u16| log.iter().filter(live).any(|sent| sent.public.port() == port);
                        prop_assert!(!taken(public.port()), "one port for two mappings");
                        match allocation {
                            Allocation::Sequential { step } => {
                                if let Some(last) = last_new {
                                    let mut expected = advanced(last, step);
                                    while taken(expected) { expected = advanced(expected, step); }
                                    prop_assert_eq!(public.port(), expected);
                                }
                            }
                            Allocation::Preserving => {
                                prop_assert_eq!(public.port() == inside.port(), !taken(inside.port()));
                            }
                            Allocation::Random => {}
                        }
                        last_new = Some(public.port());
                    }
                    log.push(Sent { at: now, inside, remote, public });
                }
                Step::In { port_of, remote } => {
                    if log.is_empty() { continue; }
                    let port = log[port_of % log.len()].public.port();
                    let wanted = log.iter().find(|sent| {
                        now < sent.at + TIMEOUT && sent.public.port() == port
                            && filtering.project(sent.remote) == filtering.project(remote)
                    });
                    prop_assert_eq!(
                        nat.inbound(Protocol::Udp, port, remote, now),
                        wanted.map(|sent| sent.inside)
                    );
                }
            }
        }
    }
}

fn at(address: [u8; 4], port: u16) -> SocketAddrV4 {
    SocketAddrV4::new(address.into(), port)
}

const INSIDE: [u8; 4] = [192, 168, 1, 2];
const REMOTE: [u8; 4] = [203, 0, 113, 9];

#[test]
fn only_what_leaves_refreshes_unless_asked() {
    for inbound_refresh in [false, true] {
        let base = options(
            Dependence::EndpointIndependent,
            Dependence::AddressAndPortDependent,
            Allocation::Random,
        );
        let mut nat = Nat::new(
            NatOptions {
                inbound_refresh,
                ..base
            },
            1,
        );
        let remote = at(REMOTE, 7);
        let public = nat
            .outbound(Protocol::Udp, at(INSIDE, 5), remote, Duration::ZERO)
            .unwrap();
        let mut open = |at: u64| {
            nat.inbound(
                Protocol::Udp,
                public.port(),
                remote,
                Duration::from_secs(at),
            )
            .is_some()
        };
        assert!(open(29));
        assert_eq!(open(30), inbound_refresh);
        assert_eq!(open(59), inbound_refresh);
        assert!(!open(90));
    }
}

#[test]
fn a_reboot_forgets_mappings_and_changes_the_address() {
    let behaviour = Dependence::EndpointIndependent;
    let mut nat = Nat::new(options(behaviour, behaviour, Allocation::Random), 1);
    let before = nat
        .outbound(Protocol::Udp, at(INSIDE, 5), at(REMOTE, 7), Duration::ZERO)
        .unwrap();
    nat.reboot(Ipv4Addr::new(198, 51, 100, 2));
    assert_eq!(
        nat.inbound(Protocol::Udp, before.port(), at(REMOTE, 7), Duration::ZERO),
        None
    );
    let after = nat
        .outbound(Protocol::Udp, at(INSIDE, 5), at(REMOTE, 7), Duration::ZERO)
        .unwrap();
    assert_ne!(before, after);
    assert_eq!(*after.ip(), Ipv4Addr::new(198, 51, 100, 2));
}

#[test]
fn tcp_is_mapped_for_all_destinations_and_answered_only_by_them() {
    let symmetric = Dependence::AddressAndPortDependent;
    let mut nat = Nat::new(options(symmetric, symmetric, Allocation::Random), 1);
    let to = |port| at(REMOTE, port);
    let first = nat.outbound(Protocol::Tcp, at(INSIDE, 5), to(80), Duration::ZERO);
    assert_eq!(
        first,
        nat.outbound(Protocol::Tcp, at(INSIDE, 5), to(443), Duration::ZERO)
    );
    let port = first.unwrap().port();
    assert!(
        nat.inbound(Protocol::Tcp, port, to(80), Duration::from_secs(3600))
            .is_some()
    );
    assert!(
        nat.inbound(Protocol::Tcp, port, to(81), Duration::ZERO)
            .is_none()
    );
    assert!(
        nat.inbound(Protocol::Udp, port, to(80), Duration::ZERO)
            .is_none()
    );
}

#[test]
fn full_table_gives_no_port() {
    let symmetric = Dependence::AddressAndPortDependent;
    let mut nat = Nat::new(
        options(symmetric, symmetric, Allocation::Sequential { step: 1 }),
        1,
    );
    let mut given = 0;
    for number in 0..70_000u32 {
        let [_, a, b, c] = number.to_be_bytes();
        if nat
            .outbound(
                Protocol::Udp,
                at([10, a, b, c], 5),
                at(REMOTE, 7),
                Duration::ZERO,
            )
            .is_some()
        {
            given += 1;
        } else {
            break;
        }
    }
    assert_eq!(given, 65_536 - 1024);
}
