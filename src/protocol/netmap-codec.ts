// Netmap headers and entries ↔ bytes (control.proto). Entry bytes are what is hashed, so they are kept as received.
import type {
  MeshEntry,
  NetmapEntry,
  NetmapHeader,
  PeerEntry,
  PresenceEntry,
  RelayEntry,
  SelfEntry,
} from "./messages.ts";
import { ProtocolViolation } from "./errors.ts";
import {
  candidates,
  candidatesToWire,
  cidr,
  fixedBytes,
  hostPort,
  label,
  list,
  nodeKeyField,
  optionalLabel,
  overlayIp,
  required,
  socketAddress,
  text,
  uint,
} from "./fields.ts";
import {
  BOOT_ID_BYTES,
  HASH_BYTES,
  KEY_BYTES,
  MAX_COORDINATORS,
  MAX_ENTRY_BYTES,
  MAX_ENTRY_NAME,
  MAX_HEADER_BYTES,
  MAX_IPS,
  MAX_RELAY_ADDRESSES,
  MAX_ROUTES,
  MAX_STUN_SERVERS,
  MAX_TAGS,
  MAX_TEXT,
  MESH_ID_BYTES,
  SIGNATURE_BYTES,
} from "./limits.ts";
import { nodeKeyBytes } from "./node-key.ts";
import { decodeMessage, encodeMessage, wire } from "./wire.ts";

export function encodeNetmapHeader(header: NetmapHeader): Uint8Array {
  return encodeMessage(wire.NetmapHeader, {
    meshId: header.meshId,
    recipient: nodeKeyBytes(header.recipient),
    epoch: header.epoch,
    version: header.version,
    setHash: header.setHash,
    issuedAtMs: header.issuedAtUnixMs,
  });
}

export function decodeNetmapHeader(bytes: Uint8Array): NetmapHeader {
  const header = decodeMessage(wire.NetmapHeader, bytes, MAX_HEADER_BYTES, "NetmapHeader");
  return {
    meshId: fixedBytes(header.meshId, MESH_ID_BYTES, "mesh_id"),
    recipient: nodeKeyField(header.recipient, "recipient"),
    epoch: uint(header.epoch, "epoch"),
    version: uint(header.version, "version"),
    setHash: fixedBytes(header.setHash, HASH_BYTES, "set_hash"),
    issuedAtUnixMs: uint(header.issuedAtMs, "issued_at_ms"),
  };
}

/** The name under which an entry is added, changed and removed. */
export function entryName(entry: NetmapEntry): string {
  switch (entry.kind) {
    case "mesh":
    case "self":
      return entry.kind;
    case "peer":
    case "presence":
      return `${entry.kind}/${entry.nodeKey}`;
    case "relay":
      return `relay/${entry.relay}`;
  }
}

export function encodeNetmapEntry(entry: NetmapEntry): Uint8Array {
  return encodeMessage(wire.NetmapEntry, { name: entryName(entry), ...bodyToWire(entry) });
}

function bodyToWire(entry: NetmapEntry): wire.NetmapEntry.$Properties {
  switch (entry.kind) {
    case "mesh":
      return { mesh: { ...entry, coordinators: [...entry.coordinators], stunServers: [...entry.stunServers] } };
    case "self":
      return { self: { ...entry, nodeKey: nodeKeyBytes(entry.nodeKey), ips: [...entry.ips], tags: [...entry.tags] } };
    case "peer":
      return {
        peer: {
          ...entry,
          nodeKey: nodeKeyBytes(entry.nodeKey),
          ips: [...entry.ips],
          routes: [...entry.routes],
          tags: [...entry.tags],
        },
      };
    case "presence":
      return {
        presence: {
          nodeKey: nodeKeyBytes(entry.nodeKey),
          online: entry.online,
          lastSeenMs: entry.lastSeenUnixMs,
          bootId: entry.bootId ?? null,
          candidates: candidatesToWire(entry.candidates),
          homeRelay: entry.homeRelay,
        },
      };
    case "relay":
      return {
        relay: {
          ...entry,
          udpAddresses: [...entry.udpAddresses],
          tcpAddresses: [...entry.tcpAddresses],
          away: entry.away ? true : null,
          offered: entry.offered ? true : null,
        },
      };
  }
}

/** The name alone is enough to keep an entry. Without `entry`, its kind is of a later version or `problem` says what is wrong. */
export interface DecodedEntry {
  readonly name: string;
  readonly entry?: NetmapEntry;
  readonly problem?: string;
}

/** Throws ProtocolViolation if not even the name can be read. */
export function decodeNetmapEntry(bytes: Uint8Array): DecodedEntry {
  const message = decodeMessage(wire.NetmapEntry, bytes, MAX_ENTRY_BYTES, "NetmapEntry");
  const name = text(message.name, MAX_ENTRY_NAME, "entry name");
  if (name === "") throw new ProtocolViolation("entry name is missing");
  try {
    const entry = entryFromWire(message);
    if (!entry) return { name };
    return entryName(entry) === name ? { name, entry } : { name, problem: "entry name does not match its content" };
  } catch (error) {
    if (error instanceof ProtocolViolation) return { name, problem: error.message };
    throw error;
  }
}

function entryFromWire(message: wire.NetmapEntry): NetmapEntry | undefined {
  if (message.mesh) return meshFromWire(message.mesh);
  if (message.self) return selfFromWire(message.self);
  if (message.peer) return peerFromWire(message.peer);
  if (message.presence) return presenceFromWire(message.presence);
  if (message.relay) return relayFromWire(message.relay);
  return undefined;
}

function meshFromWire(mesh: wire.MeshEntry.$Properties): MeshEntry {
  return {
    kind: "mesh",
    domain: text(mesh.domain ?? "", MAX_TEXT, "domain"),
    ipv4Prefix: cidr(mesh.ipv4Prefix ?? "", "ipv4_prefix"),
    ipv6Prefix: cidr(mesh.ipv6Prefix ?? "", "ipv6_prefix"),
    coordinators: list(mesh.coordinators ?? [], MAX_COORDINATORS, "coordinators", (at) => hostPort(at, "coordinator")),
    stunServers: list(mesh.stunServers ?? [], MAX_STUN_SERVERS, "stun_servers", (at) =>
      socketAddress(at, "STUN server"),
    ),
  };
}

function selfFromWire(self: wire.SelfEntry.$Properties): SelfEntry {
  return {
    kind: "self",
    nodeKey: nodeKeyField(required(self.nodeKey, "node_key"), "node_key"),
    hostname: label(self.hostname ?? "", "hostname"),
    ips: list(self.ips ?? [], MAX_IPS, "ips", (ip) => overlayIp(ip, "ip")),
    tags: tagsFromWire(self.tags),
  };
}

function peerFromWire(peer: wire.PeerEntry.$Properties): PeerEntry {
  return {
    kind: "peer",
    nodeKey: nodeKeyField(required(peer.nodeKey, "node_key"), "node_key"),
    discoKey: fixedBytes(required(peer.discoKey, "disco_key"), KEY_BYTES, "disco_key"),
    discoSignature: fixedBytes(required(peer.discoSignature, "disco_signature"), SIGNATURE_BYTES, "disco_signature"),
    hostname: label(peer.hostname ?? "", "hostname"),
    ips: list(peer.ips ?? [], MAX_IPS, "ips", (ip) => overlayIp(ip, "ip")),
    routes: list(peer.routes ?? [], MAX_ROUTES, "routes", (route) => cidr(route, "route")),
    tags: tagsFromWire(peer.tags),
    os: text(peer.os ?? "", MAX_TEXT, "os"),
  };
}

function presenceFromWire(presence: wire.PresenceEntry.$Properties): PresenceEntry {
  const { bootId } = presence;
  return {
    kind: "presence",
    nodeKey: nodeKeyField(required(presence.nodeKey, "node_key"), "node_key"),
    online: presence.online ?? false,
    lastSeenUnixMs: uint(presence.lastSeenMs ?? 0, "last_seen_ms"),
    ...(bootId && bootId.length > 0 && { bootId: fixedBytes(bootId, BOOT_ID_BYTES, "boot_id") }),
    candidates: candidates(presence.candidates ?? []),
    homeRelay: optionalLabel(presence.homeRelay ?? "", "home_relay"),
  };
}

function relayFromWire(relay: wire.RelayEntry.$Properties): RelayEntry {
  return {
    kind: "relay",
    relay: label(relay.relay ?? "", "relay"),
    key: fixedBytes(required(relay.key, "key"), KEY_BYTES, "key"),
    udpAddresses: list(relay.udpAddresses ?? [], MAX_RELAY_ADDRESSES, "udp_addresses", (at) =>
      socketAddress(at, "relay address"),
    ),
    region: text(relay.region ?? "", MAX_TEXT, "region"),
    tcpAddresses: list(relay.tcpAddresses ?? [], MAX_RELAY_ADDRESSES, "tcp_addresses", (at) =>
      hostPort(at, "relay address"),
    ),
    away: relay.away ?? false,
    offered: relay.offered ?? false,
  };
}

function tagsFromWire(tags: readonly string[] | null | undefined): string[] {
  return list(tags ?? [], MAX_TAGS, "tags", (tag) => text(tag, MAX_TEXT, "tag"));
}
