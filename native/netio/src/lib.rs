//! What talks to the kernel: TUN device, UDP sockets, polling. The only crate with unsafe code.

mod clock_watch;
mod credentials;
#[cfg(feature = "fuzzing")]
pub mod fuzz;
mod network_monitor;
pub mod poll;

mod startup_pages;
mod stream_queue;
mod sys;
pub mod tun;
pub mod udp;

pub use credentials::{PeerCredentials, peer_credentials};
pub use network_monitor::{NetworkChange, NetworkMonitor};
pub use poll::{Event, Interest, Poller, Waker};
pub use startup_pages::release_startup_pages;
pub use stream_queue::{MAX_FRAMED_BYTES, Queued, StreamQueues, framed_packets};
pub use tun::{Tun, TunFrame};
pub use udp::filter;
pub use udp::{Received, RecvBatch, SendOutcome, UdpPair, UdpSocket, bind_pair};
