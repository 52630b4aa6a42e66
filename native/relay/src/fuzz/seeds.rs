//! Sound datagrams, from which mutations begin.

pub fn hello() -> Vec<u8> {
    [&[17, 1][..], &[7; 16], &[0; 78]].concat()
}

pub fn register(body_bytes: usize) -> Vec<u8> {
    [&[17, 3][..], &[7; 16], &[8; 16], &vec![9; body_bytes]].concat()
}

pub fn ping(session: u32) -> Vec<u8> {
    [&[17, 5], &session.to_be_bytes()[..], &[9; 8], &[0; 18]].concat()
}

pub fn data(session: u32, to: u8, packet: &[u8]) -> Vec<u8> {
    [&[18, 1], &session.to_be_bytes()[..], &[to; 8], packet].concat()
}

fn stun_attribute(kind: u16, value: &[u8]) -> Vec<u8> {
    let length = (value.len() as u16).to_be_bytes();
    let mut bytes = [&kind.to_be_bytes()[..], &length, value].concat();
    bytes.resize(bytes.len().next_multiple_of(4), 0);
    bytes
}

pub fn stun_request(attributes: &[Vec<u8>]) -> Vec<u8> {
    let body = attributes.concat();
    let length = (body.len() as u16).to_be_bytes();
    let cookie = [0x21, 0x12, 0xA4, 0x42];
    [&[0, 1][..], &length, &cookie, &[7; 12], &body].concat()
}

pub fn stun_requests() -> Vec<Vec<u8>> {
    let many: Vec<_> = (0x4000..0x4018)
        .map(|kind| stun_attribute(kind, b""))
        .collect();
    vec![
        stun_request(&[]),
        stun_request(&[stun_attribute(0x8022, b"a client of some kind")]),
        stun_request(&[
            stun_attribute(0x0003, &[0, 0, 0, 6]),
            stun_attribute(0x0026, &[0; 30]),
        ]),
        stun_request(&[stun_attribute(0x0003, &[0, 0, 0, 2])]),
        stun_request(&[stun_attribute(0x0027, &[0xc3, 0x50, 0, 0])]),
        stun_request(&[
            stun_attribute(0x0027, &[0xc3, 0x50, 0, 0]),
            stun_attribute(0x8022, b"with room"),
        ]),
        stun_request(&[
            stun_attribute(0x0006, b"user"),
            stun_attribute(0x0008, &[5; 20]),
        ]),
        stun_request(&many),
    ]
}
