//! `NodeEngine` of index.d.ts: conversions only.

use std::sync::Arc;
use std::time::Duration;

use meshd_engine::{Engine, Pending, Reply, TUN_MTU_BYTES, Unanswered};
use napi::bindgen_prelude::{AsyncTask, Function, Object, ToNapiValue, Uint8Array};
use napi::threadsafe_function::ThreadsafeFunctionCallMode;
use napi::{Env, Error, JsError, Result};
use napi_derive::napi;

use crate::close::Close;
use crate::convert::{invalid, io_error, parse_address, sized};
use crate::events::{EngineEvent, milliseconds};
use crate::options::{
    NodeEngineOptions, OutgoingDatagram, PathOptions, PeerOptions, TunOptions, parse_prefixes,
};
use crate::stats::EngineStats;

#[napi(object, object_from_js = false)]
pub struct TunInfo {
    pub name: String,
    pub mtu_bytes: u32,
}

#[napi(object, object_from_js = false)]
pub struct PingReply {
    pub rtt_ms: f64,
    pub path: u32,
}

#[napi]
pub struct NodeEngine {
    engine: Arc<Engine>,
}

type EventsCallback<'a> = Function<'a, Vec<EngineEvent>, ()>;

#[napi]
impl NodeEngine {
    #[napi(constructor)]
    pub fn new(
        options: NodeEngineOptions,
        on_events: EventsCallback,
    ) -> Result<Self, &'static str> {
        let callback = on_events
            .build_threadsafe_function::<Pending>()
            .build_callback(|context| {
                let events = context.value.take();
                Ok(events
                    .into_iter()
                    .filter_map(EngineEvent::from_engine)
                    .collect::<Vec<_>>())
            })
            .map_err(|error| invalid(error.reason.clone()))?;
        let engine = Engine::start(options.parse()?, move |pending| {
            callback.call(pending, ThreadsafeFunctionCallMode::NonBlocking);
        })
        .map_err(|error| io_error(&error))?;
        Ok(Self {
            engine: Arc::new(engine),
        })
    }

    #[napi(getter)]
    pub fn port(&self) -> u32 {
        self.engine.bound().port.into()
    }

    #[napi(getter)]
    pub fn has_ipv4(&self) -> bool {
        self.engine.bound().has_ipv4
    }

    #[napi(getter)]
    pub fn has_ipv6(&self) -> bool {
        self.engine.bound().has_ipv6
    }

    #[napi]
    pub fn open_tun(&self, options: TunOptions) -> Result<TunInfo, &'static str> {
        let name = self
            .engine
            .open_tun(&options.name)
            .map_err(|error| io_error(&error))?;
        Ok(TunInfo {
            name,
            mtu_bytes: TUN_MTU_BYTES as u32,
        })
    }

    #[napi]
    pub fn close_tun(&self) {
        self.engine.close_tun();
    }

    #[napi]
    pub fn set_self(&self, prefixes: Vec<String>) -> Result<(), &'static str> {
        self.engine.set_self(parse_prefixes(&prefixes)?);
        Ok(())
    }

    #[napi]
    pub fn set_shields_up(&self, on: bool) {
        self.engine.set_shields_up(on);
    }

    #[napi]
    pub fn set_keepalive(&self, interval_ms: u32) {
        self.engine
            .set_keepalive(Duration::from_millis(interval_ms.into()));
    }

    #[napi]
    pub fn upsert_peer(&self, peer: PeerOptions) -> Result<u32, &'static str> {
        self.engine
            .upsert_peer(peer.parse()?)
            .ok_or_else(|| invalid("too many peers".into()))
    }

    #[napi]
    pub fn remove_peer(&self, peer: u32) {
        self.engine.remove_peer(peer);
    }

    #[napi]
    pub fn set_paths(&self, peer: u32, paths: Vec<PathOptions>) -> Result<(), &'static str> {
        let ranked = paths
            .iter()
            .map(PathOptions::parse)
            .collect::<Result<_, _>>()?;
        self.engine.set_paths(peer, ranked);
        Ok(())
    }

    #[napi]
    pub fn set_relay(
        &self,
        relay: u32,
        address: Option<String>,
        session: u32,
    ) -> Result<(), &'static str> {
        let address = address.as_deref().map(parse_address).transpose()?;
        self.engine.set_relay(relay, address, session);
        Ok(())
    }

    #[napi]
    pub fn set_stream_relay(&self, relay: u32, session: u32) {
        self.engine.set_stream_relay(relay, session);
    }

    #[napi]
    pub fn relay_take(&self, relay: u32) -> Option<Uint8Array> {
        self.engine.relay_take(relay).map(Uint8Array::from)
    }

    #[napi]
    pub fn relay_receive(&self, relay: u32, frames: &[u8]) {
        self.engine.relay_receive(relay, frames.to_vec());
    }

    #[napi]
    pub fn expect_stun(
        &self,
        transaction_ids: Vec<Uint8Array>,
        ttl_ms: u32,
    ) -> Result<(), &'static str> {
        let ids = transaction_ids
            .iter()
            .map(|id| sized("a transaction id", id))
            .collect::<Result<_, _>>()?;
        self.engine
            .expect_stun(ids, Duration::from_millis(ttl_ms.into()));
        Ok(())
    }

    #[napi]
    pub fn send(&self, datagrams: Vec<OutgoingDatagram>) -> Result<(), &'static str> {
        let datagrams = datagrams
            .iter()
            .map(OutgoingDatagram::parse)
            .collect::<Result<_, _>>()?;
        self.engine.send(datagrams);
        Ok(())
    }

    #[napi]
    pub fn open_sockets(&self, count: u32, family: u32) -> Result<Vec<u32>, &'static str> {
        let ipv6 = match family {
            4 => false,
            6 => true,
            _ => return Err(invalid(format!("not an address family: {family}"))),
        };
        self.engine
            .open_sockets(count as usize, ipv6)
            .map_err(|error| io_error(&error))
    }

    #[napi]
    pub fn close_sockets(&self, sockets: Vec<u32>) {
        self.engine.close_sockets(sockets);
    }

    #[napi(ts_return_type = "Promise<void>")]
    pub fn rebind<'env>(&self, env: &'env Env) -> Result<Object<'env>> {
        let (deferred, promise) = env.create_deferred::<(), _>()?;
        type Rebound = std::result::Result<std::io::Result<()>, Unanswered>;
        self.engine.rebind(Reply::new(move |result: Rebound| {
            deferred.resolve(move |env: Env| match result {
                Ok(Ok(())) => Ok(()),
                Ok(Err(error)) => Err(with_code(env, "EADDRNOTAVAIL", &error.to_string())),
                Err(reason) => Err(coded_error(env, reason)),
            });
        }));
        Ok(promise)
    }

    #[napi]
    pub fn reconnect(&self, peer: u32) {
        self.engine.reconnect(peer);
    }

    #[napi(ts_return_type = "Promise<PingReply>")]
    pub fn ping<'env>(&self, env: &'env Env, peer: u32, timeout_ms: u32) -> Result<Object<'env>> {
        let (reply, promise) = promised(env, |reply: meshd_engine::PingReply| PingReply {
            rtt_ms: milliseconds(reply.rtt),
            path: reply.path,
        })?;
        self.engine
            .ping(peer, Duration::from_millis(timeout_ms.into()), reply);
        Ok(promise)
    }

    #[napi(ts_return_type = "Promise<EngineStats>")]
    pub fn stats<'env>(&self, env: &'env Env) -> Result<Object<'env>> {
        let (reply, promise) = promised(env, EngineStats::from)?;
        self.engine.stats(reply);
        Ok(promise)
    }

    #[napi]
    pub fn close(&self) -> AsyncTask<Close> {
        let engine = self.engine.clone();
        AsyncTask::new(Close::new(move || engine.close()))
    }
}

/// A promise, and the reply that settles it.
fn promised<'env, T: Send + 'static, J: ToNapiValue + 'static>(
    env: &'env Env,
    convert: fn(T) -> J,
) -> Result<(Reply<T>, Object<'env>)> {
    let (deferred, promise) = env.create_deferred::<J, _>()?;
    let reply = Reply::new(move |result: std::result::Result<T, Unanswered>| {
        deferred.resolve(move |env: Env| match result {
            Ok(value) => Ok(convert(value)),
            Err(reason) => Err(coded_error(env, reason)),
        });
    });
    Ok((reply, promise))
}

/// An `Error` with our `code`, which a plain rejection could not carry.
fn coded_error(env: Env, reason: Unanswered) -> Error {
    let (code, message) = match reason {
        Unanswered::TimedOut => ("ETIMEDOUT", "no answer in time"),
        Unanswered::Gone => ("ECANCELED", "the peer was removed or the engine stopped"),
    };
    with_code(env, code, message)
}

fn with_code(env: Env, code: &str, message: &str) -> Error {
    Error::from(JsError::from(Error::new(code, message)).into_unknown(env))
}
