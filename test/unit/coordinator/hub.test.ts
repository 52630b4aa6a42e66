import assert from "node:assert/strict";
import { before, type TestContext, test } from "node:test";
import pino from "pino";
import { createAuthKeys } from "../../../src/coordinator/auth-keys.ts";
import { ControlHub, EPHEMERAL_GRACE_MS } from "../../../src/coordinator/hub.ts";
import { createIpam } from "../../../src/coordinator/ipam.ts";
import { openMesh } from "../../../src/coordinator/mesh-state.ts";
import { openOfferedRelays } from "../../../src/coordinator/offered-relays.ts";
import { openRegistry } from "../../../src/coordinator/registry.ts";
import { openRelayRegistry } from "../../../src/coordinator/relay-registry.ts";
import { openMemoryStorage } from "../../../src/coordinator/storage/open.ts";
import { randomBytes, sodiumReady } from "../../../src/identity/index.ts";
import { type NodeKey, nodeKeyFromBytes } from "../../../src/protocol/node-key.ts";

before(sodiumReady);

const SWEEP_MS = 15_000;

async function hubWith(context: TestContext, kinds: readonly ("ephemeral" | "lasting")[]) {
  const clock = { nowUnixMs: 1_000_000 };
  const nowUnixMs = () => clock.nowUnixMs;
  const { db } = await openMemoryStorage(0);
  const mesh = await openMesh(db, { ipv4: undefined, ipv6: undefined }, 0);
  const authKeys = createAuthKeys({ db, nowUnixMs, randomBytes });
  const registry = await openRegistry({ db, authKeys, ipam: createIpam(mesh.ipv4, mesh.ipv6), nowUnixMs });
  const nodes: NodeKey[] = [];
  for (const kind of kinds) {
    const ephemeral = kind === "ephemeral";
    const auth = await authKeys.create({ reusable: false, ephemeral, preapproved: true, tags: [] });
    const nodeKey = nodeKeyFromBytes(randomBytes(32));
    const keys = { discoKey: randomBytes(32), discoSignature: randomBytes(64) };
    await registry.join({ nodeKey, ...keys, auth, hostname: kind, os: "linux", software: "1" });
    nodes.push(nodeKey);
  }
  const removed: NodeKey[] = [];
  context.mock.timers.enable({ apis: ["setInterval"] });
  const log = pino({ enabled: false });
  const onRemoved = (nodeKey: NodeKey) => void removed.push(nodeKey);
  const relayRegistry = await openRelayRegistry({ db, nowUnixMs, randomBytes, reservedNames: ["main"] });
  const offeredRelays = await openOfferedRelays(db);
  const hub = new ControlHub({
    ...{ mesh, registry, relayRegistry, offeredRelays, log, now: () => 0, nowUnixMs, onRemoved },
    proveRelay: undefined,
  });
  return { clock, hub, registry, nodes, removed };
}

void test("an ephemeral node that stays away is removed, and only then; others stay", async (context) => {
  const { clock, hub, registry, nodes, removed } = await hubWith(context, ["ephemeral", "lasting"]);
  clock.nowUnixMs += EPHEMERAL_GRACE_MS - 1;
  context.mock.timers.tick(SWEEP_MS);
  await new Promise(setImmediate);
  assert.deepEqual(removed, []);
  clock.nowUnixMs += 1;
  context.mock.timers.tick(SWEEP_MS);
  await new Promise(setImmediate);
  assert.deepEqual(removed, nodes.slice(0, 1));
  assert.deepEqual(
    [...registry.members()].map(({ hostname }) => hostname),
    ["lasting"],
  );
  await hub.close();
});
