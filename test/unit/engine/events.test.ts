import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { narrowEvent } from "../../../src/engine/events.ts";

const data = new Uint8Array([16, 1]);

describe("engine events", () => {
  it("become complete variants", () => {
    const address = "203.0.113.9:1";
    assert.deepEqual(narrowEvent({ type: "datagram", kind: "stun", data, address }), { type: "stun", data, address });
    assert.deepEqual(narrowEvent({ type: "datagram", kind: "disco", data, peer: 1, relay: 2 }), {
      type: "disco",
      peer: 1,
      data,
      via: { kind: "relay", relay: 2 },
    });
    assert.deepEqual(narrowEvent({ type: "datagram", kind: "disco", data, peer: 1, address }), {
      type: "disco",
      peer: 1,
      data,
      via: { kind: "address", address },
    });
    assert.deepEqual(narrowEvent({ type: "path-changed", peer: 1, reason: "dead" }), {
      type: "path-changed",
      peer: 1,
      path: undefined,
      reason: "dead",
    });
    assert.deepEqual(narrowEvent({ type: "fatal" }), { type: "fatal", reason: "unknown reason" });
  });

  it("are dropped where a field is missing that their type promises", () => {
    for (const raw of [
      { type: "datagram", kind: "stun", data },
      { type: "datagram", kind: "disco", data, peer: 1 },
      { type: "datagram", kind: "disco", data, address: "203.0.113.9:1" },
      { type: "datagram", data, address: "203.0.113.9:1" },
      { type: "peer-active" },
      { type: "path-alive", peer: 1 },
      { type: "path-dead", path: 1 },
      { type: "source-seen", peer: 1 },
    ] as const) {
      assert.equal(narrowEvent(raw), undefined, JSON.stringify(raw));
    }
  });
});
