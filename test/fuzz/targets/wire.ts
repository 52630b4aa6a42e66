// Messages of the control channel, of disco and of relays, as bytes: refused with ProtocolViolation, or the same after encoding.
import assert from "node:assert/strict";
import { isDeepStrictEqual } from "node:util";
import {
  decodeClientHello,
  decodeCoordinatorMessage,
  decodeNodeMessage,
  decodeServerHello,
  encodeClientHello,
  encodeCoordinatorMessage,
  encodeNodeMessage,
  encodeServerHello,
} from "../../../src/protocol/control-codec.ts";
import { decodeDiscoMessage, encodeDiscoMessage } from "../../../src/protocol/disco-codec.ts";
import { ProtocolViolation } from "../../../src/protocol/errors.ts";
import type { CoordinatorMessage, DiscoBody, NodeMessage } from "../../../src/protocol/messages.ts";
import {
  decodeNetmapEntry,
  decodeNetmapHeader,
  encodeNetmapEntry,
  encodeNetmapHeader,
} from "../../../src/protocol/netmap-codec.ts";
import {
  decodeRelayAccepted,
  decodeRelayRegister,
  decodeRelayTicket,
  encodeRelayAccepted,
  encodeRelayRegister,
  encodeRelayTicket,
} from "../../../src/protocol/relay-codec.ts";
import { sampleEntries } from "../../unit/vectors/build.ts";
import {
  address,
  fill,
  NODE_KEY,
  SAMPLE_NODE_MESSAGES,
  SAMPLE_COORDINATOR_MESSAGES,
  SIGNED_TICKET,
} from "../samples.ts";
import { type Target, unlessRefused } from "../target.ts";

/** What is accepted says the same after it was written and read again. */
function codec<Message>(
  name: string,
  maxBytes: number,
  decode: (bytes: Uint8Array) => Message | undefined,
  encode: (message: Message) => Uint8Array,
  seeds: () => readonly Message[],
): Target {
  return {
    name,
    maxBytes,
    seeds: () => seeds().map(encode),
    run(input) {
      const message = unlessRefused(() => decode(input), ProtocolViolation);
      if (message === undefined) return;
      const again = encode(message);
      assert.ok(isDeepStrictEqual(decode(again), message), `${name}: another one after encoding`);
    },
  };
}

export const clientHello = codec("client-hello", 600, decodeClientHello, encodeClientHello, () => [
  { versions: [1], ephemeral: fill(32), nonce: fill(32) },
  { versions: [1, 2, 300], ephemeral: fill(32), nonce: fill(32) },
]);

export const serverHello = codec("server-hello", 600, decodeServerHello, encodeServerHello, () => [
  { version: 1, ephemeral: fill(32), nonce: fill(32), signature: fill(64) },
]);

export const nodeMessage = codec<NodeMessage>(
  "node-message",
  3000,
  decodeNodeMessage,
  encodeNodeMessage,
  () => SAMPLE_NODE_MESSAGES,
);

export const coordinatorMessage = codec<CoordinatorMessage>(
  "coordinator-message",
  3000,
  decodeCoordinatorMessage,
  encodeCoordinatorMessage,
  () => SAMPLE_COORDINATOR_MESSAGES,
);

const DISCO_BODIES: readonly DiscoBody[] = [
  { kind: "ping", transactionId: fill(12), paddingBytes: 20 },
  { kind: "pong", transactionId: fill(12), observed: address("192.0.2.1:443") },
  {
    kind: "candidates",
    candidates: [{ kind: "host", address: address("[2001:db8::1]:41641") }],
    attempt: 3,
    replyWanted: true,
    nat: { mapping: "dependent", allocation: "sequential", step: 2 },
  },
  { kind: "hard-punch", step: "go", method: "prediction", attempt: 1, predicted: [address("192.0.2.1:443")] },
];
export const discoMessage = codec("disco-message", 1200, decodeDiscoMessage, encodeDiscoMessage, () =>
  DISCO_BODIES.map((body, counter) => ({ bootId: fill(8), counter: counter + 1, body })),
);

export const netmapHeader = codec("netmap-header", 600, decodeNetmapHeader, encodeNetmapHeader, () => [
  { meshId: fill(16), recipient: NODE_KEY, epoch: 1, version: 7, setHash: fill(32), issuedAtUnixMs: 1_700_000_000_000 },
]);

export const netmapEntry: Target = {
  name: "netmap-entry",
  maxBytes: 3000,
  seeds: () => sampleEntries().map(encodeNetmapEntry),
  run(input) {
    const decoded = unlessRefused(() => decodeNetmapEntry(input), ProtocolViolation);
    if (decoded === undefined) return;
    assert.ok(decoded.name.length > 0 && decoded.name.length <= 128);
    if (decoded.entry === undefined) return;
    const again = decodeNetmapEntry(encodeNetmapEntry(decoded.entry));
    assert.ok(isDeepStrictEqual(again.entry, decoded.entry), "another entry after encoding");
    assert.equal(again.name, decoded.name);
  },
};

export const relayTicket = codec("relay-ticket", 600, decodeRelayTicket, encodeRelayTicket, () => [
  {
    meshId: fill(16),
    nodeKey: NODE_KEY,
    relayKey: fill(32),
    notBeforeUnixMs: 1_700_000_000_000,
    notAfterUnixMs: 1_700_086_400_000,
    rootKey: fill(32),
  },
]);

export const relayRegister = codec("relay-register", 1100, decodeRelayRegister, encodeRelayRegister, () => [
  { ticket: SIGNED_TICKET, signature: fill(64) },
]);

export const relayAccepted = codec("relay-accepted", 600, decodeRelayAccepted, encodeRelayAccepted, () => [
  {
    session: 5,
    observed: address("192.0.2.1:443"),
    idleTimeoutMs: 60_000,
    signature: fill(64),
    refused: "accepted" as const,
  },
  {
    session: 0,
    observed: address("192.0.2.1:443"),
    idleTimeoutMs: 60_000,
    signature: fill(64),
    refused: "full" as const,
  },
]);
