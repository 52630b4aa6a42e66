//! The tunnel adds no control loop of its own: inner flows have theirs, and halving at random loss would stop them twice.
//! The window lies beyond u32::MAX, where quinn-proto's pacer steps aside. What acknowledgements tell is used for liveness:
//! when the newest acknowledged packet was sent, and the newest of full size.

use std::any::Any;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crate::pmtu::BASE_BYTES;
use quinn_proto::RttEstimator;
use quinn_proto::congestion::{Controller, ControllerFactory};

const WINDOW: u64 = 1 << 40;

/// Send time of the newest packet that the peer acknowledged.
pub struct AckWatch {
    epoch: Instant,
    nanos: AtomicU64,
    full_nanos: AtomicU64,
}

impl AckWatch {
    pub fn new(epoch: Instant) -> Arc<Self> {
        Arc::new(Self {
            epoch,
            nanos: AtomicU64::new(0),
            full_nanos: AtomicU64::new(0),
        })
    }

    fn acknowledged(&self, sent: Instant, bytes: u64) {
        let nanos = sent.saturating_duration_since(self.epoch).as_nanos() as u64;
        self.nanos.fetch_max(nanos, Ordering::Relaxed);
        if bytes > BASE_BYTES as u64 {
            self.full_nanos.fetch_max(nanos, Ordering::Relaxed);
        }
    }

    pub fn newest(&self) -> Option<Instant> {
        self.moment(&self.nanos)
    }

    /// Of a packet that a narrow path would not have borne.
    pub fn newest_full(&self) -> Option<Instant> {
        self.moment(&self.full_nanos)
    }

    fn moment(&self, nanos: &AtomicU64) -> Option<Instant> {
        match nanos.load(Ordering::Relaxed) {
            0 => None,
            nanos => Some(self.epoch + Duration::from_nanos(nanos)),
        }
    }
}

pub struct OpenWindow {
    watch: Arc<AckWatch>,
}

impl OpenWindow {
    pub fn factory(watch: Arc<AckWatch>) -> Arc<dyn ControllerFactory + Send + Sync> {
        Arc::new(Self { watch })
    }
}

impl ControllerFactory for OpenWindow {
    fn build(self: Arc<Self>, _now: Instant, _current_mtu: u16) -> Box<dyn Controller> {
        Box::new(Self {
            watch: self.watch.clone(),
        })
    }
}

impl Controller for OpenWindow {
    fn on_ack(
        &mut self,
        _now: Instant,
        sent: Instant,
        bytes: u64,
        _app_limited: bool,
        _rtt: &RttEstimator,
    ) {
        self.watch.acknowledged(sent, bytes);
    }

    fn on_congestion_event(
        &mut self,
        _now: Instant,
        _sent: Instant,
        _persistent: bool,
        _lost_bytes: u64,
    ) {
    }

    fn on_mtu_update(&mut self, _new_mtu: u16) {}

    fn window(&self) -> u64 {
        WINDOW
    }

    fn clone_box(&self) -> Box<dyn Controller> {
        Box::new(Self {
            watch: self.watch.clone(),
        })
    }

    fn initial_window(&self) -> u64 {
        WINDOW
    }

    fn into_any(self: Box<Self>) -> Box<dyn Any> {
        self
    }
}
