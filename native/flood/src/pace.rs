//! When how much is due: an even rate, in small steps.

use std::time::{Duration, Instant};

const STEP: Duration = Duration::from_micros(250);
/// What lies further back is not made up for: a flood of a rate, not of an amount.
const MAX_LATENESS: Duration = Duration::from_millis(20);

pub struct Pace {
    per_second: f64,
    began: Instant,
    /// Where the count began anew, after a delay.
    since: Instant,
    done: u64,
}

impl Pace {
    pub fn start(per_second: f64) -> Self {
        let now = Instant::now();
        Self {
            per_second,
            began: now,
            since: now,
            done: 0,
        }
    }

    pub fn elapsed(&self) -> Duration {
        self.began.elapsed()
    }

    /// Waits until something is due; how much.
    pub fn wait(&mut self) -> u64 {
        loop {
            let due = self.due();
            if due > 0 {
                return due;
            }
            std::thread::sleep(STEP);
        }
    }

    pub fn did(&mut self, count: u64) {
        self.done += count;
    }

    fn due(&mut self) -> u64 {
        let wanted = (self.since.elapsed().as_secs_f64() * self.per_second) as u64;
        let most = (MAX_LATENESS.as_secs_f64() * self.per_second).max(1.0) as u64;
        let due = wanted.saturating_sub(self.done);
        if due > most {
            self.since = Instant::now();
            self.done = 0;
            return most;
        }
        due
    }
}
