//! napi glue: the boundary of native/index.d.ts, nothing else.

mod close;
mod convert;
mod events;
mod network;
mod node;
mod options;
mod server;
mod stats;

use napi::Result;
use napi_derive::napi;

#[napi(object)]
pub struct PeerCredentials {
    pub pid: i32,
    pub uid: u32,
    pub gid: u32,
}

/// SO_PEERCRED of a connected Unix socket.
#[napi]
pub fn peer_credentials(fd: i32) -> Result<PeerCredentials, &'static str> {
    let credentials =
        meshd_netio::peer_credentials(fd).map_err(|error| convert::io_error(&error))?;
    Ok(PeerCredentials {
        pid: credentials.pid,
        uid: credentials.uid,
        gid: credentials.gid,
    })
}

/// Does ahead, in the background, what would keep the first engine waiting.
#[napi]
pub fn prepare_engine() {
    meshd_engine::prepare();
}

/// Unmaps pages of executable and libraries that only the start needed; returns their bytes.
#[napi]
pub fn release_startup_pages() -> Result<f64, &'static str> {
    let released =
        meshd_netio::release_startup_pages().map_err(|error| convert::io_error(&error))?;
    Ok(released as f64)
}
