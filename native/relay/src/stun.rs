//! STUN binding requests (RFC 8489) answered without authentication and without state.
//!
//! Anything that is not a well-formed binding request gets no answer at all: a server that complains to forged
//! sources is a reflector.
//!
//! Two requests of RFC 5780 are served, for clients that want to know what their NAT lets in: CHANGE-REQUEST with
//! "change port" (§7.2), answered from another socket of the same address, and RESPONSE-PORT (§7.5), answered to
//! another port of the same client address. Neither sends to an address other than the request's, nor more than any
//! binding response, and what RESPONSE-PORT sends where nobody is known to listen is not larger than the request
//! (clients add a SOFTWARE attribute to make room); "change IP" and a change of port that has no other socket get the error 420, as if the attribute
//! were unknown. OTHER-ADDRESS is not given: it promises two addresses, and a wildcard socket does not know its own.

use std::net::{IpAddr, SocketAddr};

use crate::crc32::crc32;
use crate::reply::Reply;

const HEADER_LENGTH: usize = 20;
pub(crate) const MAGIC_COOKIE: u32 = 0x2112_A442;

/// Longer requests are dropped: RFC 8489 §6.1 keeps a message of unknown path MTU below 1280 bytes with its headers.
const MAX_REQUEST_LENGTH: usize = 1232;

const BINDING_REQUEST: u16 = 0x0001;
const BINDING_SUCCESS: u16 = 0x0101;
const BINDING_ERROR: u16 = 0x0111;

const MESSAGE_INTEGRITY: u16 = 0x0008;
const ERROR_CODE: u16 = 0x0009;
const UNKNOWN_ATTRIBUTES: u16 = 0x000A;
const MESSAGE_INTEGRITY_SHA256: u16 = 0x001C;
const XOR_MAPPED_ADDRESS: u16 = 0x0020;
const CHANGE_REQUEST: u16 = 0x0003;
const RESPONSE_PORT: u16 = 0x0027;
const FINGERPRINT: u16 = 0x8028;

const FINGERPRINT_XOR: u32 = 0x5354_554E;
const FINGERPRINT_ATTRIBUTE_LENGTH: usize = 8;

/// Attribute types below this one must be understood by the receiver (RFC 8489 §14).
const COMPREHENSION_OPTIONAL: u16 = 0x8000;

/// Comprehension-required attributes that RFC 8489 §18.3.1 defines; known but unexpected ones are ignored (§6.3).
const KNOWN: [u16; 11] = [
    0x0001, // MAPPED-ADDRESS
    0x0006, // USERNAME
    MESSAGE_INTEGRITY,
    ERROR_CODE,
    UNKNOWN_ATTRIBUTES,
    0x0014, // REALM
    0x0015, // NONCE
    MESSAGE_INTEGRITY_SHA256,
    0x001D, // PASSWORD-ALGORITHM
    0x001E, // USERHASH
    XOR_MAPPED_ADDRESS,
];

/// RFC 5780 §7.2: the flags of CHANGE-REQUEST; all other bits are zero.
const CHANGE_PORT: u32 = 0x2;

/// RESPONSE-PORT below this is no port of a NAT's mapping but somebody's service.
const MIN_RESPONSE_PORT: u16 = 1024;

/// How many unknown attributes an error lists; a request with more learns of the first ones.
const MAX_UNKNOWN_LISTED: usize = 16;

struct Request<'a> {
    transaction_id: &'a [u8; 12],
    has_fingerprint: bool,
    change_port: bool,
    response_port: Option<u16>,
    unknown: [u16; MAX_UNKNOWN_LISTED],
    unknown_count: usize,
}

/// An answer and how it leaves: to the source's IP address, always.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) reply: Reply,
    pub(crate) from_other_port: bool,
    pub(crate) destination: SocketAddr,
}

/// The answer to a datagram from `source`, or `None` if it deserves none. `has_other_port`: whether there is another
/// socket to answer from.
pub(crate) fn answer(datagram: &[u8], source: SocketAddr, has_other_port: bool) -> Option<Answer> {
    let mut request = parse(datagram)?;
    if request.change_port && !has_other_port {
        note_unknown(&mut request, CHANGE_REQUEST);
    }
    let mut reply = Reply::new();
    let kind = if request.unknown_count == 0 {
        BINDING_SUCCESS
    } else {
        BINDING_ERROR
    };
    reply.put_u16(kind);
    reply.put_u16(0);
    reply.put(&MAGIC_COOKIE.to_be_bytes());
    reply.put(request.transaction_id);
    if request.unknown_count == 0 {
        put_xor_mapped_address(&mut reply, source, request.transaction_id);
    } else {
        put_unknown_attributes(&mut reply, &request.unknown[..request.unknown_count]);
    }
    finish(&mut reply, request.has_fingerprint);
    let served = request.unknown_count == 0;
    let mut destination = source;
    if let Some(port) = request.response_port.filter(|_| served) {
        if reply.len() > datagram.len() {
            return None;
        }
        destination.set_port(port);
    }
    Some(Answer {
        reply,
        from_other_port: request.change_port && served,
        destination,
    })
}

fn parse(datagram: &[u8]) -> Option<Request<'_>> {
    if datagram.len() > MAX_REQUEST_LENGTH {
        return None;
    }
    let (header, attributes) = datagram.split_first_chunk::<HEADER_LENGTH>()?;
    let (kind, rest) = header.split_first_chunk::<2>()?;
    let (length, rest) = rest.split_first_chunk::<2>()?;
    let (cookie, transaction_id) = rest.split_first_chunk::<4>()?;
    let sound = u16::from_be_bytes(*kind) == BINDING_REQUEST
        && u32::from_be_bytes(*cookie) == MAGIC_COOKIE
        && usize::from(u16::from_be_bytes(*length)) == attributes.len()
        && attributes.len().is_multiple_of(4);
    if !sound {
        return None;
    }
    let mut request = Request {
        transaction_id: transaction_id.first_chunk()?,
        has_fingerprint: false,
        change_port: false,
        response_port: None,
        unknown: [0; MAX_UNKNOWN_LISTED],
        unknown_count: 0,
    };
    read_attributes(datagram, attributes, &mut request)?;
    Some(request)
}

fn read_attributes(datagram: &[u8], mut rest: &[u8], request: &mut Request<'_>) -> Option<()> {
    let mut after_integrity = false;
    while !rest.is_empty() {
        // RFC 8489 §14.7: FINGERPRINT is the last attribute.
        if request.has_fingerprint {
            return None;
        }
        let offset = datagram.len() - rest.len();
        let (kind, after) = rest.split_first_chunk::<2>()?;
        let (length, after) = after.split_first_chunk::<2>()?;
        let kind = u16::from_be_bytes(*kind);
        let length = usize::from(u16::from_be_bytes(*length));
        let value = after.get(..length)?;
        rest = after.get(length.next_multiple_of(4)..)?;
        match kind {
            FINGERPRINT => {
                let stated = u32::from_be_bytes(value.try_into().ok()?);
                if stated != fingerprint(datagram.get(..offset)?) {
                    return None;
                }
                request.has_fingerprint = true;
            }
            CHANGE_REQUEST if !after_integrity => {
                match u32::from_be_bytes(value.try_into().ok()?) {
                    0 => {}
                    CHANGE_PORT => request.change_port = true,
                    _ => note_unknown(request, kind),
                }
            }
            RESPONSE_PORT if !after_integrity => {
                let port = u16::from_be_bytes(*value.first_chunk()?);
                if !matches!(length, 2 | 4) || port < MIN_RESPONSE_PORT {
                    return None;
                }
                request.response_port = Some(port);
            }
            // RFC 8489 §14.5, §14.6: what follows an integrity attribute is not covered by it and ignored.
            MESSAGE_INTEGRITY | MESSAGE_INTEGRITY_SHA256 => after_integrity = true,
            _ if after_integrity || kind >= COMPREHENSION_OPTIONAL || KNOWN.contains(&kind) => {}
            _ => note_unknown(request, kind),
        }
    }
    Some(())
}

fn note_unknown(request: &mut Request<'_>, kind: u16) {
    let noted = &request.unknown[..request.unknown_count];
    if request.unknown_count < MAX_UNKNOWN_LISTED && !noted.contains(&kind) {
        request.unknown[request.unknown_count] = kind;
        request.unknown_count += 1;
    }
}

/// RFC 8489 §14.2.
fn put_xor_mapped_address(reply: &mut Reply, source: SocketAddr, transaction_id: &[u8; 12]) {
    let cookie = MAGIC_COOKIE.to_be_bytes();
    let port = source.port() ^ u16::from_be_bytes([cookie[0], cookie[1]]);
    let mut mask = [0; 16];
    mask[..4].copy_from_slice(&cookie);
    mask[4..].copy_from_slice(transaction_id);
    let mut put = |family: u8, octets: &mut [u8]| {
        octets
            .iter_mut()
            .zip(mask)
            .for_each(|(octet, mask)| *octet ^= mask);
        reply.put_u16(XOR_MAPPED_ADDRESS);
        reply.put_u16(if family == 1 { 8 } else { 20 });
        reply.put(&[0, family]);
        reply.put_u16(port);
        reply.put(octets);
    };
    match source.ip().to_canonical() {
        IpAddr::V4(ip) => put(1, &mut ip.octets()),
        IpAddr::V6(ip) => put(2, &mut ip.octets()),
    }
}

/// RFC 8489 §6.3.1: error 420 with the list. The reason phrase is left empty, so that an error is hardly larger than
/// a success.
fn put_unknown_attributes(reply: &mut Reply, unknown: &[u16]) {
    reply.put_u16(ERROR_CODE);
    reply.put_u16(4);
    reply.put(&[0, 0, 4, 20]);
    reply.put_u16(UNKNOWN_ATTRIBUTES);
    reply.put_u16(2 * unknown.len() as u16);
    unknown.iter().for_each(|&kind| reply.put_u16(kind));
    if !unknown.len().is_multiple_of(2) {
        reply.put_u16(0);
    }
}

/// Sets the length and appends FINGERPRINT if the request had one.
fn finish(reply: &mut Reply, with_fingerprint: bool) {
    let attributes = reply.len() - HEADER_LENGTH;
    let extra = if with_fingerprint {
        FINGERPRINT_ATTRIBUTE_LENGTH
    } else {
        0
    };
    reply.overwrite_u16(2, (attributes + extra) as u16);
    if with_fingerprint {
        let value = fingerprint(reply);
        reply.put_u16(FINGERPRINT);
        reply.put_u16(4);
        reply.put(&value.to_be_bytes());
    }
}

/// RFC 8489 §14.7: over everything before the attribute; the header's length already counts it.
fn fingerprint(before: &[u8]) -> u32 {
    crc32(before) ^ FINGERPRINT_XOR
}

#[cfg(test)]
#[path = "tests/stun.rs"]
mod tests;
