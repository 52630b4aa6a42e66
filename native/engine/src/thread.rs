//! The loop of the engine's thread: drain UDP → open → coalesce → TUN → read TUN → route → segment → seal → send.

use std::io;
use std::time::Instant;

use meshd_netio::{Event as Ready, Interest};

use crate::commands::Command;
use crate::node::Node;

pub const UDP_V4: u64 = 0;
pub const UDP_V6: u64 = 1;
pub const TUN: u64 = 2;

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
            let timeout = self
                .timers
                .next()
                .map(|at| at.saturating_duration_since(Instant::now()));
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
            if ready.iter().any(|event| event.writable) {
                self.retry_backlog();
            }
            if is_ready(UDP_V4) {
                self.receive_batch(false, now)?;
            }
            if is_ready(UDP_V6) {
                self.receive_batch(true, now)?;
            }
            self.handle_timeouts(now);
            self.flush_tun();
            if is_ready(TUN) {
                self.read_tun(now)?;
            }
            self.settle_touched(now);
            self.queue.publish(&mut self.events);
        }
    }
}
