//! rustls under quinn-proto. The library's own adapter hides which suite and group were negotiated, which `status` shows;
//! this one is the same glue for what this project uses: no early data, no Retry, TLS 1.3 in QUIC v1 only.

use std::any::Any;
use std::io::Cursor;
use std::sync::Arc;

use quinn_proto::crypto::{
    self, ExportKeyingMaterialError, KeyPair, Keys, PacketKey, UnsupportedVersion,
};
use quinn_proto::transport_parameters::TransportParameters;
use quinn_proto::{ConnectError, ConnectionId, Side, TransportError, TransportErrorCode};
use rustls::pki_types::ServerName;
use rustls::quic::{
    ClientConnection, Connection, KeyChange, Secrets, ServerConnection, Suite, Version,
};

const QUIC_V1: u32 = 1;
/// Never sent (no SNI): rustls wants some name.
const UNUSED_SERVER_NAME: &str = "peer.invalid";

/// What the handshake agreed on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Negotiated {
    pub cipher: String,
    pub kx: String,
}

struct TlsSession {
    inner: Connection,
    initial: Suite,
    side: Side,
    next_secrets: Option<Secrets>,
    reported: bool,
}

fn quic_keys(keys: rustls::quic::Keys) -> Keys {
    Keys {
        header: KeyPair {
            local: Box::new(keys.local.header),
            remote: Box::new(keys.remote.header),
        },
        packet: KeyPair {
            local: Box::new(keys.local.packet),
            remote: Box::new(keys.remote.packet),
        },
    }
}

fn initial_keys(suite: &Suite, dst_cid: &ConnectionId, side: Side) -> Keys {
    let side = match side {
        Side::Client => rustls::Side::Client,
        Side::Server => rustls::Side::Server,
    };
    quic_keys(suite.keys(dst_cid, side, Version::V1))
}

fn encoded(params: &TransportParameters) -> Vec<u8> {
    let mut bytes = Vec::new();
    params.write(&mut bytes);
    bytes
}

impl crypto::Session for TlsSession {
    fn initial_keys(&self, dst_cid: &ConnectionId, side: Side) -> Keys {
        initial_keys(&self.initial, dst_cid, side)
    }

    fn handshake_data(&self) -> Option<Box<dyn Any>> {
        let suite = self.inner.negotiated_cipher_suite()?;
        let group = self.inner.negotiated_key_exchange_group()?;
        Some(Box::new(Negotiated {
            cipher: format!("{:?}", suite.suite()),
            kx: format!("{:?}", group.name()),
        }))
    }

    fn peer_identity(&self) -> Option<Box<dyn Any>> {
        None
    }

    fn early_crypto(&self) -> Option<(Box<dyn crypto::HeaderKey>, Box<dyn PacketKey>)> {
        None
    }

    fn early_data_accepted(&self) -> Option<bool> {
        None
    }

    fn is_handshaking(&self) -> bool {
        self.inner.is_handshaking()
    }

    fn read_handshake(&mut self, buf: &[u8]) -> Result<bool, TransportError> {
        self.inner
            .read_hs(buf)
            .map_err(|error| match self.inner.alert() {
                Some(alert) => TransportError {
                    code: TransportErrorCode::crypto(alert.into()),
                    frame: None,
                    reason: error.to_string(),
                },
                None => TransportError {
                    code: TransportErrorCode::PROTOCOL_VIOLATION,
                    frame: None,
                    reason: error.to_string(),
                },
            })?;
        let ready = !self.reported && !self.inner.is_handshaking();
        self.reported |= ready;
        Ok(ready)
    }

    fn transport_parameters(&self) -> Result<Option<TransportParameters>, TransportError> {
        match self.inner.quic_transport_parameters() {
            None => Ok(None),
            Some(bytes) => Ok(Some(TransportParameters::read(
                self.side,
                &mut Cursor::new(bytes),
            )?)),
        }
    }

    fn write_handshake(&mut self, buf: &mut Vec<u8>) -> Option<Keys> {
        match self.inner.write_hs(buf)? {
            KeyChange::Handshake { keys } => Some(quic_keys(keys)),
            KeyChange::OneRtt { keys, next } => {
                self.next_secrets = Some(next);
                Some(quic_keys(keys))
            }
        }
    }

    fn next_1rtt_keys(&mut self) -> Option<KeyPair<Box<dyn PacketKey>>> {
        let keys = self.next_secrets.as_mut()?.next_packet_keys();
        Some(KeyPair {
            local: Box::new(keys.local),
            remote: Box::new(keys.remote),
        })
    }

    /// Retry is not used: none is valid.
    fn is_valid_retry(
        &self,
        _orig_dst_cid: &ConnectionId,
        _header: &[u8],
        _payload: &[u8],
    ) -> bool {
        false
    }

    fn export_keying_material(
        &self,
        output: &mut [u8],
        label: &[u8],
        context: &[u8],
    ) -> Result<(), ExportKeyingMaterialError> {
        match self
            .inner
            .export_keying_material(output, label, Some(context))
        {
            Ok(_) => Ok(()),
            Err(_) => Err(ExportKeyingMaterialError),
        }
    }
}

/// One TLS configuration with the suite that seals Initial packets (RFC 9001 §5.2).
pub struct TlsConfig<C> {
    pub inner: Arc<C>,
    pub initial: Suite,
}

impl crypto::ClientConfig for TlsConfig<rustls::ClientConfig> {
    fn start_session(
        self: Arc<Self>,
        version: u32,
        _server_name: &str,
        params: &TransportParameters,
    ) -> Result<Box<dyn crypto::Session>, ConnectError> {
        if version != QUIC_V1 {
            return Err(ConnectError::UnsupportedVersion);
        }
        let invalid = || ConnectError::InvalidServerName(UNUSED_SERVER_NAME.into());
        let name = ServerName::try_from(UNUSED_SERVER_NAME).map_err(|_| invalid())?;
        let session = ClientConnection::new(self.inner.clone(), Version::V1, name, encoded(params))
            .map_err(|_| invalid())?;
        Ok(Box::new(TlsSession {
            inner: Connection::Client(session),
            initial: self.initial,
            side: Side::Client,
            next_secrets: None,
            reported: false,
        }))
    }
}

impl crypto::ServerConfig for TlsConfig<rustls::ServerConfig> {
    fn initial_keys(
        &self,
        version: u32,
        dst_cid: &ConnectionId,
    ) -> Result<Keys, UnsupportedVersion> {
        match version {
            QUIC_V1 => Ok(initial_keys(&self.initial, dst_cid, Side::Server)),
            _ => Err(UnsupportedVersion),
        }
    }

    /// Retry is not used: quinn-proto asks for this only when told to send one.
    fn retry_tag(&self, _version: u32, _orig_dst_cid: &ConnectionId, _packet: &[u8]) -> [u8; 16] {
        [0; 16]
    }

    fn start_session(
        self: Arc<Self>,
        _version: u32,
        params: &TransportParameters,
    ) -> Box<dyn crypto::Session> {
        let session = ServerConnection::new(self.inner.clone(), Version::V1, encoded(params))
            .expect("the configuration was accepted when the engine started");
        Box::new(TlsSession {
            inner: Connection::Server(session),
            initial: self.initial,
            side: Side::Server,
            next_secrets: None,
            reported: false,
        })
    }
}
