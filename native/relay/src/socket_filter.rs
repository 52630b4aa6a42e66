//! What the kernel keeps from the server's sockets: datagrams of no kind that is served there, and, while requests of strangers come in such
//! numbers that hardly any can be answered, all but some of those. A flood then costs neither a place in the queue, which clients need, nor a
//! wake-up. What passes is judged as if there were no filter; a host that refuses one loses nothing but speed.

use meshd_netio::filter::Condition::Equal;
use meshd_netio::filter::Instruction::{
    self, Alu, Drop, Keep, Load, LoadLength, SkipIf, SkipIfEqualsX, ToX,
};
use meshd_netio::filter::Operation::{And, Multiply, ShiftRight, Xor};
use meshd_netio::filter::Width::{Byte, Word};
use meshd_netio::filter::{PAYLOAD, RANDOM, by_first_byte, only_if};

use crate::control::{CONTROL, HELLO, HELLO_LENGTH, PING, PING_LENGTH, REGISTER};
use crate::data::DATA;
use crate::server::Listen;
use crate::sessions::{CHECK_BITS, SessionCheck};
use crate::stun::MAGIC_COOKIE;

/// Of what a stranger may ask, one in so many passes during a flood. A power of two.
const FEW: u32 = 16;
/// Requests of strangers a second, above and below which there is a flood and none: several times what is answered (see `budgets`), and less.
const FLOOD: u64 = 40_000;
const CALM: u64 = 15_000;
const LOOK_EVERY_MS: u64 = 20;

/// Tells floods of strangers from the number of their requests that got through.
#[derive(Debug)]
pub(crate) struct SocketFilter {
    sessions: SessionCheck,
    one_in: u32,
    since: u64,
    counted: u64,
}

impl SocketFilter {
    pub(crate) fn new(sessions: SessionCheck, now: u64) -> Self {
        Self {
            sessions,
            one_in: 1,
            since: now,
            counted: 0,
        }
    }

    /// `requests` so far. Whether the filters have to change.
    pub(crate) fn observe(&mut self, requests: u64, now: u64) -> bool {
        let elapsed = now.saturating_sub(self.since);
        if elapsed < LOOK_EVERY_MS {
            return false;
        }
        let came = (requests - self.counted) * u64::from(self.one_in);
        let per_second = came * 1000 / elapsed;
        (self.since, self.counted) = (now, requests);
        let wanted = match per_second {
            FLOOD.. => FEW,
            CALM..FLOOD => self.one_in,
            ..CALM => 1,
        };
        let changes = wanted != self.one_in;
        self.one_in = wanted;
        changes
    }

    /// Whether strangers are kept out, most of them.
    pub(crate) fn is_narrow(&self) -> bool {
        self.one_in > 1
    }

    /// For a socket that serves these kinds.
    pub(crate) fn program(&self, &Listen { stun, relay, .. }: &Listen) -> Vec<Instruction> {
        let Self {
            one_in, sessions, ..
        } = *self;
        let mut program = by_first_byte();
        if stun {
            let mut request = vec![
                Load(Word, PAYLOAD + 4),
                SkipIf(Equal, MAGIC_COOKIE, 1, 0),
                Drop,
            ];
            request.extend(some(one_in));
            // The first byte of a request (RFC 8489 §5).
            only_if(&mut program, Equal, 0, request);
        }
        if relay {
            only_if(
                &mut program,
                Equal,
                CONTROL.into(),
                of_control(one_in, sessions),
            );
            only_if(&mut program, Equal, DATA.into(), of_session(sessions));
        }
        program.push(Drop);
        program
    }
}

fn of_control(one_in: u32, sessions: SessionCheck) -> Vec<Instruction> {
    let of_length = |length: usize, then: Vec<Instruction>| {
        let exact = SkipIf(Equal, PAYLOAD + length as u32, 1, 0);
        [vec![LoadLength, exact, Drop], then].concat()
    };
    let mut body = vec![Load(Byte, PAYLOAD + 1)];
    for (kind, then) in [
        (HELLO, of_length(HELLO_LENGTH, some(one_in))),
        (REGISTER, some(one_in)),
        (PING, of_length(PING_LENGTH, of_ping(one_in, sessions))),
    ] {
        only_if(&mut body, Equal, kind.into(), then);
    }
    body.push(Drop);
    body
}

/// Without a flood, of any number: whose session went with a relay's earlier process is told so.
fn of_ping(one_in: u32, sessions: SessionCheck) -> Vec<Instruction> {
    if one_in == 1 {
        return vec![Keep];
    }
    of_session(sessions)
}

/// Of a number that may be a session's.
fn of_session(SessionCheck { xor, factor }: SessionCheck) -> Vec<Instruction> {
    vec![
        Load(Word, PAYLOAD + 2),
        Alu(ShiftRight, CHECK_BITS),
        Alu(Xor, xor),
        Alu(Multiply, factor),
        Alu(ShiftRight, u32::BITS - CHECK_BITS),
        ToX,
        Load(Word, PAYLOAD + 2),
        Alu(And, (1 << CHECK_BITS) - 1),
        SkipIfEqualsX(1, 0),
        Drop,
        Keep,
    ]
}

fn some(one_in: u32) -> Vec<Instruction> {
    if one_in == 1 {
        return vec![Keep];
    }
    vec![
        Load(Word, RANDOM),
        Alu(And, one_in - 1),
        SkipIf(Equal, 0, 1, 0),
        Drop,
        Keep,
    ]
}

#[cfg(test)]
#[path = "tests/socket_filter.rs"]
mod tests;
