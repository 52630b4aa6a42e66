//! What the engine tells TypeScript. The queue is bounded, whatever JavaScript does: datagrams push out the oldest datagram, and
//! one notification is under way at a time.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::peer::PeerEvent;
use crate::sockets::SocketHandle;

const MAX_DATAGRAMS: usize = 1024;
/// State changes of peers are few; this holds them all unless JavaScript stands still for very long.
const MAX_EVENTS: usize = 16 * 1024;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DatagramKind {
    Stun,
    Disco,
    RelayControl,
}

/// Where a datagram came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// With the extra socket it came to.
    Address(SocketAddr, Option<SocketHandle>),
    Relay(u32),
}

#[derive(Debug)]
pub enum Event {
    Datagram {
        kind: DatagramKind,
        source: Source,
        peer: Option<u32>,
        data: Vec<u8>,
    },
    Peer {
        peer: u32,
        event: PeerEvent,
    },
    /// The stream of a relay was idle and has packets to take.
    RelayTransmit {
        relay: u32,
    },
    /// The interface is gone; the engine goes on without.
    TunClosed {
        reason: String,
    },
    Fatal {
        reason: String,
    },
}

type Notify = dyn Fn(Pending) + Send + Sync;

struct Queue {
    events: VecDeque<Event>,
    datagrams: usize,
    notified: bool,
    /// `None` once closed: what the caller holds in it is released then.
    notify: Option<Arc<Notify>>,
}

pub struct EventQueue(Mutex<Queue>);

/// Events that wait to be taken.
pub struct Pending(Arc<EventQueue>);

impl Pending {
    pub fn take(&self) -> VecDeque<Event> {
        self.0.take()
    }
}

impl EventQueue {
    /// `notify` is called from the engine's thread when there is something to take; once until it is taken.
    pub fn new(notify: impl Fn(Pending) + Send + Sync + 'static) -> Arc<Self> {
        Arc::new(Self(Mutex::new(Queue {
            events: VecDeque::new(),
            datagrams: 0,
            notified: false,
            notify: Some(Arc::new(notify)),
        })))
    }

    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn publish(self: &Arc<Self>, events: &mut Vec<Event>) {
        if events.is_empty() {
            return;
        }
        let mut queue = self.lock();
        let Some(notify) = queue.notify.clone() else {
            events.clear();
            return;
        };
        for event in events.drain(..) {
            queue.push(event);
        }
        if !std::mem::replace(&mut queue.notified, true) {
            drop(queue);
            notify(Pending(self.clone()));
        }
    }

    fn take(&self) -> VecDeque<Event> {
        let mut queue = self.lock();
        queue.notified = false;
        queue.datagrams = 0;
        std::mem::take(&mut queue.events)
    }

    /// Nothing is told from now on.
    pub fn close(&self) {
        let mut queue = self.lock();
        queue.events.clear();
        let notify = queue.notify.take();
        drop(queue);
        drop(notify);
    }
}

impl Queue {
    fn push(&mut self, event: Event) {
        if matches!(event, Event::Datagram { .. }) {
            if self.datagrams == MAX_DATAGRAMS {
                self.drop_oldest_datagram();
            }
            self.datagrams += 1;
        }
        if self.events.len() == MAX_EVENTS
            && matches!(self.events.pop_front(), Some(Event::Datagram { .. }))
        {
            self.datagrams -= 1;
        }
        self.events.push_back(event);
    }

    fn drop_oldest_datagram(&mut self) {
        if let Some(oldest) = self
            .events
            .iter()
            .position(|event| matches!(event, Event::Datagram { .. }))
        {
            self.events.remove(oldest);
            self.datagrams -= 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    fn datagram(n: u32) -> Event {
        Event::Datagram {
            kind: DatagramKind::Stun,
            source: Source::Relay(n),
            peer: None,
            data: Vec::new(),
        }
    }

    #[test]
    fn old_datagrams_go_first_and_state_changes_stay() {
        let queue = EventQueue::new(|_| ());
        queue.publish(&mut vec![Event::Peer {
            peer: 1,
            event: PeerEvent::Idle,
        }]);
        for n in 0..3000 {
            queue.publish(&mut vec![datagram(n)]);
        }
        let events = queue.take();
        assert_eq!(events.len(), MAX_DATAGRAMS + 1);
        assert!(matches!(events[0], Event::Peer { .. }));
        assert!(matches!(
            events[1],
            Event::Datagram {
                source: Source::Relay(1976),
                ..
            }
        ));
    }

    #[test]
    fn notifies_once_until_taken_and_never_after_close() {
        let calls = Arc::new(AtomicUsize::new(0));
        let counted = calls.clone();
        let queue = EventQueue::new(move |_| {
            counted.fetch_add(1, Ordering::Relaxed);
        });
        queue.publish(&mut vec![datagram(0)]);
        queue.publish(&mut vec![datagram(1)]);
        assert_eq!(calls.load(Ordering::Relaxed), 1);
        assert_eq!(queue.take().len(), 2);
        queue.publish(&mut vec![datagram(2)]);
        assert_eq!(calls.load(Ordering::Relaxed), 2);
        queue.close();
        queue.publish(&mut vec![datagram(3)]);
        assert_eq!(queue.take().len(), 0);
        assert_eq!(calls.load(Ordering::Relaxed), 2);
    }
}
