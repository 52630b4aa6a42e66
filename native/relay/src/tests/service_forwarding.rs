//! What becomes of relay data: who gets it, and at what rate.

use super::*;

#[test]
fn forwards_with_the_header_turned_round() {
    let mut fixture = Fixture::new(0);
    fixture.admit(1);
    fixture.admit(2);
    let sent = fixture.receive((0, address(1)), &data(1, 2, &[64, 5, 6]), 0);
    assert_eq!(sent, [((0, address(2)), data(2, 1, &[64, 5, 6]), 17)]);
    let stats = fixture.counters.snapshot();
    assert_eq!(
        (
            stats.clients,
            stats.forwarded_packets,
            stats.forwarded_bytes
        ),
        (2, 1, 17)
    );
}

#[test]
fn forwards_between_sockets_and_families() {
    let mut fixture = Fixture::new(0);
    let six = (1, "[2001:db8::1]:9".parse().unwrap());
    fixture.admit(1);
    fixture.admit_at(six, 2, MESH);
    assert_eq!(
        fixture.receive((0, address(1)), &data(1, 2, &[16]), 0),
        [(six, data(2, 1, &[16]), 15)]
    );
    assert_eq!(
        fixture.receive(six, &data(2, 1, &[16]), 0),
        [((0, address(1)), data(1, 2, &[16]), 15)]
    );
}

#[test]
fn one_send_for_each_destination_of_a_batch() {
    let mut fixture = Fixture::new(0);
    (1..=3).for_each(|number| fixture.admit(number));
    let joined = [
        data(1, 2, &[64, 1]),
        data(1, 2, &[64, 2]),
        data(1, 3, &[64, 3]),
    ]
    .concat();
    let batch = vec![
        message(address(1), &joined, 16),
        message(address(3), &data(3, 2, &[64, 4]), 16),
        message(address(1), &data(1, 3, &[64]), 15),
    ];
    let sent = fixture.receive_batch(0, batch, 0);
    let to_two = [
        data(2, 1, &[64, 1]),
        data(2, 1, &[64, 2]),
        data(2, 3, &[64, 4]),
    ]
    .concat();
    let to_three = [data(3, 1, &[64, 3]), data(3, 1, &[64])].concat();
    assert_eq!(
        sent,
        [
            ((0, address(2)), to_two, 16),
            ((0, address(3)), to_three, 16)
        ]
    );
    assert_eq!(fixture.counters.snapshot().forwarded_packets, 5);
}

#[test]
fn forwards_nothing_out_of_turn() {
    let mut fixture = Fixture::new(0);
    fixture.admit(1);
    fixture.admit(2);
    fixture.admit_at((0, address(3)), 3, [2; 16]);
    let mut dropped = |source: Source, bytes: &[u8], reason: &str| {
        let before = fixture.drops(reason);
        let sent = fixture.receive(source, bytes, 0);
        assert!(
            sent.iter()
                .all(|(to, bytes, _)| *to == source && bytes[..2] == [17, 7]),
            "{reason}"
        );
        assert_eq!(fixture.drops(reason), before + 1, "{reason}");
    };
    dropped((0, address(1)), &data(1, 9, &[64]), "no-receiver");
    dropped((0, address(1)), &data(1, 3, &[64]), "other-mesh");
    dropped((0, address(1)), &data(2, 2, &[64]), "unknown-session");
    dropped((0, address(9)), &data(1, 2, &[64]), "unknown-session");
    dropped((1, address(1)), &data(1, 2, &[64]), "unknown-session");
    dropped((0, address(1)), &data(1, 2, &[18]), "malformed");
    dropped((0, address(1)), &data(1, 2, &[]), "malformed");
    dropped((2, address(1)), &data(1, 2, &[64]), "not-served");
    dropped((2, address(1)), &hello(), "not-served");
    dropped((1, address(1)), &binding_request(), "not-served");
    dropped((0, address(1)), &[19, 1, 2], "not-served");
    dropped((0, address(1)), &[64, 1, 2], "not-served");
}

#[test]
fn a_revoked_or_replaced_client_neither_sends_nor_receives() {
    let mut fixture = Fixture::new(0);
    fixture.admit(1);
    fixture.admit(2);
    fixture.service.revoke(&[2; 8]);
    assert!(
        fixture
            .receive((0, address(1)), &data(1, 2, &[64]), 0)
            .is_empty()
    );
    assert_eq!(
        fixture.receive((0, address(2)), &data(2, 1, &[64]), 0)[0].1[..2],
        [17, 7]
    );
    fixture.admit_at((0, address(7)), 1, MESH);
    assert_eq!(
        fixture.receive((0, address(1)), &ping(1), 0)[0].1[..2],
        [17, 7]
    );
    assert_eq!(
        fixture.receive((0, address(7)), &ping(1), 0)[0].1[..2],
        [17, 6]
    );
}

#[test]
fn a_full_destination_loses_and_others_do_not() {
    let mut fixture = Fixture::new(0);
    (1..=3).for_each(|number| fixture.admit(number));
    fixture.network.full = Some((0, address(2)));
    let joined = [data(1, 2, &[64]), data(1, 2, &[64]), data(1, 3, &[64])].concat();
    let sent = fixture.receive_batch(0, vec![message(address(1), &joined, 15)], 0);
    assert_eq!(sent, [((0, address(3)), data(3, 1, &[64]), 15)]);
    let stats = fixture.counters.snapshot();
    assert_eq!(
        (
            stats.forwarded_packets,
            stats.forwarded_bytes,
            stats.drops["queue"]
        ),
        (2, 30, 1)
    );
}

#[test]
fn a_client_has_its_rate_and_no_more() {
    let mut fixture = Fixture::new(10_000);
    fixture.admit(1);
    fixture.admit(2);
    let packet = data(1, 2, &[64; 986]);
    let mut passed = |count, now| {
        (0..count)
            .filter(|_| !fixture.receive((0, address(1)), &packet, now).is_empty())
            .count()
    };
    assert_eq!(passed(200, 0), 131, "the burst of 128 KiB");
    // 72 bytes are left; 928 more come in 92.8 ms.
    assert_eq!(passed(20, 92), 0);
    assert_eq!(passed(20, 93), 1);
    assert_eq!(passed(20, 1000), 9);
    assert_eq!(
        fixture
            .receive((0, address(2)), &data(2, 1, &[64]), 0)
            .len(),
        1
    );
}

#[test]
fn all_clients_together_have_a_rate() {
    let mut fixture = Fixture::limited(Rates {
        client: 0,
        total: 10_000,
    });
    fixture.admit(1);
    fixture.admit(2);
    let packets = [data(1, 2, &[64; 986]), data(2, 1, &[64; 986])];
    let mut passed = |count: usize, now| {
        (0..count)
            .filter(|n| {
                let from = address(*n as u8 % 2 + 1);
                !fixture.receive((0, from), &packets[n % 2], now).is_empty()
            })
            .count()
    };
    assert_eq!(passed(200, 0), 131, "the burst of 128 KiB");
    assert_eq!(passed(20, 93), 1);
    assert_eq!(fixture.drops("rate-limited"), 69 + 19);
}
