import assert from "node:assert/strict";
import { test } from "node:test";
import { MAX_OBSERVATIONS } from "../../../src/protocol/limits.ts";
import { type NodeKey, nodeKeyFromBytes } from "../../../src/protocol/node-key.ts";
import { Observations } from "../../../src/relay/observations.ts";

function node(number: number): NodeKey {
  const bytes = new Uint8Array(32);
  new DataView(bytes.buffer).setUint32(0, number);
  return nodeKeyFromBytes(bytes);
}

void test("what is new is told at once, what is the same never again", () => {
  const observations = new Observations();
  observations.handleConnected();
  assert.equal(observations.pollTimeout(), undefined);
  observations.handleSeen(node(1), "192.0.2.1");
  assert.deepEqual(observations.pollTransmit(1000), [{ nodeKey: node(1), ip: "192.0.2.1" }]);
  observations.handleSeen(node(1), "192.0.2.1");
  assert.equal(observations.pollTimeout(), undefined);
  observations.handleSeen(node(1), "192.0.2.2");
  assert.equal(observations.pollTransmit(1050), undefined);
  assert.equal(observations.pollTimeout(), 1100);
  assert.deepEqual(observations.pollTransmit(1100), [{ nodeKey: node(1), ip: "192.0.2.2" }]);
});

void test("a coordinator that was away hears all of it, in batches; nobody hears of nodes that are no members", () => {
  const observations = new Observations();
  const count = MAX_OBSERVATIONS + 2;
  for (let number = 0; number < count; number++) observations.handleSeen(node(number), "2001:db8::1");
  assert.equal(observations.pollTransmit(0), undefined, "nobody is connected");
  observations.handleConnected();
  observations.forget(node(0));
  assert.equal(observations.pollTransmit(0)?.length, MAX_OBSERVATIONS);
  assert.equal(observations.pollTransmit(100)?.length, 1);
  assert.equal(observations.pollTransmit(200), undefined);
  observations.handleDisconnected();
  observations.handleSeen(node(1), "2001:db8::2");
  assert.equal(observations.pollTimeout(), undefined);
  observations.handleConnected();
  assert.equal(observations.pollTransmit(300)?.length, MAX_OBSERVATIONS);
});
