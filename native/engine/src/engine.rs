//! The engine as seen from other threads: it starts and joins the loop's thread and hands commands to it.

use std::any::Any;
use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use meshd_netio::{Poller, StreamQueues, Tun, bind_pair};
use meshd_packet::Prefix;

use crate::commands::{Command, CommandQueue, PingReply, Reply, Target, Unanswered};
use crate::events::{Event, EventQueue, Pending};
use crate::handles::Handles;
use crate::node::Node;
use crate::path::Way;
use crate::peer::PeerConfig;
use crate::quic::{Identity, MAX_DATAGRAM_BYTES};
use crate::sockets::{Bound, SocketBudget, SocketHandle, Sockets};
use crate::stats::EngineStats;
use crate::stun::TransactionId;

/// The MTU the TUN interface should be given: what one QUIC packet carries.
pub const TUN_MTU_BYTES: usize = MAX_DATAGRAM_BYTES;

pub struct EngineOptions {
    pub node_seed: [u8; 32],
    pub boot_id: [u8; 8],
    /// 0 for any.
    pub port: u16,
}

pub struct Engine {
    commands: Arc<CommandQueue>,
    queue: Arc<EventQueue>,
    thread: Mutex<Option<JoinHandle<()>>>,
    handles: Mutex<Handles>,
    budget: SocketBudget,
    next_socket: AtomicU32,
    bound: Arc<Mutex<Bound>>,
    streams: Arc<StreamQueues>,
}

impl Engine {
    /// `notify` is called, on the engine's thread, when there are events to take; never after `close` returned.
    pub fn start(
        options: EngineOptions,
        notify: impl Fn(Pending) + Send + Sync + 'static,
    ) -> io::Result<Self> {
        let identity = Identity::new(&options.node_seed).map_err(io::Error::other)?;
        let sockets = bind_pair(options.port)?;
        let poller = Poller::new()?;
        let commands = Arc::new(CommandQueue::new(poller.waker()));
        let queue = EventQueue::new(notify);
        let sockets = Sockets::new(sockets);
        let bound = Arc::new(Mutex::new(sockets.bound()));
        let node = Node::new(
            identity,
            options.boot_id,
            sockets,
            poller,
            commands.clone(),
            queue.clone(),
        );
        let streams = node.streams.clone();
        let (reports, unanswered) = (queue.clone(), commands.clone());
        let thread = std::thread::Builder::new()
            .name("meshd-engine".into())
            .spawn(move || {
                let Some(reason) = failure_of(|| node.run()) else {
                    return;
                };
                unanswered.close();
                reports.publish(&mut vec![Event::Fatal { reason }]);
            })?;
        Ok(Self {
            commands,
            queue,
            thread: Mutex::new(Some(thread)),
            handles: Mutex::default(),
            budget: SocketBudget::default(),
            next_socket: AtomicU32::new(1),
            bound,
            streams,
        })
    }

    /// Of the main sockets.
    pub fn bound(&self) -> Bound {
        *self.bound.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The host's network changed: new main sockets, and all paths have to prove themselves again. `bound` is right when the reply comes.
    pub fn rebind(&self, reply: Reply<io::Result<()>>) {
        let bound = self.bound.clone();
        let reply = Reply::new(
            move |result: Result<io::Result<Bound>, Unanswered>| match result {
                Ok(now_bound) => reply.send(Ok(now_bound.map(|now_bound| {
                    *bound.lock().unwrap_or_else(PoisonError::into_inner) = now_bound;
                }))),
                Err(reason) => reply.send(Err(reason)),
            },
        );
        self.commands.push(Command::Rebind(reply));
    }

    /// Opens the interface at once, so that errors are the caller's. The name it got.
    pub fn open_tun(&self, name: &str) -> io::Result<String> {
        let tun = Tun::open(name)?;
        let name = tun.name().to_owned();
        self.commands.push(Command::OpenTun(tun));
        Ok(name)
    }

    pub fn close_tun(&self) {
        self.commands.push(Command::CloseTun);
    }

    pub fn set_self(&self, prefixes: Vec<Prefix>) {
        self.commands.push(Command::SetSelf(prefixes));
    }

    pub fn set_shields_up(&self, on: bool) {
        self.commands.push(Command::SetShieldsUp(on));
    }

    /// How often quiet paths need a packet.
    pub fn set_keepalive(&self, interval: Duration) {
        self.commands.push(Command::SetKeepalive(interval));
    }

    /// The peer's handle; `None` when there are sixteen million peers.
    pub fn upsert_peer(&self, config: PeerConfig) -> Option<u32> {
        // Held until the command is queued: commands about one handle keep the order in which it was taken and given back.
        let mut handles = self.handles.lock().unwrap_or_else(PoisonError::into_inner);
        let peer = handles.take(config.node_key)?;
        self.commands.push(Command::UpsertPeer {
            peer,
            config: Box::new(config),
        });
        Some(peer)
    }

    pub fn remove_peer(&self, peer: u32) {
        let mut handles = self.handles.lock().unwrap_or_else(PoisonError::into_inner);
        handles.give_back(peer);
        self.commands.push(Command::RemovePeer(peer));
    }

    pub fn set_paths(&self, peer: u32, ranked: Vec<(u32, Way)>) {
        self.commands.push(Command::SetPaths { peer, ranked });
    }

    pub fn set_relay(&self, relay: u32, address: Option<SocketAddr>, session: u32) {
        self.commands.push(Command::SetRelay {
            relay,
            address,
            session,
        });
    }

    /// A session at a relay over a stream; 0 ends it.
    pub fn set_stream_relay(&self, relay: u32, session: u32) {
        if session == 0 {
            self.streams.close(relay);
        } else {
            self.streams.open(relay);
        }
        self.commands
            .push(Command::SetStreamRelay { relay, session });
    }

    /// Whole frames for the stream of a relay, as many as fit into one write.
    pub fn relay_take(&self, relay: u32) -> Option<Vec<u8>> {
        self.streams.take(relay)
    }

    /// Whole frames that came in the stream of a relay.
    pub fn relay_receive(&self, relay: u32, frames: Vec<u8>) {
        self.commands.push(Command::RelayReceive { relay, frames });
    }

    pub fn expect_stun(&self, ids: Vec<TransactionId>, ttl: Duration) {
        self.commands.push(Command::ExpectStun { ids, ttl });
    }

    pub fn send(&self, datagrams: Vec<(Target, Vec<u8>)>) {
        self.commands.push(Command::Send(datagrams));
    }

    /// `count` extra sockets, all or none. Errors: EMFILE when there would be too many.
    pub fn open_sockets(&self, count: usize, ipv6: bool) -> io::Result<Vec<SocketHandle>> {
        let unspecified: SocketAddr = if ipv6 {
            (Ipv6Addr::UNSPECIFIED, 0).into()
        } else {
            (Ipv4Addr::UNSPECIFIED, 0).into()
        };
        let sockets = (0..count)
            .map(|_| {
                let handle = self.next_socket.fetch_add(1, Ordering::Relaxed);
                self.budget.open(handle, unspecified)
            })
            .collect::<io::Result<Vec<_>>>()?;
        let handles = sockets.iter().map(|socket| socket.handle).collect();
        self.commands.push(Command::OpenSockets(sockets));
        Ok(handles)
    }

    /// Those that paths use close when no path uses them any more.
    pub fn close_sockets(&self, sockets: Vec<SocketHandle>) {
        self.commands.push(Command::CloseSockets(sockets));
    }

    pub fn reconnect(&self, peer: u32) {
        self.commands.push(Command::Reconnect(peer));
    }

    pub fn ping(&self, peer: u32, timeout: Duration, reply: Reply<PingReply>) {
        self.commands.push(Command::Ping {
            peer,
            timeout,
            reply,
        });
    }

    pub fn stats(&self, reply: Reply<EngineStats>) {
        self.commands.push(Command::Stats(reply));
    }

    /// Says goodbye to all peers and waits for the thread. Questions still open are answered with [`crate::Unanswered::Gone`].
    pub fn close(&self) {
        self.queue.close();
        self.commands.push(Command::Close);
        let thread = self
            .thread
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some(thread) = thread {
            // Panics were caught inside.
            let _ = thread.join();
        }
        self.commands.close();
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.close();
    }
}

/// Why `run` failed, if it did; a panic ends here.
fn failure_of(run: impl FnOnce() -> io::Result<()>) -> Option<String> {
    match catch_unwind(AssertUnwindSafe(run)) {
        Ok(Ok(())) => None,
        Ok(Err(error)) => Some(error.to_string()),
        Err(panic) => Some(panic_message(panic.as_ref())),
    }
}

fn panic_message(panic: &(dyn Any + Send)) -> String {
    let text = panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    format!("the engine panicked: {}", text.unwrap_or("no reason given"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn panics_and_errors_become_reasons() {
        assert_eq!(failure_of(|| Ok(())), None);
        let error = failure_of(|| Err(io::Error::other("no descriptor")));
        assert_eq!(error.as_deref(), Some("no descriptor"));
        let panic = failure_of(|| panic!("index {} out of range", 7));
        assert_eq!(
            panic.as_deref(),
            Some("the engine panicked: index 7 out of range")
        );
    }
}
