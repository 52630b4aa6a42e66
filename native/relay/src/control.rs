//! Relay control datagrams (first byte 17): strict parsing, and the relay's own answers.
//!
//! No answer is longer than what it answers, so a forged source gains nothing.

use std::net::SocketAddr;

use crate::cookie::{Cookie, Nonce};
use crate::reply::{Reply, mapped_octets};

pub(crate) const CONTROL: u8 = 17;

pub(crate) const HELLO: u8 = 1;
const COOKIE: u8 = 2;
pub(crate) const REGISTER: u8 = 3;
pub(crate) const PING: u8 = 5;
const PONG: u8 = 6;
const UNKNOWN_SESSION: u8 = 7;

pub(crate) const HELLO_LENGTH: usize = 96;
pub(crate) const PING_LENGTH: usize = 32;

/// The longest serialized `RelayRegister`.
const MAX_REGISTER_BODY: usize = 1000;

/// What a client may send.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Control<'a> {
    Hello {
        nonce: &'a Nonce,
    },
    Register {
        nonce: &'a Nonce,
        cookie: &'a Cookie,
        body: &'a [u8],
    },
    Ping {
        session: u32,
        sequence: &'a [u8; 8],
    },
}

pub(crate) fn parse(datagram: &[u8]) -> Option<Control<'_>> {
    let (&[first, kind], body) = datagram.split_first_chunk::<2>()?;
    if first != CONTROL {
        return None;
    }
    match kind {
        HELLO => {
            let (nonce, padding) = body.split_first_chunk()?;
            let sound = datagram.len() == HELLO_LENGTH && padding.iter().all(|&byte| byte == 0);
            sound.then_some(Control::Hello { nonce })
        }
        REGISTER => {
            let (nonce, rest) = body.split_first_chunk()?;
            let (cookie, body) = rest.split_first_chunk()?;
            let sound = (1..=MAX_REGISTER_BODY).contains(&body.len());
            sound.then_some(Control::Register {
                nonce,
                cookie,
                body,
            })
        }
        PING => {
            let (session, rest) = body.split_first_chunk()?;
            let sequence = rest.first_chunk()?;
            let session = u32::from_be_bytes(*session);
            (datagram.len() == PING_LENGTH).then_some(Control::Ping { session, sequence })
        }
        _ => None,
    }
}

pub(crate) fn cookie_reply(nonce: &Nonce, cookie: &Cookie) -> Reply {
    let mut reply = Reply::new();
    reply.put(&[CONTROL, COOKIE]);
    reply.put(nonce);
    reply.put(cookie);
    reply
}

pub(crate) fn pong(session: u32, sequence: &[u8; 8], observed: SocketAddr) -> Reply {
    let mut reply = Reply::new();
    reply.put(&[CONTROL, PONG]);
    reply.put(&session.to_be_bytes());
    reply.put(sequence);
    reply.put_u16(observed.port());
    reply.put(&mapped_octets(observed));
    reply
}

pub(crate) fn unknown_session(session: u32) -> Reply {
    let mut reply = Reply::new();
    reply.put(&[CONTROL, UNKNOWN_SESSION]);
    reply.put(&session.to_be_bytes());
    reply
}

#[cfg(test)]
#[path = "tests/control.rs"]
mod tests;
