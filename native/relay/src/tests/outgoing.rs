use super::*;
use bytes::BytesMut;

fn to(number: u8) -> Source {
    (0, ([192, 0, 2, number], 4000).into())
}

fn message(bytes: &[u8]) -> Received {
    Received {
        source: to(0).1,
        local: None,
        segment_bytes: bytes.len(),
        data: BytesMut::from(bytes),
    }
}

/// (destination, bytes, segment size) of every train.
fn sent(outgoing: &Outgoing, messages: &[Received]) -> Vec<(Source, Vec<u8>, usize)> {
    let flatten = |parts: &[IoSlice<'_>]| parts.iter().flat_map(|part| part.to_vec()).collect();
    let of = |train: &Train| {
        (
            train.destination,
            train.with_parts(messages, flatten),
            train.segment_bytes,
        )
    };
    outgoing.trains().iter().map(of).collect()
}

#[test]
fn joins_neighbours_and_messages() {
    let messages = [message(b"aabb"), message(b"cc"), message(b"d")];
    let mut outgoing = Outgoing::default();
    outgoing.add(to(1), 0, 0..2);
    outgoing.add(to(1), 0, 2..4);
    outgoing.add(to(1), 1, 0..2);
    outgoing.add(to(1), 2, 0..1);
    assert_eq!(
        sent(&outgoing, &messages),
        [(to(1), b"aabbccd".to_vec(), 2)]
    );
    assert_eq!(outgoing.trains()[0].pieces.len(), 3);
}

#[test]
fn a_short_datagram_ends_a_train_and_a_long_one_begins_another() {
    let messages = [message(b"aabccddd")];
    let mut outgoing = Outgoing::default();
    for range in [0..2, 2..3, 3..5, 5..8] {
        outgoing.add(to(1), 0, range);
    }
    let expected = [
        (to(1), b"aab".to_vec(), 2),
        (to(1), b"cc".to_vec(), 2),
        (to(1), b"ddd".to_vec(), 3),
    ];
    assert_eq!(sent(&outgoing, &messages), expected);
}

#[test]
fn interleaved_destinations_each_get_one_train_in_order() {
    let messages = [message(b"abcdef")];
    let mut outgoing = Outgoing::default();
    for at in 0..6 {
        outgoing.add(to(at as u8 % 2), 0, at..at + 1);
    }
    assert_eq!(
        sent(&outgoing, &messages),
        [(to(0), b"ace".to_vec(), 1), (to(1), b"bdf".to_vec(), 1)]
    );
}

#[test]
fn packets_that_take_turns_between_many_destinations_are_joined() {
    let messages = [message(&[7; 128])];
    let mut outgoing = Outgoing::default();
    for at in 0..128 {
        outgoing.add(to((at % 40) as u8), 0, at..at + 1);
    }
    assert_eq!(outgoing.trains().len(), 40);
    assert_eq!(sent(&outgoing, &messages)[0].1, [7; 4]);
}

#[test]
fn trains_are_bounded_in_segments_and_bytes() {
    let mut outgoing = Outgoing::default();
    (0..MAX_SEGMENTS + 1).for_each(|at| outgoing.add(to(1), 0, at..at + 1));
    (0..46).for_each(|at| outgoing.add(to(2), 0, at * 1438..(at + 1) * 1438));
    let shapes: Vec<_> = outgoing
        .trains()
        .iter()
        .map(|train| (train.segments, train.bytes))
        .collect();
    assert_eq!(shapes, [(64, 64), (1, 1), (45, 45 * 1438), (1, 1438)]);
}

#[test]
fn many_destinations_keep_the_order_of_each() {
    let mut outgoing = Outgoing::default();
    let messages = [message(&(0..200).collect::<Vec<u8>>())];
    (0..200).for_each(|at| outgoing.add(to((at % 20) as u8), 0, at..at + 1));
    for number in 0..20 {
        let of_one = sent(&outgoing, &messages)
            .into_iter()
            .filter(|(destination, ..)| *destination == to(number));
        let bytes: Vec<u8> = of_one.flat_map(|(_, bytes, _)| bytes).collect();
        assert_eq!(
            bytes,
            (0..10).map(|round| round * 20 + number).collect::<Vec<_>>()
        );
    }
}

#[test]
fn memory_is_reused() {
    let mut outgoing = Outgoing::default();
    outgoing.add(to(1), 0, 0..5);
    outgoing.clear();
    assert!(outgoing.trains().is_empty());
    outgoing.add(to(2), 0, 0..3);
    assert_eq!(
        sent(&outgoing, &[message(b"abcde")]),
        [(to(2), b"abc".to_vec(), 3)]
    );
    assert_eq!(outgoing.trains.len(), 1);
}
