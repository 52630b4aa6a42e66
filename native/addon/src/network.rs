//! `NetworkWatch` of index.d.ts: conversions only.

use crate::convert;
use napi::bindgen_prelude::Unknown;
use napi::threadsafe_function::{ThreadsafeFunction, ThreadsafeFunctionCallMode};
use napi::{Result, Status};
use napi_derive::napi;

#[napi(object, object_from_js = false)]
pub struct NetworkChange {
    pub lost: Vec<u32>,
    pub overrun: bool,
    pub clock_jumped: bool,
}

/// Weak: who only watches does not keep the process.
type Callback =
    ThreadsafeFunction<NetworkChange, Unknown<'static>, NetworkChange, Status, false, true>;

#[napi]
pub struct NetworkWatch {
    monitor: Option<meshd_netio::NetworkMonitor>,
}

#[napi]
impl NetworkWatch {
    #[napi(constructor)]
    pub fn new(on_change: Callback) -> Result<Self, &'static str> {
        let monitor = meshd_netio::NetworkMonitor::start(move |change| {
            let change = NetworkChange {
                lost: change.lost.into_iter().collect(),
                overrun: change.overrun,
                clock_jumped: change.clock_jumped,
            };
            on_change.call(change, ThreadsafeFunctionCallMode::NonBlocking);
        })
        .map_err(|error| convert::io_error(&error))?;
        Ok(Self {
            monitor: Some(monitor),
        })
    }

    /// Ends the thread; nothing is called any more once JavaScript's queue is empty.
    #[napi]
    pub fn close(&mut self) {
        self.monitor = None;
    }
}
