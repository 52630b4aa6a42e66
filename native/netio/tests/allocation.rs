//! Receiving and sending allocate nothing per datagram once the buffers are warm.

use meshd_netio::{RecvBatch, SendOutcome, UdpSocket};
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
fn large_and_small_messages() {
    let sender = UdpSocket::bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let receiver = UdpSocket::bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let address = receiver.local_addr().unwrap();
    let data = vec![1; 45 * 1424];
    let mut batch = RecvBatch::new(4);
    let mut received = Vec::with_capacity(16);
    // The loopback delivers within the send.
    let mut pass = || {
        for length in [data.len(), 100, data.len(), 1200] {
            assert_eq!(
                sender.send(address, &data[..length], 1424).unwrap(),
                SendOutcome::Sent
            );
        }
        assert_eq!(receiver.recv_batch(&mut batch, &mut received).unwrap(), 4);
        received.clear();
    };
    for _ in 0..100 {
        pass();
    }
    let before = ALLOCATIONS.get();
    for _ in 0..1_000 {
        pass();
    }
    assert_eq!(ALLOCATIONS.get() - before, 0);
}
