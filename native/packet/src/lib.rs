//! IP packets: parsing, checksums, segmentation, coalescing, routing, filtering. No I/O, no unsafe,
//! no clock.
//!
//! - Outbound: TUN frame ([`VnetHdr`] and packet) → [`IpPacket::parse`] → [`RouteTable::lookup`] →
//!   [`Filter::outbound`] → [`clamp::clamp_mss`] → [`Segmenter::segment`] → wire payloads.
//! - Inbound: wire payload → [`IpPacket::parse_wire`] → source check → [`Filter::inbound`] →
//!   [`Coalescer::push`], and at the end of the batch [`Coalescer::flush`] → `writev` to the TUN.
//!
//! A *wire payload* is one IP packet whose first byte has bit 7 set when its TCP or UDP checksum
//! field holds only the pseudo-header sum (docs/protocol.md, "DATAGRAM payload").
#![forbid(unsafe_code)]

mod candidate;
pub mod checksum;
pub mod clamp;
pub mod coalesce;
pub mod filter;
mod flows;
mod hash;
mod icmp;
pub mod ip;
pub mod pool;
pub mod route;
mod run;
pub mod segment;
mod tcp;
mod udp;
pub mod vnet;

pub use coalesce::Coalescer;
pub use filter::{Filter, Mode};
pub use ip::{Fragment, IpPacket, Malformed};
pub use pool::BufferPool;
pub use route::{Prefix, RouteTable};
pub use segment::{SegmentError, Segmenter};
pub use vnet::VnetHdr;

/// First byte, bit 7, of a wire payload: the checksum field holds only the pseudo-header sum.
pub const PARTIAL_CHECKSUM: u8 = 0x80;

/// Largest IP packet (and TUN super-packet) handled.
pub const MAX_PACKET_BYTES: usize = 65_535;
