//! Why packets were dropped, counted.

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Drop {
    NoRoute,
    SpoofedSource,
    WrongDestination,
    Filtered,
    TooBig,
    Queue,
    Malformed,
    UnknownSender,
    BadTag,
    RateLimited,
    NoConnection,
    Incomplete,
}

impl Drop {
    pub const ALL: [Self; 12] = [
        Self::NoRoute,
        Self::SpoofedSource,
        Self::WrongDestination,
        Self::Filtered,
        Self::TooBig,
        Self::Queue,
        Self::Malformed,
        Self::UnknownSender,
        Self::BadTag,
        Self::RateLimited,
        Self::NoConnection,
        Self::Incomplete,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Self::NoRoute => "no-route",
            Self::SpoofedSource => "spoofed-source",
            Self::WrongDestination => "wrong-destination",
            Self::Filtered => "filtered",
            Self::TooBig => "too-big",
            Self::Queue => "queue",
            Self::Malformed => "malformed",
            Self::UnknownSender => "unknown-sender",
            Self::BadTag => "bad-tag",
            Self::RateLimited => "rate-limited",
            Self::NoConnection => "no-connection",
            Self::Incomplete => "incomplete",
        }
    }
}

#[derive(Debug, Clone, Default)]
pub struct Drops([u64; Drop::ALL.len()]);

impl Drops {
    pub fn count(&mut self, reason: Drop) {
        self.add(reason, 1);
    }

    pub fn add(&mut self, reason: Drop, packets: u64) {
        self.0[reason as usize] += packets;
    }

    pub fn get(&self, reason: Drop) -> u64 {
        self.0[reason as usize]
    }

    pub fn iter(&self) -> impl Iterator<Item = (&'static str, u64)> + '_ {
        Drop::ALL
            .iter()
            .map(|&reason| (reason.name(), self.get(reason)))
    }
}
