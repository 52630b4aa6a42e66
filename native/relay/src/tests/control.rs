use super::*;
use proptest::prelude::*;

fn hello() -> Vec<u8> {
    let mut bytes = vec![CONTROL, HELLO];
    bytes.extend([7; 16]);
    bytes.resize(96, 0);
    bytes
}

fn register(body: usize) -> Vec<u8> {
    let mut bytes = vec![CONTROL, REGISTER];
    bytes.extend([7; 16]);
    bytes.extend([8; 16]);
    bytes.resize(34 + body, 1);
    bytes
}

fn ping() -> Vec<u8> {
    let mut bytes = vec![CONTROL, PING, 1, 2, 3, 4, 0, 0, 0, 0, 0, 0, 0, 9];
    bytes.resize(32, 0);
    bytes
}

#[test]
fn reads_what_clients_send() {
    assert_eq!(parse(&hello()), Some(Control::Hello { nonce: &[7; 16] }));
    assert_eq!(
        parse(&register(3)),
        Some(Control::Register {
            nonce: &[7; 16],
            cookie: &[8; 16],
            body: &[1; 3]
        })
    );
    assert_eq!(
        parse(&ping()),
        Some(Control::Ping {
            session: 0x0102_0304,
            sequence: &[0, 0, 0, 0, 0, 0, 0, 9]
        })
    );
}

#[test]
fn lengths_are_exact() {
    for sound in [hello(), ping()] {
        let mut longer = sound.clone();
        longer.push(0);
        assert_eq!(parse(&longer), None);
        for length in 0..sound.len() {
            assert_eq!(parse(&sound[..length]), None);
        }
    }
    assert_eq!(parse(&register(0)), None);
    assert!(parse(&register(MAX_REGISTER_BODY)).is_some());
    assert_eq!(parse(&register(MAX_REGISTER_BODY + 1)), None);
}

#[test]
fn a_hello_is_padded_with_zeros() {
    let mut bytes = hello();
    bytes[95] = 1;
    assert_eq!(parse(&bytes), None);
}

#[test]
fn the_relays_own_kinds_are_refused() {
    for kind in [0, COOKIE, 4, PONG, UNKNOWN_SESSION, 8, 255] {
        let mut bytes = hello();
        bytes[1] = kind;
        assert_eq!(parse(&bytes), None);
    }
}

#[test]
fn answers_have_the_documented_layout() {
    let cookie = cookie_reply(&[7; 16], &[8; 16]);
    assert_eq!(&*cookie, [&[17, 2][..], &[7; 16], &[8; 16]].concat());
    let pong = pong(
        0x0102_0304,
        &[0, 0, 0, 0, 0, 0, 0, 9],
        "192.0.2.1:4660".parse().unwrap(),
    );
    let expected = b"\x11\x06\x01\x02\x03\x04\0\0\0\0\0\0\0\x09\x12\x34\0\0\0\0\0\0\0\0\0\0\xff\xff\xc0\0\x02\x01";
    assert_eq!(&*pong, expected);
    assert_eq!(pong.len(), ping().len());
    assert_eq!(&*unknown_session(0x0102_0304), [17, 7, 1, 2, 3, 4]);
}

proptest! {
    #[test]
    fn survives_any_bytes(kind in 0u8..9, bytes in prop::collection::vec(any::<u8>(), 0..1100)) {
        parse(&bytes);
        parse(&[&[CONTROL, kind], &bytes[..]].concat());
    }
}
