use super::*;

const PEER: u32 = 1;

fn way() -> Way {
    Way::Direct("192.0.2.7:41641".parse().unwrap())
}

fn packet(bytes: usize) -> Vec<u8> {
    (0..bytes).map(|n| n as u8).collect()
}

fn carriers(number: u32, packet: &[u8], max_bytes: usize) -> Vec<Vec<u8>> {
    let cut = Cut::new(packet.len(), max_bytes);
    (0..cut.parts)
        .filter_map(|index| {
            let (part, parts) = cut.part(packet, index)?;
            Some([&header(number, index, parts)[..], part].concat())
        })
        .collect()
}

fn accept(joiner: &mut Joiner, part: &[u8], now: Instant) -> (Option<BytesMut>, Drops) {
    let mut drops = Drops::default();
    (joiner.accept(PEER, way(), part, now, &mut drops), drops)
}

#[test]
fn packets_of_any_size_come_out_whole_in_any_order() {
    let now = Instant::now();
    let mut joiner = Joiner::default();
    for bytes in [2, 9, 513, 1024, 1200, 1423, 1424] {
        for max_bytes in [512, 1024, 1096, 1252] {
            let mut parts = carriers(7, &packet(bytes), max_bytes);
            assert!(parts.iter().all(|part| part.len() <= max_bytes));
            assert!(parts.len() <= 3);
            parts.reverse();
            let (last, others) = parts.split_last().unwrap();
            for part in others {
                assert_eq!(accept(&mut joiner, part, now).0, None);
            }
            let joined = accept(&mut joiner, last, now).0.unwrap();
            assert_eq!(joined, packet(bytes));
            assert_eq!(joiner.bytes, 0);
        }
    }
}

#[test]
fn a_batch_is_cut_alike_though_its_last_packet_is_shorter() {
    let cut = Cut::new(1424, 1024);
    assert_eq!(
        cut,
        Cut {
            parts: 2,
            part_bytes: 712
        }
    );
    let short = packet(700);
    assert_eq!(cut.part(&short, 0), Some((&short[..], 1)));
    assert_eq!(cut.part(&short, 1), None);
    let whole = [&header(3, 0, 1)[..], &short].concat();
    let joined = accept(&mut Joiner::default(), &whole, Instant::now()).0;
    assert_eq!(joined.unwrap(), short);
}

#[test]
fn parts_of_other_packets_ways_and_peers_do_not_mix() {
    let now = Instant::now();
    let mut joiner = Joiner::default();
    let mut drops = Drops::default();
    let parts = carriers(7, &packet(1424), 1024);
    let others = carriers(8, &packet(1424), 1024);
    let elsewhere = Way::Relay(3);
    for (peer, way, part) in [
        (PEER, way(), &parts[0]),
        (PEER, way(), &others[1]),
        (PEER, elsewhere, &parts[1]),
        (2, way(), &parts[1]),
    ] {
        assert_eq!(joiner.accept(peer, way, part, now, &mut drops), None);
    }
    assert_eq!(drops.get(Drop::Malformed), 0);
    joiner.forget(2);
    joiner.forget(PEER);
    assert_eq!(joiner.bytes, 0);
}

#[test]
fn duplicates_and_contradictions_are_malformed() {
    let now = Instant::now();
    let mut joiner = Joiner::default();
    let parts = carriers(7, &packet(1424), 1024);
    accept(&mut joiner, &parts[0], now);
    let mut three = parts[1].clone();
    three[7] = 3;
    let mut version = parts[1].clone();
    version[1] = 2;
    let mut index = parts[1].clone();
    index[6] = 2;
    let five = [&header(9, 0, 5)[..], &[1]].concat();
    let large = [&header(7, 1, 2)[..], &[1; 1000]].concat();
    let cases = [&parts[0], &three, &version, &index, &five, &large];
    for bad in cases
        .into_iter()
        .chain([&parts[1][..8].to_vec(), &vec![19]])
    {
        let (joined, drops) = accept(&mut joiner, bad, now);
        assert_eq!((joined, drops.get(Drop::Malformed)), (None, 1), "{bad:?}");
    }
    assert!(accept(&mut joiner, &parts[1], now).0.is_some());
}

#[test]
fn what_does_not_add_up_is_bounded_in_number_time_and_bytes() {
    let now = Instant::now();
    let mut joiner = Joiner::default();
    let mut drops = Drops::default();
    let part = |number| carriers(number, &packet(1424), 1024).swap_remove(0);
    for number in 0..100 {
        joiner.accept(PEER, way(), &part(number), now, &mut drops);
    }
    assert_eq!(joiner.peers[&PEER][0].packets.len(), 64);
    assert_eq!(drops.get(Drop::Incomplete), 36);
    joiner.accept(PEER, way(), &part(100), now + LIFETIME, &mut drops);
    assert_eq!(joiner.peers[&PEER][0].packets.len(), 1);
    assert_eq!(drops.get(Drop::Incomplete), 100);

    for peer in 0..100 {
        for number in 0..64 {
            joiner.accept(peer, way(), &part(number), now + LIFETIME, &mut drops);
        }
    }
    assert!(joiner.bytes <= MAX_BYTES);
    // Old ones make room for new ones, whosever they are.
    let later = now + LIFETIME * 2;
    let parts = carriers(5000, &packet(1424), 1024);
    joiner.accept(500, way(), &parts[0], later, &mut drops);
    let joined = joiner.accept(500, way(), &parts[1], later, &mut drops);
    assert_eq!(joined.unwrap(), packet(1424));
}

#[test]
fn parts_have_the_length_that_a_segmented_send_is_told() {
    for bytes in 1025..=1424 {
        for max_bytes in [512, 1024, 1062] {
            let cut = Cut::new(bytes, max_bytes);
            for index in 0..cut.parts {
                let length = cut.part(&packet(bytes), index).unwrap().0.len();
                assert_eq!(cut.length(bytes, index), length);
            }
        }
    }
}

/// Who forges the address of one path reaches no packets that come by another, nor other peers'.
#[test]
fn parts_by_one_way_push_out_none_of_another() {
    let now = Instant::now();
    let mut joiner = Joiner::default();
    let mut drops = Drops::default();
    let parts = carriers(7, &packet(1424), 1024);
    let relayed = Way::Relay(3);
    joiner.accept(PEER, relayed, &parts[0], now, &mut drops);
    joiner.accept(2, relayed, &parts[0], now, &mut drops);
    for number in 0..1000 {
        for peer in [
            PEER, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26,
        ] {
            let forged = carriers(number, &packet(1424), 1432 - 9).swap_remove(0);
            joiner.accept(peer, way(), &forged, now, &mut drops);
        }
    }
    assert!(joiner.bytes <= MAX_BYTES);
    for peer in [PEER, 2] {
        let joined = joiner.accept(peer, relayed, &parts[1], now, &mut drops);
        assert_eq!(joined.unwrap(), packet(1424));
    }
}

#[test]
fn no_packet_of_a_batch_is_complete_before_those_in_front_of_it() {
    let now = Instant::now();
    for (packet_bytes, max_bytes) in [(1424, 1024), (1424, 512), (1200, 512)] {
        let cut = Cut::new(packet_bytes, max_bytes);
        for last_bytes in [1, 300, 474, 475, 476, 712, 713, 951, 1199] {
            let batch = packet(2 * packet_bytes + last_bytes);
            let mut joiner = Joiner::default();
            let mut complete = Vec::new();
            for round in cut.rounds(&batch, packet_bytes) {
                let longest = round.packets.len().min(packet_bytes);
                let part_bytes = cut.length(longest, round.index);
                let parts: Vec<_> = (round.first as u32..)
                    .zip(round.packets.chunks(packet_bytes))
                    .filter_map(|(number, packet)| Some((number, cut.part(packet, round.index)?)))
                    .collect();
                let (last, others) = parts.split_last().unwrap();
                assert!(others.iter().all(|(_, (part, _))| part.len() == part_bytes));
                assert!(last.1.0.len() <= part_bytes);
                for (number, (part, parts)) in parts {
                    let carrier = [&header(number, round.index, parts)[..], part].concat();
                    complete.extend(accept(&mut joiner, &carrier, now).0);
                }
            }
            assert_eq!(complete.concat(), batch);
        }
    }
}
