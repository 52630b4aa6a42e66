// One sound message of every kind, to begin from.
import { parseSocketAddress, type SocketAddress } from "../../src/protocol/address.ts";
import type { CoordinatorMessage, NodeMessage, SignedTicket } from "../../src/protocol/messages.ts";
import { encodeNetmapEntry } from "../../src/protocol/netmap-codec.ts";
import { nodeKeyFromBytes } from "../../src/protocol/node-key.ts";
import { Secret } from "../../src/protocol/secret.ts";
import { sampleEntries } from "../unit/vectors/build.ts";

export function fill(length: number, value = 7): Uint8Array {
  return new Uint8Array(length).fill(value);
}

export function address(text: string): SocketAddress {
  const parsed = parseSocketAddress(text);
  if (parsed === undefined) throw new RangeError(`no address: ${text}`);
  return parsed;
}

export const NODE_KEY = nodeKeyFromBytes(fill(32));
export const SIGNED_TICKET: SignedTicket = { ticket: fill(150), signature: fill(64) };
const CANDIDATE = { kind: "reflexive", address: address("192.0.2.1:443") } as const;
const SIGNED_HEADER = { header: fill(100), signature: fill(64) };
const NAT = { mapping: "dependent", allocation: "sequential", step: 2 } as const;
const TOKEN = { keyId: fill(8), secret: new Secret(fill(32)) };

export const SAMPLE_NODE_MESSAGES: readonly NodeMessage[] = [
  {
    kind: "authenticate",
    nodeKey: NODE_KEY,
    signature: fill(64),
    discoKey: fill(32),
    discoSignature: fill(64),
    auth: TOKEN,
    hostname: "laptop",
    os: "linux",
    software: "0.1.0",
    bootId: fill(8),
    resume: SIGNED_HEADER,
  },
  { kind: "endpoints", candidates: [CANDIDATE], homeRelay: "main" },
  { kind: "punch-request", peer: NODE_KEY, candidates: [CANDIDATE], attempt: 3, nat: NAT },
  { kind: "heartbeat", sequence: 9, reply: true, coordinatorTimeMs: 0 },
  { kind: "logout" },
  { kind: "ticket-request", relays: ["main", "other"] },
  {
    kind: "relay-authenticate",
    relayKey: fill(32),
    signature: fill(64),
    token: TOKEN,
    region: "eu",
    software: "0.1.0",
  },
  { kind: "relay-addresses", udpAddresses: [address("192.0.2.1:443")], tcpAddresses: ["relay.example:443"] },
  { kind: "relay-observations", observations: [{ nodeKey: NODE_KEY, ip: "192.0.2.1" }] },
  { kind: "relay-offer", udpAddresses: [address("[2001:db8::1]:443")] },
];

export const SAMPLE_COORDINATOR_MESSAGES: readonly CoordinatorMessage[] = [
  { kind: "mesh-prefixes", prefixes: ["100.64.0.0/10", "fd7a:1:2::/48"] },
  { kind: "auth-result", status: "ok", message: "", coordinatorTimeMs: 1_700_000_000_000 },
  {
    kind: "netmap-update",
    header: SIGNED_HEADER,
    full: true,
    entries: sampleEntries().map(encodeNetmapEntry),
    removed: ["peer/x"],
  },
  { kind: "netmap-part", entries: sampleEntries().map(encodeNetmapEntry), removed: [] },
  {
    kind: "punch-notice",
    peer: NODE_KEY,
    candidates: [CANDIDATE],
    attempt: 3,
    nat: NAT,
    observed: ["192.0.2.1"],
  },
  { kind: "heartbeat", sequence: 9, reply: true, coordinatorTimeMs: 1_700_000_000_000 },
  { kind: "goodbye", reason: "removed", message: "bye" },
  { kind: "ticket-grant", relay: "main", ticket: SIGNED_TICKET },
  {
    kind: "relay-revocations",
    full: true,
    nodeKeys: [NODE_KEY],
    restored: [NODE_KEY],
    coordinators: ["203.0.113.1:443"],
    name: "main",
  },
  { kind: "relay-offer-answer", status: "accepted", relay: "main", udpAddresses: [address("192.0.2.1:443")] },
];
