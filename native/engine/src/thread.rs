//! The loop of the engine's thread: drain UDP → open → coalesce → TUN → read TUN → route → segment → seal → send.

use std::io;
use std::time::{Duration, Instant};

use meshd_netio::Event as Ready;

use crate::backlog::MAX_BLOCKED;
use crate::commands::Command;
use crate::node::Node;
use crate::sockets::Local;

pub const TUN: u64 = 2;

impl Node {
    pub fn run(mut self) -> io::Result<()> {
        self.sockets.watch_main(&self.poller)?;
        let mut ready: Vec<Ready> = Vec::new();
        let mut commands: Vec<Command> = Vec::new();
        loop {
            let timeout = self.next_timeout();
            ready.clear();
            self.poller.wait(&mut ready, timeout)?;
            let now = Instant::now();
            self.commands.take(&mut commands);
            for command in commands.drain(..) {
                if !self.handle_command(command, now) {
                    return Ok(());
                }
            }
            self.renew_socket_filter();
            self.turn(&ready, now)?;
            self.queue.publish(&mut self.events);
        }
    }

    /// What became possible since the last turn.
    pub fn turn(&mut self, ready: &[Ready], now: Instant) -> io::Result<()> {
        if self.backlog_due(now) || ready.iter().any(|event| event.writable) {
            self.retry_backlog();
        }
        for event in ready.iter().filter(|event| event.readable) {
            if let Some(local) = Local::of_token(event.token) {
                self.receive_batch(local, now).map_err(of("a UDP socket"))?;
            }
        }
        if self.backlog.is_none() {
            self.handle_timeouts(now);
        }
        self.flush_tun();
        if ready
            .iter()
            .any(|event| event.token == TUN && event.readable)
            && let Err(error) = self.read_tun(now)
        {
            self.lose_tun(&error);
        }
        self.settle_touched(now);
        Ok(())
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
