use super::*;
use proptest::prelude::*;

fn datagram(first: u8) -> Vec<u8> {
    [&[18, 1, 0, 0, 0, 5][..], &[9; 8], &[first, 1, 2]].concat()
}

#[test]
fn reads_and_rewrites_the_header_in_place() {
    let mut bytes = datagram(64);
    assert_eq!(
        parse(&bytes),
        Some(DataHeader {
            session: 5,
            relay_id: [9; 8]
        })
    );
    rewrite(
        &mut bytes,
        DataHeader {
            session: 0x0102_0304,
            relay_id: [8; 8],
        },
    );
    assert_eq!(
        bytes,
        [&[18, 1, 1, 2, 3, 4][..], &[8; 8], &[64, 1, 2]].concat()
    );
}

#[test]
fn carries_disco_carriers_and_quic_only() {
    for first in 0..=255 {
        assert_eq!(
            parse(&datagram(first)).is_some(),
            matches!(first, 16 | 19) || first >= 64,
            "{first}"
        );
    }
}

#[test]
fn refuses_other_versions_and_empty_packets() {
    let mut bytes = datagram(64);
    bytes[1] = 2;
    assert_eq!(parse(&bytes), None);
    let sound = datagram(64);
    for length in 0..=14 {
        assert_eq!(parse(&sound[..length]), None);
    }
    assert!(parse(&sound[..15]).is_some());
}

proptest! {
    #[test]
    fn rewriting_keeps_the_packet(packet in prop::collection::vec(any::<u8>(), 1..100), session: u32, relay_id: [u8; 8]) {
        let mut bytes = [&datagram(64)[..14], &[64], &packet].concat();
        let header = DataHeader { session, relay_id };
        rewrite(&mut bytes, header);
        prop_assert_eq!(parse(&bytes), Some(header));
        prop_assert_eq!(&bytes[15..], &packet[..]);
    }

    #[test]
    fn survives_any_bytes(mut bytes in prop::collection::vec(any::<u8>(), 0..64)) {
        let header = parse(&bytes);
        rewrite(&mut bytes, header.unwrap_or(DataHeader { session: 0, relay_id: [0; 8] }));
    }
}
