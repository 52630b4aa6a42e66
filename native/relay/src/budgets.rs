//! What strangers may cost: everything that is done for a source that proved nothing yet has a budget, in fixed memory.

use std::net::SocketAddr;

use crate::limiter::{KeyedLimiter, Limit, TokenBucket, network_of};

/// STUN answers to one network (/24 or /56), and likewise cookies.
const STRANGER_LIMIT: Limit = Limit {
    per_second: 1000,
    burst: 1000,
};

/// STUN answers in all, and likewise cookies, of which this is several times the registers that may follow them. Sources can be made up, and then no limit for one of them holds a flood; each answer
/// leaves by itself, which costs as much as forwarding a train of packets. Genuine strangers that a flood leaves unanswered ask again, and
/// come in over TCP.
const ALL_STRANGERS_LIMIT: Limit = Limit {
    per_second: 5000,
    burst: 2000,
};

/// "Unknown session" to one source.
const NOTICE_LIMIT: Limit = Limit {
    per_second: 10,
    burst: 10,
};

const ALL_NOTICES_LIMIT: Limit = Limit {
    per_second: 1000,
    burst: 1000,
};

/// Registers handed up, in all: each costs two signature checks.
const REGISTER_LIMIT: Limit = Limit {
    per_second: 500,
    burst: 100,
};

/// Registers of one network, so that it takes several to use up the budget of all.
const NETWORK_REGISTER_LIMIT: Limit = Limit {
    per_second: 100,
    burst: 100,
};

/// Each method says whether the thing may be done now, and books it.
pub(crate) struct Budgets {
    stun: KeyedLimiter,
    cookies: KeyedLimiter,
    notices: KeyedLimiter,
    network_registers: KeyedLimiter,
    all_stun: TokenBucket,
    all_cookies: TokenBucket,
    all_notices: TokenBucket,
    registers: TokenBucket,
}

impl Budgets {
    pub(crate) fn new() -> Self {
        Self {
            stun: KeyedLimiter::new(STRANGER_LIMIT),
            cookies: KeyedLimiter::new(STRANGER_LIMIT),
            notices: KeyedLimiter::new(NOTICE_LIMIT),
            network_registers: KeyedLimiter::new(NETWORK_REGISTER_LIMIT),
            all_stun: TokenBucket::default(),
            all_cookies: TokenBucket::default(),
            all_notices: TokenBucket::default(),
            registers: TokenBucket::default(),
        }
    }

    pub(crate) fn stun_answer(&mut self, to: SocketAddr, now: u64) -> bool {
        self.stun.take(network_of(to.ip()), now) && self.all_stun.take(ALL_STRANGERS_LIMIT, 1, now)
    }

    pub(crate) fn cookie(&mut self, to: SocketAddr, now: u64) -> bool {
        self.cookies.take(network_of(to.ip()), now)
            && self.all_cookies.take(ALL_STRANGERS_LIMIT, 1, now)
    }

    pub(crate) fn notice(&mut self, to: SocketAddr, now: u64) -> bool {
        self.notices.take(to, now) && self.all_notices.take(ALL_NOTICES_LIMIT, 1, now)
    }

    pub(crate) fn register(&mut self, from: SocketAddr, now: u64) -> bool {
        self.network_registers.take(network_of(from.ip()), now)
            && self.registers.take(REGISTER_LIMIT, 1, now)
    }
}
