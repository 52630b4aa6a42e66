import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { setTimeout as delay } from "node:timers/promises";

import { startControl } from "../../../src/control/index.ts";
import type { ControlClient, ControlEvent } from "../../../src/control/index.ts";
import {
  generateDiscoKey,
  generateSigningKey,
  nodeKeyOf,
  randomBytes,
  sodiumReady,
} from "../../../src/identity/index.ts";
import type { SigningKey } from "../../../src/identity/index.ts";
import { emptySet, add, entryDigest, signHeader } from "../../../src/netmap/index.ts";
import { encodeNetmapEntry } from "../../../src/protocol/index.ts";
import type { Candidate, SocketAddress } from "../../../src/protocol/index.ts";
import { startTestCoordinator } from "./test-coordinator.ts";

before(sodiumReady);

type EventOf<Kind extends ControlEvent["kind"]> = Extract<ControlEvent, { kind: Kind }>;

/** A client, and its events to wait for one after another. */
class Node {
  readonly node = generateSigningKey();
  readonly client: ControlClient;
  readonly #events: ControlEvent[] = [];
  #wake: () => void = () => undefined;

  constructor(root: SigningKey, ...ports: number[]) {
    this.client = startControl({
      ...{ rootKey: root.publicKey, node: this.node, disco: generateDiscoKey(), bootId: randomBytes(8) },
      ...{ hostname: "laptop", os: "linux", software: "0.1.0", collisionWith: () => undefined },
      coordinators: ports.map((port) => ({ host: "127.0.0.1", port })),
      onEvent: (event) => {
        this.#events.push(event);
        this.#wake();
      },
    });
  }

  /** The next event of a kind; those before it are forgotten. */
  async next<Kind extends ControlEvent["kind"]>(kind: Kind): Promise<EventOf<Kind>> {
    for (;;) {
      const event = this.#events.shift();
      if (event?.kind === kind) return event as EventOf<Kind>;
      if (!event) await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }
}

const until = async (condition: () => boolean) => {
  while (!condition()) await delay(2);
};

const limit = { timeout: 10_000 };

describe("control client", () => {
  it("ends a channel whose message could not be handled, and tries another", limit, async () => {
    const root = generateSigningKey();
    const coordinator = await startTestCoordinator(root);
    const failing = Promise.withResolvers<ControlEvent>();
    const client = startControl({
      ...{ rootKey: root.publicKey, node: generateSigningKey(), disco: generateDiscoKey(), bootId: randomBytes(8) },
      ...{ hostname: "laptop", os: "linux", software: "0.1.0", collisionWith: () => undefined },
      coordinators: [{ host: "127.0.0.1", port: coordinator.port }],
      onEvent: (event) => {
        if (event.kind === "connected") throw new TypeError("a bug");
        if (event.kind === "disconnected") failing.resolve(event);
      },
    });
    const event = await failing.promise;
    assert.ok(event.kind === "disconnected" && event.error.message.includes("a bug"));
    await client.close();
    await coordinator.close();
  });

  it("joins past a dead address, receives a netmap, reports endpoints, comes back after a cut", limit, async () => {
    const root = generateSigningKey();
    const gone = await startTestCoordinator(root);
    await gone.close();
    const coordinator = await startTestCoordinator(root);
    const node = new Node(root, gone.port, coordinator.port);
    assert.equal((await node.next("connected")).coordinator.port, coordinator.port);
    assert.equal(node.client.connected, true);

    const entry = encodeNetmapEntry({
      kind: "self",
      nodeKey: nodeKeyOf(node.node),
      hostname: "laptop",
      ips: [],
      tags: [],
    });
    const set = emptySet();
    add(set, entryDigest(entry));
    const header = signHeader(root, { recipient: nodeKeyOf(node.node), epoch: 1, version: 1, issuedAtUnixMs: 1 }, set);
    coordinator.send({ kind: "netmap-update", header, full: true, entries: [entry], removed: [] });
    assert.equal((await node.next("netmap")).view.self?.hostname, "laptop");

    const candidates: Candidate[] = [{ kind: "host", address: "192.0.2.1:7" as SocketAddress }];
    node.client.setEndpoints(candidates, "");
    node.client.requestPunch({ peer: nodeKeyOf(root), candidates, attempt: 4 });
    await until(() => coordinator.heard.length === 3);
    assert.deepEqual(
      coordinator.heard.map(({ kind }) => kind),
      ["authenticate", "endpoints", "punch-request"],
    );

    coordinator.cut();
    const disconnected = await node.next("disconnected");
    assert.equal(disconnected.error.exitCode, 5);
    await node.next("connected");
    await until(() => coordinator.heard.length === 5);
    const again = coordinator.heard[3];
    assert.ok(again?.kind === "authenticate");
    assert.deepEqual(again.resume, header);
    assert.equal(coordinator.heard[4]?.kind, "endpoints");
    await node.client.close();
    assert.equal(node.client.connected, false);
    await coordinator.close();
  });

  it("keeps trying while the coordinator is away", limit, async () => {
    const root = generateSigningKey();
    const first = await startTestCoordinator(root);
    await first.close();
    const node = new Node(root, first.port);
    const { error, retryInMs } = await node.next("disconnected");
    assert.equal(error.code, "coordinator-away");
    assert.ok(retryInMs <= 200);
    const second = await startTestCoordinator(root, first.port);
    await node.next("connected");
    await node.client.close();
    await second.close();
  });

  it("tells another mesh's coordinator and a refusal", limit, async () => {
    const coordinator = await startTestCoordinator(generateSigningKey());
    const stranger = new Node(generateSigningKey(), coordinator.port);
    const { error } = await stranger.next("disconnected");
    assert.equal(error.code, "wrong-coordinator");
    assert.equal(error.exitCode, 1);
    await stranger.client.close();
    await coordinator.close();

    const root = generateSigningKey();
    const strict = await startTestCoordinator(root);
    strict.status = "key-required";
    const node = new Node(root, strict.port);
    assert.equal((await node.next("refused")).error.code, "key-required");
    strict.status = "ok";
    const auth = { keyId: randomBytes(8), secret: node.node.seed };
    node.client.authenticate(auth, [{ host: "127.0.0.1", port: strict.port }]);
    await node.next("connected");
    await node.client.close();
    await strict.close();
  });

  it("logs out when the coordinator confirms", limit, async () => {
    const root = generateSigningKey();
    const coordinator = await startTestCoordinator(root);
    const node = new Node(root, coordinator.port);
    await assert.rejects(node.client.logout(), { code: "coordinator-away" });
    await node.next("connected");
    await node.client.logout();
    assert.equal(node.client.connected, false);
    await coordinator.close();
  });

  it("closes at any moment", limit, async () => {
    const root = generateSigningKey();
    const coordinator = await startTestCoordinator(root);
    for (const waitMs of [0, 1, 3, 5, 10, 20]) {
      const node = new Node(root, coordinator.port);
      await delay(waitMs);
      await node.client.close();
    }
    await coordinator.close();
  });
});
