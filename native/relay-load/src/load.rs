//! Lets all pairs send, and counts what happens between two moments. One thread, so that relay and load fit two cores.

use std::io;
use std::time::{Duration, Instant};

use meshd_netio::{Interest, Poller, Received, RecvBatch};

use crate::client::Client;
use crate::figures::{Figures, Times, cpu_seconds};
use crate::options::{Options, Pace};
use crate::pair::{BATCH, Pair};

/// The longest sleep, so that lost windows are noticed.
const TICK: Duration = Duration::from_millis(5);
/// What lies further back is not made up for. Everything until then is: a generator that forgave itself its own delays would measure
/// nothing while there are any (coordinated omission).
const MAX_LATENESS: Duration = Duration::from_millis(200);

pub fn run(options: &Options) -> Result<Figures, String> {
    let mut members = options.members.lines().skip(options.first);
    let mut client = || Client::register(options.relay, members.next().ok_or("too few members")?);
    let mut pairs = Vec::with_capacity(options.pairs);
    for _ in 0..options.pairs {
        pairs.push(Pair::new(
            client()?,
            client()?,
            options.relay,
            options.bytes,
            options.train,
        ));
    }
    let load = Load::new(pairs, options).map_err(|error| error.to_string())?;
    load.measure(options).map_err(|error| error.to_string())
}

struct Load {
    pairs: Vec<Pair>,
    /// When each pair sends next, with a rate: since the start of the clock.
    due: Vec<Duration>,
    interval: Duration,
    poller: Poller,
    clock: Instant,
    batch: RecvBatch,
    space: Vec<Received>,
    times: Times,
}

impl Load {
    fn new(pairs: Vec<Pair>, options: &Options) -> io::Result<Self> {
        let poller = Poller::new()?;
        for (token, pair) in (0..).zip(&pairs) {
            poller.add(pair.receiving_socket(), token, Interest::Readable)?;
        }
        let clock = Instant::now();
        let trains_a_second = match options.pace {
            Pace::Rate(rate) => rate / options.train as f64,
            Pace::Window(_) => f64::INFINITY,
        };
        let step = Duration::try_from_secs_f64(1.0 / trains_a_second).unwrap_or_default();
        Ok(Self {
            due: (0..pairs.len() as u32)
                .map(|number| step * number)
                .collect(),
            interval: step * pairs.len() as u32,
            pairs,
            poller,
            clock,
            batch: RecvBatch::new(BATCH),
            space: Vec::with_capacity(BATCH),
            times: Times::default(),
        })
    }

    fn measure(mut self, options: &Options) -> io::Result<Figures> {
        self.send_and_receive(options, Instant::now() + options.warmup)?;
        self.times.clear();
        let (sent, received) = self.totals();
        let cpu = cpu_seconds(options.pid)?;
        let began = Instant::now();
        self.send_and_receive(options, began + options.duration)?;
        let seconds = began.elapsed().as_secs_f64();
        let relay_cpu_seconds = cpu_seconds(options.pid)? - cpu;
        let (sent_in_all, received_in_all) = self.totals();
        Ok(Figures {
            sent: sent_in_all - sent,
            received: received_in_all - received,
            seconds,
            relay_cpu_seconds,
            p50_ms: self.times.delays.quantile_ms(0.5),
            p99_ms: self.times.delays.quantile_ms(0.99),
            due_p99_ms: self.times.due_delays.quantile_ms(0.99),
            late_p99_ms: self.times.lateness.quantile_ms(0.99),
        })
    }

    fn send_and_receive(&mut self, options: &Options, until: Instant) -> io::Result<()> {
        let mut events = Vec::new();
        loop {
            let now = Instant::now();
            if now >= until {
                return Ok(());
            }
            let sleep = match options.pace {
                Pace::Window(window) => self.fill_windows(window, now)?,
                Pace::Rate(_) => self.send_due()?,
            };
            self.poller.wait(&mut events, Some(sleep))?;
            for event in &events {
                let Some(pair) = self.pairs.get_mut(event.token as usize) else {
                    continue;
                };
                // All of it: a generator that lets its own sockets overflow counts that as the relay's loss.
                while pair.receive(
                    self.clock,
                    &mut self.batch,
                    &mut self.space,
                    &mut self.times,
                )? {}
            }
        }
    }

    /// A train for every pair that may send one; nothing else is to be done before something arrives.
    fn fill_windows(&mut self, window: u64, now: Instant) -> io::Result<Duration> {
        for pair in &mut self.pairs {
            while pair.has_room(window, now) {
                pair.send(self.clock, self.clock.elapsed())?;
            }
        }
        Ok(TICK)
    }

    /// One train of each pair that is due leaves, so that receiving has its turn before the next; until when nothing is due.
    fn send_due(&mut self) -> io::Result<Duration> {
        let now = self.clock.elapsed();
        let mut earliest = now + TICK;
        for (pair, due) in self.pairs.iter_mut().zip(&mut self.due) {
            *due = (*due).max(now.saturating_sub(MAX_LATENESS));
            if *due <= now {
                let lateness = pair.send(self.clock, *due)?;
                self.times.lateness.add(lateness);
                *due += self.interval;
            }
            earliest = earliest.min(*due);
        }
        Ok(earliest.saturating_sub(self.clock.elapsed()))
    }

    fn totals(&self) -> (u64, u64) {
        let sum = |count: fn(&Pair) -> u64| self.pairs.iter().map(count).sum();
        (sum(|pair| pair.sent), sum(|pair| pair.received))
    }
}
