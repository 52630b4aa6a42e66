//! Recycling of large buffers whose parts travel as `Bytes`.
use bytes::BytesMut;

/// Buffers of one size. Take one, fill it, split off what was filled, and give the rest back at
/// once: the rest keeps the allocation, which is used again when every part split off has been
/// dropped.
#[derive(Debug)]
pub struct BufferPool {
    buffers: Vec<BytesMut>,
    buffer_bytes: usize,
    max_buffers: usize,
}

impl BufferPool {
    /// At most `max_buffers` allocations of `buffer_bytes` are kept for reuse.
    pub fn new(buffer_bytes: usize, max_buffers: usize) -> Self {
        Self {
            buffers: Vec::with_capacity(max_buffers),
            buffer_bytes,
            max_buffers,
        }
    }

    /// An empty buffer with at least `buffer_bytes` of capacity; allocates only when no kept one is
    /// free.
    pub fn take(&mut self) -> BytesMut {
        let free = (0..self.buffers.len())
            .rev()
            .find(|&i| self.buffers[i].try_reclaim(self.buffer_bytes));
        match free {
            Some(i) => self.buffers.remove(i),
            None => BytesMut::with_capacity(self.buffer_bytes),
        }
    }

    /// Returns what is left of a buffer after `split`.
    pub fn give(&mut self, mut rest: BytesMut) {
        rest.clear();
        if self.buffers.len() == self.max_buffers {
            // The oldest is the one held longest by others: let it go.
            self.buffers.remove(0);
        }
        self.buffers.push(rest);
    }
}
