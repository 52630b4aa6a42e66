//! The command line: `--name value` throughout.

use std::fmt::Display;
use std::net::SocketAddr;
use std::str::FromStr;
use std::time::Duration;

#[derive(Debug, Clone)]
pub struct Options {
    pub relay: SocketAddr,
    /// One line a client (see `client`); two clients are a pair.
    pub members: String,
    /// Members in front of those that are used: they belong to another load.
    pub first: usize,
    pub pairs: usize,
    /// Of a packet, without the relay's header.
    pub bytes: usize,
    /// Packets of one send.
    pub train: usize,
    pub pace: Pace,
    pub warmup: Duration,
    pub duration: Duration,
    /// Process of the relay, whose CPU time is told.
    pub pid: u32,
}

#[derive(Debug, Clone, Copy)]
pub enum Pace {
    /// Packets of a pair on their way at once.
    Window(u64),
    /// Packets a second of all pairs together.
    Rate(f64),
}

/// Two time stamps behind the packet's first byte.
const LEAST_BYTES: usize = 17;
/// What one segmented send takes.
const MAX_TRAIN: usize = 64;

pub fn parse(mut arguments: impl Iterator<Item = String>) -> Result<Options, String> {
    let mut options = Options {
        relay: SocketAddr::from(([127, 0, 0, 1], 443)),
        members: String::new(),
        first: 0,
        pairs: 1,
        bytes: 1200,
        train: 1,
        pace: Pace::Window(64),
        warmup: Duration::from_millis(500),
        duration: Duration::from_secs(2),
        pid: std::process::id(),
    };
    while let Some(name) = arguments.next() {
        let text = arguments.next().ok_or(format!("{name} needs a value"))?;
        match name.as_str() {
            "--relay" => options.relay = value(&name, &text)?,
            "--members" => {
                options.members =
                    std::fs::read_to_string(&text).map_err(|error| format!("{text}: {error}"))?;
            }
            "--first" => options.first = value(&name, &text)?,
            "--pairs" => options.pairs = value(&name, &text)?,
            "--bytes" => options.bytes = value::<usize>(&name, &text)?.max(LEAST_BYTES),
            "--train" => options.train = value::<usize>(&name, &text)?.clamp(1, MAX_TRAIN),
            "--window" => options.pace = Pace::Window(value(&name, &text)?),
            "--rate" => options.pace = Pace::Rate(value(&name, &text)?),
            "--warmup" => options.warmup = seconds(&name, &text)?,
            "--seconds" => options.duration = seconds(&name, &text)?,
            "--pid" => options.pid = value(&name, &text)?,
            _ => return Err(format!("unknown option {name}")),
        }
    }
    Ok(options)
}

fn value<T: FromStr<Err: Display>>(name: &str, text: &str) -> Result<T, String> {
    text.parse()
        .map_err(|error| format!("{name} {text}: {error}"))
}

fn seconds(name: &str, text: &str) -> Result<Duration, String> {
    Duration::try_from_secs_f64(value(name, text)?)
        .map_err(|error| format!("{name} {text}: {error}"))
}
