//! Two engines by hand, without a daemon: for measurements and for trying the path layer in namespaces.
//!
//! `tunnel SIDE PORT REMOTE_ADDRESS:PORT INTERFACE` is node 0 or 1 of a mesh of two with well-known keys; SIDE + 1 is also the last
//! number of its overlay address, 100.64.0.SIDE+1. Events go to standard error; each line on standard input prints the statistics,
//! the end of it ends the program.

use std::io::BufRead;
use std::sync::mpsc::channel;

use meshd_engine::{Engine, EngineOptions, Event, PeerConfig, Reply, Way};

/// Node keys of the seeds 1 and 2 (RFC 8032 key generation).
const NODE_KEYS: [&str; 2] = [
    "8a88e3dd7409f195fd52db2d3cba5d72ca6709bf1d94121bf3748801b40f6f5c",
    "8139770ea87d175f56a35466c34c7ecccb8d8a91b4ee37a25df60f5b8fc9b394",
];

fn key(side: usize) -> [u8; 32] {
    std::array::from_fn(|at| {
        u8::from_str_radix(&NODE_KEYS[side][2 * at..2 * at + 2], 16).expect("hexadecimal")
    })
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [side, port, remote, interface] = &arguments[..] else {
        eprintln!("tunnel SIDE PORT REMOTE_ADDRESS:PORT INTERFACE");
        std::process::exit(2);
    };
    let side: usize = side.parse().expect("0 or 1");
    let options = EngineOptions {
        node_seed: [side as u8 + 1; 32],
        boot_id: std::process::id()
            .to_be_bytes()
            .repeat(2)
            .try_into()
            .expect("8 bytes"),
        port: port.parse().expect("a port"),
    };
    let engine = Engine::start(options, |pending| {
        for event in pending.take() {
            if !matches!(event, Event::Datagram { .. }) {
                eprintln!("{event:?}");
            }
        }
    })
    .expect("sockets");
    engine.open_tun(interface).expect("a TUN interface");
    let prefix = |side: usize| {
        format!("100.64.0.{}/32", side + 1)
            .parse()
            .expect("a prefix")
    };
    let prefix6 = |side: usize| format!("fd00::{}/128", side + 1).parse().expect("a prefix");
    engine.set_self(vec![prefix(side), prefix6(side)]);
    let other = 1 - side;
    let peer = engine
        .upsert_peer(PeerConfig {
            node_key: key(other),
            tag_key: [3; 32],
            cid_key: [4; 32],
            relay_id: [other as u8; 8],
            prefixes: vec![prefix(other), prefix6(other)],
        })
        .expect("a handle");
    let remote = remote.parse().expect("an address with a port");
    engine.set_paths(peer, vec![(1, Way::Direct(remote))]);
    for _ in std::io::stdin().lock().lines() {
        let (sender, receiver) = channel();
        engine.stats(Reply::new(move |answer| {
            let _ = sender.send(answer);
        }));
        if let Ok(Ok(stats)) = receiver.recv() {
            let drops: Vec<_> = stats.drops.iter().filter(|(_, count)| *count > 0).collect();
            println!("{:?} {drops:?}", stats.peers);
        }
    }
}
