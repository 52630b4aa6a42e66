//! Every parser of the native code that reads bytes of a network, a TUN device or the kernel, as a function of any bytes that panics
//! when something does not hold, with sound inputs to begin with. `native/fuzz` runs them under libFuzzer; `cargo test` runs the
//! regressions.
#![forbid(unsafe_code)]

#[path = "../../packet/tests/fuzz/targets.rs"]
mod packet;
#[path = "../../packet/tests/packets/mod.rs"]
mod packets;
mod planted;
mod seeds;

pub struct Target {
    pub name: &'static str,
    pub run: fn(&[u8]),
    /// Sound inputs, from which the mutations begin.
    pub seeds: fn() -> Vec<Vec<u8>>,
    /// Longer ones are not tried.
    pub max_bytes: usize,
}

pub const TARGETS: [Target; 12] = [
    Target {
        name: "packet-outbound",
        run: packet::outbound,
        seeds: seeds::frames,
        max_bytes: 4000,
    },
    Target {
        name: "packet-inbound",
        run: packet::inbound,
        seeds: seeds::payloads,
        max_bytes: 4000,
    },
    Target {
        name: "packet-filter",
        run: packet::filter,
        seeds: seeds::conversation,
        max_bytes: 2000,
    },
    Target {
        name: "relay-stun",
        run: relay_stun,
        seeds: seeds::stun,
        max_bytes: 1300,
    },
    Target {
        name: "relay-control",
        run: meshd_relay::fuzz::control,
        seeds: seeds::relay_control,
        max_bytes: 1300,
    },
    Target {
        name: "relay-data",
        run: meshd_relay::fuzz::data,
        seeds: seeds::relay_data,
        max_bytes: 1300,
    },
    Target {
        name: "relay-service",
        run: meshd_relay::fuzz::service,
        seeds: seeds::relay_service,
        max_bytes: 2000,
    },
    Target {
        name: "relay-stream",
        run: meshd_netio::fuzz::stream_frames,
        seeds: seeds::stream_frames,
        max_bytes: 8000,
    },
    Target {
        name: "netlink",
        run: meshd_netio::fuzz::netlink,
        seeds: seeds::netlink,
        max_bytes: 2000,
    },
    Target {
        name: "engine-datagram",
        run: meshd_engine::fuzz::datagram,
        seeds: seeds::datagrams,
        max_bytes: 1500,
    },
    Target {
        name: "engine-carrier",
        run: meshd_engine::fuzz::carrier,
        seeds: seeds::carriers,
        max_bytes: 4000,
    },
    Target {
        name: "engine-node",
        run: meshd_engine::fuzz::node,
        seeds: seeds::node,
        max_bytes: 4000,
    },
];

/// Has a bug on purpose, to see that it is found.
pub const PLANTED: Target = Target {
    name: "planted-native",
    run: planted::parse,
    seeds: planted::seeds,
    max_bytes: 256,
};

pub fn target(name: &str) -> Option<&'static Target> {
    TARGETS
        .iter()
        .chain([&PLANTED])
        .find(|target| target.name == name)
}

/// The first byte says from where, whether there is another port to answer from, and whether length and FINGERPRINT are made right.
fn relay_stun(bytes: &[u8]) {
    let Some((how, datagram)) = bytes.split_first() else {
        return;
    };
    let source = if how & 1 == 0 {
        ([192, 0, 2, 1], 1).into()
    } else {
        ([0x2001, 0xdb8, 0, 0, 0, 0, 0, 1], 65535).into()
    };
    let mut datagram = datagram.to_vec();
    if how & 4 != 0 {
        meshd_relay::fuzz::repair_stun(&mut datagram, how & 8 != 0);
    }
    meshd_relay::fuzz::stun(&datagram, source, how & 2 == 0);
}
