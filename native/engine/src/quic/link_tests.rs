//! What a link refuses before TLS.

use quinn_proto::ConnectionIdGenerator;

use super::super::cid::PeerCids;
use super::*;

const SERVER_INDEX: u32 = 7;

/// Client and server of one pair, and what reads the server's connection ids.
fn links(now: Instant) -> (Link, Link, PeerCids) {
    let mut identities = [[1; 32], [2; 32]].map(|seed| Identity::new(&seed).unwrap());
    identities.sort_by_key(|identity| identity.node_key);
    let keys = [identities[0].node_key, identities[1].node_key];
    let codec = CidCodec::default();
    let [client, server] = [0, 1].map(|side: usize| {
        let (own, peer) = (&keys[side], &keys[1 - side]);
        let pair = PairKeys::new([3; 32], [4; 32], own, peer);
        Link::new(&identities[side], &codec, SERVER_INDEX, peer, &pair, now).unwrap()
    });
    let cids = codec.generator(SERVER_INDEX, identities[1].random.clone());
    (client, server, cids)
}

fn first_packet(client: &mut Link, now: Instant) -> BytesMut {
    let mut buf = Vec::new();
    client.connect(now);
    client.poll_transmit(now, 1, &mut buf).unwrap();
    BytesMut::from(&buf[..])
}

/// An id that the demultiplexer takes for one of ours, in an Initial: the MAC was not looked at there.
#[test]
fn only_proven_first_ids_get_tls() {
    let now = Instant::now();
    let (mut client, mut server, mut cids) = links(now);
    server.handle_packet(first_packet(&mut client, now), now);
    assert!(server.has_attempts());

    let (mut client, mut server, _) = links(now);
    let own = cids.generate_cid();
    let config = client.client.as_mut().unwrap();
    config.initial_dst_cid_provider(Arc::new(move || own));
    server.handle_packet(first_packet(&mut client, now), now);
    assert!(!server.has_attempts());
}

/// Everything that one link has to say, as the other hears it, one datagram after the other.
fn tell(from: &mut Link, to: &mut Link, now: &mut Instant) -> Vec<Bytes> {
    let (mut received, mut buf) = (Vec::new(), Vec::new());
    while from.poll_transmit(*now, 1, &mut buf).is_some() {
        *now += Duration::from_millis(1);
        to.handle_packet(BytesMut::from(&buf[..]), *now);
        to.process(*now, &mut received);
        buf.clear();
    }
    received
}

/// The first packets of the earlier one arrive after those of the later one (a repetition, or a slower way): the server takes the earlier one
/// for the newer, the client does not.
#[test]
fn handshakes_that_end_in_another_order_on_the_other_side_leave_one_connection() {
    let mut now = Instant::now();
    let (mut client, mut server, _) = links(now);
    client.connect(now);
    client.connect(now + Duration::from_millis(1));
    // The younger one speaks first.
    for _ in 0..10 {
        tell(&mut client, &mut server, &mut now);
        tell(&mut server, &mut client, &mut now);
    }
    assert!(client.connected() && server.connected());
    assert!(!client.has_attempts() && !server.has_attempts());
    client.send(Bytes::from_static(b"there")).unwrap();
    assert_eq!(tell(&mut client, &mut server, &mut now), ["there"]);
    server.send(Bytes::from_static(b"back")).unwrap();
    assert_eq!(tell(&mut server, &mut client, &mut now), ["back"]);
    // Also once what was replaced is forgotten.
    now += RETIRING;
    client.handle_timeout(now);
    server.handle_timeout(now);
    client.send(Bytes::from_static(b"there")).unwrap();
    assert_eq!(tell(&mut client, &mut server, &mut now), ["there"]);
    server.send(Bytes::from_static(b"back")).unwrap();
    assert_eq!(tell(&mut server, &mut client, &mut now), ["back"]);
}
