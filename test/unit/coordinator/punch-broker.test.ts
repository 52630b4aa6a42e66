import assert from "node:assert/strict";
import { test } from "node:test";
import { PunchBroker } from "../../../src/coordinator/punch-broker.ts";
import type { SocketAddress } from "../../../src/protocol/address.ts";
import type { Candidate } from "../../../src/protocol/candidate.ts";
import { type NodeKey, nodeKeyFromBytes } from "../../../src/protocol/node-key.ts";

const node = (number: number): NodeKey => nodeKeyFromBytes(new Uint8Array(32).fill(number));
const at = (address: string): Candidate => ({ kind: "host", address: address as SocketAddress });
const [a, b, offline] = [node(1), node(2), node(3)];
const known = new Map([
  [a, { candidates: [at("192.0.2.1:1")], observed: ["192.0.2.1"] }],
  [b, { candidates: [at("192.0.2.2:2")], observed: ["192.0.2.2"] }],
]);
const request = (peer: NodeKey, candidates: readonly Candidate[] = []) =>
  ({ kind: "punch-request", peer, candidates, attempt: 4 }) as const;

void test("both sides are told at once, each of the other", () => {
  const broker = new PunchBroker((nodeKey) => known.get(nodeKey));
  assert.deepEqual(broker.handleRequest(a, request(b), 0), [
    {
      to: b,
      message: { kind: "punch-notice", peer: a, candidates: [at("192.0.2.1:1")], observed: ["192.0.2.1"], attempt: 4 },
    },
    {
      to: a,
      message: { kind: "punch-notice", peer: b, candidates: [at("192.0.2.2:2")], observed: ["192.0.2.2"], attempt: 4 },
    },
  ]);
  const [first] = broker.handleRequest(a, request(b, [at("192.0.2.9:9")]), 0);
  assert.deepEqual(first?.message.candidates, [at("192.0.2.9:9")]);
});

void test("nobody is told of a peer that is away, unknown, or oneself", () => {
  const broker = new PunchBroker((nodeKey) => known.get(nodeKey));
  assert.deepEqual(broker.handleRequest(a, request(offline), 0), []);
  assert.deepEqual(broker.handleRequest(a, request(a), 0), []);
  assert.deepEqual(broker.handleRequest(offline, request(a), 0), []);
});

void test("a pair is limited, and earns anew", () => {
  const broker = new PunchBroker((nodeKey) => known.get(nodeKey));
  const answered = (now: number) => broker.handleRequest(a, request(b), now).length > 0;
  assert.deepEqual(
    Array.from({ length: 7 }, () => answered(0)),
    [true, true, true, true, true, false, false],
  );
  assert.ok(broker.handleRequest(b, request(a), 0).length > 0, "the other direction has its own");
  assert.ok(!answered(999));
  assert.ok(answered(1000));
});
