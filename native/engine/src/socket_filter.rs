//! What the kernel keeps from the engine's sockets: datagrams that nothing here would take, told by their first bytes (docs/protocol.md
//! "Datagrams"). A flood then costs neither a place in the queue nor a wake-up; and what it lets through is judged as if there were none,
//! so that a host that refuses the program loses nothing but speed.

use std::net::{IpAddr, SocketAddr};

use meshd_netio::filter::Condition::{Above, AtLeast, Equal};
use meshd_netio::filter::Instruction::{
    self, Alu, AluX, Drop, Keep, Load, SkipIf, SkipIfEqualsX, ToX,
};
use meshd_netio::filter::Operation::{Add, And, Multiply, ShiftRight, Xor};
use meshd_netio::filter::Width::{Byte, Word};
use meshd_netio::filter::{IP_HEADER, MAX_INSTRUCTIONS, PAYLOAD, by_first_byte, only_if};

use crate::carrier;
use crate::disco::{self, Hint};
use crate::quic::{CidCheck, FIRST_CID_BYTES, OWN_CID_BYTES};
use crate::relays::{RELAY_CONTROL, RELAY_DATA, Relay};

/// RFC 8489 §5.
const STUN_COOKIE: u32 = 0x2112_a442;
/// Success and error responses (§5): the only ones that a client takes.
const STUN_RESPONSE: u32 = 1;
const QUIC_V1: u32 = 1;
/// Where an IPv4 header has its source, and the last word of an IPv6 header's.
const IPV4_SOURCE: u32 = 12;
const IPV6_SOURCE_END: u32 = 20;
const UDP_PORTS: u32 = 0;
/// Names compared one by one before the next group is tried: what a conditional jump reaches.
const GROUP: usize = 128;
/// The rest of the program is far shorter than this.
const ROOM_FOR_OTHERS: usize = 512;
const LISTS: usize = 3;

pub struct SocketFilter<'a> {
    pub ids: CidCheck,
    /// Of all peers.
    pub hints: Vec<&'a Hint>,
    /// Their direct ones.
    pub paths: Vec<SocketAddr>,
    pub relays: Vec<&'a Relay>,
}

impl SocketFilter<'_> {
    /// For sockets of one family.
    pub fn program(&self, ipv4: bool) -> Vec<Instruction> {
        let mut program = by_first_byte();
        let kinds = [
            (disco::FIRST_BYTE, self.by_hint(PAYLOAD + 2)),
            (RELAY_CONTROL, self.of_relays(ipv4)),
            (RELAY_DATA, self.of_sessions()),
            (carrier::FIRST_BYTE, self.by_path(ipv4)),
            (
                STUN_RESPONSE as u8,
                vec![
                    Load(Word, PAYLOAD + 4),
                    SkipIf(Equal, STUN_COOKIE, 1, 0),
                    Drop,
                    Keep,
                ],
            ),
        ];
        for (first, body) in kinds {
            only_if(&mut program, Equal, first.into(), body);
        }
        only_if(&mut program, AtLeast, 192, self.of_long_header());
        only_if(&mut program, AtLeast, 128, vec![Drop]);
        only_if(&mut program, AtLeast, 64, self.by_id(PAYLOAD + 1));
        program.push(Drop);
        program
    }

    fn of_long_header(&self) -> Vec<Instruction> {
        let mut body = vec![
            Load(Word, PAYLOAD + 1),
            SkipIf(Equal, QUIC_V1, 1, 0),
            Drop,
            Load(Byte, PAYLOAD + 5),
        ];
        only_if(
            &mut body,
            Equal,
            OWN_CID_BYTES as u32,
            self.by_id(PAYLOAD + 6),
        );
        // The first id of a client begins with its hint.
        only_if(
            &mut body,
            Equal,
            FIRST_CID_BYTES as u32,
            self.by_hint(PAYLOAD + 6),
        );
        body.push(Drop);
        body
    }

    /// As `CidCodec` makes them.
    fn by_id(&self, offset: u32) -> Vec<Instruction> {
        let CidCheck { xor, factors } = self.ids;
        let [first, second, third] = CidCheck::SHIFTS;
        let folded = |shift| [ToX, Alu(ShiftRight, shift), AluX(Xor)];
        let mut body = vec![Load(Word, offset), Alu(Xor, xor), Alu(Multiply, factors[0])];
        body.extend(folded(first));
        body.extend([
            ToX,
            Load(Word, offset + 4),
            Alu(And, 0x00ff_ffff),
            AluX(Add),
            Alu(Multiply, factors[1]),
        ]);
        body.extend(folded(second));
        body.extend([
            Alu(Multiply, factors[2]),
            Alu(ShiftRight, third),
            ToX,
            Load(Byte, offset + 4),
            SkipIfEqualsX(1, 0),
            Drop,
            Keep,
        ]);
        body
    }

    /// By the first half of the hint: one in four milliards of others passes for each peer.
    fn by_hint(&self, offset: u32) -> Vec<Instruction> {
        among(
            Load(Word, offset),
            self.hints.iter().map(|hint| half(hint)).collect(),
        )
    }

    /// Only paths of peers bring parts of packets.
    fn by_path(&self, ipv4: bool) -> Vec<Instruction> {
        let of_family = self.paths.iter().filter(|path| path.is_ipv4() == ipv4);
        let words = of_family.map(|&path| source_word(path)).collect();
        among(load_source(ipv4), words)
    }

    /// By source: port, and a word of the address.
    fn of_relays(&self, ipv4: bool) -> Vec<Instruction> {
        let mut body = Vec::new();
        let addresses = self.relays.iter().map(|relay| relay.address);
        for address in addresses.filter(|address| address.is_ipv4() == ipv4) {
            body.extend([
                load_source(ipv4),
                SkipIf(Equal, source_word(address), 0, 4),
                Load(Word, UDP_PORTS),
                Alu(ShiftRight, 16),
                SkipIf(Equal, address.port().into(), 0, 1),
                Keep,
            ]);
        }
        body.push(Drop);
        body
    }

    fn of_sessions(&self) -> Vec<Instruction> {
        let mut body = vec![Load(Word, PAYLOAD + 2)];
        for relay in self.relays.iter().filter(|relay| relay.session != 0) {
            body.extend([SkipIf(Equal, relay.session, 0, 1), Keep]);
        }
        body.push(Drop);
        body
    }
}

fn half(hint: &Hint) -> u32 {
    let [a, b, c, d, ..] = *hint;
    u32::from_be_bytes([a, b, c, d])
}

/// One of these words, or out. Words are compared one by one, in groups of which all but one are skipped.
fn among(load: Instruction, mut words: Vec<u32>) -> Vec<Instruction> {
    words.sort_unstable();
    words.dedup();
    // The program has three such lists; what is too long is judged by the engine alone.
    let length = words.len() + 4 * words.len().div_ceil(GROUP);
    if LISTS * length + ROOM_FOR_OTHERS > MAX_INSTRUCTIONS {
        return vec![Keep];
    }
    let mut body = vec![load];
    for group in words.chunks(GROUP) {
        let (count, largest) = (group.len() as u8, group[group.len() - 1]);
        // Behind the group: Drop, Keep.
        body.push(SkipIf(Above, largest, count + 2, 0));
        let compare = |(number, &word)| SkipIf(Equal, word, count - number + 1, 0);
        body.extend((1..=count).zip(group).map(compare));
        body.extend([Drop, Keep]);
    }
    body.push(Drop);
    body
}

/// As much of a source's address as one word says.
fn source_word(address: SocketAddr) -> u32 {
    match address.ip() {
        IpAddr::V4(ip) => ip.to_bits(),
        IpAddr::V6(ip) => ip.to_bits() as u32,
    }
}

fn load_source(ipv4: bool) -> Instruction {
    let offset = if ipv4 { IPV4_SOURCE } else { IPV6_SOURCE_END };
    Load(Word, IP_HEADER.wrapping_add(offset))
}

#[cfg(test)]
#[path = "socket_filter_tests.rs"]
mod tests;
