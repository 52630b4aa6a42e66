//! The data path allocates nothing per packet once its pools are warm.

mod packets;

use bytes::{Bytes, BytesMut};
use meshd_packet::vnet::GSO_TCPV4;
use meshd_packet::{BufferPool, Coalescer, IpPacket, MAX_PACKET_BYTES, Segmenter};
use packets::Spec;
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

thread_local! {
    static ALLOCATIONS: Cell<usize> = const { Cell::new(0) };
}

struct Counting;

// SAFETY: forwards to the system's allocator; counting touches a thread-local without a destructor.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.set(ALLOCATIONS.get() + 1);
        // SAFETY: the caller's promises are passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: as above.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

#[test]
fn super_packets_are_split_and_joined_without_allocating() {
    let spec = Spec {
        payload: vec![1; 60_000],
        ..Spec::tcp("100.64.0.1", "100.64.0.2")
    };
    let (vnet, packet) = spec.frame(GSO_TCPV4, 1348);
    let (mut segmenter, mut coalescer) = (Segmenter::new(), Coalescer::new(true));
    let mut pool = BufferPool::new(MAX_PACKET_BYTES, 4);
    let mut queue: Vec<Bytes> = Vec::with_capacity(64);
    let mut written = 0;
    let mut pass = || {
        let mut buffer = pool.take();
        buffer.extend_from_slice(&packet);
        let frame: BytesMut = buffer.split();
        pool.give(buffer);
        let ip = IpPacket::parse(&frame).unwrap();
        segmenter
            .segment(&vnet, &ip, frame, 1400, |payload| queue.push(payload))
            .unwrap();
        let mut write = |parts: &[std::io::IoSlice<'_>]| written += parts.len();
        for payload in queue.drain(..) {
            let ip = IpPacket::parse_wire(&payload).unwrap();
            coalescer.push(payload, &ip, &mut write);
        }
        coalescer.flush(&mut write);
    };
    for _ in 0..4 {
        pass();
    }
    let before = ALLOCATIONS.get();
    for _ in 0..1_000 {
        pass();
    }
    assert_eq!(ALLOCATIONS.get() - before, 0);
    assert_eq!(written, 1_004 * (1 + 45));
}

#[test]
fn a_pool_keeps_no_more_than_it_may() {
    let mut pool = BufferPool::new(1000, 3);
    let mut held = Vec::new();
    for _ in 0..10 {
        let mut buffer = pool.take();
        buffer.extend_from_slice(&[7; 10]);
        held.push(buffer.split());
        pool.give(buffer);
    }
    drop(held);
    let before = ALLOCATIONS.get();
    let taken: Vec<BytesMut> = (0..3).map(|_| pool.take()).collect();
    let vector_itself = 1;
    assert_eq!(ALLOCATIONS.get() - before, vector_itself);
    let more = pool.take();
    assert_eq!(ALLOCATIONS.get() - before, vector_itself + 1);
    assert!(
        taken
            .iter()
            .chain([&more])
            .all(|buffer| buffer.is_empty() && buffer.capacity() >= 1000)
    );
}
