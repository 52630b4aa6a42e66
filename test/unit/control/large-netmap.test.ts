// A mesh of 5,000 nodes: its netmap is larger than a frame, so coordinator and node have to take it to pieces and together.
import assert from "node:assert/strict";
import { before, test } from "node:test";

import { MAX_MESSAGE_BYTES } from "../../../src/channel/sealed-stream.ts";
import { ControlSession as NodeSession } from "../../../src/control/session.ts";
import type { ControlEvent } from "../../../src/control/events.ts";
import { ControlSession as CoordinatorSession } from "../../../src/coordinator/control-session.ts";
import { NetmapPublisher } from "../../../src/coordinator/netmap-publisher.ts";
import { generateDiscoKey, generateSigningKey, meshIdOf, nodeKeyOf, sodiumReady } from "../../../src/identity/index.ts";
import { PartCollector, splitUpdate } from "../../../src/netmap/parts.ts";
import {
  decodeCoordinatorMessage,
  decodeNodeMessage,
  encodeCoordinatorMessage,
  encodeNodeMessage,
} from "../../../src/protocol/control-codec.ts";
import type { OverlayIp, SocketAddress } from "../../../src/protocol/address.ts";
import type { NetmapUpdate } from "../../../src/protocol/messages.ts";
import { nodeKeyFromBytes } from "../../../src/protocol/node-key.ts";
import { Secret } from "../../../src/protocol/secret.ts";

before(sodiumReady);

const NODES = 5_000;
const NOW = 1_000;
const transcriptHash = new Uint8Array(32).fill(7);

function crowd(publisher: NetmapPublisher): void {
  for (let i = 0; i < NODES; i++) {
    const key = new Uint8Array(32);
    new DataView(key.buffer).setUint32(0, i);
    const nodeKey = nodeKeyFromBytes(key);
    const ip = `100.64.${String(i >> 8)}.${String(i & 255)}`;
    publisher.put({
      ...{ kind: "peer", nodeKey, discoKey: key, discoSignature: new Uint8Array(64), hostname: `node-${String(i)}` },
      ...{ ips: [ip as OverlayIp], routes: [], tags: [], os: "linux" },
    });
    publisher.put({
      ...{
        kind: "presence",
        nodeKey,
        online: true,
        lastSeenUnixMs: NOW,
        bootId: key.subarray(0, 8),
        homeRelay: "main",
      },
      candidates: [1, 2, 3].map((n) => ({ kind: "host", address: `192.0.2.${String(n)}:41641` as SocketAddress })),
    });
  }
}

function setUp() {
  const [root, node] = [generateSigningKey(), generateSigningKey()];
  let version = 0;
  const nowUnixMs = () => NOW;
  const publisher = new NetmapPublisher({ root, epoch: 1, nextVersion: () => ++version, nowUnixMs });
  publisher.putSelf({ kind: "self", nodeKey: nodeKeyOf(node), hostname: "laptop", ips: [], tags: [] });
  crowd(publisher);
  const context = { rootKey: root.publicKey, meshId: meshIdOf(root.publicKey), transcriptHash, netmap: publisher };
  const coordinator = new CoordinatorSession({ ...context, nowUnixMs }, NOW);
  const identity = {
    ...{ rootKey: root.publicKey, node, disco: generateDiscoKey(), bootId: new Uint8Array(8), hostname: "laptop" },
    ...{ os: "linux", software: "1", coordinators: [{ host: "192.0.2.1", port: 443 }], onEvent: () => undefined },
    collisionWith: () => undefined,
  };
  const client = new NodeSession(identity, NOW, () => 0);
  client.handleChannel({ host: "192.0.2.1", port: 443 }, transcriptHash, NOW);
  for (let action = client.pollTransmit(); action; action = client.pollTransmit()) {
    if (action.kind === "send") coordinator.handleMessage(decodeNodeMessage(encodeNodeMessage(action.message)), NOW);
  }
  coordinator.handleJoined(undefined, NOW);
  return { root, node, publisher, coordinator, client };
}

const events = (client: NodeSession): ControlEvent[] => {
  const seen: ControlEvent[] = [];
  for (let event = client.pollEvent(); event; event = client.pollEvent()) seen.push(event);
  return seen;
};

void test("reaches a node whole, in frames that fit, with other messages in between", () => {
  const { coordinator, client, publisher } = setUp();
  const sizes: number[] = [];
  for (let message = coordinator.pollTransmit(); message; message = coordinator.pollTransmit()) {
    const bytes = encodeCoordinatorMessage(message);
    sizes.push(bytes.length);
    const received = decodeCoordinatorMessage(bytes);
    assert.ok(received);
    client.handleMessage(received, NOW);
    client.handleMessage({ kind: "heartbeat", sequence: 1, reply: true, coordinatorTimeMs: NOW }, NOW);
  }
  assert.ok(Math.max(...sizes) <= MAX_MESSAGE_BYTES, `a frame of ${String(Math.max(...sizes))} bytes`);
  assert.ok(sizes.length > 2, "it takes parts");
  const netmap = events(client).find((event) => event.kind === "netmap");
  // Two entries of each node, and its own.
  assert.equal(netmap?.state.entries.size, 2 * NODES + 1);
  assert.equal(netmap.view.version, publisher.version);
});

void test("is dropped with its session: half of it is worth nothing", () => {
  const { coordinator, client } = setUp();
  const auth = coordinator.pollTransmit();
  const part = coordinator.pollTransmit();
  assert.ok(auth && part?.kind === "netmap-part");
  client.handleMessage(auth, NOW);
  client.handleMessage(part, NOW);
  client.authenticate({ keyId: new Uint8Array(8), secret: new Secret(new Uint8Array(32)) }, [], NOW);
  client.handleChannel({ host: "192.0.2.1", port: 443 }, transcriptHash, NOW);
  client.handleMessage({ kind: "mesh-prefixes", prefixes: [] }, NOW);
  client.handleMessage(auth, NOW);
  for (let next = coordinator.pollTransmit(); next; next = coordinator.pollTransmit()) {
    client.handleMessage(next, NOW);
  }
  assert.match(
    events(client)
      .map((event) => (event.kind === "disconnected" ? event.error.message : event.kind))
      .join("\n"),
    /do not add up/,
  );
});

void test("has a bound, and an update within a frame has no parts", () => {
  const header = { header: new Uint8Array(1), signature: new Uint8Array(64) };
  const small: NetmapUpdate = { header, full: true, entries: [Uint8Array.of(1)], removed: ["self"] };
  assert.deepEqual(splitUpdate(small), { parts: [], last: small });
  const collector = new PartCollector(1000);
  const part = { entries: [new Uint8Array(600)], removed: [] };
  assert.equal(collector.add(part), true);
  assert.equal(collector.add(part), false);
  assert.deepEqual(collector.finish(small), small);
  collector.add(part);
  assert.equal(collector.finish({ ...small, entries: part.entries }), undefined);
});
