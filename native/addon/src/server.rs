//! `ServerEngine` of index.d.ts: conversions only.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;

use crate::close::Close;
use crate::convert::{parse_address, sized};
use meshd_relay::{
    Listen, Rates, Register, ServerOptions, ServerSink, ServerStats as Stats, StartError,
};
use napi::bindgen_prelude::{AsyncTask, PromiseRaw, Uint8Array, Unknown};
use napi::threadsafe_function::{ThreadsafeFunction, ThreadsafeFunctionCallMode};
use napi::{Env, Error, Result, Status};
use napi_derive::napi;

#[napi(object)]
pub struct ListenOptions {
    pub address: String,
    pub stun: bool,
    pub relay: bool,
}

#[napi(object)]
pub struct ServerEngineOptions {
    pub listen: Vec<ListenOptions>,
    pub client_rate: f64,
    pub total_rate: Option<f64>,
}

#[napi(object, object_from_js = false)]
pub struct RegisterEvent {
    pub socket: u32,
    pub address: String,
    pub nonce: Uint8Array,
    pub cookie: Uint8Array,
    pub body: Uint8Array,
}

impl From<Register> for RegisterEvent {
    fn from(register: Register) -> Self {
        Self {
            socket: register.socket,
            address: register.address.to_string(),
            nonce: register.nonce.into(),
            cookie: register.cookie.into(),
            body: register.body.into(),
        }
    }
}

#[napi(object, object_from_js = false)]
pub struct ServerStats {
    pub clients: f64,
    pub forwarded_packets: f64,
    pub forwarded_bytes: f64,
    pub stun_answers: f64,
    pub drops: BTreeMap<String, f64>,
}

impl From<Stats> for ServerStats {
    fn from(stats: Stats) -> Self {
        let drops = stats
            .drops
            .into_iter()
            .map(|(reason, count)| (reason.into(), count as f64));
        Self {
            clients: stats.clients as f64,
            forwarded_packets: stats.forwarded_packets as f64,
            forwarded_bytes: stats.forwarded_bytes as f64,
            stun_answers: stats.stun_answers as f64,
            drops: drops.collect(),
        }
    }
}

type Callback<T> = ThreadsafeFunction<T, Unknown<'static>, T, Status, false>;

/// Hands events to the JavaScript thread. Its queue is bounded by the engine's limit on registers.
struct JavaScriptSink {
    on_register: Callback<Vec<RegisterEvent>>,
    on_streams: Callback<Vec<u32>>,
    on_fatal: Callback<String>,
}

impl ServerSink for JavaScriptSink {
    fn registers(&mut self, events: Vec<Register>) {
        let events = events.into_iter().map(RegisterEvent::from).collect();
        self.on_register
            .call(events, ThreadsafeFunctionCallMode::NonBlocking);
    }

    fn streams(&mut self, sessions: Vec<u32>) {
        self.on_streams
            .call(sessions, ThreadsafeFunctionCallMode::NonBlocking);
    }

    fn fatal(&mut self, reason: String) {
        self.on_fatal
            .call(reason, ThreadsafeFunctionCallMode::NonBlocking);
    }
}

#[napi]
pub struct ServerEngine {
    engine: Arc<meshd_relay::ServerEngine>,
}

#[napi]
impl ServerEngine {
    #[napi(constructor)]
    pub fn new(
        options: ServerEngineOptions,
        on_register: Callback<Vec<RegisterEvent>>,
        on_fatal: Callback<String>,
        on_streams: Callback<Vec<u32>>,
    ) -> Result<Self, &'static str> {
        let listen = options
            .listen
            .iter()
            .map(parse_listen)
            .collect::<Result<_, _>>()?;
        let options = ServerOptions {
            listen,
            rates: Rates {
                client: options.client_rate as u64,
                total: options.total_rate.unwrap_or_default() as u64,
            },
        };
        let sink = JavaScriptSink {
            on_register,
            on_streams,
            on_fatal,
        };
        let engine = meshd_relay::ServerEngine::start(options, sink)
            .map_err(|error| Error::new(error_code(&error), error.to_string()))?;
        Ok(Self {
            engine: Arc::new(engine),
        })
    }

    #[napi(getter)]
    pub fn addresses(&self) -> Vec<String> {
        self.engine
            .addresses()
            .iter()
            .map(SocketAddr::to_string)
            .collect()
    }

    #[napi]
    pub fn admit(
        &self,
        socket: u32,
        address: String,
        relay_id: &[u8],
        mesh_id: &[u8],
        not_after_ms: f64,
    ) -> Result<u32, &'static str> {
        let (address, relay_id, mesh_id) = (
            parse_address(&address)?,
            sized("relayId", relay_id)?,
            sized("meshId", mesh_id)?,
        );
        Ok(self
            .engine
            .admit(socket, address, relay_id, mesh_id, not_after_ms as u64))
    }

    #[napi]
    pub fn admit_stream(
        &self,
        relay_id: &[u8],
        mesh_id: &[u8],
        not_after_ms: f64,
    ) -> Result<u32, &'static str> {
        let (relay_id, mesh_id) = (sized("relayId", relay_id)?, sized("meshId", mesh_id)?);
        Ok(self
            .engine
            .admit_stream(relay_id, mesh_id, not_after_ms as u64))
    }

    #[napi]
    pub fn deliver(&self, session: u32, frames: &[u8]) {
        self.engine.deliver(session, frames.to_vec());
    }

    #[napi]
    pub fn take_stream(&self, session: u32) -> Option<Uint8Array> {
        self.engine.take_stream(session).map(Uint8Array::from)
    }

    #[napi]
    pub fn leave_stream(&self, session: u32) {
        self.engine.leave_stream(session);
    }

    #[napi]
    pub fn revoke(&self, relay_id: &[u8]) -> Result<(), &'static str> {
        self.engine.revoke(sized("relayId", relay_id)?);
        Ok(())
    }

    #[napi]
    pub fn send(&self, socket: u32, address: String, data: &[u8]) -> Result<(), &'static str> {
        self.engine
            .send(socket, parse_address(&address)?, data.to_vec());
        Ok(())
    }

    #[napi]
    pub fn stats<'env>(&self, env: &'env Env) -> Result<PromiseRaw<'env, ServerStats>> {
        PromiseRaw::resolve(env, self.engine.stats().into())
    }

    #[napi]
    pub fn close(&self) -> AsyncTask<Close> {
        let engine = self.engine.clone();
        AsyncTask::new(Close::new(move || engine.close()))
    }
}

fn parse_listen(options: &ListenOptions) -> Result<Listen, &'static str> {
    let address = parse_address(&options.address)?;
    Ok(Listen {
        address,
        stun: options.stun,
        relay: options.relay,
    })
}

fn error_code(error: &StartError) -> &'static str {
    match error.error.raw_os_error() {
        Some(libc::EADDRINUSE) => "EADDRINUSE",
        Some(libc::EACCES | libc::EPERM) => "EPERM",
        Some(libc::EADDRNOTAVAIL) => "EADDRNOTAVAIL",
        Some(libc::EAFNOSUPPORT) => "EAFNOSUPPORT",
        Some(_) => "EIO",
        None => "EINVAL",
    }
}
