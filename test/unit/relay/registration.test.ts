import assert from "node:assert/strict";
import { before, test } from "node:test";
import pino from "pino";
import { FakeServerEngine } from "../../../src/engine/fake.ts";
import { openUdpServer } from "../../../src/relay/index.ts";
import {
  generateSigningKey,
  issueTicket,
  meshIdOf,
  nodeKeyOf,
  relayIdOf,
  signRelayRegister,
  sodiumReady,
  type SigningKey,
  verifyRelayAccepted,
} from "../../../src/identity/index.ts";
import { decodeRelayAccepted, encodeRelayRegister } from "../../../src/protocol/relay-codec.ts";
import type { NodeKey } from "../../../src/protocol/node-key.ts";

before(sodiumReady);

const NOW = 1_800_000_000_000;
const address = "203.0.113.7:41641";
const nonce = new Uint8Array(16).fill(7);
const cookie = new Uint8Array(16).fill(8);

function relayOf(root: SigningKey, revoked = new Set<NodeKey>()) {
  const relay = generateSigningKey();
  let engine: FakeServerEngine | undefined;
  const server = openUdpServer({
    clientRate: 0,
    onAdmitted: () => undefined,
    openEngine: (options, handlers) => (engine = new FakeServerEngine(options, handlers)),
    relayOn: ["0.0.0.0:443", "[::]:443"],
    stunOn: ["0.0.0.0:3478"],
    trust: { relay, rootKeys: [root.publicKey], isRevoked: (nodeKey) => revoked.has(nodeKey) },
    log: pino({ enabled: false }),
    nowUnixMs: () => NOW,
    onFatal: (reason) => assert.fail(reason),
  });
  assert.ok(engine);
  return { relay, engine, server };
}

function registerBody(
  root: SigningKey,
  relay: SigningKey,
  node: SigningKey,
  signer = node,
  notAfterUnixMs = NOW + 1000,
) {
  const fields = { nodeKey: nodeKeyOf(node), relayKey: relay.publicKey, notBeforeUnixMs: NOW - 1000, notAfterUnixMs };
  const meshId = meshIdOf(root.publicKey);
  return encodeRelayRegister({
    ticket: issueTicket(root, fields),
    signature: signRelayRegister(signer, { meshId, relayKey: relay.publicKey, nonce }, cookie),
  });
}

function answerOf(engine: FakeServerEngine) {
  const datagram = engine.sent.at(-1)?.data;
  assert.ok(datagram);
  assert.deepEqual([...datagram.subarray(0, 2)], [17, 4]);
  assert.deepEqual(datagram.subarray(2, 18), Buffer.from(nonce));
  return decodeRelayAccepted(datagram.subarray(18));
}

void test("a member is admitted at its address, and the answer is signed for it", () => {
  const root = generateSigningKey();
  const node = generateSigningKey();
  const { relay, engine, server } = relayOf(root);
  assert.deepEqual(server.relayAddresses, ["0.0.0.0:443", "[::]:443"]);
  assert.deepEqual(server.stunAddresses, ["0.0.0.0:3478"]);
  engine.handlers.onRegister([{ socket: 1, address, nonce, cookie, body: registerBody(root, relay, node) }]);
  const meshId = meshIdOf(root.publicKey);
  const relayId = relayIdOf(meshId, nodeKeyOf(node));
  assert.deepEqual(engine.admitted, [{ socket: 1, address, relayId, meshId, notAfterMs: NOW + 1000 }]);
  const answer = answerOf(engine);
  assert.deepEqual([answer.session, answer.observed, answer.refused], [1, address, "accepted"]);
  const registration = { meshId, nodeKey: nodeKeyOf(node), relayKey: relay.publicKey, nonce };
  assert.ok(verifyRelayAccepted(registration, answer));
  server.revoke(nodeKeyOf(node));
  assert.deepEqual(engine.revoked, [relayId]);
});

void test("everyone else is refused, each for its reason", () => {
  const root = generateSigningKey();
  const node = generateSigningKey();
  const revoked = new Set<NodeKey>();
  const { relay, engine } = relayOf(root, revoked);
  const refusal = (body: Uint8Array) => {
    engine.handlers.onRegister([{ socket: 0, address, nonce, cookie, body }]);
    return answerOf(engine).refused;
  };
  assert.equal(refusal(registerBody(generateSigningKey(), relay, node)), "other-mesh");
  assert.equal(refusal(registerBody(root, generateSigningKey(), node)), "bad-ticket");
  assert.equal(refusal(registerBody(root, relay, node, generateSigningKey())), "bad-ticket");
  assert.equal(refusal(registerBody(root, relay, node, node, NOW - 1)), "expired");
  revoked.add(nodeKeyOf(node));
  assert.equal(refusal(registerBody(root, relay, node)), "revoked");
  assert.deepEqual(engine.admitted, []);
});

void test("what is no registration gets no answer", () => {
  const { engine } = relayOf(generateSigningKey());
  for (const body of [new Uint8Array(0), new Uint8Array(40).fill(0xff)]) {
    engine.handlers.onRegister([{ socket: 0, address, nonce, cookie, body }]);
  }
  assert.deepEqual(engine.sent, []);
});
