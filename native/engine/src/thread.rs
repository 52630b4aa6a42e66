//! The loop of the engine's thread: drain UDP → open → coalesce → TUN → read TUN → route → segment → seal → send.

use std::io;
use std::time::{Duration, Instant};

use meshd_netio::{Event as Ready, Interest};

use crate::commands::Command;
use crate::node::Node;

pub const UDP_V4: u64 = 0;
pub const UDP_V6: u64 = 1;
pub const TUN: u64 = 2;

/// A full socket is tried again at the latest after this.
const MAX_BLOCKED: Duration = Duration::from_millis(5);

impl Node {
    pub fn run(mut self) -> io::Result<()> {
        if let Some(socket) = &self.sockets.v4 {
            self.poller.add(socket, UDP_V4, Interest::Readable)?;
        }
        if let Some(socket) = &self.sockets.v6 {
            self.poller.add(socket, UDP_V6, Interest::Readable)?;
        }
        let mut ready: Vec<Ready> = Vec::new();
        let mut commands: Vec<Command> = Vec::new();
        loop {
            let timeout = self.next_timeout();
            ready.clear();
            self.poller.wait(&mut ready, timeout)?;
            let now = Instant::now();
            let is_ready = |token| {
                ready
                    .iter()
                    .any(|event| event.token == token && event.readable)
            };

            self.commands.take(&mut commands);
            for command in commands.drain(..) {
                if !self.handle_command(command, now) {
                    return Ok(());
                }
            }
            if ready.is_empty() || ready.iter().any(|event| event.writable) {
                self.retry_backlog();
            }
            if is_ready(UDP_V4) {
                self.receive_batch(false, now)
                    .map_err(of("the IPv4 socket"))?;
            }
            if is_ready(UDP_V6) {
                self.receive_batch(true, now)
                    .map_err(of("the IPv6 socket"))?;
            }
            if self.backlog.is_none() {
                self.handle_timeouts(now);
            }
            self.flush_tun();
            if is_ready(TUN) {
                self.read_tun(now).map_err(of("the TUN device"))?;
            }
            self.settle_touched(now);
            self.queue.publish(&mut self.events);
        }
    }

    fn next_timeout(&self) -> Option<Duration> {
        // Whatever the timers would send has to wait for the socket too.
        if self.backlog.is_some() {
            return Some(MAX_BLOCKED);
        }
        let at = self.timers.next()?;
        Some(at.saturating_duration_since(Instant::now()))
    }
}

/// Says what failed.
fn of(what: &str) -> impl FnOnce(io::Error) -> io::Error {
    move |error| io::Error::new(error.kind(), format!("{what} failed: {error}"))
}
