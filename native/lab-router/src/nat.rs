//! A NAT (RFC 4787 for UDP, RFC 5382 for TCP, RFC 5508 for ICMP echo) without packets, clock or sockets: which public port stands
//! for which inside endpoint, and whose answers come through.
//!
//! A mapping is found by its inside endpoint and as much of the remote endpoint as the mapping behaviour looks at; it lives
//! until nothing was sent through it for its timeout. What came in is judged by a list of remote endpoints that were sent to,
//! again with as much of them as the filtering behaviour looks at. TCP is always mapped endpoint-independently, and answers come
//! only from where a connection goes to. An echo identifier stands in the place of a port.

use crate::random::Random;
use std::collections::{HashMap, HashSet};
use std::net::{Ipv4Addr, SocketAddrV4};
use std::time::Duration;

/// RFC 5382 REQ-5.
const TCP_TIMEOUT: Duration = Duration::from_secs(7440);
/// RFC 5508 REQ-1.
const ECHO_TIMEOUT: Duration = Duration::from_secs(60);
const SWEEP_INTERVAL: Duration = Duration::from_secs(1);
const FIRST_PORT: u16 = 1024;
const PORTS: u16 = u16::MAX - FIRST_PORT + 1;

/// How much of the remote endpoint matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dependence {
    EndpointIndependent,
    AddressDependent,
    AddressAndPortDependent,
}

impl Dependence {
    /// What matters of an endpoint; the rest is zero.
    pub fn project(self, remote: SocketAddrV4) -> SocketAddrV4 {
        match self {
            Dependence::EndpointIndependent => SocketAddrV4::new(Ipv4Addr::UNSPECIFIED, 0),
            Dependence::AddressDependent => SocketAddrV4::new(*remote.ip(), 0),
            Dependence::AddressAndPortDependent => remote,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Allocation {
    Random,
    /// The last one and so much.
    Sequential {
        step: u16,
    },
    /// The inside port; a random one when it is taken.
    Preserving,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NatOptions {
    pub public: Ipv4Addr,
    pub mapping: Dependence,
    pub filtering: Dependence,
    pub allocation: Allocation,
    pub hairpin: bool,
    pub udp_timeout: Duration,
    /// What comes in keeps a UDP mapping alive too (RFC 4787 REQ-6 allows it).
    pub inbound_refresh: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Protocol {
    Tcp,
    Udp,
    Echo,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Key {
    protocol: Protocol,
    inside: SocketAddrV4,
    scope: SocketAddrV4,
}

#[derive(Debug)]
struct Mapping {
    key: Key,
    expires: Duration,
    /// Projected remote endpoint → until when it may answer.
    permitted: HashMap<SocketAddrV4, Duration>,
}

struct Behaviour {
    mapping: Dependence,
    filtering: Dependence,
    timeout: Duration,
    inbound_refresh: bool,
}

#[derive(Debug)]
pub struct Nat {
    options: NatOptions,
    random: Random,
    ports: HashMap<Key, u16>,
    mappings: HashMap<(Protocol, u16), Mapping>,
    last_port: u16,
    next_sweep: Duration,
}

impl Nat {
    pub fn new(options: NatOptions, seed: u64) -> Self {
        let mut random = Random::new(seed);
        let last_port = FIRST_PORT + random.below(PORTS.into()) as u16;
        Self {
            options,
            random,
            ports: HashMap::new(),
            mappings: HashMap::new(),
            last_port,
            next_sweep: Duration::ZERO,
        }
    }

    pub fn options(&self) -> &NatOptions {
        &self.options
    }

    /// Takes effect for the next packet; mappings stay.
    pub fn set_options(&mut self, options: NatOptions) {
        self.options = options;
    }

    /// Forgets every mapping, as a router does that was switched off and on.
    pub fn reboot(&mut self, public: Ipv4Addr) {
        self.options.public = public;
        self.ports.clear();
        self.mappings.clear();
        self.last_port = FIRST_PORT + self.random.below(PORTS.into()) as u16;
    }

    pub fn mappings(&self) -> usize {
        self.mappings.len()
    }

    /// The public endpoint that a packet from inside gets as its source; `None` when every port is taken.
    pub fn outbound(
        &mut self,
        protocol: Protocol,
        inside: SocketAddrV4,
        remote: SocketAddrV4,
        now: Duration,
    ) -> Option<SocketAddrV4> {
        self.sweep(now);
        let behaviour = self.behaviour(protocol);
        let key = Key {
            protocol,
            inside,
            scope: behaviour.mapping.project(remote),
        };
        let port = match self.ports.get(&key) {
            Some(&port) if self.is_live(protocol, port, now) => port,
            _ => self.create(key, now)?,
        };
        let mapping = self.mappings.get_mut(&(protocol, port))?;
        let expires = now + behaviour.timeout;
        mapping.expires = expires;
        let answerer = behaviour.filtering.project(remote);
        mapping.permitted.insert(answerer, expires);
        Some(SocketAddrV4::new(self.options.public, port))
    }

    /// As `outbound`, where there is a mapping already; changes nothing.
    pub fn existing(
        &self,
        protocol: Protocol,
        inside: SocketAddrV4,
        remote: SocketAddrV4,
        now: Duration,
    ) -> Option<SocketAddrV4> {
        let scope = self.behaviour(protocol).mapping.project(remote);
        let port = *self.ports.get(&Key {
            protocol,
            inside,
            scope,
        })?;
        self.is_live(protocol, port, now)
            .then_some(SocketAddrV4::new(self.options.public, port))
    }

    /// The inside endpoint that a packet from outside is for; `None` when nobody inside wants it.
    pub fn inbound(
        &mut self,
        protocol: Protocol,
        public_port: u16,
        remote: SocketAddrV4,
        now: Duration,
    ) -> Option<SocketAddrV4> {
        let behaviour = self.behaviour(protocol);
        let mapping = self.mappings.get_mut(&(protocol, public_port))?;
        let answerer = behaviour.filtering.project(remote);
        let permitted_until = mapping.permitted.get_mut(&answerer)?;
        if *permitted_until <= now {
            return None;
        }
        if behaviour.inbound_refresh {
            *permitted_until = now + behaviour.timeout;
            mapping.expires = *permitted_until;
        }
        Some(mapping.key.inside)
    }

    /// Whose mapping this public port is, for ICMP errors about packets that left through it.
    pub fn owner(
        &self,
        protocol: Protocol,
        public_port: u16,
        now: Duration,
    ) -> Option<SocketAddrV4> {
        let mapping = self.mappings.get(&(protocol, public_port))?;
        (mapping.expires > now).then_some(mapping.key.inside)
    }

    fn behaviour(&self, protocol: Protocol) -> Behaviour {
        match protocol {
            Protocol::Udp => Behaviour {
                mapping: self.options.mapping,
                filtering: self.options.filtering,
                timeout: self.options.udp_timeout,
                inbound_refresh: self.options.inbound_refresh,
            },
            Protocol::Tcp => Behaviour {
                mapping: Dependence::EndpointIndependent,
                filtering: Dependence::AddressAndPortDependent,
                timeout: TCP_TIMEOUT,
                inbound_refresh: true,
            },
            Protocol::Echo => Behaviour {
                mapping: Dependence::EndpointIndependent,
                filtering: Dependence::AddressDependent,
                timeout: ECHO_TIMEOUT,
                inbound_refresh: false,
            },
        }
    }

    fn is_live(&self, protocol: Protocol, port: u16, now: Duration) -> bool {
        self.mappings
            .get(&(protocol, port))
            .is_some_and(|mapping| mapping.expires > now)
    }

    fn create(&mut self, key: Key, now: Duration) -> Option<u16> {
        let port = self.choose_port(&key, now)?;
        if let Some(dead) = self.mappings.remove(&(key.protocol, port)) {
            self.ports.remove(&dead.key);
        }
        if let Some(old) = self.ports.insert(key, port) {
            self.mappings.remove(&(key.protocol, old));
        }
        let mapping = Mapping {
            key,
            expires: now,
            permitted: HashMap::new(),
        };
        self.mappings.insert((key.protocol, port), mapping);
        Some(port)
    }

    fn choose_port(&mut self, key: &Key, now: Duration) -> Option<u16> {
        let step = match self.options.allocation {
            Allocation::Sequential { step } => step,
            Allocation::Preserving if !self.is_live(key.protocol, key.inside.port(), now) => {
                return Some(key.inside.port());
            }
            Allocation::Preserving | Allocation::Random => {
                self.last_port = FIRST_PORT + self.random.below(PORTS.into()) as u16;
                1
            }
        };
        // A random start is mostly free; where it is not, and in sequence, the search goes on from there.
        for _ in 0..PORTS {
            self.last_port = advanced(self.last_port, step);
            if !self.is_live(key.protocol, self.last_port, now) {
                return Some(self.last_port);
            }
        }
        None
    }

    fn sweep(&mut self, now: Duration) {
        if now < self.next_sweep {
            return;
        }
        self.next_sweep = now + SWEEP_INTERVAL;
        self.mappings.retain(|_, mapping| {
            mapping.permitted.retain(|_, until| *until > now);
            mapping.expires > now
        });
        let live: HashSet<_> = self.mappings.values().map(|mapping| mapping.key).collect();
        self.ports.retain(|key, _| live.contains(key));
    }
}

/// Within the ports that a NAT gives out.
pub fn advanced(port: u16, step: u16) -> u16 {
    let offset = u32::from(port.saturating_sub(FIRST_PORT)) + u32::from(step);
    FIRST_PORT + (offset % u32::from(PORTS)) as u16
}
