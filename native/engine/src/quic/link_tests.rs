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
