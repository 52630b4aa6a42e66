//! What is told at the end.

use std::fmt;
use std::fs;
use std::io;
use std::time::Duration;

/// Of proc(5), for CPU times.
const TICKS_PER_SECOND: f64 = 100.0;

pub struct Figures {
    pub sent: u64,
    pub received: u64,
    pub seconds: f64,
    pub relay_cpu_seconds: f64,
    /// Of packets from their send to their receipt.
    pub p50_ms: f64,
    pub p99_ms: f64,
    /// From when they were due: what a sender that is never late would have seen.
    pub due_p99_ms: f64,
    /// By how much the sends were late.
    pub late_p99_ms: f64,
}

impl fmt::Display for Figures {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            sent,
            received,
            seconds,
            relay_cpu_seconds,
            p50_ms,
            p99_ms,
            due_p99_ms,
            late_p99_ms,
        } = self;
        write!(
            formatter,
            r#"{{"sent":{sent},"received":{received},"seconds":{seconds:.4},"relayCpuSeconds":{relay_cpu_seconds:.2},"p50Ms":{p50_ms:.4},"p99Ms":{p99_ms:.4},"dueP99Ms":{due_p99_ms:.4},"lateP99Ms":{late_p99_ms:.4}}}"#
        )
    }
}

/// Microseconds; longer ones are counted as the last.
const LONGEST_US: usize = 1_000_000;

/// Of packets, and of the sender.
#[derive(Default)]
pub struct Times {
    /// From the send on.
    pub delays: Delays,
    /// From when the packet was due.
    pub due_delays: Delays,
    /// From when a train was due to its send.
    pub lateness: Delays,
}

impl Times {
    pub fn clear(&mut self) {
        for each in [&mut self.delays, &mut self.due_delays, &mut self.lateness] {
            each.clear();
        }
    }
}

/// How often each delay was seen.
pub struct Delays {
    counts: Vec<u64>,
}

impl Default for Delays {
    fn default() -> Self {
        Self {
            counts: vec![0; LONGEST_US + 1],
        }
    }
}

impl Delays {
    pub fn add(&mut self, delay: Duration) {
        self.counts[(delay.as_micros() as usize).min(LONGEST_US)] += 1;
    }

    fn clear(&mut self) {
        self.counts.fill(0);
    }

    pub fn quantile_ms(&self, share: f64) -> f64 {
        let rank = (self.counts.iter().sum::<u64>() as f64 * share) as u64;
        let mut seen = 0;
        let found = self.counts.iter().position(|&count| {
            seen += count;
            seen > rank
        });
        found.unwrap_or_default() as f64 / 1000.0
    }
}

/// CPU time of all threads of a process: fields 14 and 15 of its stat (proc(5)).
pub fn cpu_seconds(pid: u32) -> io::Result<f64> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat"))?;
    let fields = stat.rsplit_once(") ").map(|(_, rest)| rest.split(' '));
    let ticks = fields.map(|fields| {
        fields
            .skip(11)
            .take(2)
            .filter_map(|field| field.parse::<f64>().ok())
            .sum::<f64>()
    });
    Ok(ticks.ok_or(io::ErrorKind::InvalidData)? / TICKS_PER_SECOND)
}
