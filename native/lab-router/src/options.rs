//! What a router is told on its command line, and by `set` while it runs: one grammar for both.

use crate::nat::{Allocation, Dependence, NatOptions};
use crate::shaper::Line;
use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

pub const USAGE: &str = "\
lab-router [--NAME [VALUE]]...   (a switch without a value is on; values of switches: on, off)
  interfaces  --inside TUN --outside TUN (default: inside, outside)   --control SOCKET
  NAT (IPv4)  --public-address A (without: no translation)   --hairpin   --udp-timeout SECONDS   --inbound-refresh
              --mapping, --filtering endpoint-independent | address-dependent | address-and-port-dependent
              --allocation random | sequential[:STEP] | preserving
  firewall    --firewall (for what is not translated: IPv6, or all)   --block-udp   --allow-only INSIDE-ADDRESS
  line        --delay MS (each way)   --loss PERCENT   --reorder PERCENT   --duplicate PERCENT
              --rate MBIT (0: unlimited)   --seed N
              --mtu BYTES (0: unlimited; larger packets are dropped)   --drop-icmp (errors)   --clamp-mss
  attacker    --tamper PERCENT (of UDP over IPv4: altered, cut, reflected and replayed copies beside the packet)
Commands on the control socket, a line each: set NAME [VALUE] | reboot [PUBLIC-ADDRESS] | counters";

#[derive(Debug, Clone, PartialEq)]
pub struct Options {
    pub inside: String,
    pub outside: String,
    pub control: Option<PathBuf>,
    pub public_address: Option<Ipv4Addr>,
    pub mapping: Dependence,
    pub filtering: Dependence,
    pub allocation: Allocation,
    pub hairpin: bool,
    pub udp_timeout: Duration,
    pub inbound_refresh: bool,
    pub firewall: bool,
    pub block_udp: bool,
    pub allow_only: Option<IpAddr>,
    pub line: Line,
    pub seed: u64,
    pub mtu: u16,
    pub drop_icmp: bool,
    pub clamp_mss: bool,
    pub tamper_percent: f64,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            inside: "inside".into(),
            outside: "outside".into(),
            control: None,
            public_address: None,
            mapping: Dependence::EndpointIndependent,
            filtering: Dependence::AddressAndPortDependent,
            allocation: Allocation::Random,
            hairpin: false,
            // RFC 4787 REQ-5 wants two minutes at least.
            udp_timeout: Duration::from_secs(120),
            inbound_refresh: false,
            firewall: false,
            block_udp: false,
            allow_only: None,
            line: Line::default(),
            seed: 0,
            mtu: 0,
            drop_icmp: false,
            clamp_mss: false,
            tamper_percent: 0.0,
        }
    }
}

impl Options {
    pub fn parse(args: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut options = Self::default();
        let mut args = args.peekable();
        while let Some(arg) = args.next() {
            let name = arg
                .strip_prefix("--")
                .ok_or(format!("{arg}: not an option"))?;
            let value = args.next_if(|next| !next.starts_with("--"));
            options.set(name, value.as_deref())?;
        }
        Ok(options)
    }

    pub fn set(&mut self, name: &str, value: Option<&str>) -> Result<(), String> {
        let text = value.unwrap_or("on");
        match name {
            "inside" => self.inside = parse(name, value)?,
            "outside" => self.outside = parse(name, value)?,
            "control" => self.control = Some(parse(name, value)?),
            "public-address" => self.public_address = Some(parse(name, value)?),
            "mapping" => self.mapping = dependence(text)?,
            "filtering" => self.filtering = dependence(text)?,
            "allocation" => self.allocation = allocation(text)?,
            "hairpin" => self.hairpin = switch(text)?,
            "udp-timeout" => self.udp_timeout = Duration::from_secs_f64(positive(name, value)?),
            "inbound-refresh" => self.inbound_refresh = switch(text)?,
            "firewall" => self.firewall = switch(text)?,
            "block-udp" => self.block_udp = switch(text)?,
            "allow-only" => self.allow_only = Some(parse(name, value)?),
            "delay" => self.line.delay = Duration::from_secs_f64(positive(name, value)? / 1000.0),
            "loss" => self.line.loss_percent = positive(name, value)?,
            "reorder" => self.line.reorder_percent = positive(name, value)?,
            "duplicate" => self.line.duplicate_percent = positive(name, value)?,
            "rate" => self.line.rate_bits = (positive(name, value)? * 1e6) as u64,
            "seed" => self.seed = parse(name, value)?,
            "mtu" => self.mtu = parse(name, value)?,
            "drop-icmp" => self.drop_icmp = switch(text)?,
            "tamper" => self.tamper_percent = positive(name, value)?,
            "clamp-mss" => self.clamp_mss = switch(text)?,
            _ => return Err(format!("no option {name}")),
        }
        Ok(())
    }

    pub fn nat(&self) -> Option<NatOptions> {
        Some(NatOptions {
            public: self.public_address?,
            mapping: self.mapping,
            filtering: self.filtering,
            allocation: self.allocation,
            hairpin: self.hairpin,
            udp_timeout: self.udp_timeout,
            inbound_refresh: self.inbound_refresh,
        })
    }
}

fn parse<T: FromStr>(name: &str, value: Option<&str>) -> Result<T, String> {
    let text = value.ok_or(format!("{name} needs a value"))?;
    text.parse()
        .map_err(|_| format!("{name}: {text} is not a value for it"))
}

/// Up to a million, which keeps durations and rates in range.
fn positive(name: &str, value: Option<&str>) -> Result<f64, String> {
    let number: f64 = parse(name, value)?;
    if (0.0..=1e6).contains(&number) {
        Ok(number)
    } else {
        Err(format!("{name}: {number} is out of range"))
    }
}

fn switch(text: &str) -> Result<bool, String> {
    match text {
        "on" => Ok(true),
        "off" => Ok(false),
        _ => Err(format!("{text}: on or off")),
    }
}

fn dependence(text: &str) -> Result<Dependence, String> {
    match text {
        "endpoint-independent" => Ok(Dependence::EndpointIndependent),
        "address-dependent" => Ok(Dependence::AddressDependent),
        "address-and-port-dependent" => Ok(Dependence::AddressAndPortDependent),
        _ => Err(format!("no behaviour {text}")),
    }
}

fn allocation(text: &str) -> Result<Allocation, String> {
    match text.split_once(':') {
        None if text == "random" => Ok(Allocation::Random),
        None if text == "preserving" => Ok(Allocation::Preserving),
        None if text == "sequential" => Ok(Allocation::Sequential { step: 1 }),
        Some(("sequential", step)) => match step.parse() {
            Ok(step @ 1..) => Ok(Allocation::Sequential { step }),
            _ => Err(format!("{step}: not a step")),
        },
        _ => Err(format!("no allocation {text}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(line: &str) -> Result<Options, String> {
        Options::parse(line.split_whitespace().map(String::from))
    }

    #[test]
    fn switches_and_values() {
        let options = options(
            "--public-address 198.51.100.1 --hairpin --allocation sequential:2 --delay 10 --rate 8 --block-udp off",
        )
        .unwrap();
        assert!(options.hairpin);
        assert!(!options.block_udp);
        assert_eq!(options.allocation, Allocation::Sequential { step: 2 });
        assert_eq!(options.line.delay, Duration::from_millis(10));
        assert_eq!(options.line.rate_bits, 8_000_000);
        assert_eq!(
            options.nat().unwrap().public,
            Ipv4Addr::new(198, 51, 100, 1)
        );
    }

    #[test]
    fn says_what_is_wrong() {
        for line in [
            "--speed 1",
            "delay",
            "--delay",
            "--delay -1",
            "--hairpin maybe",
            "--allocation sequential:0",
        ] {
            assert!(options(line).is_err(), "{line}");
        }
    }
}
