//! Collects what one receive batch forwards, by destination, so that each destination costs one send.
//!
//! A [`Train`] is a run of datagrams of one size for one destination (the last may be shorter): what the kernel takes as
//! one segmented send. Its pieces lie where they were received, in any number of messages; nothing is copied. Trains
//! leave in the order they were begun and only the newest of a destination grows, so order within a flow is kept.

use std::io::IoSlice;
use std::ops::Range;

use meshd_netio::Received;

use crate::table::Source;

/// What Linux takes in one send (UDP_MAX_SEGMENTS, since 4.18).
const MAX_SEGMENTS: usize = 64;

/// Payload of the largest UDP datagram over IPv4: 65,535 less 20 of IP and 8 of UDP.
const MAX_TRAIN_BYTES: usize = 65_507;

/// How many of the newest trains are searched for the destination: bounds the work that clients cause by alternating
/// between many. Comparing all of these costs a tenth of the send that it saves.
const SEARCH_DEPTH: usize = 64;

/// Bytes of one received message.
#[derive(Debug, Clone)]
struct Piece {
    message: usize,
    range: Range<usize>,
}

#[derive(Debug)]
pub(crate) struct Train {
    pub(crate) destination: Source,
    pub(crate) segment_bytes: usize,
    pub(crate) segments: usize,
    pub(crate) bytes: usize,
    pieces: Vec<Piece>,
}

impl Train {
    /// Whether a datagram of `length` bytes may follow.
    fn takes(&self, length: usize) -> bool {
        let whole = self.bytes == self.segments * self.segment_bytes;
        whole
            && length <= self.segment_bytes
            && self.segments < MAX_SEGMENTS
            && self.bytes + length <= MAX_TRAIN_BYTES
    }

    fn append(&mut self, message: usize, range: Range<usize>) {
        self.segments += 1;
        self.bytes += range.len();
        match self.pieces.last_mut() {
            Some(last) if last.message == message && last.range.end == range.start => {
                last.range.end = range.end
            }
            _ => self.pieces.push(Piece { message, range }),
        }
    }

    /// Calls `send` with the pieces, gathered on the stack.
    pub(crate) fn with_parts<T>(
        &self,
        messages: &[Received],
        send: impl FnOnce(&[IoSlice<'_>]) -> T,
    ) -> T {
        let mut parts = [IoSlice::new(&[]); MAX_SEGMENTS];
        let filled = parts.iter_mut().zip(&self.pieces).map(|(part, piece)| {
            let bytes = messages
                .get(piece.message)
                .and_then(|message| message.data.get(piece.range.clone()));
            *part = IoSlice::new(bytes.unwrap_or_default());
        });
        let count = filled.count();
        send(&parts[..count])
    }
}

/// The trains of one receive batch; their memory is kept for the next.
#[derive(Debug, Default)]
pub(crate) struct Outgoing {
    trains: Vec<Train>,
    used: usize,
}

impl Outgoing {
    /// Adds one datagram: `range` of message number `message`.
    pub(crate) fn add(&mut self, destination: Source, message: usize, range: Range<usize>) {
        let length = range.len();
        let newest = self.trains[..self.used].iter_mut().rev().take(SEARCH_DEPTH);
        match newest
            .into_iter()
            .find(|train| train.destination == destination)
        {
            Some(train) if train.takes(length) => train.append(message, range),
            _ => self.begin(destination, length).append(message, range),
        }
    }

    pub(crate) fn trains(&self) -> &[Train] {
        &self.trains[..self.used]
    }

    pub(crate) fn clear(&mut self) {
        self.used = 0;
    }

    fn begin(&mut self, destination: Source, segment_bytes: usize) -> &mut Train {
        if self.used == self.trains.len() {
            let pieces = Vec::with_capacity(MAX_SEGMENTS);
            self.trains.push(Train {
                destination,
                segment_bytes,
                segments: 0,
                bytes: 0,
                pieces,
            });
        }
        let train = &mut self.trains[self.used];
        self.used += 1;
        train.destination = destination;
        train.segment_bytes = segment_bytes;
        train.segments = 0;
        train.bytes = 0;
        train.pieces.clear();
        train
    }
}

#[cfg(test)]
#[path = "tests/outgoing.rs"]
mod tests;
