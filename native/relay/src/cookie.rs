//! Return-routability cookies: a keyed hash of the source address, so that a stranger costs no memory.

use std::net::SocketAddr;

use blake2::Blake2bMac;
use blake2::digest::consts::U16;
use blake2::digest::{FixedOutput, KeyInit, Update};
use subtle::ConstantTimeEq;

use crate::reply::mapped_octets;

/// How long a secret makes cookies; it is accepted for as long again.
pub(crate) const ROTATION_MS: u64 = 60_000;

pub(crate) type Nonce = [u8; 16];
pub(crate) type Cookie = [u8; 16];
pub(crate) type Secret = [u8; 32];

pub(crate) struct CookieJar {
    current: Secret,
    previous: Secret,
    current_since: u64,
}

impl CookieJar {
    pub(crate) fn new(now: u64, random: &mut impl FnMut() -> Secret) -> Self {
        Self {
            current: random(),
            previous: random(),
            current_since: now,
        }
    }

    /// Replaces secrets that are due; called before cookies are made or checked.
    pub(crate) fn rotate(&mut self, now: u64, random: &mut impl FnMut() -> Secret) {
        let age = now.saturating_sub(self.current_since);
        if age < ROTATION_MS {
            return;
        }
        // After a long sleep the present secret is too old even to be the previous one.
        self.previous = if age < 2 * ROTATION_MS {
            self.current
        } else {
            random()
        };
        self.current = random();
        self.current_since = now;
    }

    pub(crate) fn make(&self, source: SocketAddr, nonce: &Nonce) -> Cookie {
        cookie(&self.current, source, nonce)
    }

    pub(crate) fn verify(&self, source: SocketAddr, nonce: &Nonce, shown: &Cookie) -> bool {
        let of_current = cookie(&self.current, source, nonce).ct_eq(shown);
        let of_previous = cookie(&self.previous, source, nonce).ct_eq(shown);
        (of_current | of_previous).into()
    }
}

fn cookie(secret: &Secret, source: SocketAddr, nonce: &Nonce) -> Cookie {
    let mut mac = Blake2bMac::<U16>::new_from_slice(secret).expect("32 bytes are a key");
    mac.update(b"meshd relay cookie v1\0");
    mac.update(&mapped_octets(source));
    mac.update(&source.port().to_be_bytes());
    mac.update(nonce);
    mac.finalize_fixed().into()
}

#[cfg(test)]
#[path = "tests/cookie.rs"]
mod tests;
