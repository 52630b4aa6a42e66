//! The handle of a running server: options in, events out, commands queued to its thread.

use std::any::Any;
use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{SystemTime, UNIX_EPOCH};

use meshd_netio::{Poller, StreamQueues, UdpSocket};

use crate::counters::{Counters, DropReason, ServerStats};
use crate::entrance::{MAX_SOCKETS, STREAM, stream_address};
use crate::limiter::TokenBucket;
use crate::mailbox::{Command, Mailbox};
use crate::service::Service;
use crate::sessions::SessionNumbers;
use crate::socket_filter::SocketFilter;
use crate::table::{Client, MAX_CLIENTS, Source};
use crate::worker::{Clock, Worker, random_secret};
use crate::{MeshId, RelayId};

/// One UDP socket to serve.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Listen {
    /// Address to bind; port 0 for any.
    pub address: SocketAddr,
    /// Answer STUN binding requests here.
    pub stun: bool,
    /// Take relay clients here.
    pub relay: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerOptions {
    /// Sockets, at most 64. A `socket` below 64 in commands is one of these by its index.
    pub listen: Vec<Listen>,
    pub rates: Rates,
}

/// Bytes a second that clients may send, 0: unlimited.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Rates {
    pub client: u64,
    /// All of them together.
    pub total: u64,
}

/// A registration whose cookie was right; ticket and signature are still to be checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Register {
    /// Where it came in; names the way back, in the commands too.
    pub socket: u32,
    pub address: SocketAddr,
    pub nonce: [u8; 16],
    pub cookie: [u8; 16],
    /// Serialized `RelayRegister`, 1..=1000 bytes.
    pub body: Vec<u8>,
}

/// Where a server's events go. Called on the server's thread, so it must hand over and return at once.
pub trait ServerSink: Send + 'static {
    /// Registrations of one round of the loop, never empty.
    fn registers(&mut self, events: Vec<Register>);
    /// Streams that were idle have something to take ([`ServerEngine::take_stream`], until it gives nothing).
    /// Never called where no stream was admitted.
    fn streams(&mut self, sessions: Vec<u32>) {
        let _ = sessions;
    }
    /// The server stopped for good, with the reason. Nothing follows. Not called after [`ServerEngine::close`].
    fn fatal(&mut self, reason: String);
}

/// Why a server did not start.
#[derive(Debug)]
pub struct StartError {
    /// The address that could not be bound, if that was it.
    pub address: Option<SocketAddr>,
    pub error: io::Error,
}

impl From<io::Error> for StartError {
    fn from(error: io::Error) -> Self {
        Self {
            address: None,
            error,
        }
    }
}

impl fmt::Display for StartError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.address {
            Some(address) => write!(formatter, "cannot listen on udp {address}: {}", self.error),
            None => write!(formatter, "cannot start the relay: {}", self.error),
        }
    }
}

impl std::error::Error for StartError {}

/// A STUN and relay server on a thread of its own. Commands never block; dropping the handle closes it.
pub struct ServerEngine {
    addresses: Vec<SocketAddr>,
    mailbox: Arc<Mailbox>,
    streams: Arc<StreamQueues>,
    counters: Arc<Counters>,
    clock: Clock,
    sessions: SessionNumbers,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl ServerEngine {
    /// Binds all sockets and starts the thread.
    ///
    /// # Errors
    /// What the kernel says to binding, with the address (EADDRINUSE, EACCES, EADDRNOTAVAIL, EAFNOSUPPORT on a host
    /// without that family); `InvalidInput` for no socket or more than 64.
    pub fn start(options: ServerOptions, mut sink: impl ServerSink) -> Result<Self, StartError> {
        if !(1..=MAX_SOCKETS).contains(&options.listen.len()) {
            let error = io::Error::new(
                io::ErrorKind::InvalidInput,
                "a server needs 1 to 64 sockets",
            );
            return Err(error.into());
        }
        let bind = |listen: &Listen| {
            bind_socket(listen.address).map_err(|error| StartError {
                address: Some(listen.address),
                error,
            })
        };
        let sockets = options
            .listen
            .iter()
            .map(bind)
            .collect::<Result<Vec<_>, _>>()?;
        let addresses = sockets
            .iter()
            .map(UdpSocket::local_addr)
            .collect::<io::Result<Vec<_>>>()?;
        let poller = Poller::new()?;
        let mailbox = Arc::new(Mailbox::new(poller.waker()));
        let streams = Arc::new(StreamQueues::default());
        let counters = Arc::new(Counters::default());
        let clock = Clock::start();
        let service = Service::new(
            options.listen,
            options.rates,
            counters.clone(),
            clock.now(),
            &mut random_secret,
        );
        let sessions = SessionNumbers::new();
        let mut worker = Worker::new(
            sockets,
            poller,
            service,
            mailbox.clone(),
            streams.clone(),
            counters.clone(),
            clock,
        )?;
        worker.set_filter(SocketFilter::new(sessions.check(), clock.now()));
        let closing = mailbox.clone();
        let thread = thread::Builder::new()
            .name("meshd-relay".into())
            .spawn(move || {
                let ended = catch_unwind(AssertUnwindSafe(|| worker.run(&mut sink)));
                // The sockets close and commands end here, whatever happened.
                drop(worker);
                closing.close();
                match ended {
                    Ok(Ok(())) => {}
                    Ok(Err(error)) => sink.fatal(format!("the relay's sockets failed: {error}")),
                    Err(panic) => sink.fatal(format!(
                        "the relay's thread panicked: {}",
                        panic_message(&*panic)
                    )),
                }
            })?;
        Ok(Self {
            addresses,
            mailbox,
            streams,
            counters,
            clock,
            sessions,
            thread: Mutex::new(Some(thread)),
        })
    }

    /// Bound addresses, in the order of [`ServerOptions::listen`].
    #[must_use]
    pub fn addresses(&self) -> &[SocketAddr] {
        &self.addresses
    }

    /// Admits a client at an address until `not_after_ms` (Unix time) and returns its session. Replaces an older session
    /// of the same relay id, and whoever was at that address. 0: refused, the table of clients is full.
    pub fn admit(
        &self,
        socket: u32,
        address: SocketAddr,
        relay_id: RelayId,
        mesh_id: MeshId,
        not_after_ms: u64,
    ) -> u32 {
        let session = self.next_session();
        if session != 0 {
            self.post_admission(session, (socket, address), relay_id, mesh_id, not_after_ms);
        }
        session
    }

    /// As `admit`, for a client whose packets come and go in a stream, framed by their length (u16).
    pub fn admit_stream(&self, relay_id: RelayId, mesh_id: MeshId, not_after_ms: u64) -> u32 {
        let session = self.next_session();
        if session != 0 {
            self.streams.open(session);
            let source = (STREAM, stream_address(session));
            self.post_admission(session, source, relay_id, mesh_id, not_after_ms);
        }
        session
    }

    /// Whole frames that came in a client's stream. Dropped if the engine cannot follow.
    pub fn deliver(&self, session: u32, frames: Vec<u8>) {
        if !self.mailbox.post(Command::Deliver { session, frames }) {
            self.counters.dropped(DropReason::Queue, 1);
        }
    }

    /// Whole frames for a client's stream, as many as fit into one write.
    #[must_use]
    pub fn take_stream(&self, session: u32) -> Option<Vec<u8>> {
        self.streams.take(session)
    }

    /// A client's stream ended.
    pub fn leave_stream(&self, session: u32) {
        self.streams.close(session);
        self.mailbox.post(Command::Leave { session });
    }

    /// 0: the table of clients is full.
    fn next_session(&self) -> u32 {
        if self.counters.clients() >= MAX_CLIENTS as u64 {
            return 0;
        }
        self.sessions.next()
    }

    fn post_admission(
        &self,
        session: u32,
        source: Source,
        relay_id: RelayId,
        mesh_id: MeshId,
        not_after_ms: u64,
    ) {
        let now = self.clock.now();
        let client = Client {
            session,
            source,
            relay_id,
            mesh_id,
            not_after: now.saturating_add(not_after_ms.saturating_sub(unix_now_ms())),
            last_seen: now,
            bucket: TokenBucket::default(),
        };
        self.mailbox.post(Command::Admit(client));
    }

    /// Ends the session of a relay id, if there is one.
    pub fn revoke(&self, relay_id: RelayId) {
        self.mailbox.post(Command::Revoke(relay_id));
    }

    /// Sends one datagram from a socket. Lost like any datagram if the network or the queue is full.
    pub fn send(&self, socket: u32, address: SocketAddr, data: Vec<u8>) {
        if !self.mailbox.post(Command::Send {
            socket,
            address,
            data,
        }) {
            self.counters.dropped(DropReason::Queue, 1);
        }
    }

    /// A snapshot; reads counters only, never waits for the thread.
    #[must_use]
    pub fn stats(&self) -> ServerStats {
        self.counters.snapshot()
    }

    /// Stops the thread and closes the sockets; returns when that is done (within milliseconds). May be called again.
    pub fn close(&self) {
        self.mailbox.close();
        let thread = self
            .thread
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some(thread) = thread {
            // The thread contains its own panics, so joining cannot fail.
            let _ = thread.join();
        }
    }
}

impl Drop for ServerEngine {
    fn drop(&mut self) {
        self.close();
    }
}

fn bind_socket(address: SocketAddr) -> io::Result<UdpSocket> {
    let socket = UdpSocket::bind(address)?;
    if address.ip().is_unspecified() {
        socket.notice_local_addresses()?;
    }
    Ok(socket)
}

fn unix_now_ms() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |elapsed| elapsed.as_millis() as u64)
}

fn panic_message(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no message")
}
