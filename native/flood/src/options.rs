//! The command line: what to do, then `--name value` throughout.

use std::fmt::Display;
use std::net::{Ipv4Addr, SocketAddrV4};
use std::str::FromStr;
use std::time::Duration;

use crate::packets::Kind;

pub enum Command {
    Packets(PacketOptions),
    Connections(ConnectionOptions),
    /// Takes everything and reads nothing.
    Sink(SocketAddrV4),
}

pub struct PacketOptions {
    pub target: SocketAddrV4,
    pub kind: Kind,
    pub sources: Sources,
    /// Packets a second.
    pub rate: f64,
    pub duration: Duration,
}

pub struct ConnectionOptions {
    pub target: SocketAddrV4,
    /// Of this host, so that answers come here.
    pub sources: Network,
    /// Held at a time.
    pub count: usize,
    pub duration: Duration,
}

/// Where packets claim to come from.
#[derive(Clone, Copy)]
pub enum Sources {
    /// Any address of it, any port.
    Network(Network),
    One(SocketAddrV4),
}

#[derive(Clone, Copy)]
pub struct Network {
    first: u32,
    addresses: u32,
}

impl Network {
    pub fn address(self, number: u32) -> Ipv4Addr {
        Ipv4Addr::from(self.first + number % self.addresses)
    }
}

impl FromStr for Network {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let problem = || format!("{text} is no network such as 198.18.0.0/16");
        let (address, length) = text.split_once('/').ok_or_else(problem)?;
        let address: Ipv4Addr = address.parse().map_err(|_| problem())?;
        let length: u32 = length.parse().map_err(|_| problem())?;
        let bits = (8..=32).contains(&length).then_some(32 - length);
        let addresses = 1 << bits.ok_or_else(problem)?;
        let first = u32::from(address) & !(addresses - 1);
        Ok(Self { first, addresses })
    }
}

/// Long enough for any measurement; a generator that is forgotten ends.
const LONGEST: Duration = Duration::from_secs(600);

pub fn parse(mut arguments: impl Iterator<Item = String>) -> Result<Command, String> {
    let what = arguments.next().unwrap_or_default();
    let mut target = None;
    let mut kind = Kind::Random;
    let mut source = "198.18.0.0/16".to_string();
    let (mut rate, mut count, mut seconds) = (200_000.0, 2000, 1.0);
    while let Some(name) = arguments.next() {
        let text = arguments.next().ok_or(format!("{name} needs a value"))?;
        match name.as_str() {
            "--target" => target = Some(harmless(value(&name, &text)?)?),
            "--kind" => kind = value(&name, &text)?,
            "--source" => source = text,
            "--rate" => rate = value(&name, &text)?,
            "--count" => count = value(&name, &text)?,
            "--seconds" => seconds = value(&name, &text)?,
            _ => return Err(format!("unknown option {name}")),
        }
    }
    let target = target.ok_or("--target says where to send")?;
    let duration = Duration::try_from_secs_f64(seconds).map_err(|error| error.to_string())?;
    let duration = duration.min(LONGEST);
    match what.as_str() {
        "packets" => Ok(Command::Packets(PacketOptions {
            target,
            kind,
            sources: sources(&source)?,
            rate,
            duration,
        })),
        "connections" => Ok(Command::Connections(ConnectionOptions {
            target,
            sources: source.parse()?,
            count,
            duration,
        })),
        "sink" => Ok(Command::Sink(target)),
        _ => Err(format!("{what} is none of packets, connections, sink")),
    }
}

fn sources(text: &str) -> Result<Sources, String> {
    match text.parse() {
        Ok(one) => Ok(Sources::One(one)),
        Err(_) => text.parse().map(Sources::Network),
    }
}

/// RFC 1918, RFC 2544, RFC 5737 and this host: nobody else is flooded by a slip of the pen.
fn harmless(target: SocketAddrV4) -> Result<SocketAddrV4, String> {
    let ip = *target.ip();
    let benchmark = ip.octets()[0] == 198 && ip.octets()[1] & 0xfe == 18;
    if ip.is_loopback() || ip.is_private() || ip.is_documentation() || benchmark {
        Ok(target)
    } else {
        Err(format!("{ip} may be somebody's address"))
    }
}

fn value<T: FromStr<Err: Display>>(name: &str, text: &str) -> Result<T, String> {
    text.parse()
        .map_err(|error| format!("{name} {text}: {error}"))
}
