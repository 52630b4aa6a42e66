//! The stateful filter: named cases, then against a model.

mod packets;

use meshd_packet::{Filter, IpPacket, Mode};
use packets::*;
use proptest::prelude::*;
use std::collections::HashMap;

const LOCAL: &str = "100.64.0.1";
const REMOTE: &str = "100.64.0.2";
const MINUTE: u64 = 60_000;

fn shields_up() -> Filter {
    Filter::new(Mode::ShieldsUp, 0x5eed)
}

fn out(filter: &mut Filter, packet: &[u8], now_ms: u64) {
    filter.outbound(&IpPacket::parse(packet).unwrap(), packet, now_ms);
}

fn passes(filter: &mut Filter, packet: &[u8], now_ms: u64) -> bool {
    filter.inbound(&IpPacket::parse(packet).unwrap(), packet, now_ms)
}

fn tcp_out(flags: u8) -> Vec<u8> {
    Spec {
        flags,
        ..Spec::tcp(LOCAL, REMOTE)
    }
    .complete()
}

fn tcp_in(flags: u8) -> Vec<u8> {
    Spec {
        flags,
        ports: (443, 40_000),
        ..Spec::tcp(REMOTE, LOCAL)
    }
    .complete()
}

fn udp_out() -> Spec {
    Spec::udp(LOCAL, REMOTE)
}

fn udp_in() -> Spec {
    Spec {
        ports: (443, 40_000),
        ..Spec::udp(REMOTE, LOCAL)
    }
}

/// An ICMP or ICMPv6 message (checksums are the kernel's business).
fn icmp(src: &str, dst: &str, kind: u8, rest: &[u8]) -> Vec<u8> {
    let spec = Spec {
        payload: rest.to_vec(),
        ..Spec::udp(src, dst)
    };
    let mut packet = spec.complete();
    let at = spec.transport();
    packet[if spec.src.is_ipv4() { 9 } else { 6 }] = if spec.src.is_ipv4() { 1 } else { 58 };
    packet[at..at + 8].copy_from_slice(&[kind, 0, 0, 0, 0x12, 0x34, 0, 1]);
    packet
}

#[test]
fn open_lets_everything_in_and_tracks_nothing() {
    let mut filter = Filter::new(Mode::Open, 1);
    assert!(passes(&mut filter, &tcp_in(SYN), 0));
    out(&mut filter, &tcp_out(SYN), 0);
    assert!(filter.is_empty());
    filter.set_mode(Mode::ShieldsUp);
    assert!(!passes(&mut filter, &tcp_in(ACK), 0));
    out(&mut filter, &tcp_out(ACK), 0);
    assert!(
        passes(&mut filter, &tcp_in(ACK), 0),
        "a connection that exists is learnt from its next packet"
    );
    filter.set_mode(Mode::Open);
    assert!(filter.is_empty());
}

#[test]
fn only_answers_pass() {
    let mut filter = shields_up();
    assert!(!passes(&mut filter, &tcp_in(SYN), 0));
    assert!(!passes(&mut filter, &tcp_in(SYN | ACK), 0));
    out(&mut filter, &tcp_out(SYN), 0);
    assert!(passes(&mut filter, &tcp_in(SYN | ACK), 1));
    assert!(
        !passes(&mut filter, &tcp_in(SYN), 1),
        "no second opening from the far side"
    );
    assert!(passes(&mut filter, &tcp_in(ACK), 2));
    let other_port = Spec {
        ports: (443, 40_001),
        ..Spec::tcp(REMOTE, LOCAL)
    };
    assert!(!passes(&mut filter, &other_port.complete(), 2));
    assert!(
        !passes(&mut filter, &udp_in().complete(), 2),
        "another protocol"
    );
    assert!(!passes(
        &mut filter,
        &Spec {
            ports: (443, 40_000),
            ..Spec::tcp("100.64.0.3", LOCAL)
        }
        .complete(),
        2
    ));
}

#[test]
fn simultaneous_open_passes() {
    let mut filter = shields_up();
    out(&mut filter, &tcp_out(SYN), 0);
    assert!(passes(&mut filter, &tcp_in(SYN), 1));
}

#[test]
fn tcp_timeouts_follow_the_state() {
    let established = 124 * MINUTE;
    let mut filter = shields_up();
    out(&mut filter, &tcp_out(SYN), 0);
    assert!(
        !passes(&mut filter, &tcp_in(SYN | ACK), 4 * MINUTE),
        "not answered in time"
    );

    out(&mut filter, &tcp_out(SYN), 0);
    assert!(passes(&mut filter, &tcp_in(SYN | ACK), 4 * MINUTE - 1));
    assert!(passes(
        &mut filter,
        &tcp_in(ACK),
        4 * MINUTE - 1 + established - 1
    ));
    let last = 4 * MINUTE - 1 + established - 1;
    assert!(!passes(&mut filter, &tcp_in(ACK), last + established));

    for closing in [FIN | ACK, RST] {
        let mut filter = shields_up();
        out(&mut filter, &tcp_out(SYN), 0);
        assert!(passes(&mut filter, &tcp_in(SYN | ACK), 0));
        assert!(passes(&mut filter, &tcp_in(closing), 0));
        out(&mut filter, &tcp_out(ACK), 0);
        assert!(passes(&mut filter, &tcp_in(ACK), 4 * MINUTE - 1));
        assert!(!passes(&mut filter, &tcp_in(ACK), 8 * MINUTE - 1));
    }
    let mut filter = shields_up();
    out(&mut filter, &tcp_out(RST), 0);
    assert!(filter.is_empty(), "a reset begins nothing");
}

#[test]
fn datagrams_are_answered_for_three_minutes() {
    let mut filter = shields_up();
    assert!(!passes(&mut filter, &udp_in().complete(), 0));
    out(&mut filter, &udp_out().complete(), 0);
    assert!(passes(&mut filter, &udp_in().complete(), 3 * MINUTE - 1));
    assert!(
        passes(&mut filter, &udp_in().complete(), 6 * MINUTE - 2),
        "an answer renews"
    );
    assert!(!passes(&mut filter, &udp_in().complete(), 9 * MINUTE - 2));
}

#[test]
fn echo_replies_need_their_request() {
    for (local, remote, request, reply) in [(LOCAL, REMOTE, 8, 0), ("fd00::1", "fd00::2", 128, 129)]
    {
        let mut filter = shields_up();
        let answer = icmp(remote, local, reply, b"x");
        assert!(!passes(&mut filter, &answer, 0));
        assert!(!passes(&mut filter, &icmp(remote, local, request, b"x"), 0));
        out(&mut filter, &icmp(local, remote, request, b"x"), 0);
        assert!(passes(&mut filter, &answer, MINUTE - 1));
        let mut other = answer.clone();
        let at = answer.len() - 5;
        other[at] ^= 1;
        assert!(
            !passes(&mut filter, &other, MINUTE - 1),
            "another identifier"
        );
        assert!(
            !passes(&mut filter, &icmp(remote, local, request, b"x"), 1),
            "a request is no reply"
        );
        assert!(!passes(&mut filter, &answer, 2 * MINUTE - 1));
    }
}

#[test]
fn errors_pass_only_for_known_flows() {
    for (local, remote, router, kinds) in [
        (LOCAL, REMOTE, "100.64.9.9", &[3u8, 11, 12][..]),
        ("fd00::1", "fd00::2", "fd00::9", &[1, 2, 3, 4]),
    ] {
        let sent = Spec {
            payload: vec![1; 50],
            ..Spec::udp(local, remote)
        }
        .complete();
        for &kind in kinds {
            let mut filter = shields_up();
            let error = icmp(router, local, kind, &sent[..sent.len() - 40]);
            assert!(!passes(&mut filter, &error, 0));
            out(&mut filter, &sent, 0);
            assert!(passes(&mut filter, &error, 0));
            let other = if local.contains(':') {
                "fd00::77"
            } else {
                "100.64.0.77"
            };
            assert!(
                !passes(&mut filter, &icmp(router, other, kind, &sent), 0),
                "to a host that did not send it"
            );
            assert!(
                !passes(&mut filter, &icmp(router, local, kind, &sent[..20]), 0),
                "cut before the ports"
            );
        }
        let mut filter = shields_up();
        out(&mut filter, &sent, 0);
        assert!(
            !passes(
                &mut filter,
                &icmp(
                    router,
                    local,
                    if local.contains(':') { 137 } else { 5 },
                    &sent
                ),
                0
            ),
            "redirect"
        );
        let request = icmp(
            local,
            remote,
            if local.contains(':') { 128 } else { 8 },
            b"",
        );
        let about_echo = icmp(router, local, kinds[0], &request);
        assert!(!passes(&mut filter, &about_echo, 0));
        out(&mut filter, &request, 0);
        assert!(passes(&mut filter, &about_echo, 0));
    }
}

fn fragment(mut packet: Vec<u8>, id: u16, word: u16) -> Vec<u8> {
    packet[4..6].copy_from_slice(&id.to_be_bytes());
    packet[6..8].copy_from_slice(&word.to_be_bytes());
    packet
}

#[test]
fn later_fragments_follow_a_first_that_passed() {
    let answer = Spec {
        payload: vec![1; 16],
        ..udp_in()
    }
    .complete();
    let (first, later) = (
        fragment(answer.clone(), 9, 0x2000),
        fragment(answer.clone(), 9, 3),
    );
    let mut filter = shields_up();
    assert!(!passes(&mut filter, &first, 0));
    assert!(!passes(&mut filter, &later, 0));
    out(&mut filter, &udp_out().complete(), 0);
    assert!(!passes(&mut filter, &later, 0), "before its first");
    assert!(passes(&mut filter, &first, 0));
    assert!(passes(&mut filter, &later, 29_999));
    assert!(
        !passes(&mut filter, &fragment(answer.clone(), 10, 3), 0),
        "another datagram"
    );
    assert!(!passes(&mut filter, &later, 30_000));
    let mut tiny = fragment(answer[..28].to_vec(), 11, 0x2000);
    tiny[3] = 28;
    assert!(passes(&mut filter, &tiny, 0));
    tiny[9] = 6;
    assert!(
        !passes(&mut filter, &tiny, 0),
        "a first fragment without its whole TCP header"
    );
}

#[test]
fn what_cannot_be_judged_is_refused() {
    let mut filter = shields_up();
    for protocol in [0, 4, 47, 50, 132, 255] {
        let mut sent = udp_out().complete();
        sent[9] = protocol;
        out(&mut filter, &sent, 0);
        let mut answer = udp_in().complete();
        answer[9] = protocol;
        assert!(!passes(&mut filter, &answer, 0));
    }
    let mut sent = Spec::udp("fd00::1", "fd00::2").complete();
    sent[6] = 253;
    out(&mut filter, &sent, 0);
    let mut answer = Spec::udp("fd00::2", "fd00::1").complete();
    answer[6] = 253;
    assert!(!passes(&mut filter, &answer, 0));
    assert!(filter.is_empty());
}

#[test]
fn the_table_is_bounded_and_the_oldest_goes() {
    let mut filter = shields_up();
    let flow = |number: u32| Spec {
        ports: (number as u16, (number >> 16) as u16 + 1),
        ..udp_out()
    };
    for number in 0..65_537u32 {
        out(&mut filter, &flow(number).complete(), 0);
    }
    assert_eq!(filter.len(), 65_536);
    let answer = |number: u32| {
        Spec {
            ports: ((number >> 16) as u16 + 1, number as u16),
            ..udp_in()
        }
        .complete()
    };
    assert!(!passes(&mut filter, &answer(0), 0));
    assert!(passes(&mut filter, &answer(1), 0));
    assert!(passes(&mut filter, &answer(65_536), 0));
}

#[test]
fn an_ipv4_mapped_source_is_not_the_ipv4_host() {
    let mut filter = shields_up();
    out(&mut filter, &udp_out().complete(), 0);
    let mapped = Spec {
        ports: (443, 40_000),
        ..Spec::udp("::ffff:100.64.0.2", "::ffff:100.64.0.1")
    };
    assert!(!passes(&mut filter, &mapped.complete(), 0));
}

proptest! {
    /// UDP between few hosts and ports: passes exactly if the reverse was sent or passed less than
    /// three minutes ago.
    #[test]
    fn udp_equals_a_model(steps in proptest::collection::vec((any::<bool>(), 0u16..3, 0u16..3, any::<bool>(), 0u64..100_000), 1..100)) {
        let mut filter = shields_up();
        let mut model: HashMap<(u16, u16, bool), u64> = HashMap::new();
        let mut now = 0;
        for (outbound, local_port, remote_port, v6, delay) in steps {
            now += delay;
            let (local, remote) = if v6 { ("fd00::1", "fd00::2") } else { (LOCAL, REMOTE) };
            let key = (local_port, remote_port, v6);
            if outbound {
                out(&mut filter, &Spec { ports: (local_port, remote_port), ..Spec::udp(local, remote) }.complete(), now);
                model.insert(key, now);
            } else {
                let packet = Spec { ports: (remote_port, local_port), ..Spec::udp(remote, local) }.complete();
                let expected = model.get(&key).is_some_and(|&last| now < last + 3 * MINUTE);
                prop_assert_eq!(passes(&mut filter, &packet, now), expected);
                if expected {
                    model.insert(key, now);
                }
            }
        }
    }

    #[test]
    fn arbitrary_packets_never_panic_and_nothing_unasked_passes(
        bytes in proptest::collection::vec(any::<u8>(), 20..120), kind in any::<u8>(), v6 in any::<bool>(), icmp_error in any::<bool>(),
    ) {
        let mut filter = shields_up();
        let packet = if icmp_error {
            let (router, local) = if v6 { ("fd00::9", "fd00::1") } else { (REMOTE, LOCAL) };
            icmp(router, local, kind, &bytes)
        } else {
            let mut packet = bytes;
            let length = packet.len() as u16;
            if v6 && packet.len() >= 40 {
                packet[0] = 0x60;
                packet[4..6].copy_from_slice(&(length - 40).to_be_bytes());
            } else {
                packet[0] = 0x45;
                packet[2..4].copy_from_slice(&length.to_be_bytes());
            }
            packet
        };
        if let Ok(ip) = IpPacket::parse(&packet) {
            prop_assert!(!filter.inbound(&ip, &packet, 0));
            filter.outbound(&ip, &packet, 0);
            let _ = filter.inbound(&ip, &packet, 0);
        }
    }
}
