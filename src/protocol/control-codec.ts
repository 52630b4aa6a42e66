// Control channel messages ↔ bytes (control.proto). Decoding is strict; a body unknown to this version is undefined.
import {
  boundedBytes,
  candidates,
  candidatesToWire,
  cidr,
  fixedBytes,
  hostPort,
  ipAddress,
  label,
  list,
  natHint,
  natHintToWire,
  nodeKeyField,
  optionalLabel,
  required,
  socketAddress,
  text,
  uint,
  word,
} from "./fields.ts";
import { ProtocolViolation } from "./errors.ts";
import {
  BOOT_ID_BYTES,
  KEY_BYTES,
  KEY_ID_BYTES,
  MAX_COORDINATORS,
  MAX_ENTRY_BYTES,
  MAX_ENTRY_NAME,
  MAX_FRAME_BYTES,
  MAX_HEADER_BYTES,
  MAX_HELLO_BYTES,
  MAX_NODE_MESSAGE_BYTES,
  MAX_OBSERVATIONS,
  MAX_OBSERVED_IPS,
  MAX_OFFERED_ADDRESSES,
  MAX_PREFIXES,
  MAX_RELAY_ADDRESSES,
  MAX_REVOCATIONS,
  MAX_TEXT,
  MAX_TICKETS,
  MAX_VERSIONS,
  NONCE_BYTES,
  SECRET_BYTES,
  SIGNATURE_BYTES,
} from "./limits.ts";
import { AUTH_STATUSES, GOODBYE_REASONS, OFFER_STATUSES } from "./messages.ts";
import type {
  AuthenticateMessage,
  AuthSecret,
  ClientHello,
  CoordinatorMessage,
  HeartbeatMessage,
  NetmapPart,
  NetmapUpdate,
  NodeMessage,
  PunchNoticeMessage,
  PunchRequestMessage,
  RelayAuthenticateMessage,
  RelayRevocationsMessage,
  ServerHello,
  SignedNetmapHeader,
} from "./messages.ts";
import { nodeKeyBytes } from "./node-key.ts";
import { signedTicket } from "./relay-codec.ts";
import { Secret } from "./secret.ts";
import { decodeMessage, encodeMessage, wire } from "./wire.ts";

export function encodeClientHello(hello: ClientHello): Uint8Array {
  return encodeMessage(wire.ClientHello, { ...hello, versions: [...hello.versions] });
}

export function decodeClientHello(bytes: Uint8Array): ClientHello {
  const hello = decodeMessage(wire.ClientHello, bytes, MAX_HELLO_BYTES, "ClientHello");
  if (hello.versions.length === 0) throw new ProtocolViolation("versions is empty");
  return {
    versions: list(hello.versions, MAX_VERSIONS, "versions", Number),
    ephemeral: fixedBytes(hello.ephemeral, KEY_BYTES, "ephemeral"),
    nonce: fixedBytes(hello.nonce, NONCE_BYTES, "nonce"),
  };
}

export function encodeServerHello(hello: ServerHello): Uint8Array {
  return encodeMessage(wire.ServerHello, hello);
}

/** What the signature of a ServerHello covers: the message without it. */
export function encodeUnsignedServerHello({ version, ephemeral, nonce }: Omit<ServerHello, "signature">): Uint8Array {
  return encodeMessage(wire.ServerHello, { version, ephemeral, nonce });
}

export function decodeServerHello(bytes: Uint8Array): ServerHello {
  const hello = decodeMessage(wire.ServerHello, bytes, MAX_HELLO_BYTES, "ServerHello");
  return {
    version: uint(hello.version, "version"),
    ephemeral: fixedBytes(hello.ephemeral, KEY_BYTES, "ephemeral"),
    nonce: fixedBytes(hello.nonce, NONCE_BYTES, "nonce"),
    signature: fixedBytes(hello.signature, SIGNATURE_BYTES, "signature"),
  };
}

// ---- node → coordinator

export function encodeNodeMessage(message: NodeMessage): Uint8Array {
  return encodeMessage(wire.FromNode, nodeMessageToWire(message));
}

function nodeMessageToWire(message: NodeMessage): wire.FromNode.$Properties {
  switch (message.kind) {
    case "authenticate":
      return {
        authenticate: {
          ...message,
          nodeKey: nodeKeyBytes(message.nodeKey),
          auth: message.auth ? authSecretToWire(message.auth) : null,
        },
      };
    case "relay-authenticate":
      return { relayAuthenticate: { ...message, token: authSecretToWire(message.token) } };
    case "relay-addresses":
      return {
        relayAddresses: { udpAddresses: [...message.udpAddresses], tcpAddresses: [...message.tcpAddresses] },
      };
    case "relay-observations":
      return {
        relayObservations: {
          observations: message.observations.map(({ nodeKey, ip }) => ({ nodeKey: nodeKeyBytes(nodeKey), ip })),
        },
      };
    case "relay-offer":
      return { relayOffer: { udpAddresses: [...message.udpAddresses] } };
    case "endpoints":
      return { endpoints: { candidates: candidatesToWire(message.candidates), homeRelay: message.homeRelay } };
    case "punch-request":
      return { punchRequest: punchToWire(message) };
    case "heartbeat":
      return { heartbeat: message };
    case "logout":
      return { logout: {} };
    case "ticket-request":
      return { ticketRequest: { relays: message.relays.slice(0, MAX_TICKETS) } };
  }
}

export function decodeNodeMessage(bytes: Uint8Array): NodeMessage | undefined {
  const message = decodeMessage(wire.FromNode, bytes, MAX_NODE_MESSAGE_BYTES, "FromNode", "kept");
  if (message.authenticate) return authenticateFromWire(message.authenticate);
  if (message.endpoints) {
    return {
      kind: "endpoints",
      candidates: candidates(message.endpoints.candidates ?? []),
      homeRelay: optionalLabel(message.endpoints.homeRelay ?? "", "home_relay"),
    };
  }
  if (message.punchRequest) return { kind: "punch-request", ...punchFromWire(message.punchRequest) };
  if (message.heartbeat) return heartbeatFromWire(message.heartbeat);
  if (message.logout) return { kind: "logout" };
  if (message.ticketRequest) {
    const relays = list(message.ticketRequest.relays ?? [], MAX_TICKETS, "relays", (relay) => label(relay, "relay"));
    return { kind: "ticket-request", relays };
  }
  if (message.relayAuthenticate) return relayAuthenticateFromWire(message.relayAuthenticate);
  if (message.relayAddresses) {
    const { udpAddresses, tcpAddresses } = message.relayAddresses;
    return {
      kind: "relay-addresses",
      udpAddresses: list(udpAddresses ?? [], MAX_RELAY_ADDRESSES, "udp_addresses", (at) =>
        socketAddress(at, "relay address"),
      ),
      tcpAddresses: list(tcpAddresses ?? [], MAX_RELAY_ADDRESSES, "tcp_addresses", (at) =>
        hostPort(at, "relay address"),
      ),
    };
  }
  if (message.relayObservations) {
    const { observations } = message.relayObservations;
    return {
      kind: "relay-observations",
      observations: list(observations ?? [], MAX_OBSERVATIONS, "observations", ({ nodeKey, ip }) => ({
        nodeKey: nodeKeyField(required(nodeKey, "node_key"), "node_key"),
        ip: ipAddress(ip ?? "", "ip"),
      })),
    };
  }
  if (message.relayOffer) {
    return { kind: "relay-offer", udpAddresses: offeredAddresses(message.relayOffer.udpAddresses) };
  }
  return undefined;
}

function offeredAddresses(addresses: readonly string[] | null | undefined) {
  return list(addresses ?? [], MAX_OFFERED_ADDRESSES, "udp_addresses", (at) => socketAddress(at, "relay address"));
}

function relayAuthenticateFromWire(message: wire.RelayAuthenticate.$Properties): RelayAuthenticateMessage {
  return {
    kind: "relay-authenticate",
    relayKey: fixedBytes(required(message.relayKey, "relay_key"), KEY_BYTES, "relay_key"),
    signature: fixedBytes(required(message.signature, "signature"), SIGNATURE_BYTES, "signature"),
    token: authSecretFromWire(required(message.token, "token")),
    region: text(message.region ?? "", MAX_TEXT, "region"),
    software: text(message.software ?? "", MAX_TEXT, "software"),
  };
}

function authSecretToWire({ keyId, secret }: AuthSecret): wire.AuthSecret.$Properties {
  return { keyId, secret: secret.reveal() };
}

function authSecretFromWire({ keyId, secret }: wire.AuthSecret.$Properties): AuthSecret {
  return {
    keyId: fixedBytes(required(keyId, "key_id"), KEY_ID_BYTES, "key_id"),
    secret: new Secret(fixedBytes(required(secret, "secret"), SECRET_BYTES, "secret")),
  };
}

function authenticateFromWire(message: wire.Authenticate.$Properties): AuthenticateMessage {
  const { auth, resume } = message;
  return {
    kind: "authenticate",
    nodeKey: nodeKeyField(required(message.nodeKey, "node_key"), "node_key"),
    signature: fixedBytes(required(message.signature, "signature"), SIGNATURE_BYTES, "signature"),
    discoKey: fixedBytes(required(message.discoKey, "disco_key"), KEY_BYTES, "disco_key"),
    discoSignature: fixedBytes(required(message.discoSignature, "disco_signature"), SIGNATURE_BYTES, "disco_signature"),
    ...(auth && { auth: authSecretFromWire(auth) }),
    hostname: text(message.hostname ?? "", MAX_TEXT, "hostname"),
    os: text(message.os ?? "", MAX_TEXT, "os"),
    software: text(message.software ?? "", MAX_TEXT, "software"),
    bootId: fixedBytes(required(message.bootId, "boot_id"), BOOT_ID_BYTES, "boot_id"),
    ...(resume && { resume: signedHeader(resume) }),
  };
}

// ---- coordinator → node

export function encodeCoordinatorMessage(message: CoordinatorMessage): Uint8Array {
  return encodeMessage(wire.FromCoordinator, coordinatorMessageToWire(message));
}

function coordinatorMessageToWire(message: CoordinatorMessage): wire.FromCoordinator.$Properties {
  switch (message.kind) {
    case "mesh-prefixes":
      return { meshPrefixes: { prefixes: [...message.prefixes] } };
    case "auth-result":
      return { authResult: { ...message, status: AUTH_STATUSES.indexOf(message.status) } };
    case "netmap-update":
      return { netmapUpdate: netmapUpdateToWire(message) };
    case "netmap-part":
      return { netmapUpdate: { entries: [...message.entries], removed: [...message.removed], more: true } };
    case "punch-notice":
      return { punchNotice: { ...punchToWire(message), observed: message.observed.slice(0, MAX_OBSERVED_IPS) } };
    case "heartbeat":
      return { heartbeat: message };
    case "goodbye":
      return { goodbye: { reason: GOODBYE_REASONS.indexOf(message.reason), message: message.message } };
    case "ticket-grant":
      return { ticketGrant: { relay: message.relay, ticket: message.ticket } };
    case "relay-revocations":
      return {
        relayRevocations: {
          ...message,
          nodeKeys: message.nodeKeys.slice(0, MAX_REVOCATIONS).map(nodeKeyBytes),
          restored: message.restored.map(nodeKeyBytes),
          coordinators: [...message.coordinators],
        },
      };
    case "relay-offer-answer":
      return {
        relayOfferAnswer: {
          status: OFFER_STATUSES.indexOf(message.status),
          relay: message.relay,
          udpAddresses: [...message.udpAddresses],
        },
      };
  }
}

export function decodeCoordinatorMessage(bytes: Uint8Array): CoordinatorMessage | undefined {
  const message = decodeMessage(wire.FromCoordinator, bytes, MAX_FRAME_BYTES, "FromCoordinator");
  if (message.authResult) {
    const { status, message: words, coordinatorTimeMs } = message.authResult;
    return {
      kind: "auth-result",
      // A status of a later version is a refusal: only OK is OK.
      status: word(AUTH_STATUSES, status ?? 0) ?? "rejected",
      message: text(words ?? "", MAX_TEXT, "message"),
      coordinatorTimeMs: uint(coordinatorTimeMs ?? 0, "coordinator_time_ms"),
    };
  }
  if (message.netmapUpdate?.more) return { kind: "netmap-part", ...netmapPartFromWire(message.netmapUpdate) };
  if (message.netmapUpdate) return { kind: "netmap-update", ...netmapUpdateFromWire(message.netmapUpdate) };
  if (message.punchNotice) {
    const observed = list(message.punchNotice.observed ?? [], MAX_OBSERVED_IPS, "observed", (each) =>
      ipAddress(each, "observed"),
    );
    return { kind: "punch-notice", ...punchFromWire(message.punchNotice), observed };
  }
  if (message.heartbeat) return heartbeatFromWire(message.heartbeat);
  if (message.goodbye) {
    return {
      kind: "goodbye",
      reason: word(GOODBYE_REASONS, message.goodbye.reason ?? 0) ?? "unspecified",
      message: text(message.goodbye.message ?? "", MAX_TEXT, "message"),
    };
  }
  if (message.ticketGrant) {
    return {
      kind: "ticket-grant",
      relay: label(message.ticketGrant.relay ?? "", "relay"),
      ticket: signedTicket(required(message.ticketGrant.ticket, "ticket")),
    };
  }
  if (message.meshPrefixes) {
    const prefixes = list(message.meshPrefixes.prefixes ?? [], MAX_PREFIXES, "prefixes", (each) =>
      cidr(each, "prefix"),
    );
    return { kind: "mesh-prefixes", prefixes };
  }
  if (message.relayRevocations) return revocationsFromWire(message.relayRevocations);
  if (message.relayOfferAnswer) {
    const { status, relay, udpAddresses } = message.relayOfferAnswer;
    return {
      kind: "relay-offer-answer",
      // One of a later version: not in the netmap, whatever the reason.
      status: word(OFFER_STATUSES, status ?? 0) ?? "not-wanted",
      relay: optionalLabel(relay ?? "", "relay"),
      udpAddresses: offeredAddresses(udpAddresses),
    };
  }
  return undefined;
}

function revocationsFromWire(message: wire.RelayRevocations.$Properties): RelayRevocationsMessage {
  const { full, nodeKeys, restored, coordinators, name } = message;
  const keys = (values: readonly Uint8Array[] | null | undefined, field: string) =>
    list(values ?? [], MAX_REVOCATIONS, field, (key) => nodeKeyField(key, field));
  return {
    kind: "relay-revocations",
    full: full ?? false,
    nodeKeys: keys(nodeKeys, "node_keys"),
    restored: keys(restored, "restored"),
    coordinators: list(coordinators ?? [], MAX_COORDINATORS, "coordinators", (at) => hostPort(at, "coordinator")),
    name: optionalLabel(name ?? "", "name"),
  };
}

/** On its own, as kept on disk. */
export function encodeNetmapUpdate(update: NetmapUpdate): Uint8Array {
  return encodeMessage(wire.NetmapUpdate, netmapUpdateToWire(update));
}

export function decodeNetmapUpdate(bytes: Uint8Array, maxBytes: number): NetmapUpdate {
  return netmapUpdateFromWire(decodeMessage(wire.NetmapUpdate, bytes, maxBytes, "NetmapUpdate"));
}

function netmapUpdateToWire({ header, full, entries, removed }: NetmapUpdate): wire.NetmapUpdate.$Properties {
  return { header, full, entries: [...entries], removed: [...removed] };
}

function netmapUpdateFromWire(update: wire.NetmapUpdate.$Properties): NetmapUpdate {
  return {
    header: signedHeader(required(update.header, "header")),
    full: update.full ?? false,
    ...netmapPartFromWire(update),
  };
}

function netmapPartFromWire(update: wire.NetmapUpdate.$Properties): NetmapPart {
  return {
    // The frame's size bounds how many there can be.
    entries: (update.entries ?? []).map((entry) => boundedBytes(entry, 1, MAX_ENTRY_BYTES, "netmap entry")),
    removed: (update.removed ?? []).map((name) => text(name, MAX_ENTRY_NAME, "entry name")),
  };
}

function signedHeader(signed: wire.SignedNetmapHeader.$Properties): SignedNetmapHeader {
  return {
    header: boundedBytes(required(signed.header, "header"), 1, MAX_HEADER_BYTES, "header"),
    signature: fixedBytes(required(signed.signature, "signature"), SIGNATURE_BYTES, "signature"),
  };
}

// ---- both ways

function punchFromWire(punch: wire.PunchRequest.$Properties): Omit<PunchRequestMessage, "kind"> {
  return {
    peer: nodeKeyField(required(punch.peer, "peer"), "peer"),
    candidates: candidates(punch.candidates ?? []),
    attempt: uint(punch.attempt ?? 0, "attempt"),
    ...(punch.nat && { nat: natHint(punch.nat) }),
  };
}

type Punch = PunchRequestMessage | PunchNoticeMessage;

function punchToWire({ peer, candidates: claims, attempt, nat }: Punch): wire.PunchRequest.$Properties {
  const hint = nat && { nat: natHintToWire(nat) };
  return { peer: nodeKeyBytes(peer), candidates: candidatesToWire(claims), attempt, ...hint };
}

function heartbeatFromWire(heartbeat: wire.Heartbeat.$Properties): HeartbeatMessage {
  return {
    kind: "heartbeat",
    sequence: uint(heartbeat.sequence ?? 0, "sequence"),
    reply: heartbeat.reply ?? false,
    coordinatorTimeMs: uint(heartbeat.coordinatorTimeMs ?? 0, "coordinator_time_ms"),
  };
}
