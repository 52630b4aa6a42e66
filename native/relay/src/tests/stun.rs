use super::*;
use proptest::prelude::*;

const ID: [u8; 12] = *b"\xb7\xe7\xa7\x01\xbc\x34\xd6\x86\xfa\x87\xdf\xae";

const SOFTWARE: u16 = 0x8022;

/// The bytes of the answer of a server that has one port only.
fn answer(datagram: &[u8], source: SocketAddr) -> Option<Reply> {
    super::answer(datagram, source, false).map(|answer| answer.reply)
}

fn v4() -> SocketAddr {
    "192.0.2.1:32853".parse().unwrap()
}

fn attribute(kind: u16, value: &[u8]) -> Vec<u8> {
    let mut bytes = kind.to_be_bytes().to_vec();
    bytes.extend((value.len() as u16).to_be_bytes());
    bytes.extend(value);
    bytes.resize(bytes.len().next_multiple_of(4), 0);
    bytes
}

fn request(attributes: &[Vec<u8>]) -> Vec<u8> {
    let body = attributes.concat();
    let mut bytes = vec![0, 1];
    bytes.extend((body.len() as u16).to_be_bytes());
    bytes.extend(MAGIC_COOKIE.to_be_bytes());
    bytes.extend(ID);
    bytes.extend(body);
    bytes
}

fn with_fingerprint(mut bytes: Vec<u8>) -> Vec<u8> {
    let length = (bytes.len() - 20 + 8) as u16;
    bytes[2..4].copy_from_slice(&length.to_be_bytes());
    let value = (crc32(&bytes) ^ FINGERPRINT_XOR).to_be_bytes();
    bytes.extend(attribute(FINGERPRINT, &value));
    bytes
}

/// The sample response of RFC 5769 §2.2 has this XOR-MAPPED-ADDRESS for this address and transaction id.
#[test]
fn maps_ipv4_as_rfc_5769() {
    let reply = answer(&request(&[]), v4()).unwrap();
    let expected = [
        &b"\x01\x01\x00\x0c\x21\x12\xa4\x42"[..],
        &ID,
        b"\x00\x20\x00\x08\x00\x01\xa1\x47\xe1\x12\xa6\x43",
    ]
    .concat();
    assert_eq!(&*reply, expected);
}

/// RFC 5769 §2.3.
#[test]
fn maps_ipv6_as_rfc_5769() {
    let source = "[2001:db8:1234:5678:11:2233:4455:6677]:32853"
        .parse()
        .unwrap();
    let reply = answer(&request(&[]), source).unwrap();
    assert_eq!(
        &reply[20..],
        b"\x00\x20\x00\x14\x00\x02\xa1\x47\x01\x13\xa9\xfa\xa5\xd3\xf1\x79\xbc\x25\xf4\xb5\xbe\xd2\xb9\xd9"
    );
}

#[test]
fn shows_a_mapped_ipv4_source_as_ipv4() {
    let reply = answer(&request(&[]), "[::ffff:192.0.2.1]:32853".parse().unwrap()).unwrap();
    assert_eq!(&*reply, &*answer(&request(&[]), v4()).unwrap());
}

/// The whole request of RFC 5769 §2.1, with PRIORITY and ICE-CONTROLLED (comprehension-optional), integrity, fingerprint.
#[test]
fn reads_the_sample_request_of_rfc_5769() {
    let sample = b"\x00\x01\x00\x58\x21\x12\xa4\x42\xb7\xe7\xa7\x01\xbc\x34\xd6\x86\xfa\x87\xdf\xae\
        \x80\x22\x00\x10STUN test client\
        \x00\x24\x00\x04\x6e\x00\x01\xff\
        \x80\x29\x00\x08\x93\x2f\xf9\xb1\x51\x26\x3b\x36\
        \x00\x06\x00\x09\x65\x76\x74\x6a\x3a\x68\x36\x76\x59\x20\x20\x20\
        \x00\x08\x00\x14\x9a\xea\xa7\x0c\xbf\xd8\xcb\x56\x78\x1e\xf2\xb5\xb2\xd3\xf2\x49\xc1\xb5\x71\xa2\
        \x80\x28\x00\x04\xe5\x7a\x3b\xcf";
    let reply = answer(sample, v4()).unwrap();
    // PRIORITY belongs to ICE, which this server does not speak.
    assert_eq!(&reply[..2], b"\x01\x11");
    assert_eq!(
        &reply[20..36],
        b"\x00\x09\x00\x04\x00\x00\x04\x14\x00\x0a\x00\x02\x00\x24\x00\x00"
    );
    assert_eq!(&reply[36..40], b"\x80\x28\x00\x04");
    let mut damaged = *sample;
    damaged[30] ^= 1;
    assert!(answer(&damaged, v4()).is_none());
}

#[test]
fn echoes_a_right_fingerprint_only() {
    let sound = with_fingerprint(request(&[]));
    let reply = answer(&sound, v4()).unwrap();
    assert_eq!(reply.len(), 40);
    assert_eq!(usize::from(reply[3]), reply.len() - 20);
    let value = u32::from_be_bytes(reply[36..].try_into().unwrap());
    assert_eq!(value, crc32(&reply[..32]) ^ FINGERPRINT_XOR);

    for at in 4..sound.len() {
        let mut damaged = sound.clone();
        damaged[at] ^= 1;
        // Flipping a bit of the attribute's type makes it another, optional attribute.
        let renamed = (28..30).contains(&(at + 8)) || at == 20 || at == 21;
        assert!(renamed || answer(&damaged, v4()).is_none(), "byte {at}");
    }
    let after_it = with_fingerprint(request(&[]));
    let mut trailing = after_it.clone();
    trailing.extend(attribute(SOFTWARE, b"more"));
    trailing[3] += 8;
    assert!(answer(&trailing, v4()).is_none());
}

#[test]
fn lists_each_unknown_attribute_once() {
    let reply = answer(
        &request(&[
            attribute(0x0002, &[0; 4]),
            attribute(0x7fff, b"x"),
            attribute(0x0002, &[0; 4]),
            attribute(0x8055, b""),
        ]),
        v4(),
    )
    .unwrap();
    assert_eq!(
        &reply[20..],
        b"\x00\x09\x00\x04\x00\x00\x04\x14\x00\x0a\x00\x04\x00\x02\x7f\xff"
    );
}

#[test]
fn lists_at_most_sixteen() {
    let of = |count: u16| {
        (0..count)
            .map(|n| attribute(0x4000 + n, b""))
            .collect::<Vec<_>>()
    };
    let sixteen = answer(&request(&of(16)), v4()).unwrap();
    assert_eq!(sixteen.len(), 20 + 8 + 4 + 32);
    let seventeen = answer(&with_fingerprint(request(&of(17))), v4()).unwrap();
    assert_eq!(&seventeen[20..64], &sixteen[20..64]);
    assert_eq!(seventeen.len(), 72);
}

#[test]
fn ignores_what_follows_integrity_and_known_attributes() {
    let known = KNOWN.map(|kind| attribute(kind, &[7; 20]));
    let mut attributes = known.to_vec();
    attributes.push(attribute(0x0002, b"ignored"));
    assert_eq!(
        &answer(&request(&attributes), v4()).unwrap()[..2],
        b"\x01\x01"
    );
}

#[test]
fn drops_all_that_is_no_request() {
    let sound = request(&[attribute(SOFTWARE, b"client")]);
    assert!(answer(&sound, v4()).is_some());
    for length in 0..sound.len() {
        assert!(answer(&sound[..length], v4()).is_none(), "cut to {length}");
    }
    let change = |at: usize, value: u8| {
        let mut bytes = sound.clone();
        bytes[at] = value;
        answer(&bytes, v4()).is_none()
    };
    assert!(change(0, 1), "success response");
    assert!(change(1, 0x11), "indication");
    assert!(change(1, 3), "another method");
    assert!(change(4, 0x20), "another cookie");
    assert!(change(3, 8), "short length");
    assert!(change(3, 13), "length no multiple of four");
    assert!(change(23, 7 + 2), "attribute beyond the message");
    let mut longer = sound.clone();
    longer.push(0);
    assert!(answer(&longer, v4()).is_none());
}

#[test]
fn drops_requests_beyond_the_longest() {
    let of = |length: usize| request(&[attribute(SOFTWARE, &vec![0; length - 24])]);
    assert!(answer(&of(MAX_REQUEST_LENGTH), v4()).is_some());
    assert!(answer(&of(MAX_REQUEST_LENGTH + 4), v4()).is_none());
}

#[test]
fn answers_from_another_port_if_there_is_one() {
    let change = |flags: u32| request(&[attribute(CHANGE_REQUEST, &flags.to_be_bytes())]);
    let changed = super::answer(&change(CHANGE_PORT), v4(), true).unwrap();
    assert!(changed.from_other_port);
    assert_eq!(changed.destination, v4());
    assert_eq!(&*changed.reply, &*answer(&request(&[]), v4()).unwrap());

    let not_asked = super::answer(&change(0), v4(), true).unwrap();
    assert!(!not_asked.from_other_port);
    assert_eq!(&not_asked.reply[..2], b"\x01\x01");
}

#[test]
fn says_when_the_port_or_address_cannot_be_changed() {
    let refused = |flags: u32, has_other_port: bool| {
        let bytes = request(&[attribute(CHANGE_REQUEST, &flags.to_be_bytes())]);
        let answer = super::answer(&bytes, v4(), has_other_port).unwrap();
        !answer.from_other_port && answer.reply[20..].ends_with(b"\x00\x0a\x00\x02\x00\x03\x00\x00")
    };
    assert!(refused(CHANGE_PORT, false), "no other port");
    assert!(refused(4, true), "change IP");
    assert!(refused(6, true), "change IP and port");
    assert!(refused(0x8000_0002, true), "an unknown flag");
    let short = request(&[attribute(CHANGE_REQUEST, &[0, 2])]);
    assert!(super::answer(&short, v4(), true).is_none());
}

#[test]
fn answers_to_another_port_of_the_same_address() {
    let room = || attribute(SOFTWARE, b"a client");
    let to = |value: &[u8]| {
        super::answer(
            &request(&[attribute(RESPONSE_PORT, value), room()]),
            v4(),
            false,
        )
    };
    let destination = to(&[0xc3, 0x50, 0, 0]).unwrap().destination;
    assert_eq!(destination, "192.0.2.1:50000".parse().unwrap());
    assert_eq!(to(&[4, 0]).unwrap().destination.port(), 1024);
    assert!(to(&[3, 255]).is_none(), "a port of a service");
    assert!(to(&[0xc3]).is_none(), "too short");
    assert!(to(&[0xc3, 0x50, 0]).is_none(), "of no length that is known");

    let with_unknown = request(&[
        attribute(RESPONSE_PORT, &[0xc3, 0x50]),
        attribute(0x7fff, b""),
    ]);
    let error = super::answer(&with_unknown, v4(), true).unwrap();
    assert_eq!(error.destination, v4());
}

#[test]
fn sends_no_more_to_another_port_than_was_asked_with() {
    let v6 = "[2001:db8::1]:4000".parse().unwrap();
    for (source, enough) in [(v4(), 4), (v6, 16)] {
        let answered = |room: usize| {
            let software = (room > 0).then(|| attribute(SOFTWARE, &vec![b'x'; room - 4]));
            let port = attribute(RESPONSE_PORT, &[0xc3, 0x50, 0, 0]);
            let bytes = request(&[port].into_iter().chain(software).collect::<Vec<_>>());
            let answer = super::answer(&bytes, source, false)?;
            assert!(answer.reply.len() <= bytes.len());
            Some(answer)
        };
        assert!(answered(enough).is_some(), "{source}");
        assert!(answered(enough - 4).is_none(), "{source}");
    }
}

proptest! {
    /// Whatever is asked: to the same address, and never three times what came in (with IP and UDP headers).
    #[test]
    fn reflects_nothing_elsewhere_and_amplifies_little(
        attributes in prop::collection::vec((any::<u16>(), prop::collection::vec(any::<u8>(), 0..6)), 0..4),
        flags in prop::option::of(0u32..8),
        port in prop::option::of(any::<u16>()),
        has_other_port in any::<bool>(),
        v6 in any::<bool>(),
    ) {
        let source = if v6 { "[2001:db8::1]:4000".parse().unwrap() } else { v4() };
        let mut attributes: Vec<_> = attributes.iter().map(|(kind, value)| attribute(*kind, value)).collect();
        attributes.extend(flags.map(|flags| attribute(CHANGE_REQUEST, &flags.to_be_bytes())));
        attributes.extend(port.map(|port| attribute(RESPONSE_PORT, &port.to_be_bytes())));
        let bytes = request(&attributes);
        if let Some(answer) = super::answer(&bytes, source, has_other_port) {
            prop_assert_eq!(answer.destination.ip(), source.ip());
            prop_assert!(answer.destination == source || answer.reply.len() <= bytes.len());
            prop_assert!(answer.reply.len() <= 3 * bytes.len());
        }
    }

    #[test]
    fn survives_any_bytes(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        answer(&bytes, v4());
    }

    #[test]
    fn answers_any_well_formed_request(
        attributes in prop::collection::vec((any::<u16>(), prop::collection::vec(any::<u8>(), 0..20)), 0..20),
        with_print in any::<bool>(),
    ) {
        let attributes: Vec<_> = attributes.iter()
            .filter(|(kind, _)| ![FINGERPRINT, CHANGE_REQUEST, RESPONSE_PORT].contains(kind))
            .map(|(kind, value)| attribute(*kind, value))
            .collect();
        let plain = request(&attributes);
        let bytes = if with_print { with_fingerprint(plain) } else { plain };
        let reply = answer(&bytes, v4()).unwrap();
        prop_assert_eq!(usize::from(u16::from_be_bytes([reply[2], reply[3]])), reply.len() - 20);
        prop_assert_eq!(&reply[8..20], &ID);
        prop_assert_eq!(reply.len() % 4, 0);
        prop_assert!(reply.len() <= 72);
    }
}
