//! Wire payloads of one receive batch → TUN frames, runs of one flow merged into super-packets
//! without moving payloads.
//!
//! What is merged is what the kernel would split again into the same packets: equal headers,
//! contiguous sequence numbers, equal sizes but for the last. A packet that cannot join the open
//! run of its flow ends the run, so that nothing within a flow is overtaken. A packet with a
//! complete checksum is verified before it is merged, because a super-packet's checksum is made
//! anew: a bad one must stay bad.

use crate::IpPacket;
use crate::candidate::{Candidate, FlowKey};
use crate::run::Run;
use crate::vnet::{F_NEEDS_CSUM, VNET_HDR_BYTES, VnetHdr};
use crate::{PARTIAL_CHECKSUM, ip, tcp, udp};
use bytes::Bytes;
use std::io::IoSlice;

/// Runs open at once. A batch of one peer is a few hundred packets; with more flows in it there is
/// little to merge.
const MAX_RUNS: usize = 32;

/// Collects runs of TCP and UDP segments. Frames are handed to `write` as the parts of one
/// `writev`: virtio header with packet headers, then payloads. Order within a flow is kept; `flush`
/// must follow the last `push` of a batch.
#[derive(Debug)]
pub struct Coalescer {
    udp: bool,
    /// Keys of the open runs, apart from them so that a search touches little memory.
    keys: Vec<FlowKey>,
    /// The first `keys.len()` are open; the others keep their memory for later.
    runs: Vec<Run>,
    /// Where the last packet went: the next one's likely place.
    last: usize,
}

impl Coalescer {
    /// `udp`: the TUN takes `GSO_UDP_L4` super-packets (`Tun::udp_segmentation` in netio).
    pub fn new(udp: bool) -> Self {
        Self {
            udp,
            keys: Vec::with_capacity(MAX_RUNS),
            runs: Vec::with_capacity(MAX_RUNS),
            last: 0,
        }
    }

    /// Adds one wire payload; `ip` is what [`IpPacket::parse_wire`] said of it.
    pub fn push(&mut self, payload: Bytes, ip: &IpPacket, write: &mut impl FnMut(&[IoSlice<'_>])) {
        if ip.fragment.is_some() && matches!(ip.protocol, ip::PROTO_TCP | ip::PROTO_UDP) {
            // A fragment may be of any flow between its addresses.
            self.flush(write);
            return write_alone(&payload, ip, write);
        }
        let Some(key) = FlowKey::of(ip).filter(|key| self.udp || key.is_tcp()) else {
            return write_alone(&payload, ip, write);
        };
        let found = self.find(key);
        let Some(candidate) = Candidate::of(&payload, ip) else {
            if let Some(index) = found {
                self.close(index, write);
            }
            return write_alone(&payload, ip, write);
        };
        let index = match found {
            Some(index) if self.runs[index].accepts(&candidate, &payload) => {
                let run = &mut self.runs[index];
                run.extend(&candidate, payload);
                if run.is_complete() {
                    self.close(index, write);
                }
                return;
            }
            Some(index) => {
                self.runs[index].write(write);
                index
            }
            None => self.open(key, write),
        };
        self.runs[index].start(&candidate, payload, ip);
        self.last = index;
        if self.runs[index].is_complete() {
            self.close(index, write);
        }
    }

    /// Writes everything still held.
    pub fn flush(&mut self, write: &mut impl FnMut(&[IoSlice<'_>])) {
        for run in &mut self.runs[..self.keys.len()] {
            run.write(write);
        }
        self.keys.clear();
    }

    #[inline]
    fn find(&mut self, key: FlowKey) -> Option<usize> {
        if self.keys.get(self.last) == Some(&key) {
            return Some(self.last);
        }
        let index = self.keys.iter().position(|k| *k == key)?;
        self.last = index;
        Some(index)
    }

    /// A place for a new run; when all are taken one makes room.
    fn open(&mut self, key: FlowKey, write: &mut impl FnMut(&[IoSlice<'_>])) -> usize {
        if self.keys.len() == MAX_RUNS {
            self.close(0, write);
        }
        let index = self.keys.len();
        self.keys.push(key);
        if self.runs.len() == index {
            self.runs.push(Run::new());
        }
        index
    }

    fn close(&mut self, index: usize, write: &mut impl FnMut(&[IoSlice<'_>])) {
        self.runs[index].write(write);
        let last = self.keys.len() - 1;
        self.keys.swap_remove(index);
        self.runs.swap(index, last);
    }
}

/// Writes a packet as it came, but for the wire mark, which becomes the virtio header's.
fn write_alone(payload: &Bytes, ip: &IpPacket, write: &mut impl FnMut(&[IoSlice<'_>])) {
    let mut vnet = VnetHdr::default();
    if let Some(offset) = ip.l4_offset.filter(|_| ip.partial_checksum) {
        vnet.flags = F_NEEDS_CSUM;
        vnet.csum_start = offset;
        vnet.csum_offset = if ip.protocol == ip::PROTO_TCP {
            tcp::CHECKSUM as u16
        } else {
            udp::CHECKSUM as u16
        };
    }
    let mut head = [0; VNET_HDR_BYTES + 1];
    head[..VNET_HDR_BYTES].copy_from_slice(&vnet.encode());
    head[VNET_HDR_BYTES] = payload[0] & !PARTIAL_CHECKSUM;
    write(&[IoSlice::new(&head), IoSlice::new(&payload[1..])]);
}
