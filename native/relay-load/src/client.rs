//! A node at the relay: hello, cookie, register, accepted (docs/protocol.md, "Relay").
//!
//! Its member line holds four fields in hexadecimal, made by who holds the root key: the seed of the node key, the relay id, what the
//! signature of a register covers in front of nonce and cookie, and the serialized register without its signature.

use std::net::{SocketAddr, UdpSocket as StdSocket};
use std::time::Duration;

use aws_lc_rs::signature::Ed25519KeyPair;
use meshd_netio::{Interest, Poller, RecvBatch, UdpSocket};

pub type RelayId = [u8; 8];

const PATIENCE: Duration = Duration::from_secs(2);
const NONCE: [u8; 16] = [7; 16];
const COOKIE_BYTES: usize = 16;
/// Field 2 of 64 bytes, and field 1 of four, in protobuf's encoding.
const SIGNATURE_TAG: [u8; 2] = [0x12, 64];
const SESSION_TAG: u8 = 0x0d;

pub struct Client {
    pub socket: UdpSocket,
    pub session: u32,
    pub relay_id: RelayId,
}

impl Client {
    pub fn register(relay: SocketAddr, member: &str) -> Result<Self, String> {
        let mut fields = member.split(' ').map(from_hex);
        let mut field = || {
            fields
                .next()
                .flatten()
                .ok_or("a member line is damaged".to_string())
        };
        let (seed, relay_id, signed, register) = (field()?, field()?, field()?, field()?);
        let key = Ed25519KeyPair::from_seed_unchecked(&seed).map_err(|error| error.to_string())?;
        let relay_id = relay_id.try_into().map_err(|_| "a relay id has 8 bytes")?;
        let socket = UdpSocket::bind(local_address(relay)?).map_err(|error| error.to_string())?;

        let cookie = ask(
            &socket,
            relay,
            &[&[17, 1], &NONCE[..], &[0; 78]].concat(),
            2,
        )?;
        let cookie = cookie.get(..COOKIE_BYTES).ok_or("the cookie is short")?;
        let signature = key.sign(&[&signed, &NONCE[..], cookie].concat());
        let body = [&register[..], &SIGNATURE_TAG, signature.as_ref()].concat();
        let accepted = ask(
            &socket,
            relay,
            &[&[17, 3], &NONCE[..], cookie, &body].concat(),
            4,
        )?;
        match accepted.split_first_chunk() {
            Some((&[SESSION_TAG, a, b, c, d], _)) => {
                let session = u32::from_le_bytes([a, b, c, d]);
                Ok(Self {
                    socket,
                    session,
                    relay_id,
                })
            }
            _ => Err("the relay refused".to_string()),
        }
    }
}

/// The address that packets to the relay leave from.
fn local_address(relay: SocketAddr) -> Result<SocketAddr, String> {
    let any = if relay.is_ipv4() {
        "0.0.0.0:0"
    } else {
        "[::]:0"
    };
    let probe = StdSocket::bind(any).and_then(|socket| socket.connect(relay).map(|()| socket));
    let local = probe
        .and_then(|socket| socket.local_addr())
        .map_err(|error| error.to_string())?;
    Ok(SocketAddr::new(local.ip(), 0))
}

/// The body of the answer of a kind, behind the nonce.
fn ask(socket: &UdpSocket, relay: SocketAddr, request: &[u8], kind: u8) -> Result<Vec<u8>, String> {
    let problem = |error: std::io::Error| format!("relay control {kind}: {error}");
    let poller = Poller::new().map_err(problem)?;
    poller.add(socket, 0, Interest::Readable).map_err(problem)?;
    socket
        .send(relay, request, request.len())
        .map_err(problem)?;
    poller
        .wait(&mut Vec::new(), Some(PATIENCE))
        .map_err(problem)?;
    let mut received = Vec::new();
    socket
        .recv_batch(&mut RecvBatch::new(1), &mut received)
        .map_err(problem)?;
    let answer = received
        .first()
        .and_then(|message| message.data.strip_prefix(&[17, kind]));
    let body = answer.and_then(|rest| rest.strip_prefix(&NONCE));
    Ok(body
        .ok_or(format!("the relay did not answer with control {kind}"))?
        .to_vec())
}

fn from_hex(text: &str) -> Option<Vec<u8>> {
    let digits = text.as_bytes().chunks_exact(2);
    digits
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok())
        .collect()
}
