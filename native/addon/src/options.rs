//! What JavaScript passes to the node's engine.

use meshd_engine::{EngineOptions, PeerConfig, Prefix, Target, Way};
use napi::Result;
use napi::bindgen_prelude::Uint8Array;
use napi_derive::napi;

use crate::convert::{invalid, parse_address, parsed, sized};

#[napi(object, object_to_js = false)]
pub struct NodeEngineOptions {
    pub node_seed: Uint8Array,
    pub boot_id: Uint8Array,
    pub port: u32,
}

impl NodeEngineOptions {
    pub fn parse(&self) -> Result<EngineOptions, &'static str> {
        Ok(EngineOptions {
            node_seed: sized("nodeSeed", &self.node_seed)?,
            boot_id: sized("bootId", &self.boot_id)?,
            port: u16::try_from(self.port)
                .map_err(|_| invalid(format!("not a port: {}", self.port)))?,
        })
    }
}

#[napi(object, object_to_js = false)]
pub struct TunOptions {
    pub name: String,
}

#[napi(object, object_to_js = false)]
pub struct PeerOptions {
    pub node_key: Uint8Array,
    pub tag_key: Uint8Array,
    pub cid_key: Uint8Array,
    pub relay_id: Uint8Array,
    pub prefixes: Vec<String>,
}

impl PeerOptions {
    pub fn parse(&self) -> Result<PeerConfig, &'static str> {
        Ok(PeerConfig {
            node_key: sized("nodeKey", &self.node_key)?,
            tag_key: sized("tagKey", &self.tag_key)?,
            cid_key: sized("cidKey", &self.cid_key)?,
            relay_id: sized("relayId", &self.relay_id)?,
            prefixes: parse_prefixes(&self.prefixes)?,
        })
    }
}

pub fn parse_prefixes(prefixes: &[String]) -> Result<Vec<Prefix>, &'static str> {
    prefixes
        .iter()
        .map(|text| parsed("a prefix in CIDR notation", text))
        .collect()
}

#[napi(object, object_to_js = false)]
pub struct PathOptions {
    pub id: u32,
    pub address: Option<String>,
    pub relay: Option<u32>,
    pub socket: Option<u32>,
}

impl PathOptions {
    pub fn parse(&self) -> Result<(u32, Way), &'static str> {
        let way = match (&self.address, self.relay) {
            (Some(address), None) => Way::from(self.socket, parse_address(address)?),
            (None, Some(relay)) => Way::Relay(relay),
            _ => {
                return Err(invalid(format!(
                    "path {} is neither direct nor relayed",
                    self.id
                )));
            }
        };
        Ok((self.id, way))
    }
}

#[napi(object, object_to_js = false)]
pub struct OutgoingDatagram {
    pub data: Uint8Array,
    pub address: Option<String>,
    pub relay: Option<u32>,
    pub peer: Option<u32>,
    pub socket: Option<u32>,
}

impl OutgoingDatagram {
    pub fn parse(&self) -> Result<(Target, Vec<u8>), &'static str> {
        let target = match (&self.address, self.relay, self.peer) {
            (Some(address), None, _) => Target::Address(parse_address(address)?, self.socket),
            (None, Some(relay), Some(peer)) => Target::Relayed { relay, peer },
            (None, Some(relay), None) => Target::Relay(relay),
            _ => return Err(invalid("a datagram needs an address or a relay".into())),
        };
        Ok((target, self.data.to_vec()))
    }
}
